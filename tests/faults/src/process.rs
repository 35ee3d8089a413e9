//! Signals to processes that this program started.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, ensure};

/// A command for a program that must not outlive this one, however it ends: `setpriv`, where it
/// is, asks the kernel to send the signal then.
pub(crate) fn bound(program: impl AsRef<OsStr>, signal: &str) -> Command {
    let guard = Path::new("/usr/bin/setpriv");
    if !guard.is_file() {
        return Command::new(program);
    }
    let mut command = Command::new(guard);
    command.args(["--pdeathsig", signal]).arg(program);
    command
}

/// Sends a signal to one process, by its id.
pub(crate) fn signal(name: &str, pid: u32) -> anyhow::Result<()> {
    let sent = Command::new("kill")
        .args([&format!("-{name}"), &pid.to_string()])
        .status()
        .context("there is no `kill`")?;
    ensure!(sent.success(), "the signal {name} could not be sent");
    Ok(())
}

/// The processes whose parent is `pid`, each with its title.
pub(crate) fn children(pid: u32) -> anyhow::Result<Vec<(u32, String)>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").context("this needs Linux's /proc")? {
        let name = entry?.file_name();
        let Some(child) = name.to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        // A process may end while the list is read.
        let stat = std::fs::read_to_string(format!("/proc/{child}/stat")).unwrap_or_default();
        let fields = stat.rsplit_once(") ").map(|(_, fields)| fields);
        let parent = fields.and_then(|fields| fields.split(' ').nth(1)?.parse().ok());
        if parent == Some(pid) {
            let title = std::fs::read(format!("/proc/{child}/cmdline")).unwrap_or_default();
            found.push((child, String::from_utf8_lossy(&title).into_owned()));
        }
    }
    Ok(found)
}
