#![doc = include_str!("../README.md")]

mod asked;
mod chosen;
mod codec;
mod condition;
mod decimal;
mod error;
mod expression;
mod extract;
#[doc(hidden)]
pub mod fixtures;
mod fold;
mod include;
mod key;
mod parse;
mod path;
pub mod registry;
mod rows;
mod run;
mod search;
mod sort;
mod span;
mod stored;
mod take;
mod value;
mod values;

pub use condition::Filter;
pub use error::SearchError;
pub use extract::extract;
pub use include::MOST_INCLUDED;
pub use parse::{LONGEST_VALUE, MOST_ALTERNATIVES, MOST_PARAMETERS, MOST_SORTS};
pub use rows::{Cursor, Hits, Row, Rows, RunError};
pub use search::{Anchor, Handling, PatientKey, Search, Summary, Total};
pub use sort::LONGEST_SORT_KEY;
pub use values::{Values, ValuesError};
