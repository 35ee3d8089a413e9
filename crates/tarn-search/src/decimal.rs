use std::ops::{Add, Sub};

/// A decimal as a whole number of 10⁻¹⁹.
///
/// FHIR's decimals have up to 18 digits; 18 before and 18 after the point fit, with one place to
/// spare for half of the last digit. Nothing is rounded by a binary fraction: 0.1 + 0.2 is 0.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Decimal(pub(crate) i128);

const PLACES: i32 = 19;
const MOST_DIGITS: i32 = 18;

impl Decimal {
    pub(crate) const MIN: Self = Self(i128::MIN);
    pub(crate) const MAX: Self = Self(i128::MAX);

    /// Below any difference that two decimals can have.
    pub(crate) const STEP: Self = Self(1);

    /// Reads a number as a search or as JSON writes it, and half of its last digit: what `5.4`
    /// leaves open is 0.05. Digits after the 18th place are dropped; a number of more than 18
    /// digits before the point is not read.
    pub(crate) fn parse(text: &str) -> Option<(Self, Self)> {
        let (number, exponent) = match text.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, Some(exponent.parse::<i32>().ok()?)),
            None => (text, None),
        };
        let (negative, number) = match number.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, number.strip_prefix('+').unwrap_or(number)),
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let digits = || whole.bytes().chain(fraction.bytes());
        if whole.is_empty() || number.ends_with('.') || !digits().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let last_place = exponent
            .unwrap_or(0)
            .checked_sub(fraction.len().try_into().ok()?)?;
        let mut value = 0_i128;
        let mut place = last_place.checked_add(digits().count().try_into().ok()?)?;
        for digit in digits() {
            place -= 1;
            if digit != b'0' && place >= MOST_DIGITS {
                return None;
            }
            if place >= -MOST_DIGITS && digit != b'0' {
                value += i128::from(digit - b'0') * power(place)?;
            }
        }
        // The specification's own example says that 1e2 is between 95 and 105, which is one place
        // finer than its digit.
        let place = if exponent.is_some_and(|e| e > 0) {
            last_place - 1
        } else {
            last_place
        };
        let half = power(place.clamp(-MOST_DIGITS, MOST_DIGITS - 1))? / 2;
        Some((Self(if negative { -value } else { value }), Self(half)))
    }

    /// A tenth of it, without its sign.
    pub(crate) fn tenth(self) -> Self {
        Self(self.0.abs() / 10)
    }
}

impl Add for Decimal {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Decimal {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

fn power(place: i32) -> Option<i128> {
    10_i128.checked_pow(u32::try_from(PLACES.checked_add(place)?).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, low: &str, high: &str) {
        let (value, half) = Decimal::parse(text).unwrap();
        let of = |text| Decimal::parse(text).unwrap().0;
        assert_eq!((value - half, value + half), (of(low), of(high)), "{text}");
    }

    /// The examples of the specification (R4 search, number).
    #[test]
    fn precision_is_what_the_specification_says() {
        check("100", "99.5", "100.5");
        check("100.00", "99.995", "100.005");
        check("1e2", "95", "105");
        check("5.4", "5.35", "5.45");
        check("5.40e-3", "0.005395", "0.005405");
        check("-1.5", "-1.55", "-1.45");
    }

    #[test]
    fn odd_numbers_are_read_or_refused() {
        for text in [
            "",
            ".",
            "1.",
            ".5",
            "1e",
            "1e999999999999",
            "--1",
            "1 ",
            "0x1",
            "NaN",
            "٣",
        ] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
        assert_eq!(Decimal::parse("1000000000000000000"), None);
        assert_eq!(Decimal::parse("1e18"), None);
        let of = |text| Decimal::parse(text).unwrap().0;
        assert_eq!(of("0e2000000000"), of("0"));
        assert_eq!(
            of("999999999999999999.9").tenth(),
            of("99999999999999999.99")
        );
        assert!(of("0.3") == of("0.30") && of("0.1") + of("0.2") == of("0.3"));
        assert!(of("1e-400") == of("0"));
    }
}
