//! Where the repository is and which files it holds.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};
use serde_json::Value;

/// The repository and how to ask cargo and git about it.
#[derive(Debug, Clone)]
pub struct Workspace {
    /// The folder that holds the workspace's `Cargo.toml`.
    pub root: PathBuf,
}

impl Workspace {
    /// The workspace this program was built from.
    #[must_use]
    pub fn of_this_program() -> Self {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
        Self {
            root: manifest.parent().unwrap_or(manifest).to_owned(),
        }
    }

    /// A workspace elsewhere.
    #[must_use]
    pub fn at(root: PathBuf) -> Self {
        Self { root }
    }

    /// `cargo`, run in the repository.
    #[must_use]
    pub fn cargo(&self) -> Command {
        // cargo tells its subcommands which cargo it is, so that a toolchain override is kept.
        let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(program);
        command.current_dir(&self.root);
        command
    }

    /// The manifests as cargo understands them, without resolving anything.
    ///
    /// # Errors
    /// If cargo refuses the manifests.
    pub fn metadata(&self) -> anyhow::Result<Value> {
        let output = self
            .cargo()
            .args([
                "metadata",
                "--format-version",
                "1",
                "--no-deps",
                "--offline",
            ])
            .output()
            .context("cargo could not be started")?;
        if !output.status.success() {
            bail!(
                "cargo metadata: {}",
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    /// Every checked-in or new file that git does not ignore, relative to the root, sorted.
    ///
    /// # Errors
    /// If this is not a git work tree.
    pub fn files(&self) -> anyhow::Result<Vec<PathBuf>> {
        let output = Command::new("git")
            .current_dir(&self.root)
            .args([
                "ls-files",
                "--cached",
                "--others",
                "--exclude-standard",
                "-z",
            ])
            .output()
            .context("git could not be started")?;
        if !output.status.success() {
            bail!(
                "git ls-files: {}",
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
        let mut files: Vec<PathBuf> = output
            .stdout
            .split(|byte| *byte == 0)
            .filter(|name| !name.is_empty())
            .map(|name| PathBuf::from(String::from_utf8_lossy(name).into_owned()))
            .filter(|path| self.root.join(path).is_file())
            .collect();
        files.sort();
        files.dedup();
        Ok(files)
    }

    /// The text of a file of the repository; `None` if it is not text.
    #[must_use]
    pub fn text(&self, path: &Path) -> Option<String> {
        std::fs::read_to_string(self.root.join(path)).ok()
    }

    /// The rules of the repository, as text.
    ///
    /// # Errors
    /// If `xtask/rules.toml` cannot be read.
    pub fn rules(&self) -> anyhow::Result<String> {
        std::fs::read_to_string(self.root.join("xtask/rules.toml"))
            .context("xtask/rules.toml cannot be read")
    }
}
