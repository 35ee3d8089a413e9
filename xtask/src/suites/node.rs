//! The suites that drive a running `tarn` from outside with Node's test runner: the journeys in a
//! real browser, and other people's FHIR clients.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::ensure;

use super::Report;
use super::install::Tools;
use crate::process::run_watched;
use crate::workspace::Workspace;

const LIMIT: Duration = Duration::from_mins(20);

/// One such suite: its name, which is also its folder's below `tests`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Suite {
    /// Journeys in Chromium with axe.
    Browser,
    /// Other people's FHIR clients, in JavaScript and Python.
    Clients,
}

impl Suite {
    const fn name(self) -> &'static str {
        match self {
            Self::Browser => "browser",
            Self::Clients => "clients",
        }
    }
}

/// Builds `tarn`, installs the suite's packages and runs every `*.test.mjs`.
pub(super) fn run(
    suite: Suite,
    workspace: &Workspace,
    tools: &Tools,
    url: &str,
) -> anyhow::Result<Report> {
    let built = workspace
        .cargo()
        .args(["build", "--workspace", "--bins", "--locked", "--quiet"])
        .status()?;
    ensure!(built.success(), "tarn does not build");
    let name = suite.name();
    let folder = workspace.root.join("tests").join(name);
    let installed = Command::new("npm")
        .args(["ci", "--no-audit", "--no-fund", "--loglevel", "error"])
        .current_dir(&folder)
        .status()?;
    ensure!(installed.success(), "npm ci failed in tests/{name}");
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
    if suite == Suite::Clients {
        command.env("TARN_PYTHON", python(workspace, &folder)?);
    }
    let log = workspace.root.join(format!("target/test-logs/{name}.log"));
    let mut reader = Reader::of(suite);
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
            .push(format!("the {name} suite ended without a result"));
    }
    if report.failed > 0 {
        report
            .notes
            .push(format!("all output is in {}", log.display()));
    }
    Ok(report)
}

/// The Python of an environment of the suite's own, with the packages that it pins.
fn python(workspace: &Workspace, folder: &Path) -> anyhow::Result<PathBuf> {
    let environment = workspace.root.join("target/python-clients");
    let python = environment.join("bin/python3");
    if !python.is_file() {
        let made = Command::new("python3")
            .args(["-m", "venv"])
            .arg(&environment)
            .status()?;
        ensure!(made.success(), "python3 -m venv failed");
    }
    let installed = Command::new(&python)
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ])
        .arg("--requirement")
        .arg(folder.join("python/requirements.txt"))
        .status()?;
    ensure!(installed.success(), "pip install failed in tests/clients");
    Ok(python)
}

/// Reads the test runner's TAP lines.
struct Reader {
    suite: Suite,
    report: Report,
    in_failure: bool,
}

impl Reader {
    fn of(suite: Suite) -> Self {
        Self {
            suite,
            report: Report::default(),
            in_failure: false,
        }
    }

    /// Takes one line; true if it is worth showing.
    fn read(&mut self, line: &str) -> bool {
        let trimmed = line.trim_start();
        if let Some(rest) = trimmed.strip_prefix("ok ") {
            self.in_failure = false;
            let title = rest.split_once(" - ").map_or("", |(_, title)| title);
            if !title.contains(" # SKIP") && !title.contains(" # TODO") {
                let title = title.replace("\\#", "#");
                self.report
                    .names
                    .insert(format!("{}: {title}", self.suite.name()));
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
        let mut reader = Reader::of(Suite::Browser);
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
