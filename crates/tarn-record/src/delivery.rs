use std::fmt;

use tarn_model::{HeadingSet, LabelSet, OdsCode, PersonId, Timestamp};

#[cfg(any(feature = "sqlite", feature = "postgres"))]
use crate::EntryAction;
use crate::{RecordError, Rewrite, undo};

/// One message from one source: a Bundle or a single resource, taken whole or not at all.
#[derive(Clone, Copy)]
pub struct Delivery<'a> {
    /// The organisation that sent it.
    pub source: &'a OdsCode,
    /// The sender's id of the message. The same id with the same text again changes nothing; see
    /// [`Delivery::id_of_text`] for texts that come without one.
    pub message_id: &'a str,
    /// The FHIR R4 JSON text as it was sent.
    pub text: &'a str,
    /// When Tarn received it.
    pub received_at: Timestamp,
}

impl Delivery<'_> {
    /// The message id of a text that came without one: its SHA-256 in hexadecimal, so that the
    /// same file loaded again changes nothing.
    #[must_use]
    pub fn id_of_text(text: &str) -> String {
        use sha2::{Digest, Sha256};
        hex::encode(Sha256::digest(text.as_bytes()))
    }
}

impl fmt::Debug for Delivery<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery")
            .field("source", &self.source)
            .field("size_bytes", &self.text.len())
            .field("received_at", &self.received_at)
            .finish_non_exhaustive()
    }
}

/// What whoever guards the record has said of a delivery of the interface before it is taken.
#[derive(Debug, Clone, Copy, Default)]
pub struct Admission<'a> {
    /// Those who are held on whom was decided. A delivery that turns out to be about somebody
    /// else who is held is not taken.
    pub decided: &'a [PersonId],
    /// Ids for those who are not held yet, in order: whoever guards the record knows of them
    /// before they are there. A delivery that needs more is not taken either.
    pub newcomers: &'a [PersonId],
    /// The only resources (type, id) that a condition or a reference by condition may find; `None`
    /// is all that the source sent. What is not among them is, to the delivery, not there.
    pub seen: Option<&'a [(String, String)]>,
}

/// Whom a delivery of the interface is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subjects {
    /// Those held now whom it is about, or who may turn out to be, each with the first place in
    /// the text that leads to them, in the order of the text.
    pub held: Vec<(PersonId, String)>,
    /// How many more it will make, as far as that can be told before it is taken.
    pub newcomers: usize,
}

/// What a delivery did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receipt {
    /// It was taken; everything in it is on disk.
    Stored(Tally),
    /// The same message came before; nothing was changed. The tally is of the first time.
    Unchanged(Tally),
}

impl Receipt {
    /// What the message did when it was first taken.
    #[must_use]
    pub const fn tally(&self) -> Tally {
        match self {
            Self::Stored(tally) | Self::Unchanged(tally) => *tally,
        }
    }

    /// How many resources this delivery created, changed or deleted.
    #[must_use]
    pub const fn changed(&self) -> usize {
        match self {
            Self::Stored(tally) => tally.created + tally.updated + tally.deleted,
            Self::Unchanged(_) => 0,
        }
    }
}

/// What became of the resources of one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Resources that were not held before.
    pub created: usize,
    /// Resources that got a new version.
    pub updated: usize,
    /// Resources whose text was already the current version.
    pub unchanged: usize,
    /// Resources that the source took back.
    pub deleted: usize,
}

impl Tally {
    /// All resources of the message.
    #[must_use]
    pub const fn all(&self) -> usize {
        self.created + self.updated + self.unchanged + self.deleted
    }

    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(crate) fn count(&mut self, action: EntryAction) {
        let counter = match action {
            EntryAction::Created => &mut self.created,
            EntryAction::Updated => &mut self.updated,
            EntryAction::Unchanged => &mut self.unchanged,
            EntryAction::Deleted => &mut self.deleted,
        };
        *counter += 1;
    }
}

/// How much the store holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counts {
    /// People, those joined into others not counted.
    pub people: u64,
    /// Resources as they stand now, deleted ones not counted.
    pub resources: u64,
    /// Versions that are no longer current.
    pub older_versions: u64,
    /// View lines.
    pub lines: u64,
    /// Current resources of each FHIR type, by name.
    pub by_type: Vec<(String, u64)>,
}

/// A resource at one version, as the store keeps it.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredResource {
    /// The person it is about; [`PersonId::DIRECTORY`] for resources about no person.
    pub person: PersonId,
    /// FHIR type.
    pub resource_type: String,
    /// Tarn's id of it: the source's own where that was free.
    pub resource_id: String,
    /// From 1, one more with each change.
    pub version: i64,
    /// The organisation that sent it.
    pub source: OdsCode,
    /// The source's own name for it.
    pub source_ref: String,
    /// SHA-256 of the text as sent.
    pub sha256: [u8; 32],
    /// When Tarn received this version.
    pub received_at: Timestamp,
    /// Whether this version says that the source took it back; `body` is then empty.
    pub deleted: bool,
    /// The headings of all its lines; each must be allowed. One that was taken back keeps those
    /// of what it took back.
    pub headings: HeadingSet,
    /// Its labels, those of its lines among them; each must be cleared. Kept likewise.
    pub labels: LabelSet,
    /// The text as sent, with resolved references (and the id, where another source had taken it)
    /// put in.
    pub body: String,
    pub(crate) rewrites: Option<String>,
}

impl StoredResource {
    /// The exact text that the source sent, checked against its SHA-256.
    ///
    /// # Errors
    /// [`RecordError::Damaged`] if what is stored does not give that text back.
    pub fn as_sent(&self) -> Result<String, RecordError> {
        use sha2::{Digest, Sha256};
        let damaged = |problem| RecordError::damaged("resource", problem);
        let sent = match &self.rewrites {
            None => self.body.clone(),
            Some(rewrites) => {
                let rewrites: Vec<Rewrite> = serde_json::from_str(rewrites)
                    .map_err(|_| damaged("the rewrites are not readable"))?;
                undo(&self.body, &rewrites)
                    .map_err(|_| damaged("the rewrites do not fit the body"))?
            }
        };
        if Sha256::digest(sent.as_bytes()).as_slice() == self.sha256 {
            Ok(sent)
        } else {
            Err(damaged("the body is not the one that was sent"))
        }
    }
}

impl fmt::Debug for StoredResource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredResource")
            .field("resource_type", &self.resource_type)
            .field("version", &self.version)
            .field("source", &self.source)
            .field("size_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}
