//! A database of its own for each test, on either backend.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "test support"
)]

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};

type Lite = SyncConnectionWrapper<diesel::SqliteConnection>;

/// Where a test's log is, and a way around the log's own methods.
pub(crate) struct Place {
    pub(crate) url: String,
    folder: Option<tempfile::TempDir>,
}

impl Place {
    pub(crate) fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("audit.db").display());
        Self {
            url,
            folder: Some(folder),
        }
    }

    /// `None`, said loudly once, when no server is given to the tests.
    pub(crate) async fn postgres() -> Option<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        static SAID: Mutex<bool> = Mutex::new(false);
        let Ok(base) = std::env::var("TARN_TEST_POSTGRES") else {
            let mut said = SAID.lock().unwrap_or_else(PoisonError::into_inner);
            if !std::mem::replace(&mut said, true) {
                println!("left out: PostgreSQL (TARN_TEST_POSTGRES not set)");
            }
            return None;
        };
        if !cfg!(feature = "postgres") {
            println!("left out: PostgreSQL (built without the feature)");
            return None;
        }
        let count = COUNT.fetch_add(1, Ordering::SeqCst);
        let name = format!("tarn_audit_{}_{count}", std::process::id());
        let mut server = AsyncPgConnection::establish(&base).await.unwrap();
        let again = format!("DROP DATABASE IF EXISTS {name}");
        server.batch_execute(&again).await.unwrap();
        server
            .batch_execute(&format!("CREATE DATABASE {name}"))
            .await
            .unwrap();
        let (before, query) = base.split_once('?').unwrap_or((&base, ""));
        let (server, _) = before.rsplit_once('/').unwrap();
        Some(Self {
            url: format!("{server}/{name}?{query}"),
            folder: None,
        })
    }

    /// Runs SQL as an administrator who is not bound by the log's methods.
    pub(crate) async fn tamper(&self, sqlite: &str, postgres: &str) -> diesel::QueryResult<()> {
        match &self.folder {
            Some(folder) => {
                let path = folder.path().join("audit.db");
                let mut c = Lite::establish(path.to_str().unwrap()).await.unwrap();
                c.batch_execute("PRAGMA busy_timeout = 5000").await?;
                c.batch_execute(sqlite).await
            }
            None => {
                let mut c = AsyncPgConnection::establish(&self.url).await.unwrap();
                c.batch_execute("SET search_path = audit").await?;
                c.batch_execute(postgres).await
            }
        }
    }
}
