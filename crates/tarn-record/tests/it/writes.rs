//! Deliveries of the interface: what became of each entry, and whose names they use.

use tarn_model::{FixedClock, IdMaker, PersonId, SeededEntropy};
use tarn_record::{Admission, Delivery, EntryAction, IngestError};

use crate::backend::{
    NHS_NUMBER, all_of, at, bundle, condition, ods, on_both, patient, person, send,
};
use crate::requests::{entry, transaction, write};

const OTHER_NUMBER: &str = "9990000026";

/// Something was decided on these people, and nobody new is expected.
fn decided(people: &[PersonId]) -> Admission<'_> {
    Admission {
        decided: people,
        ..Admission::default()
    }
}

fn note(patient: &str, text: &str) -> String {
    format!(
        r#"{{"resourceType":"Observation","status":"final","code":{{"text":"{text}"}},"subject":{{"reference":"Patient/{patient}"}}}}"#
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_created_has_an_id_of_its_own_each_time() {
    let text = transaction(&[
        entry(
            "POST",
            "Patient",
            "",
            &patient("mine", NHS_NUMBER, "1943-05-06"),
        ),
        entry("POST", "Observation", "", &note("mine", "Note")),
    ]);
    on_both(async |store| {
        let first = write(store, "Y1", "m1", &text).await.unwrap();
        let second = write(store, "Y1", "m2", &text).await.unwrap();
        let again = write(store, "Y1", "m1", &text).await.unwrap();
        let person = person(store, NHS_NUMBER).await;
        for outcomes in [&first, &second] {
            assert_eq!(outcomes.len(), 2);
            for (index, outcome) in outcomes.iter().enumerate() {
                assert_eq!(
                    (outcome.index, outcome.action),
                    (index, EntryAction::Created)
                );
                assert_eq!(
                    (outcome.resource.version, outcome.resource.person),
                    (1, person)
                );
                assert_ne!(outcome.resource.resource_id, "mine");
            }
            let reference = format!(r#""Patient/{}""#, outcomes[0].resource.resource_id);
            assert!(outcomes[1].resource.body.contains(&reference));
        }
        for (one, other) in first.iter().zip(&second) {
            assert_ne!(one.resource.resource_id, other.resource.resource_id);
        }
        for (one, repeated) in first.iter().zip(&again) {
            assert_eq!(repeated.action, EntryAction::Unchanged);
            assert_eq!(repeated.resource, one.resource);
        }
        assert_eq!(store.counts().await.unwrap().resources, 4);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_are_tarns_and_anothers_resource_is_never_touched() {
    on_both(async |store| {
        send(
            store,
            "Y1",
            &bundle(&[
                patient("p", NHS_NUMBER, "1943-05-06"),
                condition("same", "p", "Gout"),
            ]),
        )
        .await;
        send(store, "Y2", &condition("same", "p", "Asthma")).await;
        send(store, "Y2", &patient("p", NHS_NUMBER, "1943-05-06")).await;
        let person = person(store, NHS_NUMBER).await;
        let (_, own) = store
            .locate(&ods("Y2"), "Condition", "same")
            .await
            .unwrap()
            .unwrap();
        assert_ne!(own, "same");
        let before = store.resources(person, &all_of(&["Y1"])).await.unwrap();

        for refused in [
            entry(
                "PUT",
                "Condition/same",
                "",
                &condition("same", "p", "Mine now"),
            ),
            entry("DELETE", "Condition/same", "", ""),
        ] {
            let refused = write(store, "Y2", "refused", &transaction(&[refused])).await;
            assert!(
                matches!(refused, Err(IngestError::AnothersResource { .. })),
                "{refused:?}"
            );
        }
        assert_eq!(
            store.resources(person, &all_of(&["Y1"])).await.unwrap(),
            before
        );

        // By Tarn's id it is the source's own, and the subject may be another source's Patient.
        let url = format!("Condition/{own}");
        let changed = transaction(&[entry(
            "PUT",
            &url,
            "",
            &condition(&own, "p", "Asthma, mild"),
        )]);
        let done = write(store, "Y2", "changed", &changed).await.unwrap();
        assert_eq!(
            (done[0].action, done[0].resource.version),
            (EntryAction::Updated, 2)
        );
        assert_eq!(
            (
                done[0].resource.resource_id.as_str(),
                done[0].resource.person
            ),
            (own.as_str(), person)
        );
        assert!(done[0].resource.body.contains(r#""Patient/p""#));
        let created = transaction(&[entry(
            "PUT",
            "Condition/chosen",
            "",
            &condition("chosen", "p", "Eczema"),
        )]);
        let done = write(store, "Y2", "created", &created).await.unwrap();
        assert_eq!(
            (done[0].action, done[0].resource.resource_id.as_str()),
            (EntryAction::Created, "chosen")
        );
        assert_eq!(done[0].resource.person, person);
        let gone = transaction(&[
            entry("DELETE", &url, "", ""),
            entry("DELETE", "Condition/never", "", ""),
        ]);
        let done = write(store, "Y2", "gone", &gone).await.unwrap();
        assert_eq!(done.len(), 1);
        assert_eq!((done[0].index, done[0].action), (0, EntryAction::Deleted));
        assert!(done[0].resource.deleted);
        assert_eq!(store.counts().await.unwrap().people, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_written_about_undecided() {
    on_both(async |store| {
        send(store, "Y1", &patient("a", NHS_NUMBER, "1943-05-06")).await;
        send(store, "Y1", &patient("b", OTHER_NUMBER, "1950-01-01")).await;
        let (a, b) = (
            person(store, NHS_NUMBER).await,
            person(store, OTHER_NUMBER).await,
        );
        let source = &ods("Y2");
        let (clock, randomness) = (FixedClock(at(7)), SeededEntropy::new(3));
        let ids = IdMaker::new(&clock, &randomness);
        let text = transaction(&[
            entry(
                "PUT",
                "Observation/o",
                "",
                &note("a", "Note").replace("{\"resourceType", "{\"id\":\"o\",\"resourceType"),
            ),
            entry("POST", "Observation", "", &note("b", "Note")),
        ]);
        let delivery = Delivery {
            source,
            message_id: "m",
            text: &text,
            received_at: at(7),
        };
        let about = store.subjects(&delivery, None).await.unwrap();
        let place = |at: usize| format!("Bundle.entry[{at}].resource");
        assert_eq!(about.held, [(a, place(0)), (b, place(1))]);
        for people in [&[][..], &[a], &[b]] {
            let refused = store
                .write(&delivery, ids, &decided(people))
                .await
                .unwrap_err();
            assert!(matches!(refused, IngestError::NotDecided), "{refused}");
        }
        assert_eq!(store.counts().await.unwrap().resources, 2);
        assert_eq!(
            store
                .write(&delivery, ids, &decided(&[a, b]))
                .await
                .unwrap()
                .len(),
            2
        );

        // To move it from one to the other is about both; to take it away is about its person.
        let moved = transaction(&[entry(
            "PUT",
            "Observation/o",
            "",
            &note("b", "Note").replace("{\"resourceType", "{\"id\":\"o\",\"resourceType"),
        )]);
        let delivery = Delivery {
            source,
            message_id: "m2",
            text: &moved,
            received_at: at(8),
        };
        let mut about: Vec<PersonId> = store
            .subjects(&delivery, None)
            .await
            .unwrap()
            .held
            .into_iter()
            .map(|(one, _)| one)
            .collect();
        about.sort();
        assert_eq!(about, [a.min(b), a.max(b)]);
        assert!(matches!(
            store.write(&delivery, ids, &decided(&[b])).await,
            Err(IngestError::NotDecided)
        ));
        let gone = transaction(&[entry("DELETE", "Observation/o", "", "")]);
        let delivery = Delivery {
            source,
            message_id: "m3",
            text: &gone,
            received_at: at(9),
        };
        assert_eq!(store.subjects(&delivery, None).await.unwrap().held[0].0, a);
        assert!(matches!(
            store.write(&delivery, ids, &decided(&[b])).await,
            Err(IngestError::NotDecided)
        ));
        assert_eq!(
            store
                .write(&delivery, ids, &decided(&[a]))
                .await
                .unwrap()
                .len(),
            1
        );

        let unknown = transaction(&[entry("POST", "Observation", "", &note("nobody", "Note"))]);
        let refused = write(store, "Y2", "m4", &unknown).await.unwrap_err();
        assert!(
            matches!(&refused, IngestError::Unresolved { path } if *path == place(0)),
            "{refused}"
        );
        assert_eq!(store.counts().await.unwrap().people, 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patient_who_was_never_held_leaves_nobody_when_taken_away() {
    on_both(async |store| {
        for (at, url) in ["Patient/never", "Patient?identifier=http://x|7"]
            .iter()
            .enumerate()
        {
            let gone = transaction(&[entry("DELETE", url, "", "")]);
            assert_eq!(send(store, "Y1", &gone).await.tally().all(), 0);
            let done = write(store, "Y1", &format!("m{at}"), &gone).await.unwrap();
            assert!(done.is_empty());
        }
        assert_eq!(store.counts().await.unwrap().people, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mark_of_protection_goes_with_the_patient_that_bore_it() {
    let marked = patient("p", NHS_NUMBER, "1943-05-06").replace(
        r#"{"resourceType":"Patient","id":"p","#,
        r#"{"resourceType":"Patient","id":"p","meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"R"}]},"identifier":[{"system":"http://x","value":"7"}],"#,
    ).replace(r#""identifier":[{"system":"http://x","value":"7"}],"identifier":["#, r#""identifier":[{"system":"http://x","value":"7"},"#);
    on_both(async |store| {
        for (at, url) in ["Patient/p", "Patient?identifier=http://x|7"]
            .iter()
            .enumerate()
        {
            let message = format!("m{at}");
            let put = transaction(&[entry("PUT", "Patient/p", "", &marked)]);
            write(store, "Y1", &message, &put).await.unwrap();
            let person = person(store, NHS_NUMBER).await;
            assert_eq!(store.restricted(person).await.unwrap(), Some(true));
            let gone = transaction(&[entry("DELETE", url, "", "")]);
            let done = write(store, "Y1", &format!("{message}-gone"), &gone)
                .await
                .unwrap();
            assert_eq!(done.len(), 1);
            assert_eq!(store.restricted(person).await.unwrap(), Some(false));
        }
    })
    .await;
}
