//! Every query of the store. This folder is compiled once for each backend, with that backend's
//! `Connection`: one text serves both, and the compiler checks it against both.

/// Does a piece of work, and does it again as long as another writer comes first.
macro_rules! until_not_overtaken {
    ($work:expr) => {{
        let mut attempt = 1;
        loop {
            match $work {
                Err(error) if attempt < super::ATTEMPTS && error.is_a_race() => attempt += 1,
                done => break done,
            }
        }
    }};
}

pub(in crate::store) mod apart;
pub(in crate::store) mod counts;
pub(in crate::store) mod ingest;
pub(in crate::store) mod lines;
pub(in crate::store) mod merge;
pub(in crate::store) mod outward;
pub(in crate::store) mod people;
pub(in crate::store) mod reading;
pub(in crate::store) mod rebuild;
pub(in crate::store) mod resources;
pub(in crate::store) mod search;
pub(in crate::store) mod sources;
pub(in crate::store) mod versions;
mod view;

use super::Connection;

/// How often work is tried when another writer came first.
const ATTEMPTS: usize = 8;

/// Rows of one statement: the widest row has 22 columns and SQLite binds at most 32,766 values.
const ROWS_AT_ONCE: usize = 1_000;

/// Values of one `IN (…)`.
const VALUES_AT_ONCE: usize = 5_000;

/// Cuts owned rows into pieces of at most [`ROWS_AT_ONCE`].
fn pieces<T>(rows: Vec<T>) -> impl Iterator<Item = Vec<T>> {
    let mut rows = rows.into_iter();
    std::iter::from_fn(move || {
        let piece: Vec<T> = rows.by_ref().take(ROWS_AT_ONCE).collect();
        (!piece.is_empty()).then_some(piece)
    })
}
