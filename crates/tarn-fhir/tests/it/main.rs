//! The interface over real stores and the real door: what it answers, to whom, on both backends.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod bulk;
mod callers;
mod capability;
mod contents;
mod leaks;
mod operations;
mod parameters;
mod reading;
mod searching;
mod world;
mod writing;
