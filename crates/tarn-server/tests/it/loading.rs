//! `load` over small files that are made here.
#![expect(
    clippy::unwrap_used,
    reason = "a test stops at the first thing that is not as it should be"
)]

use std::path::Path;

use serde_json::{Value, json};
use tarn_model::NhsNumber;
use tarn_record::PersonQuery;

use crate::store_state::{State, fresh_addresses, load_as, open};

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
