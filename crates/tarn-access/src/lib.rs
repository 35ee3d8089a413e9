#![doc = include_str!("../README.md")]

mod content;
mod disclosed;
mod document;
mod door;
mod error;
mod fetch;
mod find;
mod inside;
mod ledger;
mod location;
mod open;
mod own;
mod refusal;
mod relationship;
mod scope;

pub use content::{
    AccessLog, Ask, Candidate, Choices, CitedClause, Document, LogEntry, Opening, PersonRecord,
    Preview,
};
pub use disclosed::{AuditTicket, Disclosed};
pub use door::{Door, DoorParts};
pub use error::{AccessError, Missing};
pub use ledger::{Cell, Ledger, LedgerCell, SourceStanding};
// What a person chose, as the register keeps it.
pub use tarn_consent::Directive;
// The words of the record that pages draw. `RecordSource` is here for adapters to implement.
pub use tarn_record::{
    Code, Connection, Demographics, Detail, Fetched, Line, PersonQuery, Polarity, RecordSource,
    Selection, Source, SourceError, SourceState, When,
};
