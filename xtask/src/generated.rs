//! Files that a command writes and that are checked in: they must say what the command says now.

use anyhow::{Context, bail};
use serde::Deserialize;

use crate::trace;
use crate::workspace::Workspace;

/// One generated file.
#[derive(Debug, Clone, Deserialize)]
pub struct Generated {
    /// The file, relative to the root.
    pub file: String,
    /// How its content is made: `["trace"]`, or the arguments of a `cargo` call whose standard
    /// output it is.
    pub command: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Listed {
    #[serde(default)]
    generated: Vec<Generated>,
}

/// The generated files that `rules.toml` lists.
///
/// # Errors
/// If the rules cannot be read.
pub fn listed(workspace: &Workspace) -> anyhow::Result<Vec<Generated>> {
    let listed: Listed = toml::from_str(&workspace.rules()?)?;
    Ok(listed.generated)
}

/// Each generated file that is not what its command says.
///
/// # Errors
/// If a command cannot be run.
pub fn check(workspace: &Workspace) -> anyhow::Result<Vec<String>> {
    let mut problems = Vec::new();
    for generated in listed(workspace)? {
        let wanted = content(workspace, &generated)?;
        let found = workspace.text(generated.file.as_ref());
        if found.as_deref() != Some(wanted.as_str()) {
            problems.push(format!(
                "{} is stale: run `cargo xtask generate`",
                generated.file
            ));
        }
    }
    Ok(problems)
}

/// Writes every generated file and says which ones changed.
///
/// # Errors
/// If a command cannot be run or a file cannot be written.
pub fn write(workspace: &Workspace) -> anyhow::Result<Vec<String>> {
    let mut changed = Vec::new();
    for generated in listed(workspace)? {
        let wanted = content(workspace, &generated)?;
        if workspace.text(generated.file.as_ref()).as_deref() != Some(wanted.as_str()) {
            std::fs::write(workspace.root.join(&generated.file), wanted)
                .with_context(|| format!("{} cannot be written", generated.file))?;
            changed.push(generated.file);
        }
    }
    Ok(changed)
}

fn content(workspace: &Workspace, generated: &Generated) -> anyhow::Result<String> {
    if generated.command == ["trace"] {
        return trace::page(workspace);
    }
    let output = workspace
        .cargo()
        .args(&generated.command)
        .output()
        .with_context(|| format!("the generator of {} cannot be started", generated.file))?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr);
        bail!(
            "the generator of {} failed: {}",
            generated.file,
            words.trim()
        );
    }
    Ok(String::from_utf8(output.stdout)?)
}
