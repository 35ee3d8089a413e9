//! Two people made one by an operator, and two again.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set itself up should stop"
)]

use std::collections::BTreeMap;

use tarn_model::{ErrorKind, NhsNumber, PersonId};
use tarn_record::{MergeCause, MergeError, PersonQuery, RecordStore};

use crate::backend::{
    NHS_NUMBER, all_of, at, bundle, condition, ods, on_both, patient, person, send, send_at,
};

const OTHER_NUMBER: &str = "9990000026";

/// Type, id and version of everything that is held of somebody, with the number of lines and rows
/// beside.
async fn of(store: &RecordStore, person: PersonId) -> BTreeMap<String, i64> {
    let everything = all_of(&["Y1", "Y2", "Y3"]);
    let mut all = BTreeMap::new();
    for one in store.resources(person, &everything).await.unwrap() {
        assert!(one.as_sent().is_ok());
        let versions = store
            .versions(person, &one.resource_type, &one.resource_id, &everything)
            .await
            .unwrap();
        let name = format!("{}/{}", one.resource_type, one.resource_id);
        assert_eq!(versions.len() as i64, one.version, "{name}");
        assert_eq!(
            store
                .person_of(&one.resource_type, &one.resource_id)
                .await
                .unwrap(),
            Some(person)
        );
        all.insert(name, one.version);
    }
    let mut note = |what: &str, count: usize| all.insert(what.to_owned(), count as i64);
    note(
        "lines",
        store.lines(person, &everything).await.unwrap().len(),
    );
    note(
        "answers",
        store
            .search_rows(person, &[], &everything)
            .await
            .unwrap()
            .len(),
    );
    note(
        "demographics",
        store.demographics(person).await.unwrap().len(),
    );
    note(
        "identifiers",
        store.identifiers(person).await.unwrap().len(),
    );
    all
}

async fn owner(store: &RecordStore, source: &str, kind: &str, name: &str) -> PersonId {
    let found = store.locate(&ods(source), kind, name).await.unwrap();
    found.unwrap().0
}

async fn by_number(store: &RecordStore, number: &str) -> Vec<PersonId> {
    let query = PersonQuery::NhsNumber(number.parse().unwrap());
    store.find_people(&query, 5).await.unwrap()
}

/// Two people: one whom Y1 and Y2 know by an NHS number, one whom Y3 knows by its own id and
/// another date of birth.
async fn two(store: &RecordStore) -> (PersonId, PersonId) {
    send(
        store,
        "Y1",
        &bundle(&[
            patient("a", NHS_NUMBER, "1943-05-06"),
            condition("c1", "a", "Gout"),
        ]),
    )
    .await;
    send(store, "Y2", &patient("b", NHS_NUMBER, "1943-05")).await;
    send(
        store,
        "Y3",
        &bundle(&[
            patient("d", "", "1944-06-05"),
            condition("c3", "d", "Asthma"),
        ]),
    )
    .await;
    let there = person(store, NHS_NUMBER).await;
    (owner(store, "Y3", "Patient", "d").await, there)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_that_is_taken_back_leaves_everything_where_it_was() {
    on_both(async |store| {
        let (gone, stays) = two(store).await;
        let before = (of(store, gone).await, of(store, stays).await);
        let counts = store.counts().await.unwrap();
        store.merge_people(gone, stays, at(1)).await.unwrap();
        assert_eq!(of(store, gone).await.values().sum::<i64>(), 0);
        let merged = of(store, stays).await;
        assert_eq!(merged["demographics"], 3);
        assert_eq!(merged["lines"], before.0["lines"] + before.1["lines"]);
        assert_eq!(store.same_person(gone).await.unwrap(), [stays, gone]);
        let standing = store.merges().await.unwrap();
        assert_eq!(standing.len(), 1);
        assert_eq!(
            (standing[0].gone, standing[0].stays, standing[0].cause),
            (gone, stays, MergeCause::Operator)
        );
        assert_eq!(store.kept_apart().await.unwrap().merged, 1);
        assert_eq!(store.kept_apart().await.unwrap().births_disagree, 1);

        assert_eq!(store.unmerge_people(gone, at(2)).await.unwrap(), stays);
        assert_eq!((of(store, gone).await, of(store, stays).await), before);
        assert_eq!(store.counts().await.unwrap(), counts);
        assert_eq!(store.same_person(gone).await.unwrap(), [gone]);
        assert_eq!(store.same_person(stays).await.unwrap(), [stays]);
        assert!(store.merges().await.unwrap().is_empty());
        // And once more, the other way round.
        store.merge_people(stays, gone, at(3)).await.unwrap();
        assert_eq!(person(store, NHS_NUMBER).await, gone);
        store.unmerge_people(stays, at(4)).await.unwrap();
        assert_eq!((of(store, gone).await, of(store, stays).await), before);
        assert_eq!(person(store, NHS_NUMBER).await, stays);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_while_two_are_one_goes_with_whom_its_source_sent_it_for() {
    on_both(async |store| {
        let (gone, stays) = two(store).await;
        store.merge_people(gone, stays, at(1)).await.unwrap();
        let provenance = r#"{"resourceType":"Provenance","id":"v","target":[{"reference":"Condition/new3"}],"recorded":"2024-01-01T00:00:00Z"}"#;
        let letter = r#"{"resourceType":"DocumentReference","id":"l","status":"current","subject":{"reference":"Patient/d"},"content":[{"attachment":{"url":"Binary/x"}}]}"#;
        let binary = r#"{"resourceType":"Binary","id":"x","contentType":"text/plain","data":"aGk="}"#;
        for (source, text) in [
            // What was held changes, is taken for the other, or is taken back.
            ("Y3", condition("c3", "d", "Asthma, severe")),
            ("Y1", condition("c1", "a", "Gout, chronic")),
            // What is new, before and after its Patient is corrected.
            ("Y3", condition("new3", "d", "Eczema")),
            ("Y3", patient("d", "", "1944-06-07")),
            ("Y3", provenance.to_owned()),
            ("Y3", bundle(&[binary.to_owned(), letter.to_owned()])),
            ("Y1", condition("new1", "a", "Migraine")),
            // A source that nobody had heard of, with the number of the one who stays; and with
            // a number that the one who is gone turns out to have.
            ("Y2", condition("by-number", "b", "Sciatica")),
            ("Y3", patient("d", OTHER_NUMBER, "1944-06-07")),
            ("Y1", patient("late", OTHER_NUMBER, "1944-06")),
            ("Y1", condition("of-late", "late", "Anaemia")),
        ] {
            send(store, source, &text).await;
        }
        assert_eq!(by_number(store, OTHER_NUMBER).await, [stays]);
        let merged = of(store, stays).await;
        store.unmerge_people(gone, at(2)).await.unwrap();
        let (back, left) = (of(store, gone).await, of(store, stays).await);
        let names = |all: &BTreeMap<String, i64>| {
            let names = all.keys().filter(|name| name.contains('/'));
            names.cloned().collect::<Vec<_>>().join(" ")
        };
        assert_eq!(
            names(&back),
            "Binary/x Condition/c3 Condition/new3 Condition/of-late DocumentReference/l \
             Patient/d Patient/late Provenance/v"
        );
        assert_eq!(
            names(&left),
            "Condition/by-number Condition/c1 Condition/new1 Patient/a Patient/b"
        );
        assert_eq!((back["Condition/c3"], back["Patient/d"]), (2, 3));
        assert_eq!(merged["lines"], back["lines"] + left["lines"]);
        assert_eq!(by_number(store, OTHER_NUMBER).await, [gone]);
        assert_eq!(by_number(store, NHS_NUMBER).await, [stays]);
        // And what comes later.
        send_at(store, "Y1", &condition("later", "late", "Cough"), 9).await.unwrap();
        assert_eq!(owner(store, "Y1", "Condition", "later").await, gone);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_filed_for_the_other_meanwhile_or_taken_back_goes_where_it_was_last_said() {
    on_both(async |store| {
        let (gone, stays) = two(store).await;
        send(store, "Y1", &patient("e", "", "1944-06-05")).await;
        let e = owner(store, "Y1", "Patient", "e").await;
        store.merge_people(e, stays, at(1)).await.unwrap();
        // Y1 had filed the condition for the wrong one of its two patients.
        send(store, "Y1", &condition("c1", "e", "Gout")).await;
        let delete = r#"{"resourceType":"Bundle","type":"transaction","entry":[{"request":{"method":"DELETE","url":"Condition/c1"}}]}"#;
        send(store, "Y1", delete).await;
        store.unmerge_people(e, at(2)).await.unwrap();
        assert_eq!(owner(store, "Y1", "Condition", "c1").await, e);
        let versions = store
            .versions(e, "Condition", "c1", &all_of(&["Y1"]))
            .await
            .unwrap();
        assert_eq!(versions.len(), 3);
        assert_ne!(gone, e);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn merges_of_merges_are_taken_back_one_by_one() {
    on_both(async |store| {
        for (source, id) in [("Y1", "a"), ("Y2", "b"), ("Y3", "c")] {
            let both = [patient(id, "", "1943-05-06"), condition(id, id, "Gout")];
            send(store, source, &bundle(&both)).await;
        }
        let mut people = Vec::new();
        for (source, id) in [("Y1", "a"), ("Y2", "b"), ("Y3", "c")] {
            people.push(owner(store, source, "Patient", id).await);
        }
        let [a, b, c] = people[..] else { panic!() };
        let mut before = Vec::new();
        for one in [a, b, c] {
            before.push(of(store, one).await);
        }
        store.merge_people(a, b, at(1)).await.unwrap();
        store.merge_people(b, c, at(2)).await.unwrap();
        assert_eq!(store.same_person(a).await.unwrap()[0], c);
        assert_eq!(of(store, c).await["demographics"], 3);
        // The later one first: the two that were one before are one again.
        store.unmerge_people(b, at(3)).await.unwrap();
        assert_eq!(of(store, c).await, before[2]);
        assert_eq!(of(store, b).await["demographics"], 2);
        assert_eq!(store.same_person(a).await.unwrap(), [b, a]);
        store.merge_people(b, c, at(4)).await.unwrap();
        // The earlier one first.
        store.unmerge_people(a, at(5)).await.unwrap();
        assert_eq!(of(store, a).await, before[0]);
        assert_eq!(of(store, c).await["demographics"], 2);
        store.unmerge_people(b, at(6)).await.unwrap();
        for (one, before) in [a, b, c].into_iter().zip(before) {
            assert_eq!(of(store, one).await, before);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_merged_or_taken_back_is_refused_clearly() {
    on_both(async |store| {
        let (gone, stays) = two(store).await;
        let nobody = PersonId::from_slice(&[7; 16]).unwrap();
        let merge = async |one, other| store.merge_people(one, other, at(1)).await.unwrap_err();
        assert!(matches!(merge(gone, gone).await, MergeError::Same));
        assert!(matches!(
            merge(gone, nobody).await,
            MergeError::Absent { .. }
        ));
        assert_eq!(merge(nobody, stays).await.kind(), ErrorKind::NotFound);
        let directory = merge(PersonId::DIRECTORY, stays).await;
        assert!(matches!(directory, MergeError::Absent { .. }));
        let apart = store.unmerge_people(gone, at(1)).await.unwrap_err();
        assert!(matches!(apart, MergeError::NotMerged), "{apart}");

        store.merge_people(gone, stays, at(2)).await.unwrap();
        assert!(
            matches!(merge(gone, stays).await, MergeError::Same),
            "twice"
        );
        assert!(
            matches!(merge(stays, gone).await, MergeError::Same),
            "a ring"
        );
        send(store, "Y3", &patient("z", "", "1950-01-01")).await;
        let other = owner(store, "Y3", "Patient", "z").await;
        let refused = merge(gone, other).await;
        assert!(matches!(refused, MergeError::Gone { .. }), "{refused}");
        let refused = merge(other, gone).await;
        assert!(matches!(refused, MergeError::Gone { .. }), "{refused}");
        let refused = store.unmerge_people(stays, at(3)).await.unwrap_err();
        assert!(matches!(refused, MergeError::NotMerged), "{refused}");
        assert_eq!(refused.kind(), ErrorKind::Conflict);
        store.unmerge_people(gone, at(4)).await.unwrap();
        let again = store.unmerge_people(gone, at(5)).await.unwrap_err();
        assert!(matches!(again, MergeError::NotMerged), "{again}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_placeholder_that_the_record_joined_is_nobody_to_part() {
    on_both(async |store| {
        send(store, "Y1", &patient("a", NHS_NUMBER, "1943-05-06")).await;
        send(store, "Y2", &condition("c", "late", "Gout")).await;
        let placeholder = owner(store, "Y2", "Condition", "c").await;
        assert_eq!(store.kept_apart().await.unwrap().only_referred_to, 1);
        send(store, "Y2", &patient("late", NHS_NUMBER, "1943-05-06")).await;
        let refused = store.unmerge_people(placeholder, at(1)).await.unwrap_err();
        assert!(matches!(refused, MergeError::NotAnOperators), "{refused}");
        assert!(store.merges().await.unwrap().is_empty());
        assert_eq!(
            store.kept_apart().await.unwrap(),
            tarn_record::KeptApart::default()
        );
    })
    .await;
}

/// What one of two who were merged says of who they are is not held against the other; what makes
/// one of them somebody else is.
#[tokio::test(flavor = "multi_thread")]
async fn a_merged_patient_who_is_said_to_be_somebody_else_waits_for_an_operator() {
    on_both(async |store| {
        let (gone, stays) = two(store).await;
        send(store, "Y1", &patient("third", OTHER_NUMBER, "1944-06-05")).await;
        store.merge_people(gone, stays, at(1)).await.unwrap();
        let said = patient("d", OTHER_NUMBER, "1944-06-05");
        let refused = send_at(store, "Y3", &said, 2).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Conflict);
        assert!(
            refused.to_string().contains("take the merge back"),
            "{refused}"
        );
        store.unmerge_people(gone, at(3)).await.unwrap();
        send_at(store, "Y3", &said, 4).await.unwrap();
        let third = person(store, OTHER_NUMBER).await;
        assert_eq!(owner(store, "Y3", "Condition", "c3").await, third);
        let number: NhsNumber = OTHER_NUMBER.parse().unwrap();
        assert!(number.is_synthetic());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_kept_apart_are_counted() {
    on_both(async |store| {
        send(store, "Y1", &patient("a", NHS_NUMBER, "1943")).await;
        let apart = store.kept_apart().await.unwrap();
        assert_eq!((apart.without_birth_date, apart.only_referred_to), (1, 0));
        send(store, "Y1", &patient("a", NHS_NUMBER, "1943-05-06")).await;
        assert_eq!(store.kept_apart().await.unwrap().without_birth_date, 0);
    })
    .await;
}

/// Deliveries about both, while they are made one and two again: nothing is lost and nothing stays
/// with the wrong one.
#[tokio::test(flavor = "multi_thread")]
async fn merging_while_deliveries_come_loses_nothing() {
    on_both(async |store| {
        let (gone, stays) = two(store).await;
        let sending = async |source: &str, patient: &str| {
            for n in 0..40 {
                let id = format!("{patient}{n}");
                send(store, source, &condition(&id, patient, "Gout")).await;
            }
        };
        let merging = async {
            for n in 0..10 {
                store.merge_people(gone, stays, at(n)).await.unwrap();
                store.unmerge_people(gone, at(n)).await.unwrap();
            }
        };
        tokio::join!(sending("Y1", "a"), sending("Y3", "d"), merging);
        assert_eq!(of(store, stays).await["lines"], 41);
        assert_eq!(of(store, gone).await["lines"], 41);
    })
    .await;
}
