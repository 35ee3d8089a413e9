//! The demo locality's agreement: it compiles, its examples hold, its matrix is the reviewed one.

use tarn_governance::{compile, run_cases};
use tarn_model::parse_fhir_date;

pub(crate) const TEXT: &str =
    include_str!("../../../../governance/agreements/harrowmere/agreement.md");

#[test]
fn every_signed_example_holds() {
    let policy = compile(TEXT).unwrap_or_else(|problems| panic!("{problems}"));
    let results = run_cases(&policy);
    assert!(results.len() > 40, "only {} examples", results.len());
    let failures: Vec<_> = results
        .iter()
        .filter(|result| result.failure.is_some())
        .collect();
    assert!(failures.is_empty(), "{failures:#?}");
}

/// Role × heading matrix as data that people review. REQ-034
#[test]
fn the_matrix_is_the_reviewed_one() {
    let reviewed = include_str!("../../../../governance/agreements/harrowmere/matrix.txt");
    let now = compile(TEXT).unwrap().matrix();
    assert_eq!(
        now, reviewed,
        "write the new matrix to matrix.txt and have it reviewed:\n{now}"
    );
}

#[test]
fn two_texts_that_read_alike_hash_alike() {
    let dos = TEXT.replace('\n', "\r\n") + "\n\n";
    assert_eq!(compile(TEXT).unwrap().hash(), compile(&dos).unwrap().hash());
    let other = TEXT
        .replace("ten working days", "")
        .replace("10 working days", "11 working days");
    assert_ne!(
        compile(TEXT).unwrap().hash(),
        compile(&other).unwrap().hash()
    );
}

/// A party puts in, changes and takes back its own record by the clause that makes it answer for
/// it, and nobody does where no clause says so.
#[test]
fn what_is_contributed_rests_on_a_clause() {
    let check = |text: &str, organisation: &str, day: &str, clause: Option<&str>| {
        let policy = compile(text).unwrap();
        let at = parse_fhir_date(day).unwrap().0;
        let found = policy.contribution(&organisation.parse().unwrap(), at);
        let found = found.as_ref().map(|citation| citation.clause.as_str());
        assert_eq!(found, clause, "{organisation} on {day}");
    };
    check(TEXT, "OAK01", "2026-11-22", Some("2.1"));
    check(TEXT, "FEN01", "2026-11-22", None);
    check(TEXT, "OAK01", "2026-03-31", None);
    check(TEXT, "OAK01", "2028-04-01", None);
    let silent = TEXT.replace("contribution-clause: 2.1\n", "");
    check(&silent, "OAK01", "2026-11-22", None);
}
