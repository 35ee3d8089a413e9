//! Golden texts of the formatters.

use tarn_model::{NhsNumber, Precision, Timestamp, parse_fhir_date};
use tarn_web as words;

#[test]
fn dates_are_as_precise_as_they_were_given() {
    let check = |fhir: &str, clinical: &str, citizen: &str, machine: &str| {
        let (at, precision) = parse_fhir_date(fhir).unwrap();
        assert_eq!(words::clinical_date(at, precision), clinical, "{fhir}");
        assert_eq!(words::citizen_date(at, precision), citizen, "{fhir}");
        assert_eq!(words::machine_date(at, precision), machine, "{fhir}");
    };
    check("2026", "2026", "2026", "2026");
    check("2026-11", "Nov-2026", "November 2026", "2026-11");
    check(
        "2026-11-22",
        "22-Nov-2026",
        "22 November 2026",
        "2026-11-22",
    );
    check("1945-07-04", "04-Jul-1945", "4 July 1945", "1945-07-04");
    // Half past midnight on 1 July in London is still June in UTC.
    check(
        "2026-06-30T23:30:00Z",
        "01-Jul-2026",
        "1 July 2026",
        "2026-06-30T23:30:00.000Z",
    );
    // A date without a time belongs to no zone and never slips a day.
    check("2026-07-01", "01-Jul-2026", "1 July 2026", "2026-07-01");
}

#[test]
fn times_are_british() {
    let check = |fhir: &str, clinical: &str, citizen: &str| {
        let (at, _) = parse_fhir_date(fhir).unwrap();
        assert_eq!(words::clinical_date_time(at), clinical, "{fhir}");
        assert_eq!(words::citizen_date_time(at), citizen, "{fhir}");
    };
    check(
        "2026-11-22T10:04:00Z",
        "22-Nov-2026 10:04",
        "22 November 2026 at 10:04am",
    );
    check(
        "2026-07-01T10:04:00Z",
        "01-Jul-2026 11:04",
        "1 July 2026 at 11:04am",
    );
    check(
        "2026-11-22T12:00:00Z",
        "22-Nov-2026 12:00",
        "22 November 2026 at 12:00pm",
    );
    check(
        "2026-11-22T00:05:00Z",
        "22-Nov-2026 00:05",
        "22 November 2026 at 12:05am",
    );
    // The clocks change at 01:00 UTC on 29 March and 25 October 2026.
    check(
        "2026-03-29T00:59:00Z",
        "29-Mar-2026 00:59",
        "29 March 2026 at 12:59am",
    );
    check(
        "2026-03-29T01:00:00Z",
        "29-Mar-2026 02:00",
        "29 March 2026 at 2:00am",
    );
    check(
        "2026-10-25T00:59:00Z",
        "25-Oct-2026 01:59",
        "25 October 2026 at 1:59am",
    );
    check(
        "2026-10-25T01:00:00Z",
        "25-Oct-2026 01:00",
        "25 October 2026 at 1:00am",
    );
    // British Standard Time: summer time all year round from 1968 to 1971.
    check(
        "1970-01-01T00:00:00Z",
        "01-Jan-1970 01:00",
        "1 January 1970 at 1:00am",
    );
}

#[test]
fn ages_are_in_the_units_of_the_age() {
    let check = |born: &str, until: &str, expected: Option<&str>| {
        let (birth, precision) = parse_fhir_date(born).unwrap();
        let (until, _) = parse_fhir_date(until).unwrap();
        assert_eq!(
            words::age(birth, precision, until).as_deref(),
            expected,
            "{born} {until:?}"
        );
    };
    check("1945-07-14", "2026-11-22T10:04:00Z", Some("81y"));
    check("1945-11-23", "2026-11-22T10:04:00Z", Some("80y"));
    check("1945-11-22", "2026-11-22T10:04:00Z", Some("81y"));
    check("2026-11-22", "2026-11-22T10:04:00Z", Some("0d"));
    check(
        "2026-11-22T09:00:00Z",
        "2026-11-22T10:04:00Z",
        Some("64min"),
    );
    check("2026-11-21T09:00:00Z", "2026-11-22T10:04:00Z", Some("25hr"));
    check("2026-11-01", "2026-11-22T10:04:00Z", Some("21d"));
    check("2026-10-25", "2026-11-22T10:04:00Z", Some("4w"));
    check("2026-10-20", "2026-11-22T10:04:00Z", Some("4w 5d"));
    check("2025-11-23", "2026-11-22T10:04:00Z", Some("52w"));
    check("2025-11-22", "2026-11-22T10:04:00Z", Some("12m"));
    check("2025-08-20", "2026-11-22T10:04:00Z", Some("15m 2d"));
    check("2024-11-22", "2026-11-22T10:04:00Z", Some("2y"));
    check("2014-01-31", "2026-11-22T10:04:00Z", Some("12y 9m"));
    check("2008-11-23", "2026-11-22T10:04:00Z", Some("17y 11m"));
    check("2008-11-22", "2026-11-22T10:04:00Z", Some("18y"));
    check("2008-02-29", "2026-02-28T10:04:00Z", Some("18y"));
    check("1945", "2026-11-22T10:04:00Z", None);
    check("2027-01-01", "2026-11-22T10:04:00Z", None);
}

#[test]
fn lengths_of_time_are_in_the_largest_unit_that_says_enough() {
    let check = |seconds: i64, short: &str, long: &str| {
        assert_eq!(words::lateness(seconds).replace('\u{a0}', " "), short);
        assert_eq!(
            words::lateness_in_words(seconds).replace('\u{a0}', " "),
            long
        );
    };
    check(-5, "0 min", "0 minutes");
    check(60, "1 min", "1 minute");
    check(119 * 60, "119 min", "119 minutes");
    check(14 * 3600 + 59, "14 h", "14 hours");
    check(47 * 3600, "47 h", "47 hours");
    check(3 * 86_400, "3 d", "3 days");
}

#[test]
fn numbers_stay_on_one_line() {
    let number: NhsNumber = "9990000018".parse().unwrap();
    assert_eq!(words::nhs_number(&number), "999\u{a0}000\u{a0}0018");
    assert_eq!(words::telephone_link("01632 960 184"), "01632960184");
    assert_eq!(
        words::telephone_link("+44 (0)1632 960-184"),
        "+4401632960184"
    );
    assert_eq!(words::count(1, "letter", "letters"), "1\u{a0}letter");
    assert_eq!(
        words::list(&["a".into(), "b".into(), "c".into()]),
        "a, b and c"
    );
    assert_eq!(words::list(&["a".into()]), "a");
    assert_eq!(
        words::clinical_moment(Timestamp::from_micros(0), Precision::Day),
        "01-Jan-1970"
    );
}
