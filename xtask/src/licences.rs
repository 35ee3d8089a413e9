//! Licences, bans and sources of dependencies, by cargo-deny; advisories where they can be had.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::Context;

use crate::process::run_watched;
use crate::workspace::Workspace;

/// The version that `deny.toml` is written for.
pub const CARGO_DENY_VERSION: &str = "0.20.2";

const FETCH_LIMIT: Duration = Duration::from_secs(60);

/// What cargo-deny said.
#[derive(Debug, Default)]
pub struct Verdict {
    /// Complaints, as cargo-deny prints them.
    pub problems: Vec<String>,
    /// Checks that could not run, with the reason.
    pub left_out: Vec<String>,
}

/// Checks licences, bans and sources; and advisories, if their database can be fetched.
///
/// # Errors
/// If cargo-deny can neither be found nor installed.
pub fn check(workspace: &Workspace) -> anyhow::Result<Verdict> {
    let program = installed(workspace)?;
    let mut verdict = Verdict::default();
    // Everything else works from what cargo has on disk.
    workspace
        .cargo()
        .args(["fetch", "--locked", "--quiet"])
        .status()?;
    let output = Command::new(&program)
        .current_dir(&workspace.root)
        .args(["--offline", "--workspace", "--log-level", "error"])
        .args([
            "check",
            "--hide-inclusion-graph",
            "licenses",
            "bans",
            "sources",
        ])
        .output()
        .context("cargo-deny could not be started")?;
    if !output.status.success() {
        verdict
            .problems
            .push(String::from_utf8_lossy(&output.stderr).trim().to_owned());
    }
    if !fetch_advisories(workspace, &program) {
        verdict.left_out.push(
            "advisories: the RustSec database could not be fetched from this machine".to_owned(),
        );
        return Ok(verdict);
    }
    let output = Command::new(&program)
        .current_dir(&workspace.root)
        .args(["--workspace", "--log-level", "error"])
        .args([
            "check",
            "--hide-inclusion-graph",
            "--disable-fetch",
            "advisories",
        ])
        .output()?;
    if !output.status.success() {
        verdict
            .problems
            .push(String::from_utf8_lossy(&output.stderr).trim().to_owned());
    }
    Ok(verdict)
}

fn fetch_advisories(workspace: &Workspace, program: &Path) -> bool {
    let mut command = Command::new(program);
    // Without a way to ask, git would wait for a password on a machine that filters addresses.
    command
        .current_dir(&workspace.root)
        .env("GIT_TERMINAL_PROMPT", "0")
        .args(["--log-level", "off", "fetch", "db"]);
    let log = workspace.root.join("target/test-logs/advisories.log");
    run_watched(command, &log, FETCH_LIMIT, |_| {}).is_ok_and(|status| status.success())
}

fn installed(workspace: &Workspace) -> anyhow::Result<PathBuf> {
    let tools = workspace.root.join("target/tools");
    let program = tools.join("bin/cargo-deny");
    let known = Command::new(&program)
        .arg("--version")
        .output()
        .is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains(CARGO_DENY_VERSION));
    if known {
        return Ok(program);
    }
    eprintln!("  installing cargo-deny {CARGO_DENY_VERSION} into target/tools");
    // A debug build: it compiles in a third of the time and runs for two seconds.
    let status = workspace
        .cargo()
        .args(["install", "cargo-deny", "--locked", "--debug", "--quiet"])
        .args(["--version", CARGO_DENY_VERSION, "--root"])
        .arg(&tools)
        .status()?;
    anyhow::ensure!(
        status.success(),
        "cargo-deny {CARGO_DENY_VERSION} could not be installed"
    );
    Ok(program)
}
