//! One pool of connections, whichever backend the address names.

use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use futures_util::future::BoxFuture;
use tarn_database::{Database, Durability, Home, MigrationSource, Settings};
use tokio::sync::{Mutex, MutexGuard};

use crate::RecordError;

const SQLITE_MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES_MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Where the record lives. Every page asks it, so it has more connections than the others and
/// spares the round trip of a sign of life; a delivery waits for another as long as that takes.
const HOME: Home = Home {
    schema: "record",
    migrations: MigrationSource {
        sqlite: || SQLITE_MIGRATIONS,
        postgres: || POSTGRES_MIGRATIONS,
    },
    settings: Settings {
        postgres_connections: 16,
        durability: Durability::OnCommit,
        lock_wait: None,
        probe: false,
    },
};

/// What the store gives once it is awaited. Boxed, so that its queries are compiled once, here, and
/// not again in every crate that waits for them.
pub type Answer<'a, T, E = RecordError> = BoxFuture<'a, Result<T, E>>;

/// The connections behind a store, and the turn to write.
pub(super) struct Pool {
    pub(super) database: Database,
    /// Writers of this process to a SQLite file queue here in order; SQLite itself would let
    /// them race.
    turn: Mutex<()>,
}

/// Runs one query function of the backend behind a pool on a connection of its own.
macro_rules! on_backend {
    ($pool:expr, $module:ident :: $function:ident ( $($argument:expr),* )) => {
        match $pool.database.pools() {
            #[cfg(feature = "sqlite")]
            tarn_database::Pools::Sqlite(pool) => {
                let connection = tarn_database::lite_connection(pool).await;
                let mut connection = connection.map_err($crate::RecordError::from)?;
                $crate::store::sqlite::queries::$module::$function(&mut connection, $($argument),*)
                    .await
            }
            #[cfg(feature = "postgres")]
            tarn_database::Pools::Postgres(pool) => {
                let connection = tarn_database::pg_connection(pool).await;
                let mut connection = connection.map_err($crate::RecordError::from)?;
                $crate::store::postgres::queries::$module::$function(&mut connection, $($argument),*)
                    .await
            }
            _ => {
                let _ = ($(&$argument,)*);
                Err($crate::store::pool::not_built_in().into())
            }
        }
    };
}
pub(super) use on_backend;

impl Pool {
    /// Opens the pool that `url` names and makes one connection, so that a wrong address is
    /// found at once.
    pub(super) async fn open(url: &str) -> Result<Self, RecordError> {
        let database = Database::open(url, HOME)?;
        let pool = Self {
            database,
            turn: Mutex::new(()),
        };
        if pool.backend() == "none" {
            return Err(not_built_in());
        }
        pool.database.ping().await?;
        Ok(pool)
    }

    /// Which backend it is.
    pub(super) const fn backend(&self) -> &'static str {
        match self.database.pools() {
            #[cfg(feature = "sqlite")]
            tarn_database::Pools::Sqlite(_) => "sqlite",
            #[cfg(feature = "postgres")]
            tarn_database::Pools::Postgres(_) => "postgres",
            _ => "none",
        }
    }

    /// Waits for the turn to write, where writers queue in this process.
    pub(super) async fn turn(&self) -> Option<MutexGuard<'_, ()>> {
        if self.backend() != "sqlite" {
            return None;
        }
        Some(self.turn.lock().await)
    }

    /// Applies what is pending; how many that was.
    pub(super) async fn migrate(&self) -> Result<usize, RecordError> {
        let _turn = self.turn().await;
        Ok(self.database.migrate().await?)
    }

    /// Takes back what was applied; how many that was.
    pub(super) async fn revert_migrations(&self) -> Result<usize, RecordError> {
        let _turn = self.turn().await;
        Ok(self.database.revert_migrations().await?)
    }

    /// The names of what is pending.
    pub(super) async fn pending_migrations(&self) -> Result<Vec<String>, RecordError> {
        Ok(self.database.pending_migrations().await?)
    }
}

/// Another crate of the same build may have a backend that this one has not.
pub(super) const fn not_built_in() -> RecordError {
    RecordError::Address {
        problem: "the record store was built without that backend",
    }
}
