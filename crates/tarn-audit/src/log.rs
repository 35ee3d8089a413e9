use std::fmt;

use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use tarn_database::{Database, Home, MigrationSource, Settings, on};
use tarn_model::{Entropy, PersonId};

use crate::canonical::Body;
use crate::rows::EventRow;
use crate::writer::{Draft, Writer};
use crate::{AuditError, Breach, Entry, Event, Receipt, Verified, Window, canonical, verify};

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
    pub async fn migrate(&self) -> Result<usize, AuditError> {
        Ok(self.database.migrate().await?)
    }

    /// Names of the migrations that are not applied yet.
    ///
    /// # Errors
    /// [`AuditError::Unavailable`].
    pub async fn pending_migrations(&self) -> Result<Vec<String>, AuditError> {
        Ok(self.database.pending_migrations().await?)
    }

    /// Whether the log answers and its tables are there.
    ///
    /// # Errors
    /// [`AuditError::Unavailable`].
    pub async fn ping(&self) -> Result<(), AuditError> {
        let end = on!(self.database, end(), AuditError)?;
        match canonical::hash(&end.chain) {
            Some(_) => Ok(()),
            None => Err(AuditError::Broken {
                sequence: end.sequence,
                breach: Breach::Cut,
            }),
        }
    }

    /// Writes one entry. When this returns, the entry is on disk.
    ///
    /// The id and the salt come from `entropy`, which must not be predictable: the salt keeps
    /// anyone from guessing an entry's content from its leaf.
    ///
    /// # Errors
    /// [`AuditError::Unavailable`]: the entry is not in the log, and what it stands for must not
    /// happen.
    pub async fn append(
        &self,
        entry: &Entry,
        entropy: &dyn Entropy,
    ) -> Result<Receipt, AuditError> {
        let receipts = self.writer.write(vec![Draft::new(entry, entropy)]).await?;
        receipts.first().copied().ok_or_else(no_receipt)
    }

    /// Writes all of the entries, or none of them, in order.
    ///
    /// # Errors
    /// As [`AuditLog::append`].
    pub async fn append_all(
        &self,
        entries: &[Entry],
        entropy: &dyn Entropy,
    ) -> Result<Vec<Receipt>, AuditError> {
        if entries.is_empty() {
            return Ok(Vec::new());
        }
        let drafts = entries.iter().map(|entry| Draft::new(entry, entropy));
        self.writer.write(drafts.collect()).await
    }

    /// Events about one person, newest first.
    ///
    /// # Errors
    /// [`AuditError::Unavailable`], or [`AuditError::Broken`] if a stored event cannot be read.
    pub async fn of_person(
        &self,
        person: PersonId,
        window: Window,
    ) -> Result<Vec<Event>, AuditError> {
        let rows = on!(self.database, of_person(person, &window), AuditError)?;
        rows.into_iter().map(read).collect()
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
    pub async fn verify(&self) -> Result<Verified, AuditError> {
        let end = on!(self.database, end(), AuditError)?;
        let mut check = verify::Check::default();
        loop {
            let rows = on!(self.database, after(check.sequence()), AuditError)?;
            let before = check.sequence();
            for row in rows.iter().filter(|row| row.sequence <= end.sequence) {
                check.next(row)?;
            }
            if check.sequence() == before || check.sequence() >= end.sequence {
                return check.finish(&end);
            }
        }
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
