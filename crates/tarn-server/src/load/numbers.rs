//! NHS numbers of the test range for people who have none; for demonstrations.

use std::collections::BTreeSet;

use sha2::{Digest as _, Sha256};
use tarn_model::{NhsNumber, OdsCode};
use tarn_record::{PersonQuery, RecordStore, Subject, plan};

/// How many candidates are tried for one person. With nine in ten of the range's numbers in use,
/// that many would all be taken once in ten million people.
const CANDIDATES: u32 = 150;

/// The Patients of a text that come without an NHS number, by the source's own id.
pub(super) fn without_number(text: &str) -> Vec<String> {
    let Ok(plan) = plan(text) else {
        return Vec::new();
    };
    plan.entries
        .into_iter()
        .filter(|entry| entry.resource_type == "Patient")
        .filter(
            |entry| matches!(&entry.subject, Subject::Person(keys) if keys.nhs_number.is_none()),
        )
        .map(|entry| entry.source_ref)
        .collect()
}

/// Gives each of the Patients a number, the same one each time, and says how many got one now.
pub(super) async fn assign(
    store: &RecordStore,
    source: &OdsCode,
    patients: &BTreeSet<String>,
) -> anyhow::Result<usize> {
    let mut assigned = 0;
    for patient in patients {
        let Some((person, _)) = store.locate(source, "Patient", patient).await? else {
            continue;
        };
        for attempt in 0..CANDIDATES {
            let Some(number) = candidate(source, patient, attempt) else {
                continue;
            };
            let holder = store
                .find_people(&PersonQuery::NhsNumber(number), 1)
                .await?;
            match holder.first() {
                None => {
                    // The store refuses if the person has a number, or if another caller took
                    // this one since; the next load tries again.
                    assigned += usize::from(store.assign_test_nhs_number(person, number).await?);
                    break;
                }
                Some(holder) if *holder == person => break,
                Some(_) => {}
            }
        }
    }
    Ok(assigned)
}

/// A number of the test range made from the source and its id of the Patient; one in eleven
/// attempts gives none.
fn candidate(source: &OdsCode, patient: &str, attempt: u32) -> Option<NhsNumber> {
    let digest = Sha256::new()
        .chain_update(source.as_str())
        .chain_update([0])
        .chain_update(patient)
        .chain_update([0])
        .chain_update(attempt.to_be_bytes())
        .finalize();
    let mut nine = [9u8; 9];
    for (digit, byte) in nine.iter_mut().skip(3).zip(digest) {
        *digit = byte % 10;
    }
    NhsNumber::from_first_nine(nine)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candidates_are_test_numbers_and_repeatable() {
        let source: OdsCode = "RXX".parse().unwrap();
        let made: Vec<_> = (0..100)
            .map(|attempt| candidate(&source, "p", attempt))
            .collect();
        assert_eq!(
            made,
            (0..100)
                .map(|a| candidate(&source, "p", a))
                .collect::<Vec<_>>()
        );
        let made: BTreeSet<_> = made.into_iter().flatten().collect();
        assert!(made.len() > 75);
        assert!(made.iter().all(NhsNumber::is_synthetic));
    }
}
