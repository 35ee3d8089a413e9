use diesel_async::pooled_connection::deadpool::Pool;
use diesel_async::pooled_connection::{
    AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod,
};
use diesel_async::{AsyncConnection as _, AsyncMigrationHarness, SimpleAsyncConnection as _};

use crate::{DatabaseError, Durability, Home, Lite, lite_connection, migrate};

/// One writer at a time is what a file allows; a few readers beside it.
const CONNECTIONS: usize = 4;

pub(crate) fn pool(path: &str, home: &Home) -> Result<Pool<Lite>, DatabaseError> {
    // Each connection would have a database of its own.
    if path.is_empty() || path.starts_with(":memory:") {
        return Err(DatabaseError::Address {
            problem: "`sqlite:` must be followed by the path of a file",
        });
    }
    let mut config = ManagerConfig::<Lite>::default();
    if !home.settings.probe {
        config.recycling_method = RecyclingMethod::Fast;
    }
    let synchronous = match home.settings.durability {
        Durability::OnCommit => "FULL",
        Durability::Soon => "NORMAL",
    };
    config.custom_setup = Box::new(move |path| {
        let path = path.to_owned();
        Box::pin(async move {
            let mut connection = Lite::establish(&path).await?;
            // The waiting time comes first: even switching to WAL can meet another process's lock.
            let setup = format!(
                "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; \
                 PRAGMA foreign_keys = ON; PRAGMA synchronous = {synchronous};"
            );
            connection
                .batch_execute(&setup)
                .await
                .map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
            Ok(connection)
        })
    });
    Pool::builder(AsyncDieselConnectionManager::new_with_config(path, config))
        .max_size(CONNECTIONS)
        .build()
        .map_err(DatabaseError::unavailable)
}

pub(crate) async fn up(pool: &Pool<Lite>, home: &Home) -> Result<usize, DatabaseError> {
    let mut harness = AsyncMigrationHarness::new(lite_connection(pool).await?);
    migrate::up(&mut harness, (home.migrations.sqlite)())
}

pub(crate) async fn down(pool: &Pool<Lite>, home: &Home) -> Result<usize, DatabaseError> {
    let mut harness = AsyncMigrationHarness::new(lite_connection(pool).await?);
    migrate::down(&mut harness, (home.migrations.sqlite)())
}

pub(crate) async fn pending(pool: &Pool<Lite>, home: &Home) -> Result<Vec<String>, DatabaseError> {
    let mut harness = AsyncMigrationHarness::new(lite_connection(pool).await?);
    migrate::pending(&mut harness, (home.migrations.sqlite)())
}
