//! What the door says of a write beforehand, and what the record makes of it.

use tarn_model::{FixedClock, IdMaker, PersonId, SeededEntropy};
use tarn_record::{Admission, Delivery, EntryAction, IngestError};

use crate::backend::{NHS_NUMBER, at, ods, on_both, patient, person, send};
use crate::requests::{entry, transaction, write};

fn note(patient: &str, text: &str) -> String {
    format!(
        r#"{{"resourceType":"Observation","status":"final","code":{{"text":"{text}"}},"subject":{{"reference":"Patient/{patient}"}}}}"#
    )
}

/// Something was decided on these people, and nobody new is expected.
fn decided(people: &[PersonId]) -> Admission<'_> {
    Admission {
        decided: people,
        ..Admission::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_made_whose_id_was_not_given_before() {
    on_both(async |store| {
        let source = &ods("Y1");
        let (clock, randomness) = (FixedClock(at(7)), SeededEntropy::new(3));
        let ids = IdMaker::new(&clock, &randomness);
        let text = transaction(&[
            entry(
                "POST",
                "Patient",
                "",
                &patient("n", NHS_NUMBER, "1943-05-06"),
            ),
            entry("POST", "Observation", "", &note("n", "Note")),
        ]);
        let delivery = Delivery {
            source,
            message_id: "m",
            text: &text,
            received_at: at(7),
        };
        let about = store.subjects(&delivery, None).await.unwrap();
        assert_eq!((about.held.len(), about.newcomers), (0, 1));
        let refused = store.write(&delivery, ids, &decided(&[])).await;
        assert!(matches!(refused, Err(IngestError::NotDecided)));
        assert_eq!(store.counts().await.unwrap().people, 0);
        let newcomers = [ids.person()];
        let admission = Admission {
            newcomers: &newcomers,
            ..Admission::default()
        };
        store.write(&delivery, ids, &admission).await.unwrap();
        assert_eq!(person(store, NHS_NUMBER).await, newcomers[0]);
        // Who is held is counted no more, whatever names them.
        let delivery = Delivery {
            message_id: "m2",
            ..delivery
        };
        let about = store.subjects(&delivery, None).await.unwrap();
        assert_eq!((about.held.len(), about.newcomers), (1, 0));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_condition_finds_only_what_may_be_known_of() {
    let identified = |text: &str| {
        note("a", text).replace(
            r#""status""#,
            r#""identifier":[{"system":"http://x","value":"7"}],"status""#,
        )
    };
    on_both(async |store| {
        send(store, "Y1", &patient("a", NHS_NUMBER, "1943-05-06")).await;
        let first = entry("POST", "Observation", "", &identified("first"));
        let made = write(store, "Y1", "m1", &transaction(&[first]))
            .await
            .unwrap();
        let held = (
            "Observation".to_owned(),
            made[0].resource.resource_id.clone(),
        );
        let person = person(store, NHS_NUMBER).await;
        let (source, url) = (&ods("Y1"), "Observation?identifier=http://x|7");
        let (clock, randomness) = (FixedClock(at(7)), SeededEntropy::new(3));
        let ids = IdMaker::new(&clock, &randomness);
        let ask = async |message_id: &str, entry: String, seen: &[(String, String)]| {
            let text = transaction(&[entry]);
            let delivery = Delivery {
                source,
                message_id,
                text: &text,
                received_at: at(8),
            };
            let found = store.conditional_matches(&delivery).await.unwrap();
            assert!(found.contains(&held));
            let people = [person];
            let admission = Admission {
                seen: Some(seen),
                ..decided(&people)
            };
            let done = store.write(&delivery, ids, &admission).await.unwrap();
            done.first()
                .map(|one| (one.action, one.resource.resource_id.clone()))
        };
        let delete = || entry("DELETE", url, "", "");
        assert_eq!(
            ask("m2", delete(), &[]).await,
            None,
            "as if it were not there"
        );
        let update = |text: &str| entry("PUT", url, "", &identified(text));
        let seen = std::slice::from_ref(&held);
        let changed = ask("m3", update("second"), seen).await.unwrap();
        assert_eq!(changed, (EntryAction::Updated, held.1.clone()));
        let (action, other) = ask("m4", update("third"), &[]).await.unwrap();
        assert_eq!(action, EntryAction::Created);
        assert_ne!(other, held.1);
        let gone = ask("m5", delete(), seen).await.unwrap();
        assert_eq!(gone, (EntryAction::Deleted, held.1.clone()));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_leaves_under_one_id_for_ever() {
    on_both(async |store| {
        send(store, "Y1", &patient("ward-7", NHS_NUMBER, "1943-05-06")).await;
        let person = person(store, NHS_NUMBER).await;
        let types = ["Patient", "Condition"];
        let ask = async |seed| {
            let entropy = SeededEntropy::new(seed);
            store.outward_ids(person, &types, &entropy).await.unwrap()
        };
        let (one, other) = tokio::join!(ask(1), ask(2));
        assert_eq!(one, other, "who was first has given it");
        let [(kind, own, outward)] = one.as_slice() else {
            panic!("{one:?}")
        };
        assert_eq!((kind.as_str(), own.as_str()), ("Patient", "ward-7"));
        assert_eq!(uuid::Uuid::parse_str(outward).unwrap().get_version_num(), 8);
        assert_eq!(ask(3).await, one);
        let name = |id: &str| ("Patient".to_owned(), id.to_owned());
        let asked = [
            name(outward),
            name("ward-7"),
            name("01990000-0000-8000-8000-000000000000"),
        ];
        let found = store.own_ids(&asked).await.unwrap();
        assert_eq!(
            found.into_iter().collect::<Vec<_>>(),
            [(name(outward), own.clone())]
        );
        // A write may name the Patient so.
        let text = transaction(&[entry("POST", "Observation", "", &note(outward, "Note"))]);
        let written = write(store, "Y2", "m", &text).await.unwrap();
        assert_eq!(written[0].resource.person, person);
    })
    .await;
}
