//! SQLite: a file of the store's own, one writer at a time.

use diesel::SqliteConnection;
use diesel_async::pooled_connection::deadpool::{Object, Pool};
use diesel_async::pooled_connection::{
    AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod,
};
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
use diesel_async::{AsyncConnection as _, AsyncMigrationHarness, SimpleAsyncConnection as _};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness as _, embed_migrations};
use tokio::sync::{Mutex, MutexGuard};

use crate::RecordError;

/// The connection that the queries of this backend run on.
pub(super) type Connection = SyncConnectionWrapper<SqliteConnection>;

/// Runs `$work` in one transaction that holds the write lock from its first statement, so that
/// it never fails half-way because another writer came in between.
macro_rules! write_transaction {
    ($connection:expr, $work:expr) => {
        $connection.immediate_transaction($work)
    };
}

/// Executes one statement over many owned rows. Only SQLite's own connection can insert many
/// rows at once, so this one statement is run on it directly.
macro_rules! execute_many {
    ($connection:expr, $rows:ident => $statement:expr) => {
        $connection.spawn_blocking(move |connection| {
            let $rows = &$rows;
            diesel::RunQueryDsl::execute($statement, connection)
        })
    };
}

#[path = "queries/mod.rs"]
pub(super) mod queries;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/sqlite");

/// Readers beside the one writer; more would only wait for each other.
const CONNECTIONS: usize = 4;

/// `busy_timeout` first, so that the others wait instead of failing; `synchronous=FULL`, so that
/// what was acknowledged survives a power cut.
const SETUP: &str = "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; \
     PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL;";

/// The connections, and the turn to write.
pub(super) struct SqlitePool {
    pool: Pool<Connection>,
    /// Writers of this process queue here in order; SQLite itself would let them race.
    turn: Mutex<()>,
}

impl SqlitePool {
    /// A connection, once one is free.
    pub(super) async fn get(&self) -> Result<Object<Connection>, RecordError> {
        tokio::time::timeout(super::pool::PATIENCE, self.pool.get())
            .await
            .map_err(RecordError::unreachable)?
            .map_err(RecordError::unreachable)
    }

    /// The turn to write.
    pub(super) async fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().await
    }
}

/// Opens the file at `path`; makes it if it is not there.
pub(super) async fn open(path: &str) -> Result<SqlitePool, RecordError> {
    if path.is_empty() || path.starts_with(":memory:") {
        return Err(RecordError::Address {
            problem: "`sqlite:` must be followed by the path of a file",
        });
    }
    let mut config = ManagerConfig::default();
    config.recycling_method = RecyclingMethod::Fast;
    config.custom_setup = Box::new(|path| {
        Box::pin(async move {
            let mut connection = Connection::establish(path).await?;
            connection
                .batch_execute(SETUP)
                .await
                .map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
            Ok(connection)
        })
    });
    let manager = AsyncDieselConnectionManager::new_with_config(path, config);
    let pool = Pool::builder(manager)
        .max_size(CONNECTIONS)
        .build()
        .map_err(RecordError::unreachable)?;
    let opened = SqlitePool {
        pool,
        turn: Mutex::new(()),
    };
    drop(opened.get().await?);
    Ok(opened)
}

/// Applies what is pending; how many that was.
pub(super) async fn migrate(pool: &SqlitePool) -> Result<usize, RecordError> {
    let _turn = pool.turn().await;
    let connection = pool.get().await?;
    let applied = AsyncMigrationHarness::new(connection)
        .run_pending_migrations(MIGRATIONS)
        .map_err(|cause| RecordError::Migration { cause })?
        .len();
    Ok(applied)
}

/// Takes back every migration.
pub(super) async fn revert(pool: &SqlitePool) -> Result<usize, RecordError> {
    let _turn = pool.turn().await;
    let connection = pool.get().await?;
    let reverted = AsyncMigrationHarness::new(connection)
        .revert_all_migrations(MIGRATIONS)
        .map_err(|cause| RecordError::Migration { cause })?
        .len();
    Ok(reverted)
}

/// The names of what is pending.
pub(super) async fn pending(pool: &SqlitePool) -> Result<Vec<String>, RecordError> {
    let connection = pool.get().await?;
    let pending = AsyncMigrationHarness::new(connection)
        .pending_migrations(MIGRATIONS)
        .map_err(|cause| RecordError::Migration { cause })?
        .iter()
        .map(|migration| migration.name().to_string())
        .collect();
    Ok(pending)
}
