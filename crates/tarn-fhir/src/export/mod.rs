//! Bulk Data export: an organisation's system takes a copy of what the organisation contributes.
//!
//! An export runs in the background and leaves files of NDJSON. Between the moment they are made
//! and the moment they are fetched they lie on disk, so each is sealed with a key that only this
//! process knows: what a crash or a backup leaves behind is noise. A job and its files belong to
//! the caller who began it; to anybody else they do not exist. To its own caller too a file is
//! given only after the door was asked again (see `file`).
//!
//! Source: HL7 Bulk Data Access 2.0.

pub(crate) mod cancel;
pub(crate) mod file;
mod job;
pub(crate) mod kick_off;
mod sealed_file;
pub(crate) mod status;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tarn_model::{Entropy, Timestamp};

pub(crate) use job::{Job, Standing, Stored};
pub(crate) use sealed_file::{Piece, SealedFile};

use crate::api::{StartError, Work};
use crate::refusal::{Kind, Refusal};
use crate::sealed::Sealer;

/// For how long a finished export can be fetched, in seconds.
pub(crate) const KEPT_SECONDS: i64 = 3600;
/// How many exports may run at once.
const MOST_RUNNING: usize = 2;
/// How many may be known at once, running or finished.
const MOST_KNOWN: usize = 20;

/// The exports that this process knows of.
pub(crate) struct Exports {
    folder: PathBuf,
    sealer: Sealer,
    jobs: Mutex<HashMap<String, Arc<Job>>>,
}

impl Exports {
    /// Removes what an earlier process left behind; its key is gone, so it is of no use.
    pub(crate) fn start(folder: &Path, entropy: &dyn Entropy) -> Result<Self, StartError> {
        if folder.is_dir() {
            clear(folder).map_err(|cause| StartError::Exports { cause })?;
        }
        Ok(Self {
            folder: folder.to_owned(),
            sealer: Sealer::new(entropy).ok_or(StartError::Key)?,
            jobs: Mutex::default(),
        })
    }

    pub(crate) const fn sealer(&self) -> &Sealer {
        &self.sealer
    }

    pub(crate) fn folder_of(&self, job: &str) -> PathBuf {
        self.folder.join(job)
    }

    /// Takes in a new job, if there is room for one.
    fn admit(&self, job: Arc<Job>, now: Timestamp) -> Result<(), Refusal> {
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.retain(|_, job| !job.has_ended(now));
        let running = |job: &&Arc<Job>| matches!(job.standing(), Standing::Running { .. });
        let all = jobs.values().filter(running).count();
        let own = jobs.values().filter(running);
        let has_one = own.into_iter().any(|one| one.owner == job.owner);
        if has_one || all >= MOST_RUNNING || jobs.len() >= MOST_KNOWN {
            return Err(Refusal::new(
                Kind::TooMany,
                "As many exports as are allowed are being made. Ask again when one is whole.",
            ));
        }
        jobs.insert(job.id.clone(), job);
        Ok(())
    }

    /// The caller's own job of this id. Absent, another's and ended are one answer.
    fn of_caller(&self, work: &Work<'_>) -> Result<Arc<Job>, Refusal> {
        let owner = work.caller.binding(OWNER);
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        let job = jobs.get(&work.asked.id).cloned();
        job.filter(|job| job.owner == owner && !job.has_ended(work.at()))
            .ok_or_else(Refusal::not_found)
    }

    /// Forgets a job and removes its files.
    pub(crate) async fn remove(&self, id: &str) {
        let known = {
            let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
            jobs.remove(id)
        };
        if let Some(job) = known {
            job.cancel();
        }
        told(tokio::fs::remove_dir_all(self.folder_of(id)).await);
    }

    /// Removes the files of a job that nobody is making any more.
    fn discard(&self, id: &str) {
        told(std::fs::remove_dir_all(self.folder_of(id)));
    }
}

fn told(removed: std::io::Result<()>) {
    if let Err(error) = removed
        && error.kind() != std::io::ErrorKind::NotFound
    {
        tracing::warn!(%error, "the files of an export could not be removed");
    }
}

/// What a job is bound to, beside its caller.
pub(crate) const OWNER: &str = "$export";

/// Removes the folders of jobs, which are named by 32 hexadecimal digits, and nothing else.
fn clear(folder: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.len() == 32 && name.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            std::fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}
