use tarn_model::{HeadingSet, LabelSet, OdsCode, Timestamp};

/// What may be read of a person's record: a predicate that goes into the query itself, so that
/// what is out of it never leaves the database.
///
/// The default selects nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selection {
    /// The headings that may be read of each source; a source that is not named is not read.
    pub sources: Vec<(OdsCode, HeadingSet)>,
    /// Labels that may be seen: an entry with a label outside this set is not read.
    pub cleared: LabelSet,
    /// Only entries that Tarn received at or after this time.
    pub since: Option<Timestamp>,
}

impl Selection {
    /// Every heading of these sources, whatever its labels: for the operator's own commands
    /// (export, verify), never for a page.
    #[must_use]
    pub fn everything_of(sources: impl IntoIterator<Item = OdsCode>) -> Self {
        Self {
            sources: sources
                .into_iter()
                .map(|source| (source, HeadingSet::all()))
                .collect(),
            cleared: LabelSet::all(),
            since: None,
        }
    }

    /// The same, whenever it was received.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(crate) fn anytime(&self) -> Self {
        Self {
            since: None,
            ..self.clone()
        }
    }

    /// Whether nothing can be in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sources.iter().all(|(_, headings)| headings.is_empty())
    }
}
