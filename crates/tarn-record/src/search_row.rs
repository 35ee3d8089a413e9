use tarn_model::{HeadingSet, LabelSet, OdsCode};
use tarn_search::Row;

use crate::StoredResource;

/// A current resource as a search sees it: without its body.
#[derive(Debug, Clone)]
pub struct SearchRow {
    /// FHIR type.
    pub resource_type: String,
    /// The organisation that sent it.
    pub source: OdsCode,
    /// The headings of all its lines.
    pub headings: HeadingSet,
    /// Its labels, those of its lines among them.
    pub labels: LabelSet,
    /// Id, time and values.
    pub row: Row,
}

/// What a delivery did with one of its entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryAction {
    /// Not held before.
    Created,
    /// A new version.
    Updated,
    /// Nothing was to be done.
    Unchanged,
    /// Taken back.
    Deleted,
}

/// What became of one entry of a delivery.
#[derive(Debug, Clone)]
pub struct EntryOutcome {
    /// Where it stood in the Bundle: its index in `Bundle.entry`.
    pub index: usize,
    /// What was done.
    pub action: EntryAction,
    /// The version that is current now.
    pub resource: StoredResource,
}
