//! By what a Patient is linked: an NHS number together with a date of birth, and nothing less.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set itself up should stop"
)]

use tarn_model::{ErrorKind, PersonId};
use tarn_record::{IngestError, PersonQuery, RecordStore};

use crate::backend::{
    NHS_NUMBER, all_of, bundle, condition, ods, on_both, patient, person, send, send_at,
};

/// A Patient with this number that says nothing of when the person was born.
fn undated(id: &str, number: &str) -> String {
    patient(id, number, "").replace(r#","birthDate":"""#, "")
}

async fn whose(store: &RecordStore, source: &str, resource_type: &str, id: &str) -> PersonId {
    let found = store.locate(&ods(source), resource_type, id).await.unwrap();
    found.unwrap().0
}

/// Nobody is found by this number.
async fn nobody_has(store: &RecordStore, number: &str) -> bool {
    let query = PersonQuery::NhsNumber(number.parse().unwrap());
    store.find_people(&query, 5).await.unwrap().is_empty()
}

fn is_refused_at<T: std::fmt::Debug>(answer: Result<T, IngestError>, place: &str) -> bool {
    matches!(&answer, Err(IngestError::Identity { path, .. }) if path == place)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_is_held_links_nobody_without_a_date_of_birth() {
    on_both(async |store| {
        send(store, "Y1", &patient("a", NHS_NUMBER, "1943-05-06")).await;
        let before = store.counts().await.unwrap();
        let dead = undated("d", NHS_NUMBER)
            .replace(r#""id":"d""#, r#""id":"d","deceasedDateTime":"2024-01-01""#);
        for text in [
            undated("b", NHS_NUMBER),
            // A year alone is too little, though it does not contradict.
            patient("c", NHS_NUMBER, "1943"),
            dead,
        ] {
            let both = bundle(&[condition("x", "b", "Gout"), text]);
            let refused = send_at(store, "Y2", &both, 0).await.unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::Conflict);
            assert!(!refused.to_string().contains("999"), "{refused}");
            assert!(is_refused_at::<()>(
                Err(refused),
                "Bundle.entry[1].resource"
            ));
        }
        assert_eq!(store.counts().await.unwrap(), before, "nothing was kept");
        // The year and the month tell apart.
        send(store, "Y2", &patient("b", NHS_NUMBER, "1943-05")).await;
        let one = person(store, NHS_NUMBER).await;
        assert_eq!(store.demographics(one).await.unwrap().len(), 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patient_without_a_date_of_birth_never_takes_the_number() {
    on_both(async |store| {
        send(store, "Y1", &undated("a", NHS_NUMBER)).await;
        send(store, "Y2", &patient("b", NHS_NUMBER, "1943")).await;
        let (first, second) = (
            whose(store, "Y1", "Patient", "a").await,
            whose(store, "Y2", "Patient", "b").await,
        );
        assert_ne!(first, second);
        assert!(nobody_has(store, NHS_NUMBER).await);
        // Who brings both has the number, and is joined with neither.
        send(store, "Y3", &patient("c", NHS_NUMBER, "1943-05-06")).await;
        let known = person(store, NHS_NUMBER).await;
        assert!(known != first && known != second);
        assert_eq!(store.demographics(known).await.unwrap().len(), 1);
        // What is held stays as it is when its source says the same again.
        let again = undated("a", NHS_NUMBER).replace("Zoë", "Zoe");
        send_at(store, "Y1", &again, 1).await.unwrap();
        assert_eq!(whose(store, "Y1", "Patient", "a").await, first);
        // A date of birth joins, and another one does not.
        send_at(store, "Y1", &patient("a", NHS_NUMBER, "1943-05-06"), 2)
            .await
            .unwrap();
        assert_eq!(whose(store, "Y1", "Patient", "a").await, known);
        let other = send_at(store, "Y2", &patient("b", NHS_NUMBER, "1943-06-06"), 3).await;
        assert!(is_refused_at(other, "Patient"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn leaving_the_date_of_birth_out_breaks_no_link_and_loosens_none() {
    on_both(async |store| {
        send(store, "Y1", &patient("a", NHS_NUMBER, "1943-05-06")).await;
        let known = person(store, NHS_NUMBER).await;
        let other = patient("b", NHS_NUMBER, "1944-05-06");
        for (seconds, weaker) in [
            (1, undated("a", NHS_NUMBER)),
            (2, patient("a", NHS_NUMBER, "1943")),
            // Neither number nor date: still the same Patient of the same source.
            (3, undated("a", "")),
        ] {
            send_at(store, "Y1", &weaker, seconds).await.unwrap();
            assert_eq!(whose(store, "Y1", "Patient", "a").await, known);
            assert!(is_refused_at(
                send_at(store, "Y2", &other, seconds).await,
                "Patient"
            ));
        }
        let taken_back = r#"{"resourceType":"Bundle","type":"transaction","entry":[{"request":{"method":"DELETE","url":"Patient/a"}}]}"#;
        send_at(store, "Y1", taken_back, 4).await.unwrap();
        assert!(store.demographics(known).await.unwrap().is_empty());
        assert!(is_refused_at(
            send_at(store, "Y2", &other, 4).await,
            "Patient"
        ));
        send(store, "Y2", &patient("b", NHS_NUMBER, "1943-05-06")).await;
        assert_eq!(whose(store, "Y2", "Patient", "b").await, known);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_date_of_birth_of_a_contained_patient_counts_as_well() {
    let vaccination = |id: &str, birth: &str| {
        format!(
            r##"{{"resourceType":"Immunization","id":"{id}","contained":[{}],"patient":{{"reference":"#p"}}}}"##,
            patient("p", NHS_NUMBER, birth)
        )
    };
    on_both(async |store| {
        send(store, "Y1", &vaccination("i", "1943-05-06")).await;
        send(store, "Y1", &vaccination("j", "1943-05-06")).await;
        let refused = send_at(store, "Y1", &vaccination("k", "1944-05-06"), 0).await;
        assert!(is_refused_at(refused, "Immunization"));
        let refused = send_at(store, "Y2", &patient("a", NHS_NUMBER, "1944-05-06"), 0).await;
        assert!(is_refused_at(refused, "Patient"));
        let known = person(store, NHS_NUMBER).await;
        let lines = store.lines(known, &all_of(&["Y1"])).await.unwrap();
        assert_eq!(lines.len(), 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reference_follows_and_never_links() {
    let by_both = condition("x", "a", "Gout").replace(
        r#""reference":"Patient/a""#,
        &format!(
            r#""reference":"Patient/a","identifier":{{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"{NHS_NUMBER}"}}"#
        ),
    );
    on_both(async |store| {
        send(store, "Y2", &patient("b", NHS_NUMBER, "1943-05-06")).await;
        let known = person(store, NHS_NUMBER).await;
        // Beside the name of a Patient the number says nothing: the Patient has to.
        send(store, "Y3", &by_both).await;
        let waiting = whose(store, "Y3", "Condition", "x").await;
        assert_ne!(waiting, known);
        for weak in [undated("a", NHS_NUMBER), patient("a", NHS_NUMBER, "1943")] {
            let refused = send_at(store, "Y3", &weak, 0).await;
            assert!(is_refused_at(refused, "Patient"));
        }
        let other = send_at(store, "Y3", &patient("a", NHS_NUMBER, "1950-01-01"), 0).await;
        assert!(is_refused_at(other, "Patient"));
        send(store, "Y3", &patient("a", "", "1950-01-01")).await;
        let apart = whose(store, "Y3", "Patient", "a").await;
        assert_eq!(apart, waiting);
        // Nor does it join a Patient that is held apart.
        let later = by_both.replace(r#""id":"x""#, r#""id":"y""#);
        send(store, "Y3", &later).await;
        assert_eq!(whose(store, "Y3", "Condition", "y").await, apart);
        assert_eq!(whose(store, "Y3", "Patient", "a").await, apart);
        // And one that names two different people is not taken.
        send_at(store, "Y3", &patient("a", "9990000026", "1950-01-01"), 1)
            .await
            .unwrap();
        let two = later.replace("Gout", "Gout, chronic");
        assert!(is_refused_at(
            send_at(store, "Y3", &two, 2).await,
            "Condition"
        ));
    })
    .await;
}

/// A Condition that says whom it is about by an NHS number alone.
fn by_number(id: &str, number: &str) -> String {
    condition(id, "a", "Gout").replace(
        r#""reference":"Patient/a""#,
        &format!(
            r#""identifier":{{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"{number}"}}"#
        ),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_alone_waits_for_a_patient_of_its_own_source() {
    on_both(async |store| {
        send(store, "Y1", &by_number("early", NHS_NUMBER)).await;
        assert!(nobody_has(store, NHS_NUMBER).await, "a number links nobody");
        send(store, "Y2", &patient("b", NHS_NUMBER, "1943-05-06")).await;
        let known = person(store, NHS_NUMBER).await;
        send(store, "Y1", &by_number("late", NHS_NUMBER)).await;
        send(store, "Y3", &by_number("third", NHS_NUMBER)).await;
        let apart = whose(store, "Y1", "Condition", "early").await;
        assert_ne!(apart, known);
        assert_eq!(whose(store, "Y1", "Condition", "late").await, apart);
        let third = whose(store, "Y3", "Condition", "third").await;
        assert!(third != known && third != apart);
        let all = all_of(&["Y1", "Y2", "Y3"]);
        assert!(store.lines(known, &all).await.unwrap().is_empty());
        assert_eq!(store.lines(apart, &all).await.unwrap().len(), 2, "kept");
        // Another date of birth is another person's: nothing comes over.
        let other = send_at(store, "Y1", &patient("p", NHS_NUMBER, "1944-05-06"), 0).await;
        assert!(is_refused_at(other, "Patient"));
        assert!(is_refused_at(
            send_at(store, "Y1", &undated("p", NHS_NUMBER), 0).await,
            "Patient"
        ));
        assert!(store.lines(known, &all).await.unwrap().is_empty());
        send(store, "Y1", &patient("p", NHS_NUMBER, "1943-05-06")).await;
        for id in ["early", "late"] {
            assert_eq!(whose(store, "Y1", "Condition", id).await, known);
        }
        assert_eq!(store.lines(known, &all).await.unwrap().len(), 2);
        assert_eq!(whose(store, "Y3", "Condition", "third").await, third);
        send(store, "Y1", &by_number("after", NHS_NUMBER)).await;
        assert_eq!(whose(store, "Y1", "Condition", "after").await, known);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patient_that_gets_its_date_of_birth_later_brings_what_waited() {
    on_both(async |store| {
        send(store, "Y1", &undated("p", NHS_NUMBER)).await;
        send(store, "Y1", &by_number("c", NHS_NUMBER)).await;
        let apart = whose(store, "Y1", "Condition", "c").await;
        assert_ne!(apart, whose(store, "Y1", "Patient", "p").await);
        send(store, "Y1", &patient("p", NHS_NUMBER, "1943-05-06")).await;
        let known = person(store, NHS_NUMBER).await;
        assert_eq!(whose(store, "Y1", "Condition", "c").await, known);
        // In one delivery, whatever comes first.
        let both = bundle(&[
            by_number("d", "9990000026"),
            patient("q", "9990000026", "1950-01-01"),
        ]);
        send(store, "Y1", &both).await;
        let other = person(store, "9990000026").await;
        assert_eq!(whose(store, "Y1", "Condition", "d").await, other);
        assert_eq!(store.people(None, 10).await.unwrap().len(), 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_waits_for_a_number_is_not_taken_along_by_an_entry_that_moves() {
    let report = r#"{"resourceType":"Provenance","id":"v","target":[{"reference":"Condition/c"}],"recorded":"2024-01-01T00:00:00Z"}"#;
    on_both(async |store| {
        send(store, "Y1", report).await;
        send(store, "Y1", &by_number("c", NHS_NUMBER)).await;
        send(store, "Y1", &by_number("stays", NHS_NUMBER)).await;
        let apart = whose(store, "Y1", "Condition", "stays").await;
        assert_eq!(whose(store, "Y1", "Provenance", "v").await, apart);
        send(store, "Y1", &patient("q", "9990000026", "1950-01-01")).await;
        send_at(store, "Y1", &condition("c", "q", "Gout"), 1)
            .await
            .unwrap();
        let other = person(store, "9990000026").await;
        assert_eq!(whose(store, "Y1", "Condition", "c").await, other);
        assert_eq!(whose(store, "Y1", "Condition", "stays").await, apart);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_former_id_of_a_person_names_the_one_that_is_left() {
    let report = r#"{"resourceType":"Provenance","id":"v","target":[{"reference":"Condition/c"}],"recorded":"2024-01-01T00:00:00Z"}"#;
    on_both(async |store| {
        send(store, "Y1", report).await;
        let first = whose(store, "Y1", "Provenance", "v").await;
        assert_eq!(store.same_person(first).await.unwrap(), [first]);
        send(store, "Y1", &condition("c", "a", "Gout")).await;
        let second = whose(store, "Y1", "Condition", "c").await;
        send(store, "Y2", &patient("b", NHS_NUMBER, "1943-05-06")).await;
        let known = person(store, NHS_NUMBER).await;
        send(store, "Y1", &patient("a", NHS_NUMBER, "1943-05-06")).await;
        assert!(first != second && second != known);
        for id in [first, second, known] {
            let same = store.same_person(id).await.unwrap();
            assert_eq!(same[0], known, "the one that is left comes first");
            let mut rest = same[1..].to_vec();
            rest.sort_by_key(|id| *id.as_bytes());
            let mut former = [first, second];
            former.sort_by_key(|id| *id.as_bytes());
            assert_eq!(rest, former);
        }
        let nobody = PersonId::new(uuid::Uuid::from_u128(77));
        assert_eq!(store.same_person(nobody).await.unwrap(), []);
    })
    .await;
}
