/// Repeatable randomness from a seed and a place in the locality (SplitMix64).
///
/// Each person, household and purpose has its own stream, so that person N is the same however
/// many people are made and whatever order they are made in.
#[derive(Debug, Clone)]
pub(crate) struct Stream(u64);

/// What a stream is for; two purposes never share numbers.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Purpose {
    Household = 1,
    Person = 2,
    Life = 3,
}

impl Stream {
    pub(crate) fn new(seed: u64, purpose: Purpose, index: u64) -> Self {
        let mut stream = Self(seed ^ (purpose as u64).wrapping_mul(0xA24B_AED4_963E_E407));
        let start = stream.next();
        Self(start ^ index.wrapping_mul(0x9FB2_1C65_1E98_DF25))
    }

    /// A number below `bound`; 0 if `bound` is 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        let wide = u128::from(self.next()) * u128::from(bound);
        u64::try_from(wide >> 64).unwrap_or_default()
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = u64::try_from(high - low + 1).unwrap_or(1);
        low + i64::try_from(self.below(span)).unwrap_or_default()
    }

    /// True in `percent` of a hundred.
    pub(crate) fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of `choices`; the default if there are none.
    pub(crate) fn pick<T: Copy + Default>(&mut self, choices: &[T]) -> T {
        let at = self.below(choices.len() as u64);
        usize::try_from(at)
            .ok()
            .and_then(|at| choices.get(at))
            .copied()
            .unwrap_or_default()
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_repeats_and_its_neighbours_differ() {
        let draw = |seed, purpose, index| {
            let mut stream = Stream::new(seed, purpose, index);
            [stream.below(1 << 40), stream.below(1 << 40)]
        };
        assert_eq!(draw(1, Purpose::Person, 7), draw(1, Purpose::Person, 7));
        assert_ne!(draw(1, Purpose::Person, 7), draw(1, Purpose::Person, 8));
        assert_ne!(draw(1, Purpose::Person, 7), draw(2, Purpose::Person, 7));
        assert_ne!(draw(1, Purpose::Person, 7), draw(1, Purpose::Life, 7));
    }

    proptest::proptest! {
        #[test]
        fn every_draw_is_within_its_bounds(seed: u64, index: u64, low in -50i64..50, span in 0i64..100) {
            let drawn = Stream::new(seed, Purpose::Life, index).between(low, low + span);
            assert!((low..=low + span).contains(&drawn));
        }
    }
}
