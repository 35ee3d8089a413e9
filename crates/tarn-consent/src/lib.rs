#![doc = include_str!("../README.md")]

mod choices;
mod directive;
#[cfg(feature = "store")]
mod error;
#[cfg(feature = "store")]
mod register;
#[cfg(feature = "store")]
mod rows;

pub use choices::Choices;
pub use directive::{Channel, Decision, Directive, Kind, NewDirective, RecordedBy, Scope};
#[cfg(feature = "store")]
pub use error::ConsentError;
#[cfg(feature = "store")]
pub use register::ChoiceRegister;
