use tarn_model::{ErrorKind, PersonId, Timestamp};

use crate::RecordError;

/// That one person was merged into another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Merge {
    /// The id that no longer holds.
    pub gone: PersonId,
    /// The id into which it was merged.
    pub stays: PersonId,
    /// When.
    pub at: Timestamp,
    /// On whose word.
    pub cause: MergeCause,
    /// When it was taken back, if it was.
    pub undone_at: Option<Timestamp>,
}

/// On whose word people were merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MergeCause {
    /// What others had referred to arrived, and said who it is. Not to be taken back.
    Arrived,
    /// An operator's.
    Operator,
    /// A source's: one of its own Patients names another one in `Patient.link`.
    Link,
}

impl MergeCause {
    /// The word that the store keeps.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Arrived => "arrived",
            Self::Operator => "operator",
            Self::Link => "link",
        }
    }
}

/// Why two people were not merged, or not taken apart. No text names anybody.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// Both ids are of one person already.
    #[error("both ids are of the same person already")]
    Same,
    /// There is no such person.
    #[error("there is nobody with the id that {which}")]
    Absent {
        /// Which of the two ids: `is to go`, `is to stay`.
        which: &'static str,
    },
    /// The id that is to go, or to stay, was merged into another one before.
    #[error("the id that {which} was itself merged into another one: name the one that holds now")]
    Gone {
        /// Which of the two ids: `is to go`, `is to stay`.
        which: &'static str,
    },
    /// The id was not merged into another one.
    #[error("that id was not merged into another one")]
    NotMerged,
    /// The record joined them when what was referred to arrived; there was nobody else.
    #[error("the record itself joined that id when its Patient arrived; it was nobody else's")]
    NotAnOperators,
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] RecordError),
}

impl MergeError {
    /// What kind of failure it was.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Absent { .. } => ErrorKind::NotFound,
            Self::Same | Self::Gone { .. } | Self::NotMerged | Self::NotAnOperators => {
                ErrorKind::Conflict
            }
            Self::Store(error) => error.kind(),
        }
    }

    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(crate) fn is_a_race(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_a_race())
    }
}

impl From<diesel::result::Error> for MergeError {
    fn from(cause: diesel::result::Error) -> Self {
        Self::Store(cause.into())
    }
}

/// People who are kept apart although something speaks for joining them, so that somebody may
/// look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct KeptApart {
    /// Patients whose NHS number links them with nobody, for want of a date of birth.
    pub without_birth_date: u64,
    /// People of whom only references have spoken: their Patient has not arrived.
    pub only_referred_to: u64,
    /// People whose sources do not agree on the date of birth.
    pub births_disagree: u64,
    /// Merges that hold now and can be taken back.
    pub merged: u64,
}
