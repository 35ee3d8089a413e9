//! Access tokens that other software brings to an API.

mod cache;
mod config;
mod error;
mod keys;
mod ring_backend;
mod token;
mod validator;

pub use config::{BearerAlgorithm, BearerConfig, BearerIssuer, SystemClient, UnknownAlgorithm};
pub use error::{BearerError, BearerFault, Challenge, ChallengeError, NeededScope};
pub use validator::{AccessGrant, BearerValidator};
