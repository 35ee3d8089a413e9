//! Who a server is known to hold.

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

/// A person that the server is known to hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Known {
    /// NHS number.
    pub(crate) nhs_number: String,
    /// Family name.
    pub(crate) family: String,
    /// `1938-04-02`.
    pub(crate) birth_date: String,
    /// The server's id of the Patient.
    pub(crate) patient: String,
    /// The server's id of one Observation; none of somebody of whom only a Patient was sent.
    pub(crate) observation: Option<String>,
}

/// A known person, another one each turn, in no order that a cache could follow.
///
/// # Errors
/// If nobody is known.
pub(crate) fn somebody<T>(known: &[T], turn: u64) -> anyhow::Result<&T> {
    let mixed = turn
        .wrapping_add(1)
        .wrapping_mul(0x9E37_79B9_7F4A_7C15)
        .rotate_left(29)
        .wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let at = usize::try_from(mixed % (known.len().max(1) as u64))?;
    known.get(at).context("nobody is known")
}
