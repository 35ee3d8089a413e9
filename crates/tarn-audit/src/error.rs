use std::sync::Arc;

#[cfg(feature = "store")]
use tarn_database::DatabaseError;
use tarn_model::ErrorKind;

/// What the audit log could not do. No message holds anything about a person.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The address is neither `sqlite:PATH` nor `postgres://…`, or its backend is not built in.
    #[error("the audit database address is not one that this build can open")]
    Address,
    /// The database did not answer, or the log's table is missing or cannot be written to.
    ///
    /// Nothing was written. Whoever meant to show something must not show it.
    #[error("the audit log can't be reached or written to")]
    Unavailable {
        /// What the driver said.
        #[source]
        cause: Arc<dyn std::error::Error + Send + Sync>,
    },
    /// The log is not what was written.
    #[error("the audit log is broken at event {sequence}: {breach}")]
    Broken {
        /// The first event that is wrong, missing or misplaced.
        sequence: i64,
        /// What is wrong with it.
        breach: Breach,
    },
    /// The entry could not be put into its canonical form.
    #[error("the entry can't be written as JSON")]
    Form {
        /// What the serialiser said.
        #[source]
        cause: serde_json::Error,
    },
}

/// How a log shows that it is not what was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Breach {
    /// An event is missing, or two have changed places.
    #[error("the event expected here is missing")]
    Missing,
    /// The event's text or salt is not what was committed to.
    #[error("its content was changed")]
    Changed,
    /// The event does not follow the one before it.
    #[error("it does not follow the event before it")]
    Unchained,
    /// The columns beside the event's text say something else than the text.
    #[error("its columns and its text differ")]
    Mislabelled,
    /// The events about one person have a gap or are out of order.
    #[error("it does not follow the person's previous event")]
    PersonGap,
    /// The event says that the privacy officer is told of it and its alert is not there, or there
    /// is an alert that the event does not speak of.
    #[error("its alert to the privacy officer is missing, or is not its own")]
    Unreported,
    /// The log ends elsewhere than its head says.
    #[error("the log ends elsewhere than its head says")]
    Cut,
}

impl AuditError {
    /// What kind of failure it is.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Unavailable { .. } => ErrorKind::Unavailable,
            Self::Address | Self::Form { .. } => ErrorKind::Invalid,
            Self::Broken { .. } => ErrorKind::Internal,
        }
    }

    #[cfg(feature = "store")]
    pub(crate) fn unavailable(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Unavailable {
            cause: Arc::from(cause.into()),
        }
    }
}

#[cfg(feature = "store")]
impl From<DatabaseError> for AuditError {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::Address { .. } => Self::Address,
            DatabaseError::Unavailable { cause } | DatabaseError::Migration { cause } => {
                Self::Unavailable { cause }
            }
        }
    }
}

#[cfg(feature = "store")]
impl From<diesel::result::Error> for AuditError {
    fn from(cause: diesel::result::Error) -> Self {
        Self::unavailable(cause)
    }
}
