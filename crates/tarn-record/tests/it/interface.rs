//! What the interface of resources asks of the store: search rows, bodies, versions and writes.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set itself up should stop"
)]

use tarn_model::{HeadingSet, Label, LabelSet, PersonId};
use tarn_record::{RecordStore, SearchRow, Selection};

use crate::backend::{
    NHS_NUMBER, all_of, at, bundle, condition, ods, on_both, on_both_addresses, patient, person,
    run_statement, send, send_at,
};
use crate::requests::{entry, transaction};

const OTHER_NUMBER: &str = "9990000026";

fn names(rows: &[SearchRow]) -> Vec<String> {
    rows.iter()
        .map(|one| format!("{}/{}", one.resource_type, one.row.id))
        .collect()
}

const SECRET: &str = r#"{"resourceType":"Condition","id":"secret","meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"R"}]},"code":{"text":"Secret"},"subject":{"reference":"Patient/a"}}"#;
const CLINIC: &str = r#"{"resourceType":"Organization","id":"clinic","name":"Clinic"}"#;

async fn filled(store: &RecordStore) -> PersonId {
    let resources = [
        patient("a", NHS_NUMBER, "1943-05-06"),
        condition("gout", "a", "Gout"),
        SECRET.to_owned(),
        CLINIC.to_owned(),
    ];
    send(store, "Y1", &bundle(&resources)).await;
    let resources = [
        patient("b", NHS_NUMBER, "1943-05-06"),
        condition("asthma", "b", "Asthma"),
    ];
    send_at(store, "Y2", &bundle(&resources), 100)
        .await
        .unwrap();
    person(store, NHS_NUMBER).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_sees_no_row_outside_its_selection() {
    on_both(async |store| {
        let person = filled(store).await;
        let check = async |types: &[&str], selection: &Selection, expected: &[&str]| {
            let rows = store.search_rows(person, types, selection).await.unwrap();
            assert_eq!(names(&rows), expected, "{types:?} {selection:?}");
            let page = store
                .resources_page(person, types, None, 100, selection)
                .await
                .unwrap();
            let page: Vec<String> = page
                .iter()
                .map(|one| format!("{}/{}", one.resource_type, one.resource_id))
                .collect();
            assert_eq!(page, expected, "the page of {types:?} {selection:?}");
        };
        let both = all_of(&["Y1", "Y2"]);
        let all = [
            "Condition/asthma",
            "Condition/gout",
            "Condition/secret",
            "Patient/a",
            "Patient/b",
        ];
        check(&[], &both, &all).await;
        check(&["Condition"], &both, &all[..3]).await;
        check(
            &["Patient", "Condition"],
            &all_of(&["Y2"]),
            &["Condition/asthma", "Patient/b"],
        )
        .await;
        let cleared = Selection {
            cleared: LabelSet::EMPTY,
            ..both.clone()
        };
        check(&["Condition"], &cleared, &all[..2]).await;
        let late = Selection {
            since: Some(at(50)),
            ..both.clone()
        };
        check(&["Condition"], &late, &["Condition/asthma"]).await;
        let nothing = Selection {
            sources: vec![(ods("Y1"), HeadingSet::EMPTY)],
            ..both.clone()
        };
        check(&[], &nothing, &[]).await;
        check(&[], &Selection::default(), &[]).await;
        let directory = store
            .search_rows(PersonId::DIRECTORY, &["Organization"], &both)
            .await
            .unwrap();
        assert_eq!(names(&directory), ["Organization/clinic"]);
        let rows = store
            .search_rows(person, &["Condition"], &both)
            .await
            .unwrap();
        let labels: Vec<bool> = rows
            .iter()
            .map(|one| one.labels.contains(Label::Restricted))
            .collect();
        assert_eq!(labels, [false, false, true]);
        assert_eq!(rows[0].row.updated_at_micros, at(100).as_micros());
        assert_eq!(rows[1].source, ods("Y1"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn search_rows_follow_their_resources() {
    on_both(async |store| {
        let person = filled(store).await;
        let everything = all_of(&["Y1", "Y2"]);
        let values = async |person: PersonId, id: &str| {
            let rows = store
                .search_rows(person, &["Condition"], &everything)
                .await
                .unwrap();
            rows.into_iter()
                .find(|one| one.row.id == id)
                .map(|one| one.row.values)
        };
        let before = values(person, "gout").await.unwrap();
        assert!(
            before.codes().unwrap().contains(&"_source"),
            "{:?}",
            before.codes()
        );
        let changed = condition("gout", "a", "Gout").replace("active", "resolved");
        send_at(store, "Y1", &changed, 5).await.unwrap();
        assert_ne!(values(person, "gout").await.unwrap(), before);
        let gone = transaction(&[entry("DELETE", "Condition/gout", "", "")]);
        send_at(store, "Y1", &gone, 6).await.unwrap();
        assert!(values(person, "gout").await.is_none());
        // Somebody who was only known by a note turns out to be this person.
        send(store, "Y3", &condition("note", "late", "Note")).await;
        let waiting = store.person_of("Condition", "note").await.unwrap().unwrap();
        assert_ne!(waiting, person);
        send(store, "Y3", &patient("late", NHS_NUMBER, "1943-05-06")).await;
        let three = all_of(&["Y3"]);
        assert!(
            store
                .search_rows(waiting, &[], &three)
                .await
                .unwrap()
                .is_empty()
        );
        let rows = store
            .search_rows(person, &["Condition"], &three)
            .await
            .unwrap();
        assert_eq!(names(&rows), ["Condition/note"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_an_older_reading_are_made_anew() {
    on_both_addresses(async |url| {
        let store = RecordStore::connect(url).await.unwrap();
        store.migrate().await.unwrap();
        let person = filled(&store).await;
        let everything = all_of(&["Y1", "Y2"]);
        let rows = async || {
            let mut all = store.search_rows(person, &[], &everything).await.unwrap();
            all.extend(
                store
                    .search_rows(PersonId::DIRECTORY, &[], &everything)
                    .await
                    .unwrap(),
            );
            all.into_iter()
                .map(|one| (one.row.id, one.labels, one.row.values))
                .collect::<Vec<_>>()
        };
        let before = rows().await;
        assert_eq!(before.len(), 6);
        // As a store that was filled before there were search rows, and walked half of the way.
        run_statement(url, "DELETE FROM search_row").await.unwrap();
        run_statement(url, "UPDATE reading SET form = 0")
            .await
            .unwrap();
        assert_eq!(store.migrate().await.unwrap(), 0);
        assert_eq!(rows().await, before);
        run_statement(url, "DELETE FROM search_row").await.unwrap();
        store.migrate().await.unwrap();
        assert!(rows().await.is_empty(), "the walk is done once");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_come_in_the_order_asked_and_pages_one_after_another() {
    on_both(async |store| {
        let person = filled(store).await;
        let everything = all_of(&["Y1", "Y2"]);
        let ask = |names: &[(&str, &str)]| -> Vec<(String, String)> {
            names
                .iter()
                .map(|(kind, id)| ((*kind).to_owned(), (*id).to_owned()))
                .collect()
        };
        let asked = ask(&[
            ("Patient", "b"),
            ("Condition", "gout"),
            ("Condition", "b"),
            ("Condition", "none"),
            ("Condition", "secret"),
        ]);
        let found = store.bodies(person, &asked, &everything).await.unwrap();
        let ids: Vec<&str> = found.iter().map(|one| one.resource_id.as_str()).collect();
        assert_eq!(ids, ["b", "gout", "secret"]);
        assert_eq!(found[1].as_sent().unwrap(), condition("gout", "a", "Gout"));
        assert!(found[2].labels.contains(Label::Restricted));
        let cleared = Selection {
            cleared: LabelSet::EMPTY,
            ..everything.clone()
        };
        assert_eq!(
            store.bodies(person, &asked, &cleared).await.unwrap().len(),
            2
        );
        assert!(
            store
                .bodies(PersonId::DIRECTORY, &asked, &everything)
                .await
                .unwrap()
                .is_empty()
        );
        let rows = store
            .search_rows_named(person, &asked, &cleared)
            .await
            .unwrap();
        assert_eq!(names(&rows), ["Condition/gout", "Patient/b"]);
        let owners = store
            .people_of_resources(&ask(&[
                ("Condition", "x"),
                ("Patient", "b"),
                ("Organization", "clinic"),
            ]))
            .await
            .unwrap();
        assert_eq!(owners, [None, Some(person), Some(PersonId::DIRECTORY)]);

        let mut after: Option<(String, String)> = None;
        let mut walked = Vec::new();
        loop {
            let place = after
                .as_ref()
                .map(|(kind, id)| (kind.as_str(), id.as_str()));
            let page = store
                .resources_page(person, &[], place, 2, &everything)
                .await
                .unwrap();
            let Some(last) = page.last() else { break };
            after = Some((last.resource_type.clone(), last.resource_id.clone()));
            walked.extend(page.into_iter().map(|one| one.resource_id));
        }
        assert_eq!(walked, ["asthma", "gout", "secret", "a", "b"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_found_by_any_identifier_of_a_patient() {
    let local = |number: &str| {
        patient("p", number, "1943-05-06").replace(
            r#""identifier":["#,
            r#""identifier":[{"system":"http://hospital","value":"H7"},"#,
        )
    };
    on_both(async |store| {
        send(store, "Y1", &local(NHS_NUMBER)).await;
        send(store, "Y2", &local(OTHER_NUMBER).replace("http://hospital", "http://elsewhere")).await;
        let (one, two) = (person(store, NHS_NUMBER).await, person(store, OTHER_NUMBER).await);
        let both = [one.min(two), one.max(two)];
        let check = async |system: Option<&str>, value: &str, expected: &[PersonId]| {
            let found = store.people_by_identifier(system, value, 9).await.unwrap();
            assert_eq!(found, expected, "{system:?}");
        };
        check(Some("http://hospital"), "H7", &[one]).await;
        check(None, "H7", &both).await;
        check(Some("http://hospital"), "h7", &[]).await;
        check(Some("https://fhir.nhs.uk/Id/nhs-number"), NHS_NUMBER, &[one]).await;
        check(None, NHS_NUMBER, &[one]).await;
        assert_eq!(store.people_by_identifier(None, "H7", 1).await.unwrap(), &both[..1]);
        let encounter = r#"{"resourceType":"Encounter","id":"e","identifier":[{"value":"E1"}],"subject":{"reference":"Patient/p"}}"#;
        send(store, "Y1", encounter).await;
        check(None, "E1", &[]).await;
        let (day, _) = tarn_model::parse_fhir_date("1943-05-06").unwrap();
        assert_eq!(store.people_born_on(day, 9).await.unwrap(), both);
        assert_eq!(store.people_born_on(day, 1).await.unwrap().len(), 1);
        assert!(store.people_born_on(day.plus_seconds(86_400), 9).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_of_a_type_come_newest_first_in_pages() {
    on_both(async |store| {
        let person = filled(store).await;
        let everything = all_of(&["Y1", "Y2"]);
        send_at(store, "Y1", &condition("gout", "a", "Gout, mild"), 200)
            .await
            .unwrap();
        let gone = transaction(&[entry("DELETE", "Condition/secret", "", "")]);
        send_at(store, "Y1", &gone, 300).await.unwrap();
        let all = store
            .versions_of_type(person, "Condition", None, 99, &everything)
            .await
            .unwrap();
        let places: Vec<(&str, i64, bool)> = all
            .iter()
            .map(|one| (one.resource_id.as_str(), one.version, one.deleted))
            .collect();
        let expected = [
            ("secret", 2, true),
            ("gout", 2, false),
            ("asthma", 1, false),
            ("secret", 1, false),
            ("gout", 1, false),
        ];
        assert_eq!(places, expected);
        let mut paged = Vec::new();
        while let Some(page) = {
            let last = paged.last().map(|one: &tarn_record::StoredResource| {
                (one.received_at, one.resource_id.clone(), one.version)
            });
            let before = last
                .as_ref()
                .map(|(at, id, version)| (*at, id.as_str(), *version));
            let page = store
                .versions_of_type(person, "Condition", before, 2, &everything)
                .await
                .unwrap();
            (!page.is_empty()).then_some(page)
        } {
            paged.extend(page);
        }
        assert_eq!(paged, all);
        // What was taken back is as secret as it was, and so are the versions before it.
        let cleared = Selection {
            cleared: LabelSet::EMPTY,
            ..everything.clone()
        };
        let open = store
            .versions_of_type(person, "Condition", None, 99, &cleared)
            .await
            .unwrap();
        assert!(open.iter().all(|one| one.resource_id != "secret") && open.len() == 3);
        assert!(
            store
                .latest(person, "Condition", "secret", &cleared)
                .await
                .unwrap()
                .is_none()
        );
        let latest = store
            .latest(person, "Condition", "secret", &everything)
            .await
            .unwrap()
            .unwrap();
        assert!(latest.deleted && latest.version == 2);
        let version = async |id: &str, number: i64, selection: &Selection| {
            let found = store
                .version(person, "Condition", id, number, selection)
                .await
                .unwrap();
            found.map(|one| one.version)
        };
        assert_eq!(version("gout", 1, &cleared).await, Some(1));
        assert_eq!(version("gout", 2, &cleared).await, Some(2));
        assert_eq!(version("gout", 3, &cleared).await, None);
        assert_eq!(version("secret", 1, &cleared).await, None);
        assert_eq!(version("secret", 1, &everything).await, Some(1));
        let late = Selection {
            since: Some(at(250)),
            ..everything.clone()
        };
        assert_eq!(version("gout", 2, &late).await, None);
    })
    .await;
}
