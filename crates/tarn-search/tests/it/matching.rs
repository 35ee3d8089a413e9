//! The examples of the specification (R4, search), as tables.

use serde_json::{Value, json};

use crate::ward::Ward;

/// Each query with whether it finds the resource.
pub(crate) fn check(resource: &Value, queries: &[(&str, bool)]) {
    let mut resource = resource.clone();
    resource["id"] = json!("it");
    let ward = Ward::of([resource]);
    for (query, finds) in queries {
        assert_eq!(ward.ids(query).len(), usize::from(*finds), "{query}");
    }
}

#[test]
fn token() {
    let condition = json!({
        "resourceType": "Condition",
        "code": {
            "coding": [
                {"system": "http://acme.org/conditions/codes", "code": "ha125", "display": "Head Ache"},
                {"code": "local"},
            ],
            "text": "Headache, both sides",
        },
        "identifier": [{
            "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR"}]},
            "system": "http://acme.org/patient", "value": "2345x",
        }],
    });
    check(
        &condition,
        &[
            (
                "Condition?code=http://acme.org/conditions/codes|ha125",
                true,
            ),
            (
                "Condition?code=http://acme.org/conditions/codes|HA125",
                true,
            ),
            (
                "Condition?code=http://acme.org/conditions/other|ha125",
                false,
            ),
            ("Condition?code=ha125", true),
            ("Condition?code=ha12", false),
            ("Condition?code=|ha125", false),
            ("Condition?code=|local", true),
            ("Condition?code=http://acme.org/conditions/codes|", true),
            (
                "Condition?code=http://acme.org/conditions/codes|local",
                false,
            ),
            ("Condition?code=x,ha125", true),
            ("Condition?code=x\\,ha125", false),
            ("Condition?code:not=ha125", false),
            ("Condition?code:not=x,y", true),
            ("Condition?code:text=headache", true),
            ("Condition?code:text=head ache", true),
            ("Condition?code:text=ache", false),
            ("Condition?code:missing=false", true),
            ("Condition?code:missing=true", false),
            ("Condition?severity:missing=true", true),
            ("Condition?severity:not=x", true),
            ("Condition?severity=x", false),
            ("Condition?identifier=http://acme.org/patient|2345x", true),
            ("Condition?identifier=http://acme.org/patient|2345X", false),
            (
                "Condition?identifier:of-type=http://terminology.hl7.org/CodeSystem/v2-0203|MR|2345x",
                true,
            ),
            ("Condition?identifier:of-type=|MR|2345x", true),
            ("Condition?identifier:of-type=|MC|2345x", false),
            ("Condition?identifier:of-type=|MR|2345", false),
        ],
    );
}

#[test]
fn a_code_has_the_system_of_its_binding() {
    let patient = json!({"resourceType": "Patient", "gender": "male", "active": true, "deceasedDateTime": "2015-02-14"});
    check(
        &patient,
        &[
            ("Patient?gender=male", true),
            ("Patient?gender:not=male", false),
            (
                "Patient?gender=http://hl7.org/fhir/administrative-gender|male",
                true,
            ),
            ("Patient?gender=http://hl7.org/fhir/other|male", false),
            ("Patient?gender=|male", true),
            ("Patient?active=true", true),
            ("Patient?active=false", false),
            ("Patient?deceased=true", true),
            ("Patient?deceased=false", false),
            ("Patient?death-date=2015-02", true),
        ],
    );
    check(
        &json!({"resourceType": "Patient"}),
        &[
            ("Patient?deceased=false", true),
            ("Patient?active=false", false),
        ],
    );
    check(
        &json!({"resourceType": "Patient", "deceasedBoolean": false}),
        &[("Patient?deceased=true", false)],
    );
}

#[test]
fn reference() {
    let observation = json!({
        "resourceType": "Observation",
        "subject": {"reference": "Patient/23/_history/2"},
        "performer": [
            {"reference": "http://acme.org/fhir/Practitioner/7"},
            {"reference": "#here"},
            {"type": "Organization", "identifier": {"system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": "RSB"}},
        ],
    });
    check(
        &observation,
        &[
            ("Observation?subject=Patient/23", true),
            ("Observation?subject=23", true),
            ("Observation?subject:Patient=23", true),
            ("Observation?subject:Patient=Patient/23", true),
            ("Observation?subject:Group=23", false),
            ("Observation?subject=Group/23", false),
            ("Observation?patient=23", true),
            ("Observation?patient=Patient/23", true),
            ("Observation?patient=2", false),
            ("Observation?patient=1,23", true),
            ("Observation?patient=23&patient=24", false),
            (
                "Observation?performer=http://acme.org/fhir/Practitioner/7",
                true,
            ),
            ("Observation?performer=Practitioner/7", false),
            (
                "Observation?performer:identifier=https://fhir.nhs.uk/Id/ods-organization-code|RSB",
                true,
            ),
            ("Observation?performer:identifier=RSB", true),
            (
                "Observation?performer:identifier=https://example.org|RSB",
                false,
            ),
            ("Observation?performer:identifier=RSC", false),
            ("Observation?encounter:missing=true", true),
        ],
    );
    let contained = json!({
        "resourceType": "Observation", "subject": {"reference": "#p"},
        "contained": [{"resourceType": "Patient", "id": "p", "name": [{"family": "Hidden"}]}],
    });
    check(
        &contained,
        &[
            ("Observation?subject:missing=true", true),
            ("Observation?patient.family=hidden", false),
        ],
    );
    let response = json!({"resourceType": "QuestionnaireResponse", "questionnaire": "https://example.org/Q|2"});
    check(
        &response,
        &[
            (
                "QuestionnaireResponse?questionnaire=https://example.org/Q",
                true,
            ),
            (
                "QuestionnaireResponse?questionnaire=https://example.org/Q|2",
                true,
            ),
            (
                "QuestionnaireResponse?questionnaire=https://example.org/Q|3",
                false,
            ),
        ],
    );
}

#[test]
fn string() {
    let patient = json!({
        "resourceType": "Patient",
        "name": [{"family": "Évèrs-O’Brien", "given": ["Eve", "Steven"], "prefix": ["Dr"]}, {"text": "Peter  Pan"}],
        "address": [{"line": ["1 High Street"], "city": "Leeds", "postalCode": "LS1 4AP"}],
    });
    check(
        &patient,
        &[
            ("Patient?given=eve", true),
            ("Patient?given=EV", true),
            ("Patient?given=teve", false),
            ("Patient?given:contains=eve", true),
            ("Patient?given:contains=teven", true),
            ("Patient?given:exact=Eve", true),
            ("Patient?given:exact=eve", false),
            ("Patient?given:exact=Ev", false),
            ("Patient?family=evers obrien", true),
            ("Patient?family=Évers-O'B", true),
            ("Patient?family:exact=Évèrs-O’Brien", true),
            ("Patient?name=dr", true),
            ("Patient?name=peter pan", true),
            ("Patient?family=peter", false),
            ("Patient?address=leeds", true),
            ("Patient?address-city=LEE", true),
            ("Patient?address-postalcode=ls14ap", true),
            ("Patient?address-postalcode=LS1 4AP", true),
            ("Patient?address=ls14", true),
            ("Patient?address-postalcode=ls15", false),
            ("Patient?family=nobody\\,eve,evers", true),
        ],
    );
}

#[test]
fn uri_and_meta() {
    let observation = json!({"resourceType": "Observation", "meta": {
        "profile": ["http://hl7.org/fhir/StructureDefinition/bp|4.0.1"],
        "tag": [{"system": "http://acme.org", "code": "needs-review"}],
        "security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}],
        "source": "http://example.com/Organization/123",
    }});
    check(
        &observation,
        &[
            (
                "Observation?_profile=http://hl7.org/fhir/StructureDefinition/bp",
                true,
            ),
            (
                "Observation?_profile=http://hl7.org/fhir/StructureDefinition/bp|4.0.1",
                true,
            ),
            (
                "Observation?_profile=http://hl7.org/fhir/StructureDefinition/b",
                false,
            ),
            ("Observation?_tag=http://acme.org|needs-review", true),
            ("Observation?_security=R", true),
            ("Observation?_security:not=R", false),
            (
                "Observation?_source=http://example.com/Organization/123",
                true,
            ),
            ("Observation?_id=it", true),
            ("Observation?_id=that", false),
            ("Observation?_id=that,it", true),
            ("Observation?_id:not=it", false),
            ("Observation?_lastUpdated=2023-11-14", true),
            ("Observation?_lastUpdated=gt2023-11-15", false),
        ],
    );
    check(
        &json!({"resourceType": "ValueSet"}),
        &[("ValueSet?_id=it", true)],
    );
}

/// The parts of a composite are met in one place together, not one here and one there.
#[test]
fn composite() {
    let coded = |code: &str| json!({"coding": [{"system": "http://loinc.org", "code": code}]});
    let pressure = json!({
        "resourceType": "Observation",
        "code": coded("85354-9"),
        "component": [
            {"code": coded("8480-6"), "valueQuantity": {"value": 107, "code": "mm[Hg]"}},
            {"code": coded("8462-4"), "valueQuantity": {"value": 60, "code": "mm[Hg]"}},
        ],
    });
    check(
        &pressure,
        &[
            (
                "Observation?component-code-value-quantity=http://loinc.org|8480-6$107",
                true,
            ),
            (
                "Observation?component-code-value-quantity=http://loinc.org|8480-6$lt60.5",
                false,
            ),
            (
                "Observation?component-code-value-quantity=8462-4$lt60.5",
                true,
            ),
            (
                "Observation?combo-code-value-quantity=8480-6$gt100,8462-4$gt100",
                true,
            ),
            ("Observation?code-value-quantity=85354-9$107", false),
        ],
    );
}
