//! A database of its own for each test, on either backend.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "test support"
)]

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};

/// Where a test's sessions are.
pub(crate) struct Place {
    pub(crate) url: String,
    _folder: Option<tempfile::TempDir>,
}

impl Place {
    pub(crate) fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("identity.db").display());
        Self {
            url,
            _folder: Some(folder),
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
        let name = format!("tarn_identity_{}_{count}", std::process::id());
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
            _folder: None,
        })
    }
}
