//! What the privacy officer is told of, and what they answered.

#[cfg(feature = "store")]
use sha2::{Digest, Sha256};
use tarn_model::{Actor, Timestamp};

#[cfg(feature = "store")]
use crate::Entry;
use crate::Event;
#[cfg(feature = "store")]
use crate::canonical::Hash;

/// Looks that belong together, of which the privacy officer is told: the same person's record,
/// opened by the same user for the same organisation, purpose and reason. Turning the pages of a
/// record is one look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// The newest event of the look, whole.
    pub event: Event,
    /// When the look began.
    pub began_at: Timestamp,
    /// How many events it has; at least 1.
    pub events: i64,
    /// What a privacy officer answered, once one has.
    pub acknowledgement: Option<Acknowledgement>,
}

/// A privacy officer's answer to an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledgement {
    /// When.
    pub at: Timestamp,
    /// Who, as they were at that moment.
    pub by: Actor,
    /// What they found, in their words.
    pub note: String,
}

/// Which alerts to read.
///
/// Pages are cut by `before_sequence`: ask again with the `sequence` of the last alert's event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AlertWindow {
    /// Those that have been acknowledged; else those that have not.
    pub acknowledged: bool,
    /// Only alerts whose newest event stands in the log before this one.
    pub before_sequence: Option<i64>,
    /// At most this many, 1 to 100.
    pub limit: u32,
}

/// An answer to an alert, along with the event that says who gave it.
#[cfg(feature = "store")]
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// The alert that is answered, with every earlier one of the same look.
    pub(crate) alert: i64,
    pub(crate) look: Vec<u8>,
    pub(crate) note: String,
}

/// What events must share to be one look.
#[cfg(feature = "store")]
pub(crate) fn look(entry: &Entry) -> Hash {
    let actor = &entry.actor;
    let mut hash = Sha256::new();
    let parts = [
        entry.person.map(|person| person.to_string()),
        Some(actor.user_id.clone()),
        actor.organisation.as_ref().map(ToString::to_string),
        Some(actor.role.word().to_owned()),
        Some(entry.purpose.word().to_owned()),
        entry.reason.clone(),
        entry.alert.map(|kind| kind.word().to_owned()),
    ];
    for part in parts {
        let part = part.unwrap_or_default();
        // Each part says how long it is, so that no two lists of parts run together.
        let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
        hash.update(length.to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}
