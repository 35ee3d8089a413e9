#![doc = include_str!("../README.md")]

mod bundle;
mod delivery;
mod error;
mod feed;
mod line;
mod merge;
mod person;
mod project;
mod search_row;
mod selection;
mod source;
mod store;

pub use bundle::{
    Action, PersonKeys, Plan, PlanError, PlanProblem, PlannedEntry, PlannedReference, Replacement,
    Rewrite, Rewritten, SpliceError, Subject, Target, plan, rewrite, undo,
};
pub use delivery::{Admission, Counts, Delivery, Receipt, StoredResource, Subjects, Tally};
pub use error::{IngestError, RecordError};
pub use feed::{Fetched, RecordSource, SourceError, StoredRecords};
pub use line::{Code, Detail, Line, Polarity, When};
pub use merge::{KeptApart, Merge, MergeCause, MergeError};
pub use person::{Demographics, Evidence, PersonQuery, Registration, Relationship};
pub use project::{Directory, Origin, Projection, labels, letter_words, project};
pub use search_row::{EntryAction, EntryOutcome, SearchRow};
pub use selection::Selection;
pub use source::{Connection, Source, SourceState};
pub use store::{Answer, RecordStore};
