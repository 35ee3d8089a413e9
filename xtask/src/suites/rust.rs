//! Unit, property, contract, route and document tests: everything `cargo test` runs.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::ensure;
use serde_json::Value;

use super::Report;
use crate::process::run_watched;
use crate::workspace::Workspace;

const LIMIT: Duration = Duration::from_mins(60);

/// Runs the workspace's tests with PostgreSQL at `url`.
pub(super) fn run(workspace: &Workspace, url: &str) -> anyhow::Result<Report> {
    let owners = build(workspace)?;
    let mut command = workspace.cargo();
    command
        .args([
            "test",
            "--workspace",
            "--locked",
            "--no-fail-fast",
            "--",
            "--show-output",
        ])
        .env("TARN_TEST_POSTGRES", url)
        .env("CARGO_TERM_COLOR", "never");
    let shared = workspace.root.join("../shared/data");
    if std::env::var_os("TARN_SHARED_DATA").is_none() && shared.is_dir() {
        command.env("TARN_SHARED_DATA", shared.canonicalize()?);
    }
    let log = workspace.root.join("target/test-logs/rust.log");
    let mut reader = Reader::new(owners);
    let status = run_watched(command, &log, LIMIT, |line| {
        if reader.read(line) {
            println!("    {line}");
        }
    })?;
    let mut report = reader.report;
    // A binary that dies prints no result line; its loss must not look like success.
    if !status.success() && report.failed == 0 {
        report.failed = 1;
        report
            .notes
            .push("a test binary ended without a result".to_owned());
    }
    report.notes.extend(
        reader
            .left_out
            .iter()
            .map(|(why, times)| format!("{why} ({times}×)")),
    );
    if report.failed > 0 {
        report
            .notes
            .push(format!("all output is in {}", log.display()));
    }
    Ok(report)
}

/// Builds all tests and tells which crate each test program belongs to.
fn build(workspace: &Workspace) -> anyhow::Result<BTreeMap<String, String>> {
    let output = workspace
        .cargo()
        .args(["test", "--workspace", "--locked", "--no-run", "--quiet"])
        .args(["--message-format", "json-render-diagnostics"])
        .stderr(std::process::Stdio::inherit())
        .output()?;
    ensure!(output.status.success(), "the tests do not build");
    let mut owners = BTreeMap::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let Ok(message) = serde_json::from_str::<Value>(line) else {
            continue;
        };
        let (Some(program), Some(package)) = (
            message.get("executable").and_then(Value::as_str),
            message.get("package_id").and_then(Value::as_str),
        ) else {
            continue;
        };
        let file = program.rsplit('/').next().unwrap_or_default();
        owners.insert(file.to_owned(), package_name(package).to_owned());
    }
    Ok(owners)
}

/// The name in a package id: `path+file:///x/crates/tarn-model#0.1.0` or `…#name@0.1.0`.
fn package_name(id: &str) -> &str {
    let (path, version) = id.rsplit_once('#').unwrap_or((id, ""));
    match version.split_once('@') {
        Some((name, _)) => name,
        None => path.rsplit('/').next().unwrap_or_default(),
    }
}

/// Reads what `cargo test` prints.
struct Reader {
    owners: BTreeMap<String, String>,
    owner: String,
    in_failures: bool,
    left_out: BTreeMap<String, usize>,
    report: Report,
}

impl Reader {
    fn new(owners: BTreeMap<String, String>) -> Self {
        Self {
            owners,
            owner: String::new(),
            in_failures: false,
            left_out: BTreeMap::new(),
            report: Report {
                names: BTreeSet::new(),
                ..Report::default()
            },
        }
    }

    /// Takes one line; true if it is worth showing.
    fn read(&mut self, line: &str) -> bool {
        let trimmed = line.trim();
        if let Some(rest) = trimmed.strip_prefix("Running ") {
            let program = rest.rsplit(['/', '(']).next().unwrap_or_default();
            let program = program.trim_end_matches(')');
            self.owner = self.owners.get(program).cloned().unwrap_or_default();
            self.in_failures = false;
            return true;
        }
        if trimmed.starts_with("Doc-tests ") {
            self.owner = String::new();
            self.in_failures = false;
            return true;
        }
        if let Some(rest) = trimmed.strip_prefix("test result: ") {
            self.in_failures = false;
            self.report.passed += number_before(rest, " passed");
            self.report.failed += number_before(rest, " failed");
            self.report.left_out += number_before(rest, " ignored");
            return true;
        }
        if let Some(why) = trimmed.strip_prefix("left out: ") {
            self.report.left_out += 1;
            *self.left_out.entry(format!("left out: {why}")).or_default() += 1;
            return false;
        }
        if let Some(name) = trimmed
            .strip_prefix("test ")
            .and_then(|rest| rest.strip_suffix(" ... ok"))
        {
            let function = name.rsplit("::").next().unwrap_or_default();
            self.report
                .names
                .insert(format!("{}::{function}", self.owner));
            return false;
        }
        if line == "failures:" {
            self.in_failures = true;
        }
        self.in_failures || trimmed.starts_with("error") || trimmed.ends_with("FAILED")
    }
}

fn number_before(text: &str, word: &str) -> usize {
    text.split(';')
        .find_map(|part| part.trim_end().strip_suffix(word.trim_end()))
        .and_then(|part| part.split_whitespace().last()?.parse().ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_s_words_are_read() {
        let owners = BTreeMap::from([("it-0a1b".to_owned(), "tarn-audit".to_owned())]);
        let mut reader = Reader::new(owners);
        let mut shown = Vec::new();
        for line in [
            "     Running tests/it/main.rs (target/debug/deps/it-0a1b)",
            "test contract::a_row_stays ... ok",
            "test contract::broken ... FAILED",
            "successes:",
            "left out: PostgreSQL (TARN_TEST_POSTGRES not set)",
            "failures:",
            "---- contract::broken stdout ----",
            "test result: FAILED. 7 passed; 1 failed; 2 ignored; 0 measured; 0 filtered out; finished in 0.1s",
            "   Doc-tests tarn_audit",
            "test crates/tarn-audit/src/lib.rs - (line 3) ... ok",
            "test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out",
        ] {
            if reader.read(line) {
                shown.push(line.trim());
            }
        }
        assert_eq!(reader.report.passed, 8);
        assert_eq!(reader.report.failed, 1);
        assert_eq!(reader.report.left_out, 3);
        assert!(reader.report.names.contains("tarn-audit::a_row_stays"));
        assert!(shown.contains(&"---- contract::broken stdout ----"));
        assert!(!shown.contains(&"successes:"));
    }

    #[test]
    fn package_ids_have_two_shapes() {
        assert_eq!(
            package_name("path+file:///x/crates/tarn-model#0.1.0"),
            "tarn-model"
        );
        assert_eq!(
            package_name("path+file:///x/y#tarn-model@0.1.0"),
            "tarn-model"
        );
    }
}
