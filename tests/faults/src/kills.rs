//! The kill test: load, a kill, a start, and a comparison, as often as is asked.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;

use crate::cluster::{Cluster, DatabaseKill};
use crate::drill::{Drill, Report};
use crate::random::Random;
use crate::server::{Deployment, Place};

/// The longest time of load before a kill, in milliseconds.
const LONGEST_LOAD_MS: u64 = 400;
/// The longest time from a start to a kill in the middle of it, in milliseconds.
const LONGEST_START_MS: u64 = 150;
/// One start of so many is killed too.
const STARTS: u64 = 8;
/// How many rounds pass before something is said of them.
const SAID_EACH: usize = 25;
/// How long writers may take to notice that the database is gone.
const GRACE: Duration = Duration::from_millis(600);

/// What is killed, how often, and on what.
#[derive(Debug, Clone)]
pub struct KillOptions {
    /// The program.
    pub tarn: PathBuf,
    /// PostgreSQL's programs: then it runs on a cluster of its own, else on SQLite.
    pub postgres: Option<PathBuf>,
    /// Kills of the server, not counting those in the middle of its start.
    pub server_kills: u64,
    /// Kills of the database; there are none on SQLite.
    pub database_kills: u64,
    /// Writers at the same time.
    pub writers: u64,
    /// The same seed gives the same moments and the same steps.
    pub seed: u64,
}

/// What a run came to.
#[derive(Debug, Default)]
pub struct KillReport {
    /// What was found.
    pub found: Report,
    backend: String,
    server_kills: u64,
    kills_in_start: u64,
    database_kills: BTreeMap<DatabaseKill, u64>,
}

/// One kill of the plan.
#[derive(Debug, Clone, Copy)]
enum Kill {
    Server { in_start: bool },
    Database(DatabaseKill),
}

/// Kills as often as is asked and compares after each.
///
/// # Errors
/// If the server does not come back, or the audit log is not whole. What is lost, doubled or
/// unaudited is counted in the report.
pub async fn kill(options: &KillOptions) -> anyhow::Result<KillReport> {
    let mut random = Random::new(options.seed, 0);
    let programs = options.postgres.as_deref();
    let cluster = programs
        .map(|programs| Cluster::start(programs, &[]))
        .transpose()?;
    let (place, backend) = match &cluster {
        Some(cluster) => (
            Place::Postgres(cluster.url()),
            format!("PostgreSQL {}", cluster.version()),
        ),
        None => (Place::Folder, "SQLite".to_owned()),
    };
    let deployment = Deployment::start(&options.tarn, place, &[]).await?;
    let mut run = Run {
        drill: Drill::new(deployment, options.writers, options.seed)?,
        cluster,
        random: random.clone(),
        report: KillReport {
            backend,
            ..KillReport::default()
        },
    };
    for (round, kill) in plan(options, &mut random).into_iter().enumerate() {
        run.round(kill)
            .await
            .with_context(|| format!("round {round}, {kill:?}, seed {}", options.seed))?;
        if (round + 1) % SAID_EACH == 0 {
            eprintln!("after {} rounds: {}", round + 1, run.drill.report.verdict());
        }
    }
    Ok(KillReport {
        found: run.drill.report,
        ..run.report
    })
}

/// The kills in a random order.
fn plan(options: &KillOptions, random: &mut Random) -> Vec<Kill> {
    let database = match options.postgres {
        Some(_) => options.database_kills,
        None => 0,
    };
    let servers = (0..options.server_kills).map(|number| Kill::Server {
        in_start: number % STARTS == STARTS - 1,
    });
    let ways = DatabaseKill::ALL.into_iter().cycle();
    let databases = (0..database).zip(ways).map(|(_, how)| Kill::Database(how));
    let mut plan: Vec<Kill> = servers.chain(databases).collect();
    random.shuffle(&mut plan);
    plan
}

struct Run {
    drill: Drill,
    cluster: Option<Cluster>,
    random: Random,
    report: KillReport,
}

impl Run {
    async fn round(&mut self, kill: Kill) -> anyhow::Result<()> {
        let load = self.drill.load().await?;
        let moment = self.random.below(LONGEST_LOAD_MS);
        tokio::time::sleep(Duration::from_millis(moment)).await;
        self.strike(kill).await?;
        let ended = load.end().await?;
        self.recover(kill).await?;
        self.drill.settle(ended).await
    }

    async fn strike(&mut self, kill: Kill) -> anyhow::Result<()> {
        match kill {
            Kill::Server { .. } => {
                self.report.server_kills += 1;
                self.drill.deployment.kill_server()
            }
            Kill::Database(how) => {
                *self.report.database_kills.entry(how).or_default() += 1;
                let cluster = self.cluster.as_mut().context("no cluster to kill")?;
                cluster.kill(how, &mut self.random)?;
                tokio::time::sleep(GRACE).await;
                Ok(())
            }
        }
    }

    /// Starts again what was killed. After a kill of the database the server is left as it is:
    /// it has to find the new one by itself.
    async fn recover(&mut self, kill: Kill) -> anyhow::Result<()> {
        let deployment = &mut self.drill.deployment;
        match kill {
            Kill::Server { in_start } => {
                deployment.spawn_server()?;
                if in_start {
                    let moment = self.random.below(LONGEST_START_MS);
                    tokio::time::sleep(Duration::from_millis(moment)).await;
                    deployment.kill_server()?;
                    self.report.kills_in_start += 1;
                    deployment.spawn_server()?;
                }
            }
            Kill::Database(_) => {
                let cluster = self.cluster.as_mut().context("no cluster to start")?;
                cluster.restart()?;
            }
        }
        deployment.wait_until_ready().await
    }
}

impl KillReport {
    /// How often the server and the database were killed.
    #[must_use]
    pub fn kills(&self) -> (u64, u64) {
        let database = self.database_kills.values().sum();
        (self.server_kills + self.kills_in_start, database)
    }
}

impl fmt::Display for KillReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (server, database) = self.kills();
        writeln!(
            f,
            "{}: {server} kills of the server ({} in the middle of its start), {database} of the database",
            self.backend, self.kills_in_start
        )?;
        for (how, times) in &self.database_kills {
            writeln!(f, "  {times} × {}", how.words())?;
        }
        write!(f, "{}", self.found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_has_every_kill_and_repeats_with_its_seed() {
        let options = KillOptions {
            tarn: PathBuf::new(),
            postgres: Some(PathBuf::new()),
            server_kills: 16,
            database_kills: 6,
            writers: 1,
            seed: 7,
        };
        let made = || plan(&options, &mut Random::new(7, 0));
        let shown: Vec<String> = made().iter().map(|kill| format!("{kill:?}")).collect();
        assert_eq!(shown.len(), 22);
        let count = |part: &str| shown.iter().filter(|kill| kill.contains(part)).count();
        assert_eq!((count("in_start: true"), count("in_start: false")), (2, 14));
        for how in ["Immediate", "Postmaster", "Session"] {
            assert_eq!(count(how), 2, "{how}");
        }
        let again: Vec<String> = made().iter().map(|kill| format!("{kill:?}")).collect();
        assert_eq!(shown, again);
    }
}
