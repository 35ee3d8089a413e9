//! The rules by which ids are kept, searches in references are read and people are linked. Pure.

use chrono::Datelike as _;
use tarn_model::{OdsCode, Precision, Timestamp};

/// The identifier that a search such as `identifier=system|value` asks for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct IdentifierQuery {
    /// The system; any, if the search names none.
    pub(super) system: Option<String>,
    /// The value.
    pub(super) value: String,
}

/// Reads a search in a reference. Only one identifier can be asked for; anything else is `None`.
///
/// Source: FHIR R4 search, token parameters; http, "conditional references".
pub(super) fn identifier_query(query: &str) -> Option<IdentifierQuery> {
    let (name, value) = query.split_once('=')?;
    if name != "identifier" || value.contains(['&', ',']) {
        return None;
    }
    let decoded = percent_decoded(value)?;
    let (system, value) = match decoded.split_once('|') {
        Some((system, value)) => (Some(system.to_owned()), value.to_owned()),
        None => (None, decoded),
    };
    (!value.is_empty()).then_some(IdentifierQuery { system, value })
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                bytes.extend(hex::decode(digits).ok()?);
            }
            b'+' => bytes.push(b' '),
            other => bytes.push(other),
        }
    }
    String::from_utf8(bytes).ok()
}

/// Whether an id can be kept as the id of a resource.
///
/// Source: FHIR R4 datatypes, id: `[A-Za-z0-9\-\.]{1,64}`.
pub(super) fn is_fhir_id(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.')
}

/// Whether an `If-Match` names the current version, `W/"3"`; `*` is any that was not taken back.
///
/// Source: RFC 9110 §13.1.1; FHIR R4 http, "Managing resource contention".
pub(super) fn matches_version(if_match: &str, version: i64, deleted: bool) -> bool {
    let if_match = if_match.trim();
    if if_match == "*" {
        return version > 0 && !deleted;
    }
    let number = if_match.trim_start_matches("W/").trim_matches('"');
    version > 0 && number.parse() == Ok(version)
}

/// The system of the keys under which a source's own patients are linked, and its name in `meta`.
pub(super) fn source_system(source: &OdsCode) -> String {
    format!("urn:tarn:source:{source}")
}

/// Whether two dates of birth can be the same, as far as the less precise one goes.
pub(super) fn births_agree(one: (Timestamp, Precision), other: (Timestamp, Precision)) -> bool {
    let (a, b) = (one.0.to_utc().date_naive(), other.0.to_utc().date_naive());
    match one.1.min(other.1) {
        Precision::Year => a.year() == b.year(),
        Precision::Month => (a.year(), a.month()) == (b.year(), b.month()),
        Precision::Day | Precision::Time => a == b,
    }
}

/// Whether a date of birth is exact enough to link people by, together with the NHS number: the
/// year and the month at least. A year alone is shared by one person in eighty.
pub(super) fn tells_apart(birth: (Timestamp, Precision)) -> bool {
    birth.1 >= Precision::Month
}

/// The date of birth to keep when the same Patient says another one: the later word counts, but a
/// less exact one that agrees takes nothing back.
pub(super) fn birth_to_keep(
    before: Option<(Timestamp, Precision)>,
    now: (Timestamp, Precision),
) -> (Timestamp, Precision) {
    match before {
        Some(before) if before.1 > now.1 && births_agree(before, now) => before,
        _ => now,
    }
}

#[cfg(test)]
mod tests {
    use tarn_model::parse_fhir_date;

    use super::*;

    #[test]
    fn only_a_search_by_one_identifier_is_read() {
        let check = |query: &str, expected: Option<(Option<&str>, &str)>| {
            let found = identifier_query(query);
            let found = found
                .as_ref()
                .map(|found| (found.system.as_deref(), found.value.as_str()));
            assert_eq!(found, expected, "{query}");
        };
        check("identifier=http://x|7", Some((Some("http://x"), "7")));
        check(
            "identifier=http%3A%2F%2Fx%7C7",
            Some((Some("http://x"), "7")),
        );
        check("identifier=7", Some((None, "7")));
        check("identifier=|7", Some((Some(""), "7")));
        check("identifier=", None);
        check("identifier=a|b&name=c", None);
        check("name=c", None);
        check("identifier=%7", None);
        check("identifier=%zz", None);
    }

    #[test]
    fn a_less_precise_date_of_birth_does_not_contradict() {
        let check = |one: &str, other: &str, agree: bool| {
            let (one, other) = (
                parse_fhir_date(one).unwrap(),
                parse_fhir_date(other).unwrap(),
            );
            assert_eq!(births_agree(one, other), agree);
            assert_eq!(births_agree(other, one), agree);
        };
        check("1943-05-06", "1943-05-06", true);
        check("1943-05-06", "1943-05-07", false);
        check("1943-05", "1943-05-07", true);
        check("1943", "1943-05-07", true);
        check("1942", "1943-05-07", false);
    }

    #[test]
    fn a_year_alone_tells_nobody_apart() {
        let check = |birth: &str, enough: bool| {
            assert_eq!(tells_apart(parse_fhir_date(birth).unwrap()), enough);
        };
        check("1943-05-06", true);
        check("1943-05", true);
        check("1943", false);
    }

    #[test]
    fn a_less_exact_date_of_birth_takes_nothing_back() {
        let check = |before: Option<&str>, now: &str, kept: &str| {
            let read = |text| parse_fhir_date(text).unwrap();
            assert_eq!(birth_to_keep(before.map(read), read(now)), read(kept));
        };
        check(None, "1943", "1943");
        check(Some("1943-05-06"), "1943", "1943-05-06");
        check(Some("1943-05-06"), "1944", "1944");
        check(Some("1943"), "1943-05-06", "1943-05-06");
        check(Some("1943-05-06"), "1943-05-07", "1943-05-07");
    }

    #[test]
    fn ids_and_versions_are_read_as_fhir_writes_them() {
        assert!(is_fhir_id("a-1.B") && !is_fhir_id("") && !is_fhir_id("a/b"));
        assert!(!is_fhir_id(&"a".repeat(65)) && !is_fhir_id("urn:uuid:1"));
        for (if_match, version, deleted, fits) in [
            ("W/\"3\"", 3, false, true),
            ("\"3\"", 3, true, true),
            ("W/\"3\"", 4, false, false),
            ("W/\"0\"", 0, true, false),
            ("three", 3, false, false),
            ("*", 3, false, true),
            ("*", 3, true, false),
            ("*", 0, true, false),
        ] {
            assert_eq!(
                matches_version(if_match, version, deleted),
                fits,
                "{if_match}"
            );
        }
    }
}
