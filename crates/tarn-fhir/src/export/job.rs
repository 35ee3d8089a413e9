//! One export while it runs.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tarn_access::{Door, ExportAsk, Narrowing};
use tarn_model::{Clock, Entropy, RequestContext, Timestamp};

use super::{Exports, KEPT_SECONDS, SealedFile};
use crate::refusal::{Kind, Refusal};

/// People asked of the door at a time.
const PEOPLE: usize = 20;
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
    },
    Failed {
        ends_at: Timestamp,
        refusal: Box<Refusal>,
    },
}

/// One file of a whole export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) resource_type: String,
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

/// A file in the making.
#[derive(Default)]
struct Growing {
    text: String,
    resources: usize,
    pieces: u32,
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
        let made = self.make(&maker).await;
        let ends_at = maker.clock.now().plus_seconds(KEPT_SECONDS);
        match made {
            Ok(files) => self.stand(Standing::Whole { ends_at, files }),
            Err(refusal) => {
                tracing::warn!(status = refusal.status(), "an export was not made");
                self.stand(Standing::Failed {
                    ends_at,
                    refusal: Box::new(refusal),
                });
            }
        }
        let kept = u64::try_from(KEPT_SECONDS).unwrap_or_default();
        actix_web::rt::time::sleep(std::time::Duration::from_secs(kept)).await;
        maker.exports.remove(&self.id).await;
    }

    async fn make(&self, maker: &Maker) -> Result<Vec<Stored>, Refusal> {
        let mut growing: BTreeMap<String, Growing> = BTreeMap::new();
        let mut asked = maker.asked.clone();
        asked.people = PEOPLE;
        loop {
            if self.cancelled.load(Ordering::SeqCst) {
                return Err(Refusal::not_found());
            }
            let page = maker
                .door
                .export_page(&maker.ctx, &maker.narrowing, &asked)
                .await?;
            for resource in page.resources.iter().filter(|one| !one.deleted) {
                let file = growing.entry(resource.resource_type.clone()).or_default();
                push_line(&mut file.text, resource.json());
                file.resources += 1;
                if file.text.len() >= PIECE {
                    self.seal(maker, &resource.resource_type, file).await?;
                }
            }
            let resources = growing.values().map(|file| file.resources).sum();
            self.stand(Standing::Running { resources });
            match &page.next {
                Some(next) => asked.after = Some(next.clone()),
                None => break,
            }
        }
        let mut files = Vec::with_capacity(growing.len());
        for (resource_type, mut file) in growing {
            if !file.text.is_empty() {
                self.seal(maker, &resource_type, &mut file).await?;
            }
            files.push(Stored {
                resource_type,
                resources: file.resources,
                pieces: file.pieces,
            });
        }
        Ok(files)
    }

    async fn seal(&self, maker: &Maker, name: &str, file: &mut Growing) -> Result<(), Refusal> {
        let sealed = SealedFile::new(Arc::clone(&maker.exports), &self.id, name);
        sealed
            .append(&file.text, file.pieces, &*maker.entropy)
            .await
            .map_err(|error| {
                tracing::error!(%error, "an export could not be written");
                Refusal::new(Kind::Unavailable, "The export could not be written.")
            })?;
        file.pieces += 1;
        file.text.clear();
        Ok(())
    }
}

/// One resource on one line. Line breaks between the tokens of JSON are blank space, and inside
/// of its strings there are none.
fn push_line(text: &mut String, json: &str) {
    if json.contains(['\n', '\r']) {
        text.extend(json.chars().filter(|letter| !matches!(letter, '\n' | '\r')));
    } else {
        text.push_str(json);
    }
    text.push('\n');
}
