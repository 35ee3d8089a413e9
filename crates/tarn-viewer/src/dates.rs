//! Dates as clinicians read them: a thin layer over `tarn-web`'s formatters, for the record's
//! own types.

use tarn_access::When;
use tarn_model::{Precision, Timestamp};

/// A moment of the record, as precise as it was given: `22-Nov-2026` or `22-Nov-2026 10:04`.
pub(crate) fn when(when: &When) -> String {
    unbroken(&tarn_web::clinical_moment(when.at, when.precision))
}

/// The day of a moment of the record: `22-Nov-2026`, even where a time was given.
pub(crate) fn day(when: &When) -> String {
    unbroken(&tarn_web::clinical_date(when.at, when.precision))
}

/// The day that something happened here: `22-Nov-2026`.
pub(crate) fn day_of(at: Timestamp) -> String {
    unbroken(&tarn_web::clinical_date(at, Precision::Time))
}

/// Day and time that something happened here: `22-Nov-2026 10:04`.
pub(crate) fn date_time(at: Timestamp) -> String {
    unbroken(&tarn_web::clinical_date_time(at))
}

/// Time of day: `10:04`.
pub(crate) fn time(at: Timestamp) -> String {
    tarn_web::clock_time(at)
}

/// How far a source is behind: `14 h late`.
pub(crate) fn late_by(seconds: i64) -> String {
    format!("{}\u{a0}late", tarn_web::lateness(seconds))
}

/// An age by CUI's table; none where the birth was not given to the day.
pub(crate) fn age(born: &When, until: Timestamp) -> Option<String> {
    tarn_web::age(born.at, born.precision, until)
}

/// A date and its time never part at a line's end. (A browser does not break a date at its
/// hyphens, since digits stand beside them.)
fn unbroken(text: &str) -> String {
    text.replace(' ', "\u{a0}")
}
