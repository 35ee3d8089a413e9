//! Whose a document is, and the files attached to it.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set itself up should stop"
)]

use tarn_model::PersonId;
use tarn_record::RecordStore;

use crate::backend::{NHS_NUMBER, all_of, bundle, ods, on_both, patient, person, send, send_at};

async fn whose(store: &RecordStore, source: &str, resource_type: &str, id: &str) -> PersonId {
    let found = store.locate(&ods(source), resource_type, id).await.unwrap();
    found.unwrap().0
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_is_filed_anew_takes_nobody_along() {
    on_both(async |store| {
        let other = "9990000026";
        send(store, "Y1", &patient("p", NHS_NUMBER, "1943-05-06")).await;
        send(store, "Y1", &patient("q", other, "1950-07-08")).await;
        // The letter's file comes before the letter, and waits for it as nobody in particular.
        let file = r#"{"resourceType":"Binary","id":"b1","contentType":"text/plain","data":"YQ==","securityContext":{"reference":"DocumentReference/d1"}}"#;
        send(store, "Y1", file).await;
        let letter = |of: &str| {
            format!(
                r#"{{"resourceType":"DocumentReference","id":"d1","status":"current","subject":{{"reference":"Patient/{of}"}},"content":[{{"attachment":{{"url":"Binary/b1"}}}}]}}"#
            )
        };
        send(store, "Y1", &letter("p")).await;
        let (one, two) = (person(store, NHS_NUMBER).await, person(store, other).await);
        assert_eq!(whose(store, "Y1", "Binary", "b1").await, one);
        // Filed with the wrong person: the source corrects it.
        send(store, "Y1", &letter("q")).await;
        assert_eq!(whose(store, "Y1", "DocumentReference", "d1").await, two);
        assert_eq!(whose(store, "Y1", "Binary", "b1").await, two);
        assert_eq!(person(store, NHS_NUMBER).await, one, "nobody was joined");
        assert_eq!(person(store, other).await, two);
        assert_eq!(store.demographics(one).await.unwrap().len(), 1);
        assert_eq!(store.demographics(two).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_follows_its_document_to_another_person() {
    let other = "9990000026";
    let file = |id: &str, more: &str| {
        format!(
            r#"{{"resourceType":"Binary","id":"{id}","contentType":"text/plain","data":"YQ=="{more}}}"#
        )
    };
    let letter = |id: &str, of: &str, files: &[&str]| {
        let content: Vec<String> = (files.iter())
            .map(|file| format!(r#"{{"attachment":{{"url":"Binary/{file}"}}}}"#))
            .collect();
        format!(
            r#"{{"resourceType":"DocumentReference","id":"{id}","status":"current","subject":{{"reference":"Patient/{of}"}},"content":[{}]}}"#,
            content.join(",")
        )
    };
    let own = r#","securityContext":{"reference":"Patient/p"}"#;
    on_both(async |store| {
        let all = bundle(&[
            patient("p", NHS_NUMBER, "1943-05-06"),
            patient("q", other, "1950-07-08"),
            letter("d1", "p", &["b1", "b10", "mine", "shared"]),
            letter("d2", "p", &["shared", "b10"]),
            file("b1", ""),
            file("b10", ""),
            file("mine", own),
            file("shared", ""),
        ]);
        send(store, "Y1", &all).await;
        // Another organisation's file of the same name is none of it.
        send(store, "Y2", &file("b1", "")).await;
        let (one, two) = (person(store, NHS_NUMBER).await, person(store, other).await);
        for id in ["b1", "b10", "mine", "shared"] {
            assert_eq!(whose(store, "Y1", "Binary", id).await, one, "{id}");
        }
        let moved = letter("d1", "q", &["b1", "b10", "mine", "shared"]);
        send_at(store, "Y1", &moved, 1).await.unwrap();
        assert_eq!(whose(store, "Y1", "Binary", "b1").await, two);
        for id in ["b10", "mine", "shared"] {
            assert_eq!(whose(store, "Y1", "Binary", id).await, one, "{id}");
        }
        assert_eq!(
            whose(store, "Y2", "Binary", "b1").await,
            PersonId::DIRECTORY
        );
        let selection = all_of(&["Y1"]);
        let read = async |person| {
            let found = store.resource(person, "Binary", "b1", &selection).await;
            found.unwrap()
        };
        assert!(read(one).await.is_none(), "nothing stays behind");
        let held = read(two).await.unwrap();
        assert_eq!(held.version, 2);
        assert!(held.body.contains("YQ=="));
        // The same again moves nothing and makes no version.
        send_at(store, "Y1", &moved, 2).await.unwrap();
        assert_eq!(read(two).await.unwrap(), held);
        // With the last of the letters the shared files go as well.
        send_at(store, "Y1", &letter("d2", "q", &["shared", "b10"]), 3)
            .await
            .unwrap();
        for id in ["b10", "shared"] {
            assert_eq!(whose(store, "Y1", "Binary", id).await, two, "{id}");
        }
    })
    .await;
}
