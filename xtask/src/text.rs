//! Rules about what checked-in text may hold.

use std::path::{Path, PathBuf};

use serde::Deserialize;

/// The longest a source file may be before it is reported.
pub const LONGEST_FILE_LINES: usize = 400;

/// The rules of `rules.toml` about text.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct TextRules {
    /// Text that no file may hold.
    #[serde(default, rename = "text")]
    pub forbidden: Vec<Forbidden>,
    /// Files that may build SQL from text.
    #[serde(default, rename = "sql")]
    pub sql_allowed: Vec<Allowed>,
    /// NHS numbers outside the test range that are known to be nobody's.
    #[serde(default, rename = "nhs_number")]
    pub nhs_numbers: Vec<KnownNumber>,
}

/// Text that no file may hold.
#[derive(Debug, Clone, Deserialize)]
pub struct Forbidden {
    /// What is looked for, whatever its case.
    pub needle: String,
    /// Why it must not be there.
    pub why: String,
    /// Path patterns of the files that may hold it.
    #[serde(default)]
    pub except: Vec<String>,
}

/// A file or folder that may do what others may not.
#[derive(Debug, Clone, Deserialize)]
pub struct Allowed {
    /// Path pattern.
    pub path: String,
    /// Why it may.
    pub why: String,
}

/// An NHS number printed in a public specification.
#[derive(Debug, Clone, Deserialize)]
pub struct KnownNumber {
    /// Ten digits.
    pub number: String,
    /// Where it is printed.
    pub why: String,
}

impl TextRules {
    /// Reads the rules.
    ///
    /// # Errors
    /// If the text is not TOML of this shape.
    pub fn from_toml(text: &str) -> anyhow::Result<Self> {
        Ok(toml::from_str(text)?)
    }
}

/// Each place in `files` that holds forbidden text, or a number that might be a person's.
#[must_use]
pub fn check_text(files: &[(PathBuf, String)], rules: &TextRules) -> Vec<String> {
    let mut problems = Vec::new();
    for (path, text) in files {
        let lower = text.to_lowercase();
        for rule in &rules.forbidden {
            if rule
                .except
                .iter()
                .any(|pattern| path_matches(pattern, path))
            {
                continue;
            }
            let needle = rule.needle.to_lowercase();
            for (number, line) in lower.lines().enumerate() {
                if line.contains(&needle) {
                    let place = format!("{}:{}", path.display(), number + 1);
                    problems.push(format!("{place}: holds {:?}: {}", rule.needle, rule.why));
                }
            }
        }
        for (number, line) in text.lines().enumerate() {
            for found in possible_nhs_numbers(line) {
                if rules.nhs_numbers.iter().all(|known| known.number != found) {
                    // The number itself is not repeated: it may be somebody's.
                    problems.push(format!(
                        "{}:{}: an NHS number outside the 999 range",
                        path.display(),
                        number + 1
                    ));
                }
            }
        }
    }
    problems
}

/// Each Rust file outside the allow-list that builds SQL from text.
#[must_use]
pub fn check_sql(files: &[(PathBuf, String)], rules: &TextRules) -> Vec<String> {
    // Written in two pieces, so that this file does not find itself.
    let call = concat!("sql_", "query(");
    files
        .iter()
        .filter(|(path, _)| path.extension().is_some_and(|ending| ending == "rs"))
        .filter(|(path, _)| {
            !rules
                .sql_allowed
                .iter()
                .any(|allowed| path_matches(&allowed.path, path))
        })
        .flat_map(|(path, text)| {
            text.lines()
                .enumerate()
                .filter(move |(_, line)| line.contains(call))
                .map(move |(number, _)| {
                    format!(
                        "{}:{}: builds SQL from text; use the query builder, or add the file and \
                         its reason to xtask/rules.toml",
                        path.display(),
                        number + 1
                    )
                })
        })
        .collect()
}

/// Rust files longer than [`LONGEST_FILE_LINES`], as a report and not a failure.
#[must_use]
pub fn long_files(files: &[(PathBuf, String)]) -> Vec<String> {
    files
        .iter()
        .filter(|(path, _)| path.extension().is_some_and(|ending| ending == "rs"))
        .map(|(path, text)| (path, text.lines().count()))
        .filter(|(_, lines)| *lines > LONGEST_FILE_LINES)
        .map(|(path, lines)| format!("{} has {lines} lines", path.display()))
        .collect()
}

/// Whether `path` lies under `pattern`: a path, or the start of one where `*` stands for one
/// folder's name.
#[must_use]
pub fn path_matches(pattern: &str, path: &Path) -> bool {
    let wanted: Vec<&str> = pattern.trim_end_matches('/').split('/').collect();
    let parts: Vec<&str> = path.iter().filter_map(|part| part.to_str()).collect();
    wanted.len() <= parts.len()
        && wanted
            .iter()
            .zip(&parts)
            .all(|(want, part)| *want == "*" || want == part)
}

/// Numbers of the shape 3-3-4 that have a right check digit and are not in the 999 range.
fn possible_nhs_numbers(line: &str) -> Vec<String> {
    let bytes = line.as_bytes();
    let mut found = Vec::new();
    for start in 0..bytes.len().saturating_sub(11) {
        let Some(window) = bytes.get(start..start + 12) else {
            break;
        };
        let before = start.checked_sub(1).and_then(|at| bytes.get(at));
        let edges = [before, bytes.get(start + 12)];
        if edges
            .into_iter()
            .flatten()
            .any(|byte| byte.is_ascii_alphanumeric())
        {
            continue;
        }
        let spaced = [3, 7].iter().all(|at| window.get(*at) == Some(&b' '));
        let digits: String = window
            .iter()
            .enumerate()
            .filter(|(at, _)| *at != 3 && *at != 7)
            .map(|(_, byte)| char::from(*byte))
            .collect();
        if spaced && digits.bytes().all(|byte| byte.is_ascii_digit()) && is_real_range(&digits) {
            found.push(digits);
        }
    }
    found
}

/// Whether the ten digits pass modulus 11 outside the range kept for tests.
fn is_real_range(digits: &str) -> bool {
    let values: Vec<u32> = digits
        .chars()
        .filter_map(|digit| digit.to_digit(10))
        .collect();
    let sum: u32 = values
        .iter()
        .take(9)
        .zip((2..=10).rev())
        .map(|(value, weight)| value * weight)
        .sum();
    let check = (11 - sum % 11) % 11;
    !digits.starts_with("999") && values.last() == Some(&check)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, text: &str, expected: &[&str]) {
        let rules = TextRules::from_toml(include_str!("../rules.toml")).unwrap();
        let files = [(PathBuf::from(path), text.to_owned())];
        let mut found = check_text(&files, &rules);
        found.extend(check_sql(&files, &rules));
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (problem, words) in found.iter().zip(expected) {
            assert!(problem.contains(words), "{problem}");
        }
    }

    #[test]
    fn forbidden_text_is_found_whatever_its_case() {
        check("docs/a.md", "the FRUTIGER face", &["docs/a.md:1: holds"]);
        check("xtask/rules.toml", "frutiger", &[]);
        check("docs/a.md", "see\n/Work/main", &["docs/a.md:2: holds"]);
    }

    #[test]
    fn numbers_outside_the_test_range_are_found_and_not_repeated() {
        // Put together here, so that this file does not hold it.
        let number = ["943", "476", "5870"].join(" ");
        let rules = TextRules::default();
        let files = [(PathBuf::from("docs/a.md"), format!("call {number} now"))];
        let found = check_text(&files, &rules);
        assert_eq!(found, ["docs/a.md:1: an NHS number outside the 999 range"]);
        check("docs/a.md", "NHS No. 999 000 0018", &[]);
        check("docs/a.md", "telephone 943 476 5871", &[]);
    }

    #[test]
    fn sql_from_text_needs_a_reason() {
        let line = concat!("diesel::sql_", "query(\"SELECT 1\")");
        check(
            "crates/tarn-viewer/src/a.rs",
            line,
            &["builds SQL from text"],
        );
        check("crates/tarn-audit/tests/it/tamper.rs", line, &[]);
    }

    #[test]
    fn long_files_are_reported() {
        let files = [
            (PathBuf::from("a.rs"), "x\n".repeat(401)),
            (PathBuf::from("b.rs"), "x\n".repeat(400)),
        ];
        assert_eq!(long_files(&files), ["a.rs has 401 lines"]);
    }

    #[test]
    fn patterns_match_whole_names() {
        assert!(path_matches(
            "crates/*/tests/",
            Path::new("crates/a/tests/it/main.rs")
        ));
        assert!(!path_matches(
            "crates/*/tests/",
            Path::new("crates/a/src/tests.rs")
        ));
        assert!(!path_matches("doc", Path::new("docs/a.md")));
    }
}
