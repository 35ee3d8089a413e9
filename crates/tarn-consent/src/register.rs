use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use futures_util::future::BoxFuture;
use tarn_database::{Database, Home, MigrationSource, Settings, on};
use tarn_model::{IdMaker, PersonId, Timestamp};

use crate::rows::DirectiveRow;
use crate::{Choices, ConsentError, Decision, Directive, NewDirective, RecordedBy};

const SQLITE_MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES_MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Where the register's table lives.
const HOME: Home = Home {
    schema: "consent",
    migrations: MigrationSource {
        sqlite: || SQLITE_MIGRATIONS,
        postgres: || POSTGRES_MIGRATIONS,
    },
    settings: Settings::DEFAULT,
};

/// Tries to take the next place in a person's history before giving up: the place is kept by a
/// unique key, so of two writers one has to try again.
const ATTEMPTS: usize = 8;

/// Everybody's choices, in a database of their own.
#[derive(Clone, Debug)]
pub struct ChoiceRegister {
    database: Database,
}

impl ChoiceRegister {
    /// Opens the register at `sqlite:PATH` or `postgres://…` (there in the schema `consent`).
    ///
    /// # Errors
    /// [`ConsentError::Unavailable`] if the address is none or the database does not answer.
    pub async fn connect(url: &str) -> Result<Self, ConsentError> {
        let database = Database::open(url, HOME)?;
        database.ping().await?;
        Ok(Self { database })
    }

    /// Applies the migrations that are not applied yet; how many that was.
    ///
    /// # Errors
    /// [`ConsentError::Unavailable`].
    pub fn migrate(&self) -> BoxFuture<'_, Result<usize, ConsentError>> {
        Box::pin(async move { Ok(self.database.migrate().await?) })
    }

    /// Names of the migrations that are not applied yet.
    ///
    /// # Errors
    /// [`ConsentError::Unavailable`].
    pub fn pending_migrations(&self) -> BoxFuture<'_, Result<Vec<String>, ConsentError>> {
        Box::pin(async move { Ok(self.database.pending_migrations().await?) })
    }

    /// Whether the register answers and its table is there.
    ///
    /// # Errors
    /// [`ConsentError::Unavailable`].
    pub fn ping(&self) -> BoxFuture<'_, Result<(), ConsentError>> {
        Box::pin(async move { self.history(PersonId::DIRECTORY).await.map(|_| ()) })
    }

    /// A person's choices, read afresh: a change works on the very next request.
    ///
    /// # Errors
    /// [`ConsentError::Unavailable`] or [`ConsentError::Unreadable`]: then nothing is known of
    /// their choices, and nothing may be shown.
    pub fn choices(&self, person: PersonId) -> BoxFuture<'_, Result<Choices, ConsentError>> {
        Box::pin(async move { self.choices_under(&[person]).await })
    }

    /// The choices of a person who is or was known under each of these ids. The register only
    /// grows, so what was recorded under an id stays there when two people turn out to be one.
    ///
    /// # Errors
    /// As [`ChoiceRegister::choices`].
    pub fn choices_under<'a>(
        &'a self,
        ids: &'a [PersonId],
    ) -> BoxFuture<'a, Result<Choices, ConsentError>> {
        Box::pin(async move {
            let rows: Result<Vec<DirectiveRow>, ConsentError> = on!(self.database, of_people(ids));
            let directives: Result<_, _> = rows?.into_iter().map(DirectiveRow::read).collect();
            Ok(Choices::new(directives?))
        })
    }

    /// Every choice the person ever made, newest first.
    ///
    /// # Errors
    /// As [`ChoiceRegister::choices`].
    pub fn history(&self, person: PersonId) -> BoxFuture<'_, Result<Vec<Directive>, ConsentError>> {
        Box::pin(async move { Ok(self.choices(person).await?.into_history()) })
    }

    /// Records a choice. When this returns, it is on disk and holds for the next request.
    ///
    /// # Errors
    /// [`ConsentError::Unavailable`]; [`ConsentError::Conflict`] if other choices of the same
    /// person kept being recorded at the same moment.
    pub fn record<'a>(
        &'a self,
        person: PersonId,
        new: &'a NewDirective,
        by: &'a RecordedBy,
        ids: &'a IdMaker<'a>,
        recorded_at: Timestamp,
    ) -> BoxFuture<'a, Result<Directive, ConsentError>> {
        Box::pin(async move {
            self.record_under(person, &[], new, by, ids, recorded_at)
                .await
        })
    }

    /// Records a choice of a person who was also known under the ids `former`.
    ///
    /// An objection under any id holds, so a choice to share is written, in the same transaction
    /// and with the same reference, under every former id that has a choice of that kind: else
    /// nobody could take back what they said under an id that they no longer have.
    ///
    /// # Errors
    /// As [`ChoiceRegister::record`]; then nothing was written under any id.
    pub fn record_under<'a>(
        &'a self,
        person: PersonId,
        former: &'a [PersonId],
        new: &'a NewDirective,
        by: &'a RecordedBy,
        ids: &'a IdMaker<'a>,
        recorded_at: Timestamp,
    ) -> BoxFuture<'a, Result<Directive, ConsentError>> {
        Box::pin(async move {
            let directive = Directive::first(ids.uuid(), person, new, by, recorded_at);
            let mut all = vec![person];
            all.extend(former);
            for _ in 0..ATTEMPTS {
                let held = self.choices_under(&all).await?;
                let directive = Directive {
                    sequence: held.last_under(person) + 1,
                    ..directive.clone()
                };
                let mut rows = vec![DirectiveRow::of(&directive)];
                if new.decision == Decision::Allow {
                    let others = former.iter().filter(|id| held.has_under(**id, new.kind));
                    rows.extend(others.map(|id| {
                        DirectiveRow::of(&Directive {
                            id: ids.uuid(),
                            person: *id,
                            sequence: held.last_under(*id) + 1,
                            ..directive.clone()
                        })
                    }));
                }
                let written: Result<(), ConsentError> = on!(self.database, insert(&rows));
                match written {
                    Ok(()) => return Ok(directive),
                    Err(ConsentError::Conflict) => {}
                    Err(error) => return Err(error),
                }
            }
            Err(ConsentError::Conflict)
        })
    }
}

impl Directive {
    /// A new choice, in the first place of a person's history.
    fn first(
        id: uuid::Uuid,
        person: PersonId,
        new: &NewDirective,
        by: &RecordedBy,
        recorded_at: Timestamp,
    ) -> Self {
        Self {
            id,
            person,
            sequence: 1,
            kind: new.kind,
            scope: new.scope,
            decision: new.decision,
            effective_from: new.effective_from,
            effective_until: new.effective_until,
            recorded_at,
            recorded_by: by.name.clone(),
            recorded_by_role: by.role,
            channel: new.channel,
            reference: reference(id),
            consequences_read: new.consequences_read,
            in_error: false,
        }
    }
}

/// A short reference of an id, for telephones and letters: two groups of four letters and digits
/// that can't be mistaken for each other.
fn reference(id: uuid::Uuid) -> String {
    const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let bits = id.as_u128();
    let letter = |place: u32| {
        let index = usize::try_from((bits >> (place * 5)) & 31).unwrap_or_default();
        char::from(LETTERS.get(index).copied().unwrap_or(b'0'))
    };
    let group = |from: u32| (from..from + 4).map(letter).collect::<String>();
    format!("CHO {} {}", group(0), group(4))
}
