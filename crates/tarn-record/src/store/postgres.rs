//! PostgreSQL: the schema `record` of a database.

use std::time::Duration;

use diesel::sql_types::Bool;
use diesel_async::pooled_connection::deadpool::{Object, Pool};
use diesel_async::pooled_connection::{
    AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod,
};
use diesel_async::{
    AsyncMigrationHarness, AsyncPgConnection, RunQueryDsl as _, SimpleAsyncConnection as _,
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness as _, embed_migrations};
use tokio_postgres::{Config, NoTls};

use crate::RecordError;

/// The connection that the queries of this backend run on.
pub(super) type Connection = AsyncPgConnection;

/// Runs `$work` in one transaction.
macro_rules! write_transaction {
    ($connection:expr, $work:expr) => {
        diesel_async::AsyncConnection::transaction($connection, $work)
    };
}

/// Executes one statement over many owned rows.
macro_rules! execute_many {
    ($connection:expr, $rows:ident => $statement:expr) => {{
        let $rows = &$rows;
        diesel_async::RunQueryDsl::execute($statement, $connection)
    }};
}

#[cfg_attr(
    feature = "sqlite",
    expect(
        clippy::duplicate_mod,
        reason = "one query text is compiled for each backend, with that backend's connection"
    )
)]
#[path = "queries/mod.rs"]
pub(super) mod queries;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/postgres");

const CONNECTIONS: usize = 16;

/// The key of the lock under which one caller at a time brings the tables up to date.
const MIGRATION_LOCK: &str = "SELECT pg_advisory_lock(7416110001)";
const MIGRATION_UNLOCK: &str = "SELECT pg_advisory_unlock(7416110001)";

/// The connections.
pub(super) struct PostgresPool(Pool<Connection>);

impl PostgresPool {
    /// A connection, once one is free.
    pub(super) async fn get(&self) -> Result<Object<Connection>, RecordError> {
        tokio::time::timeout(super::pool::PATIENCE, self.0.get())
            .await
            .map_err(RecordError::unreachable)?
            .map_err(RecordError::unreachable)
    }
}

/// Opens the database at `url`, everything in the schema `record`.
pub(super) async fn open(url: &str) -> Result<PostgresPool, RecordError> {
    let address: Config = url.parse().map_err(|_| RecordError::Address {
        problem: "it is not a PostgreSQL address",
    })?;
    let mut config = ManagerConfig::default();
    config.recycling_method = RecyclingMethod::Fast;
    config.custom_setup = Box::new(move |_| {
        let mut address = address.clone();
        let options = format!(
            "{} -c search_path=record",
            address.get_options().unwrap_or_default()
        );
        address.options(options);
        address.connect_timeout(Duration::from_secs(5));
        Box::pin(async move {
            let (client, connection) = address
                .connect(NoTls)
                .await
                .map_err(|error| diesel::ConnectionError::BadConnection(error.to_string()))?;
            Connection::try_from_client_and_connection(client, connection).await
        })
    });
    let manager = AsyncDieselConnectionManager::new_with_config(url, config);
    let pool = Pool::builder(manager)
        .max_size(CONNECTIONS)
        .build()
        .map_err(RecordError::unreachable)?;
    let opened = PostgresPool(pool);
    drop(opened.get().await?);
    Ok(opened)
}

/// Applies what is pending; how many that was.
pub(super) async fn migrate(pool: &PostgresPool) -> Result<usize, RecordError> {
    let mut connection = pool.get().await?;
    connection.batch_execute(MIGRATION_LOCK).await?;
    let applied = match connection
        .batch_execute("CREATE SCHEMA IF NOT EXISTS record")
        .await
    {
        Ok(()) => {
            let mut harness = AsyncMigrationHarness::new(connection);
            let applied = harness
                .run_pending_migrations(MIGRATIONS)
                .map(|applied| applied.len())
                .map_err(|cause| RecordError::Migration { cause });
            connection = harness.into_inner();
            applied
        }
        Err(error) => Err(error.into()),
    };
    connection.batch_execute(MIGRATION_UNLOCK).await?;
    applied
}

/// Takes back every migration.
pub(super) async fn revert(pool: &PostgresPool) -> Result<usize, RecordError> {
    let connection = pool.get().await?;
    let reverted = AsyncMigrationHarness::new(connection)
        .revert_all_migrations(MIGRATIONS)
        .map_err(|cause| RecordError::Migration { cause })?
        .len();
    Ok(reverted)
}

/// The names of what is pending.
pub(super) async fn pending(pool: &PostgresPool) -> Result<Vec<String>, RecordError> {
    use diesel::migration::MigrationSource as _;

    let mut connection = pool.get().await?;
    let schema_is_there = diesel::select(diesel::dsl::sql::<Bool>(
        "to_regnamespace('record') IS NOT NULL",
    ))
    .get_result::<bool>(&mut connection)
    .await?;
    let pending = if schema_is_there {
        AsyncMigrationHarness::new(connection).pending_migrations(MIGRATIONS)
    } else {
        MIGRATIONS.migrations()
    };
    Ok(pending
        .map_err(|cause| RecordError::Migration { cause })?
        .iter()
        .map(|migration| migration.name().to_string())
        .collect())
}
