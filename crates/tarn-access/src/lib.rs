#![doc = include_str!("../README.md")]

mod alerts;
mod composition;
mod content;
mod disclosed;
mod document;
mod door;
mod door_fhir;
mod error;
mod fetch;
mod find;
mod inside;
mod ledger;
mod location;
mod open;
mod own;
mod refusal;
mod registration;
mod relationship;
mod resource;
mod resources;
mod scope;

pub use content::{
    AccessLog, Acknowledgement, Alert, Alerts, Ask, Candidate, Choices, CitedClause, Document,
    LogEntry, Opening, PersonRecord, Preview,
};
pub use disclosed::{AuditTicket, Disclosed};
pub use door::{Answer, Door, DoorParts};
pub use error::{AccessError, Missing, Rejection};
pub use ledger::{Cell, Ledger, LedgerCell, SourceStanding};
pub use resource::{
    Contributed, Everything, ExportAsk, ExportPage, ExportedPart, Found, MatchQuery, Narrowing,
    PageOf, Resource, Scored, Versions, WriteOutcome, Written,
};
// Why the privacy officer is told of a look.
pub use tarn_audit::AlertKind;
// What a person chose, as the register keeps it.
pub use tarn_consent::Directive;
// The words of the record that pages draw. `RecordSource` is here for adapters to implement.
pub use tarn_record::{
    Code, Connection, Demographics, Detail, Fetched, Line, PersonQuery, Polarity, RecordSource,
    Selection, Source, SourceError, SourceState, When,
};
