//! `cargo xtask check`: the repository's own rules, one step after the other.

use std::path::PathBuf;
use std::time::Instant;

use crate::workspace::Workspace;
use crate::{backends, generated, hazards, licences, links, migrations, ranks, text};

/// One step and what it does.
pub const STEPS: [(&str, &str); 12] = [
    ("ranks", "which crate may name which"),
    ("migrations", "the same stamps for both databases, unique"),
    ("sql", "no SQL built from text outside the allow-list"),
    (
        "text",
        "no machine paths, keys, NHS branding, real NHS numbers, ignored tests",
    ),
    (
        "hazards",
        "every control of the hazard log names tests that exist",
    ),
    (
        "links",
        "every link between checked-in pages leads somewhere",
    ),
    ("fmt", "cargo fmt --check"),
    ("generated", "generated files say what their command says"),
    (
        "licences",
        "cargo-deny: licences, bans, sources, advisories",
    ),
    ("clippy", "cargo clippy --all-targets, warnings are errors"),
    (
        "backends",
        "crates with tables build with neither, one or the other database",
    ),
    ("doc", "cargo doc, warnings are errors"),
];

/// What one step found.
#[derive(Debug, Default)]
pub struct Step {
    /// What is wrong; the step failed unless this is empty.
    pub problems: Vec<String>,
    /// What is worth knowing.
    pub notes: Vec<String>,
    /// What could not be checked here, with the reason.
    pub left_out: Vec<String>,
}

/// How a whole run went.
#[derive(Debug, Default, Clone, Copy)]
pub struct Tally {
    /// Steps that found nothing wrong.
    pub passed: usize,
    /// Steps that found something wrong.
    pub failed: usize,
    /// Checks that could not run here.
    pub left_out: usize,
}

/// Runs the steps named in `only` (all, if it is empty) and prints what each found.
///
/// # Errors
/// If `only` names a step that does not exist.
pub fn run(workspace: &Workspace, only: &[String]) -> anyhow::Result<Tally> {
    for name in only {
        anyhow::ensure!(
            STEPS.iter().any(|(known, _)| known == name),
            "there is no step {name:?}; `cargo xtask check --list` names them"
        );
    }
    let mut tally = Tally::default();
    for (name, _) in STEPS {
        if !only.is_empty() && !only.iter().any(|wanted| wanted == name) {
            continue;
        }
        let started = Instant::now();
        let step = match step(workspace, name) {
            Ok(step) => step,
            Err(error) => Step {
                problems: vec![format!("{error:#}")],
                ..Step::default()
            },
        };
        let verdict = if step.problems.is_empty() {
            "ok"
        } else {
            "FAILED"
        };
        println!(
            "check {name:<11} {verdict:<7} {:>6.1} s",
            started.elapsed().as_secs_f64()
        );
        for problem in &step.problems {
            println!("    {}", problem.replace('\n', "\n    "));
        }
        for note in &step.notes {
            println!("    note: {note}");
        }
        for reason in &step.left_out {
            println!("    left out: {reason}");
        }
        tally.left_out += step.left_out.len();
        if step.problems.is_empty() {
            tally.passed += 1;
        } else {
            tally.failed += 1;
        }
    }
    Ok(tally)
}

fn step(workspace: &Workspace, name: &str) -> anyhow::Result<Step> {
    match name {
        "ranks" => {
            let rules = ranks::Rules::from_toml(&workspace.rules()?)?;
            let found = ranks::check_edges(&workspace.metadata()?, &rules);
            Ok(problems(found.iter().map(ToString::to_string).collect()))
        }
        "migrations" => {
            let files = workspace.files()?;
            Ok(problems(migrations::check_migrations(&files, |path| {
                workspace.text(path)
            })))
        }
        "sql" => {
            let rules = text::TextRules::from_toml(&workspace.rules()?)?;
            Ok(problems(text::check_sql(&texts(workspace)?, &rules)))
        }
        "text" => {
            let rules = text::TextRules::from_toml(&workspace.rules()?)?;
            let files = texts(workspace)?;
            let notes = text::long_files(&files);
            Ok(Step {
                problems: text::check_text(&files, &rules),
                notes,
                ..Step::default()
            })
        }
        "hazards" => Ok(problems(hazards::problems(workspace, None)?)),
        "links" => Ok(problems(links::check_links(
            &workspace.root,
            &texts(workspace)?,
        ))),
        "generated" => Ok(problems(generated::check(workspace)?)),
        "licences" => {
            let verdict = licences::check(workspace)?;
            Ok(Step {
                problems: verdict.problems,
                left_out: verdict.left_out,
                ..Step::default()
            })
        }
        "fmt" => cargo(workspace, &["fmt", "--all", "--check"]),
        "clippy" => cargo(
            workspace,
            &[
                "clippy",
                "--workspace",
                "--all-targets",
                "--quiet",
                "--locked",
                "--",
                "-D",
                "warnings",
            ],
        ),
        "backends" => Ok(problems(backends::problems(workspace)?)),
        _ => cargo(
            workspace,
            &["doc", "--workspace", "--no-deps", "--quiet", "--locked"],
        ),
    }
}

fn cargo(workspace: &Workspace, arguments: &[&str]) -> anyhow::Result<Step> {
    let output = workspace
        .cargo()
        .args(arguments)
        .env("RUSTDOCFLAGS", "-D warnings")
        .output()?;
    if output.status.success() {
        return Ok(Step::default());
    }
    let mut words = String::from_utf8_lossy(&output.stdout).into_owned();
    words.push_str(&String::from_utf8_lossy(&output.stderr));
    Ok(problems(vec![words.trim().to_owned()]))
}

fn problems(problems: Vec<String>) -> Step {
    Step {
        problems,
        ..Step::default()
    }
}

fn texts(workspace: &Workspace) -> anyhow::Result<Vec<(PathBuf, String)>> {
    Ok(workspace
        .files()?
        .into_iter()
        .filter_map(|path| workspace.text(&path).map(|text| (path, text)))
        .collect())
}
