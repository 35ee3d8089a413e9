//! Which tests prove which needs: ids found above tests, and the page made of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use crate::requirements::{Group, Need, Status, catalogue};
use crate::workspace::Workspace;

/// The tests that carry each id: id to `crate::function` or `browser: title`.
pub type Evidence = BTreeMap<String, BTreeSet<String>>;

/// The generated page `requirements/TRACE.md`.
///
/// # Errors
/// If the catalogue or the sources cannot be read.
pub fn page(workspace: &Workspace) -> anyhow::Result<String> {
    let groups = catalogue(workspace)?;
    Ok(render(&groups, &evidence(workspace, &groups)?))
}

/// What is wrong between the catalogue and the tests.
///
/// `passed`, when given, holds the tests that ran and passed just now (`crate::function` or
/// `browser: title`): then a need marked done must have one among them, not merely in the source.
///
/// # Errors
/// If the catalogue or the sources cannot be read.
pub fn problems(
    workspace: &Workspace,
    passed: Option<&BTreeSet<String>>,
) -> anyhow::Result<Vec<String>> {
    let groups = catalogue(workspace)?;
    let evidence = evidence(workspace, &groups)?;
    Ok(judge(&groups, &evidence, passed))
}

/// How many needs stand at each status: planned, partly, done.
///
/// # Errors
/// If the catalogue cannot be read.
pub fn standing(workspace: &Workspace) -> anyhow::Result<[usize; 3]> {
    let groups = catalogue(workspace)?;
    Ok(count(&groups))
}

/// The tests of one Rust file that carry an id: in the comment lines directly above the test's
/// attributes, or in its name (`req_004_…`). Gives (id, function).
#[must_use]
pub fn rust_tests(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut carried: BTreeSet<String> = BTreeSet::new();
    let mut is_test = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with("//") {
            carried.extend(ids(line));
        } else if line.starts_with("#[") {
            let attribute = line.trim_start_matches("#[");
            let word = attribute.split(['(', ']']).next().unwrap_or_default();
            is_test |= word == "test" || word.ends_with("::test");
        } else {
            if let Some(name) = function_name(line).filter(|_| is_test) {
                carried.extend(ids(&name.to_uppercase().replace('_', "-")));
                found.extend(carried.iter().map(|id| (id.clone(), name.clone())));
            }
            carried.clear();
            is_test = false;
        }
    }
    found
}

/// The tests of one browser file that carry an id in their title. Gives (id, title).
#[must_use]
pub fn browser_tests(text: &str) -> Vec<(String, String)> {
    titles(text)
        .into_iter()
        .flat_map(|title| {
            ids(&title)
                .into_iter()
                .map(move |id| (id, title.clone()))
                .collect::<Vec<_>>()
        })
        .collect()
}

/// Every test that the sources hold, to look names up in.
#[derive(Debug, Default)]
pub struct Known {
    words: BTreeMap<String, String>,
    titles: BTreeSet<String>,
}

impl Known {
    /// Reads the sources.
    ///
    /// # Errors
    /// If git does not answer.
    pub fn read(workspace: &Workspace) -> anyhow::Result<Self> {
        let mut known = Self::default();
        for path in workspace.files()? {
            let Some(text) = workspace.text(&path) else {
                continue;
            };
            match path.extension().and_then(|ending| ending.to_str()) {
                Some("rs") => known.words.entry(owner(&path)).or_default().push_str(&text),
                Some("mjs") if path.starts_with("tests") => known.titles.extend(titles(&text)),
                _ => {}
            }
        }
        Ok(known)
    }

    /// Whether there is a test `crate::function` or `browser: title`.
    #[must_use]
    pub fn has(&self, test: &str) -> bool {
        if let Some(title) = test.strip_prefix("browser: ") {
            return self.titles.contains(title);
        }
        test.split_once("::").is_some_and(|(owner, name)| {
            let text = self.words.get(owner);
            text.is_some_and(|text| text.contains(&format!("fn {name}(")))
        })
    }
}

fn evidence(workspace: &Workspace, groups: &[Group]) -> anyhow::Result<Evidence> {
    let mut evidence = Evidence::new();
    for path in workspace.files()? {
        let Some(text) = workspace.text(&path) else {
            continue;
        };
        let tests = match path.extension().and_then(|ending| ending.to_str()) {
            Some("rs") => prefixed(rust_tests(&text), &format!("{}::", owner(&path))),
            Some("mjs") if path.starts_with("tests") => prefixed(browser_tests(&text), "browser: "),
            _ => continue,
        };
        for (id, test) in tests {
            evidence.entry(id).or_default().insert(test);
        }
    }
    let known = Known::read(workspace)?;
    for need in groups.iter().flat_map(|group| &group.needs) {
        for test in need.tests.iter().filter(|test| known.has(test)) {
            evidence
                .entry(need.id.clone())
                .or_default()
                .insert(test.clone());
        }
    }
    Ok(evidence)
}

fn judge(groups: &[Group], evidence: &Evidence, passed: Option<&BTreeSet<String>>) -> Vec<String> {
    let mut problems = Vec::new();
    let needs: Vec<&Need> = groups.iter().flat_map(|group| &group.needs).collect();
    for (id, tests) in evidence {
        if needs.iter().all(|need| &need.id != id) {
            problems.push(format!(
                "{id} is named by a test but is not a need: {tests:?}"
            ));
        }
    }
    for need in needs {
        let found = evidence.get(&need.id);
        for named in &need.tests {
            if found.is_none_or(|tests| !tests.contains(named)) {
                problems.push(format!("{}: there is no test {named}", need.id));
            }
        }
        if need.status == Status::Planned {
            continue;
        }
        let Some(tests) = found else {
            problems.push(format!(
                "{} is marked {} and has no test",
                need.id,
                need.status.word()
            ));
            continue;
        };
        if passed.is_some_and(|passed| tests.is_disjoint(passed)) {
            problems.push(format!(
                "{} is marked {} and none of its tests passed in this run: {tests:?}",
                need.id,
                need.status.word()
            ));
        }
    }
    problems
}

fn render(groups: &[Group], evidence: &Evidence) -> String {
    let [planned, partly, done] = count(groups);
    let mut page = String::from(
        "# Needs and the tests that prove them\n\n\
         Written by `cargo xtask generate` from `requirements/*.toml` and from the ids in the tests; \
         do not edit.\n\n",
    );
    let _ = writeln!(
        page,
        "{} needs: {done} done, {partly} partly, {planned} planned. A need marked partly or done \
         must have a test that runs; `cargo xtask test` fails otherwise.\n",
        planned + partly + done
    );
    for group in groups {
        let _ = writeln!(page, "## {}. {}\n", group.group, group.title);
        page.push_str("| id | need | status | tests |\n|---|---|---|---|\n");
        for need in &group.needs {
            let tests = match evidence.get(&need.id) {
                None => "–".to_owned(),
                Some(tests) => {
                    let shown: Vec<String> = tests.iter().map(|test| format!("`{test}`")).collect();
                    shown.join("<br>")
                }
            };
            let _ = writeln!(
                page,
                "| {} | {} | {} | {tests} |",
                need.id,
                need.need.replace('|', "\\|"),
                need.status.word()
            );
        }
        page.push('\n');
    }
    page.truncate(page.trim_end().len());
    page.push('\n');
    page
}

fn count(groups: &[Group]) -> [usize; 3] {
    let of = |status: Status| {
        groups
            .iter()
            .flat_map(|group| &group.needs)
            .filter(|need| need.status == status)
            .count()
    };
    [of(Status::Planned), of(Status::Partly), of(Status::Done)]
}

fn titles(text: &str) -> Vec<String> {
    text.lines()
        .filter_map(|line| line.trim().strip_prefix("test("))
        .filter_map(|rest| {
            let quote = rest
                .chars()
                .next()
                .filter(|first| "'\"`".contains(*first))?;
            // An escaped quote is part of the title.
            let body = rest.get(1..)?.replace(&format!("\\{quote}"), "\u{0}");
            Some(
                body.split(quote)
                    .next()?
                    .replace('\u{0}', &quote.to_string()),
            )
        })
        .collect()
}

fn prefixed(tests: Vec<(String, String)>, prefix: &str) -> Vec<(String, String)> {
    tests
        .into_iter()
        .map(|(id, name)| (id, format!("{prefix}{name}")))
        .collect()
}

fn owner(path: &Path) -> String {
    let mut parts = path.iter().filter_map(|part| part.to_str());
    match parts.next() {
        Some("crates") => parts.next().unwrap_or_default().to_owned(),
        first => first.unwrap_or_default().to_owned(),
    }
}

/// Every id in `line`.
fn ids(line: &str) -> Vec<String> {
    line.match_indices("REQ-")
        .filter_map(|(at, _)| line.get(at..at + 7))
        .filter(|id| id.bytes().skip(4).all(|byte| byte.is_ascii_digit()))
        .map(str::to_owned)
        .collect()
}

fn function_name(line: &str) -> Option<String> {
    let rest = line.split_once("fn ").map(|(before, rest)| {
        let words_only = before
            .split_whitespace()
            .all(|word| word == "async" || word.starts_with("pub"));
        (words_only, rest)
    });
    let (true, rest) = rest? else { return None };
    let name: String = rest
        .chars()
        .take_while(|letter| letter.is_alphanumeric() || *letter == '_')
        .collect();
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn need(id: &str, status: Status) -> Need {
        Need {
            id: id.to_owned(),
            source: "s".to_owned(),
            need: "n".to_owned(),
            behaviour: "b".to_owned(),
            status,
            tests: Vec::new(),
        }
    }

    fn group(needs: Vec<Need>) -> Vec<Group> {
        vec![Group {
            group: "A".to_owned(),
            title: "t".to_owned(),
            needs,
        }]
    }

    fn evidence_of(pairs: &[(&str, &str)]) -> Evidence {
        let mut evidence = Evidence::new();
        for (id, test) in pairs {
            evidence
                .entry((*id).to_owned())
                .or_default()
                .insert((*test).to_owned());
        }
        evidence
    }

    #[test]
    fn ids_above_a_test_and_in_its_name_count() {
        // NEED stands for the letters of an id, so that these are not found as tests of ours.
        let text = "
            // NEED-901 and NEED-902: why
            #[test]
            fn one() {}

            /// NEED-903
            #[tokio::test(flavor = \"multi_thread\")]
            async fn two() {}

            #[test]
            fn need_904_three() {}

            // NEED-905 stands above something that is not a test.
            fn helper() {}

            // NEED-906 is cut off by a line.
            let x = 1;
            #[test]
            fn four() {}
        "
        .replace("NEED", "REQ")
        .replace("need_", "req_");
        let found = rust_tests(&text);
        let shown: Vec<String> = found
            .iter()
            .map(|(id, name)| format!("{id} {name}"))
            .collect();
        assert_eq!(
            shown,
            [
                "REQ-901 one",
                "REQ-902 one",
                "REQ-903 two",
                "REQ-904 req_904_three"
            ]
        );
    }

    #[test]
    fn browser_titles_count() {
        let text = "test('REQ-901 a page opens', async () => {});\ntest(`no id`, f);\n";
        assert_eq!(
            browser_tests(text),
            [("REQ-901".to_owned(), "REQ-901 a page opens".to_owned())]
        );
    }

    // REQ-111: a need marked done without a running test fails the build.
    #[test]
    fn a_need_marked_done_needs_a_test() {
        let groups = group(vec![
            need("REQ-901", Status::Done),
            need("REQ-902", Status::Planned),
        ]);
        let none = judge(&groups, &Evidence::new(), None);
        assert_eq!(none, ["REQ-901 is marked done and has no test"]);
        let some = evidence_of(&[("REQ-901", "a::b")]);
        assert_eq!(judge(&groups, &some, None), Vec::<String>::new());
    }

    #[test]
    fn a_test_that_did_not_pass_proves_nothing() {
        let groups = group(vec![need("REQ-901", Status::Partly)]);
        let evidence = evidence_of(&[("REQ-901", "a::b")]);
        let others: BTreeSet<String> = ["a::c".to_owned()].into();
        assert!(judge(&groups, &evidence, Some(&others))[0].contains("none of its tests passed"));
        let passed: BTreeSet<String> = ["a::b".to_owned()].into();
        assert_eq!(
            judge(&groups, &evidence, Some(&passed)),
            Vec::<String>::new()
        );
    }

    #[test]
    fn an_unknown_id_is_a_problem() {
        let groups = group(vec![need("REQ-901", Status::Planned)]);
        let found = judge(&groups, &evidence_of(&[("REQ-909", "a::b")]), None);
        assert!(found[0].contains("is not a need"), "{found:?}");
    }

    #[test]
    fn the_page_shows_gaps() {
        let groups = group(vec![need("REQ-901", Status::Planned)]);
        let page = render(&groups, &Evidence::new());
        assert!(page.contains("| REQ-901 | n | planned | – |"), "{page}");
        assert!(
            page.contains("1 needs: 0 done, 0 partly, 1 planned"),
            "{page}"
        );
    }
}
