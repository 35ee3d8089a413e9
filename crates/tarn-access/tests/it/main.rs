//! The door, over real stores: what it gives out, what it refuses, what it writes down.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod alerts;
mod former;
mod harrowmere;
mod logged;
mod merged;
mod missing;
mod moved;
mod own;
mod protected;
mod resources;
mod search;
mod sources;
mod who;

/// Forgetting to ask or to log does not compile.
#[test]
fn the_door_cannot_be_walked_round() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/door_shut/*.rs");
}
