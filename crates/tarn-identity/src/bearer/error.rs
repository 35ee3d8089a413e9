use std::fmt;

use tarn_model::ErrorKind;

use crate::{Interaction, Refusal, ScopeLevel};

/// Why a request's access token does not open what was asked for.
///
/// No text holds a claim's value, a token or a part of one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BearerError {
    /// The request brought no token.
    #[error("no access token")]
    Missing,
    /// The `Authorization` header is not `Bearer` and one token.
    #[error("the Authorization header is not well-formed")]
    Header,
    /// The token is not valid here.
    #[error("the access token is refused: {fault}")]
    Token {
        /// Which check it failed.
        fault: BearerFault,
    },
    /// The token is valid and does not cover what was asked for.
    #[error("the access token does not cover this")]
    Scope {
        /// What would have been needed.
        needed: NeededScope,
    },
    /// The issuer's keys cannot be had, so nothing can be said of the token.
    #[error("the issuer of access tokens can't be reached")]
    Unavailable,
}

/// Which check an access token failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BearerFault {
    /// It has more than 8 KiB.
    #[error("too long")]
    Size,
    /// It is not three parts of base64url JSON, or says something twice.
    #[error("not a token")]
    Form,
    /// Its header has a member that is not taken: `jku`, `jwk`, `x5u`, `crit`, …
    #[error("a header that is not taken")]
    HeaderMember,
    /// Its header does not say that it is an access token.
    #[error("not an access token")]
    Type,
    /// Its algorithm is not one of those configured.
    #[error("algorithm not allowed")]
    Algorithm,
    /// It is from nobody who may issue tokens here.
    #[error("wrong issuer")]
    Issuer,
    /// The issuer has no such key for this algorithm.
    #[error("unknown key")]
    Key,
    /// The signature is not the issuer's.
    #[error("wrong signature")]
    Signature,
    /// It is for another API, or for several.
    #[error("wrong audience")]
    Audience,
    /// Its time is over.
    #[error("expired")]
    Expired,
    /// Its time has not come.
    #[error("not valid yet")]
    NotYet,
    /// It says to be issued in the future, or is good for longer than is taken.
    #[error("issued at the wrong time or for too long")]
    IssuedAt,
    /// It is one of the issuer's other tokens: an ID token, a refresh token, a logout token.
    #[error("another kind of token")]
    OtherKind,
    /// It is bound to a key or to another party, or narrowed in a way that is not understood
    /// here.
    #[error("bound or narrowed by the claim `{claim}`")]
    Bound {
        /// Which claim says so.
        claim: &'static str,
    },
    /// A claim that every access token has is missing or not of the right form.
    #[error("the claim `{claim}` is missing or wrong")]
    Claim {
        /// Which one.
        claim: &'static str,
    },
    /// It is a system's own token, and the system is not registered here.
    #[error("a system that is not registered")]
    UnknownSystem,
    /// The claims do not describe somebody who may act.
    #[error("the claims are not enough: {reason}")]
    Actor {
        /// Why, as at sign-in.
        reason: Refusal,
    },
}

/// A scope by which a request would have been covered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeededScope {
    /// The token's level.
    pub level: ScopeLevel,
    /// The resource type that was asked for.
    pub resource_type: String,
    /// What was to be done.
    pub interaction: Interaction,
}

/// What a reply says in `WWW-Authenticate` (RFC 6750 §3). It holds nothing of the request but
/// the scope that it would have needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    /// The status to answer with: 400, 401 or 403.
    pub status: u16,
    /// The error word; none if the request brought no token at all.
    pub error: Option<ChallengeError>,
    /// What is wrong, for the client's developer.
    pub description: Option<&'static str>,
    /// The scope that is needed.
    pub scope: Option<NeededScope>,
}

/// The error words of RFC 6750 §3.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChallengeError {
    /// `invalid_request`, 400.
    InvalidRequest,
    /// `invalid_token`, 401.
    InvalidToken,
    /// `insufficient_scope`, 403.
    InsufficientScope,
}

impl BearerError {
    /// What kind of failure it is. A reply's status comes from [`BearerError::challenge`] where
    /// there is one: no kind stands for 401.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Header => ErrorKind::Invalid,
            Self::Missing | Self::Token { .. } | Self::Scope { .. } => ErrorKind::Denied,
            Self::Unavailable => ErrorKind::Unavailable,
        }
    }

    /// What to tell the client; `None` if it is not the client's doing.
    #[must_use]
    pub fn challenge(&self) -> Option<Challenge> {
        let challenge = |status, error, description| Challenge {
            status,
            error,
            description,
            scope: None,
        };
        match self {
            Self::Missing => Some(challenge(401, None, None)),
            Self::Header => Some(challenge(
                400,
                Some(ChallengeError::InvalidRequest),
                Some("the Authorization header is not well-formed"),
            )),
            Self::Token { fault } => Some(challenge(
                401,
                Some(ChallengeError::InvalidToken),
                Some(fault.description()),
            )),
            Self::Scope { needed } => Some(Challenge {
                scope: Some(needed.clone()),
                ..challenge(403, Some(ChallengeError::InsufficientScope), None)
            }),
            Self::Unavailable => None,
        }
    }
}

impl BearerFault {
    /// The same as the error's text, without what only operators need.
    const fn description(&self) -> &'static str {
        match self {
            Self::Size => "the token is too long",
            Self::Form => "not a token",
            Self::HeaderMember => "the token has a header that is not taken",
            Self::Type => "not an access token",
            Self::Algorithm => "the token's algorithm is not allowed",
            Self::Issuer => "the token is from another issuer",
            Self::Key => "the token's key is not known",
            Self::Signature => "the token's signature is wrong",
            Self::Audience => "the token is for another audience",
            Self::Expired => "the token has expired",
            Self::NotYet => "the token is not valid yet",
            Self::IssuedAt => "the token was issued at the wrong time or for too long",
            Self::OtherKind => "another kind of token",
            Self::Bound { .. } => "the token is bound or narrowed in a way that is not supported",
            Self::Claim { .. } => "a claim is missing or wrong",
            Self::UnknownSystem => "the client is not registered here",
            Self::Actor { .. } => "the token's claims do not say enough about the user",
        }
    }
}

impl ChallengeError {
    /// The word itself.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidToken => "invalid_token",
            Self::InsufficientScope => "insufficient_scope",
        }
    }
}

/// The header's value: `Bearer realm="tarn", error="invalid_token", …`.
impl fmt::Display for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bearer realm=\"tarn\"")?;
        if let Some(error) = self.error {
            write!(f, ", error=\"{}\"", error.word())?;
        }
        if let Some(description) = self.description {
            write!(f, ", error_description=\"{description}\"")?;
        }
        if let Some(scope) = &self.scope {
            write!(f, ", scope=\"{scope}\"")?;
        }
        Ok(())
    }
}

/// `user/Observation.r`; a type that is no resource's name is printed as `*`, so that nothing a
/// client made up comes back in a header.
impl fmt::Display for NeededScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (level, letter) = (self.level.word(), self.interaction.letter());
        let name = self.resource_type.as_str();
        let name = if crate::scope::is_type_name(name) {
            name
        } else {
            "*"
        };
        write!(f, "{level}/{name}.{letter}")
    }
}

impl From<BearerFault> for BearerError {
    fn from(fault: BearerFault) -> Self {
        Self::Token { fault }
    }
}
