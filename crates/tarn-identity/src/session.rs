use std::fmt;

use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use futures_util::future::BoxFuture;
use tarn_database::{Database, Durability, Home, MigrationSource, Settings, on};
use tarn_model::{Actor, Clock, Entropy, PersonId, Realm, Timestamp};

use crate::relying_party::ATTEMPT_SECONDS;
use crate::rows::{AttemptRow, SessionRow};
use crate::secret::{digest, random_token, same};
use crate::{IdentityError, LoginAttempt, Secret, SignedIn};

const SQLITE_MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES_MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Where the sessions live. After a power cut the last ones may be missing, and their people sign
/// in again.
const HOME: Home = Home {
    schema: "identity",
    migrations: MigrationSource {
        sqlite: || SQLITE_MIGRATIONS,
        postgres: || POSTGRES_MIGRATIONS,
    },
    settings: Settings {
        durability: Durability::Soon,
        ..Settings::DEFAULT
    },
};

/// How long sessions live, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionLimits {
    /// Without use. Use is noted every thirtieth of this at most, so a session may end that
    /// much earlier, never later.
    pub idle_seconds: i64,
    /// Staff, however much it is used.
    pub staff_seconds: i64,
    /// Citizens, however much it is used.
    pub citizen_seconds: i64,
}

impl Default for SessionLimits {
    /// 10 minutes without use; 8 hours for staff, 12 for citizens.
    fn default() -> Self {
        Self {
            idle_seconds: 600,
            staff_seconds: 8 * 3600,
            citizen_seconds: 12 * 3600,
        }
    }
}

/// A signed-in person's session.
#[derive(Clone)]
pub struct Session {
    /// Who signed in, with a citizen's own NHS number where the provider proved it.
    pub actor: Actor,
    /// Whose record the session is working on, so that a page knows the patient in context.
    pub person: Option<PersonId>,
    /// When they signed in.
    pub started_at: Timestamp,
    /// When the session was last noted as used.
    pub used_at: Timestamp,
    /// When it ends however much it is used.
    pub ends_at: Timestamp,
    /// How long it lives without use, in seconds.
    pub idle_seconds: i64,
    /// The ID token, for ending the provider's session.
    pub id_token_hint: Option<Secret>,
    /// The provider's id of its own session.
    pub provider_sid: Option<String>,
    csrf_token: Secret,
}

impl Session {
    /// The secret that the session's own forms carry.
    #[must_use]
    pub fn csrf_token(&self) -> &str {
        self.csrf_token.reveal()
    }

    /// Whether a form carried this session's secret; takes the same time either way.
    #[must_use]
    pub fn csrf_matches(&self, given: &str) -> bool {
        same(given, self.csrf_token.reveal())
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("realm", &self.actor.realm)
            .field("started_at", &self.started_at)
            .finish_non_exhaustive()
    }
}

/// Sessions and sign-ins under way, kept on the server.
///
/// The browser holds a random token of 256 bits; the store keeps only its SHA-256, so reading
/// the store lets nobody in. Tokens of one realm are unknown in the other.
#[derive(Clone)]
pub struct SessionStore {
    database: Database,
    limits: SessionLimits,
}

impl SessionStore {
    /// Opens the store at `sqlite:PATH` or `postgres://…` (there in the schema `identity`).
    ///
    /// # Errors
    /// [`IdentityError::Address`] or [`IdentityError::Unavailable`].
    pub async fn connect(url: &str, limits: SessionLimits) -> Result<Self, IdentityError> {
        let database = Database::open(url, HOME)?;
        database.ping().await?;
        Ok(Self { database, limits })
    }

    /// Applies the migrations that are not applied yet; how many that was.
    ///
    /// # Errors
    /// [`IdentityError::Unavailable`].
    pub fn migrate(&self) -> BoxFuture<'_, Result<usize, IdentityError>> {
        Box::pin(async move { Ok(self.database.migrate().await?) })
    }

    /// Names of the migrations that are not applied yet.
    ///
    /// # Errors
    /// [`IdentityError::Unavailable`].
    pub fn pending_migrations(&self) -> BoxFuture<'_, Result<Vec<String>, IdentityError>> {
        Box::pin(async move { Ok(self.database.pending_migrations().await?) })
    }

    /// Whether the store answers and its tables are there.
    ///
    /// # Errors
    /// [`IdentityError::Unavailable`].
    pub fn ping(&self) -> BoxFuture<'_, Result<(), IdentityError>> {
        Box::pin(async move {
            on!(self.database, find("", &[], 0, 0), IdentityError).map(|_: Option<SessionRow>| ())
        })
    }

    /// Keeps a sign-in under way; gives the token for the browser's cookie.
    ///
    /// # Errors
    /// [`IdentityError::Unavailable`].
    pub fn keep_attempt<'a>(
        &'a self,
        attempt: &'a LoginAttempt,
        entropy: &'a dyn Entropy,
    ) -> BoxFuture<'a, Result<String, IdentityError>> {
        Box::pin(async move {
            let token = random_token(entropy);
            let row = AttemptRow {
                digest: digest(&token),
                realm: attempt.realm.word().to_owned(),
                body: serde_json::to_string(attempt).map_err(IdentityError::unavailable)?,
                ends_at: attempt.begun_at.plus_seconds(ATTEMPT_SECONDS).as_micros(),
            };
            on!(self.database, keep_attempt(&row), IdentityError).map(|_: usize| token)
        })
    }

    /// Takes a sign-in out of the store: it can be taken once, within ten minutes.
    ///
    /// # Errors
    /// [`IdentityError::Unavailable`].
    pub fn take_attempt<'a>(
        &'a self,
        realm: Realm,
        token: &'a str,
        clock: &'a dyn Clock,
    ) -> BoxFuture<'a, Result<Option<LoginAttempt>, IdentityError>> {
        Box::pin(async move {
            let row: Option<AttemptRow> = on!(
                self.database,
                take_attempt(realm.word(), &digest(token)),
                IdentityError
            )?;
            let now = clock.now().as_micros();
            Ok(row
                .filter(|row| row.ends_at > now)
                .and_then(|row| serde_json::from_str(&row.body).ok()))
        })
    }

    /// Starts a session and gives its token. `replaces` is the token of a session of the same
    /// browser that ends with this (a switch of user): nothing of it is carried over.
    ///
    /// # Errors
    /// [`IdentityError::Unavailable`].
    pub fn create<'a>(
        &'a self,
        signed_in: &'a SignedIn,
        replaces: Option<&'a str>,
        clock: &'a dyn Clock,
        entropy: &'a dyn Entropy,
    ) -> BoxFuture<'a, Result<String, IdentityError>> {
        Box::pin(async move {
            let token = random_token(entropy);
            let now = clock.now();
            let actor = &signed_in.actor;
            let longest = match actor.realm {
                Realm::Staff => self.limits.staff_seconds,
                Realm::Citizen => self.limits.citizen_seconds,
            };
            let row = SessionRow {
                digest: digest(&token),
                realm: actor.realm.word().to_owned(),
                user_id: actor.user_id.clone(),
                provider_sid: signed_in.provider_sid.clone(),
                actor: serde_json::to_string(actor).map_err(IdentityError::unavailable)?,
                own_nhs_number: actor.own_nhs_number.map(|own| own.as_str().to_owned()),
                csrf_token: random_token(entropy),
                id_token_hint: Some(signed_in.id_token_hint.reveal().to_owned()),
                person: None,
                started_at: now.as_micros(),
                used_at: now.as_micros(),
                ends_at: now.plus_seconds(longest).as_micros(),
            };
            let replaced = replaces.map(digest).unwrap_or_default();
            on!(self.database, create(&row, &replaced), IdentityError).map(|()| token)
        })
    }

    /// The session of a token, noted as used. `None` if it is unknown, ended, over its time, or
    /// of the other realm.
    ///
    /// # Errors
    /// [`IdentityError::Unavailable`].
    pub fn resolve<'a>(
        &'a self,
        realm: Realm,
        token: &'a str,
        clock: &'a dyn Clock,
    ) -> BoxFuture<'a, Result<Option<Session>, IdentityError>> {
        Box::pin(async move {
            let (key, now) = (digest(token), clock.now());
            let used_after = now.plus_seconds(-self.limits.idle_seconds).as_micros();
            let (word, at) = (realm.word(), now.as_micros());
            let found: Option<SessionRow> = on!(
                self.database,
                find(word, &key, used_after, at),
                IdentityError
            )?;
            let Some(row) = found else {
                return Ok(None);
            };
            let idle = now.seconds_since(Timestamp::from_micros(row.used_at));
            if idle > self.limits.idle_seconds / 30 {
                let still_there: usize = on!(self.database, touch(&key, at), IdentityError)?;
                if still_there == 0 {
                    return Ok(None);
                }
            }
            self.read(row).map(Some)
        })
    }

    /// Sets, or with `None` clears, whose record the session is working on.
    ///
    /// # Errors
    /// [`IdentityError::Unavailable`].
    pub fn set_person<'a>(
        &'a self,
        realm: Realm,
        token: &'a str,
        person: Option<PersonId>,
    ) -> BoxFuture<'a, Result<(), IdentityError>> {
        Box::pin(async move {
            let person = person.map(|person| person.as_bytes().to_vec());
            let key = digest(token);
            on!(
                self.database,
                set_person(realm.word(), &key, person),
                IdentityError
            )
            .map(|_: usize| ())
        })
    }

    /// Ends one session and gives what it was, so that the provider's can be ended too.
    ///
    /// # Errors
    /// [`IdentityError::Unavailable`].
    pub fn end<'a>(
        &'a self,
        realm: Realm,
        token: &'a str,
    ) -> BoxFuture<'a, Result<Option<Session>, IdentityError>> {
        Box::pin(async move {
            let row: Option<SessionRow> = on!(
                self.database,
                end(realm.word(), &digest(token)),
                IdentityError
            )?;
            row.map(|row| self.read(row)).transpose()
        })
    }

    /// Ends all sessions of a user; how many there were.
    ///
    /// # Errors
    /// [`IdentityError::Unavailable`].
    pub fn end_everywhere<'a>(
        &'a self,
        realm: Realm,
        user_id: &'a str,
    ) -> BoxFuture<'a, Result<usize, IdentityError>> {
        Box::pin(async move { on!(self.database, end_everywhere(realm.word(), user_id)) })
    }

    /// Ends the sessions that came from one session of the provider (back-channel logout).
    ///
    /// # Errors
    /// [`IdentityError::Unavailable`].
    pub fn end_provider_session<'a>(
        &'a self,
        realm: Realm,
        sid: &'a str,
    ) -> BoxFuture<'a, Result<usize, IdentityError>> {
        Box::pin(async move { on!(self.database, end_provider_session(realm.word(), sid)) })
    }

    /// Deletes sessions and attempts that are over; how many there were.
    ///
    /// # Errors
    /// [`IdentityError::Unavailable`].
    pub fn purge<'a>(
        &'a self,
        clock: &'a dyn Clock,
    ) -> BoxFuture<'a, Result<usize, IdentityError>> {
        Box::pin(async move {
            let now = clock.now();
            let used_before = now.plus_seconds(-self.limits.idle_seconds).as_micros();
            on!(self.database, purge(used_before, now.as_micros()))
        })
    }

    fn read(&self, row: SessionRow) -> Result<Session, IdentityError> {
        let mut actor: Actor =
            serde_json::from_str(&row.actor).map_err(IdentityError::unavailable)?;
        actor.own_nhs_number = row.own_nhs_number.and_then(|own| own.parse().ok());
        Ok(Session {
            actor,
            person: row.person.as_deref().and_then(PersonId::from_slice),
            started_at: Timestamp::from_micros(row.started_at),
            used_at: Timestamp::from_micros(row.used_at),
            ends_at: Timestamp::from_micros(row.ends_at),
            idle_seconds: self.limits.idle_seconds,
            id_token_hint: row.id_token_hint.map(Secret::new),
            provider_sid: row.provider_sid,
            csrf_token: Secret::new(row.csrf_token),
        })
    }
}

impl fmt::Debug for SessionStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionStore(…)")
    }
}
