#![doc = include_str!("../README.md")]

mod error;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg(feature = "testing")]
pub mod testing;

use std::time::Duration;

use diesel_async::AsyncMigrationHarness;
use diesel_async::SimpleAsyncConnection as _;
use diesel_async::pooled_connection::deadpool::Pool;
use diesel_migrations::MigrationHarness as _;

pub use diesel_migrations::EmbeddedMigrations;
pub use error::DatabaseError;

/// A SQLite connection that works away from the async threads.
#[cfg(feature = "sqlite")]
pub type Lite =
    diesel_async::sync_connection_wrapper::SyncConnectionWrapper<diesel::SqliteConnection>;
/// A PostgreSQL connection.
#[cfg(feature = "postgres")]
pub type Pg = diesel_async::AsyncPgConnection;

/// How long to wait for a connection; after it, the database counts as unavailable.
const WAIT: Duration = Duration::from_secs(10);

/// One crate's migrations, written for each backend under the same stamps.
#[derive(Clone, Copy)]
pub struct MigrationSource {
    /// Makes the migrations of `migrations/sqlite`.
    pub sqlite: fn() -> EmbeddedMigrations,
    /// Makes the migrations of `migrations/postgres`.
    pub postgres: fn() -> EmbeddedMigrations,
}

/// Where one crate's tables live.
#[derive(Clone, Copy)]
pub struct Home {
    /// Its schema on PostgreSQL: the crate's noun.
    pub schema: &'static str,
    /// Its migrations.
    pub migrations: MigrationSource,
}

/// The pool of whichever backend the address named. Clones share it.
#[derive(Clone)]
pub struct Database {
    home: Home,
    pools: Pools,
}

/// The pool itself, for `on!`.
#[derive(Clone)]
pub enum Pools {
    /// One file.
    #[cfg(feature = "sqlite")]
    Sqlite(Pool<Lite>),
    /// One schema of a PostgreSQL database.
    #[cfg(feature = "postgres")]
    Postgres(Pool<Pg>),
}

impl Database {
    /// Opens the database that `url` names. No connection is made yet.
    ///
    /// # Errors
    /// [`DatabaseError::Address`] if it is neither `sqlite:PATH` nor `postgres://…`, or the
    /// backend is not built in.
    pub fn open(url: &str, home: Home) -> Result<Self, DatabaseError> {
        #[cfg(feature = "sqlite")]
        if let Some(path) = url.strip_prefix("sqlite:") {
            return Ok(Self {
                home,
                pools: Pools::Sqlite(sqlite::pool(path)?),
            });
        }
        #[cfg(feature = "postgres")]
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let pool = postgres::pool(url, home.schema)?;
            return Ok(Self {
                home,
                pools: Pools::Postgres(pool),
            });
        }
        Err(DatabaseError::Address)
    }

    /// The pool, for `on!`.
    #[must_use]
    pub const fn pools(&self) -> &Pools {
        &self.pools
    }

    /// Whether the database answers; the tables need not be there yet.
    ///
    /// # Errors
    /// [`DatabaseError::Unavailable`].
    pub async fn ping(&self) -> Result<(), DatabaseError> {
        match &self.pools {
            #[cfg(feature = "sqlite")]
            Pools::Sqlite(pool) => Ok(in_time(pool.get()).await?.batch_execute("SELECT 1").await?),
            #[cfg(feature = "postgres")]
            Pools::Postgres(pool) => {
                Ok(in_time(pool.get()).await?.batch_execute("SELECT 1").await?)
            }
        }
    }

    /// Applies what is pending; how many migrations that was. Needs a multi-thread runtime.
    ///
    /// # Errors
    /// [`DatabaseError::Unavailable`].
    pub async fn migrate(&self) -> Result<usize, DatabaseError> {
        match &self.pools {
            #[cfg(feature = "sqlite")]
            Pools::Sqlite(pool) => {
                let mut harness = AsyncMigrationHarness::new(in_time(pool.get()).await?);
                let done = harness.run_pending_migrations((self.home.migrations.sqlite)());
                done.map(|versions| versions.len())
                    .map_err(DatabaseError::unavailable)
            }
            #[cfg(feature = "postgres")]
            Pools::Postgres(pool) => {
                let c = postgres::with_schema(pool, self.home.schema).await?;
                let mut harness = AsyncMigrationHarness::new(c);
                let done = harness.run_pending_migrations((self.home.migrations.postgres)());
                done.map(|versions| versions.len())
                    .map_err(DatabaseError::unavailable)
            }
        }
    }

    /// Names of the migrations that are not applied yet.
    ///
    /// # Errors
    /// [`DatabaseError::Unavailable`].
    pub async fn pending_migrations(&self) -> Result<Vec<String>, DatabaseError> {
        match &self.pools {
            #[cfg(feature = "sqlite")]
            Pools::Sqlite(pool) => {
                let mut harness = AsyncMigrationHarness::new(in_time(pool.get()).await?);
                let pending = harness
                    .pending_migrations((self.home.migrations.sqlite)())
                    .map_err(DatabaseError::unavailable)?;
                Ok(pending.iter().map(|one| one.name().to_string()).collect())
            }
            #[cfg(feature = "postgres")]
            Pools::Postgres(pool) => {
                let c = postgres::with_schema(pool, self.home.schema).await?;
                let mut harness = AsyncMigrationHarness::new(c);
                let pending = harness
                    .pending_migrations((self.home.migrations.postgres)())
                    .map_err(DatabaseError::unavailable)?;
                Ok(pending.iter().map(|one| one.name().to_string()).collect())
            }
        }
    }
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Database({})", self.home.schema)
    }
}

/// Runs one function of the calling crate's `rows::{lite, pg}` on whichever backend this is.
/// Both errors (no connection; the query's own) become the caller's by `From`.
#[macro_export]
#[expect(
    clippy::crate_in_macro_def,
    reason = "each crate's own queries are meant"
)]
macro_rules! on {
    ($database:expr, $function:ident($($argument:expr),* $(,)?)) => {
        match $database.pools() {
            #[cfg(feature = "sqlite")]
            $crate::Pools::Sqlite(pool) => {
                let mut c = $crate::in_time(pool.get()).await?;
                crate::rows::lite::$function(&mut c, $($argument),*).await.map_err(From::from)
            }
            #[cfg(feature = "postgres")]
            $crate::Pools::Postgres(pool) => {
                let mut c = $crate::in_time(pool.get()).await?;
                crate::rows::pg::$function(&mut c, $($argument),*).await.map_err(From::from)
            }
            // Another crate of the same build may have a backend that this one has not.
            _ => Err(From::from($crate::DatabaseError::Address)),
        }
    };
}

/// What `answer` gives, or [`DatabaseError::Unavailable`] when it fails or takes too long: for
/// `pool.get()`.
///
/// # Errors
/// [`DatabaseError::Unavailable`].
pub async fn in_time<T, E>(answer: impl Future<Output = Result<T, E>>) -> Result<T, DatabaseError>
where
    E: std::error::Error + Send + Sync + 'static,
{
    match tokio::time::timeout(WAIT, answer).await {
        Ok(answer) => answer.map_err(DatabaseError::unavailable),
        Err(late) => Err(DatabaseError::unavailable(late)),
    }
}

/// Does `work` on `runtime`, to its end, even if whoever waits for it goes away.
///
/// A unit of work that has begun must not be dropped half-way: it would leave a transaction open,
/// and SQLite's connections cannot be dropped at work outside a multi-thread runtime at all. A web
/// server drops a request's future whenever a browser closes the connection, so everything that
/// reaches a database from a request goes through here.
///
/// # Panics
/// When `work` does.
pub async fn to_its_end<T: Send + 'static>(
    runtime: &tokio::runtime::Handle,
    work: impl Future<Output = T> + Send + 'static,
) -> T {
    match runtime.spawn(work).await {
        Ok(done) => done,
        Err(failed) => match failed.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is being shut down; so is whoever waits.
            Err(_) => std::future::pending().await,
        },
    }
}
