//! One export while it runs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::json;
use tarn_access::{Contributed, Door, ExportAsk, Narrowing, Resource};
use tarn_model::{Clock, Entropy, RequestContext, Timestamp};

use super::{Exports, KEPT_SECONDS, Piece, SealedFile};
use crate::refusal::{Kind, Refusal};

/// People asked of the door at a time.
const PEOPLE: usize = 20;
/// The type of the lines that say what was taken back.
const DELETED: &str = "Bundle";
/// About how much text one sealed piece of a file holds, in bytes.
const PIECE: usize = 1 << 20;

/// One export.
pub(crate) struct Job {
    pub(crate) id: String,
    /// Whose it is: a digest of the caller and what they were granted.
    pub(crate) owner: [u8; 32],
    /// The address that began it.
    pub(crate) request: String,
    pub(crate) began_at: Timestamp,
    cancelled: AtomicBool,
    standing: Mutex<Standing>,
}

/// How an export stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Standing {
    Running {
        resources: usize,
    },
    Whole {
        ends_at: Timestamp,
        files: Vec<Stored>,
        /// Names of what was taken back since, if that was asked for and there is any.
        deleted: Option<Stored>,
    },
    Failed {
        ends_at: Timestamp,
        refusal: Box<Refusal>,
    },
}

/// One file of a whole export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stored {
    /// The type of its lines: the file's name too.
    pub(crate) name: String,
    /// The types that it tells of.
    pub(crate) types: Vec<String>,
    pub(crate) resources: usize,
    pub(crate) pieces: u32,
}

/// What a job works with.
pub(crate) struct Maker {
    pub(crate) exports: Arc<Exports>,
    pub(crate) door: Arc<Door>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) ctx: RequestContext,
    pub(crate) narrowing: Narrowing,
    pub(crate) asked: ExportAsk,
}

/// The files in the making, by the type of their lines.
#[derive(Default)]
struct Files {
    files: BTreeMap<String, Growing>,
    deleted: Growing,
}

/// A file in the making.
#[derive(Default)]
struct Growing {
    piece: Piece,
    types: BTreeSet<String>,
    resources: usize,
    pieces: u32,
}

/// Ends a job whatever becomes of the task that makes it, so that no panic keeps others out.
struct Ending<'a> {
    job: &'a Job,
    maker: &'a Maker,
}

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        if matches!(self.job.standing(), Standing::Running { .. }) {
            tracing::error!("an export was given up half-way");
            self.maker.exports.discard(&self.job.id);
            self.job.stand(Standing::Failed {
                ends_at: self.maker.clock.now().plus_seconds(KEPT_SECONDS),
                refusal: Box::new(Refusal::internal()),
            });
        }
    }
}

impl Job {
    pub(crate) fn new(id: String, owner: [u8; 32], request: String, began_at: Timestamp) -> Self {
        Self {
            id,
            owner,
            request,
            began_at,
            cancelled: AtomicBool::new(false),
            standing: Mutex::new(Standing::Running { resources: 0 }),
        }
    }

    pub(crate) fn standing(&self) -> Standing {
        let standing = self.standing.lock();
        standing.unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn stand(&self, standing: Standing) {
        *self.standing.lock().unwrap_or_else(PoisonError::into_inner) = standing;
    }

    pub(crate) fn cancel(&self) {
        self.cancelled.store(true, Ordering::SeqCst);
    }

    /// Whether it can no longer be fetched.
    pub(crate) fn has_ended(&self, now: Timestamp) -> bool {
        match self.standing() {
            Standing::Running { .. } => false,
            Standing::Whole { ends_at, .. } | Standing::Failed { ends_at, .. } => now >= ends_at,
        }
    }

    /// Makes the files, waits until their time is over, removes them.
    pub(crate) async fn run(self: Arc<Self>, maker: Maker) {
        {
            let _ending = Ending {
                job: &self,
                maker: &maker,
            };
            let made = self.make(&maker).await;
            self.end(&maker, made);
        }
        let kept = u64::try_from(KEPT_SECONDS).unwrap_or_default();
        actix_web::rt::time::sleep(std::time::Duration::from_secs(kept)).await;
        maker.exports.remove(&self.id).await;
    }

    fn end(&self, maker: &Maker, made: Result<Files, Refusal>) {
        let ends_at = maker.clock.now().plus_seconds(KEPT_SECONDS);
        match made {
            Ok(made) => {
                let files = made.files.into_iter();
                self.stand(Standing::Whole {
                    ends_at,
                    files: files.map(|(name, file)| file.stored(&name)).collect(),
                    deleted: (made.deleted.resources > 0).then(|| made.deleted.stored(DELETED)),
                });
            }
            Err(refusal) => {
                tracing::warn!(status = refusal.status(), "an export was not made");
                self.stand(Standing::Failed {
                    ends_at,
                    refusal: Box::new(refusal),
                });
            }
        }
    }

    async fn make(&self, maker: &Maker) -> Result<Files, Refusal> {
        let mut made = Files::default();
        let mut asked = maker.asked.clone();
        asked.people = PEOPLE;
        loop {
            if self.cancelled.load(Ordering::SeqCst) {
                return Err(Refusal::not_found());
            }
            // Each page is asked for at its own time: an agreement may end while a job runs.
            let ctx = RequestContext {
                at: maker.clock.now(),
                ..maker.ctx.clone()
            };
            let page = maker
                .door
                .export_page(&ctx, &maker.narrowing, &asked)
                .await?;
            for person in &page.people {
                self.add(maker, &mut made, person).await?;
            }
            let resources = made.files.values().map(|file| file.resources).sum();
            self.stand(Standing::Running { resources });
            match &page.next {
                Some(next) => asked.after = Some(next.clone()),
                None => break,
            }
        }
        for (name, file) in &mut made.files {
            self.seal(maker, name, file).await?;
        }
        self.seal(maker, DELETED, &mut made.deleted).await?;
        Ok(made)
    }

    async fn add(&self, maker: &Maker, made: &mut Files, own: &Contributed) -> Result<(), Refusal> {
        for resource in own.resources.iter().filter(|one| !one.deleted) {
            let name = &resource.resource_type;
            let file = made.files.entry(name.clone()).or_default();
            file.add(own, [name.clone()], resource.json());
            if file.piece.len() >= PIECE {
                self.seal(maker, name, file).await?;
            }
        }
        if !own.deleted.is_empty() {
            let file = &mut made.deleted;
            let types = own.deleted.iter().map(|gone| gone.resource_type.clone());
            file.add(own, types, &deletions(&own.deleted));
            if file.piece.len() >= PIECE {
                self.seal(maker, DELETED, file).await?;
            }
        }
        Ok(())
    }

    async fn seal(&self, maker: &Maker, name: &str, file: &mut Growing) -> Result<(), Refusal> {
        if file.piece.is_empty() {
            return Ok(());
        }
        let sealed = SealedFile::new(Arc::clone(&maker.exports), &self.id, name);
        sealed
            .append(&file.piece, file.pieces, &*maker.entropy)
            .await
            .map_err(|error| {
                tracing::error!(%error, "an export could not be written");
                Refusal::new(Kind::Unavailable, "The export could not be written.")
            })?;
        file.pieces += 1;
        file.piece = Piece::default();
        Ok(())
    }
}

impl Growing {
    fn add(&mut self, own: &Contributed, types: impl IntoIterator<Item = String>, json: &str) {
        self.piece.push_line(own.person, json);
        self.types.extend(types);
        self.resources += 1;
    }

    fn stored(self, name: &str) -> Stored {
        Stored {
            name: name.to_owned(),
            types: self.types.into_iter().collect(),
            resources: self.resources,
            pieces: self.pieces,
        }
    }
}

/// A Bundle that takes away, from whoever keeps a copy, what was taken back here.
///
/// Source: Bulk Data Access 2.0, `deleted` of the output manifest.
fn deletions(gone: &[Resource]) -> String {
    let entry = |one: &Resource| {
        let url = format!("{}/{}", one.resource_type, one.id);
        json!({ "request": { "method": "DELETE", "url": url } })
    };
    let entries: Vec<_> = gone.iter().map(entry).collect();
    json!({ "resourceType": DELETED, "type": "transaction", "entry": entries }).to_string()
}
