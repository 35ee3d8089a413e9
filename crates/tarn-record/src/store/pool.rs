//! One pool of connections, whichever backend the address names.

use crate::RecordError;

/// How long a caller waits for a connection before the store counts as unreachable.
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(super) const PATIENCE: std::time::Duration = std::time::Duration::from_secs(10);

/// The pool behind a store.
pub(super) enum Pool {
    /// A file, through SQLite compiled in.
    #[cfg(feature = "sqlite")]
    Sqlite(super::sqlite::SqlitePool),
    /// A PostgreSQL server.
    #[cfg(feature = "postgres")]
    Postgres(super::postgres::PostgresPool),
    /// Cannot be made; it keeps a build without any backend whole.
    #[expect(dead_code, reason = "stands in for a backend in a build without one")]
    Absent(std::convert::Infallible),
}

/// Runs one query function of the backend behind a pool on a connection of its own.
macro_rules! on_backend {
    ($pool:expr, $module:ident :: $function:ident ( $($argument:expr),* )) => {
        match &$pool {
            #[cfg(feature = "sqlite")]
            $crate::store::pool::Pool::Sqlite(pool) => {
                let mut connection = pool.get().await?;
                $crate::store::sqlite::queries::$module::$function(&mut connection, $($argument),*)
                    .await
            }
            #[cfg(feature = "postgres")]
            $crate::store::pool::Pool::Postgres(pool) => {
                let mut connection = pool.get().await?;
                $crate::store::postgres::queries::$module::$function(&mut connection, $($argument),*)
                    .await
            }
            $crate::store::pool::Pool::Absent(never) => {
                let _ = ($(&$argument,)*);
                match *never {}
            }
        }
    };
}
pub(super) use on_backend;

impl Pool {
    /// Opens the pool that `url` names and makes one connection, so that a wrong address is
    /// found at once.
    pub(super) async fn open(url: &str) -> Result<Self, RecordError> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            return Self::open_sqlite(path).await;
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Self::open_postgres(url).await;
        }
        Err(RecordError::Address {
            problem: "it begins with neither `sqlite:` nor `postgres://`",
        })
    }

    #[cfg(feature = "sqlite")]
    async fn open_sqlite(path: &str) -> Result<Self, RecordError> {
        super::sqlite::open(path).await.map(Self::Sqlite)
    }

    #[cfg(not(feature = "sqlite"))]
    async fn open_sqlite(_path: &str) -> Result<Self, RecordError> {
        Err(RecordError::Address {
            problem: "this build has no SQLite",
        })
    }

    #[cfg(feature = "postgres")]
    async fn open_postgres(url: &str) -> Result<Self, RecordError> {
        super::postgres::open(url).await.map(Self::Postgres)
    }

    #[cfg(not(feature = "postgres"))]
    async fn open_postgres(_url: &str) -> Result<Self, RecordError> {
        Err(RecordError::Address {
            problem: "this build has no PostgreSQL",
        })
    }

    /// Which backend it is.
    pub(super) const fn backend(&self) -> &'static str {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(_) => "sqlite",
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => "postgres",
            Self::Absent(never) => match *never {},
        }
    }

    /// Waits for the turn to write, where writers queue in this process.
    pub(super) async fn turn(&self) -> Option<tokio::sync::MutexGuard<'_, ()>> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(pool) => Some(pool.turn().await),
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => None,
            Self::Absent(never) => match *never {},
        }
    }

    /// Applies what is pending; how many that was.
    pub(super) async fn migrate(&self) -> Result<usize, RecordError> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(pool) => super::sqlite::migrate(pool).await,
            #[cfg(feature = "postgres")]
            Self::Postgres(pool) => super::postgres::migrate(pool).await,
            Self::Absent(never) => match *never {},
        }
    }

    /// Takes back what was applied; how many that was.
    pub(super) async fn revert_migrations(&self) -> Result<usize, RecordError> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(pool) => super::sqlite::revert(pool).await,
            #[cfg(feature = "postgres")]
            Self::Postgres(pool) => super::postgres::revert(pool).await,
            Self::Absent(never) => match *never {},
        }
    }

    /// The names of what is pending.
    pub(super) async fn pending_migrations(&self) -> Result<Vec<String>, RecordError> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(pool) => super::sqlite::pending(pool).await,
            #[cfg(feature = "postgres")]
            Self::Postgres(pool) => super::postgres::pending(pool).await,
            Self::Absent(never) => match *never {},
        }
    }
}
