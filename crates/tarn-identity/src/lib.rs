#![doc = include_str!("../README.md")]

mod bearer;
mod claims;
mod config;
mod demo;
mod error;
mod http_client;
mod key;
mod provider;
mod relying_party;
#[cfg_attr(
    not(any(feature = "sqlite", feature = "postgres")),
    expect(unused, reason = "a build without a backend keeps no sessions")
)]
mod rows;
mod scope;
mod secret;
#[cfg_attr(
    not(any(feature = "sqlite", feature = "postgres")),
    expect(unused, reason = "a build without a backend keeps no sessions")
)]
mod session;

pub use bearer::{
    AccessGrant, BearerAlgorithm, BearerConfig, BearerError, BearerFault, BearerIssuer,
    BearerValidator, Challenge, ChallengeError, NeededScope, SystemClient, UnknownAlgorithm,
};
pub use config::{ClaimNames, ClientAuth, Profile, RelyingPartyConfig};
pub use demo::{
    AuthorizeError, AuthorizeParams, DemoClient, DemoClientAuth, DemoParts, DemoProvider,
    OAuthError, PendingAuthorize, Persona, TokenForm,
};
pub use error::{IdentityError, Refusal, TokenFault};
pub use http_client::{HttpClient, HttpFailure};
pub use key::{Algorithm, PublicKey, SigningKey};
pub use relying_party::{Callback, LoginAttempt, LogoutNotice, RelyingParty, SignedIn};
pub use scope::{
    Interaction, Permission, Restriction, ScopeError, ScopeLevel, ScopeSet, SessionScope,
};
pub use secret::Secret;
pub use session::{Session, SessionLimits, SessionStore};
