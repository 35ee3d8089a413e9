use crate::values::{Values, ValuesError};

/// One resource as a search sees it.
#[derive(Debug, Clone)]
pub struct Row {
    /// Logical id.
    pub id: String,
    /// When this version was stored, in microseconds since 1970 UTC.
    pub updated_at_micros: i64,
    /// Its values.
    pub values: Values,
}

/// The resources that the asker may see. A search finds nothing outside of them, in no way: not
/// as a match, not through a chain, not by an order and not in a count.
pub trait Rows {
    /// The rows of one type, in any order.
    fn of_type(&self, resource_type: &str) -> &[Row];

    /// Whether two Patient ids stand for the same person. Each organisation that contributes to a
    /// record has its own Patient resource of the same person, and `patient=` means the person.
    fn same_person(&self, a: &str, b: &str) -> bool {
        a == b
    }
}

/// Where the next page goes on: behind a row, whether or not that row is still there.
///
/// It holds values that the search sorts by, which may be personal data: it is not for an address
/// or a log as it stands.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Cursor {
    /// The sort keys of the last match of the page before, then its id.
    pub after: Vec<String>,
}

/// What a search found: names of resources, by type and id.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hits {
    /// The matches of this page, in order.
    pub matches: Vec<(String, String)>,
    /// Resources included because a match names them or is named by them, by type and id; none
    /// twice, and none that is a match of this page.
    pub included: Vec<(String, String)>,
    /// Whether there would have been more to include than [`crate::MOST_INCLUDED`].
    pub included_cut: bool,
    /// How many match in all, when that was asked for.
    pub total: Option<usize>,
    /// Where the next page goes on, if there is one.
    pub next: Option<Cursor>,
}

/// Why a search that was understood has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RunError {
    /// The rows have to be built anew.
    #[error(transparent)]
    Values(#[from] ValuesError),
    /// The cursor is not one of this search.
    #[error("the page is not one of this search")]
    Cursor,
}
