use chrono::{DateTime, Datelike, NaiveDate, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

/// A moment in UTC, in microseconds since 1970.
///
/// The stores keep the number, so that both databases order and compare it alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From microseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// This moment moved by whole seconds.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1_000_000)))
    }

    /// Whole seconds from `earlier` to this moment; negative if it is later.
    #[must_use]
    pub const fn seconds_since(self, earlier: Self) -> i64 {
        (self.0 - earlier.0) / 1_000_000
    }

    /// As a chrono value, for formatting and calendar questions.
    #[must_use]
    pub fn to_utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0).unwrap_or(DateTime::UNIX_EPOCH)
    }

    /// From a chrono value.
    #[must_use]
    pub fn from_utc(at: DateTime<Utc>) -> Self {
        Self(at.timestamp_micros())
    }

    /// As a FHIR `instant`: `2026-11-22T10:04:00.000Z`.
    #[must_use]
    pub fn to_fhir(self) -> String {
        self.to_utc().to_rfc3339_opts(SecondsFormat::Millis, true)
    }
}

/// How much of a date its source gave. A missing part is never invented on a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// `2026`
    Year,
    /// `2026-11`
    Month,
    /// `2026-11-22`
    Day,
    /// With a time of day.
    Time,
}

impl Precision {
    /// The number that the store keeps: 1 year, 2 month, 3 day, 4 time.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::Year => 1,
            Self::Month => 2,
            Self::Day => 3,
            Self::Time => 4,
        }
    }

    /// Reads the number that the store keeps.
    #[must_use]
    pub const fn from_code(code: i16) -> Option<Self> {
        match code {
            1 => Some(Self::Year),
            2 => Some(Self::Month),
            3 => Some(Self::Day),
            4 => Some(Self::Time),
            _ => None,
        }
    }
}

/// Reads a FHIR `date`, `dateTime` or `instant`: the earliest moment it can mean, and how much
/// of it was given. `None` if it is none of them.
///
/// A date without a time is taken at midnight UTC; a time without a zone is not FHIR and gives
/// `None`.
///
/// Source: FHIR R4 datatypes, date and dateTime.
#[must_use]
pub fn parse_fhir_date(text: &str) -> Option<(Timestamp, Precision)> {
    let day = |year: i32, month: u32, day: u32, precision| {
        let at = NaiveDate::from_ymd_opt(year, month, day)?
            .and_hms_opt(0, 0, 0)?
            .and_utc();
        (at.year() > 0).then_some((Timestamp::from_utc(at), precision))
    };
    let number = |range: std::ops::Range<usize>| -> Option<u32> {
        let digits = text.get(range)?;
        digits
            .bytes()
            .all(|b| b.is_ascii_digit())
            .then(|| digits.parse().ok())?
    };
    let hyphen = |at: usize| text.as_bytes().get(at) == Some(&b'-');
    let year = i32::try_from(number(0..4)?).ok()?;
    match text.len() {
        4 => day(year, 1, 1, Precision::Year),
        7 if hyphen(4) => day(year, number(5..7)?, 1, Precision::Month),
        10 if hyphen(4) && hyphen(7) => day(year, number(5..7)?, number(8..10)?, Precision::Day),
        _ => {
            let at = DateTime::parse_from_rfc3339(text).ok()?;
            Some((Timestamp::from_utc(at.with_timezone(&Utc)), Precision::Time))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_precision_is_kept() {
        let check = |text: &str, fhir: &str, precision| {
            let (at, found) = parse_fhir_date(text).unwrap();
            assert_eq!((at.to_fhir().as_str(), found), (fhir, precision), "{text}");
        };
        check("2026", "2026-01-01T00:00:00.000Z", Precision::Year);
        check("2026-11", "2026-11-01T00:00:00.000Z", Precision::Month);
        check("2026-11-22", "2026-11-22T00:00:00.000Z", Precision::Day);
        check(
            "2026-11-22T10:04:00+01:00",
            "2026-11-22T09:04:00.000Z",
            Precision::Time,
        );
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "26",
            "2026-13",
            "2026-02-30",
            "2026-11-22T10:04:00",
            "20é6-11-22",
            "last May",
        ] {
            assert_eq!(parse_fhir_date(text), None, "{text}");
        }
    }
}
