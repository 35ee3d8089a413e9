//! A PostgreSQL of our own, with its usual durability, that is killed and started again.

use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use tempfile::TempDir;

use crate::process::{bound, children, signal};
use crate::random::Random;

const START_LIMIT: Duration = Duration::from_secs(60);

/// How a database is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DatabaseKill {
    /// SIGQUIT to the postmaster: "immediate shutdown", which recovers at its next start.
    Immediate,
    /// SIGKILL to the postmaster, as the kernel does when memory runs out.
    Postmaster,
    /// SIGKILL to one session: the postmaster ends all others and recovers.
    Session,
}

impl DatabaseKill {
    /// Every way.
    pub const ALL: [Self; 3] = [Self::Immediate, Self::Postmaster, Self::Session];

    /// In a report.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Immediate => "SIGQUIT to the postmaster",
            Self::Postmaster => "SIGKILL to the postmaster",
            Self::Session => "SIGKILL to a session",
        }
    }
}

/// A running server that nobody else can reach.
pub struct Cluster {
    folder: TempDir,
    programs: PathBuf,
    user: Option<(u32, u32)>,
    settings: Vec<String>,
    server: Child,
}

impl Cluster {
    /// Where PostgreSQL's programs are on this machine, newest first; `None` if it has none.
    #[must_use]
    pub fn programs() -> Option<PathBuf> {
        let mut found: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
            .into_iter()
            .flatten()
            .flatten()
            .map(|version| version.path().join("bin"))
            .filter(|bin| bin.join("initdb").is_file())
            .collect();
        found.sort();
        found.pop()
    }

    /// Makes and starts a cluster. `settings` are more of its parameters, as `name=value`.
    ///
    /// PostgreSQL refuses to run as root: then it runs as `postgres` or `nobody`.
    ///
    /// # Errors
    /// If it cannot be made or does not answer.
    pub fn start(programs: &Path, settings: &[&str]) -> anyhow::Result<Self> {
        Self::start_in(&std::env::temp_dir(), programs, settings)
    }

    /// The same in a folder of this one; its path must be short, since a socket is in it.
    ///
    /// # Errors
    /// As [`Cluster::start`].
    pub fn start_in(parent: &Path, programs: &Path, settings: &[&str]) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("tarn-pg-")
            .tempdir_in(parent)?;
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o700))?;
        let user = unprivileged_user();
        if let Some((uid, gid)) = user {
            chown(folder.path(), Some(uid), Some(gid))?;
        }
        let made = as_user(&programs.join("initdb"), user)
            .args(["--auth=trust", "--username=postgres", "--encoding=UTF8"])
            .args(["--locale=C", "--no-sync", "--pgdata"])
            .arg(folder.path().join("data"))
            .current_dir(folder.path())
            .output()
            .context("initdb could not be started")?;
        let said = String::from_utf8_lossy(&made.stderr);
        ensure!(made.status.success(), "initdb: {}", said.trim());
        let settings: Vec<String> = settings.iter().map(|&one| one.to_owned()).collect();
        let server = serve(programs, folder.path(), user, &settings)?;
        let mut cluster = Self {
            folder,
            programs: programs.to_owned(),
            user,
            settings,
            server,
        };
        cluster.wait_until_ready()?;
        Ok(cluster)
    }

    /// The address of its own database.
    #[must_use]
    pub fn url(&self) -> String {
        let folder = self.folder.path().display();
        format!("postgres:///postgres?host={folder}&user=postgres")
    }

    /// What it says of itself: `15.18`.
    #[must_use]
    pub fn version(&self) -> String {
        let said = Command::new(self.programs.join("postgres"))
            .arg("-V")
            .output();
        let said = said.map(|said| String::from_utf8_lossy(&said.stdout).into_owned());
        let said = said.unwrap_or_default();
        let mut words = said.split_whitespace();
        words.nth(2).unwrap_or("of unknown version").to_owned()
    }

    /// Kills it in this way and, where that ends it, waits for its end.
    ///
    /// # Errors
    /// If there is nothing to kill.
    pub(crate) fn kill(&mut self, how: DatabaseKill, random: &mut Random) -> anyhow::Result<()> {
        match how {
            DatabaseKill::Immediate => self.end("QUIT"),
            DatabaseKill::Postmaster => self.end("KILL"),
            DatabaseKill::Session => {
                let sessions: Vec<u32> = children(self.server.id())?
                    .into_iter()
                    .filter(|(_, title)| title.contains("postgres: postgres "))
                    .map(|(pid, _)| pid)
                    .collect();
                let session = random.pick(&sessions).context("there is no session")?;
                // It may have ended by itself since; then nothing is killed but nothing is wrong.
                let _ = signal("KILL", *session);
                Ok(())
            }
        }
    }

    /// Stops it as an operator does (fast shutdown).
    ///
    /// # Errors
    /// If it can't be told.
    pub fn stop(&mut self) -> anyhow::Result<()> {
        self.end("INT")
    }

    /// Starts it again if it ended, and waits until it answers.
    ///
    /// # Errors
    /// If it does not.
    pub fn restart(&mut self) -> anyhow::Result<()> {
        let start = Instant::now();
        loop {
            if self.server.try_wait()?.is_some() {
                self.server = serve(
                    &self.programs,
                    self.folder.path(),
                    self.user,
                    &self.settings,
                )?;
            }
            // After SIGKILL its children notice late that they are orphans, and until then a new
            // server refuses to start beside them.
            match self.wait_until_ready() {
                Ok(()) => return Ok(()),
                Err(_) if start.elapsed() < START_LIMIT => {
                    std::thread::sleep(Duration::from_millis(100));
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn end(&mut self, name: &str) -> anyhow::Result<()> {
        signal(name, self.server.id())?;
        self.server.wait()?;
        Ok(())
    }

    fn wait_until_ready(&mut self) -> anyhow::Result<()> {
        let start = Instant::now();
        while start.elapsed() < START_LIMIT {
            let ready = Command::new(self.programs.join("pg_isready"))
                .arg("-q")
                .arg("-h")
                .arg(self.folder.path())
                .status();
            if ready.is_ok_and(|status| status.success()) {
                return Ok(());
            }
            if let Some(status) = self.server.try_wait()? {
                bail!("postgres ended at once ({status})");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        bail!("postgres did not answer in time")
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if matches!(self.server.try_wait(), Ok(None)) {
            let _ = self.end("QUIT");
        }
    }
}

fn serve(
    programs: &Path,
    folder: &Path,
    user: Option<(u32, u32)>,
    settings: &[String],
) -> anyhow::Result<Child> {
    let log = std::fs::File::options()
        .create(true)
        .append(true)
        .open(folder.join("log"))?;
    let mut command = as_user(&programs.join("postgres"), user);
    command.arg("-D").arg(folder.join("data"));
    command.arg("-k").arg(folder);
    command.args(["-c", "listen_addresses="]);
    for setting in settings {
        command.args(["-c", setting]);
    }
    command
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()
        .context("postgres could not be started")
}

/// The program as somebody whom PostgreSQL serves, and who ends with this process.
fn as_user(program: &Path, user: Option<(u32, u32)>) -> Command {
    let mut command = bound(program, "INT");
    if let Some((uid, gid)) = user {
        command.uid(uid).gid(gid);
    }
    command
}

/// The user and group to run as, if this program runs as root.
fn unprivileged_user() -> Option<(u32, u32)> {
    let output = Command::new("id").arg("-u").output().ok()?;
    if String::from_utf8_lossy(&output.stdout).trim() != "0" {
        return None;
    }
    let users = std::fs::read_to_string("/etc/passwd").ok()?;
    ["postgres", "nobody"].into_iter().find_map(|wanted| {
        let line = users
            .lines()
            .find(|line| line.split(':').next() == Some(wanted))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    })
}
