//! Which tests prove which needs: the judgement and the page made of it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::evidence::{Evidence, evidence};
use crate::requirements::{Group, Need, Status, catalogue};
use crate::workspace::Workspace;

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
