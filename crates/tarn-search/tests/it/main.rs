//! What a search finds, from the outside.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests are tests too"
)]

#[path = "../../examples/choose_parameters/choice.rs"]
mod choice;
mod comparing;
mod matching;
mod oracle;
mod parameters;
mod refused;
mod running;
mod shared_data;
mod understood;
mod ward;
