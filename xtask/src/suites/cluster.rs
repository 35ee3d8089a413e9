//! A PostgreSQL of our own on a private socket, gone when the run is over.

use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

/// A running server that nobody else can reach.
#[derive(Debug)]
pub struct Cluster {
    folder: PathBuf,
    server: Child,
    keep: bool,
}

/// Begins the names of our folders; the process's number follows.
const PREFIX: &str = "tarn-test-";
const START_LIMIT: Duration = Duration::from_secs(30);
const STOP_LIMIT: Duration = Duration::from_secs(10);

impl Cluster {
    /// Makes and starts a cluster from the programs in `programs`.
    ///
    /// PostgreSQL refuses to run as root: then it runs as `postgres` or `nobody`.
    ///
    /// # Errors
    /// If the cluster cannot be made, or does not answer within half a minute.
    pub fn start(programs: &Path, keep: bool) -> anyhow::Result<Self> {
        sweep();
        // Socket addresses may have 107 bytes, so the folder is near the root of the temporary one.
        let folder = std::env::temp_dir().join(format!("{PREFIX}{}", std::process::id()));
        std::fs::create_dir(&folder).with_context(|| format!("{} exists", folder.display()))?;
        std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o700))?;
        let user = unprivileged_user();
        if let Some((uid, gid)) = user {
            chown(&folder, Some(uid), Some(gid))?;
        }
        let data = folder.join("data");
        let output = as_user(&programs.join("initdb"), user)
            .args([
                "--auth=trust",
                "--username=postgres",
                "--encoding=UTF8",
                "--locale=C",
            ])
            .args(["--no-sync", "--pgdata"])
            .arg(&data)
            .current_dir(&folder)
            .output()
            .context("initdb could not be started")?;
        if !output.status.success() {
            bail!("initdb: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        let log = std::fs::File::create(folder.join("log"))?;
        let server = as_user(&programs.join("postgres"), user)
            .arg("-D")
            .arg(&data)
            .arg("-k")
            .arg(&folder)
            .args([
                "-c",
                "listen_addresses=",
                "-c",
                "fsync=off",
                "-c",
                "max_connections=300",
            ])
            .current_dir(&folder)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .context("postgres could not be started")?;
        let mut cluster = Self {
            folder,
            server,
            keep,
        };
        cluster.wait_until_ready(programs)?;
        println!(
            "    PostgreSQL on a private socket in {}",
            cluster.folder.display()
        );
        Ok(cluster)
    }

    /// The address of its maintenance database, where tests may create databases of their own.
    #[must_use]
    pub fn url(&self) -> String {
        format!(
            "postgres:///postgres?host={}&user=postgres",
            self.folder.display()
        )
    }

    fn wait_until_ready(&mut self, programs: &Path) -> anyhow::Result<()> {
        let started = Instant::now();
        while started.elapsed() < START_LIMIT {
            let ready = Command::new(programs.join("pg_isready"))
                .arg("-q")
                .arg("-h")
                .arg(&self.folder)
                .status()
                .is_ok_and(|status| status.success());
            if ready {
                return Ok(());
            }
            if let Some(status) = self.server.try_wait()? {
                let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
                bail!("postgres ended at once ({status}): {}", log.trim());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        bail!("postgres did not answer within {} s", START_LIMIT.as_secs())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // SIGINT is PostgreSQL's fast shutdown: it closes connections and stops its own children.
        let _ = Command::new("kill")
            .args(["-INT", &self.server.id().to_string()])
            .status();
        let started = Instant::now();
        while started.elapsed() < STOP_LIMIT && matches!(self.server.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(50));
        }
        let _ = self.server.kill();
        let _ = self.server.wait();
        if self.keep {
            println!("kept {}", self.folder.display());
        } else {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

/// Removes what an interrupted run left behind: folders of ours whose process is gone.
fn sweep() {
    if !Path::new("/proc/self").exists() {
        return;
    }
    for entry in std::fs::read_dir(std::env::temp_dir())
        .into_iter()
        .flatten()
        .flatten()
    {
        let name = entry.file_name();
        let owner = name
            .to_str()
            .and_then(|name| name.strip_prefix(PREFIX)?.parse::<u32>().ok());
        if owner.is_some_and(|pid| !Path::new(&format!("/proc/{pid}")).exists()) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

fn as_user(program: &Path, user: Option<(u32, u32)>) -> Command {
    // The server must not outlive this program, however it ends; setpriv asks the kernel for that.
    let guard = Path::new("/usr/bin/setpriv");
    let mut command = if guard.is_file() {
        let mut command = Command::new(guard);
        command.args(["--pdeathsig", "INT"]).arg(program);
        command
    } else {
        Command::new(program)
    };
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
