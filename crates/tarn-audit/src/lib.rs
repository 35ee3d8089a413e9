#![doc = include_str!("../README.md")]

mod alert;
#[cfg(feature = "store")]
mod canonical;
mod entry;
mod error;
mod export;
#[cfg(feature = "store")]
mod log;
#[cfg(feature = "store")]
mod rows;
#[cfg(feature = "store")]
mod verify;
#[cfg(feature = "store")]
mod writer;

pub use alert::{Acknowledgement, Alert, AlertWindow};
pub use entry::{Action, AlertKind, Entry, Event, Outcome, Receipt, Window};
pub use error::{AuditError, Breach};
#[cfg(feature = "store")]
pub use log::AuditLog;
#[cfg(feature = "store")]
pub use verify::Verified;
