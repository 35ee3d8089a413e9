//! A running server with load on it, and the comparison after something was taken away.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use tarn_audit::{AuditLog, Outcome};
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::client::Client;
use crate::random::Random;
use crate::server::Deployment;
use crate::writer::{Tally, Writer};

/// A server, the load on it, and what was found so far.
pub struct Drill {
    /// The server.
    pub deployment: Deployment,
    /// What was found.
    pub report: Report,
    writers: u64,
    round: u64,
    client: Client,
    began: Instant,
}

/// Writers at work.
pub struct Load {
    writers: Vec<JoinHandle<Writer>>,
    stop: Arc<AtomicBool>,
}

/// Writers that have ended, with what was acknowledged to them.
pub struct Ended(Vec<Writer>);

/// What a drill came to.
#[derive(Debug, Clone, Default)]
pub struct Report {
    seed: u64,
    tally: Tally,
    unaudited: u64,
    events: i64,
    took: Duration,
}

impl Drill {
    /// A drill on this server; the same seed gives the same steps.
    ///
    /// # Errors
    /// If nobody can ask it.
    pub fn new(deployment: Deployment, writers: u64, seed: u64) -> anyhow::Result<Self> {
        Ok(Self {
            client: deployment.client()?,
            deployment,
            report: Report {
                seed,
                ..Report::default()
            },
            writers,
            round: 0,
            began: Instant::now(),
        })
    }

    /// Puts writers to work, each about somebody new.
    ///
    /// # Errors
    /// If the server takes nobody.
    pub async fn load(&mut self) -> anyhow::Result<Load> {
        self.deployment.keep_token()?;
        self.round += 1;
        let seed = self.report.seed;
        let stop = Arc::new(AtomicBool::new(false));
        let mut writers = Vec::new();
        for number in 0..self.writers {
            let own = Random::new(seed, self.round * 1_000 + number);
            let name = format!("{seed:x}-{}-{number}", self.round);
            let mut writer = Writer::new(self.client.clone(), own, name).await?;
            let stop = Arc::clone(&stop);
            writers.push(tokio::spawn(async move {
                writer.run(stop).await;
                writer
            }));
        }
        Ok(Load { writers, stop })
    }

    /// Once the server is back: settles what was not answered, compares all that is held with
    /// what was acknowledged, and looks for the rows of the audit log.
    ///
    /// # Errors
    /// If the server does not answer, or the audit log is not whole.
    pub async fn settle(&mut self, ended: Ended) -> anyhow::Result<()> {
        for mut writer in ended.0 {
            writer.settle().await?;
            self.report.tally.add(writer.tally);
        }
        self.report.unaudited += self.unaudited().await?;
        self.report.took = self.began.elapsed();
        self.verify()
    }

    /// How many acknowledged requests have no row that permits them.
    async fn unaudited(&mut self) -> anyhow::Result<u64> {
        let log = AuditLog::connect(&self.deployment.address_of("audit")).await?;
        let mut permitted: HashSet<Uuid> = HashSet::new();
        loop {
            let events = log.following(self.report.events).await?;
            let Some(last) = events.last() else { break };
            self.report.events = last.sequence;
            let entries = events.iter().map(|event| &event.entry);
            let entries = entries.filter(|entry| entry.outcome == Outcome::Permitted);
            permitted.extend(entries.map(|entry| entry.request_id));
        }
        let acknowledged = self.client.take_acknowledged();
        let without = acknowledged.iter().filter(|id| !permitted.contains(id));
        Ok(without.count() as u64)
    }

    fn verify(&self) -> anyhow::Result<()> {
        let output = self.deployment.command(&["verify"])?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        ensure!(
            output.status.success(),
            "the audit log is not whole: {said}"
        );
        Ok(())
    }
}

impl Load {
    /// Tells the writers to stop, and waits until they have.
    ///
    /// # Errors
    /// If one of them panicked.
    pub async fn end(self) -> anyhow::Result<Ended> {
        self.stop.store(true, Ordering::Relaxed);
        let mut ended = Vec::new();
        for writer in self.writers {
            ended.push(writer.await.context("a writer panicked")?);
        }
        Ok(Ended(ended))
    }
}

impl Report {
    /// Whether nothing acknowledged was lost, doubled, half written or unaudited, and every
    /// answer was one that a right request may get.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        let tally = &self.tally;
        tally.lost + tally.duplicated + tally.half + self.unaudited == 0 && tally.wrong.is_empty()
    }

    /// What is wrong, in one line.
    pub(crate) fn verdict(&self) -> String {
        let tally = &self.tally;
        format!(
            "lost {} / duplicated {} / unaudited {} / half written {} / wrong answers {}",
            tally.lost,
            tally.duplicated,
            self.unaudited,
            tally.half,
            tally.wrong.len()
        )
    }

    /// How many writes were acknowledged.
    #[must_use]
    pub const fn writes(&self) -> u64 {
        let tally = &self.tally;
        tally.creates + tally.updates + tally.deletes + tally.transactions
    }

    /// How many writes were not answered.
    #[must_use]
    pub const fn doubtful(&self) -> u64 {
        self.tally.doubtful_done + self.tally.doubtful_not_done
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tally = &self.tally;
        writeln!(
            f,
            "{} writes acknowledged ({} creates, {} updates, {} deletes, {} transactions), {} reads; {} rows in the audit log",
            self.writes(),
            tally.creates,
            tally.updates,
            tally.deletes,
            tally.transactions,
            tally.reads,
            self.events
        )?;
        writeln!(
            f,
            "{} writes not answered: {} had been taken, {} had not; each was sent again",
            self.doubtful(),
            tally.doubtful_done,
            tally.doubtful_not_done
        )?;
        for wrong in tally.wrong.iter().take(10) {
            writeln!(f, "wrong answer: {wrong}")?;
        }
        writeln!(f, "{}", self.verdict())?;
        write!(f, "seed {}, in {:.0} s", self.seed, self.took.as_secs_f64())
    }
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.creates += other.creates;
        self.updates += other.updates;
        self.deletes += other.deletes;
        self.transactions += other.transactions;
        self.reads += other.reads;
        self.doubtful_done += other.doubtful_done;
        self.doubtful_not_done += other.doubtful_not_done;
        self.lost += other.lost;
        self.duplicated += other.duplicated;
        self.half += other.half;
        self.wrong.extend(other.wrong);
    }
}
