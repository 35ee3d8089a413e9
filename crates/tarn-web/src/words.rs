//! Dates, ages, lengths of time and numbers, as pages write them.
//!
//! Nothing here invents: a date of a year is written as a year. Times are UK local time, whatever
//! the machine's zone, since that is the time on the ward's wall.

use chrono::{DateTime, Datelike, Months, NaiveDate, TimeZone};
use chrono_tz::{Europe::London, Tz};
use tarn_model::{NhsNumber, Precision, Timestamp};

/// A space that a line never breaks at.
pub const NO_BREAK: char = '\u{a0}';

/// A date for clinicians: `22-Nov-2026`, `Nov-2026` or `2026`, as precise as it was given.
///
/// Source: NHS Common User Interface, date display.
///
/// # Example
/// ```
/// use tarn_model::parse_fhir_date;
/// let (at, precision) = parse_fhir_date("2026-11-22").unwrap();
/// assert_eq!(tarn_web::clinical_date(at, precision), "22-Nov-2026");
/// ```
#[must_use]
pub fn clinical_date(at: Timestamp, precision: Precision) -> String {
    match precision {
        Precision::Year => day_of(at, precision).format("%Y").to_string(),
        Precision::Month => day_of(at, precision).format("%b-%Y").to_string(),
        Precision::Day | Precision::Time => day_of(at, precision).format("%d-%b-%Y").to_string(),
    }
}

/// A moment for clinicians, in UK local time: `22-Nov-2026 10:04`.
#[must_use]
pub fn clinical_date_time(at: Timestamp) -> String {
    local(at).format("%d-%b-%Y %H:%M").to_string()
}

/// A moment for clinicians, with the time only where its source gave one.
#[must_use]
pub fn clinical_moment(at: Timestamp, precision: Precision) -> String {
    match precision {
        Precision::Time => clinical_date_time(at),
        Precision::Year | Precision::Month | Precision::Day => clinical_date(at, precision),
    }
}

/// A date for citizens: `22 November 2026`, `November 2026` or `2026`, as precise as it was given.
///
/// Source: NHS digital service manual, content guide, dates.
#[must_use]
pub fn citizen_date(at: Timestamp, precision: Precision) -> String {
    match precision {
        Precision::Year => day_of(at, precision).format("%Y").to_string(),
        Precision::Month => day_of(at, precision).format("%B %Y").to_string(),
        Precision::Day | Precision::Time => day_of(at, precision).format("%-d %B %Y").to_string(),
    }
}

/// A moment for citizens, in UK local time: `22 November 2026 at 10:04am`.
#[must_use]
pub fn citizen_date_time(at: Timestamp) -> String {
    local(at).format("%-d %B %Y at %-I:%M%P").to_string()
}

/// A moment as a computer reads it, for `<time datetime>`: `2026-11-22`, or with time and zone.
#[must_use]
pub fn machine_date(at: Timestamp, precision: Precision) -> String {
    match precision {
        Precision::Year => day_of(at, precision).format("%Y").to_string(),
        Precision::Month => day_of(at, precision).format("%Y-%m").to_string(),
        Precision::Day => day_of(at, precision).format("%Y-%m-%d").to_string(),
        Precision::Time => at.to_fhir(),
    }
}

/// The time of day in UK local time: `10:04`.
#[must_use]
pub fn clock_time(at: Timestamp) -> String {
    local(at).format("%H:%M").to_string()
}

/// The UK calendar day that a moment falls on.
#[must_use]
pub fn local_day(at: Timestamp) -> NaiveDate {
    local(at).date_naive()
}

/// An age the way the patient banner writes it, from a date of birth to `until`: minutes under
/// 2 hours, hours under 2 days, days under 4 weeks, weeks under 1 year, months with days under
/// 2 years, years with months under 18, and years from then on. `None` when the birth was not
/// given to the day, or lies after `until`.
///
/// A birth whose hour was not given is counted in days.
///
/// Source: NHS Common User Interface, patient banner, age display.
#[must_use]
pub fn age(birth: Timestamp, precision: Precision, until: Timestamp) -> Option<String> {
    if matches!(precision, Precision::Year | Precision::Month) {
        return None;
    }
    if precision == Precision::Time {
        let minutes = until.seconds_since(birth) / 60;
        match minutes {
            ..0 => return None,
            0..120 => return Some(format!("{minutes}min")),
            120..2880 => return Some(format!("{}hr", minutes / 60)),
            _ => {}
        }
    }
    let born = day_of(birth, precision);
    let today = local_day(until);
    let days = today.signed_duration_since(born).num_days();
    let months = whole_months(born, today);
    let years = months / 12;
    Some(match (days, years) {
        (..0, _) => return None,
        (0..28, _) => format!("{days}d"),
        (_, 0) => {
            let odd = days % 7;
            with_rest(days / 7, "w", odd, "d")
        }
        (_, 1) => {
            let anniversary = born.checked_add_months(Months::new(u32::try_from(months).ok()?))?;
            with_rest(
                months,
                "m",
                today.signed_duration_since(anniversary).num_days(),
                "d",
            )
        }
        (_, 2..18) => with_rest(years, "y", months % 12, "m"),
        _ => format!("{years}y"),
    })
}

/// How late something is, in the largest unit that says enough: `40 min`, `14 h`, `3 d`.
#[must_use]
pub fn lateness(seconds: i64) -> String {
    let minutes = seconds.max(0) / 60;
    match minutes {
        0..120 => format!("{minutes}{NO_BREAK}min"),
        120..2880 => format!("{}{NO_BREAK}h", minutes / 60),
        _ => format!("{}{NO_BREAK}d", minutes / 1440),
    }
}

/// How late something is, in words for citizens: `40 minutes`, `14 hours`, `3 days`.
#[must_use]
pub fn lateness_in_words(seconds: i64) -> String {
    let minutes = seconds.max(0) / 60;
    match minutes {
        0..120 => count(minutes, "minute", "minutes"),
        120..2880 => count(minutes / 60, "hour", "hours"),
        _ => count(minutes / 1440, "day", "days"),
    }
}

/// A number of things: `1 letter`, `2 letters`. Never broken across lines.
#[must_use]
pub fn count(number: i64, one: &str, many: &str) -> String {
    format!("{number}{NO_BREAK}{}", if number == 1 { one } else { many })
}

/// Words one after another as a sentence has them: `a, b and c`.
#[must_use]
pub fn list(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// An NHS number as people read it, 3-3-4, never broken across lines.
#[must_use]
pub fn nhs_number(number: &NhsNumber) -> String {
    number.grouped().replace(' ', "\u{a0}")
}

/// A telephone number for a `tel:` link: its digits and a leading plus.
#[must_use]
pub fn telephone_link(number: &str) -> String {
    let mut link = String::with_capacity(number.len());
    for c in number.trim().chars() {
        if c.is_ascii_digit() || (c == '+' && link.is_empty()) {
            link.push(c);
        }
    }
    link
}

/// The calendar day of a date. A date without a time was kept as midnight UTC and belongs to no
/// zone; a moment falls on the UK's day.
fn day_of(at: Timestamp, precision: Precision) -> NaiveDate {
    match precision {
        Precision::Time => local_day(at),
        Precision::Year | Precision::Month | Precision::Day => at.to_utc().date_naive(),
    }
}

fn local(at: Timestamp) -> DateTime<Tz> {
    London.from_utc_datetime(&at.to_utc().naive_utc())
}

fn whole_months(from: NaiveDate, to: NaiveDate) -> i64 {
    let months =
        i64::from(to.year() - from.year()) * 12 + i64::from(to.month()) - i64::from(from.month());
    // Someone born on the 31st is a month older on the last day of a shorter month.
    let last_day_of_to = to
        .checked_add_days(chrono::Days::new(1))
        .is_some_and(|next| next.month() != to.month());
    if to.day() < from.day() && !last_day_of_to {
        months - 1
    } else {
        months
    }
}

fn with_rest(whole: i64, unit: &str, rest: i64, rest_unit: &str) -> String {
    if rest == 0 {
        format!("{whole}{unit}")
    } else {
        format!("{whole}{unit} {rest}{rest_unit}")
    }
}
