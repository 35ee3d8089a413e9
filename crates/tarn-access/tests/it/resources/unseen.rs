//! What a write tells of what the writer may not see: nothing.

use serde_json::{Value, json};
use tarn_access::{AccessError, Narrowing, WriteOutcome};
use tarn_audit::{Action, Window};
use tarn_model::{NhsNumber, Role};

use super::{bundle, observation, post, put, system};
use crate::harrowmere::{EDIE, Harrowmere, PROTECTED, staff};

/// A number that nobody here has.
const NOBODY: &str = "9990000034";

fn identified(patient: &str, value: &str) -> Value {
    let mut resource = observation("x", patient, "sent");
    resource.as_object_mut().unwrap().remove("id");
    resource["identifier"] = json!([{ "system": "urn:x", "value": value }]);
    resource
}

/// The hospital holds an entry about somebody with whom the writer has nothing to do, and one that
/// is kept from the writer. A condition that would find them answers as one that finds nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_condition_tells_nothing_of_what_may_not_be_seen() {
    let place = Harrowmere::new().await;
    let mut kept = identified("huc-edie", "kept");
    kept["meta"] = json!({ "security": [{ "system": "urn:tarn:label", "code": "sexual-health" }] });
    let other = json!({ "resourceType": "Patient", "birthDate": "1960-01-01" });
    let text = bundle(vec![
        put("huc-other", &other),
        put("elsewhere", &identified("huc-other", "elsewhere")),
        put("twin", &identified("huc-other", "twins")),
        put("twin-too", &identified("huc-other", "twins")),
        put("kept", &kept),
        put("open", &identified("huc-edie", "open")),
    ]);
    place.send("HUC01", &text).await;
    let doctor = staff(Role::OohDoctor, "HUC01");
    let say = async |method: &str, value: &str| {
        let url = format!("Observation?identifier=urn:x|{value}");
        let mut entry = json!({ "request": { "method": method, "url": url } });
        if method != "DELETE" {
            entry["resource"] = identified("huc-edie", value);
        }
        if method == "POST" {
            entry["request"] = json!({ "method": "POST", "url": "Observation",
                "ifNoneExist": format!("identifier=urn:x|{value}") });
        }
        let text = bundle(vec![entry]);
        let answer = place
            .door
            .contribute(&doctor, &Narrowing::default(), &text)
            .await;
        answer
            .map(|written| written.iter().map(|one| one.outcome).collect::<Vec<_>>())
            .map_err(|error| format!("{error:?}"))
    };
    let created = Ok(vec![WriteOutcome::Created]);
    for (method, absent) in [
        ("DELETE", Ok(Vec::new())),
        ("POST", created.clone()),
        ("PUT", created),
    ] {
        for value in ["nothing", "elsewhere", "twins", "kept"] {
            // Each method meets what the ones before did not make.
            let answer = say(method, value).await;
            assert_eq!(answer, absent, "{method} {value}");
            let own = say("DELETE", value).await;
            assert!(own.is_ok(), "{own:?}");
        }
    }
    for id in ["elsewhere", "twin", "twin-too", "kept"] {
        let owner = place
            .record
            .person_of("Observation", id)
            .await
            .unwrap()
            .unwrap();
        let all = tarn_record::Selection::everything_of([crate::harrowmere::ods("HUC01")]);
        let held = place.record.resource(owner, "Observation", id, &all).await;
        assert_eq!(held.unwrap().unwrap().version, 1, "{id} is as it was");
    }
    assert_eq!(
        say("PUT", "open").await,
        Ok(vec![WriteOutcome::Updated]),
        "the twin"
    );
    assert_eq!(say("DELETE", "open").await, Ok(vec![WriteOutcome::Deleted]));
}

fn by_number(reference: Option<&str>, number: &str) -> Value {
    let mut resource = observation("x", "nobody", "pulse");
    resource["subject"] = json!({ "identifier": { "system": NhsNumber::SYSTEM, "value": number } });
    if let Some(reference) = reference {
        resource["subject"]["reference"] = json!(reference);
    }
    resource
}

/// Without a date of birth an NHS number links nobody, whoever sends it.
#[tokio::test(flavor = "multi_thread")]
async fn a_number_in_a_reference_files_nothing_with_somebody_who_was_not_compared() {
    let place = Harrowmere::new().await;
    let feed = staff(Role::EdDoctor, "RSB");
    let send = async |number: &str| {
        let text = bundle(vec![post(&by_number(None, number))]);
        let written = place
            .door
            .contribute(&feed, &system(), &text)
            .await
            .unwrap();
        let id = written[0].resource.id.clone();
        place
            .record
            .person_of("Observation", &id)
            .await
            .unwrap()
            .unwrap()
    };
    let protected = place.person(PROTECTED).await;
    let apart = send(PROTECTED).await;
    assert_ne!(apart, protected, "the hospital has no Patient of theirs");
    let of_protected = place.audit.of_person(protected, Window::default()).await;
    assert!(
        of_protected.unwrap().is_empty(),
        "nothing came to their record"
    );
    let rows = place
        .audit
        .of_person(apart, Window::default())
        .await
        .unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(
        send(EDIE).await,
        place.person(EDIE).await,
        "it has one of hers"
    );
    // To somebody who signed in, a number that is somebody's is one that is nobody's.
    let doctor = staff(Role::OohDoctor, "HUC01");
    let say = async |resource: Value| {
        let text = bundle(vec![post(&resource)]);
        let narrowing = Narrowing::default();
        let answer = place.door.contribute(&doctor, &narrowing, &text).await;
        answer.map(|_| ()).map_err(|error| format!("{error:?}"))
    };
    let unlinked = "9990000042";
    let other = json!({ "resourceType": "Patient", "birthDate": "1960-01-01",
        "identifier": [{ "system": NhsNumber::SYSTEM, "value": unlinked }] });
    place
        .send("RSB", &bundle(vec![put("rsb-other", &other)]))
        .await;
    let edies = Some("Patient/huc-edie");
    for reference in [None, edies] {
        let held = say(by_number(reference, unlinked)).await;
        assert!(held.is_err(), "{reference:?}");
        assert_eq!(
            held,
            say(by_number(reference, NOBODY)).await,
            "{reference:?}"
        );
        assert_eq!(say(by_number(reference, EDIE)).await, Ok(()), "the twin");
    }
}

/// Nobody new is held without a row of their own, whatever breaks.
#[tokio::test(flavor = "multi_thread")]
async fn somebody_new_is_in_the_log_before_they_are_in_the_record() {
    let new = json!({ "resourceType": "Patient", "birthDate": "1960-01-01",
        "identifier": [{ "system": NhsNumber::SYSTEM, "value": NOBODY }] });
    let text = bundle(vec![post(&new)]);
    let feed = staff(Role::EdDoctor, "RSB");
    // The log takes the row of the contribution as a whole, and none of a person.
    let place = Harrowmere::new().await;
    let before = place.record.counts().await.unwrap();
    let deaf = "CREATE TRIGGER deaf BEFORE INSERT ON event WHEN NEW.person IS NOT NULL \
                BEGIN SELECT RAISE(ABORT, 'no'); END";
    place.break_store("audit", deaf).await;
    let taken = place.door.contribute(&feed, &system(), &text).await;
    assert!(
        matches!(taken, Err(AccessError::Unavailable { .. })),
        "{taken:?}"
    );
    assert_eq!(
        place.record.counts().await.unwrap(),
        before,
        "nobody was made"
    );
    // The record breaks after the log was written: the log says that nothing was saved.
    let place = Harrowmere::new().await;
    let full = "CREATE TRIGGER full BEFORE INSERT ON resource BEGIN SELECT RAISE(ABORT, 'no'); END";
    place.break_store("record", full).await;
    let taken = place.door.contribute(&feed, &system(), &text).await;
    assert!(
        matches!(taken, Err(AccessError::Unavailable { .. })),
        "{taken:?}"
    );
    assert_eq!(place.record.counts().await.unwrap(), before);
    place.break_store("record", "DROP TRIGGER full").await;
    place
        .door
        .contribute(&feed, &system(), &text)
        .await
        .unwrap();
    let person = place.person(NOBODY).await;
    let rows = place
        .audit
        .of_person(person, Window::default())
        .await
        .unwrap();
    let kinds: Vec<_> = rows.iter().map(|row| row.entry.action).collect();
    assert_eq!(kinds, [Action::Contribute]);
}
