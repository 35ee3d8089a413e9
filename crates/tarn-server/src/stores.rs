//! The four stores behind the running system, opened together.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use tarn_audit::AuditLog;
use tarn_consent::ChoiceRegister;
use tarn_identity::SessionStore;
use tarn_record::RecordStore;

use crate::config::Config;

/// Where each store is: one PostgreSQL address for all (each has its own schema) or one SQLite
/// file each.
#[derive(Clone)]
pub struct StoreAddresses {
    base: Base,
}

#[derive(Clone)]
enum Base {
    Folder(std::path::PathBuf),
    Postgres(String),
}

impl StoreAddresses {
    /// The addresses that the configuration names.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let base = match &config.storage.database {
            Some(url) => Base::Postgres(url.clone()),
            None => Base::Folder(config.storage.data.clone()),
        };
        Self { base }
    }

    /// What an operator may read of it; never a password.
    #[must_use]
    pub fn shown(&self) -> String {
        match &self.base {
            Base::Folder(folder) => format!("SQLite in {}", folder.display()),
            Base::Postgres(_) => "PostgreSQL".to_owned(),
        }
    }

    fn of(&self, noun: &str) -> String {
        match &self.base {
            Base::Folder(folder) => {
                format!("sqlite:{}", folder.join(format!("{noun}.db")).display())
            }
            Base::Postgres(url) => url.clone(),
        }
    }

    /// Makes the folder, if the stores are files, and checks that it can be written to.
    fn prepare(&self) -> anyhow::Result<()> {
        let Base::Folder(folder) = &self.base else {
            return Ok(());
        };
        prepare_folder(folder)
            .with_context(|| format!("the data folder {} can't be written to", folder.display()))
    }
}

fn prepare_folder(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let probe = folder.join(".writable");
    std::fs::write(&probe, b"")?;
    std::fs::remove_file(&probe)
}

/// The open stores.
#[derive(Clone)]
pub struct Stores {
    /// People and resources.
    pub record: Arc<RecordStore>,
    /// Choices.
    pub consent: Arc<ChoiceRegister>,
    /// The audit log.
    pub audit: Arc<AuditLog>,
    /// Sessions.
    pub sessions: Arc<SessionStore>,
}

impl Stores {
    /// Opens all four.
    ///
    /// # Errors
    /// One sentence saying which could not be reached; no password is in it.
    pub async fn open(config: &Config) -> anyhow::Result<Self> {
        let addresses = StoreAddresses::new(config);
        addresses.prepare()?;
        let unreachable = |what: &str| format!("the {what} database can't be reached");
        let record = RecordStore::connect(&addresses.of("record"))
            .await
            .with_context(|| unreachable("record"))?;
        let consent = ChoiceRegister::connect(&addresses.of("consent"))
            .await
            .with_context(|| unreachable("consent"))?;
        let audit = AuditLog::connect(&addresses.of("audit"))
            .await
            .with_context(|| unreachable("audit"))?;
        let sessions = SessionStore::connect(&addresses.of("identity"), session_limits(config))
            .await
            .with_context(|| unreachable("identity"))?;
        Ok(Self {
            record: Arc::new(record),
            consent: Arc::new(consent),
            audit: Arc::new(audit),
            sessions: Arc::new(sessions),
        })
    }

    /// Applies what is pending in every store; how many migrations that was.
    ///
    /// # Errors
    /// Which store's migrations failed.
    pub async fn migrate(&self) -> anyhow::Result<usize> {
        let record = self
            .record
            .migrate()
            .await
            .context("the record migrations failed")?;
        let consent = self
            .consent
            .migrate()
            .await
            .context("the consent migrations failed")?;
        let audit = self
            .audit
            .migrate()
            .await
            .context("the audit migrations failed")?;
        let sessions = self
            .sessions
            .migrate()
            .await
            .context("the identity migrations failed")?;
        Ok(record + consent + audit + sessions)
    }

    /// Names of the migrations that are not applied yet.
    ///
    /// # Errors
    /// Which store could not be asked.
    pub async fn pending(&self) -> anyhow::Result<Vec<String>> {
        let mut pending = self.record.pending_migrations().await.context("record")?;
        pending.extend(self.consent.pending_migrations().await.context("consent")?);
        pending.extend(self.audit.pending_migrations().await.context("audit")?);
        pending.extend(
            self.sessions
                .pending_migrations()
                .await
                .context("identity")?,
        );
        Ok(pending)
    }
}

/// How long sessions last.
#[must_use]
pub fn session_limits(config: &Config) -> tarn_identity::SessionLimits {
    tarn_identity::SessionLimits {
        idle_seconds: i64::from(config.session.idle_minutes) * 60,
        staff_seconds: i64::from(config.session.staff_hours) * 3600,
        citizen_seconds: i64::from(config.session.citizen_hours) * 3600,
    }
}
