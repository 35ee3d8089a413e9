//! Numbers that a seed repeats.

/// A small generator: the same seed, the same numbers, on every machine (SplitMix64).
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    /// The generator of a seed, for one part of a run.
    pub(crate) const fn new(seed: u64, part: u64) -> Self {
        Self(seed ^ part.wrapping_mul(0xA076_1D64_78BD_642F))
    }

    /// A number from 0, below `end`.
    pub(crate) const fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        if end == 0 { 0 } else { mixed % end }
    }

    /// One of a list; `None` of an empty one.
    pub(crate) fn pick<'a, T>(&mut self, list: &'a [T]) -> Option<&'a T> {
        let at = self.below(list.len() as u64);
        list.get(usize::try_from(at).ok()?)
    }

    /// Puts a list into another order.
    pub(crate) fn shuffle<T>(&mut self, list: &mut [T]) {
        for last in (1..list.len()).rev() {
            let other = self.below(last as u64 + 1);
            list.swap(last, usize::try_from(other).unwrap_or(last));
        }
    }
}
