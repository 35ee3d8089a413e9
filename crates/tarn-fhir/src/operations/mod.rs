//! The operations, one file each.

pub(crate) mod everything;
pub(crate) mod matching;
pub(crate) mod parameters;
mod sections;
pub(crate) mod summary;
