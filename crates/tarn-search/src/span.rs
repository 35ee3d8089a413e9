use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone};
use chrono_tz::Europe::London;
use serde_json::Value;

/// A stretch of time in microseconds since 1970 UTC: from the first that is in it to the first
/// that is not. A date is a stretch, because nobody said when on that day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) from: i64,
    pub(crate) to: i64,
}

const OPEN_FROM: i64 = i64::MIN;
const OPEN_TO: i64 = i64::MAX;

impl Span {
    /// Reads a date as R4 writes it: a year, a month, a day, or a time of day to the minute or
    /// finer. What has no zone is UK local time: a day begins at midnight as people there count it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (date, time) = match text.split_once('T') {
            Some((date, time)) => (date, Some(time)),
            None => (text, None),
        };
        let (first, next) = days(date)?;
        let Some(time) = time else {
            return Some(Self {
                from: midnight(first)?,
                to: midnight(next)?,
            });
        };
        if date.len() != 10 {
            return None;
        }
        let (clock, zone) = match time.find(['Z', '+', '-']) {
            Some(at) => time.split_at_checked(at)?,
            None => (time, ""),
        };
        let (since_midnight, length) = clock_time(clock)?;
        let local = first.and_time(NaiveTime::MIN) + since_midnight;
        let from = instant(local, zone)?;
        Some(Self {
            from,
            to: from + length,
        })
    }

    /// One microsecond.
    pub(crate) fn at(micros: i64) -> Self {
        Self {
            from: micros,
            to: micros.saturating_add(1),
        }
    }

    /// A Period: open where an end is not given.
    pub(crate) fn of_period(period: &Value) -> Option<Self> {
        let end = |name| {
            period
                .get(name)
                .and_then(Value::as_str)
                .and_then(Self::parse)
        };
        let (start, end) = (end("start"), end("end"));
        if start.is_none() && end.is_none() {
            return None;
        }
        Some(Self {
            from: start.map_or(OPEN_FROM, |s| s.from),
            to: end.map_or(OPEN_TO, |s| s.to),
        })
    }

    /// A Timing: its outer limits, as the specification says.
    pub(crate) fn of_timing(timing: &Value) -> Option<Self> {
        let events = timing
            .get("event")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        let events = events.filter_map(Value::as_str).filter_map(Self::parse);
        let bounds = timing.get("repeat").and_then(|r| r.get("boundsPeriod"));
        events
            .chain(bounds.and_then(Self::of_period))
            .reduce(|a, b| Self {
                from: a.from.min(b.from),
                to: a.to.max(b.to),
            })
    }
}

/// The first day of a year, month or day, and the first one after it.
fn days(text: &str) -> Option<(NaiveDate, NaiveDate)> {
    let mut parts = text.split('-');
    let mut number = |length: usize| match parts.next() {
        None => Some(None),
        Some(part) => digits(part, length).map(Some),
    };
    let year = i32::try_from(number(4)??).ok()?;
    let (month, day) = (number(2)?, number(2)?);
    if parts.next().is_some() || year == 0 {
        return None;
    }
    let first = NaiveDate::from_ymd_opt(year, month.unwrap_or(1), day.unwrap_or(1))?;
    let next = match (month, day) {
        (Some(_), Some(_)) => first.succ_opt()?,
        (Some(12), None) | (None, _) => NaiveDate::from_ymd_opt(year + 1, 1, 1)?,
        (Some(month), None) => NaiveDate::from_ymd_opt(year, month + 1, 1)?,
    };
    Some((first, next))
}

/// `hh:mm`, `hh:mm:ss` or with a fraction: since midnight, and how long it is in microseconds.
fn clock_time(text: &str) -> Option<(TimeDelta, i64)> {
    let (text, fraction) = match text.split_once('.') {
        Some((text, fraction)) => (text, Some(fraction)),
        None => (text, None),
    };
    let mut parts = text.split(':');
    let (hour, minute) = (digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    let second = match parts.next() {
        Some(part) => Some(digits(part, 2)?),
        None => None,
    };
    // A second number 60 is a leap second; it counts as the next one.
    if parts.next().is_some() || hour > 23 || minute > 59 || second.is_some_and(|s| s > 60) {
        return None;
    }
    let seconds = i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second.unwrap_or(0));
    let (micros, length) = match (second, fraction) {
        (None, Some(_)) => return None,
        (None, None) => (0, 60_000_000),
        (Some(_), None) => (0, 1_000_000),
        (Some(_), Some(fraction)) => micros(fraction)?,
    };
    Some((
        TimeDelta::seconds(seconds) + TimeDelta::microseconds(micros),
        length,
    ))
}

/// A fraction of a second and how long it is; what is finer than a microsecond is dropped.
fn micros(fraction: &str) -> Option<(i64, i64)> {
    if fraction.is_empty() || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let kept: String = fraction.chars().take(6).collect();
    let unit = 10_i64.pow(6 - u32::try_from(kept.len()).ok()?);
    Some((kept.parse::<i64>().ok()? * unit, unit))
}

fn digits(text: &str, length: usize) -> Option<u32> {
    (text.len() == length && text.bytes().all(|b| b.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

fn midnight(day: NaiveDate) -> Option<i64> {
    uk(day.and_time(NaiveTime::MIN))
}

fn instant(local: NaiveDateTime, zone: &str) -> Option<i64> {
    if zone.is_empty() {
        return uk(local);
    }
    if zone == "Z" {
        return Some(local.and_utc().timestamp_micros());
    }
    let east = zone.starts_with('+');
    let (hours, minutes) = zone.get(1..)?.split_once(':')?;
    let seconds = digits(hours, 2)? * 3600 + digits(minutes, 2).filter(|m| *m < 60)? * 60;
    let seconds = i32::try_from(seconds).ok()?;
    let offset = FixedOffset::east_opt(if east { seconds } else { -seconds })?;
    let at: DateTime<FixedOffset> = offset.from_local_datetime(&local).single()?;
    Some(at.timestamp_micros())
}

/// UK local time. In the hour that is skipped in spring, and before there was a common time, it
/// is read as UTC.
fn uk(local: NaiveDateTime) -> Option<i64> {
    Some(match London.from_local_datetime(&local).earliest() {
        Some(at) if local.and_utc().timestamp() > YEAR_1900 => at.timestamp_micros(),
        _ => local.and_utc().timestamp_micros(),
    })
}

/// 1900-01-01T00:00:00Z.
const YEAR_1900: i64 = -2_208_988_800;

#[cfg(test)]
mod tests {
    use super::*;

    fn micros(text: &str) -> i64 {
        DateTime::parse_from_rfc3339(text)
            .unwrap()
            .timestamp_micros()
    }

    fn check(text: &str, from: &str, to: &str) {
        let span = Span {
            from: micros(from),
            to: micros(to),
        };
        assert_eq!(Span::parse(text), Some(span), "{text}");
    }

    #[test]
    fn a_date_is_a_stretch() {
        check("2024", "2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z");
        check("2024-02", "2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z");
        check("2024-12", "2024-12-01T00:00:00Z", "2025-01-01T00:00:00Z");
        check("2024-02-29", "2024-02-29T00:00:00Z", "2024-03-01T00:00:00Z");
        check("1850-01-01", "1850-01-01T00:00:00Z", "1850-01-02T00:00:00Z");
        check(
            "2024-01-01T10:00",
            "2024-01-01T10:00:00Z",
            "2024-01-01T10:01:00Z",
        );
        check(
            "2024-01-01T10:00:00Z",
            "2024-01-01T10:00:00Z",
            "2024-01-01T10:00:01Z",
        );
        check(
            "2024-01-01T10:00:00.5+05:30",
            "2024-01-01T04:30:00.5Z",
            "2024-01-01T04:30:00.6Z",
        );
        check(
            "2024-01-01T10:00:00.1234567Z",
            "2024-01-01T10:00:00.123456Z",
            "2024-01-01T10:00:00.123457Z",
        );
        check(
            "2024-01-01T23:59:60Z",
            "2024-01-02T00:00:00Z",
            "2024-01-02T00:00:01Z",
        );
    }

    /// In summer a day begins at 23:00 UTC.
    #[test]
    fn a_day_is_the_day_of_the_people_there() {
        check("2024-07-01", "2024-06-30T23:00:00Z", "2024-07-01T23:00:00Z");
        check("2024-03-31", "2024-03-31T00:00:00Z", "2024-03-31T23:00:00Z");
        check(
            "2024-07-01T10:00",
            "2024-07-01T09:00:00Z",
            "2024-07-01T09:01:00Z",
        );
        check("1970-01-01", "1969-12-31T23:00:00Z", "1970-01-01T23:00:00Z");
    }

    #[test]
    fn what_is_no_date_is_not_read() {
        for text in [
            "",
            "24",
            "2024-",
            "2024-1",
            "2024-13",
            "2024-02-30",
            "2024-01-01T",
            "2024-01T10:00",
            "2024-01-01T10",
            "2024-01-01T24:00",
            "2024-01-01T10:60",
            "2024-01-01T10:00:61Z",
            "2024-01-01T10:00:00.Z",
            "2024-01-01T10:00.5Z",
            "2024-01-01T10:00:00+5",
            "0000",
            "2024-01-01T10:00:00+05:60",
            "2024-01-01T10:00:00 01:00",
            "+2024",
            "2024-01-01-01",
            "2024-01-01Z",
            "２０２４",
        ] {
            assert_eq!(Span::parse(text), None, "{text}");
        }
    }

    #[test]
    fn periods_and_timings_are_their_outer_limits() {
        let open = Span::of_period(&serde_json::json!({"start": "2024"})).unwrap();
        assert_eq!(
            (open.from, open.to),
            (micros("2024-01-01T00:00:00Z"), i64::MAX)
        );
        assert_eq!(Span::of_period(&serde_json::json!({})), None);
        let timing = serde_json::json!({
            "event": ["2024-02-01", "2024-01-01"],
            "repeat": {"boundsPeriod": {"end": "2024-12-31"}}
        });
        let span = Span::of_timing(&timing).unwrap();
        assert_eq!(
            (span.from, span.to),
            (i64::MIN, micros("2025-01-01T00:00:00Z"))
        );
    }
}
