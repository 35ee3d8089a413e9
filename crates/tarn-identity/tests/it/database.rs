//! A database of its own for each test, on either backend.
#![expect(clippy::unwrap_used, reason = "test support")]

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

    /// `None`, said loudly, when there is no server or this build cannot speak to it.
    pub(crate) async fn postgres() -> Option<Self> {
        if !cfg!(feature = "postgres") {
            println!("left out: PostgreSQL (built without the feature)");
            return None;
        }
        let Some(url) = tarn_database::testing::fresh_postgres().await else {
            println!("left out: PostgreSQL (TARN_TEST_POSTGRES not set)");
            return None;
        };
        Some(Self { url, _folder: None })
    }
}
