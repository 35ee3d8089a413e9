//! `cargo xtask test`: every suite, one table, one closing line.

pub mod cluster;
mod install;
mod node;
mod rust;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use crate::workspace::Workspace;
use crate::{check, hazards, trace};

/// The suites in the order they run.
pub const SUITES: [&str; 5] = ["check", "rust", "browser", "clients", "trace"];

/// What was asked for.
#[derive(Debug, Default, Clone)]
pub struct Options {
    /// Suites to run; all, if empty.
    pub only: Vec<String>,
    /// Keep the throw-away database and its files.
    pub keep: bool,
}

/// How one suite went.
#[derive(Debug, Default, Clone)]
pub struct Report {
    /// Tests that passed.
    pub passed: usize,
    /// Tests that failed; a suite that could not start counts as one.
    pub failed: usize,
    /// Tests that could not run here and said so.
    pub left_out: usize,
    /// Names of the tests that passed, for the trace.
    pub names: BTreeSet<String>,
    /// What a reader must know beyond the numbers.
    pub notes: Vec<String>,
}

/// Runs the suites and prints the summary; true if nothing failed.
///
/// # Errors
/// If what the suites need is missing and cannot be installed.
pub fn run(workspace: &Workspace, options: &Options) -> anyhow::Result<bool> {
    for name in &options.only {
        anyhow::ensure!(
            SUITES.contains(&name.as_str()),
            "there is no suite {name:?}: {SUITES:?}"
        );
    }
    let wanted =
        |suite: &str| options.only.is_empty() || options.only.iter().any(|name| name == suite);
    let tools = install::provide(install::Needs {
        database: wanted("rust") || wanted("browser") || wanted("clients"),
        browser: wanted("browser"),
        node: wanted("browser") || wanted("clients"),
        python: wanted("clients"),
    })?;
    let mut rows: Vec<(&str, Report, Duration)> = Vec::new();
    let mut names = BTreeSet::new();
    let mut cluster = None;
    for suite in SUITES.into_iter().filter(|suite| wanted(suite)) {
        println!("\n== {suite}");
        let started = Instant::now();
        let outcome = match suite {
            "check" => checks(workspace),
            "trace" => traced(workspace, options, &names),
            _ => {
                let needs_cluster = cluster.is_none();
                if needs_cluster {
                    cluster = Some(cluster::Cluster::start(&tools.postgres, options.keep)?);
                }
                let url = cluster
                    .as_ref()
                    .map(cluster::Cluster::url)
                    .unwrap_or_default();
                match suite {
                    "rust" => rust::run(workspace, &url),
                    "browser" => node::run(node::Suite::Browser, workspace, &tools, &url),
                    _ => node::run(node::Suite::Clients, workspace, &tools, &url),
                }
            }
        };
        let report = outcome.unwrap_or_else(|error| Report {
            failed: 1,
            notes: vec![format!("could not run: {error:#}")],
            ..Report::default()
        });
        names.extend(report.names.iter().cloned());
        rows.push((suite, report, started.elapsed()));
    }
    drop(cluster);
    Ok(summary(&rows))
}

fn checks(workspace: &Workspace) -> anyhow::Result<Report> {
    let tally = check::run(workspace, &[])?;
    Ok(Report {
        passed: tally.passed,
        failed: tally.failed,
        left_out: tally.left_out,
        ..Report::default()
    })
}

fn traced(
    workspace: &Workspace,
    options: &Options,
    names: &BTreeSet<String>,
) -> anyhow::Result<Report> {
    // Alone, the trace can only look at the sources; after the other suites it knows what ran.
    let ran = options.only.is_empty().then_some(names);
    let mut problems = trace::problems(workspace, ran)?;
    problems.extend(hazards::problems(workspace, ran)?);
    for problem in &problems {
        println!("    {problem}");
    }
    let [planned, partly, done] = trace::standing(workspace)?;
    let note = format!("needs: {done} done, {partly} partly, {planned} planned");
    println!("    {note}");
    let claimed = partly + done;
    Ok(Report {
        passed: claimed.saturating_sub(problems.len()),
        failed: problems.len(),
        notes: vec![note],
        ..Report::default()
    })
}

fn summary(rows: &[(&str, Report, Duration)]) -> bool {
    println!(
        "\n{:<9} {:>7} {:>7} {:>9} {:>8}",
        "suite", "passed", "failed", "left out", "seconds"
    );
    let mut total = Report::default();
    for (suite, report, time) in rows {
        println!(
            "{suite:<9} {:>7} {:>7} {:>9} {:>8}",
            report.passed,
            report.failed,
            report.left_out,
            time.as_secs()
        );
        total.passed += report.passed;
        total.failed += report.failed;
        total.left_out += report.left_out;
    }
    for (suite, report, _) in rows {
        for note in &report.notes {
            println!("{suite}: {note}");
        }
    }
    // Only failures may make the run red, but a run of nothing is no success either.
    let green = total.failed == 0 && total.passed > 0;
    println!("\n{} passed, {} failed", total.passed, total.failed);
    green
}
