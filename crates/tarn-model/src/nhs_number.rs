use std::fmt;
use std::str::FromStr;

/// An NHS number whose check digit is right: ten digits, modulus 11.
///
/// Written 3-3-4 (`grouped`) for people and as ten digits (`as_str`) in messages.
/// `Debug` never prints it, so that it cannot reach a log by accident; there is no `Display`.
///
/// # Example
/// ```
/// use tarn_model::NhsNumber;
/// let n: NhsNumber = "999-000-0018".parse().unwrap();
/// assert_eq!(n.as_str(), "9990000018");
/// ```
/// Source: NHS Data Dictionary, NHS NUMBER; CUI NUM-0001 to NUM-0003.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NhsNumber([u8; 10]);

/// Why a text is not an NHS number. None of the texts repeats what was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NhsNumberError {
    /// Something other than digits, spaces and hyphens was given.
    #[error("an NHS number has only digits, spaces and hyphens")]
    NotDigits,
    /// Not ten digits long.
    #[error("an NHS number has 10 digits, this has {found}")]
    WrongLength {
        /// How many digits were given.
        found: usize,
    },
    /// The tenth digit is not the check digit of the other nine.
    #[error("the check digit is wrong: one or more digits may be mistyped")]
    WrongCheckDigit,
}

impl NhsNumber {
    /// The identifier system of NHS numbers in FHIR.
    pub const SYSTEM: &'static str = "https://fhir.nhs.uk/Id/nhs-number";

    /// Makes a number from its first nine digits, if they have a check digit.
    ///
    /// Nine digits in eleven sums give 10 as check digit; those numbers are never issued, and
    /// the answer is `None`. Digits above nine give `None` too.
    #[must_use]
    pub fn from_first_nine(nine: [u8; 9]) -> Option<Self> {
        if nine.iter().any(|d| *d > 9) {
            return None;
        }
        let check = check_digit(&nine)?;
        let mut digits = [0; 10];
        for (to, from) in digits
            .iter_mut()
            .zip(nine.iter().chain(std::iter::once(&check)))
        {
            *to = b'0' + *from;
        }
        Some(Self(digits))
    }

    /// The ten digits, without spaces.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The number as people read it, 3-3-4 with single spaces: `999 000 0018`.
    #[must_use]
    pub fn grouped(&self) -> String {
        let digits = self.as_str();
        format!(
            "{} {} {}",
            digits.get(0..3).unwrap_or_default(),
            digits.get(3..6).unwrap_or_default(),
            digits.get(6..10).unwrap_or_default()
        )
    }

    /// Whether the number lies in the range that is never issued (999 000 0000 and above), the
    /// only range that synthetic data may use.
    #[must_use]
    pub fn is_synthetic(&self) -> bool {
        self.0.starts_with(b"999")
    }
}

fn check_digit(nine: &[u8; 9]) -> Option<u8> {
    let sum: u32 = nine
        .iter()
        .zip((2..=10).rev())
        .map(|(d, weight)| u32::from(*d) * weight)
        .sum();
    match 11 - sum % 11 {
        11 => Some(0),
        10 => None,
        check => u8::try_from(check).ok(),
    }
}

impl FromStr for NhsNumber {
    type Err = NhsNumberError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut digits = Vec::with_capacity(10);
        for c in text.chars() {
            match c {
                '0'..='9' => digits.push(c as u8 - b'0'),
                ' ' | '-' | '\u{a0}' | '\u{2009}' | '\u{2011}' => {}
                _ => return Err(NhsNumberError::NotDigits),
            }
        }
        let found = digits.len();
        let ten: [u8; 10] = digits
            .try_into()
            .map_err(|_| NhsNumberError::WrongLength { found })?;
        let [a, b, c, d, e, f, g, h, i, check] = ten;
        let number = Self::from_first_nine([a, b, c, d, e, f, g, h, i])
            .ok_or(NhsNumberError::WrongCheckDigit)?;
        if number.0[9] == b'0' + check {
            Ok(number)
        } else {
            Err(NhsNumberError::WrongCheckDigit)
        }
    }
}

impl fmt::Debug for NhsNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NhsNumber(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_numbers_pass_and_fail_as_published() {
        for good in [
            "9912003888",
            "9000000009",
            "9000000025",
            "9111231130",
            "6700028191",
        ] {
            assert!(good.parse::<NhsNumber>().is_ok(), "{good}");
        }
        for bad in ["9000000000", "4447685222", "8527685222"] {
            assert_eq!(
                bad.parse::<NhsNumber>(),
                Err(NhsNumberError::WrongCheckDigit),
                "{bad}"
            );
        }
    }

    #[test]
    fn each_mistake_has_its_own_reason() {
        assert_eq!(
            "QQ123456C".parse::<NhsNumber>(),
            Err(NhsNumberError::NotDigits)
        );
        let short = NhsNumberError::WrongLength { found: 9 };
        assert_eq!("999 000 001".parse::<NhsNumber>(), Err(short));
    }

    proptest::proptest! {
        #[test]
        fn every_made_number_reads_back(nine in proptest::array::uniform9(0u8..10)) {
            if let Some(number) = NhsNumber::from_first_nine(nine) {
                assert_eq!(number.grouped().parse::<NhsNumber>(), Ok(number));
            }
        }

        #[test]
        fn one_wrong_digit_is_always_found(nine in proptest::array::uniform9(0u8..10), at in 0usize..10, add in 1u8..10) {
            if let Some(number) = NhsNumber::from_first_nine(nine) {
                let mut digits = number.as_str().as_bytes().to_vec();
                digits[at] = b'0' + (digits[at] - b'0' + add) % 10;
                let text = String::from_utf8(digits).unwrap();
                assert!(text.parse::<NhsNumber>().is_err());
            }
        }

        #[test]
        fn any_text_is_answered(text in ".{0,40}") {
            let _ = text.parse::<NhsNumber>();
        }
    }
}
