use std::sync::Arc;

use tarn_database::DatabaseError;
use tarn_model::ErrorKind;

/// What sign-in or the session store could not do.
///
/// No message holds a name, an NHS number, a token or a claim's value.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The address is neither `sqlite:PATH` nor `postgres://…`, or its backend is not built in.
    #[error("the identity database address is not one that this build can open")]
    Address,
    /// The session store did not answer.
    #[error("the session store can't be reached")]
    Unavailable {
        /// What the driver said.
        #[source]
        cause: Arc<dyn std::error::Error + Send + Sync>,
    },
    /// The identity provider did not answer, or not as OpenID Connect says.
    #[error("the identity provider can't be reached: {step}")]
    Provider {
        /// Which request failed.
        step: &'static str,
    },
    /// The configuration cannot be right.
    #[error("the sign-in configuration is not right: {problem}")]
    Configuration {
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A key could not be read.
    #[error("the key can't be read: {problem}")]
    Key {
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The sign-in was refused.
    #[error("sign-in refused: {reason}")]
    Refused {
        /// Why.
        reason: Refusal,
    },
}

/// Why a sign-in was refused. Each text can be shown to the person who tried.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The attempt is unknown, was used before, or is older than ten minutes.
    #[error("this sign-in was started too long ago, or has been used already")]
    UnknownAttempt,
    /// The state that came back is not the one that was sent.
    #[error("the answer does not belong to this sign-in")]
    State,
    /// Another provider than the one that was asked answered (RFC 9207).
    #[error("the answer came from another identity provider")]
    Issuer,
    /// The provider answered with an error.
    #[error("the identity provider answered `{word}`")]
    ProviderSaid {
        /// The provider's error word, if it is one that OpenID Connect knows; else `error`.
        word: &'static str,
    },
    /// The provider sent no code.
    #[error("the identity provider sent no code")]
    NoCode,
    /// The provider did not accept the code.
    #[error("the identity provider did not accept the code")]
    Code,
    /// The ID token is not valid.
    #[error("the ID token is not valid: {fault}")]
    IdToken {
        /// Which check it failed.
        fault: TokenFault,
    },
    /// The user information is about someone else than the ID token.
    #[error("the user information is about someone else")]
    OtherSubject,
    /// The provider was less sure of the person than was asked for.
    #[error("the identity was not proven strongly enough")]
    TooWeak,
    /// A claim that the profile needs is missing or not of the right form.
    #[error("the identity provider did not say the {claim}")]
    MissingClaim {
        /// What is missing, in words: "role", "organisation", "user id", "name".
        claim: &'static str,
    },
    /// The role is not one that Tarn has rules for.
    #[error("this role has no rules here")]
    UnknownRole,
    /// No role was chosen, or the chosen one is not among the user's.
    #[error("no role was chosen")]
    NoRoleChosen,
}

/// Which check a token failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenFault {
    /// Its time is over.
    #[error("expired")]
    Expired,
    /// It claims to be issued in the future, or too long ago.
    #[error("issued at the wrong time")]
    IssuedAt,
    /// It is for somebody else.
    #[error("wrong audience")]
    Audience,
    /// It is from somebody else.
    #[error("wrong issuer")]
    Issuer,
    /// It belongs to another sign-in.
    #[error("wrong nonce")]
    Nonce,
    /// Its algorithm is not one of those that the profile allows.
    #[error("algorithm not allowed")]
    Algorithm,
    /// The signature is not the provider's.
    #[error("wrong signature")]
    Signature,
    /// It is missing, or not a token.
    #[error("not a token")]
    Form,
}

impl IdentityError {
    /// What kind of failure it is.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Unavailable { .. } | Self::Provider { .. } => ErrorKind::Unavailable,
            Self::Address | Self::Configuration { .. } | Self::Key { .. } => ErrorKind::Invalid,
            Self::Refused { reason } => match reason {
                Refusal::UnknownAttempt
                | Refusal::State
                | Refusal::Issuer
                | Refusal::NoCode
                | Refusal::Code => ErrorKind::Invalid,
                Refusal::ProviderSaid { .. }
                | Refusal::IdToken { .. }
                | Refusal::OtherSubject
                | Refusal::TooWeak
                | Refusal::MissingClaim { .. }
                | Refusal::UnknownRole
                | Refusal::NoRoleChosen => ErrorKind::Denied,
            },
        }
    }

    pub(crate) fn unavailable(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Unavailable {
            cause: Arc::from(cause.into()),
        }
    }
}

impl From<DatabaseError> for IdentityError {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::Address { .. } => Self::Address,
            DatabaseError::Unavailable { cause } | DatabaseError::Migration { cause } => {
                Self::Unavailable { cause }
            }
        }
    }
}

impl From<diesel::result::Error> for IdentityError {
    fn from(cause: diesel::result::Error) -> Self {
        Self::unavailable(cause)
    }
}

impl From<Refusal> for IdentityError {
    fn from(reason: Refusal) -> Self {
        Self::Refused { reason }
    }
}

impl From<TokenFault> for IdentityError {
    fn from(fault: TokenFault) -> Self {
        Refusal::IdToken { fault }.into()
    }
}
