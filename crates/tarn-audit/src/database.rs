//! Opening the two kinds of database. One query text serves both; see `rows`.

use std::time::Duration;

use diesel_async::pooled_connection::deadpool::Pool;
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig};
use diesel_async::{AsyncMigrationHarness, SimpleAsyncConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::AuditError;

/// A SQLite connection that works away from the async threads.
#[cfg(feature = "sqlite")]
pub(crate) type Lite =
    diesel_async::sync_connection_wrapper::SyncConnectionWrapper<diesel::SqliteConnection>;
/// A PostgreSQL connection.
#[cfg(feature = "postgres")]
pub(crate) type Pg = diesel_async::AsyncPgConnection;

#[cfg(feature = "sqlite")]
const SQLITE_MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
#[cfg(feature = "postgres")]
const POSTGRES_MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// How long to wait for a connection. After it, the log counts as unavailable.
const WAIT: Duration = Duration::from_secs(10);

/// The pool of whichever backend the address named.
#[derive(Clone)]
pub(crate) enum Database {
    /// One file.
    #[cfg(feature = "sqlite")]
    Sqlite(Pool<Lite>),
    /// The schema `audit` of one PostgreSQL database.
    #[cfg(feature = "postgres")]
    Postgres(Pool<Pg>),
}

impl Database {
    /// Opens the database that `url` names. No connection is made yet.
    pub(crate) fn new(url: &str) -> Result<Self, AuditError> {
        #[cfg(feature = "sqlite")]
        if let Some(path) = url.strip_prefix("sqlite:") {
            return Ok(Self::Sqlite(sqlite_pool(path)?));
        }
        #[cfg(feature = "postgres")]
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres(postgres_pool(url)?));
        }
        Err(AuditError::Address)
    }

    /// Whether the database answers; the tables need not be there yet.
    pub(crate) async fn ping(&self) -> Result<(), AuditError> {
        match *self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(ref pool) => {
                Ok(in_time(pool.get()).await?.batch_execute("SELECT 1").await?)
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(ref pool) => {
                Ok(in_time(pool.get()).await?.batch_execute("SELECT 1").await?)
            }
        }
    }

    /// Applies what is pending; how many migrations that was.
    pub(crate) async fn migrate(&self) -> Result<usize, AuditError> {
        match *self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(ref pool) => {
                let mut harness = AsyncMigrationHarness::new(in_time(pool.get()).await?);
                let done = harness.run_pending_migrations(SQLITE_MIGRATIONS);
                done.map(|versions| versions.len())
                    .map_err(AuditError::unavailable)
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(ref pool) => {
                let mut harness = AsyncMigrationHarness::new(postgres_schema(pool).await?);
                let done = harness.run_pending_migrations(POSTGRES_MIGRATIONS);
                done.map(|versions| versions.len())
                    .map_err(AuditError::unavailable)
            }
        }
    }

    /// Names of the migrations that are not applied yet.
    pub(crate) async fn pending_migrations(&self) -> Result<Vec<String>, AuditError> {
        match *self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(ref pool) => {
                let mut harness = AsyncMigrationHarness::new(in_time(pool.get()).await?);
                let pending = harness.pending_migrations(SQLITE_MIGRATIONS);
                let pending = pending.map_err(AuditError::unavailable)?;
                Ok(pending.iter().map(|one| one.name().to_string()).collect())
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(ref pool) => {
                let mut harness = AsyncMigrationHarness::new(postgres_schema(pool).await?);
                let pending = harness.pending_migrations(POSTGRES_MIGRATIONS);
                let pending = pending.map_err(AuditError::unavailable)?;
                Ok(pending.iter().map(|one| one.name().to_string()).collect())
            }
        }
    }
}

/// Runs one function of `rows` on whichever backend this is.
macro_rules! on {
    ($database:expr, $function:ident($($argument:expr),*)) => {
        match *$database {
            #[cfg(feature = "sqlite")]
            $crate::database::Database::Sqlite(ref pool) => {
                let mut c = $crate::database::in_time(pool.get()).await?;
                $crate::rows::lite::$function(&mut c, $($argument),*)
                    .await
                    .map_err($crate::AuditError::from)
            }
            #[cfg(feature = "postgres")]
            $crate::database::Database::Postgres(ref pool) => {
                let mut c = $crate::database::in_time(pool.get()).await?;
                $crate::rows::pg::$function(&mut c, $($argument),*)
                    .await
                    .map_err($crate::AuditError::from)
            }
        }
    };
}
pub(crate) use on;

/// What `answer` gives, or `Unavailable` when it fails or takes too long.
pub(crate) async fn in_time<T, E>(
    answer: impl Future<Output = Result<T, E>>,
) -> Result<T, AuditError>
where
    E: std::error::Error + Send + Sync + 'static,
{
    match tokio::time::timeout(WAIT, answer).await {
        Ok(answer) => answer.map_err(AuditError::unavailable),
        Err(late) => Err(AuditError::unavailable(late)),
    }
}

#[cfg(feature = "sqlite")]
fn sqlite_pool(path: &str) -> Result<Pool<Lite>, AuditError> {
    let mut config = ManagerConfig::<Lite>::default();
    config.custom_setup = Box::new(|path| {
        let path = path.to_owned();
        Box::pin(async move {
            let mut connection = <Lite as diesel_async::AsyncConnection>::establish(&path).await?;
            // The waiting time comes first: even switching to WAL can meet another process's
            // lock. FULL: a commit is on disk when it returns.
            connection
                .batch_execute(
                    "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; \
                     PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL;",
                )
                .await
                .map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
            Ok(connection)
        })
    });
    Pool::builder(AsyncDieselConnectionManager::new_with_config(path, config))
        .max_size(4)
        .build()
        .map_err(AuditError::unavailable)
}

#[cfg(feature = "postgres")]
fn postgres_pool(url: &str) -> Result<Pool<Pg>, AuditError> {
    let mut config = ManagerConfig::<Pg>::default();
    config.custom_setup = Box::new(|url| {
        let url = url.to_owned();
        Box::pin(async move { postgres_connect(&url).await })
    });
    Pool::builder(AsyncDieselConnectionManager::new_with_config(url, config))
        .max_size(8)
        .build()
        .map_err(AuditError::unavailable)
}

/// Connects with the log's own schema in the path. A commit waits for the disk even where the
/// server's default says otherwise, and nobody waits for ever for another writer.
#[cfg(feature = "postgres")]
async fn postgres_connect(url: &str) -> diesel::ConnectionResult<Pg> {
    let bad =
        |cause: tokio_postgres::Error| diesel::ConnectionError::BadConnection(cause.to_string());
    let mut config: tokio_postgres::Config = url.parse().map_err(bad)?;
    let given = config.get_options().unwrap_or_default().to_owned();
    config.options(format!(
        "{given} -csearch_path=audit -csynchronous_commit=on -clock_timeout=5000"
    ));
    let (client, connection) = config.connect(tokio_postgres::NoTls).await.map_err(bad)?;
    Pg::try_from_client_and_connection(client, connection).await
}

/// A connection for migrations, with the schema made if it is not there.
#[cfg(feature = "postgres")]
async fn postgres_schema(
    pool: &Pool<Pg>,
) -> Result<diesel_async::pooled_connection::deadpool::Object<Pg>, AuditError> {
    use diesel::dsl::sql;
    use diesel::sql_types::Bool;
    use diesel_async::RunQueryDsl;

    let mut connection = in_time(pool.get()).await?;
    let exists: bool = diesel::select(sql::<Bool>("to_regnamespace('audit') IS NOT NULL"))
        .get_result(&mut connection)
        .await?;
    if !exists {
        connection
            .batch_execute("CREATE SCHEMA IF NOT EXISTS audit")
            .await?;
    }
    Ok(connection)
}
