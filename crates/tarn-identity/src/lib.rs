#![doc = include_str!("../README.md")]

mod claims;
mod config;
mod demo;
mod error;
mod http_client;
mod key;
mod provider;
mod relying_party;
mod rows;
mod secret;
mod session;

pub use config::{ClaimNames, ClientAuth, Profile, RelyingPartyConfig};
pub use demo::{
    AuthorizeError, AuthorizeParams, DemoClient, DemoClientAuth, DemoParts, DemoProvider,
    OAuthError, PendingAuthorize, Persona, TokenForm,
};
pub use error::{IdentityError, Refusal, TokenFault};
pub use http_client::{HttpClient, HttpFailure};
pub use key::{Algorithm, PublicKey, SigningKey};
pub use relying_party::{Callback, LoginAttempt, LogoutNotice, RelyingParty, SignedIn};
pub use secret::Secret;
pub use session::{Session, SessionLimits, SessionStore};
