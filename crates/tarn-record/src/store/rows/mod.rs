//! Between the rows of the tables and the words of the record.

mod columns;
mod filed;
mod inbound;
mod line;
mod lock;
mod person;
mod resource;
mod search;
mod source;

use serde::Serialize;
use tarn_model::{Heading, HeadingSet, OdsCode, PersonId, Precision, Timestamp};

use crate::{RecordError, When};
pub(super) use filed::FiledRow;
pub(super) use inbound::InboundRow;
pub(super) use line::ViewRow;
#[cfg(feature = "postgres")]
pub(super) use lock::LockKeys;
pub(super) use person::{DemographicsRow, RelationshipRow};
pub(super) use resource::{
    ClaimRow, HistoryRow, IdentifierKeyRow, PersonIdentifierRow, ResourceKeyRow, ResourceRow,
    SourceKeyRow,
};
pub(super) use search::{AnswersRow, FoundRow};
pub(super) use source::{SourceRow, connection_word};

/// The number that the store keeps for a heading; see the test that pins it.
pub(super) const fn heading_code(heading: Heading) -> i16 {
    heading as u8 as i16
}

/// One bit for each heading of the set, by [`heading_code`].
pub(super) fn heading_bits(headings: impl Iterator<Item = Heading>) -> i32 {
    headings.fold(0, |bits, heading| bits | 1 << heading_code(heading))
}

/// The headings whose bits are set, by [`heading_code`].
fn headings_of(bits: i32) -> HeadingSet {
    let all = Heading::ALL.iter().copied();
    all.filter(|heading| bits & (1 << heading_code(*heading)) != 0)
        .collect()
}

fn heading_of(code: i16) -> Result<Heading, RecordError> {
    usize::try_from(code)
        .ok()
        .and_then(|at| Heading::ALL.get(at))
        .copied()
        .ok_or(RecordError::damaged("view_row", "unknown heading"))
}

/// The person behind a key of `table`.
pub(super) fn person_of(table: &'static str, bytes: &[u8]) -> Result<PersonId, RecordError> {
    PersonId::from_slice(bytes).ok_or(RecordError::damaged(table, "a person key is not 16 bytes"))
}

/// The organisation behind a code of `table`.
pub(super) fn ods(table: &'static str, code: &str) -> Result<OdsCode, RecordError> {
    code.parse()
        .map_err(|_| RecordError::damaged(table, "an ODS code is not one"))
}

/// PostgreSQL keeps no NUL in text; JSON may name one. Derived text shows the replacement
/// character instead; the body itself keeps the escape as it was written.
pub(super) fn storable(text: String) -> String {
    if text.contains('\0') {
        text.replace('\0', "\u{fffd}")
    } else {
        text
    }
}

fn split(when: Option<When>) -> (Option<i64>, Option<i16>) {
    (
        when.map(|when| when.at.as_micros()),
        when.map(|when| when.precision.code()),
    )
}

fn join(at: Option<i64>, precision: Option<i16>) -> Option<When> {
    Some(When {
        at: Timestamp::from_micros(at?),
        precision: precision.and_then(Precision::from_code)?,
    })
}

/// The JSON of a plain struct of ours, whose serialisation cannot fail.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_of_headings_stay_what_stored_rows_say() {
        let words: Vec<&str> = Heading::ALL.iter().map(|heading| heading.word()).collect();
        assert_eq!(
            words.join(" "),
            "demographics alerts about-me allergies medicines problems results observations \
             encounters appointments documents immunisations procedures referrals care-team \
             care-plans social-care mental-health safeguarding family other"
        );
        for heading in Heading::ALL {
            assert_eq!(heading_of(heading_code(*heading)).unwrap(), *heading);
        }
        assert!(heading_of(-1).is_err() && heading_of(21).is_err());
    }

    #[test]
    fn a_date_keeps_its_precision() {
        let when = When {
            at: Timestamp::from_micros(-5),
            precision: Precision::Month,
        };
        let (at, precision) = split(Some(when));
        assert_eq!(join(at, precision), Some(when));
        assert_eq!(join(None, None), None);
    }
}
