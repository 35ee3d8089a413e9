//! Writes: none reaches what is hidden, none tells of it, and none lets its writer in.

use actix_web::http::Method;
use serde_json::{Value, json};
use tarn_model::{NhsNumber, OdsCode};

use super::contents::{TYPES, WINIFRED, about, hidden_id, labelled};
use super::{ALLOWED, Ask, CANARY, Worlds};

/// Has Edie in their care, and nothing to do with Winifred.
const WRITER: &str = "doctor-who-writes";
/// Has nothing to do with either.
const STRANGER: &str = "hospital-doctor-who-writes";
const FHIR: &str = "application/fhir+json";

/// Every way to write over or take back one entry.
fn over(kind: &str, id: &str, patient: &str) -> Vec<Ask> {
    let path = format!("/{kind}/{id}");
    let text = about(kind, id, patient, "written over").to_string();
    let patch = r#"[{"op":"add","path":"/language","value":"en"}]"#;
    let in_bundle = |kind_of: &str, request: Value| {
        let mut entry = json!({ "request": request });
        if request_writes(&entry) {
            entry["resource"] = about(kind, id, patient, "written over");
        }
        let bundle = json!({ "resourceType": "Bundle", "type": kind_of, "entry": [entry] });
        Ask::of(Method::POST, "").with_body(FHIR, bundle.to_string())
    };
    let url = format!("{kind}/{id}");
    let mut all = vec![
        Ask::of(Method::PUT, &path).with_body(FHIR, &text),
        Ask::of(Method::PUT, &path)
            .with("if-match", "W/\"1\"")
            .with_body(FHIR, &text),
        Ask::of(Method::PATCH, &path).with_body("application/json-patch+json", patch),
        Ask::of(Method::DELETE, &path),
        Ask::of(Method::DELETE, &path).with("if-match", "W/\"1\""),
    ];
    for bundle in ["batch", "transaction"] {
        all.push(in_bundle(bundle, json!({ "method": "PUT", "url": url })));
        all.push(in_bundle(bundle, json!({ "method": "DELETE", "url": url })));
    }
    all
}

fn request_writes(entry: &Value) -> bool {
    entry["request"]["method"] == "PUT"
}

/// Everything that a decision reads, as an entry about Winifred.
fn grants(code: &str) -> Vec<Value> {
    let us = json!({ "identifier": { "system": OdsCode::SYSTEM, "value": code } });
    let registered = |element: &str, value: Value| {
        let mut patient = crate::world::patient("mine", WINIFRED, "Winterbourne", "1990-02-03");
        patient[element] = value;
        patient
    };
    let with = |kind: &str, more: Value| {
        let mut entry = about(kind, "mine", "winifred", "granted");
        for (name, value) in more.as_object().unwrap() {
            entry[name] = value.clone();
        }
        entry
    };
    vec![
        registered("managingOrganization", us.clone()),
        registered("generalPractitioner", json!([us])),
        registered(
            "link",
            json!([{ "other": { "reference": "Patient/winifred" }, "type": "seealso" }]),
        ),
        with(
            "Encounter",
            json!({ "serviceProvider": us, "class": { "code": "AMB" },
            "status": "in-progress" }),
        ),
        with(
            "CareTeam",
            json!({ "managingOrganization": [us], "participant": [{ "member": us }] }),
        ),
        with(
            "Appointment",
            json!({ "status": "booked", "participant": [
            { "actor": { "reference": "Patient/winifred" }, "status": "accepted" },
            { "actor": us, "status": "accepted" }] }),
        ),
        with("ServiceRequest", json!({ "performer": [us] })),
        with("Task", json!({ "owner": us })),
        with("EpisodeOfCare", json!({ "managingOrganization": us })),
        with(
            "Consent",
            json!({ "organization": [us], "provision": { "type": "permit" } }),
        ),
        with("Provenance", json!({ "agent": [{ "who": us }] })),
    ]
}

/// Every way to write one of them.
fn ways(resource: &Value) -> Vec<Ask> {
    let kind = resource["resourceType"].as_str().unwrap();
    let text = resource.to_string();
    let entry = |method: &str, url: &str| {
        let entry = json!({ "resource": resource, "request": { "method": method, "url": url } });
        json!({ "resourceType": "Bundle", "type": "transaction", "entry": [entry] }).to_string()
    };
    let path = format!("/{kind}");
    vec![
        Ask::of(Method::POST, &path).with_body(FHIR, &text),
        Ask::of(Method::POST, &path)
            .with("if-none-exist", "identifier=urn:x%7Cmine")
            .with_body(FHIR, &text),
        Ask::of(Method::PUT, format!("{path}/mine")).with_body(FHIR, &text),
        Ask::of(Method::PUT, format!("{path}?identifier=urn:x%7Cmine")).with_body(FHIR, &text),
        Ask::of(Method::POST, "").with_body(FHIR, entry("POST", kind)),
        Ask::of(Method::POST, "").with_body(FHIR, entry("PUT", &format!("{kind}/mine"))),
    ]
}

pub(super) async fn every_write(worlds: &mut Worlds<'_>) {
    let before = worlds.attempts;
    for kind in TYPES {
        for ask in over(kind, &hidden_id(kind), "edie") {
            worlds.compare(WRITER, &ask).await;
            worlds.compare(STRANGER, &ask).await;
        }
    }
    for ask in over("Patient", "winifred", "winifred") {
        worlds.compare(WRITER, &ask).await;
    }
    for (writer, code) in [(WRITER, "HUC01"), (STRANGER, "RSB")] {
        for resource in grants(code) {
            for ask in ways(&resource) {
                worlds.compare(writer, &ask).await;
            }
        }
        let door = Ask::get("/Patient/winifred");
        worlds.compare(writer, &door).await;
    }
    println!("L1, L12 writes: {} attempts", worlds.attempts - before);
    // Nothing was written over, and whoever may does write.
    for kind in TYPES {
        let path = format!("/{kind}/{}", hidden_id(kind));
        let held = worlds.with.get(ALLOWED, &path).await;
        assert_eq!(held.header("etag"), "W/\"1\"", "{kind}");
        assert!(held.body.contains(CANARY), "{kind}: {}", held.body);
    }
    let text = labelled(about(
        "Condition",
        "h-Condition",
        "edie",
        "written by whoever may",
    ));
    let put = worlds
        .with
        .put(ALLOWED, "/Condition/h-Condition", &text)
        .await;
    assert_eq!(put.status, 200, "{}", put.body);
    let own = json!({ "resourceType": "Condition", "code": { "text": "own" },
        "subject": { "reference": "Patient/edie" } });
    let own = worlds.with.post(WRITER, "/Condition", &own).await;
    assert_eq!(own.status, 201, "{}", own.body);
    let number = format!("/Patient?identifier={}%7C{WINIFRED}", NhsNumber::SYSTEM);
    let known = worlds.with.get(ALLOWED, &number).await;
    assert_eq!(
        known.ids(),
        ["winifred"],
        "no second Patient of hers was made"
    );
}
