#![doc = include_str!("../README.md")]

mod error;
mod home;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod migrate;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg(feature = "testing")]
pub mod testing;

#[cfg(any(feature = "sqlite", feature = "postgres"))]
use std::time::Duration;

#[cfg(any(feature = "sqlite", feature = "postgres"))]
use diesel_async::SimpleAsyncConnection as _;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
use diesel_async::pooled_connection::deadpool::{Object, Pool};
#[cfg(any(feature = "sqlite", feature = "postgres"))]
use futures_util::future::BoxFuture;

pub use diesel_migrations::EmbeddedMigrations;
pub use error::DatabaseError;
pub use home::{Durability, Home, MigrationSource, Settings};

/// A SQLite connection that works away from the async threads.
#[cfg(feature = "sqlite")]
pub type Lite =
    diesel_async::sync_connection_wrapper::SyncConnectionWrapper<diesel::SqliteConnection>;
/// A PostgreSQL connection.
#[cfg(feature = "postgres")]
pub type Pg = diesel_async::AsyncPgConnection;

/// How long to wait for a connection; after it, the database counts as unavailable.
#[cfg(any(feature = "sqlite", feature = "postgres"))]
const WAIT: Duration = Duration::from_secs(10);

/// The pool of whichever backend the address named. Clones share it.
#[derive(Clone)]
pub struct Database {
    home: Home,
    pools: Pools,
}

/// The pool itself, for `on!`. Another crate of the same build may bring a backend that the one
/// that matches has not, so a match needs an arm for the rest.
#[derive(Clone)]
#[non_exhaustive]
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
    #[cfg_attr(
        not(any(feature = "sqlite", feature = "postgres")),
        expect(unused_variables, reason = "a build without a backend opens nothing")
    )]
    pub fn open(url: &str, home: Home) -> Result<Self, DatabaseError> {
        #[cfg(feature = "sqlite")]
        if let Some(path) = url.strip_prefix("sqlite:") {
            return Ok(Self {
                home,
                pools: Pools::Sqlite(sqlite::pool(path, &home)?),
            });
        }
        #[cfg(feature = "postgres")]
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let pool = postgres::pool(url, &home)?;
            return Ok(Self {
                home,
                pools: Pools::Postgres(pool),
            });
        }
        Err(DatabaseError::Address {
            problem: problem(url),
        })
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
        match self.pools {
            #[cfg(feature = "sqlite")]
            Pools::Sqlite(ref pool) => Ok(lite_connection(pool)
                .await?
                .batch_execute("SELECT 1")
                .await?),
            #[cfg(feature = "postgres")]
            Pools::Postgres(ref pool) => {
                Ok(pg_connection(pool).await?.batch_execute("SELECT 1").await?)
            }
        }
    }

    /// Applies what is pending; how many migrations that was. On PostgreSQL one caller at a time
    /// does so, the others wait. Needs a multi-thread runtime.
    ///
    /// # Errors
    /// [`DatabaseError::Migration`] if one failed; those before it stay.
    /// [`DatabaseError::Unavailable`].
    pub async fn migrate(&self) -> Result<usize, DatabaseError> {
        match self.pools {
            #[cfg(feature = "sqlite")]
            Pools::Sqlite(ref pool) => sqlite::up(pool, &self.home).await,
            #[cfg(feature = "postgres")]
            Pools::Postgres(ref pool) => postgres::up(pool, &self.home).await,
        }
    }

    /// Takes every table away again, newest migration first; how many migrations that was. For
    /// tests of the migrations. Needs a multi-thread runtime.
    ///
    /// # Errors
    /// As [`Database::migrate`].
    pub async fn revert_migrations(&self) -> Result<usize, DatabaseError> {
        match self.pools {
            #[cfg(feature = "sqlite")]
            Pools::Sqlite(ref pool) => sqlite::down(pool, &self.home).await,
            #[cfg(feature = "postgres")]
            Pools::Postgres(ref pool) => postgres::down(pool, &self.home).await,
        }
    }

    /// Names of the migrations that are not applied yet, oldest first. Needs a multi-thread
    /// runtime.
    ///
    /// # Errors
    /// As [`Database::migrate`].
    pub async fn pending_migrations(&self) -> Result<Vec<String>, DatabaseError> {
        match self.pools {
            #[cfg(feature = "sqlite")]
            Pools::Sqlite(ref pool) => sqlite::pending(pool, &self.home).await,
            #[cfg(feature = "postgres")]
            Pools::Postgres(ref pool) => postgres::pending(pool, &self.home).await,
        }
    }
}

/// Why no backend of this build takes `url`.
fn problem(url: &str) -> &'static str {
    if url.starts_with("sqlite:") {
        "this build has no SQLite"
    } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        "this build has no PostgreSQL"
    } else {
        "it begins with neither `sqlite:` nor `postgres://`"
    }
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Database({})", self.home.schema)
    }
}

/// Runs one function of the calling crate's `rows::{lite, pg}` on whichever backend this is.
/// Both errors (no connection; the query's own) become the caller's by `From`. Its type, where
/// nothing else says it (before a `?`), stands at the end.
#[macro_export]
#[expect(
    clippy::crate_in_macro_def,
    reason = "each crate's own queries are meant"
)]
macro_rules! on {
    ($database:expr, $function:ident($($argument:expr),* $(,)?), $error:ty) => {{
        let answer: Result<_, $error> = $crate::on!($database, $function($($argument),*));
        answer
    }};
    ($database:expr, $function:ident($($argument:expr),* $(,)?)) => {
        match $database.pools() {
            #[cfg(feature = "sqlite")]
            $crate::Pools::Sqlite(pool) => {
                let mut c = $crate::lite_connection(pool).await?;
                crate::rows::lite::$function(&mut c, $($argument),*).await.map_err(From::from)
            }
            #[cfg(feature = "postgres")]
            $crate::Pools::Postgres(pool) => {
                let mut c = $crate::pg_connection(pool).await?;
                crate::rows::pg::$function(&mut c, $($argument),*).await.map_err(From::from)
            }
            // Another crate of the same build may have a backend that this one has not.
            _ => Err(From::from($crate::DatabaseError::Address {
                problem: "this part was built without that backend",
            })),
        }
    };
}

/// A connection to the file, for `on!`.
///
/// # Errors
/// [`DatabaseError::Unavailable`] when there is none, or not in time.
#[cfg(feature = "sqlite")]
pub fn lite_connection(pool: &Pool<Lite>) -> BoxFuture<'_, Result<Object<Lite>, DatabaseError>> {
    Box::pin(in_time(pool.get()))
}

/// A connection to PostgreSQL, for `on!`.
///
/// # Errors
/// [`DatabaseError::Unavailable`] when there is none, or not in time.
#[cfg(feature = "postgres")]
pub fn pg_connection(pool: &Pool<Pg>) -> BoxFuture<'_, Result<Object<Pg>, DatabaseError>> {
    Box::pin(in_time(pool.get()))
}

/// What `answer` gives, or [`DatabaseError::Unavailable`] when it fails or takes too long. Waiting
/// for a connection stands before every query, so it is compiled once, behind the two above.
#[cfg(any(feature = "sqlite", feature = "postgres"))]
async fn in_time<T, E>(answer: impl Future<Output = Result<T, E>>) -> Result<T, DatabaseError>
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
