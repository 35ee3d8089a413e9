use tarn_database::DatabaseError;
use tarn_model::ErrorKind;

/// Why the record store could not answer. No text names a person or repeats what was stored.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The address is neither `sqlite:PATH` nor `postgres://…`, or this build has no such backend.
    #[error("the record store's address is not one this build can open: {problem}")]
    Address {
        /// What is wrong with it; never the address itself, which may hold a password.
        problem: &'static str,
    },
    /// The database did not answer, or all its connections are busy.
    #[error("the record store does not answer")]
    Unreachable {
        /// What the driver said.
        #[source]
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The database is too busy with other writers; the same request may succeed later.
    #[error("the record store is busy")]
    Busy {
        /// What the driver said.
        #[source]
        cause: diesel::result::Error,
    },
    /// The database refused or failed a query.
    #[error("the record store failed a query")]
    Query {
        /// What the driver said.
        #[source]
        cause: diesel::result::Error,
    },
    /// The tables could not be brought up to date.
    #[error("the record store's tables could not be brought up to date")]
    Migration {
        /// What the driver said.
        #[source]
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A stored row does not read back: written by a newer version, or damaged.
    #[error("a stored row of {table} does not read back: {problem}")]
    Damaged {
        /// The table.
        table: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
}

impl RecordError {
    /// What kind of failure it was.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Address { .. } => ErrorKind::Invalid,
            Self::Unreachable { .. } | Self::Busy { .. } | Self::Query { .. } => {
                ErrorKind::Unavailable
            }
            Self::Migration { .. } | Self::Damaged { .. } => ErrorKind::Internal,
        }
    }

    pub(crate) fn unreachable(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Unreachable {
            cause: cause.into(),
        }
    }

    /// Another writer came first; the same work done again will see what it did.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(crate) const fn overtaken() -> Self {
        Self::Busy {
            cause: diesel::result::Error::RollbackTransaction,
        }
    }

    /// Whether another writer came first, so that the same work done again can go well.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(crate) fn is_a_race(&self) -> bool {
        use diesel::result::{DatabaseErrorKind, Error};
        matches!(
            self,
            Self::Busy { .. }
                | Self::Query {
                    cause: Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _),
                }
        )
    }

    pub(crate) const fn damaged(table: &'static str, problem: &'static str) -> Self {
        Self::Damaged { table, problem }
    }
}

impl From<DatabaseError> for RecordError {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::Address { problem } => Self::Address { problem },
            DatabaseError::Unavailable { cause } => Self::unreachable(cause),
            DatabaseError::Migration { cause } => Self::Migration {
                cause: Box::new(cause),
            },
        }
    }
}

impl From<diesel::result::Error> for RecordError {
    fn from(cause: diesel::result::Error) -> Self {
        use diesel::result::{DatabaseErrorKind, Error};
        match &cause {
            Error::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => {
                Self::Busy { cause }
            }
            Error::DatabaseError(_, said)
                if ["database is locked", "deadlock detected"]
                    .iter()
                    .any(|busy| said.message().contains(busy)) =>
            {
                Self::Busy { cause }
            }
            Error::DatabaseError(DatabaseErrorKind::ClosedConnection, _) => {
                Self::unreachable(cause)
            }
            _ => Self::Query { cause },
        }
    }
}

/// Why a delivery was not taken. Nothing of it was kept.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// The text cannot be read as what it should be.
    #[error("{path}: {problem}")]
    Unreadable {
        /// Where in the text: `Bundle.entry[3].resource`.
        path: String,
        /// What is wrong, without repeating the text.
        problem: String,
    },
    /// A reference by search (`Type?identifier=…`) names nothing that is held yet; the delivery
    /// may be taken after the one that brings it.
    #[error("{path} refers to something that has not arrived")]
    Unresolved {
        /// Where in the text.
        path: String,
    },
    /// The same message id came before with another text.
    #[error("this message id was used before for another text")]
    MessageReused,
    /// Taking it would join two people who may not be the same.
    #[error("{path}: {problem}")]
    Identity {
        /// Where in the text.
        path: String,
        /// Which rule it breaks, without the values.
        problem: &'static str,
    },
    /// It says that it is a change of a version that is no longer the current one.
    #[error("{path} changes a version that is not the current one")]
    Superseded {
        /// Where in the text.
        path: String,
    },
    /// Its condition finds more than one resource.
    #[error("{path}: more than one resource fits")]
    MultipleMatches {
        /// Where in the text.
        path: String,
    },
    /// Two entries of one delivery are about the same resource.
    #[error("{path} is about a resource that another entry is about as well")]
    Duplicate {
        /// Where in the text.
        path: String,
    },
    /// It would change, or take the id of, a resource that is another source's.
    #[error("{path} is about a resource of another source")]
    AnothersResource {
        /// Where in the text.
        path: String,
    },
    /// It is about somebody on whom nothing was decided.
    #[error("the delivery is about somebody on whom nothing was decided")]
    NotDecided,
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] RecordError),
}

impl IngestError {
    /// What kind of failure it was.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Unreadable { .. } | Self::Unresolved { .. } => ErrorKind::Invalid,
            Self::MessageReused
            | Self::Identity { .. }
            | Self::Superseded { .. }
            | Self::MultipleMatches { .. }
            | Self::Duplicate { .. }
            | Self::AnothersResource { .. }
            | Self::NotDecided => ErrorKind::Conflict,
            Self::Store(error) => error.kind(),
        }
    }

    /// Whether another writer came first, so that the same work done again can go well.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(crate) fn is_a_race(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_a_race())
    }
}

impl From<crate::PlanError> for IngestError {
    fn from(error: crate::PlanError) -> Self {
        if error.problem == crate::PlanProblem::Twice {
            return Self::Duplicate { path: error.path };
        }
        Self::Unreadable {
            path: error.path,
            problem: error.problem.to_string(),
        }
    }
}

impl From<diesel::result::Error> for IngestError {
    fn from(cause: diesel::result::Error) -> Self {
        Self::Store(cause.into())
    }
}
