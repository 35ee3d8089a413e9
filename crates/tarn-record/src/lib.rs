#![doc = include_str!("../README.md")]

mod line;
mod person;
mod source;

pub use line::{Code, Detail, Line, Polarity, When};
pub use person::{Demographics, Evidence, PersonQuery, Relationship};
pub use source::{Connection, Source, SourceState};
