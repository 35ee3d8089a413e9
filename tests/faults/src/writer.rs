//! One writer: steps about one person, one after the other, until one is not answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, ensure};
use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Answer, Client, Request};
use crate::random::Random;
use crate::world::{Change, Differences, Held, Step, World, listed};

/// The practice that people are registered with, and that writes about them.
const PRACTICE: &str = "OAK01";
/// Entries on a page of a listing.
const PAGE: usize = 100;
/// The most entries in one transaction.
const MOST_CHANGES: u64 = 6;

/// What one writer did and found.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    pub(crate) creates: u64,
    pub(crate) updates: u64,
    pub(crate) deletes: u64,
    pub(crate) transactions: u64,
    pub(crate) reads: u64,
    /// Steps that were not answered, and had been taken.
    pub(crate) doubtful_done: u64,
    /// Steps that were not answered, and had not been taken.
    pub(crate) doubtful_not_done: u64,
    pub(crate) lost: u64,
    pub(crate) duplicated: u64,
    /// Transactions of which a part was there.
    pub(crate) half: u64,
    /// Answers that no right request may get.
    pub(crate) wrong: Vec<String>,
}

/// A writer with what was acknowledged to it.
pub(crate) struct Writer {
    client: Client,
    random: Random,
    name: String,
    patient: String,
    world: World,
    next: u64,
    doubt: Option<Step>,
    pub(crate) tally: Tally,
}

impl Writer {
    /// A writer about somebody new, who is held when this returns.
    pub(crate) async fn new(client: Client, random: Random, name: String) -> anyhow::Result<Self> {
        let patient = json!({
            "resourceType": "Patient",
            "id": name,
            "identifier": [{ "system": "urn:tarn:faults:person", "value": name }],
            "name": [{ "family": "Ashworth", "given": ["Ada"] }],
            "birthDate": "1950-04-02",
            "generalPractitioner": [{
                "type": "Organization",
                "identifier": {
                    "system": "https://fhir.nhs.uk/Id/ods-organization-code",
                    "value": PRACTICE,
                },
            }],
        });
        let put = Request::new(Method::PUT, &format!("/Patient/{name}"), patient);
        let answer = client.send(&put).await.context("the server is away")?;
        ensure!(answer.status == 201, "a person is not taken: {answer:?}");
        Ok(Self {
            client,
            random,
            patient: name.clone(),
            name,
            world: World::default(),
            next: 0,
            doubt: None,
            tally: Tally::default(),
        })
    }

    /// Writes and reads until it is told to stop, or a write is not answered.
    pub(crate) async fn run(&mut self, stop: Arc<AtomicBool>) {
        while !stop.load(Ordering::Relaxed) && self.doubt.is_none() {
            if self.random.below(5) == 0 {
                self.read().await;
                continue;
            }
            let step = self.step();
            let answer = self.client.send(&step.request()).await;
            let Some(answer) = answer.filter(|answer| answer.status < 500 || self.odd(answer))
            else {
                self.doubt = Some(step);
                return;
            };
            match step.fault(&answer) {
                None => self.take(&step, &answer),
                Some(fault) => {
                    self.tally.wrong.push(fault);
                    self.doubt = Some(step);
                }
            }
        }
    }

    /// Once the server is back: was the doubtful step taken or not, and nothing in between? Then
    /// sends it again, after which it must have been taken once.
    pub(crate) async fn settle(&mut self) -> anyhow::Result<()> {
        if let Some(step) = self.doubt.take() {
            let done = self.world.after(&step);
            let found = self.list().await?;
            let (not, all) = (self.world.compare(&found), done.compare(&found));
            if all.sum() == 0 {
                self.tally.doubtful_done += 1;
                self.world = done;
            } else if not.sum() == 0 {
                self.tally.doubtful_not_done += 1;
            } else {
                let nearer = if all.sum() < not.sum() { all } else { not };
                self.tally.half += u64::from(step.changes.len() > 1);
                self.blame(nearer);
                return Ok(());
            }
            self.name_all(&found);
            self.again(&step, all.sum() == 0).await?;
        }
        self.check().await
    }

    /// Compares all that is held about the person with what was acknowledged.
    pub(crate) async fn check(&mut self) -> anyhow::Result<()> {
        let found = self.list().await?;
        self.blame(self.world.compare(&found));
        Ok(())
    }

    async fn again(&mut self, step: &Step, was_done: bool) -> anyhow::Result<()> {
        let answer = self.client.send(&step.request()).await;
        let answer = answer.context("the server is away again")?;
        let refused = was_done && step.depends_on_versions();
        let fault = match (refused, was_done) {
            // Its condition holds no more.
            (true, _) => (!matches!(answer.status, 404 | 409 | 410 | 412 | 422))
                .then(|| format!("a second time got {}", answer.status)),
            (false, true) => (!matches!(answer.status, 200 | 204))
                .then(|| format!("a second time got {}", answer.status)),
            (false, false) => step.fault(&answer),
        };
        match fault {
            Some(fault) => self.tally.wrong.push(fault),
            None if !was_done => self.take(step, &answer),
            None => {}
        }
        Ok(())
    }

    fn take(&mut self, step: &Step, answer: &Answer) {
        self.world = self.world.after(step);
        for (key, id) in step.keys().zip(step.created(answer)) {
            self.world.name(key, id);
        }
        let tally = &mut self.tally;
        match &step.changes[..] {
            [Change::Create { .. }] => tally.creates += 1,
            [Change::Update { .. }] => tally.updates += 1,
            [Change::Delete { .. }] => tally.deletes += 1,
            _ => tally.transactions += 1,
        }
    }

    /// An answer of the 5xx kind is only right if it says, as it should, that nothing was done.
    fn odd(&mut self, answer: &Answer) -> bool {
        if !answer.is_not_now() {
            self.tally
                .wrong
                .push(format!("{} {}", answer.status, answer.body));
        }
        false
    }

    fn blame(&mut self, differences: Differences) {
        self.tally.lost += differences.lost;
        self.tally.duplicated += differences.duplicated;
    }

    fn name_all(&mut self, found: &[(String, Held)]) {
        for (key, held) in found {
            if let Some(id) = &held.id {
                self.world.name(key, id);
            }
        }
    }

    async fn read(&mut self) {
        let known: Vec<Held> = self.world.entries().values().cloned().collect();
        let Some(held) = self.random.pick(&known) else {
            return;
        };
        let Some(id) = &held.id else { return };
        let answer = self.client.get(&format!("/Observation/{id}")).await;
        match answer {
            None => {}
            Some(answer) if answer.status == 200 => {
                self.tally.reads += 1;
                let found = listed(&answer.body).map(|(_, found)| found);
                if found.as_ref() != Some(held) {
                    self.tally.lost += 1;
                }
            }
            Some(answer) if answer.status >= 500 => {
                self.odd(&answer);
            }
            Some(_) => self.tally.lost += 1,
        }
    }

    fn step(&mut self) -> Step {
        let changes = match self.random.below(20) {
            0..8 => vec![self.create()],
            8..13 => self.update(&mut Vec::new()).into_iter().collect(),
            13 => self.delete().into_iter().collect(),
            _ => self.transaction(),
        };
        let changes = if changes.is_empty() {
            vec![self.create()]
        } else {
            changes
        };
        Step {
            patient: self.patient.clone(),
            changes,
        }
    }

    fn transaction(&mut self) -> Vec<Change> {
        let mut used = Vec::new();
        let mut changes = vec![self.create(), self.create()];
        for _ in 0..self.random.below(MOST_CHANGES - 1) {
            let change = match self.random.below(3) {
                0 => self.update(&mut used),
                _ => None,
            };
            let change = match change {
                Some(change) => change,
                None => self.create(),
            };
            changes.push(change);
        }
        changes
    }

    fn create(&mut self) -> Change {
        self.next += 1;
        Change::Create {
            key: format!("{}-{}", self.name, self.next),
            value: self.random.below(1_000_000),
        }
    }

    /// A change of an entry that is not changed yet by the same request.
    fn update(&mut self, used: &mut Vec<String>) -> Option<Change> {
        let (key, held) = self.somewhere(used)?;
        used.push(key.clone());
        let value = held.value + 1 + self.random.below(1_000);
        Some(Change::Update { key, held, value })
    }

    fn delete(&mut self) -> Option<Change> {
        let (key, held) = self.somewhere(&[])?;
        Some(Change::Delete { key, held })
    }

    fn somewhere(&mut self, used: &[String]) -> Option<(String, Held)> {
        let entries = self.world.entries().iter();
        let free: Vec<(&String, &Held)> = entries
            .filter(|(key, held)| held.id.is_some() && !used.contains(key))
            .collect();
        let (key, held) = *self.random.pick(&free)?;
        Some((key.clone(), held.clone()))
    }

    /// Every entry about the person, page by page.
    async fn list(&self) -> anyhow::Result<Vec<(String, Held)>> {
        let mut all = Vec::new();
        let mut path = format!(
            "/Observation?patient=Patient/{}&_count={PAGE}",
            self.patient
        );
        loop {
            let page = self.client.get(&path).await;
            let page = page.context("the server is away while all is listed")?;
            ensure!(page.status == 200, "a listing got {}", page.status);
            let entries = page.body.get("entry").and_then(Value::as_array);
            let resources = entries.into_iter().flatten();
            let resources = resources.filter_map(|entry| entry.get("resource"));
            for resource in resources {
                all.push(listed(resource).context("an entry that was never sent")?);
            }
            let links = page.body.get("link").and_then(Value::as_array);
            let next = links
                .into_iter()
                .flatten()
                .find(|link| link.get("relation").and_then(Value::as_str) == Some("next"));
            let Some(next) = next.and_then(|link| link.get("url")?.as_str()) else {
                return Ok(all);
            };
            let (_, below) = next
                .split_once("/fhir/r4")
                .context("a link that leads away")?;
            path = below.to_owned();
        }
    }
}
