use std::sync::Arc;

use tarn_model::{FixedClock, Heading, HeadingSet, Label, LabelSet};
use tarn_record::{
    Connection, RecordSource, RecordStore, Selection, Source, SourceState, StoredRecords,
};

use crate::backend::{
    NHS_NUMBER, all_of, at, bundle, condition, ods, on_both, on_both_addresses, patient, person,
    send, send_at,
};

const LABELLED: &str = r#"{"resourceType":"Condition","id":"r","meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"R"}]},"code":{"text":"Secret"},"subject":{"reference":"Patient/a"}}"#;
const ALLERGY: &str = r#"{"resourceType":"AllergyIntolerance","id":"y","code":{"text":"Penicillin"},"patient":{"reference":"Patient/a"}}"#;

async fn filled(store: &RecordStore) -> tarn_model::PersonId {
    let resources = [
        patient("a", NHS_NUMBER, "1943-05-06"),
        condition("c", "a", "Gout"),
        LABELLED.to_owned(),
        ALLERGY.to_owned(),
    ];
    send(store, "Y1", &bundle(&resources)).await;
    send_at(store, "Y2", &bundle(&resources), 100).await.ok();
    person(store, NHS_NUMBER).await
}

fn selection(headings: &[Heading], cleared: LabelSet) -> Selection {
    Selection {
        sources: vec![
            (ods("Y1"), headings.iter().copied().collect()),
            (ods("Y2"), HeadingSet::EMPTY),
        ],
        cleared,
        since: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_outside_a_selection_is_read() {
    on_both(async |store| {
        let person = filled(store).await;
        let check = async |selection: &Selection, expected: &[&str]| {
            let lines = store.lines(person, selection).await.unwrap();
            let mut shown: Vec<&str> = lines.iter().map(|line| line.display.as_str()).collect();
            shown.sort_unstable();
            assert_eq!(shown, expected, "{selection:?}");
            assert!(
                lines
                    .iter()
                    .all(|line| line.labels.within(selection.cleared))
            );
        };
        let restricted = LabelSet::EMPTY.with(Label::Restricted);
        let problems = [Heading::Problems];
        check(&Selection::default(), &[]).await;
        check(&selection(&[], LabelSet::all()), &[]).await;
        check(&selection(&problems, LabelSet::EMPTY), &["Gout"]).await;
        check(&selection(&problems, restricted), &["Gout", "Secret"]).await;
        check(
            &selection(&[Heading::Allergies], restricted),
            &["Penicillin"],
        )
        .await;
        check(&selection(&[Heading::Documents], LabelSet::all()), &[]).await;
        let lines = store
            .lines(person, &selection(&problems, restricted))
            .await
            .unwrap();
        assert!(lines.iter().all(|line| line.source == ods("Y1")));
        let everything = all_of(&["Y1", "Y2"]);
        assert_eq!(store.lines(person, &everything).await.unwrap().len(), 6);
        let late = Selection {
            since: Some(at(100)),
            ..everything
        };
        assert_eq!(store.lines(person, &late).await.unwrap().len(), 3);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resource_outside_a_selection_looks_like_none() {
    on_both(async |store| {
        let person = filled(store).await;
        let problems = selection(&[Heading::Problems], LabelSet::EMPTY);
        let check = async |kind: &str, id: &str, seen: bool| {
            let found = store.resource(person, kind, id, &problems).await.unwrap();
            assert_eq!(found.is_some(), seen, "{kind}/{id}");
            let versions = store.versions(person, kind, id, &problems).await.unwrap();
            assert_eq!(!versions.is_empty(), seen, "{kind}/{id}");
        };
        check("Condition", "c", true).await;
        check("Condition", "r", false).await;
        check("AllergyIntolerance", "y", false).await;
        check("Patient", "a", false).await;
        check("Condition", "nothing", false).await;
        // A later label hides the versions before it, too.
        send_at(
            store,
            "Y1",
            &LABELLED.replace("\"id\":\"r\"", "\"id\":\"c\""),
            200,
        )
        .await
        .unwrap();
        check("Condition", "c", false).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rebuilding_the_view_changes_nothing() {
    on_both(async |store| {
        let person = filled(store).await;
        let everything = all_of(&["Y1", "Y2"]);
        let before = (
            store.lines(person, &everything).await.unwrap(),
            store.demographics(person).await.unwrap(),
            store.identifiers(person).await.unwrap(),
            store.resources(person, &everything).await.unwrap(),
        );
        assert_eq!(store.rebuild_view(person).await.unwrap(), 8);
        let after = (
            store.lines(person, &everything).await.unwrap(),
            store.demographics(person).await.unwrap(),
            store.identifiers(person).await.unwrap(),
            store.resources(person, &everything).await.unwrap(),
        );
        assert!(!before.0.is_empty() && !before.1.is_empty() && !before.2.is_empty());
        assert_eq!(before, after);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_protected_address_stands_on_the_person() {
    let protected = patient("a", NHS_NUMBER, "1943-05-06").replace(
        r#""id":"a","#,
        r#""id":"a","meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"R"}]},"#,
    );
    on_both(async |store| {
        send(store, "Y1", &patient("a", NHS_NUMBER, "1943-05-06")).await;
        let person = person(store, NHS_NUMBER).await;
        assert_eq!(store.restricted(person).await.unwrap(), Some(false));
        send(store, "Y2", &protected).await;
        assert_eq!(store.restricted(person).await.unwrap(), Some(true));
        send_at(store, "Y2", &patient("a", NHS_NUMBER, "1943-05-06"), 1)
            .await
            .unwrap();
        assert_eq!(store.restricted(person).await.unwrap(), Some(false));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn relationships_are_found_by_organisation() {
    let registered = patient("a", NHS_NUMBER, "1943-05-06").replace(
        r#""birthDate""#,
        r#""generalPractitioner":[{"identifier":{"system":"https://fhir.nhs.uk/Id/ods-organization-code","value":"Y77"}}],"birthDate""#,
    );
    on_both(async |store| {
        send(store, "Y1", &registered).await;
        let person = person(store, NHS_NUMBER).await;
        let found = store.relationships(person, &ods("Y77")).await.unwrap();
        assert_eq!(found.len(), 1);
        assert!(
            store
                .relationships(person, &ods("Y78"))
                .await
                .unwrap()
                .is_empty()
        );
        assert_eq!(store.people_of(&ods("Y77"), 5).await.unwrap(), [person]);
    })
    .await;
}

fn source(code: &str, connection: Connection) -> Source {
    Source {
        organisation: ods(code),
        name: "Oak Lane Surgery".to_owned(),
        short_name: "GP".to_owned(),
        kind: "gp-practice".to_owned(),
        telephone: None,
        headings: HeadingSet::all(),
        connection,
        cadence_seconds: 60,
        last_heard_at: None,
        complete_to: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_register_of_sources_is_kept() {
    on_both(async |store| {
        let mut kept = source("Y1", Connection::Stored);
        store.save_source(&kept).await.unwrap();
        kept.telephone = Some("01632 960001".to_owned());
        store.save_source(&kept).await.unwrap();
        assert!(store.heard(&ods("Y1"), at(10), Some(at(5))).await.unwrap());
        assert!(store.heard(&ods("Y1"), at(9), Some(at(4))).await.unwrap());
        assert!(!store.heard(&ods("Y9"), at(9), None).await.unwrap());
        assert!(
            store
                .set_connection(&ods("Y1"), Connection::Down, at(11))
                .await
                .unwrap()
        );
        assert!(
            !store
                .set_connection(&ods("Y9"), Connection::Down, at(11))
                .await
                .unwrap()
        );
        kept.last_heard_at = Some(at(10));
        kept.complete_to = Some(at(5));
        kept.connection = Connection::Down;
        assert_eq!(store.sources().await.unwrap(), [kept.clone()]);
        kept.telephone = None;
        store.save_source(&kept).await.unwrap();
        assert_eq!(store.sources().await.unwrap(), [kept]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_store_is_a_source_of_what_it_keeps() {
    on_both_addresses(async |url| {
        let store = Arc::new(RecordStore::connect(url).await.unwrap());
        store.migrate().await.unwrap();
        let person = filled(&store).await;
        store
            .save_source(&source("Y1", Connection::Stored))
            .await
            .unwrap();
        store
            .save_source(&source("Y2", Connection::Live))
            .await
            .unwrap();
        store.heard(&ods("Y1"), at(0), Some(at(0))).await.unwrap();
        let clock = Arc::new(FixedClock(at(100)));
        let kept = StoredRecords::open(store.clone(), clock).await.unwrap();
        assert_eq!(kept.organisations(), [ods("Y1")]);
        let fetched = kept.fetch(person, &all_of(&["Y1", "Y2"])).await.unwrap();
        assert_eq!(fetched.lines.len(), 3);
        let late = SourceState::Late {
            complete_to: at(0),
            late_by_seconds: 100,
        };
        assert_eq!(fetched.states, [(ods("Y1"), late)]);
        store.revert_migrations().await.unwrap();
        assert!(kept.fetch(person, &all_of(&["Y1"])).await.is_err());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_alert_of_two_sources_is_two_lines() {
    const FLAG: &str = r#"{"resourceType":"Flag","id":"f","status":"active","text":{"status":"additional","div":"<div>Scan the head after any fall</div>"},"code":{"text":"Takes an anticoagulant"},"subject":{"reference":"Patient/a"}}"#;
    on_both(async |store| {
        let resources = [patient("a", NHS_NUMBER, "1943-05-06"), FLAG.to_owned()];
        send(store, "Y1", &bundle(&resources)).await;
        send_at(store, "Y2", &bundle(&resources), 100)
            .await
            .unwrap();
        let person = person(store, NHS_NUMBER).await;
        let all = all_of(&["Y1", "Y2"]);
        let lines = store.lines(person, &all).await.unwrap();
        let mut sources: Vec<&str> = lines
            .iter()
            .filter(|line| line.heading == Heading::Alerts)
            .inspect(|line| {
                let words = line.detail.text.as_deref();
                assert_eq!(words, Some("Scan the head after any fall"));
            })
            .map(|line| line.source.as_str())
            .collect();
        sources.sort_unstable();
        assert_eq!(sources, ["Y1", "Y2"]);
    })
    .await;
}

/// What a source labelled is known of who the person is, on each database, and a version without
/// the label is no longer labelled.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_source_says_of_a_person_bears_its_labels() {
    on_both(async |store| {
        let labelled = patient("a", NHS_NUMBER, "1943-05-06").replacen(
            '{',
            r#"{"meta":{"security":[{"system":"urn:tarn:label","code":"sexual-health"}]},"#,
            1,
        );
        send(store, "Y1", &labelled).await;
        send(store, "Y2", &patient("b", NHS_NUMBER, "1943-05-06")).await;
        let person = person(store, NHS_NUMBER).await;
        let labels = async || {
            let said = store.demographics(person).await.unwrap();
            let of = |source: &str| {
                let found = said.iter().find(|one| one.source == ods(source));
                found.unwrap().labels
            };
            (of("Y1"), of("Y2"))
        };
        let secret = LabelSet::EMPTY.with(Label::SexualHealth);
        assert_eq!(labels().await, (secret, LabelSet::EMPTY));
        send_at(store, "Y1", &patient("a", NHS_NUMBER, "1943-05-06"), 100)
            .await
            .unwrap();
        assert_eq!(labels().await, (LabelSet::EMPTY, LabelSet::EMPTY));
    })
    .await;
}
