//! Databases for contract suites.

use std::sync::atomic::{AtomicU32, Ordering};

use diesel_async::{AsyncConnection as _, SimpleAsyncConnection as _};

/// The address of a new, empty database on the server that `TARN_TEST_POSTGRES` names, or `None`
/// when it names none. The server is a throw-away one: nothing is cleaned up.
///
/// # Panics
/// When the server is named but does not answer: a suite that was asked to run must not pass by
/// being left out.
#[expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "only contract suites call this"
)]
pub async fn fresh_postgres() -> Option<String> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let server = std::env::var("TARN_TEST_POSTGRES").ok()?;
    let nanos = std::time::SystemTime::UNIX_EPOCH
        .elapsed()
        .unwrap()
        .as_nanos();
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("tarn_{nanos:x}_{number}_{}", std::process::id());
    let mut connection = crate::Pg::establish(&server).await.unwrap();
    connection
        .batch_execute(&format!("CREATE DATABASE {name}"))
        .await
        .unwrap();
    // The database's name is what stands between the last slash and the question mark.
    let (address, parameters) = server.split_once('?').unwrap_or((&server, ""));
    let (base, _) = address.rsplit_once('/')?;
    Some(format!("{base}/{name}?{parameters}"))
}

/// Runs SQL on the database that `url` names, in one crate's schema: for tests that break
/// something on purpose.
///
/// # Errors
/// What the database answered.
pub async fn execute(
    url: &str,
    schema: &'static str,
    sql: &str,
) -> Result<(), crate::DatabaseError> {
    let none = crate::MigrationSource {
        sqlite: || unreachable!("nothing is migrated here"),
        postgres: || unreachable!("nothing is migrated here"),
    };
    let database = crate::Database::open(
        url,
        crate::Home {
            schema,
            migrations: none,
            settings: crate::Settings::DEFAULT,
        },
    )?;
    match database.pools() {
        #[cfg(feature = "sqlite")]
        crate::Pools::Sqlite(pool) => Ok(crate::lite_connection(pool)
            .await?
            .batch_execute(sql)
            .await?),
        crate::Pools::Postgres(pool) => {
            Ok(crate::pg_connection(pool).await?.batch_execute(sql).await?)
        }
    }
}
