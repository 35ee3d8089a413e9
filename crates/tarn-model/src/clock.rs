use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};

use uuid::Uuid;

use crate::{PersonId, Timestamp};

/// Where the time comes from. Domain code is given one and never asks the system.
pub trait Clock: Send + Sync {
    /// The time now, in UTC, to the microsecond.
    fn now(&self) -> Timestamp;
}

/// Where randomness comes from. Domain code is given one and never asks the system.
pub trait Entropy: Send + Sync {
    /// Fills `bytes` with random bytes.
    fn fill(&self, bytes: &mut [u8]);
}

/// A clock that always says the same time; for tests and for deterministic generation.
#[derive(Debug, Clone, Copy)]
pub struct FixedClock(pub Timestamp);

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// A clock that a test moves by hand.
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// A clock standing at `at`.
    #[must_use]
    pub fn new(at: Timestamp) -> Self {
        Self(AtomicI64::new(at.as_micros()))
    }

    /// Moves the clock forward by whole seconds (back, when negative).
    pub fn advance_seconds(&self, seconds: i64) {
        self.0
            .fetch_add(seconds.saturating_mul(1_000_000), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}

/// Repeatable randomness from a seed (SplitMix64); for tests and synthetic data, never for
/// secrets.
#[derive(Debug)]
pub struct SeededEntropy(Mutex<u64>);

impl SeededEntropy {
    /// The same seed gives the same bytes.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(seed))
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        let mut state = self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        for chunk in bytes.chunks_mut(8) {
            *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut z = *state;
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            for (to, from) in chunk.iter_mut().zip((z ^ (z >> 31)).to_le_bytes()) {
                *to = from;
            }
        }
    }
}

/// Makes time-ordered ids (UUIDv7) from a clock and randomness.
///
/// # Example
/// ```
/// use tarn_model::{FixedClock, IdMaker, SeededEntropy, Timestamp};
/// let clock = FixedClock(Timestamp::from_micros(1_700_000_000_000_000));
/// let randomness = SeededEntropy::new(1);
/// let ids = IdMaker::new(&clock, &randomness);
/// assert_eq!(ids.uuid().get_version_num(), 7);
/// ```
/// Source: RFC 9562 §5.7.
#[derive(Clone, Copy)]
pub struct IdMaker<'a> {
    clock: &'a dyn Clock,
    entropy: &'a dyn Entropy,
}

impl<'a> IdMaker<'a> {
    /// Ids by this clock and this randomness.
    #[must_use]
    pub fn new(clock: &'a dyn Clock, entropy: &'a dyn Entropy) -> Self {
        Self { clock, entropy }
    }

    /// A new UUIDv7.
    #[must_use]
    pub fn uuid(&self) -> Uuid {
        let millis = u64::try_from(self.clock.now().as_micros() / 1000).unwrap_or_default();
        let mut bytes = [0u8; 16];
        self.entropy.fill(&mut bytes);
        for (to, from) in bytes.iter_mut().zip(millis.to_be_bytes().iter().skip(2)) {
            *to = *from;
        }
        bytes[6] = (bytes[6] & 0x0F) | 0x70;
        bytes[8] = (bytes[8] & 0x3F) | 0x80;
        Uuid::from_bytes(bytes)
    }

    /// A key for a new person.
    #[must_use]
    pub fn person(&self) -> PersonId {
        PersonId::new(self.uuid())
    }
}
