//! What a source's Patients say of each other.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set itself up should stop"
)]

use tarn_model::PersonId;
use tarn_record::{MergeCause, RecordStore};

use crate::backend::{
    NHS_NUMBER, at, bundle, condition, ods, on_both, patient, person, send, send_at,
};

fn linked(id: &str, number: &str, birth_date: &str, kind: &str, other: &str) -> String {
    let link = format!(r#""link":[{{"other":{{"reference":"{other}"}},"type":"{kind}"}}],"#);
    patient(id, number, birth_date).replacen(r#""name""#, &format!(r#"{link}"name""#), 1)
}

async fn owner(store: &RecordStore, source: &str, name: &str) -> PersonId {
    let found = store.locate(&ods(source), "Patient", name).await.unwrap();
    found.unwrap().0
}

async fn are_one(store: &RecordStore, source: &str, one: &str, other: &str) -> bool {
    owner(store, source, one).await == owner(store, source, other).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_makes_two_patients_of_its_source_one_and_its_end_two() {
    on_both(async |store| {
        send(store, "Y1", &patient("new", NHS_NUMBER, "1943-05-06")).await;
        send(
            store,
            "Y1",
            &bundle(&[
                patient("old", "", "1934-05-06"),
                condition("c", "old", "Gout"),
            ]),
        )
        .await;
        assert!(!are_one(store, "Y1", "old", "new").await);
        let replaced = linked("old", "", "1934-05-06", "replaced-by", "Patient/new");
        send(store, "Y1", &replaced).await;
        assert!(are_one(store, "Y1", "old", "new").await);
        assert_eq!(
            owner(store, "Y1", "old").await,
            person(store, NHS_NUMBER).await
        );
        assert_eq!(store.merges().await.unwrap()[0].cause, MergeCause::Link);
        // Said again, or taken back as a resource, it stays so.
        send_at(store, "Y1", &replaced.replace("1934", "1935"), 1)
            .await
            .unwrap();
        assert!(are_one(store, "Y1", "old", "new").await);
        send_at(store, "Y1", &patient("old", "", "1935-05-06"), 2)
            .await
            .unwrap();
        assert!(!are_one(store, "Y1", "old", "new").await);
        let (holder, _) = store
            .locate(&ods("Y1"), "Condition", "c")
            .await
            .unwrap()
            .unwrap();
        assert_eq!(holder, owner(store, "Y1", "old").await);
        assert!(store.merges().await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_followed_whichever_of_the_two_comes_first() {
    on_both(async |store| {
        for (n, kind) in ["replaces", "seealso", "replaced-by"].into_iter().enumerate() {
            let (one, other) = (format!("one{n}"), format!("other{n}"));
            let named = format!("Patient/{other}");
            send(store, "Y1", &linked(&one, "", "1943-05-06", kind, &named)).await;
            send(store, "Y1", &patient(&other, "", "1943-05-06")).await;
            assert!(are_one(store, "Y1", &one, &other).await, "{kind}");
        }
        // In one bundle, by the address of the entry.
        let address = "urn:uuid:7a3cf2a0-0000-4000-8000-000000000001";
        let text = format!(
            r#"{{"resourceType":"Bundle","type":"collection","entry":[{{"resource":{}}},{{"fullUrl":"{address}","resource":{}}}]}}"#,
            linked("x", "", "1943-05-06", "replaced-by", address),
            patient("y", "", "1943-05-06"),
        );
        send(store, "Y1", &text).await;
        assert!(are_one(store, "Y1", "x", "y").await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_speaks_of_its_own_patients_and_touches_nobody_else() {
    on_both(async |store| {
        // Another source's patient of that name.
        send(store, "Y2", &patient("theirs", "", "1943-05-06")).await;
        send(
            store,
            "Y1",
            &linked("a", "", "1943-05-06", "replaced-by", "Patient/theirs"),
        )
        .await;
        assert_ne!(
            owner(store, "Y2", "theirs").await,
            owner(store, "Y1", "a").await
        );
        // Two NHS numbers.
        send(store, "Y1", &patient("n1", NHS_NUMBER, "1943-05-06")).await;
        let two = linked(
            "n2",
            "9990000026",
            "1943-05-06",
            "replaced-by",
            "Patient/n1",
        );
        send(store, "Y1", &two).await;
        assert!(!are_one(store, "Y1", "n1", "n2").await);
        // Another source says that the one who is linked was born on another day.
        send(store, "Y2", &patient("too", NHS_NUMBER, "1943-05")).await;
        send(
            store,
            "Y1",
            &linked("n3", "", "1950-05-06", "replaced-by", "Patient/n1"),
        )
        .await;
        assert!(!are_one(store, "Y1", "n1", "n3").await);
        assert!(store.merges().await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_operator_took_back_is_not_followed_again() {
    on_both(async |store| {
        send(store, "Y1", &patient("new", NHS_NUMBER, "1943-05-06")).await;
        let replaced = linked("old", "", "1943-05-06", "replaced-by", "Patient/new");
        send(store, "Y1", &replaced).await;
        let merge = store.merges().await.unwrap()[0];
        store.unmerge_people(merge.gone, at(1)).await.unwrap();
        send_at(store, "Y1", &replaced.replace("-05-06", "-05-07"), 2)
            .await
            .unwrap();
        assert!(!are_one(store, "Y1", "old", "new").await);
    })
    .await;
}
