//! Resources with a canary in every string that is not on the list of what stays.

use serde_json::{Map, Value, json};

pub(super) const CANARY: &str = "CANARY-NEST";

/// Resources about one person, each with the canary wherever an address could stand.
pub(super) fn resources(patient: &str) -> Vec<Value> {
    let subject = json!({ "reference": format!("Patient/{patient}") });
    let told = json!([{ "reference": "Practitioner/p1", "display": CANARY }]);
    let one_told = &told[0];
    let concept = json!({ "coding": [{ "system": "http://snomed.info/sct", "code": "1" }],
        "text": "stays" });
    let known: [(&str, Value); 6] = [
        (
            "AllergyIntolerance",
            json!({ "patient": subject, "code": concept, "recorder": one_told,
            "asserter": one_told, "onsetString": CANARY, "encounter": one_told,
            "reaction": [{ "manifestation": [concept], "description": CANARY,
                "note": [{ "text": CANARY }] }] }),
        ),
        (
            "Condition",
            json!({ "code": concept, "recorder": one_told, "asserter": one_told,
            "onsetString": CANARY, "abatementString": CANARY, "encounter": one_told,
            "evidence": [{ "detail": told }], "stage": [{ "assessment": told }] }),
        ),
        (
            "MedicationStatement",
            json!({ "status": "active", "medicationReference":
            { "reference": "#med", "display": CANARY }, "informationSource": one_told,
            "contained": [{ "resourceType": "Medication", "id": "med", "code": concept,
                "manufacturer": { "display": CANARY } }], "context": one_told,
            "reasonCode": [{ "text": CANARY }],
            "dosage": [{ "text": "one a day", "patientInstruction": CANARY }] }),
        ),
        (
            "MedicationRequest",
            json!({ "status": "active", "intent": "order",
            "medicationCodeableConcept": concept, "requester": one_told, "performer": one_told,
            "recorder": one_told, "groupIdentifier": { "value": CANARY },
            "dispenseRequest": { "performer": one_told, "numberOfRepeatsAllowed": 2 } }),
        ),
        (
            "Immunization",
            json!({ "status": "completed", "patient": subject, "vaccineCode": concept,
            "occurrenceString": CANARY, "location": one_told, "manufacturer": one_told,
            "lotNumber": CANARY, "performer": [{ "actor": one_told }],
            "education": [{ "reference": CANARY }] }),
        ),
        (
            "Observation",
            json!({ "status": "final", "code": concept, "performer": told,
            "valueString": CANARY, "device": one_told, "specimen": one_told, "focus": told,
            "component": [{ "code": concept, "valueString": CANARY }],
            "referenceRange": [{ "text": CANARY }] }),
        ),
    ];
    let others = [
        "Appointment",
        "CarePlan",
        "CareTeam",
        "ClinicalImpression",
        "Communication",
        "Composition",
        "Consent",
        "Device",
        "DiagnosticReport",
        "DocumentReference",
        "Encounter",
        "EpisodeOfCare",
        "FamilyMemberHistory",
        "Flag",
        "Goal",
        "ImagingStudy",
        "List",
        "MedicationDispense",
        "Procedure",
        "QuestionnaireResponse",
        "RelatedPerson",
        "ServiceRequest",
        "Specimen",
        "Task",
    ];
    let mut all: Vec<Value> = known
        .into_iter()
        .map(|(kind, body)| dressed(kind, patient, body))
        .collect();
    all.extend(others.map(|kind| {
        dressed(
            kind,
            patient,
            json!({ "patient": subject, "for": subject, "status": "active",
            "description": CANARY, "title": CANARY, "name": [{ "text": CANARY }],
            "code": { "text": CANARY }, "address": [{ "text": CANARY }],
            "participant": [{ "actor": subject }, { "actor": one_told }],
            "content": [{ "attachment": { "title": CANARY, "data": "eA==" } }] }),
        )
    }));
    all
}

/// A resource of this kind with everything that any resource can carry.
fn dressed(kind: &str, patient: &str, body: Value) -> Value {
    let mut dressed: Map<String, Value> = body.as_object().unwrap().clone();
    for (name, value) in [
        ("resourceType", json!(kind)),
        (
            "subject",
            json!({ "reference": format!("Patient/{patient}"), "display": CANARY }),
        ),
        (
            "meta",
            json!({ "profile": [CANARY], "source": CANARY,
            "tag": [{ "display": CANARY }] }),
        ),
        (
            "text",
            json!({ "status": "generated", "div": format!("<div>{CANARY}</div>") }),
        ),
        (
            "extension",
            json!([{ "url": "urn:x", "valueString": CANARY }]),
        ),
        (
            "identifier",
            json!([{ "system": CANARY, "value": format!("{CANARY}-{patient}") }]),
        ),
        ("note", json!([{ "authorString": CANARY, "text": CANARY }])),
    ] {
        dressed.insert(name.to_owned(), value);
    }
    if kind != "MedicationStatement" {
        dressed.insert(
            "contained".to_owned(),
            json!([{ "resourceType": "Location", "id": "l", "name": CANARY }]),
        );
    }
    Value::Object(dressed)
}

pub(super) fn patient(number: &str, family: &str, born: &str, restricted: bool) -> Value {
    let mut patient = dressed(
        "Patient",
        "x",
        json!({ "birthDate": born,
        "name": [{ "family": family, "given": ["Edna"], "text": CANARY }],
        "address": [{ "text": CANARY, "postalCode": "CA1 1AA", "city": CANARY }],
        "telecom": [{ "system": "phone", "value": CANARY }],
        "contact": [{ "name": { "text": CANARY } }],
        "managingOrganization": { "display": CANARY },
        "generalPractitioner": [{ "display": CANARY }] }),
    );
    patient.as_object_mut().unwrap().remove("subject");
    let number = json!({ "system": "https://fhir.nhs.uk/Id/nhs-number", "value": number });
    patient["identifier"].as_array_mut().unwrap().push(number);
    if restricted {
        patient["meta"]["security"] = json!([{
            "system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R" }]);
    }
    patient
}
