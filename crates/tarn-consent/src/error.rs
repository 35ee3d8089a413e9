use tarn_database::DatabaseError;
use tarn_model::ErrorKind;

/// What the choice register could not do. No message holds anything about a person.
#[derive(Debug, thiserror::Error)]
pub enum ConsentError {
    /// The register's database did not answer or could not be written to. Whoever meant to show
    /// something must not show it.
    #[error("the choice register can't be reached or written to")]
    Unavailable {
        /// What the database said.
        #[source]
        cause: DatabaseError,
    },
    /// Another choice of the same person was recorded at the same moment; nothing was written.
    #[error("another choice was recorded at the same moment")]
    Conflict,
    /// A stored directive cannot be read. Choices that cannot be read are not guessed.
    #[error("the stored directive {sequence} can't be read: {problem}")]
    Unreadable {
        /// Which of the person's directives.
        sequence: i64,
        /// What is wrong with it.
        problem: &'static str,
    },
}

impl ConsentError {
    /// What kind of failure it is.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Unavailable { .. } | Self::Unreadable { .. } => ErrorKind::Unavailable,
            Self::Conflict => ErrorKind::Conflict,
        }
    }
}

impl From<DatabaseError> for ConsentError {
    fn from(cause: DatabaseError) -> Self {
        Self::Unavailable { cause }
    }
}

impl From<diesel::result::Error> for ConsentError {
    fn from(error: diesel::result::Error) -> Self {
        use diesel::result::{DatabaseErrorKind, Error};
        match error {
            Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => Self::Conflict,
            other => Self::Unavailable {
                cause: DatabaseError::unavailable(other),
            },
        }
    }
}
