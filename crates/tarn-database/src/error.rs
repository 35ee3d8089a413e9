use std::sync::Arc;

/// Why a database could not be used. No message holds anything of what is stored, nor the
/// address, which may hold a password.
#[derive(Debug, Clone, thiserror::Error)]
pub enum DatabaseError {
    /// The address is neither `sqlite:PATH` nor `postgres://…`, or its backend is not built in.
    #[error("the database address is not one that this build can open: {problem}")]
    Address {
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The database did not answer in time, refused, or could not be written to.
    #[error("the database can't be reached or written to")]
    Unavailable {
        /// What the driver said.
        #[source]
        cause: Arc<dyn std::error::Error + Send + Sync>,
    },
    /// A migration failed. Those before it stay.
    #[error("the tables could not be brought up to date")]
    Migration {
        /// What the driver said.
        #[source]
        cause: Arc<dyn std::error::Error + Send + Sync>,
    },
}

impl DatabaseError {
    /// The database is unavailable because of `cause`.
    pub fn unavailable(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Unavailable {
            cause: Arc::from(cause.into()),
        }
    }
}

impl From<diesel::result::Error> for DatabaseError {
    fn from(cause: diesel::result::Error) -> Self {
        Self::unavailable(cause)
    }
}
