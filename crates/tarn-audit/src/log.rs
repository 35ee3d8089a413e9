use std::collections::HashMap;
use std::fmt;

use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use futures_util::future::BoxFuture;
use tarn_database::{Database, Home, MigrationSource, Settings, on};
use tarn_model::{Entropy, PersonId, Timestamp};
use uuid::Uuid;

use crate::alert::Answer;
use crate::canonical::Body;
use crate::rows::{AcknowledgementRow, AlertRow, EventRow, LookRow};
use crate::writer::{Draft, Writer};
use crate::{
    Acknowledgement, Alert, AlertWindow, AuditError, Breach, Entry, Event, Receipt, Verified,
    Window, canonical, verify,
};

const SQLITE_MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES_MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Where the log's tables live.
const HOME: Home = Home {
    schema: "audit",
    migrations: MigrationSource {
        sqlite: || SQLITE_MIGRATIONS,
        postgres: || POSTGRES_MIGRATIONS,
    },
    settings: Settings::DEFAULT,
};

/// The append-only log.
///
/// Clones share one writer, which commits what is waiting together. Entries are never changed
/// or deleted: there is no method for it, and the database refuses it.
#[derive(Clone)]
pub struct AuditLog {
    database: Database,
    writer: Writer,
}

impl AuditLog {
    /// Opens the log at `sqlite:PATH` or `postgres://…` (there in the schema `audit`).
    ///
    /// Call it on a multi-thread tokio runtime that lives as long as the log; the writer runs
    /// there.
    ///
    /// # Errors
    /// [`AuditError::Address`], or [`AuditError::Unavailable`] if the database does not answer.
    pub async fn connect(url: &str) -> Result<Self, AuditError> {
        let database = Database::open(url, HOME)?;
        database.ping().await?;
        let writer = Writer::start(database.clone());
        Ok(Self { database, writer })
    }

    /// Applies the migrations that are not applied yet; how many that was.
    ///
    /// # Errors
    /// [`AuditError::Unavailable`].
    pub fn migrate(&self) -> BoxFuture<'_, Result<usize, AuditError>> {
        Box::pin(async move { Ok(self.database.migrate().await?) })
    }

    /// Names of the migrations that are not applied yet.
    ///
    /// # Errors
    /// [`AuditError::Unavailable`].
    pub fn pending_migrations(&self) -> BoxFuture<'_, Result<Vec<String>, AuditError>> {
        Box::pin(async move { Ok(self.database.pending_migrations().await?) })
    }

    /// Whether the log answers and its tables are there.
    ///
    /// # Errors
    /// [`AuditError::Unavailable`].
    pub fn ping(&self) -> BoxFuture<'_, Result<(), AuditError>> {
        Box::pin(async move {
            let end = on!(self.database, end(), AuditError)?;
            match canonical::hash(&end.chain) {
                Some(_) => Ok(()),
                None => Err(AuditError::Broken {
                    sequence: end.sequence,
                    breach: Breach::Cut,
                }),
            }
        })
    }

    /// Writes one entry. When this returns, the entry is on disk.
    ///
    /// The id and the salt come from `entropy`, which must not be predictable: the salt keeps
    /// anyone from guessing an entry's content from its leaf.
    ///
    /// # Errors
    /// [`AuditError::Unavailable`]: the entry is not in the log, and what it stands for must not
    /// happen.
    pub fn append<'a>(
        &'a self,
        entry: &'a Entry,
        entropy: &'a dyn Entropy,
    ) -> BoxFuture<'a, Result<Receipt, AuditError>> {
        Box::pin(async move {
            let receipts = self.writer.write(vec![Draft::new(entry, entropy)]).await?;
            receipts.first().copied().ok_or_else(no_receipt)
        })
    }

    /// Writes all of the entries, or none of them, in order.
    ///
    /// # Errors
    /// As [`AuditLog::append`].
    pub fn append_all<'a>(
        &'a self,
        entries: &'a [Entry],
        entropy: &'a dyn Entropy,
    ) -> BoxFuture<'a, Result<Vec<Receipt>, AuditError>> {
        Box::pin(async move {
            if entries.is_empty() {
                return Ok(Vec::new());
            }
            let drafts = entries.iter().map(|entry| Draft::new(entry, entropy));
            self.writer.write(drafts.collect()).await
        })
    }

    /// Events about one person, newest first.
    ///
    /// # Errors
    /// [`AuditError::Unavailable`], or [`AuditError::Broken`] if a stored event cannot be read.
    pub fn of_person(
        &self,
        person: PersonId,
        window: Window,
    ) -> BoxFuture<'_, Result<Vec<Event>, AuditError>> {
        Box::pin(async move {
            let rows = on!(self.database, of_person(person, &window), AuditError)?;
            rows.into_iter().map(read).collect()
        })
    }

    /// Events about a person who is or was known under each of these ids, newest first, each with
    /// its place in the person's whole log: from 1, without gaps unless an event is missing.
    /// Pages are cut by that place.
    ///
    /// An event is never moved to another id. Under one id this is [`AuditLog::of_person`];
    /// under several the places of all their events are read to number them.
    ///
    /// # Errors
    /// As [`AuditLog::of_person`].
    pub fn of_person_under<'a>(
        &'a self,
        ids: &'a [PersonId],
        window: Window,
    ) -> BoxFuture<'a, Result<Vec<(i64, Event)>, AuditError>> {
        Box::pin(async move {
            if let [person] = ids {
                let events = self.of_person(*person, window).await?;
                let placed = |event: Event| (event.person_sequence.unwrap_or_default(), event);
                return Ok(events.into_iter().map(placed).collect());
            }
            let rows = on!(self.database, of_people(ids, &window), AuditError)?;
            rows.into_iter()
                .map(|(place, row)| Ok((place, read(row)?)))
                .collect()
        })
    }

    /// The events after one place in the log, in order and at most 1,000: for whoever copies the
    /// log elsewhere or looks for what should be in it.
    ///
    /// # Errors
    /// [`AuditError::Broken`] at an event that was changed; [`AuditError::Unavailable`].
    pub fn following(&self, sequence: i64) -> BoxFuture<'_, Result<Vec<Event>, AuditError>> {
        Box::pin(async move {
            let rows = on!(self.database, after(sequence), AuditError)?;
            rows.into_iter().map(read).collect()
        })
    }

    /// What the privacy officer was told of, newest first.
    ///
    /// # Errors
    /// As [`AuditLog::of_person`].
    pub fn alerts(&self, window: AlertWindow) -> BoxFuture<'_, Result<Vec<Alert>, AuditError>> {
        Box::pin(async move {
            let looks = on!(self.database, looks(&window), AuditError)?;
            let newest: Vec<i64> = looks.iter().filter_map(|(_, newest, ..)| *newest).collect();
            let mut events = self.at_places(&newest).await?;
            let mut answers = self.answers(&looks, window.acknowledged).await?;
            let alert = |(look, newest, began, count): LookRow| {
                let sequence = newest.unwrap_or_default();
                let missing = AuditError::Broken {
                    sequence,
                    breach: Breach::Missing,
                };
                Ok(Alert {
                    event: events.remove(&sequence).ok_or(missing)?,
                    began_at: Timestamp::from_micros(began.unwrap_or_default()),
                    events: count,
                    acknowledgement: answers.remove(&look),
                })
            };
            looks.into_iter().map(alert).collect()
        })
    }

    /// The event of an alert that nobody has answered, by its id; `None` if there is none.
    ///
    /// # Errors
    /// As [`AuditLog::of_person`].
    pub fn open_alert(&self, event: Uuid) -> BoxFuture<'_, Result<Option<Event>, AuditError>> {
        Box::pin(async move {
            match on!(self.database, open_alert(event.as_bytes()), AuditError)? {
                Some(alert) => Ok(self
                    .at_places(&[alert.sequence])
                    .await?
                    .into_values()
                    .next()),
                None => Ok(None),
            }
        })
    }

    /// Answers the alert of `event` and every earlier one of the same look. `entry` says who does,
    /// and is written along with the answer. `None`, and nothing is written, if no such alert is
    /// open. What is opened later is a new alert.
    ///
    /// # Errors
    /// As [`AuditLog::append`].
    pub fn acknowledge<'a>(
        &'a self,
        event: Uuid,
        note: &'a str,
        entry: &'a Entry,
        entropy: &'a dyn Entropy,
    ) -> BoxFuture<'a, Result<Option<Receipt>, AuditError>> {
        Box::pin(async move {
            let Some(alert) = on!(self.database, open_alert(event.as_bytes()), AuditError)? else {
                return Ok(None);
            };
            let answer = Answer {
                alert: alert.sequence,
                look: alert.look,
                note: note.to_owned(),
            };
            let draft = Draft::answering(entry, answer, entropy);
            let receipts = self.writer.write(vec![draft]).await?;
            receipts.first().copied().ok_or_else(no_receipt).map(Some)
        })
    }

    /// The newest answer to each look, where answers are asked for.
    async fn answers(
        &self,
        looks: &[LookRow],
        wanted: bool,
    ) -> Result<HashMap<Vec<u8>, Acknowledgement>, AuditError> {
        if !wanted {
            return Ok(HashMap::new());
        }
        let keys: Vec<Vec<u8>> = looks.iter().map(|(look, ..)| look.clone()).collect();
        let rows = on!(self.database, answers(&keys), AuditError)?;
        let places: Vec<i64> = rows.iter().map(|row| row.event).collect();
        let by = self.at_places(&places).await?;
        let mut answers = HashMap::new();
        for AcknowledgementRow {
            look,
            event,
            at,
            note,
            ..
        } in rows
        {
            let missing = AuditError::Broken {
                sequence: event,
                breach: Breach::Missing,
            };
            let by = by.get(&event).ok_or(missing)?.entry.actor.clone();
            let at = Timestamp::from_micros(at);
            answers
                .entry(look)
                .or_insert(Acknowledgement { at, by, note });
        }
        Ok(answers)
    }

    /// The events at these places, by place.
    async fn at_places(&self, places: &[i64]) -> Result<HashMap<i64, Event>, AuditError> {
        let rows = on!(self.database, at_places(places), AuditError)?;
        rows.into_iter()
            .map(|row| Ok((row.sequence, read(row)?)))
            .collect()
    }

    /// Recomputes every hash of the log from its first event, and checks that nothing is
    /// missing, neither in the whole log nor for any person.
    ///
    /// Events written while it runs are left for the next time. Reads 1,000 events at a time and
    /// keeps one hash per person in memory.
    ///
    /// It finds any change made without recomputing all that follows. A rewrite of the whole log
    /// by someone who holds the database is found only by comparing with a chain value kept
    /// elsewhere: see [`Verified::chain`].
    ///
    /// # Errors
    /// [`AuditError::Broken`] with the first event that is wrong; [`AuditError::Unavailable`].
    pub fn verify(&self) -> BoxFuture<'_, Result<Verified, AuditError>> {
        Box::pin(async move {
            let end = on!(self.database, end(), AuditError)?;
            let mut check = verify::Check::default();
            loop {
                let rows = on!(self.database, after(check.sequence()), AuditError)?;
                let before = check.sequence();
                let through = rows.last().map_or(before, |row| row.sequence);
                let alerts = on!(self.database, alerts_between(before, through), AuditError)?;
                let alerts: HashMap<i64, AlertRow> = alerts
                    .into_iter()
                    .map(|alert| (alert.sequence, alert))
                    .collect();
                for row in rows.iter().filter(|row| row.sequence <= end.sequence) {
                    check.next(row, alerts.get(&row.sequence))?;
                }
                if check.sequence() == before || check.sequence() >= end.sequence {
                    return check.finish(&end);
                }
            }
        })
    }
}

impl fmt::Debug for AuditLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuditLog(…)")
    }
}

fn read(row: EventRow) -> Result<Event, AuditError> {
    let changed = || AuditError::Broken {
        sequence: row.sequence,
        breach: Breach::Changed,
    };
    let body: Body = serde_json::from_str(&row.body).map_err(|_| changed())?;
    let leaf = canonical::hash(&row.leaf).ok_or_else(changed)?;
    if canonical::leaf(&row.salt, &row.body) != leaf {
        return Err(changed());
    }
    Ok(body.into_event(row.sequence, leaf))
}

fn no_receipt() -> AuditError {
    AuditError::unavailable(diesel::result::Error::NotFound)
}
