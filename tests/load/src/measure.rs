//! Many callers ask at once for a while, and every answer is timed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use hdrhistogram::Histogram;
use serde::Serialize;

use crate::cli::{Reporting, Runs};
use crate::connection::{Connection, Server, latencies};
use crate::processor::{Used, Watched, load_average, used};

/// What an operation came to.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Row {
    /// Which operation.
    pub(crate) operation: String,
    /// Which server: `tarn`, or what the caller called the other one.
    pub(crate) contender: String,
    /// Callers that asked at the same time, each waiting for its answer.
    pub(crate) callers: usize,
    /// Things done: answers, or resources where that is what is counted.
    pub(crate) done: u64,
    /// Answers that were not of the 2xx kind, or not what was asked for.
    pub(crate) errors: u64,
    /// Done in a second of wall time.
    pub(crate) per_second: f64,
    /// Half of the answers took at most this long, in milliseconds.
    pub(crate) p50_ms: f64,
    /// 99 of 100 answers took at most this long, in milliseconds.
    pub(crate) p99_ms: f64,
    /// Processor time of each watched process for each thing done, in microseconds.
    pub(crate) cpu_us: Vec<(String, f64)>,
    /// Memory of each watched process at the end, in MiB.
    pub(crate) memory_mib: Vec<(String, f64)>,
    /// Load average of the machine at the end.
    pub(crate) load_average: f64,
}

/// One thing that callers do over and over.
pub(crate) trait Operation: Send + Sync + 'static {
    /// Does it once; how many things that was. An answer of the wrong kind is an error.
    fn once(
        &self,
        connection: &mut Connection,
        turn: u64,
    ) -> impl Future<Output = anyhow::Result<u64>> + Send;
}

/// How long and by how many.
#[derive(Debug, Clone)]
pub(crate) struct Pace {
    /// Callers at the same time.
    pub(crate) callers: usize,
    /// How long the counted part lasts.
    pub(crate) time: Duration,
    /// Stop after this many turns, whatever the time.
    pub(crate) turns: Option<u64>,
}

struct Caller {
    latencies: Histogram<u64>,
    done: u64,
    errors: u64,
}

/// Runs an operation with each number of callers, after a second of warming up that is not
/// counted.
///
/// # Errors
/// As [`run`].
pub(crate) async fn series<O: Operation>(
    name: &str,
    reporting: &Reporting,
    server: &Server,
    operation: &Arc<O>,
    runs: &Runs,
) -> anyhow::Result<Vec<Row>> {
    let mut rows = Vec::new();
    for callers in &runs.callers {
        let mut pace = Pace {
            callers: *callers,
            time: Duration::from_secs(1),
            turns: None,
        };
        run(name, reporting, server, Arc::clone(operation), &pace).await?;
        pace.time = Duration::from_secs(runs.seconds);
        rows.push(run(name, reporting, server, Arc::clone(operation), &pace).await?);
    }
    Ok(rows)
}

/// Runs an operation at this pace and reports what it came to.
///
/// # Errors
/// If the server cannot be reached or a watched process is gone.
pub(crate) async fn run<O: Operation>(
    name: &str,
    reporting: &Reporting,
    server: &Server,
    operation: Arc<O>,
    pace: &Pace,
) -> anyhow::Result<Row> {
    let watched = &reporting.watch;
    let stop = Arc::new(AtomicBool::new(false));
    let mut callers = Vec::new();
    let before = used(watched)?;
    let start = Instant::now();
    for number in 0..pace.callers {
        let connection = server.connect().await?;
        let turns = Turns {
            next: number as u64,
            step: pace.callers as u64,
            end: pace.turns.unwrap_or(u64::MAX),
        };
        let (operation, stop) = (Arc::clone(&operation), Arc::clone(&stop));
        callers.push(tokio::spawn(call(connection, operation, turns, stop)));
    }
    if pace.turns.is_none() {
        tokio::time::sleep(pace.time).await;
        stop.store(true, Ordering::Relaxed);
    }
    let mut all = Caller::new()?;
    for caller in callers {
        let caller = caller.await.context("a caller panicked")??;
        all.latencies.add(&caller.latencies)?;
        all.done += caller.done;
        all.errors += caller.errors;
    }
    let wall = start.elapsed();
    let after = used(watched)?;
    let spent = Spent {
        wall,
        watched,
        before: &before,
        after: &after,
    };
    Ok(all.row(name, &reporting.contender, pace.callers, &spent))
}

struct Turns {
    next: u64,
    step: u64,
    end: u64,
}

async fn call<O: Operation>(
    mut connection: Connection,
    operation: Arc<O>,
    mut turns: Turns,
    stop: Arc<AtomicBool>,
) -> anyhow::Result<Caller> {
    let mut caller = Caller::new()?;
    while turns.next < turns.end && !stop.load(Ordering::Relaxed) {
        match operation.once(&mut connection, turns.next).await {
            Ok(done) => caller.done += done,
            Err(error) => {
                if caller.errors == 0 {
                    eprintln!("first error of a caller: {error:#}");
                }
                caller.errors += 1;
                anyhow::ensure!(caller.errors < 1_000, "more than 1,000 errors");
            }
        }
        turns.next += turns.step;
    }
    caller.latencies = connection.into_latencies();
    Ok(caller)
}

/// What a run took of the machine.
struct Spent<'a> {
    wall: Duration,
    watched: &'a [Watched],
    before: &'a [Used],
    after: &'a [Used],
}

impl Caller {
    fn new() -> anyhow::Result<Self> {
        Ok(Self {
            latencies: latencies()?,
            done: 0,
            errors: 0,
        })
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "figures for people have three digits"
    )]
    fn row(&self, name: &str, contender: &str, callers: usize, spent: &Spent<'_>) -> Row {
        let Spent {
            wall,
            watched,
            before,
            after,
        } = spent;
        let done = self.done.max(1) as f64;
        let each = watched.iter().zip(before.iter().zip(after.iter()));
        let cpu_us = each
            .clone()
            .map(|(process, (before, after))| {
                let spent = after.cpu_ms.saturating_sub(before.cpu_ms) as f64 * 1_000.0;
                (process.name.clone(), spent / done)
            })
            .collect();
        let memory_mib = each
            .map(|(process, (_, after))| {
                (process.name.clone(), after.resident_kib as f64 / 1_024.0)
            })
            .collect();
        Row {
            operation: name.to_owned(),
            contender: contender.to_owned(),
            callers,
            done: self.done,
            errors: self.errors,
            per_second: self.done as f64 / wall.as_secs_f64(),
            p50_ms: self.latencies.value_at_quantile(0.5) as f64 / 1_000.0,
            p99_ms: self.latencies.value_at_quantile(0.99) as f64 / 1_000.0,
            cpu_us,
            memory_mib,
            load_average: load_average(),
        }
    }
}
