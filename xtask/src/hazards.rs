//! The clinical hazard log: a control that no test shows is a hope, not a control.

use std::collections::BTreeSet;

use anyhow::Context;
use serde::Deserialize;

use crate::evidence::Known;
use crate::workspace::Workspace;

/// Where the log is, relative to the root.
pub const LOG: &str = "architecture/clinical-safety/hazard-log.toml";

/// The whole log.
#[derive(Debug, Clone, Deserialize)]
pub struct Log {
    /// The hazards, in the order of their ids.
    #[serde(rename = "hazard")]
    pub hazards: Vec<Hazard>,
}

/// One way in which Tarn could contribute to harm.
#[derive(Debug, Clone, Deserialize)]
pub struct Hazard {
    /// `HAZ-01` and so on; permanent.
    pub id: String,
    /// One line.
    pub title: String,
    /// What could bring it about.
    pub causes: Vec<String>,
    /// What a person could suffer.
    pub harm: String,
    /// 1 (minor) to 5 (catastrophic).
    pub severity: u8,
    /// 1 (very low) to 5 (very high), with the controls in place.
    pub likelihood: u8,
    /// What stands against it.
    #[serde(rename = "control")]
    pub controls: Vec<Control>,
    /// What the controls leave.
    pub residual: String,
}

/// One thing that stands against a hazard.
#[derive(Debug, Clone, Deserialize)]
pub struct Control {
    /// What it does.
    pub does: String,
    /// The tests that show it: `crate::function` or `browser: title`.
    pub tests: Vec<String>,
}

/// What is wrong with the log: a control without a test, a test that is not there, or, when
/// `passed` is given, a control none of whose tests passed in this run.
///
/// # Errors
/// If the log or the sources cannot be read.
pub fn problems(
    workspace: &Workspace,
    passed: Option<&BTreeSet<String>>,
) -> anyhow::Result<Vec<String>> {
    let text = std::fs::read_to_string(workspace.root.join(LOG)).context(LOG)?;
    let log: Log = toml::from_str(&text).context(LOG)?;
    let known = Known::read(workspace)?;
    Ok(judge(&log, |test| known.has(test), passed))
}

fn judge(
    log: &Log,
    exists: impl Fn(&str) -> bool,
    passed: Option<&BTreeSet<String>>,
) -> Vec<String> {
    let mut problems = Vec::new();
    let mut ids = BTreeSet::new();
    for hazard in &log.hazards {
        let id = &hazard.id;
        if !ids.insert(id) {
            problems.push(format!("{id} is there twice"));
        }
        if !(1..=5).contains(&hazard.severity) || !(1..=5).contains(&hazard.likelihood) {
            problems.push(format!("{id}: severity and likelihood are 1 to 5"));
        }
        if hazard.controls.is_empty() {
            problems.push(format!("{id} has no control"));
        }
        for control in &hazard.controls {
            if control.tests.is_empty() {
                problems.push(format!("{id}: no test shows that {:?}", control.does));
            }
            for test in control.tests.iter().filter(|test| !exists(test)) {
                problems.push(format!("{id}: there is no test {test}"));
            }
            let shown =
                passed.is_none_or(|passed| control.tests.iter().any(|t| passed.contains(t)));
            if !shown {
                problems.push(format!("{id}: no test passed for {:?}", control.does));
            }
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = r#"
        [[hazard]]
        id = "HAZ-01"
        title = "t"
        causes = ["c"]
        harm = "h"
        severity = 4
        likelihood = 2
        residual = "r"
        [[hazard.control]]
        does = "guards"
        tests = ["a::b"]
    "#;

    #[test]
    fn a_control_needs_a_test_that_exists_and_passed() {
        let log: Log = toml::from_str(ONE).unwrap();
        assert_eq!(judge(&log, |_| true, None), Vec::<String>::new());
        assert_eq!(
            judge(&log, |_| false, None),
            ["HAZ-01: there is no test a::b"]
        );
        let none = BTreeSet::new();
        assert_eq!(
            judge(&log, |_| true, Some(&none)),
            ["HAZ-01: no test passed for \"guards\""]
        );
        let mut bare = log;
        bare.hazards[0].controls[0].tests.clear();
        assert!(judge(&bare, |_| true, None)[0].contains("no test shows"));
    }
}
