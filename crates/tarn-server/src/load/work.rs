//! Taking texts up: reading them side by side, handing them to the store in their order.

use std::sync::Arc;

use anyhow::Context as _;
use tarn_model::{ErrorKind, IdMaker, Timestamp};
use tarn_record::{Delivery, IngestError, Plan, Receipt, RecordStore, Tally};
use tokio::sync::mpsc;

use super::files::Text;
use super::numbers;
use super::order::{Order, Touches};
use super::queue::{Job, Jobs, Place};
use super::report::Outcome;
use super::{Options, Surroundings};

/// What the workers of one pass share.
pub(super) struct Workshop {
    pub(super) store: Arc<RecordStore>,
    pub(super) surroundings: Surroundings,
    pub(super) options: Options,
    pub(super) order: Order,
    /// Whether what still waits is rejected.
    pub(super) last_chance: bool,
}

/// What a worker tells.
pub(super) enum Event {
    /// One text or file was dealt with.
    Delivered {
        place: Place,
        name: String,
        outcome: Outcome,
        receipt: Option<Receipt>,
    },
    /// A text must wait for others.
    Waits(Place),
    /// Patients without an NHS number, by the source's own ids.
    Unnumbered(Vec<String>),
    /// So many bytes of the files are done with.
    Read(u64),
}

/// A text that the store does not know yet, and what it asks for.
struct Ready<'t> {
    place: Place,
    text: &'t Text,
    message_id: String,
    plan: Plan<'t>,
}

impl Workshop {
    /// Takes up jobs until there are none, or one fails because the store does not answer.
    pub(super) async fn work(
        self: Arc<Self>,
        jobs: Jobs,
        events: mpsc::Sender<Event>,
    ) -> anyhow::Result<()> {
        let watch = self.order.watch();
        while let Some(job) = jobs.next().await {
            if !self.job(&job, &events).await? {
                return Ok(());
            }
            let _ = events.send(Event::Read(job.read_bytes)).await;
        }
        watch.ended_well();
        Ok(())
    }

    /// Takes up one job; `false` if none is to be taken up any more.
    async fn job(&self, job: &Job, events: &mpsc::Sender<Event>) -> anyhow::Result<bool> {
        if let Some((place, name, problem)) = &job.problem {
            let rejected = Outcome::Rejected(problem.clone());
            tell(events, *place, name, rejected, None).await;
        }
        let ready = self.read(&job.texts, events).await?;
        let touches = (ready.iter()).fold(Touches::nothing(), |all, one| {
            all.and(Touches::of(&one.plan))
        });
        let Some(_turn) = self.order.enter(job.number, touches).await else {
            return Ok(false);
        };
        self.take(ready, events).await?;
        Ok(true)
    }

    /// Reads texts, and tells of those that the store knows or that can't be read.
    async fn read<'t>(
        &self,
        texts: &'t [(Place, Text)],
        events: &mpsc::Sender<Event>,
    ) -> anyhow::Result<Vec<Ready<'t>>> {
        let ids: Vec<String> = (texts.iter())
            .map(|(_, text)| Delivery::id_of_text(&text.json))
            .collect();
        let asked: Vec<&str> = ids.iter().map(String::as_str).collect();
        let known = self.store.have_received(&self.options.source, &asked).await;
        let known = known.context("the store can't be asked what it has")?;
        let mut ready = Vec::with_capacity(texts.len());
        for (((place, text), message_id), known) in texts.iter().zip(ids).zip(known) {
            if known {
                let unchanged = Receipt::Unchanged(Tally::default());
                self.delivered(*place, text, &unchanged, events).await;
                continue;
            }
            match tarn_record::plan(&text.json) {
                Ok(plan) => ready.push(Ready {
                    place: *place,
                    text,
                    message_id,
                    plan,
                }),
                Err(error) => {
                    let rejected = Outcome::Rejected(reason(&error.into()));
                    tell(events, *place, &text.place, rejected, None).await;
                }
            }
        }
        Ok(ready)
    }

    /// Takes single resources in one transaction; each by itself if there is only one, one is a
    /// Bundle, or something is wrong with one of them.
    async fn take(
        &self,
        ready: Vec<Ready<'_>>,
        events: &mpsc::Sender<Event>,
    ) -> anyhow::Result<()> {
        let singles = ready.iter().all(|one| one.plan.bundle_type.is_none());
        let received_at = self.surroundings.clock.now();
        let mut named = Vec::with_capacity(ready.len());
        let mut plans = Vec::with_capacity(ready.len());
        for one in ready {
            named.push((one.place, one.text, one.message_id));
            plans.push(one.plan);
        }
        let deliveries: Vec<Delivery<'_>> = (named.iter())
            .map(|(_, text, message_id)| self.delivery(text, message_id, received_at))
            .collect();
        if singles && deliveries.len() > 1 {
            let ids = self.ids();
            match self.store.ingest_read(&deliveries, plans, ids).await {
                Ok(receipts) => {
                    for ((place, text, _), receipt) in named.iter().zip(receipts) {
                        self.delivered(*place, text, &receipt, events).await;
                    }
                    return Ok(());
                }
                Err(error) if is_the_stores(&error) => {
                    return Err(error).context("loading stopped");
                }
                // Which one it was is found by taking each by itself.
                Err(_) => plans = Vec::new(),
            }
        }
        let mut plans = plans.into_iter();
        for ((place, text, _), delivery) in named.iter().zip(&deliveries) {
            self.alone(*place, text, delivery, plans.next(), events)
                .await?;
        }
        Ok(())
    }

    async fn alone(
        &self,
        place: Place,
        text: &Text,
        delivery: &Delivery<'_>,
        plan: Option<Plan<'_>>,
        events: &mpsc::Sender<Event>,
    ) -> anyhow::Result<()> {
        let taken = match plan {
            Some(plan) => {
                let deliveries = std::slice::from_ref(delivery);
                let taken = self.store.ingest_read(deliveries, vec![plan], self.ids());
                taken.await.map(|receipts| receipts.into_iter().next())
            }
            None => self.store.ingest(delivery, self.ids()).await.map(Some),
        };
        match taken {
            Ok(receipt) => {
                if let Some(receipt) = receipt {
                    self.delivered(place, text, &receipt, events).await;
                }
            }
            Err(IngestError::Unresolved { .. }) if !self.last_chance => {
                let _ = events.send(Event::Waits(place)).await;
            }
            Err(error) if is_the_stores(&error) => {
                return Err(error).with_context(|| format!("loading stopped at {}", text.place));
            }
            Err(error) => {
                let rejected = Outcome::Rejected(reason(&error));
                tell(events, place, &text.place, rejected, None).await;
            }
        }
        Ok(())
    }

    fn delivery<'d>(
        &'d self,
        text: &'d Text,
        message_id: &'d str,
        received_at: Timestamp,
    ) -> Delivery<'d> {
        Delivery {
            source: &self.options.source,
            message_id,
            text: &text.json,
            received_at,
        }
    }

    async fn delivered(
        &self,
        place: Place,
        text: &Text,
        receipt: &Receipt,
        events: &mpsc::Sender<Event>,
    ) {
        if self.options.assign_test_nhs_numbers {
            let unnumbered = numbers::without_number(&text.json);
            if !unnumbered.is_empty() {
                let _ = events.send(Event::Unnumbered(unnumbered)).await;
            }
        }
        let outcome = Outcome::of(receipt);
        tell(events, place, &text.place, outcome, Some(*receipt)).await;
    }

    fn ids(&self) -> IdMaker<'_> {
        let Surroundings { clock, entropy } = &self.surroundings;
        IdMaker::new(clock.as_ref(), entropy.as_ref())
    }
}

async fn tell(
    events: &mpsc::Sender<Event>,
    place: Place,
    name: &str,
    outcome: Outcome,
    receipt: Option<Receipt>,
) {
    let delivered = Event::Delivered {
        place,
        name: name.to_owned(),
        outcome,
        receipt,
    };
    let _ = events.send(delivered).await;
}

/// Whether it is no fault of what was sent.
fn is_the_stores(error: &IngestError) -> bool {
    matches!(error.kind(), ErrorKind::Unavailable | ErrorKind::Internal)
}

/// The reason with its JSON path; never anything of the text.
fn reason(error: &IngestError) -> String {
    match error {
        IngestError::Unreadable { path, problem } => format!("{path}: {problem}"),
        other => other.to_string(),
    }
}
