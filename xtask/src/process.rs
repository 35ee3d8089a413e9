//! Running a child with its output kept, watched and bounded in time.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, ExitStatus};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

/// Runs `command` to its end, writes all it says to `log`, and shows each line to `watch`.
///
/// Both outputs go into one pipe, so that the lines keep their order.
///
/// # Errors
/// If it cannot be started, or does not end within `limit`; then it and its children are killed.
pub fn run_watched(
    mut command: Command,
    log: &Path,
    limit: Duration,
    mut watch: impl FnMut(&str),
) -> anyhow::Result<ExitStatus> {
    if let Some(folder) = log.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut file = File::create(log).with_context(|| format!("{}", log.display()))?;
    let (reader, writer) = std::io::pipe()?;
    command.stdout(writer.try_clone()?).stderr(writer);
    let mut child = command.spawn().context("could not be started")?;
    // The command holds the writing end; without this the pipe would never end.
    drop(command);
    let (sender, lines) = mpsc::channel();
    std::thread::spawn(move || {
        let mut reader = BufReader::new(reader);
        let mut line = Vec::new();
        while reader
            .read_until(b'\n', &mut line)
            .is_ok_and(|read| read > 0)
        {
            let text = String::from_utf8_lossy(&line).trim_end().to_owned();
            if sender.send(text).is_err() {
                return;
            }
            line.clear();
        }
    });
    let started = Instant::now();
    let mut ended: Option<(ExitStatus, Instant)> = None;
    loop {
        match lines.recv_timeout(Duration::from_millis(200)) {
            Ok(line) => {
                writeln!(file, "{line}")?;
                watch(&line);
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
            // A grandchild that outlives its parent may hold the pipe: do not wait for it.
            Err(mpsc::RecvTimeoutError::Timeout)
                if ended.is_some_and(|(_, at)| at.elapsed() > Duration::from_secs(3)) =>
            {
                break;
            }
            Err(mpsc::RecvTimeoutError::Timeout) => {}
        }
        if ended.is_none() {
            ended = child.try_wait()?.map(|status| (status, Instant::now()));
        }
        if ended.is_none() && started.elapsed() > limit {
            kill_tree(&mut child);
            bail!(
                "did not end within {} minutes; see {}",
                limit.as_secs() / 60,
                log.display()
            );
        }
    }
    match ended {
        Some((status, _)) => Ok(status),
        None => Ok(child.wait()?),
    }
}

/// Kills a child and everything it started, children first.
fn kill_tree(child: &mut Child) {
    for descendant in descendants(child.id()) {
        let _ = Command::new("kill")
            .args(["-KILL", &descendant.to_string()])
            .status();
    }
    let _ = child.kill();
    let _ = child.wait();
}

fn descendants(of: u32) -> Vec<u32> {
    let parents: Vec<(u32, u32)> = std::fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let pid: u32 = entry.ok()?.file_name().to_str()?.parse().ok()?;
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
            // The program's name stands in brackets and may hold spaces.
            let parent = stat
                .rsplit_once(')')?
                .1
                .split_whitespace()
                .nth(1)?
                .parse()
                .ok()?;
            Some((pid, parent))
        })
        .collect();
    let mut found = vec![of];
    let mut next = 0;
    while let Some(parent) = found.get(next).copied() {
        found.extend(
            parents
                .iter()
                .filter(|(_, up)| *up == parent)
                .map(|(pid, _)| *pid),
        );
        next += 1;
    }
    found.split_off(1).into_iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn both_outputs_arrive_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let mut lines = Vec::new();
        let status = run_watched(
            shell("echo one; echo two >&2; echo three; exit 3"),
            &log,
            Duration::from_secs(20),
            |line| lines.push(line.to_owned()),
        )
        .unwrap();
        assert_eq!(lines, ["one", "two", "three"]);
        assert_eq!(status.code(), Some(3));
        assert_eq!(std::fs::read_to_string(log).unwrap(), "one\ntwo\nthree\n");
    }

    #[test]
    fn a_child_that_hangs_is_ended_with_its_children() {
        let folder = tempfile::tempdir().unwrap();
        let mut grandchild = String::new();
        let error = run_watched(
            shell("sleep 600 & echo $!; wait"),
            &folder.path().join("log"),
            Duration::from_secs(1),
            |line| line.clone_into(&mut grandchild),
        )
        .unwrap_err();
        assert!(error.to_string().contains("did not end"), "{error}");
        std::thread::sleep(Duration::from_millis(300));
        let state = std::fs::read_to_string(format!("/proc/{grandchild}/stat")).unwrap_or_default();
        assert!(state.is_empty() || state.contains(") Z "), "{state}");
    }
}
