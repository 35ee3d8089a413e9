//! Resources instead of lines: what the FHIR interface reads and writes through the door.

mod admit;
mod anchor;
mod contribute;
mod directory;
mod everything;
mod export;
mod history;
mod matching;
mod narrowing;
mod outward;
mod protected;
mod read;
mod rows;
pub(crate) mod score;
mod search;
mod text;
mod writer;

pub(crate) use directory::is_nobodys;

/// Most people that one search may be about, and most candidates of a match: as in a search on
/// the pages. A search that fits more is too wide to tell anybody apart.
const MOST_PEOPLE: usize = 10;
