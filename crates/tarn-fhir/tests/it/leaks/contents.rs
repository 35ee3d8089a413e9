//! What both worlds hold, and what only one of them does.

use actix_web::test::TestRequest;
use serde_json::{Value, json};
use tarn_search::fixtures::cases;
use tarn_search::registry::ParameterType;

use super::{ALLOWED, CANARY};
use crate::contents::name_edie;
use crate::world::{ARTHUR, EDIE, World, asks, observation, patient, transaction};

/// Types of which something is hidden.
pub(super) const TYPES: &[&str] = &[
    "AllergyIntolerance",
    "Appointment",
    "Binary",
    "CarePlan",
    "CareTeam",
    "ClinicalImpression",
    "Communication",
    "Composition",
    "Condition",
    "Consent",
    "DiagnosticReport",
    "DocumentReference",
    "Encounter",
    "EpisodeOfCare",
    "FamilyMemberHistory",
    "Flag",
    "Goal",
    "ImagingStudy",
    "Immunization",
    "List",
    "MedicationDispense",
    "MedicationRequest",
    "MedicationStatement",
    "Observation",
    "Procedure",
    "Provenance",
    "QuestionnaireResponse",
    "RelatedPerson",
    "ServiceRequest",
    "Specimen",
    "Task",
];

/// NHS number of Winifred, of whom the doctor may not know.
pub(super) const WINIFRED: &str = "9990000026";

/// The id of the hidden entry of a type.
pub(super) fn hidden_id(kind: &str) -> String {
    format!("h-{kind}")
}

/// An entry of any type about a Patient: every element that a type may name somebody in.
pub(super) fn about(kind: &str, id: &str, patient: &str, words: &str) -> Value {
    let subject = json!({ "reference": format!("Patient/{patient}") });
    json!({
        "resourceType": kind, "id": id, "status": "active",
        "subject": subject, "patient": subject, "for": subject, "target": [subject],
        "securityContext": subject,
        "participant": [{ "actor": subject, "status": "accepted" }],
        "identifier": [{ "system": "urn:x", "value": id }],
        "code": { "text": words }, "description": words, "title": words,
    })
}

pub(super) fn labelled(mut resource: Value) -> Value {
    let label = json!([{ "system": "urn:tarn:label", "code": "sexual-health" }]);
    resource["meta"] = json!({ "security": label });
    resource
}

/// A visible entry that names a hidden one by one of its parameters.
pub(super) struct Naming {
    pub(super) resource: Value,
    pub(super) kind: &'static str,
    pub(super) code: &'static str,
    pub(super) names: String,
}

/// One for each parameter of each type whose reference can name something hidden.
pub(super) fn naming() -> Vec<Naming> {
    let mut all = Vec::new();
    for case in cases("edie") {
        let Some((named, "right")) = case.finds.split_once('/') else {
            continue;
        };
        let is_reference = case.kind == ParameterType::Reference;
        if !is_reference || !TYPES.contains(&named) || !TYPES.contains(&case.resource_type) {
            continue;
        }
        let text = case.resource.to_string();
        let reference = format!("{named}/{}", hidden_id(named));
        let text = text.replace(&format!("{named}/right"), &reference);
        let mut resource: Value = serde_json::from_str(&text).unwrap();
        resource["id"] = json!(format!("r-{:03}", all.len()));
        name_edie(&mut resource);
        all.push(Naming {
            resource,
            kind: case.resource_type,
            code: case.code,
            names: named.to_owned(),
        });
    }
    all
}

async fn contribute(world: &World, token: &str, resources: Vec<Value>) {
    let taken = world.post(token, "", &transaction(resources)).await;
    assert_eq!(taken.status, 200, "{}", taken.body);
}

/// Everything that the doctor may see, in both worlds.
pub(super) async fn common(world: &World) {
    let visible = TYPES
        .iter()
        .map(|kind| about(kind, &format!("v-{kind}"), "edie", "plain"));
    contribute(world, ALLOWED, visible.collect()).await;
    let naming = naming().into_iter().map(|one| one.resource);
    contribute(world, ALLOWED, naming.collect()).await;
    let mut linking = patient("edie-too", EDIE, "Hargreaves", "1945-07-14");
    linking["link"] = json!([{ "other": { "reference": "Patient/winifred" }, "type": "seealso" }]);
    let letter = json!({ "resourceType": "DocumentReference", "id": "letter", "status": "current",
        "subject": { "reference": "Patient/edie" },
        "content": [{ "attachment": { "url": "Binary/h-Binary" } }] });
    let report = json!({ "resourceType": "DiagnosticReport", "id": "report", "status": "final",
        "subject": { "reference": "Patient/edie" }, "code": { "text": "report" },
        "result": [{ "reference": "Observation/secret" }] });
    contribute(world, ALLOWED, vec![linking, letter, report]).await;
}

/// What the doctor may not see, in one of them.
pub(super) async fn hidden(world: &World) {
    let of_edie = TYPES
        .iter()
        .map(|kind| labelled(about(kind, &hidden_id(kind), "edie", CANARY)));
    contribute(world, ALLOWED, of_edie.collect()).await;

    let mut container = about("Observation", "h-container", "edie", CANARY);
    let inner = labelled(json!({ "resourceType": "Condition", "id": "inner",
        "code": { "text": CANARY } }));
    container["contained"] = json!([inner]);
    let secret = labelled(super::bisection::secret());
    contribute(world, ALLOWED, vec![container, secret]).await;

    // Seen for two versions, then not any more; and taken back when it was not seen any more.
    for id in ["raised", "gone"] {
        for words in [CANARY, "CANARY-5b2e again"] {
            let one = about("Condition", id, "edie", words);
            contribute(world, ALLOWED, vec![one]).await;
        }
        let one = labelled(about("Condition", id, "edie", CANARY));
        contribute(world, ALLOWED, vec![one]).await;
    }
    let delete = asks(TestRequest::delete(), ALLOWED, "/Condition/gone");
    assert_eq!(world.send(delete).await.status, 204);

    let mut winifred = patient("winifred", WINIFRED, "Winterbourne", "1990-02-03");
    winifred["name"][0]["text"] = json!(CANARY);
    winifred["link"] = json!([{ "other": { "reference": "Patient/edie" }, "type": "seealso" }]);
    contribute(world, ALLOWED, vec![winifred]).await;
    let of_winifred = TYPES
        .iter()
        .map(|kind| about(kind, &format!("w-{kind}"), "winifred", CANARY));
    contribute(world, ALLOWED, of_winifred.collect()).await;
}

/// The hospital knows Edie and Arthur.
pub(super) async fn of_the_hospital(world: &World) {
    let edie = patient("rsb-edie", EDIE, "Hargreaves", "1945-07-14");
    let arthur = patient("rsb-arthur", ARTHUR, "Pemberton", "1938-04-02");
    contribute(world, "other-feed", vec![edie, arthur]).await;
}

/// It took Arthur’s result for Edie’s, and then put it right: what was hers for a while is his,
/// and the doctor has nothing to do with him.
pub(super) async fn misfiled(world: &World) {
    for of in ["rsb-edie", "rsb-arthur"] {
        let mut entry = observation(of, "misfiled", "laboratory");
        entry["code"]["text"] = json!(CANARY);
        contribute(world, "other-feed", vec![entry]).await;
        let seen = world.get("doctor", "/Observation/misfiled").await;
        assert_eq!(seen.status == 200, of == "rsb-edie", "{}", seen.body);
    }
}
