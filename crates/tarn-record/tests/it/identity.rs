use tarn_model::{ErrorKind, NhsNumber, PersonId};
use tarn_record::{IngestError, PersonQuery};

use crate::backend::{
    NHS_NUMBER, all_of, bundle, condition, ods, on_both, patient, person, send, send_at,
};

#[tokio::test(flavor = "multi_thread")]
async fn an_nhs_number_joins_sources_and_a_date_of_birth_can_forbid_it() {
    on_both(async |store| {
        send(store, "Y1", &patient("a", NHS_NUMBER, "1943-05-06")).await;
        send(store, "Y2", &patient("b", NHS_NUMBER, "1943-05")).await;
        let one = person(store, NHS_NUMBER).await;
        assert_eq!(store.demographics(one).await.unwrap().len(), 2);
        let before = store.counts().await.unwrap();
        let text = bundle(&[
            patient("c", NHS_NUMBER, "1944-05-06"),
            condition("x", "c", "Gout"),
        ]);
        let refused = send_at(store, "Y3", &text, 0).await.unwrap_err();
        assert!(matches!(refused, IngestError::Identity { .. }), "{refused}");
        assert_eq!(refused.kind(), ErrorKind::Conflict);
        assert!(!refused.to_string().contains("1944") && !refused.to_string().contains("999"));
        assert_eq!(store.counts().await.unwrap(), before);
        // A source may correct its own Patient, as long as no other source contradicts it.
        assert!(
            send_at(store, "Y1", &patient("a", NHS_NUMBER, "1943-05-07"), 1)
                .await
                .is_ok()
        );
        assert!(
            send_at(store, "Y1", &patient("a", NHS_NUMBER, "1943-06-07"), 2)
                .await
                .is_err()
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patient_without_a_number_is_a_person_too() {
    on_both(async |store| {
        send(
            store,
            "Y1",
            &bundle(&[patient("a", "", "1943-05-06"), condition("c", "a", "Gout")]),
        )
        .await;
        send(store, "Y2", &patient("a", "", "1943-05-06")).await;
        let people = store.people(None, 10).await.unwrap();
        assert_eq!(people.len(), 2, "the same id of two sources is two people");
        let number: NhsNumber = NHS_NUMBER.parse().unwrap();
        assert!(
            store
                .assign_test_nhs_number(people[0], number)
                .await
                .unwrap()
        );
        assert!(
            !store
                .assign_test_nhs_number(people[1], number)
                .await
                .unwrap()
        );
        assert!(
            !store
                .assign_test_nhs_number(people[0], "9990000026".parse().unwrap())
                .await
                .unwrap()
        );
        assert_eq!(person(store, NHS_NUMBER).await, people[0]);
        let shown = store.demographics(people[0]).await.unwrap();
        assert_eq!(shown[0].nhs_number, Some(number));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_placeholder_becomes_the_person_it_turns_out_to_be() {
    on_both(async |store| {
        send(store, "Y1", &patient("a", NHS_NUMBER, "1943-05-06")).await;
        let real = person(store, NHS_NUMBER).await;
        send(store, "Y2", &condition("c", "late", "Gout")).await;
        send_at(store, "Y2", &condition("c", "late", "Gout, chronic"), 1)
            .await
            .unwrap();
        let (placeholder, _) = store
            .locate(&ods("Y2"), "Condition", "c")
            .await
            .unwrap()
            .unwrap();
        assert_ne!(placeholder, real);
        assert!(
            store
                .resources(real, &all_of(&["Y2"]))
                .await
                .unwrap()
                .is_empty()
        );
        send(store, "Y2", &patient("late", NHS_NUMBER, "1943-05-06")).await;
        let (owner, _) = store
            .locate(&ods("Y2"), "Condition", "c")
            .await
            .unwrap()
            .unwrap();
        assert_eq!(owner, real);
        assert_eq!(
            store.resources(real, &all_of(&["Y2"])).await.unwrap().len(),
            2
        );
        assert_eq!(
            store
                .versions(real, "Condition", "c", &all_of(&["Y2"]))
                .await
                .unwrap()
                .len(),
            2
        );
        assert_eq!(store.lines(real, &all_of(&["Y2"])).await.unwrap().len(), 1);
        assert!(
            store
                .lines(placeholder, &all_of(&["Y2"]))
                .await
                .unwrap()
                .is_empty()
        );
        assert_eq!(store.people(None, 10).await.unwrap(), [real]);
        send_at(store, "Y2", &condition("d", "late", "Eczema"), 2)
            .await
            .unwrap();
        assert_eq!(store.lines(real, &all_of(&["Y2"])).await.unwrap().len(), 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_belongs_to_something_not_yet_arrived_is_nobodys_until_it_has() {
    let provenance = r#"{"resourceType":"Provenance","id":"v","target":[{"reference":"Condition/c"}],"recorded":"2024-01-01T00:00:00Z"}"#;
    on_both(async |store| {
        send(store, "Y1", provenance).await;
        let (holder, _) = store
            .locate(&ods("Y1"), "Provenance", "v")
            .await
            .unwrap()
            .unwrap();
        assert_ne!(holder, PersonId::DIRECTORY);
        send(
            store,
            "Y1",
            &bundle(&[
                patient("a", NHS_NUMBER, "1943-05-06"),
                condition("c", "a", "Gout"),
            ]),
        )
        .await;
        let real = person(store, NHS_NUMBER).await;
        let (holder, _) = store
            .locate(&ods("Y1"), "Provenance", "v")
            .await
            .unwrap()
            .unwrap();
        assert_eq!(holder, real);
        assert_eq!(store.people(None, 10).await.unwrap(), [real]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_numbers_for_one_patient_are_not_taken() {
    on_both(async |store| {
        send(store, "Y1", &patient("a", NHS_NUMBER, "1943-05-06")).await;
        let refused = send_at(store, "Y1", &patient("a", "9990000026", "1943-05-06"), 1).await;
        assert!(
            matches!(refused, Err(IngestError::Identity { .. })),
            "{refused:?}"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_of_whom_it_is_about_leaves_nothing_behind() {
    on_both(async |store| {
        let both = all_of(&["Y1"]);
        send(
            store,
            "Y1",
            &bundle(&[
                patient("a", NHS_NUMBER, "1943-05-06"),
                patient("b", "9990000026", "1950-01-01"),
            ]),
        )
        .await;
        let (a, b) = (
            person(store, NHS_NUMBER).await,
            person(store, "9990000026").await,
        );
        send(store, "Y1", &condition("c", "a", "Gout")).await;
        send_at(store, "Y1", &condition("c", "b", "Gout"), 1)
            .await
            .unwrap();
        assert!(store.lines(a, &both).await.unwrap().is_empty());
        assert!(
            store
                .versions(a, "Condition", "c", &both)
                .await
                .unwrap()
                .is_empty()
        );
        assert_eq!(store.lines(b, &both).await.unwrap().len(), 1);
        assert_eq!(
            store
                .versions(b, "Condition", "c", &both)
                .await
                .unwrap()
                .len(),
            1
        );
        assert_eq!(store.person_of("Condition", "c").await.unwrap(), Some(b));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_found_by_folded_name_and_date_of_birth() {
    on_both(async |store| {
        send(store, "Y1", &patient("a", NHS_NUMBER, "1943-05-06")).await;
        send(store, "Y2", &patient("b", NHS_NUMBER, "1943-05-06")).await;
        let check = async |family: &str, given: Option<&str>, birth: &str, found: usize| {
            let (birth_date, _) = tarn_model::parse_fhir_date(birth).unwrap();
            let query = PersonQuery::NameAndBirth {
                family: family.to_owned(),
                given: given.map(str::to_owned),
                birth_date,
            };
            let people = store.find_people(&query, 5).await.unwrap();
            assert_eq!(people.len(), found, "{family} {given:?} {birth}");
            assert!(store.find_people(&query, 0).await.unwrap().is_empty());
        };
        check("o’neill åkesson", None, "1943-05-06", 1).await;
        check("ONEILL AKESSON", Some("zo"), "1943-05-06", 1).await;
        check("ONEILL AKESSON", Some("mae"), "1943-05-06", 1).await;
        check("ONEILL AKESSON", Some("oe"), "1943-05-06", 0).await;
        check("ONEILL AKESSON", None, "1943-05-07", 0).await;
        check("ONEILL", None, "1943-05-06", 0).await;
    })
    .await;
}
