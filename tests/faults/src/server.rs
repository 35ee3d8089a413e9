//! The server under test: `tarn run` on data of its own, with tokens of a demo that is left alone.

use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use tempfile::TempDir;

use crate::client::Client;
use crate::process::bound;

/// How long a start may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);
/// How old a token may become; it is good for five minutes.
const TOKEN_AGE: Duration = Duration::from_secs(150);
/// The organisation that contributes.
const SOURCE: &str = "OAK01";
/// The agreement that the server runs under.
const AGREEMENT: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../governance/agreements/harrowmere/agreement.md"
);

/// Where the server keeps its data.
#[derive(Debug, Clone)]
pub enum Place {
    /// SQLite files in a folder of its own.
    Folder,
    /// SQLite files in this folder.
    At(PathBuf),
    /// PostgreSQL at this address.
    Postgres(String),
}

/// The server, its data, and whoever gives tokens for it.
pub struct Deployment {
    folder: TempDir,
    tarn: PathBuf,
    place: Place,
    listens: SocketAddr,
    sign_in: Child,
    server: Option<Child>,
    settings: Vec<(String, String)>,
    token: Arc<RwLock<String>>,
    token_made: Instant,
}

impl Deployment {
    /// Makes the data, with one organisation that has joined, and starts the server on it.
    /// `settings` are more of its configuration, as environment names and values.
    ///
    /// # Errors
    /// If one of its commands fails.
    pub async fn start(
        tarn: &Path,
        place: Place,
        settings: &[(&str, &str)],
    ) -> anyhow::Result<Self> {
        ensure!(tarn.is_file(), "{} could not be started", tarn.display());
        let folder = tempfile::tempdir()?;
        let base = free_ports()?;
        let at = |above: u16| SocketAddr::from(([127, 0, 0, 1], base + above));
        let sign_in_data = folder.path().join("sign-in");
        let sign_in = bound(tarn, "KILL")
            .args(["demo", "--people", "30", "--port-base", &base.to_string()])
            .arg("--data")
            .arg(&sign_in_data)
            .env("TARN_TELEMETRY_LOG_FILTER", "warn")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(folder.path().join("sign-in.log"))?)
            .spawn()
            .context("the program could not be started")?;
        let systems = sign_in_data.join("systems/clients.toml");
        let config = format!(
            "[listen]\nfhir = \"{}\"\n[staff_sign_in]\nissuer = \"http://{}/staff\"\n\
             [access_tokens]\naudience = \"http://{}/fhir/r4\"\nsystem_clients = \"{}\"\n\
             [governance]\nagreement = \"{AGREEMENT}\"\n[telemetry]\nlog_filter = \"warn\"\n",
            at(12),
            at(9),
            at(3),
            systems.display()
        );
        std::fs::write(folder.path().join("tarn.toml"), config)?;
        let settings = settings.iter();
        let mut deployment = Self {
            tarn: tarn.to_owned(),
            place,
            listens: at(12),
            sign_in,
            server: None,
            settings: settings
                .map(|&(name, value)| (name.into(), value.into()))
                .collect(),
            token: Arc::default(),
            token_made: Instant::now(),
            folder,
        };
        deployment.join_source()?;
        deployment.first_token().await?;
        deployment.start_server().await?;
        Ok(deployment)
    }

    /// Somebody who asks the server; renew the token now and then by [`Deployment::keep_token`].
    ///
    /// # Errors
    /// If no client can be made.
    pub fn client(&self) -> anyhow::Result<Client> {
        Client::new(self.listens, Arc::clone(&self.token))
    }

    /// The server's process.
    ///
    /// # Errors
    /// If it does not run.
    pub fn pid(&self) -> anyhow::Result<u32> {
        Ok(self.server.as_ref().context("no server runs")?.id())
    }

    /// The folder of the data that is in no other database.
    fn data(&self) -> PathBuf {
        match &self.place {
            Place::At(folder) => folder.clone(),
            Place::Folder | Place::Postgres(_) => self.folder.path().join("data"),
        }
    }

    /// The address of one crate's tables.
    #[must_use]
    pub fn address_of(&self, noun: &str) -> String {
        match &self.place {
            Place::Folder | Place::At(_) => {
                let file = self.data().join(format!("{noun}.db"));
                format!("sqlite:{}", file.display())
            }
            Place::Postgres(url) => url.clone(),
        }
    }

    /// What the server wrote to its log.
    fn logged(&self) -> String {
        std::fs::read_to_string(self.log()).unwrap_or_default()
    }

    /// Starts the server, without waiting for it.
    ///
    /// # Errors
    /// If the program can't be started.
    pub fn spawn_server(&mut self) -> anyhow::Result<()> {
        let log = File::options().create(true).append(true).open(self.log())?;
        let mut command = self.tarn(&["run", "--parts", "record-api"]);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log);
        self.server = Some(command.spawn()?);
        Ok(())
    }

    /// Starts the server and waits until it answers.
    ///
    /// # Errors
    /// If it does not.
    pub async fn start_server(&mut self) -> anyhow::Result<()> {
        self.spawn_server()?;
        self.wait_until_ready().await
    }

    /// Kills the server with SIGKILL and waits for its end.
    ///
    /// # Errors
    /// If it does not run.
    pub fn kill_server(&mut self) -> anyhow::Result<()> {
        let mut server = self.server.take().context("no server runs")?;
        server.kill()?;
        server.wait()?;
        Ok(())
    }

    /// Waits until the server answers from its database.
    ///
    /// # Errors
    /// If it ended or does not.
    pub async fn wait_until_ready(&mut self) -> anyhow::Result<()> {
        let client = self.client()?;
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            let server = self.server.as_mut().context("no server runs")?;
            if let Some(status) = server.try_wait()? {
                bail!("the server ended ({status}): {}", self.logged());
            }
            if client.is_answered("/Organization?_count=1").await {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        bail!("the server does not answer: {}", self.logged())
    }

    /// Renews the token if it has become old.
    ///
    /// # Errors
    /// If none can be had.
    pub fn keep_token(&mut self) -> anyhow::Result<()> {
        if self.token_made.elapsed() > TOKEN_AGE {
            let token = self.new_token()?.context("the demo gives no token")?;
            self.put_token(token);
        }
        Ok(())
    }

    /// Runs another command of the program on the server's data.
    ///
    /// # Errors
    /// If it can't be run.
    pub fn command(&self, arguments: &[&str]) -> anyhow::Result<Output> {
        Ok(self.tarn(arguments).stdin(Stdio::null()).output()?)
    }

    fn tarn(&self, arguments: &[&str]) -> Command {
        let mut command = bound(&self.tarn, "KILL");
        command.args(arguments);
        command
            .arg("--config")
            .arg(self.folder.path().join("tarn.toml"));
        command.arg("--data").arg(self.data());
        if let Place::Postgres(url) = &self.place {
            command.args(["--database", url]);
        }
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        command
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("server.log")
    }

    /// Something small of the organisation makes it one that has joined.
    fn join_source(&self) -> anyhow::Result<()> {
        let file = self.folder.path().join("practice.json");
        std::fs::write(
            &file,
            r#"{"resourceType":"Organization","id":"practice","name":"Oak Lane Surgery"}"#,
        )?;
        let file = file.display().to_string();
        let loaded = self.command(&["load", &file, "--source", SOURCE])?;
        let said = String::from_utf8_lossy(&loaded.stderr).into_owned();
        ensure!(
            loaded.status.success(),
            "the data could not be made: {said}"
        );
        Ok(())
    }

    async fn first_token(&mut self) -> anyhow::Result<()> {
        let start = Instant::now();
        loop {
            if let Some(status) = self.sign_in.try_wait()? {
                bail!("the demo that gives tokens ended ({status})");
            }
            if let Some(token) = self.new_token()? {
                self.put_token(token);
                return Ok(());
            }
            ensure!(start.elapsed() < PATIENCE, "the demo gives no token");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// A token of the organisation's system; `None` if the demo is not ready.
    fn new_token(&self) -> anyhow::Result<Option<String>> {
        let output = Command::new(&self.tarn)
            .args(["token", "--system", SOURCE, "--data"])
            .arg(self.folder.path().join("sign-in"))
            .output()?;
        let token = String::from_utf8(output.stdout)?.trim().to_owned();
        Ok(output.status.success().then_some(token))
    }

    fn put_token(&mut self, token: String) {
        *self.token.write().unwrap_or_else(PoisonError::into_inner) = token;
        self.token_made = Instant::now();
    }
}

impl Drop for Deployment {
    fn drop(&mut self) {
        for process in self.server.iter_mut().chain([&mut self.sign_in]) {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

/// A first port with free ones above it, below those that the system gives to outgoing
/// connections: the server comes back to the same one many times.
fn free_ports() -> anyhow::Result<u16> {
    use std::sync::atomic::{AtomicU16, Ordering};

    static NEXT: AtomicU16 = AtomicU16::new(0);
    let own = u16::try_from(std::process::id() % 1000)? * 11;
    for _ in 0..500 {
        let step = NEXT.fetch_add(1, Ordering::Relaxed);
        let base = 10_007 + own.wrapping_add(step.wrapping_mul(20)) % 20_000;
        let free = |above| TcpListener::bind(("127.0.0.1", base + above)).is_ok();
        if [0, 1, 3, 9, 12].into_iter().all(free) {
            return Ok(base);
        }
    }
    bail!("no port is free")
}
