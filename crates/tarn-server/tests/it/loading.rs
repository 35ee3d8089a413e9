//! `load` over small files that are made here.
#![expect(
    clippy::unwrap_used,
    reason = "a test stops at the first thing that is not as it should be"
)]

use std::path::Path;

use serde_json::{Value, json};
use tarn_model::NhsNumber;
use tarn_record::PersonQuery;

use crate::store_state::{State, fresh_addresses, load_as, load_with, open};

fn write(folder: &Path, name: &str, value: &Value) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, value.to_string()).unwrap();
}

fn transaction(entries: Vec<Value>) -> Value {
    let entries: Vec<Value> = entries
        .into_iter()
        .map(|resource| json!({"resource": resource, "request": {"method": "POST", "url": "x"}}))
        .collect();
    json!({"resourceType": "Bundle", "type": "transaction", "entry": entries})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_that_refers_to_a_later_file_waits_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let files = folder.path().join("files");
    write(
        &files,
        "a-visit.json",
        &transaction(vec![
            json!({"resourceType": "Patient", "id": "p"}),
            json!({"resourceType": "Encounter", "id": "e", "status": "finished",
            "subject": {"reference": "Patient/p"},
            "serviceProvider": {"reference": "Organization?identifier=urn:x|1"}}),
        ]),
    );
    write(
        &files,
        "b-place.json",
        &transaction(vec![
            json!({"resourceType": "Organization", "id": "o", "identifier": [{"system": "urn:x", "value": "1"}]}),
        ]),
    );
    write(
        &files,
        "c-lost.json",
        &transaction(vec![
            json!({"resourceType": "Patient", "id": "lost"}),
            json!({"resourceType": "Encounter", "id": "e2", "status": "finished",
            "subject": {"reference": "Patient/lost"},
            "serviceProvider": {"reference": "Organization?identifier=urn:x|2"}}),
        ]),
    );
    std::fs::write(files.join("README"), "not FHIR").unwrap();
    for address in fresh_addresses(folder.path()).await {
        let store = open(&address).await;
        let report = load_as(&store, "RXX", &[&files], false).await;
        assert_eq!((report.loaded, report.skipped), (2, 1), "{report:?}");
        assert_eq!(report.rejections.len(), 1, "{report:?}");
        let rejection = &report.rejections[0];
        assert!(rejection.place.ends_with("c-lost.json"), "{rejection:?}");
        assert!(
            rejection.reason.contains("Bundle.entry[1].resource"),
            "{rejection:?}"
        );
        let state = State::of(&store).await;
        assert_eq!(
            (state.people, state.resources),
            (1, 3),
            "nothing of what was rejected is kept"
        );
        let again = load_as(&store, "RXX", &[&files], false).await;
        assert_eq!(
            (again.unchanged, again.changed(), again.rejections.len()),
            (2, 0, 1)
        );
        assert_eq!(State::of(&store).await, state);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_rejects_its_own_delivery_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let files = folder.path().join("files");
    std::fs::create_dir_all(&files).unwrap();
    let lines = [
        r#"{"resourceType":"Patient","id":"a","name":[{"family":"Secretname"}]}"#,
        r#"{"resourceType":"Patient","id":"b","name":[{"family":"Secretname""#,
        "",
        r#"{"resourceType":"Observation","id":"o","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/a"},"valueQuantity":{"value":1.50}}"#,
    ];
    std::fs::write(files.join("people.ndjson"), lines.join("\n")).unwrap();
    write(
        &files,
        "bundle.json",
        &json!({"resourceType": "Bundle", "type": "batch", "entry": [
        {"resource": {"resourceType": "Patient", "id": "c"}}, {"resource": {"id": "no type"}}]}),
    );
    for address in fresh_addresses(folder.path()).await {
        let store = open(&address).await;
        let report = load_as(&store, "RXX", &[&files], false).await;
        assert_eq!(report.loaded, 2, "{report:?}");
        let said: Vec<_> = report
            .rejections
            .iter()
            .map(|one| format!("{} {}", one.place, one.reason))
            .collect();
        assert!(said[0].contains("Bundle.entry[1].resource"), "{said:?}");
        assert!(said[1].contains("people.ndjson line 2"), "{said:?}");
        assert!(
            said.iter().all(|words| !words.contains("Secretname")),
            "{said:?}"
        );
        assert_eq!(State::of(&store).await.resources, 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn people_without_a_number_get_the_same_test_number_each_time() {
    let folder = tempfile::tempdir().unwrap();
    let files = folder.path().join("files");
    let number: NhsNumber = "9990000018".parse().unwrap();
    write(
        &files,
        "people.json",
        &transaction(vec![
            json!({"resourceType": "Patient", "id": "none"}),
            json!({"resourceType": "Patient", "id": "has", "birthDate": "1950-01-01", "identifier": [
            {"system": NhsNumber::SYSTEM, "value": number.as_str()}]}),
        ]),
    );
    let mut given = Vec::new();
    for address in fresh_addresses(folder.path()).await {
        let store = open(&address).await;
        let plain = load_as(&store, "RXX", &[&files], false).await;
        assert_eq!(plain.numbers_assigned, 0);
        let report = load_as(&store, "RXX", &[&files], true).await;
        assert_eq!(
            (report.numbers_assigned, report.changed()),
            (1, 0),
            "{report:?}"
        );
        let again = load_as(&store, "RXX", &[&files], true).await;
        assert_eq!(again.numbers_assigned, 0);

        let source = "RXX".parse().unwrap();
        let (person, _) = store
            .locate(&source, "Patient", "none")
            .await
            .unwrap()
            .unwrap();
        let told = store.demographics(person).await.unwrap();
        let assigned = told[0].nhs_number.unwrap();
        assert!(assigned.is_synthetic() && assigned != number);
        let found = store
            .find_people(&PersonQuery::NhsNumber(assigned), 2)
            .await
            .unwrap();
        assert_eq!(found, [person]);
        given.push(assigned);
    }
    given.dedup();
    assert_eq!(given.len(), 1, "the same on every backend");
}

/// Everything that the order of taking could tell apart: a directory in the middle that names what
/// the lines after it show, one resource that changes in later files, lines of several people in
/// turn, text that comes twice, a reference to what comes last, and somebody who joins others by
/// their NHS number.
fn write_what_order_could_change(files: &Path) {
    let weight = |person: usize, change: usize| {
        json!({"resourceType": "Observation", "id": format!("w{person}"), "status": "final",
            "code": {"text": "Weight"}, "subject": {"reference": format!("Patient/p{person}")},
            "performer": [{"reference": "Organization/ward"}],
            "valueQuantity": {"value": change, "unit": "kg"}})
    };
    for person in 0..12 {
        let number = match person % 3 {
            0 => json!([{"system": NhsNumber::SYSTEM, "value": "9990000018"}]),
            _ => json!([]),
        };
        let patient = json!({"resourceType": "Patient", "id": format!("p{person}"),
            "birthDate": "1950-01-01", "identifier": number,
            "generalPractitioner": [{"reference": "Organization/ward"}]});
        let late = json!({"resourceType": "Encounter", "id": format!("e{person}"), "status": "finished",
            "subject": {"reference": format!("Patient/p{person}")},
            "serviceProvider": {"reference": "Organization?identifier=urn:o|last"}});
        let mut entries = vec![patient, weight(person, 0)];
        entries.extend((person % 4 == 0).then_some(late));
        let name = format!("a{person:02}.json");
        write(files, &name, &transaction(entries));
    }
    let ward = json!({"resourceType": "Organization", "id": "ward", "name": "Ward 1"});
    write(files, "a06-ward.json", &ward);
    let last = json!({"resourceType": "Organization", "id": "last", "name": "Last",
        "identifier": [{"system": "urn:o", "value": "last"}]});
    write(files, "z-last.json", &last);
    let mut lines = Vec::new();
    for at in 0..600 {
        // The last third says everything twice.
        let change = if at < 400 { at } else { at / 24 };
        lines.push(weight(at % 12, change).to_string());
    }
    lines.push("no JSON".to_owned());
    std::fs::write(files.join("b-weights.ndjson"), lines.join("\n")).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn many_workers_end_where_one_does() {
    let folder = tempfile::tempdir().unwrap();
    let files = folder.path().join("files");
    write_what_order_could_change(&files);
    let mut expected = None;
    for (round, workers) in [1, 2, 8].into_iter().enumerate() {
        let data = folder.path().join(round.to_string());
        std::fs::create_dir_all(&data).unwrap();
        for address in fresh_addresses(&data).await {
            let store = open(&address).await;
            let report = load_with(&store, "RXX", &[&files], false, workers).await;
            assert_eq!(report.rejections.len(), 1, "{report:?}");
            assert!(report.rejections[0].place.ends_with("line 601"));
            let ended = (State::of(&store).await, report.loaded, report.unchanged);
            let expected = expected.get_or_insert_with(|| ended.clone());
            assert_eq!(ended, *expected, "{workers} workers");
            let again = load_with(&store, "RXX", &[&files], false, workers).await;
            assert_eq!((again.loaded, again.changed()), (0, 0), "{again:?}");
            assert_eq!(State::of(&store).await, expected.0);
        }
    }
}
