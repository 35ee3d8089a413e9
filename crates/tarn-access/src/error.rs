use tarn_model::{ErrorKind, PersonId};

use crate::CitedClause;

/// Why the door gave nothing out. No variant holds record content.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// Absent, not to be known of, or opted out: one answer for all three, so that the answer
    /// tells nothing.
    #[error("there is no record to show")]
    NotFound,
    /// Nothing in the record links the asker with the person; they may go on by giving a reason.
    #[error("a reason is needed")]
    ReasonNeeded {
        /// The person that was asked for.
        person: PersonId,
    },
    /// The asker may not see records at all, or not for this purpose. Worked out from the asker
    /// alone, so that it is the same for every person.
    #[error("refused: {reason}")]
    Refused {
        /// The reason's word: see `tarn_governance::Reason`.
        reason: &'static str,
        /// The reason in plain words.
        words: String,
        /// The clause that refused, if one did.
        clause: Option<Box<CitedClause>>,
    },
    /// Its source took the resource back; said only to whom it could be shown before.
    #[error("it was deleted")]
    Gone,
    /// What was contributed could not be taken; nothing of it was kept.
    #[error("{problem}")]
    Rejected {
        /// What is wrong with it; never its content.
        problem: String,
        /// FHIRPath of the place, if one entry is at fault.
        path: Option<String>,
        /// What kind of fault.
        kind: Rejection,
    },
    /// Something without which nothing may be shown did not answer.
    #[error("{what} did not answer")]
    Unavailable {
        /// What did not answer.
        what: Missing,
        /// The cause, for the log.
        #[source]
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The request cannot be right, whoever asks.
    #[error("{problem}")]
    Invalid {
        /// What is wrong with it.
        problem: &'static str,
    },
}

/// Why a contribution was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rejection {
    /// It cannot be read, or is no FHIR of the kind that is expected.
    Malformed,
    /// It breaks a rule: an id, a reference, an identity.
    Invalid,
    /// The version that its sender believes current is not (412).
    VersionMismatch,
    /// Its condition finds more than one (412).
    MultipleMatches,
    /// Two entries, or two writers, want the same (409).
    Conflict,
    /// The asker's organisation may not write this.
    Forbidden,
    /// Too large or too deep.
    TooLarge,
}

/// What the door cannot do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Missing {
    /// The audit log: no audit row, no data.
    Audit,
    /// The register of people's choices: no choices, no data.
    Choices,
    /// The record store.
    Record,
}

impl std::fmt::Display for Missing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Audit => "the audit log",
            Self::Choices => "the register of people's choices",
            Self::Record => "the record store",
        })
    }
}

impl Rejection {
    /// What kind of failure it is.
    #[must_use]
    pub const fn kind(self) -> ErrorKind {
        match self {
            Self::Malformed | Self::Invalid | Self::TooLarge => ErrorKind::Invalid,
            Self::VersionMismatch | Self::MultipleMatches | Self::Conflict => ErrorKind::Conflict,
            Self::Forbidden => ErrorKind::Denied,
        }
    }
}

impl AccessError {
    /// What kind of failure it is.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound | Self::Gone => ErrorKind::NotFound,
            Self::Rejected { kind, .. } => kind.kind(),
            Self::ReasonNeeded { .. } | Self::Refused { .. } => ErrorKind::Denied,
            Self::Unavailable { .. } => ErrorKind::Unavailable,
            Self::Invalid { .. } => ErrorKind::Invalid,
        }
    }

    /// The audit log did not take a row.
    pub(crate) fn audit(cause: tarn_audit::AuditError) -> Self {
        Self::Unavailable {
            what: Missing::Audit,
            cause: Box::new(cause),
        }
    }

    /// The audit log took the rows and said nothing of them.
    pub(crate) fn no_receipt() -> Self {
        Self::Unavailable {
            what: Missing::Audit,
            cause: "it gave no receipt".into(),
        }
    }

    /// The choice register did not answer.
    pub(crate) fn choices(cause: tarn_consent::ConsentError) -> Self {
        Self::Unavailable {
            what: Missing::Choices,
            cause: Box::new(cause),
        }
    }

    /// The record store did not answer.
    pub(crate) fn record(cause: tarn_record::RecordError) -> Self {
        Self::Unavailable {
            what: Missing::Record,
            cause: Box::new(cause),
        }
    }
}
