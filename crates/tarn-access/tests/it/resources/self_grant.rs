//! Nobody opens a door by writing what the policy reads.

use serde_json::{Value, json};
use tarn_access::{AccessError, Narrowing};
use tarn_model::{OdsCode, RequestContext, Role};

use super::{bundle, post, put, system};
use crate::harrowmere::{EDIE, Harrowmere, because, staff};

fn organisation(code: &str) -> Value {
    json!({ "identifier": { "system": OdsCode::SYSTEM, "value": code } })
}

/// Every field that a decision reads, each as a resource about a person's Patient, from `code`.
fn grants(patient: &str, code: &str) -> Vec<(&'static str, Value)> {
    let subject = json!({ "reference": format!("Patient/{patient}") });
    let us = organisation(code);
    let number = json!([{ "system": "https://fhir.nhs.uk/Id/nhs-number", "value": EDIE }]);
    let name = json!([{ "family": "Hargreaves", "given": ["Edna"] }]);
    let registered = |more: Value| {
        let mut patient = json!({ "resourceType": "Patient", "identifier": number, "name": name,
            "birthDate": "1945-07-14" });
        for (key, value) in more.as_object().unwrap() {
            patient[key] = value.clone();
        }
        patient
    };
    vec![
        (
            "managingOrganization",
            registered(json!({ "managingOrganization": us })),
        ),
        (
            "generalPractitioner",
            registered(json!({ "generalPractitioner": [us] })),
        ),
        (
            "link",
            registered(json!({ "link": [{ "other": { "reference": "Patient/edie" },
            "type": "seealso" }] })),
        ),
        (
            "Encounter.serviceProvider",
            json!({ "resourceType": "Encounter", "status": "in-progress",
            "class": { "code": "AMB" }, "subject": subject,
            "period": { "start": "2026-11-22T07:00:00Z" }, "serviceProvider": us }),
        ),
        (
            "CareTeam.participant",
            json!({ "resourceType": "CareTeam", "status": "active",
            "subject": subject, "participant": [{ "member": us }], "managingOrganization": [us] }),
        ),
        (
            "Appointment",
            json!({ "resourceType": "Appointment", "status": "booked",
            "start": "2026-11-23T09:00:00Z", "participant": [
                { "actor": subject, "status": "accepted" }, { "actor": us, "status": "accepted" }] }),
        ),
        (
            "ServiceRequest",
            json!({ "resourceType": "ServiceRequest", "status": "active",
            "intent": "order", "subject": subject, "performer": [us] }),
        ),
        (
            "Task",
            json!({ "resourceType": "Task", "status": "requested", "intent": "order",
            "for": subject, "owner": us }),
        ),
        (
            "EpisodeOfCare",
            json!({ "resourceType": "EpisodeOfCare", "status": "active",
            "patient": subject, "managingOrganization": us }),
        ),
        (
            "Consent",
            json!({ "resourceType": "Consent", "status": "active", "patient": subject,
            "scope": { "coding": [{ "code": "patient-privacy" }] },
            "category": [{ "coding": [{ "code": "59284-0" }] }],
            "organization": [us], "provision": { "type": "permit" } }),
        ),
        (
            "meta.security",
            json!({ "resourceType": "Condition", "subject": subject,
            "meta": { "security": [] }, "code": { "text": "chlamydia" } }),
        ),
    ]
}

/// Each way to write one resource.
fn ways(resource: &Value) -> Vec<(&'static str, Value)> {
    let kind = resource["resourceType"].as_str().unwrap();
    let mut create = post(resource);
    create["request"]["ifNoneExist"] = json!("identifier=urn:x|1");
    let mut update = post(resource);
    update["request"] = json!({ "method": "PUT", "url": format!("{kind}?identifier=urn:x|1") });
    vec![
        ("create", post(resource)),
        ("conditional create", create),
        ("update of what is free", put("brand-new", resource)),
        ("update of the own Patient", put("rsb-edie", resource)),
        ("update of another's", put("edie", resource)),
        ("conditional update", update),
    ]
}

async fn is_shut(place: &Harrowmere, ctx: &RequestContext) -> bool {
    let read = place
        .door
        .read_resource(ctx, &Narrowing::default(), "AllergyIntolerance", "a1")
        .await;
    matches!(read, Err(AccessError::NotFound))
}

/// The hospital has a Patient of hers, and nothing that links it with her today.
#[tokio::test(flavor = "multi_thread")]
async fn no_write_opens_a_door_that_was_shut() {
    let place = Harrowmere::new().await;
    let doctor = staff(Role::EdDoctor, "RSB");
    let narrowing = Narrowing::default();
    let before = place.record.counts().await.unwrap();
    assert!(is_shut(&place, &doctor).await);
    let mut attempts = 0;
    for patient in ["rsb-edie", "edie"] {
        for (field, resource) in grants(patient, "RSB") {
            for (way, entry) in ways(&resource) {
                for ctx in [&doctor, &because(&doctor, "I say so")] {
                    let text = bundle(vec![entry.clone()]);
                    let taken = place.door.contribute(ctx, &narrowing, &text).await;
                    assert!(
                        matches!(taken, Err(AccessError::Rejected { .. })),
                        "{field}, {way}, {patient}: {taken:?}"
                    );
                    attempts += 1;
                }
            }
            assert!(is_shut(&place, &doctor).await, "{field}");
        }
    }
    assert_eq!(attempts, 2 * 11 * 6 * 2);
    assert_eq!(
        place.record.counts().await.unwrap(),
        before,
        "nothing was kept"
    );
}

/// Whoever is linked may write each of them: it is the link that was missing, not the form.
#[tokio::test(flavor = "multi_thread")]
async fn somebody_linked_may_write_each_of_them() {
    let place = Harrowmere::new().await;
    let doctor = staff(Role::OohDoctor, "HUC01");
    let narrowing = Narrowing::default();
    for (field, resource) in grants("huc-edie", "HUC01") {
        let text = bundle(vec![post(&resource)]);
        let taken = place.door.contribute(&doctor, &narrowing, &text).await;
        assert!(taken.is_ok(), "{field}: {taken:?}");
    }
    // A Consent that somebody wrote is no choice of hers.
    let edie = place.person(EDIE).await;
    assert!(place.consent.history(edie).await.unwrap().is_empty());
    // And no label of the surgery's was lowered by what another organisation wrote.
    let labelled = place
        .door
        .read_resource(&doctor, &narrowing, "Condition", "c1")
        .await;
    assert!(matches!(labelled, Err(AccessError::NotFound)));
}

/// A hospital's own feed says who is in its care: that is what it is for.
#[tokio::test(flavor = "multi_thread")]
async fn a_feed_says_who_is_in_its_organisations_care() {
    let place = Harrowmere::new().await;
    let doctor = staff(Role::EdDoctor, "RSB");
    assert!(is_shut(&place, &doctor).await);
    let (_, visit) = grants("rsb-edie", "RSB").swap_remove(3);
    let text = bundle(vec![post(&visit)]);
    place
        .door
        .contribute(&doctor, &system(), &text)
        .await
        .unwrap();
    assert!(!is_shut(&place, &doctor).await);
}

/// Somebody of whom the writer may not know answers as somebody who is not held, word for word.
#[tokio::test(flavor = "multi_thread")]
async fn a_write_tells_nothing_of_who_is_held() {
    let place = Harrowmere::new().await;
    let doctor = staff(Role::EdDoctor, "RSB");
    let say = async |resource: &Value| {
        let text = bundle(vec![post(resource)]);
        let taken = place
            .door
            .contribute(&doctor, &Narrowing::default(), &text)
            .await;
        format!("{:?}", taken.unwrap_err())
    };
    let about = |id: &str| super::observation("x", id, "pulse");
    assert_eq!(say(&about("edie")).await, say(&about("nobody")).await);
    let patient = |number: &str| {
        json!({ "resourceType": "Patient", "birthDate": "1945-07-14",
            "identifier": [{ "system": "https://fhir.nhs.uk/Id/nhs-number", "value": number }] })
    };
    assert_eq!(say(&patient(EDIE)).await, say(&patient("9990000034")).await);
}

/// Linked with one person, nobody can turn that person's Patient into another's.
#[tokio::test(flavor = "multi_thread")]
async fn a_link_with_one_person_opens_no_other() {
    let place = Harrowmere::new().await;
    let new = json!({ "resourceType": "Patient", "birthDate": "1945-07-14",
        "name": [{ "family": "Lark" }],
        "generalPractitioner": [organisation("RSB")] });
    place.send("RSB", &bundle(vec![put("lark", &new)])).await;
    let doctor = staff(Role::EdDoctor, "RSB");
    let narrowing = Narrowing::default();
    let pulse = super::observation("x", "lark", "pulse");
    let own = place
        .door
        .contribute(&doctor, &narrowing, &bundle(vec![post(&pulse)]))
        .await;
    assert!(own.is_ok(), "linked with Lark by registration: {own:?}");
    let mut other = new.clone();
    other["identifier"] = json!([{ "system": "https://fhir.nhs.uk/Id/nhs-number", "value": EDIE }]);
    let taken = place
        .door
        .contribute(&doctor, &narrowing, &bundle(vec![put("lark", &other)]))
        .await;
    assert!(
        matches!(taken, Err(AccessError::Rejected { .. })),
        "{taken:?}"
    );
    let moved = super::observation("x", "edie", "pulse");
    let id = own.unwrap()[0].resource.id.clone();
    let taken = place
        .door
        .contribute(&doctor, &narrowing, &bundle(vec![put(&id, &moved)]))
        .await;
    assert!(
        matches!(taken, Err(AccessError::Rejected { .. })),
        "{taken:?}"
    );
    assert!(is_shut(&place, &doctor).await);
}
