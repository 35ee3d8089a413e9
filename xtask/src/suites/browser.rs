//! Whole-system journeys in a real browser.

use std::process::Command;
use std::time::Duration;

use anyhow::ensure;

use super::Report;
use super::install::Tools;
use crate::process::run_watched;
use crate::workspace::Workspace;

const LIMIT: Duration = Duration::from_mins(20);

/// Builds `tarn`, installs the suite's packages and runs every `*.test.mjs`.
pub(super) fn run(workspace: &Workspace, tools: &Tools, url: &str) -> anyhow::Result<Report> {
    let built = workspace
        .cargo()
        .args(["build", "--workspace", "--bins", "--locked", "--quiet"])
        .status()?;
    ensure!(built.success(), "tarn does not build");
    let folder = workspace.root.join("tests/browser");
    let installed = Command::new("npm")
        .args(["ci", "--no-audit", "--no-fund", "--loglevel", "error"])
        .current_dir(&folder)
        .status()?;
    ensure!(installed.success(), "npm ci failed in tests/browser");
    let mut files: Vec<String> = std::fs::read_dir(folder.join("journeys"))?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(".test.mjs"))
        .map(|name| format!("journeys/{name}"))
        .collect();
    files.sort();
    ensure!(!files.is_empty(), "there are no journeys");
    let mut command = Command::new("node");
    command
        .args(["--test", "--test-concurrency=1", "--test-reporter=tap"])
        .args(&files)
        .current_dir(&folder)
        .env("TARN_BIN", workspace.root.join("target/debug/tarn"))
        .env("TARN_CHROMIUM", &tools.chromium)
        .env("TARN_TEST_POSTGRES", url);
    let log = workspace.root.join("target/test-logs/browser.log");
    let mut reader = Reader::default();
    let status = run_watched(command, &log, LIMIT, |line| {
        if reader.read(line) {
            println!("    {line}");
        }
    })?;
    let mut report = reader.report;
    if !status.success() && report.failed == 0 {
        report.failed = 1;
        report
            .notes
            .push("the browser suite ended without a result".to_owned());
    }
    if report.failed > 0 {
        report
            .notes
            .push(format!("all output is in {}", log.display()));
    }
    Ok(report)
}

/// Reads the test runner's TAP lines.
#[derive(Default)]
struct Reader {
    report: Report,
    in_failure: bool,
}

impl Reader {
    /// Takes one line; true if it is worth showing.
    fn read(&mut self, line: &str) -> bool {
        let trimmed = line.trim_start();
        if let Some(rest) = trimmed.strip_prefix("ok ") {
            self.in_failure = false;
            let title = rest.split_once(" - ").map_or("", |(_, title)| title);
            if !title.contains(" # SKIP") && !title.contains(" # TODO") {
                self.report
                    .names
                    .insert(format!("browser: {}", title.replace("\\#", "#")));
            }
            return true;
        }
        if trimmed.starts_with("not ok ") {
            self.in_failure = true;
            return true;
        }
        let Some((word, number)) = line
            .strip_prefix("# ")
            .and_then(|rest| rest.split_once(' '))
        else {
            return self.in_failure;
        };
        let Ok(number) = number.trim().parse::<usize>() else {
            return self.in_failure;
        };
        match word {
            "pass" => self.report.passed += number,
            "fail" | "cancelled" => self.report.failed += number,
            "skipped" | "todo" => self.report.left_out += number,
            _ => return self.in_failure,
        }
        self.in_failure = false;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tap_is_read() {
        let mut reader = Reader::default();
        for line in [
            "TAP version 13",
            "# Subtest: REQ-004 allergies",
            "ok 1 - REQ-004 allergies",
            "ok 2 - nothing here # SKIP no database",
            "not ok 3 - breaks",
            "  error: 'x'",
            "# pass 1",
            "# fail 1",
            "# cancelled 0",
            "# skipped 1",
        ] {
            reader.read(line);
        }
        assert_eq!(reader.report.passed, 1);
        assert_eq!(reader.report.failed, 1);
        assert_eq!(reader.report.left_out, 1);
        let names: Vec<&String> = reader.report.names.iter().collect();
        assert_eq!(names, ["browser: REQ-004 allergies"]);
    }
}
