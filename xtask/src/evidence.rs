//! The tests that the sources hold, and the needs whose ids they carry.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::requirements::Group;
use crate::workspace::Workspace;

/// The tests that carry each id: id to `crate::function` or `browser: title`.
pub type Evidence = BTreeMap<String, BTreeSet<String>>;

/// Which tests carry which ids, and which tests the catalogue names.
///
/// # Errors
/// If git does not answer.
pub fn evidence(workspace: &Workspace, groups: &[Group]) -> anyhow::Result<Evidence> {
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
}
