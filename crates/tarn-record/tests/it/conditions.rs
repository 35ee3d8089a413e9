//! Conditions and expected versions of a delivery.

use tarn_model::PersonId;
use tarn_record::{EntryAction, IngestError};

use crate::backend::{all_of, on_both, send};
use crate::requests::{entry, transaction, write};

#[tokio::test(flavor = "multi_thread")]
async fn conditions_and_versions_hold_for_the_whole_transaction() {
    let held = |value: &str, text: &str| {
        format!(
            r#"{{"resourceType":"Basic","identifier":[{{"system":"http://x","value":"{value}"}}],"code":{{"text":"{text}"}}}}"#
        )
    };
    let if_none = |value: &str| format!(r#","ifNoneExist":"identifier=http://x|{value}""#);
    on_both(async |store| {
        let one = |entry: String| transaction(&[entry]);
        let create = one(entry("POST", "Basic", &if_none("7"), &held("7", "a")));
        let made = write(store, "Y1", "m1", &create).await.unwrap();
        let found = write(store, "Y1", "m2", &create).await.unwrap();
        assert_eq!(found[0].action, EntryAction::Unchanged);
        assert_eq!(found[0].resource, made[0].resource);
        let id = &made[0].resource.resource_id;

        let update = one(entry(
            "PUT",
            "Basic?identifier=http://x|7",
            "",
            &held("7", "b"),
        ));
        let done = write(store, "Y1", "m3", &update).await.unwrap();
        assert_eq!(
            (
                done[0].action,
                &done[0].resource.resource_id,
                done[0].resource.version
            ),
            (EntryAction::Updated, id, 2)
        );
        let other = held("7", "b").replace("{\"resourceType", "{\"id\":\"other\",\"resourceType");
        let refused = write(
            store,
            "Y1",
            "m4",
            &one(entry("PUT", "Basic?identifier=http://x|7", "", &other)),
        )
        .await;
        assert!(
            matches!(refused, Err(IngestError::Unreadable { .. })),
            "{refused:?}"
        );

        let check = async |message: &str, entries: &[String], is: fn(&IngestError) -> bool| {
            let before = store.counts().await.unwrap();
            let refused = write(store, "Y1", message, &transaction(entries))
                .await
                .unwrap_err();
            assert!(is(&refused), "{message}: {refused}");
            assert_eq!(store.counts().await.unwrap(), before, "{message}");
        };
        let with_id = |id: &str, text: &str| {
            held("9", text).replace(
                "{\"resourceType",
                &format!("{{\"id\":\"{id}\",\"resourceType"),
            )
        };
        let url = format!("Basic/{id}");
        let fresh = entry("POST", "Basic", "", &held("8", "new"));
        let matching = |version: &str| format!(r#","ifMatch":"W/\"{version}\"""#);
        let duplicate: fn(&IngestError) -> bool =
            |error| matches!(error, IngestError::Duplicate { .. });
        let superseded: fn(&IngestError) -> bool =
            |error| matches!(error, IngestError::Superseded { .. });
        check(
            "late",
            &[
                fresh.clone(),
                entry("PUT", &url, &matching("1"), &with_id(id, "c")),
            ],
            superseded,
        )
        .await;
        check(
            "late deletion",
            &[fresh.clone(), entry("DELETE", &url, &matching("1"), "")],
            superseded,
        )
        .await;
        check(
            "never",
            &[entry(
                "PUT",
                "Basic/none",
                r#","ifMatch":"*""#,
                &with_id("none", "c"),
            )],
            superseded,
        )
        .await;
        check(
            "twice by condition",
            &[
                entry("POST", "Basic", &if_none("8"), &held("8", "a")),
                entry(
                    "POST",
                    "Basic",
                    r#","ifNoneExist":"identifier=http%3A%2F%2Fx%7C8""#,
                    &held("8", "b"),
                ),
            ],
            duplicate,
        )
        .await;
        check(
            "twice by id and condition",
            &[
                entry("PUT", &url, "", &with_id(id, "c")),
                entry("PUT", "Basic?identifier=http://x|7", "", &held("7", "d")),
            ],
            duplicate,
        )
        .await;
        check(
            "twice by id",
            &[
                entry("PUT", &url, "", &with_id(id, "c")),
                entry("DELETE", &url, "", ""),
            ],
            duplicate,
        )
        .await;

        write(
            store,
            "Y1",
            "m5",
            &one(entry("POST", "Basic", "", &held("7", "second"))),
        )
        .await
        .unwrap();
        let many: fn(&IngestError) -> bool =
            |error| matches!(error, IngestError::MultipleMatches { .. });
        check(
            "many by create",
            &[
                fresh.clone(),
                entry("POST", "Basic", &if_none("7"), &held("7", "x")),
            ],
            many,
        )
        .await;
        check(
            "many by update",
            &[
                fresh,
                entry("PUT", "Basic?identifier=http://x|7", "", &held("7", "x")),
            ],
            many,
        )
        .await;
        check(
            "many by deletion",
            &[entry("DELETE", "Basic?identifier=http://x|7", "", "")],
            many,
        )
        .await;

        write(
            store,
            "Y1",
            "m6",
            &one(entry("PUT", &url, &matching("2"), &with_id(id, "c"))),
        )
        .await
        .unwrap();
        let gone = one(entry("DELETE", "Basic?identifier=http://x|7", "", ""));
        assert_eq!(
            write(store, "Y1", "m7", &gone).await.unwrap()[0].action,
            EntryAction::Deleted
        );
        assert!(write(store, "Y1", "m8", &gone).await.unwrap().is_empty());
        assert_eq!(store.counts().await.unwrap().resources, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_may_ask_twice_for_the_same() {
    let create = |text: &str| {
        entry(
            "POST",
            "Organization",
            r#","ifNoneExist":"identifier=http://x|7""#,
            &format!(
                r#"{{"resourceType":"Organization","identifier":[{{"system":"http://x","value":"7"}}],"name":"{text}"}}"#
            ),
        )
    };
    let text = transaction(&[create("one"), create("two")]).replace("transaction", "batch");
    on_both(async |store| {
        let tally = send(store, "Y1", &text).await.tally();
        assert_eq!((tally.created, tally.unchanged), (1, 1));
        let held = store
            .resources(PersonId::DIRECTORY, &all_of(&["Y1"]))
            .await
            .unwrap();
        assert!(held.len() == 1 && held[0].body.contains("\"one\""));
    })
    .await;
}
