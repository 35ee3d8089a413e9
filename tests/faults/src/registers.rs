//! Many clients on a few registers at once, and a check of what each was told.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Client, Request};
use crate::history::{Deed, Operation, State, Told, is_linearizable};
use crate::random::Random;
use crate::server::{Deployment, Place};
use crate::world::{Held, SYSTEM, listed};
use crate::writer::Writer;

/// Registers of one batch.
const REGISTERS: u64 = 4;
/// Operations of one client in one batch.
const OPERATIONS: u64 = 24;

/// How long, by how many and on what.
#[derive(Debug, Clone)]
pub struct RegisterOptions {
    /// The program.
    pub tarn: PathBuf,
    /// Where the server keeps its data.
    pub place: Place,
    /// Clients at the same time.
    pub clients: u64,
    /// New batches begin until this has passed.
    pub time: Duration,
    /// The same seed gives the same operations.
    pub seed: u64,
}

/// What a run came to.
#[derive(Debug, Default)]
pub struct RegisterReport {
    /// Registers whose history was checked.
    pub registers: u64,
    /// Operations in them.
    pub operations: u64,
    /// Operations that were refused because of their condition.
    pub refused: u64,
    /// Registers whose history could not have happened, with it.
    pub anomalies: Vec<String>,
    clients: u64,
    seed: u64,
    took: Duration,
}

/// Lets clients create, update and read the same registers, and checks each register's history.
///
/// # Errors
/// If the server does not answer.
pub async fn registers(options: &RegisterOptions) -> anyhow::Result<RegisterReport> {
    let mut deployment = Deployment::start(&options.tarn, options.place.clone(), &[]).await?;
    let client = deployment.client()?;
    let mut report = RegisterReport {
        clients: options.clients,
        seed: options.seed,
        ..RegisterReport::default()
    };
    let start = Instant::now();
    let mut batch = 0;
    while batch == 0 || start.elapsed() < options.time {
        deployment.keep_token()?;
        run_batch(options, &client, batch, &mut report).await?;
        batch += 1;
    }
    report.took = start.elapsed();
    Ok(report)
}

async fn run_batch(
    options: &RegisterOptions,
    client: &Client,
    batch: u64,
    report: &mut RegisterReport,
) -> anyhow::Result<()> {
    let person = format!("registers-{:x}-{batch}", options.seed);
    let random = Random::new(options.seed, batch);
    Writer::new(client.clone(), random, person.clone()).await?;
    let clock = Arc::new(AtomicU64::new(0));
    let mut callers = Vec::new();
    for number in 0..options.clients {
        let caller = Caller {
            client: client.clone(),
            random: Random::new(options.seed, batch * 1_000 + number + 1),
            clock: Arc::clone(&clock),
            person: person.clone(),
        };
        callers.push(tokio::spawn(caller.run()));
    }
    let mut all = Vec::new();
    for caller in callers {
        all.extend(caller.await.context("a client panicked")??);
    }
    for register in 0..REGISTERS {
        let own = all.iter().filter(|(at, _)| *at == register);
        let history: Vec<Operation> = own.map(|(_, operation)| *operation).collect();
        report.registers += 1;
        report.operations += history.len() as u64;
        let refused = |one: &&Operation| {
            matches!(
                one.deed,
                Deed::Write {
                    told: Told::Refused,
                    ..
                }
            )
        };
        report.refused += history.iter().filter(refused).count() as u64;
        if !is_linearizable(&history) {
            report.anomalies.push(format!("batch {batch}: {history:?}"));
        }
    }
    Ok(())
}

/// One client.
struct Caller {
    client: Client,
    random: Random,
    clock: Arc<AtomicU64>,
    person: String,
}

impl Caller {
    async fn run(mut self) -> anyhow::Result<Vec<(u64, Operation)>> {
        let mut history = Vec::new();
        let mut known: Vec<Option<Held>> = vec![None; usize::try_from(REGISTERS)?];
        for _ in 0..OPERATIONS {
            let register = self.random.below(REGISTERS);
            let slot = known.get_mut(usize::try_from(register)?);
            let slot = slot.context("there is no such register")?;
            let asked = self.now();
            let (deed, held) = match (self.random.below(3), slot.as_ref()) {
                (0, Some(held)) => self.update(register, held).await?,
                (0, None) => self.create(register).await?,
                (1, Some(held)) => self.read(held).await?,
                _ => self.search(register).await?,
            };
            let answered = self.now();
            if held.is_some() {
                *slot = held;
            }
            let operation = Operation {
                asked,
                answered,
                deed,
            };
            history.push((register, operation));
        }
        Ok(history)
    }

    fn now(&self) -> u64 {
        self.clock.fetch_add(1, Ordering::SeqCst)
    }

    async fn create(&mut self, register: u64) -> anyhow::Result<(Deed, Option<Held>)> {
        let value = self.random.below(1_000_000_000);
        let body = self.observation(register, None, value);
        let condition = format!("identifier={SYSTEM}|{}", self.key(register));
        let request =
            Request::new(Method::POST, "/Observation", body).with("if-none-exist", condition);
        let answer = self.client.send(&request).await.context("no answer")?;
        ensure!(
            matches!(answer.status, 200 | 201),
            "a conditional create got {}",
            answer.status
        );
        let told = if answer.status == 201 {
            Told::Taken
        } else {
            Told::Refused
        };
        let deed = Deed::Write {
            expected: 0,
            value,
            told,
        };
        Ok((deed, listed(&answer.body).map(|(_, held)| held)))
    }

    async fn update(&mut self, register: u64, held: &Held) -> anyhow::Result<(Deed, Option<Held>)> {
        let value = self.random.below(1_000_000_000);
        let id = held.id.as_deref().unwrap_or_default();
        let body = self.observation(register, Some(id), value);
        let version = held.version;
        let request = Request::new(Method::PUT, &format!("/Observation/{id}"), body)
            .with("if-match", format!("W/\"{version}\""));
        let answer = self.client.send(&request).await.context("no answer")?;
        ensure!(
            matches!(answer.status, 200 | 412),
            "an update got {}",
            answer.status
        );
        let told = if answer.status == 200 {
            Told::Taken
        } else {
            Told::Refused
        };
        let deed = Deed::Write {
            expected: version,
            value,
            told,
        };
        let now = (told == Told::Taken).then(|| Held {
            version: version + 1,
            value,
            ..held.clone()
        });
        Ok((deed, now))
    }

    async fn read(&self, held: &Held) -> anyhow::Result<(Deed, Option<Held>)> {
        let id = held.id.as_deref().unwrap_or_default();
        let answer = self.client.get(&format!("/Observation/{id}")).await;
        let answer = answer.context("no answer")?;
        ensure!(answer.status == 200, "a read got {}", answer.status);
        let (_, found) = listed(&answer.body).context("a read gives something else")?;
        Ok((deed_of(Some(&found)), Some(found)))
    }

    async fn search(&self, register: u64) -> anyhow::Result<(Deed, Option<Held>)> {
        let path = format!(
            "/Observation?patient=Patient/{}&identifier={SYSTEM}%7C{}",
            self.person,
            self.key(register)
        );
        let answer = self.client.get(&path).await.context("no answer")?;
        ensure!(answer.status == 200, "a search got {}", answer.status);
        let entries = answer.body.get("entry").and_then(Value::as_array);
        let entries = entries.map_or(&[][..], Vec::as_slice);
        ensure!(
            entries.len() <= 1,
            "a register is there {} times",
            entries.len()
        );
        let found = entries
            .first()
            .and_then(|entry| listed(entry.get("resource")?));
        let found = found.map(|(_, held)| held);
        Ok((deed_of(found.as_ref()), found))
    }

    fn key(&self, register: u64) -> String {
        format!("{}-{register}", self.person)
    }

    fn observation(&self, register: u64, id: Option<&str>, value: u64) -> Value {
        let mut body = json!({
            "resourceType": "Observation",
            "identifier": [{ "system": SYSTEM, "value": self.key(register) }],
            "status": "final",
            "code": { "text": "Body weight" },
            "subject": { "reference": format!("Patient/{}", self.person) },
            "valueInteger": value,
        });
        if let (Some(id), Some(members)) = (id, body.as_object_mut()) {
            members.insert("id".to_owned(), json!(id));
        }
        body
    }
}

fn deed_of(found: Option<&Held>) -> Deed {
    let found = found.map_or_else(State::default, |held| State {
        version: held.version,
        value: held.value,
    });
    Deed::Read { found }
}

impl fmt::Display for RegisterReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for anomaly in self.anomalies.iter().take(3) {
            writeln!(f, "could not have happened: {anomaly}")?;
        }
        write!(
            f,
            "seed {}: {} operations by {} clients on {} registers in {:.0} s, {} refused by their condition, {} anomalies",
            self.seed,
            self.operations,
            self.clients,
            self.registers,
            self.took.as_secs_f64(),
            self.refused,
            self.anomalies.len()
        )
    }
}
