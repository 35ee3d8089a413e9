//! The one place where Tarn asks the system for the time and for randomness.

use rand_core::{OsRng, RngCore};
use tarn_model::{Clock, Entropy, Timestamp};

/// The system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "every other crate takes the time from here"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::from_utc(chrono::DateTime::from(std::time::SystemTime::now()))
    }
}

/// The operating system's randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        OsRng.fill_bytes(bytes);
    }
}
