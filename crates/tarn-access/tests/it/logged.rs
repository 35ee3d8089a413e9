//! Every decision about a person leaves a row, and letters of every kind open.

use serde_json::{Value, json};
use tarn_access::{AccessError, Ask, PersonQuery};
use tarn_audit::{Action, Event, Outcome, Window};
use tarn_model::{Heading, PersonId, Role, parse_fhir_date};

use crate::harrowmere::{EDIE, Harrowmere, PROTECTED, citizen, staff};

async fn rows(place: &Harrowmere, person: PersonId) -> Vec<Event> {
    place
        .audit
        .of_person(person, Window::default())
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn being_asked_for_a_reason_leaves_a_row() {
    let place = Harrowmere::new().await;
    let edie = place.person(EDIE).await;
    let nurse = staff(Role::CommunityNurse, "RHC");
    let asked = place.door.open(&nurse, edie, &Ask::default()).await;
    assert!(matches!(asked, Err(AccessError::ReasonNeeded { .. })));
    let rows = rows(&place, edie).await;
    assert_eq!(rows.len(), 1);
    let row = &rows[0].entry;
    assert_eq!(
        (row.action, row.outcome),
        (Action::Refused, Outcome::Refused)
    );
    assert_eq!(row.reason_code.as_deref(), Some("reason-needed"));
}

/// The log may tell the person what was tried; neither it nor the answer tells the asker whether
/// there was anything.
#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_is_absent_and_one_that_is_kept_leave_the_same() {
    let place = Harrowmere::new().await;
    let edie = place.person(EDIE).await;
    place
        .send("OAK01", &document("hidden", "sexual-health").to_string())
        .await;
    let doctor = staff(Role::OohDoctor, "HUC01");
    let mut left = Vec::new();
    for id in ["hidden", "absent"] {
        let refused = place
            .door
            .read_document(&doctor, edie, "DocumentReference", id)
            .await
            .unwrap_err();
        let row = rows(&place, edie).await.remove(0).entry;
        assert_eq!(row.note, Some(format!("DocumentReference/{id}")));
        let row = tarn_audit::Entry { note: None, ..row };
        left.push((format!("{refused:?}"), row));
    }
    assert_eq!(left[0], left[1]);
    assert_eq!(left[0].1.reason_code.as_deref(), Some("no-such-document"));
    assert_eq!(rows(&place, edie).await.len(), 2);
    // The twin whom the clause clears reads it.
    let gp = staff(Role::Gp, "OAK01");
    let read = place
        .door
        .read_document(&gp, edie, "DocumentReference", "hidden")
        .await;
    assert_eq!(read.unwrap().bytes, b"Dear GP");
    // What cannot be the name of a resource is not written into the log.
    let typed = "Mrs Hargreaves, 3 Wheelwright Row";
    let refused = place
        .door
        .read_document(&doctor, edie, "Binary", typed)
        .await;
    assert!(matches!(refused, Err(AccessError::NotFound)));
    assert_eq!(rows(&place, edie).await[0].entry.note, None);
}

/// A source says who the person is, under a label; the heading's clause clears it or not.
#[tokio::test(flavor = "multi_thread")]
async fn who_a_person_is_is_held_against_the_clearance_like_a_line() {
    let place = Harrowmere::new().await;
    let edie = place.person(EDIE).await;
    place
        .send(
            "RSB",
            r#"{"resourceType":"Patient","id":"labelled","meta":{"security":[{"system":
               "urn:tarn:label","code":"sexual-health"}]},"identifier":[{"system":
               "https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}],
               "name":[{"family":"Canaryname"}],"birthDate":"1945-07-14"}"#,
        )
        .await;
    let named = async |role, organisation| {
        let record = place
            .door
            .open(&staff(role, organisation), edie, &Ask::default())
            .await;
        format!("{:?}", record.unwrap().demographics).contains("Canaryname")
    };
    assert!(named(Role::Gp, "OAK01").await);
    assert!(!named(Role::OohDoctor, "HUC01").await);
    // Nor does the search tell what the record does not.
    let found = async |role, organisation, family: &str| {
        let query = PersonQuery::NameAndBirth {
            family: family.to_owned(),
            given: None,
            birth_date: parse_fhir_date("1945-07-14").unwrap().0,
        };
        let found = place.door.find(&staff(role, organisation), &query).await;
        found.unwrap().len()
    };
    assert_eq!(found(Role::Gp, "OAK01", "Canaryname").await, 1);
    assert_eq!(found(Role::OohDoctor, "HUC01", "Canaryname").await, 0);
    assert_eq!(found(Role::OohDoctor, "HUC01", "Hargreaves").await, 1);
}

/// The S-flag is met by taking the location out: it hides nobody from those who may know them.
#[tokio::test(flavor = "multi_thread")]
async fn a_protected_person_is_found_by_a_role_that_is_not_cleared_for_restricted_entries() {
    let place = Harrowmere::new().await;
    let person = place.person(PROTECTED).await;
    let mut worker = staff(Role::SocialWorker, "H10A");
    worker.reason = Some("New referral".to_owned());
    let record = place
        .door
        .open(&worker, person, &Ask::default())
        .await
        .unwrap();
    assert_eq!(
        record.demographics.len(),
        2,
        "the source that marked them, too"
    );
    assert!(record.location_protected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_in_sections_opens_as_its_words() {
    let place = Harrowmere::new().await;
    let edie = place.person(EDIE).await;
    place
        .send("OAK01", &composition(&json!([])).to_string())
        .await;
    let gp = staff(Role::Gp, "OAK01");
    let letter = place
        .door
        .read_document(&gp, edie, "Composition", "letter")
        .await
        .unwrap();
    assert!(letter.words_only);
    assert_eq!(letter.content_type, "text/plain; charset=utf-8");
    let words = String::from_utf8(letter.bytes.clone()).unwrap();
    let expected = "Plan\nStop <naproxen>\n\nFollow up\nIn two weeks\n\nAllergies\nNil known";
    assert_eq!(words, expected);
    let row = rows(&place, edie).await.remove(0).entry;
    assert_eq!(row.action, Action::ReadDocument);
    assert!(row.headings.contains(Heading::Documents));
}

/// A file that is itself a FHIR document: its words are shown, and one entry that the asker is not
/// cleared for keeps the whole of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_fhir_document_in_a_file_is_held_against_the_clearance_of_all_it_holds() {
    let place = Harrowmere::new().await;
    let edie = place.person(EDIE).await;
    for (id, code) in [("plain", "N"), ("secret", "sexual-health")] {
        let system = if code == "N" {
            "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
        } else {
            "urn:tarn:label"
        };
        let labelled = json!({ "resourceType": "Condition", "code": { "text": "x" },
            "meta": { "security": [{ "system": system, "code": code }] } });
        let bundle = json!({ "resourceType": "Bundle", "type": "document", "entry": [
            { "resource": composition(&json!([])) }, { "resource": labelled }] });
        let mut reference = document(id, "");
        reference["meta"] = json!({});
        reference["content"] = json!([{ "attachment": {
            "contentType": "application/fhir+json", "data": base64(&bundle.to_string()) } }]);
        place.send("OAK01", &reference.to_string()).await;
    }
    let read = async |role, organisation, id: &'static str| {
        place
            .door
            .read_document(&staff(role, organisation), edie, "DocumentReference", id)
            .await
    };
    let plain = read(Role::OohDoctor, "HUC01", "plain").await.unwrap();
    assert!(plain.words_only && plain.bytes.starts_with(b"Plan\n"));
    assert!(read(Role::Gp, "OAK01", "secret").await.is_ok());
    let kept = read(Role::OohDoctor, "HUC01", "secret").await;
    assert!(matches!(kept, Err(AccessError::NotFound)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_alert_points_to_opens_under_the_alert() {
    let place = Harrowmere::new().await;
    let edie = place.person(EDIE).await;
    for (id, to) in [("safe", "Binary/b1"), ("plan", "DocumentReference/d1")] {
        place.send("OAK01", &flag(id, to).to_string()).await;
    }
    let doctor = staff(Role::OohDoctor, "HUC01");
    for (id, words) in [("safe", &b"Dear GP"[..]), ("plan", b"Dear doctor")] {
        let opened = place
            .door
            .read_document(&doctor, edie, "Flag", id)
            .await
            .unwrap();
        assert_eq!(opened.bytes, words, "{id}");
        let row = rows(&place, edie).await.remove(0).entry;
        assert_eq!(row.action, Action::ReadDocument);
        assert_eq!(row.note, Some(format!("Flag/{id}")));
        assert!(
            row.headings.contains(Heading::Alerts) && !row.headings.contains(Heading::Documents)
        );
    }
    // An ambulance crew sees alerts and no letters: nor one that an alert points to.
    let mut crew = staff(Role::Ambulance, "RYH");
    crew.reason = Some("Called out".to_owned());
    let record = place.door.open(&crew, edie, &Ask::default()).await.unwrap();
    let opens = |id: &str| {
        let found = record.lines.iter().find(|line| line.resource_id == id);
        found.unwrap().detail.opens.is_some()
    };
    assert!(opens("safe") && !opens("plan"));
    assert!(
        place
            .door
            .read_document(&crew, edie, "Flag", "safe")
            .await
            .is_ok()
    );
    let kept = place.door.read_document(&crew, edie, "Flag", "plan").await;
    assert!(matches!(kept, Err(AccessError::NotFound)));
}

/// Somebody who proves a number that no record has: the attempt is kept, about nobody.
#[tokio::test(flavor = "multi_thread")]
async fn asking_for_a_record_of_ones_own_that_is_not_there_leaves_a_row() {
    let place = Harrowmere::new().await;
    let before = place.audit.verify().await.unwrap().events;
    let stranger = citizen("9990000042");
    let refused = place.door.own_record(&stranger).await;
    assert!(matches!(refused, Err(AccessError::NotFound)));
    let after = place.audit.verify().await.unwrap().events;
    assert_eq!(after, before + 1);
}

fn document(id: &str, label: &str) -> Value {
    json!({ "resourceType": "DocumentReference", "id": id, "status": "current",
        "meta": { "security": [{ "system": "urn:tarn:label", "code": label }] },
        "subject": { "reference": "Patient/edie" }, "type": { "text": "Clinic letter" },
        "content": [{ "attachment": { "contentType": "text/plain", "data": "RGVhciBHUA==" } }] })
}

fn flag(id: &str, to: &str) -> Value {
    json!({ "resourceType": "Flag", "id": id, "status": "active",
        "subject": { "reference": "Patient/edie" }, "code": { "text": id },
        "extension": [{ "url": "http://hl7.org/fhir/StructureDefinition/flag-detail",
            "valueReference": { "reference": to } }] })
}

fn composition(security: &Value) -> Value {
    let told = |words: &str| {
        json!({ "status": "generated", "div": format!(
        "<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>{words}</p><script>alert(1)</script></div>") })
    };
    json!({ "resourceType": "Composition", "id": "letter", "status": "final",
        "meta": { "security": security }, "subject": { "reference": "Patient/edie" },
        "title": "Discharge letter", "type": { "text": "Discharge summary" }, "section": [
            { "title": "Plan", "text": told("Stop &lt;naproxen&gt;"), "section": [
                { "title": "Follow up", "text": told("In two weeks") }] },
            { "code": { "text": "Allergies" }, "emptyReason": { "text": "Nil known" } }] })
}

fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}
