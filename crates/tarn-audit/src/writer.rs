//! The one writer: takes entries from a queue, commits as many as are waiting together, and
//! answers each only after the commit.

use std::collections::HashMap;
use std::sync::Arc;

use tarn_database::{Database, on};
use tarn_model::{Entropy, FixedClock, IdMaker, PersonId};
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use crate::alert::{Answer, look};
use crate::canonical::{self, Body, Hash, PersonHead};
use crate::rows::{AcknowledgementRow, AlertRow, EventRow, HeadRow};
use crate::{AuditError, Entry, Receipt};

/// How many entries one commit takes at most.
const BATCH: usize = 256;
/// How many requests may wait before callers are held back.
const QUEUE: usize = 1024;

/// An entry with the id and salt it will have.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) entry: Entry,
    pub(crate) id: Uuid,
    pub(crate) salt: [u8; 16],
    /// The alert that it answers, if it does.
    pub(crate) answer: Option<Answer>,
}

impl Draft {
    pub(crate) fn new(entry: &Entry, entropy: &dyn Entropy) -> Self {
        let mut salt = [0; 16];
        entropy.fill(&mut salt);
        Self {
            entry: entry.clone(),
            id: IdMaker::new(&FixedClock(entry.at), entropy).uuid(),
            salt,
            answer: None,
        }
    }

    /// An entry that says who answered an alert, along with the answer.
    pub(crate) fn answering(entry: &Entry, answer: Answer, entropy: &dyn Entropy) -> Self {
        Self {
            answer: Some(answer),
            ..Self::new(entry, entropy)
        }
    }
}

/// Why a batch was not written. The transaction has been rolled back.
#[derive(Debug)]
pub(crate) enum WriteError {
    Database(diesel::result::Error),
    Form(serde_json::Error),
}

impl From<diesel::result::Error> for WriteError {
    fn from(cause: diesel::result::Error) -> Self {
        Self::Database(cause)
    }
}

impl From<WriteError> for AuditError {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Database(cause) => Self::from(cause),
            WriteError::Form(cause) => Self::Form { cause },
        }
    }
}

/// Drafts that have got their places.
pub(crate) struct Placed {
    pub(crate) rows: Vec<EventRow>,
    pub(crate) alerts: Vec<AlertRow>,
    pub(crate) answers: Vec<AcknowledgementRow>,
    pub(crate) receipts: Vec<Receipt>,
    pub(crate) end: HeadRow,
}

/// Gives each draft its place after `end`, in the log and among its person's events.
pub(crate) fn place(
    drafts: &[Draft],
    end: HeadRow,
    mut people: HashMap<PersonId, PersonHead>,
) -> Result<Placed, WriteError> {
    // A head that has not 32 bytes is a broken log: `verify` says so, and nothing goes after it.
    let mut chain: Hash =
        canonical::hash(&end.chain).ok_or(WriteError::Database(diesel::result::Error::NotFound))?;
    let mut sequence = end.sequence;
    let mut rows = Vec::with_capacity(drafts.len());
    let mut receipts = Vec::with_capacity(drafts.len());
    let mut alerts = Vec::new();
    let mut answers = Vec::new();
    for draft in drafts {
        let mut nobody = PersonHead::default();
        let head = match draft.entry.person {
            Some(person) => people.entry(person).or_default(),
            None => &mut nobody,
        };
        let body = Body::new(&draft.entry, draft.id, *head);
        let text = body.text().map_err(WriteError::Form)?;
        let leaf = canonical::leaf(&draft.salt, &text);
        sequence += 1;
        chain = canonical::chain(&chain, &leaf);
        *head = PersonHead {
            sequence: head.sequence + 1,
            leaf: Some(leaf),
        };
        receipts.push(Receipt {
            sequence,
            person_sequence: body.person_sequence,
            id: draft.id,
        });
        alerts.extend(alert_row(draft, sequence));
        answers.extend(answer_row(draft, sequence));
        rows.push(EventRow {
            sequence,
            id: draft.id.as_bytes().to_vec(),
            at: draft.entry.at.as_micros(),
            person: draft.entry.person.map(|person| person.as_bytes().to_vec()),
            person_sequence: body.person_sequence,
            salt: draft.salt.to_vec(),
            body: text,
            leaf: leaf.to_vec(),
            chain: chain.to_vec(),
        });
    }
    let end = HeadRow {
        sequence,
        chain: chain.to_vec(),
    };
    Ok(Placed {
        rows,
        alerts,
        answers,
        receipts,
        end,
    })
}

/// The alert that stands beside an event of which the privacy officer is told.
fn alert_row(draft: &Draft, sequence: i64) -> Option<AlertRow> {
    draft.entry.alert.map(|kind| AlertRow {
        sequence,
        event: draft.id.as_bytes().to_vec(),
        at: draft.entry.at.as_micros(),
        kind: kind.word().to_owned(),
        look: look(&draft.entry).to_vec(),
    })
}

fn answer_row(draft: &Draft, sequence: i64) -> Option<AcknowledgementRow> {
    draft.answer.as_ref().map(|answer| AcknowledgementRow {
        alert: answer.alert,
        look: answer.look.clone(),
        event: sequence,
        at: draft.entry.at.as_micros(),
        note: answer.note.clone(),
    })
}

/// The way into the queue. The writer ends when the last of these is gone.
#[derive(Clone)]
pub(crate) struct Writer(mpsc::Sender<Request>);

struct Request {
    drafts: Vec<Draft>,
    answer: oneshot::Sender<Result<Vec<Receipt>, Arc<AuditError>>>,
}

impl Writer {
    /// Starts the writer on the current runtime.
    ///
    /// It is a task of its own so that a caller who goes away cannot leave a transaction open.
    pub(crate) fn start(database: Database) -> Self {
        let (queue, mut waiting) = mpsc::channel::<Request>(QUEUE);
        tokio::spawn(async move {
            while let Some(first) = waiting.recv().await {
                let mut count = first.drafts.len();
                let mut requests = vec![first];
                while count < BATCH
                    && let Ok(next) = waiting.try_recv()
                {
                    count += next.drafts.len();
                    requests.push(next);
                }
                commit(&database, requests).await;
            }
        });
        Self(queue)
    }

    /// Queues the drafts and waits until they are committed.
    pub(crate) async fn write(&self, drafts: Vec<Draft>) -> Result<Vec<Receipt>, AuditError> {
        let (answer, answered) = oneshot::channel();
        let request = Request { drafts, answer };
        let gone = |_| AuditError::unavailable(Gone);
        self.0
            .send(request)
            .await
            .map_err(|_| AuditError::unavailable(Gone))?;
        match answered.await.map_err(gone)? {
            Ok(receipts) => Ok(receipts),
            Err(cause) => Err(AuditError::Unavailable { cause }),
        }
    }
}

/// The runtime that the writer lived on has ended.
#[derive(Debug, thiserror::Error)]
#[error("the writer of the audit log has ended")]
struct Gone;

async fn commit(database: &Database, requests: Vec<Request>) {
    let drafts: Vec<Draft> = requests
        .iter()
        .flat_map(|request| request.drafts.iter().cloned())
        .collect();
    match append(database, &drafts).await {
        Ok(receipts) => {
            let mut receipts = receipts.into_iter();
            for request in requests {
                let own = receipts.by_ref().take(request.drafts.len()).collect();
                // A caller who has gone away is not an error: the entry stays.
                let _ = request.answer.send(Ok(own));
            }
        }
        Err(cause) => {
            // Logged here once for the batch; callers get it to refuse what they were asked.
            tracing::error!(error = ?cause, entries = drafts.len(), "audit entries not written");
            let cause = Arc::new(cause);
            for request in requests {
                let _ = request.answer.send(Err(Arc::clone(&cause)));
            }
        }
    }
}

async fn append(database: &Database, drafts: &[Draft]) -> Result<Vec<Receipt>, AuditError> {
    on!(database, append(drafts))
}
