//! What the suites need from the machine, installed where that is possible.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::bail;

/// Programs that the suites use.
#[derive(Debug, Clone, Default)]
pub(super) struct Tools {
    /// The folder with `initdb` and `postgres`.
    pub(super) postgres: PathBuf,
    /// The browser.
    pub(super) chromium: PathBuf,
}

/// What the suites that were asked for use.
#[derive(Debug, Clone, Copy)]
pub(super) struct Needs {
    /// A PostgreSQL of their own.
    pub(super) database: bool,
    /// Chromium.
    pub(super) browser: bool,
    /// Node and npm.
    pub(super) node: bool,
    /// Python with `venv`.
    pub(super) python: bool,
}

const OLDEST_NODE: u32 = 20;

/// Finds what is needed, installing on Debian and Ubuntu what is missing.
///
/// # Errors
/// If something is missing and cannot be installed here; the message names what to install.
pub(super) fn provide(needs: Needs) -> anyhow::Result<Tools> {
    let missing = missing(needs);
    if !missing.is_empty() {
        install(&missing)?;
        let still = self::missing(needs);
        if !still.is_empty() {
            bail!("still missing after the installation: {}", still.join(", "));
        }
    }
    Ok(Tools {
        postgres: postgres_folder().unwrap_or_default(),
        chromium: chromium().unwrap_or_default(),
    })
}

fn missing(needs: Needs) -> Vec<&'static str> {
    let mut packages = Vec::new();
    if needs.database && postgres_folder().is_none() {
        packages.push("postgresql");
    }
    if needs.browser && chromium().is_none() {
        packages.push("chromium");
    }
    if needs.node && node_version().is_none_or(|version| version < OLDEST_NODE) {
        packages.push("nodejs");
    }
    if needs.node && on_path("npm").is_none() {
        packages.push("npm");
    }
    if needs.python && !python_makes_environments() {
        packages.push("python3-venv");
    }
    packages
}

fn install(packages: &[&str]) -> anyhow::Result<()> {
    let prefix: &[&str] = match (on_path("apt-get").is_some(), is_root(), sudo_works()) {
        (true, true, _) => &[],
        (true, false, true) => &["sudo", "-n"],
        _ => bail!(
            "please install {} (Debian's names; PostgreSQL 15 or newer, Node {OLDEST_NODE} or \
             newer, Chromium, Python 3), then run this again",
            packages.join(", ")
        ),
    };
    println!("installing {}", packages.join(" "));
    // A fresh PostgreSQL package would start a system cluster; the suites use their own.
    let settings = Path::new("/etc/postgresql-common/createcluster.conf");
    if packages.contains(&"postgresql") && is_root() && !settings.exists() {
        std::fs::create_dir_all("/etc/postgresql-common")?;
        std::fs::write(settings, "create_main_cluster = false\n")?;
    }
    apt(prefix, &["update", "-q"])?;
    let mut arguments = vec!["install", "-y", "-q", "--no-install-recommends"];
    arguments.extend(packages);
    apt(prefix, &arguments)
}

fn apt(prefix: &[&str], arguments: &[&str]) -> anyhow::Result<()> {
    let words: Vec<&str> = prefix
        .iter()
        .copied()
        .chain(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"])
        .collect();
    let [program, rest @ ..] = words.as_slice() else {
        bail!("no program to run")
    };
    let status = Command::new(program).args(rest).args(arguments).status()?;
    anyhow::ensure!(status.success(), "apt-get {} failed", arguments.join(" "));
    Ok(())
}

fn postgres_folder() -> Option<PathBuf> {
    let complete =
        |folder: &PathBuf| folder.join("initdb").is_file() && folder.join("postgres").is_file();
    let mut debian: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok().map(|entry| entry.path().join("bin")))
        .filter(complete)
        .collect();
    debian.sort();
    debian.pop().or_else(|| {
        let found = on_path("postgres")?;
        found.parent().map(Path::to_owned).filter(complete)
    })
}

fn chromium() -> Option<PathBuf> {
    ["chromium", "chromium-browser", "google-chrome"]
        .into_iter()
        .find_map(on_path)
}

fn node_version() -> Option<u32> {
    let output = Command::new("node").arg("--version").output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.trim()
        .trim_start_matches('v')
        .split('.')
        .next()?
        .parse()
        .ok()
}

/// Debian keeps what `venv` needs in a package of its own.
fn python_makes_environments() -> bool {
    Command::new("python3")
        .args(["-c", "import ensurepip, venv"])
        .output()
        .is_ok_and(|output| output.status.success())
}

fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

fn is_root() -> bool {
    Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|output| String::from_utf8_lossy(&output.stdout).trim() == "0")
}

fn sudo_works() -> bool {
    Command::new("sudo")
        .args(["-n", "true"])
        .output()
        .is_ok_and(|output| output.status.success())
}
