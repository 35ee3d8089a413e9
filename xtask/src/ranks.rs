//! The rank rule and the forbidden edges, read from `cargo metadata`.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde_json::Value;

/// The rules about which crate may name which.
#[derive(Debug, Clone, Deserialize)]
pub struct Rules {
    /// The rank of each crate of ours.
    pub ranks: BTreeMap<String, u8>,
    /// Crates that only some may name.
    #[serde(default, rename = "edge")]
    pub edges: Vec<Edge>,
}

/// A crate, or a family of crates, that only some may name.
#[derive(Debug, Clone, Deserialize)]
pub struct Edge {
    /// Names; a trailing `*` stands for any ending.
    pub crates: Vec<String>,
    /// Who may name them.
    pub only: Vec<String>,
    /// Who else may name them as dev-dependencies.
    #[serde(default)]
    pub only_in_tests: Vec<String>,
    /// Why, in words that a contributor reads when it bites.
    pub why: String,
}

/// One dependency that the rules forbid, or one crate that they do not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The crate that names the other.
    pub from: String,
    /// The crate that is named; empty if `from` itself is the problem.
    pub to: String,
    /// What is wrong and why it matters.
    pub why: String,
}

impl Rules {
    /// Reads the rules.
    ///
    /// # Errors
    /// If the text is not TOML of this shape.
    pub fn from_toml(text: &str) -> anyhow::Result<Self> {
        Ok(toml::from_str(text)?)
    }
}

/// Every dependency of a workspace crate that `rules` forbid, in the order of the metadata.
///
/// `metadata` is what `cargo metadata --format-version 1 --no-deps` prints. Build and test
/// dependencies count like any other: a test that reaches round the door proves nothing about it.
#[must_use]
pub fn check_edges(metadata: &Value, rules: &Rules) -> Vec<Violation> {
    let mut violations = Vec::new();
    for package in array(metadata, "packages") {
        let from = text(package, "name");
        if !rules.ranks.contains_key(from) && from != "xtask" {
            violations.push(Violation {
                from: from.to_owned(),
                to: String::new(),
                why: "has no rank in xtask/rules.toml".to_owned(),
            });
        }
        for dependency in array(package, "dependencies") {
            let to = text(dependency, "name");
            let in_tests = text(dependency, "kind") == "dev";
            if let Some(why) = forbidden(from, to, in_tests, rules) {
                violations.push(Violation {
                    from: from.to_owned(),
                    to: to.to_owned(),
                    why,
                });
            }
        }
    }
    violations.dedup();
    violations
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.to.is_empty() {
            write!(f, "{} {}", self.from, self.why)
        } else {
            write!(f, "{} -> {}: {}", self.from, self.to, self.why)
        }
    }
}

impl Edge {
    fn allows(&self, from: &str, in_tests: bool) -> bool {
        self.only.iter().any(|name| name == from)
            || in_tests && self.only_in_tests.iter().any(|name| name == from)
    }
}

fn forbidden(from: &str, to: &str, in_tests: bool, rules: &Rules) -> Option<String> {
    if let (Some(upper), Some(lower)) = (rules.ranks.get(from), rules.ranks.get(to))
        && upper <= lower
    {
        return Some(format!(
            "a crate depends only on lower ranks, and {from} (rank {upper}) is not above {to} (rank {lower})"
        ));
    }
    if from == "xtask" && rules.ranks.contains_key(to) {
        return Some("xtask must build when the product does not".to_owned());
    }
    rules
        .edges
        .iter()
        .filter(|edge| edge.crates.iter().any(|pattern| matches(pattern, to)))
        .find(|edge| from != to && !edge.allows(from, in_tests))
        .map(|edge| edge.why.clone())
}

fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => pattern == name,
    }
}

fn array<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value
        .get(key)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const RULES: &str = include_str!("../rules.toml");

    fn check(from: &str, to: &str, expected: &str) {
        let rules = Rules::from_toml(RULES).unwrap();
        let metadata = json!({"packages": [
            {"name": from, "dependencies": [{"name": to, "kind": null}]},
        ]});
        let found = check_edges(&metadata, &rules);
        let shown: Vec<String> = found.iter().map(ToString::to_string).collect();
        match expected {
            "" => assert_eq!(shown, Vec::<String>::new()),
            words => {
                assert_eq!(shown.len(), 1, "{shown:?}");
                assert!(shown[0].contains(words), "{shown:?}");
            }
        }
    }

    #[test]
    fn dependencies_go_down_only() {
        check("tarn-record", "tarn-model", "");
        check("tarn-access", "tarn-record", "");
        check("tarn-viewer", "tarn-access", "");
        check("tarn-server", "tarn-viewer", "");
        check("tarn-model", "tarn-record", "not above");
        check("tarn-consent", "tarn-audit", "not above");
        check("tarn-viewer", "tarn-portal", "not above");
    }

    #[test]
    fn only_the_door_and_the_server_name_the_record() {
        check("tarn-viewer", "tarn-record", "by the door alone");
        check("tarn-portal", "tarn-record", "by the door alone");
        check("tarn-server", "tarn-record", "");
    }

    #[test]
    fn families_of_crates_are_kept_out() {
        check("tarn-viewer", "diesel-async", "speaks SQL");
        check("tarn-server", "diesel", "speaks SQL");
        check("tarn-record", "diesel_migrations", "");
        check("tarn-access", "actix-web", "web framework");
        check("tarn-web", "actix-web", "");
        check("tarn-record", "anyhow", "typed");
        check("xtask", "tarn-model", "must build when");
    }

    #[test]
    fn a_crate_without_a_rank_is_a_violation() {
        check("tarn-newcomer", "serde", "has no rank");
    }

    #[test]
    fn a_test_dependency_counts_too() {
        let rules = Rules::from_toml(RULES).unwrap();
        let metadata = json!({"packages": [
            {"name": "tarn-portal", "dependencies": [{"name": "tarn-record", "kind": "dev"}]},
        ]});
        assert_eq!(check_edges(&metadata, &rules).len(), 1);
    }

    #[test]
    fn a_leave_for_tests_is_for_tests_only() {
        let rules = Rules::from_toml(
            "[ranks]\nuser = 1\n[[edge]]\ncrates = [\"tool\"]\nonly = []\n\
             only_in_tests = [\"user\"]\nwhy = \"w\"\n",
        )
        .unwrap();
        for (kind, expected) in [(json!("dev"), 0), (json!(null), 1), (json!("build"), 1)] {
            let metadata = json!({"packages": [
                {"name": "user", "dependencies": [{"name": "tool", "kind": kind}]},
            ]});
            assert_eq!(check_edges(&metadata, &rules).len(), expected, "{kind}");
        }
    }

    #[test]
    fn pages_know_no_database() {
        check("tarn-viewer", "tarn-database", "know no database");
        check("tarn-portal", "tarn-database", "know no database");
    }

    #[test]
    fn every_rank_names_a_crate_that_exists() {
        let rules = Rules::from_toml(RULES).unwrap();
        let metadata = crate::workspace::Workspace::of_this_program()
            .metadata()
            .unwrap();
        let packages = array(&metadata, "packages");
        let names: Vec<&str> = packages.map(|package| text(package, "name")).collect();
        for name in rules.ranks.keys() {
            assert!(names.contains(&name.as_str()), "{name}");
        }
    }
}
