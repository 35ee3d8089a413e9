#![doc = include_str!("../README.md")]

mod canonical;
mod entry;
mod error;
mod export;
mod log;
mod rows;
mod verify;
mod writer;

pub use entry::{Action, Entry, Event, Outcome, Receipt, Window};
pub use error::{AuditError, Breach};
pub use log::AuditLog;
pub use verify::Verified;
