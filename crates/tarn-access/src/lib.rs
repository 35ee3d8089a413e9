#![doc = include_str!("../README.md")]

mod content;
mod disclosed;
mod ledger;

pub use content::{
    AccessLog, Ask, Candidate, CitedClause, Document, LogEntry, Opening, PersonRecord, Preview,
};
pub use disclosed::{AuditTicket, Disclosed};
pub use ledger::{Cell, Ledger, LedgerCell, SourceStanding};
// The words of the record that pages draw. `RecordSource` is here for adapters to implement.
pub use tarn_record::{
    Code, Connection, Demographics, Detail, Line, PersonQuery, Polarity, Source, SourceState, When,
};
