use tarn_model::{ErrorKind, PersonId};
use tarn_record::{IngestError, Receipt, RecordStore, Tally};

use crate::backend::{
    NHS_NUMBER, all_of, bundle, condition, on_both, on_both_addresses, patient, person,
    run_statement, send, send_as, send_at,
};

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_comes_back_byte_for_byte() {
    let odd = r#"{ "resourceType":"Observation", "id":"o1","status":"final",
        "_status":{"extension":[{"url":"http://example.org/x","valueDecimal":1.50}]},
        "contained":[{"resourceType":"Patient","id":"c","_birthDate":{"id":"b"}}],
        "extension":[{"url":"http://example.org/unknown","valueString":"\u00e9\u0000 \ud83d\ude00 ☂"}],
        "code":{"text":"Weight"},"subject":{"reference":"Patient/p1"},
        "valueQuantity":{"value":200.00,"unit":"kg"} , "madeUp":[1e5,-0.0,1E+2]}"#;
    on_both(async |store| {
        send(
            store,
            "Y1",
            &bundle(&[patient("p1", NHS_NUMBER, "1943-05-06"), odd.to_owned()]),
        )
        .await;
        let person = person(store, NHS_NUMBER).await;
        let held = store
            .resource(person, "Observation", "o1", &all_of(&["Y1"]))
            .await
            .unwrap();
        let held = held.unwrap();
        assert_eq!(held.as_sent().unwrap(), odd);
        assert_eq!(held.body, odd);
        assert_eq!((held.version, held.deleted), (1, false));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn references_inside_a_bundle_are_resolved_and_undone() {
    let observation = r#"{"resourceType":"Observation","status":"final","code":{"text":"Pulse"},"subject":{"reference":"urn:uuid:7a3cf2a0-0000-4000-8000-000000000001"}}"#;
    let text = format!(
        r#"{{"resourceType":"Bundle","type":"transaction","entry":[
        {{"fullUrl":"urn:uuid:7a3cf2a0-0000-4000-8000-000000000002","resource":{observation},"request":{{"method":"POST","url":"Observation"}}}},
        {{"fullUrl":"urn:uuid:7a3cf2a0-0000-4000-8000-000000000001","resource":{},"request":{{"method":"POST","url":"Patient"}}}}]}}"#,
        patient("p1", NHS_NUMBER, "1943-05-06")
    );
    on_both(async |store| {
        send(store, "Y1", &text).await;
        let person = person(store, NHS_NUMBER).await;
        let held = store.resources(person, &all_of(&["Y1"])).await.unwrap();
        assert_eq!(held.len(), 2);
        assert!(held[0].body.contains(r#""reference":"Patient/p1""#));
        assert!(
            held[0]
                .body
                .contains(&format!(r#""id":"{}""#, held[0].resource_id))
        );
        assert_eq!(held[0].as_sent().unwrap(), observation);
        let again = send_at(store, "Y1", &text, 9).await.unwrap();
        assert_eq!(
            again.tally(),
            Tally {
                unchanged: 2,
                ..Tally::default()
            }
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_message_again_changes_nothing() {
    let text = bundle(&[
        patient("p1", NHS_NUMBER, "1943-05-06"),
        condition("c1", "p1", "Asthma"),
    ]);
    on_both(async |store| {
        let first = send_as(store, "Y1", "m1", &text, 0).await.unwrap();
        assert_eq!(
            first,
            Receipt::Stored(Tally {
                created: 2,
                ..Tally::default()
            })
        );
        let before = store.counts().await.unwrap();
        let second = send_as(store, "Y1", "m1", &text, 60).await.unwrap();
        assert_eq!(second, Receipt::Unchanged(first.tally()));
        assert_eq!(second.changed(), 0);
        let third = send_as(store, "Y1", "m2", &text, 120).await.unwrap();
        assert_eq!(
            third,
            Receipt::Stored(Tally {
                unchanged: 2,
                ..Tally::default()
            })
        );
        assert_eq!(store.counts().await.unwrap(), before);
        let other = bundle(&[patient("p2", "", "1950-01-01")]);
        let reused = send_as(store, "Y1", "m1", &other, 180).await.unwrap_err();
        assert!(matches!(reused, IngestError::MessageReused));
        assert_eq!(reused.kind(), ErrorKind::Conflict);
        assert_eq!(store.counts().await.unwrap(), before);
        send_as(store, "Y2", "m1", &other, 180).await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_at_once_have_one_effect() {
    let text = bundle(&[
        patient("p1", NHS_NUMBER, "1943-05-06"),
        condition("c1", "p1", "Asthma"),
    ]);
    on_both_addresses(async |url| {
        let store = std::sync::Arc::new(RecordStore::connect(url).await.unwrap());
        store.migrate().await.unwrap();
        let all: Vec<_> = (0..8)
            .map(|_| {
                let (store, text) = (store.clone(), text.clone());
                tokio::spawn(async move { send_as(&store, "Y1", "m1", &text, 0).await.unwrap() })
            })
            .collect();
        let mut stored = 0;
        for one in all {
            let receipt = one.await.unwrap();
            stored += usize::from(matches!(receipt, Receipt::Stored(_)));
            assert_eq!(
                receipt.tally(),
                Tally {
                    created: 2,
                    ..Tally::default()
                }
            );
        }
        assert_eq!(stored, 1);
        let counts = store.counts().await.unwrap();
        assert_eq!(
            (counts.people, counts.resources, counts.older_versions),
            (1, 2, 0)
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_sources_at_once_make_one_person() {
    on_both_addresses(async |url| {
        let store = std::sync::Arc::new(RecordStore::connect(url).await.unwrap());
        store.migrate().await.unwrap();
        let all: Vec<_> = (0..8)
            .map(|number| {
                let store = store.clone();
                tokio::spawn(async move {
                    let text = bundle(&[
                        patient("same", NHS_NUMBER, "1943-05-06"),
                        condition("same", "same", "Asthma"),
                    ]);
                    send_as(&store, &format!("Y{number}"), "m", &text, 0)
                        .await
                        .unwrap();
                })
            })
            .collect();
        for one in all {
            one.await.unwrap();
        }
        let counts = store.counts().await.unwrap();
        assert_eq!((counts.people, counts.resources), (1, 16));
        let person = person(&store, NHS_NUMBER).await;
        assert_eq!(store.demographics(person).await.unwrap().len(), 8);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_are_kept_and_deletions_too() {
    on_both(async |store| {
        let everything = all_of(&["Y1"]);
        send(store, "Y1", &patient("p1", NHS_NUMBER, "1943-05-06")).await;
        for (at, text) in ["Asthma", "Asthma, mild", "Asthma"].iter().enumerate() {
            let seconds = i64::try_from(at).unwrap();
            send_at(store, "Y1", &condition("c1", "p1", text), seconds).await.unwrap();
        }
        let person = person(store, NHS_NUMBER).await;
        let versions = store.versions(person, "Condition", "c1", &everything).await.unwrap();
        let numbers: Vec<i64> = versions.iter().map(|version| version.version).collect();
        assert_eq!(numbers, [3, 2, 1]);
        assert_eq!(versions[1].as_sent().unwrap(), condition("c1", "p1", "Asthma, mild"));
        assert_eq!(store.lines(person, &everything).await.unwrap().len(), 1);
        let deletion = r#"{"resourceType":"Bundle","type":"transaction","entry":[{"request":{"method":"DELETE","url":"Condition/c1"}},{"request":{"method":"DELETE","url":"Condition/never"}}]}"#;
        let receipt = send(store, "Y1", deletion).await;
        assert_eq!(receipt.tally().deleted, 1);
        assert!(store.resource(person, "Condition", "c1", &everything).await.unwrap().is_none());
        assert!(store.lines(person, &everything).await.unwrap().is_empty());
        let versions = store.versions(person, "Condition", "c1", &everything).await.unwrap();
        assert_eq!(versions.len(), 4);
        assert!(versions[0].deleted && versions[0].body.is_empty());
        let counts = store.counts().await.unwrap();
        assert_eq!((counts.resources, counts.older_versions, counts.lines), (1, 3, 0));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_an_older_version_is_refused() {
    on_both(async |store| {
        send(store, "Y1", &condition("c1", "p1", "Asthma")).await;
        let put = |if_match: &str, text: &str| {
            format!(
                r#"{{"resourceType":"Bundle","type":"transaction","entry":[{{"resource":{},"request":{{"method":"PUT","url":"Condition/c1","ifMatch":"W/\"{if_match}\""}}}}]}}"#,
                condition("c1", "p1", text)
            )
        };
        assert_eq!(send(store, "Y1", &put("1", "Asthma, mild")).await.tally().updated, 1);
        let late = send_at(store, "Y1", &put("1", "Asthma, severe"), 1).await.unwrap_err();
        assert!(matches!(late, IngestError::Superseded { .. }), "{late}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_bad_entry_leaves_nothing() {
    let unresolved = r#"{"resourceType":"Encounter","id":"e1","subject":{"reference":"Patient/p1"},"serviceProvider":{"reference":"Organization?identifier=http://x|7"}}"#;
    on_both(async |store| {
        let text = bundle(&[patient("p1", NHS_NUMBER, "1943-05-06"), unresolved.to_owned()]);
        let refused = send_at(store, "Y1", &text, 0).await.unwrap_err();
        assert!(matches!(&refused, IngestError::Unresolved { path } if path.contains("entry[1]")));
        let counts = store.counts().await.unwrap();
        assert_eq!((counts.people, counts.resources, counts.lines), (0, 0, 0));
        assert!(store.locate(&"Y1".parse().unwrap(), "Patient", "p1").await.unwrap().is_none());
        let organisation = r#"{"resourceType":"Organization","id":"org","identifier":[{"system":"http://x","value":"7"}]}"#;
        send(store, "Y2", organisation).await;
        assert!(send_at(store, "Y1", &text, 0).await.is_err(), "another source's is not this one's");
        send(store, "Y1", organisation).await;
        assert_eq!(send(store, "Y1", &text).await.tally().created, 2);
        let person = person(store, NHS_NUMBER).await;
        let held = store.resource(person, "Encounter", "e1", &all_of(&["Y1"])).await.unwrap().unwrap();
        let (_, id) = store.locate(&"Y1".parse().unwrap(), "Organization", "org").await.unwrap().unwrap();
        assert!(held.body.contains(&format!("\"Organization/{id}\"")));
        assert_ne!(id, "org", "that id was taken by the other source");
        assert_eq!(held.as_sent().unwrap(), unresolved);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conditional_create_makes_one() {
    let create = |name: &str| {
        format!(
            r#"{{"resourceType":"Bundle","type":"batch","entry":[{{"fullUrl":"urn:uuid:{name}","resource":{{"resourceType":"Organization","identifier":[{{"system":"http://x","value":"7"}}],"name":"{name}"}},"request":{{"method":"POST","url":"Organization","ifNoneExist":"identifier=http://x|7"}}}}]}}"#
        )
    };
    on_both(async |store| {
        assert_eq!(send(store, "Y1", &create("one")).await.tally().created, 1);
        assert_eq!(send(store, "Y1", &create("two")).await.tally().unchanged, 1);
        let held = store
            .resources(PersonId::DIRECTORY, &all_of(&["Y1"]))
            .await
            .unwrap();
        assert_eq!(held.len(), 1);
        assert!(held[0].body.contains("\"one\""));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn three_sources_may_use_the_same_id() {
    on_both(async |store| {
        for (source, text) in [("Y1", "Asthma"), ("Y2", "Eczema"), ("Y3", "Gout")] {
            // The reference comes first, so that its id must be held back for what follows.
            let note = r#"{"resourceType":"Observation","id":"o","status":"final","code":{"text":"Note"},"subject":{"reference":"Patient/p"},"focus":[{"reference":"Condition/same"}]}"#;
            send(store, source, note).await;
            send(store, source, &condition("same", "p", text)).await;
            send(store, source, &patient("p", NHS_NUMBER, "1943-05-06")).await;
        }
        let person = person(store, NHS_NUMBER).await;
        for (source, text) in [("Y1", "Asthma"), ("Y2", "Eczema"), ("Y3", "Gout")] {
            let held = store.resources(person, &all_of(&[source])).await.unwrap();
            let types: Vec<&str> = held.iter().map(|one| one.resource_type.as_str()).collect();
            assert_eq!(types, ["Condition", "Observation", "Patient"]);
            assert_eq!(held[0].as_sent().unwrap(), condition("same", "p", text));
            assert_eq!(held[0].resource_id == "same", source == "Y1");
            assert!(held[1].body.contains(&format!("Condition/{}", held[0].resource_id)));
            assert!(held[1].body.contains(&format!("Patient/{}", held[2].resource_id)));
            assert!(held[1].as_sent().unwrap().contains("Condition/same"));
        }
        assert_eq!(store.counts().await.unwrap().people, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn history_cannot_be_changed_even_past_the_store() {
    on_both_addresses(async |url| {
        let store = RecordStore::connect(url).await.unwrap();
        store.migrate().await.unwrap();
        send(&store, "Y1", &condition("c1", "p1", "Asthma")).await;
        send_at(&store, "Y1", &condition("c1", "p1", "Asthma, mild"), 1)
            .await
            .unwrap();
        for statement in [
            "UPDATE resource_history SET body = '{}'",
            "UPDATE resource_history SET version = 9",
            "DELETE FROM resource_history",
        ] {
            let refused = run_statement(url, statement).await.unwrap_err();
            assert!(refused.contains("history is not"), "{refused}");
        }
        assert_eq!(store.counts().await.unwrap().older_versions, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_in_the_middle_leaves_nothing_and_the_store_goes_on() {
    let text = bundle(&[
        patient("p1", NHS_NUMBER, "1943-05-06"),
        condition("c1", "p1", "Asthma"),
    ]);
    on_both_addresses(async |url| {
        let store = RecordStore::connect(url).await.unwrap();
        store.migrate().await.unwrap();
        let before = store.counts().await.unwrap();
        // The lines are written last: by then everything else is in the transaction.
        run_statement(url, "ALTER TABLE view_row RENAME TO view_row_away")
            .await
            .unwrap();
        let failed = send_at(&store, "Y1", &text, 0).await.unwrap_err();
        assert_eq!(failed.kind(), ErrorKind::Unavailable);
        run_statement(url, "ALTER TABLE view_row_away RENAME TO view_row")
            .await
            .unwrap();
        assert_eq!(store.counts().await.unwrap(), before);
        let receipt = send_at(&store, "Y1", &text, 0).await.unwrap();
        assert_eq!(
            receipt,
            Receipt::Stored(Tally {
                created: 2,
                ..Tally::default()
            })
        );
    })
    .await;
}
