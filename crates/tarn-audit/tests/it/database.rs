//! A database of its own for each test, on either backend.
#![expect(clippy::unwrap_used, reason = "test support")]

use tarn_database::DatabaseError;
use tarn_database::testing::{execute, fresh_postgres};

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

    /// `None`, said loudly, when there is no server or this build cannot speak to it.
    pub(crate) async fn postgres() -> Option<Self> {
        if !cfg!(feature = "postgres") {
            println!("left out: PostgreSQL (built without the feature)");
            return None;
        }
        let Some(url) = fresh_postgres().await else {
            println!("left out: PostgreSQL (TARN_TEST_POSTGRES not set)");
            return None;
        };
        Some(Self { url, folder: None })
    }

    /// Runs SQL as an administrator who is not bound by the log's methods.
    pub(crate) async fn tamper(&self, sqlite: &str, postgres: &str) -> Result<(), DatabaseError> {
        let sql = match self.folder {
            Some(_) => sqlite,
            None => postgres,
        };
        execute(&self.url, "audit", sql).await
    }
}
