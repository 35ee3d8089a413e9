use proptest::prelude::*;
use serde_json::{Value, json};

use super::{line, parsed, projected};
use crate::Polarity;

const TYPES: [&str; 34] = [
    "Patient",
    "AllergyIntolerance",
    "Appointment",
    "CarePlan",
    "CareTeam",
    "Composition",
    "Condition",
    "DiagnosticReport",
    "DocumentReference",
    "Encounter",
    "EpisodeOfCare",
    "FamilyMemberHistory",
    "Flag",
    "Goal",
    "ImagingStudy",
    "Immunization",
    "MedicationAdministration",
    "MedicationDispense",
    "MedicationRequest",
    "MedicationStatement",
    "Observation",
    "Procedure",
    "QuestionnaireResponse",
    "ReferralRequest",
    "ServiceRequest",
    "RelatedPerson",
    "Task",
    "Communication",
    "Claim",
    "Device",
    "Consent",
    "List",
    "Binary",
    "X",
];

/// Any JSON, made mostly of the members that FHIR uses, so that every path is walked.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
        prop::sample::select(vec![
            "entered-in-error",
            "active",
            "#a",
            "2026-11",
            "Patient/1",
            "not-done"
        ])
        .prop_map(Value::from),
    ];
    let member = prop::sample::select(vec![
        "id",
        "status",
        "verificationStatus",
        "clinicalStatus",
        "code",
        "coding",
        "text",
        "display",
        "category",
        "subject",
        "reference",
        "identifier",
        "system",
        "value",
        "unit",
        "period",
        "start",
        "end",
        "valueQuantity",
        "valueString",
        "component",
        "referenceRange",
        "low",
        "high",
        "participant",
        "member",
        "actor",
        "contained",
        "resourceType",
        "medicationReference",
        "dosageInstruction",
        "timing",
        "repeat",
        "frequency",
        "item",
        "answer",
        "name",
        "given",
        "family",
        "telecom",
        "address",
        "line",
        "contact",
        "extension",
        "url",
        "meta",
        "security",
        "content",
        "attachment",
        "performer",
        "type",
        "reaction",
        "manifestation",
        "note",
        "generalPractitioner",
        "managingOrganization",
        "serviceProvider",
        "class",
        "location",
    ]);
    leaf.prop_recursive(5, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((member.clone(), inner), 0..8).prop_map(|members| {
                Value::Object(
                    members
                        .into_iter()
                        .map(|(k, v)| (k.to_owned(), v))
                        .collect(),
                )
            }),
        ]
    })
}

proptest! {
    #[test]
    fn any_json_is_answered(resource_type in prop::sample::select(TYPES.to_vec()), mut resource in any_json()) {
        if let Some(members) = resource.as_object_mut() {
            members.insert("resourceType".to_owned(), resource_type.into());
        }
        let found = projected(&resource);
        prop_assert!(found.lines.iter().all(|line| !line.display.trim().is_empty()));
        prop_assert!(found.lines.iter().all(|line| line.resource_id == "r1"));
        prop_assert_eq!(found, projected(&resource));
    }

    #[test]
    fn an_error_of_entry_is_never_a_fact(
        resource_type in prop::sample::select(TYPES.to_vec()),
        mut resource in any_json(),
        member in prop::sample::select(vec!["status", "verificationStatus", "docStatus"]),
        coded in any::<bool>(),
    ) {
        if let Some(members) = resource.as_object_mut() {
            members.insert("resourceType".to_owned(), resource_type.into());
            let word = if coded {
                json!({"coding": [{"code": "entered-in-error"}]})
            } else {
                json!("entered-in-error")
            };
            members.insert(member.to_owned(), word);
            let found = projected(&resource);
            prop_assert!(found.lines.iter().all(|line| line.polarity == Polarity::EnteredInError));
            prop_assert!(found.relationships.is_empty());
        }
    }

    #[test]
    fn status_polarity_comes_out_as_it_went_in(
        resource_type in prop::sample::select(vec!["Condition", "AllergyIntolerance"]),
        words in "[A-Z][a-z]{2,9} [a-z]{3,9}",
        verification in prop::sample::select(vec!["confirmed", "unconfirmed", "provisional", "refuted", "entered-in-error"]),
    ) {
        let found = line(&json!({"resourceType": resource_type, "code": {"text": words},
            "verificationStatus": {"coding": [{"code": verification}]}}));
        let expected = match verification {
            "refuted" => Polarity::Negated,
            "entered-in-error" => Polarity::EnteredInError,
            _ => Polarity::Asserted,
        };
        prop_assert_eq!(found.polarity, expected);
        prop_assert_eq!(found.display, words);
        prop_assert_eq!(found.detail.verification.as_deref(), Some(verification));
    }

    #[test]
    fn value_and_unit_are_never_changed(
        digits in "(-)?(0|[1-9][0-9]{0,12})(\\.[0-9]{1,9})?(e[+-][0-9]{1,2})?",
        unit in "[A-Za-z/%*]{1,12}",
        comparator in prop::sample::select(vec!["", "<", "<=", ">=", ">"]),
    ) {
        let sign = if comparator.is_empty() { String::new() } else { format!(r#""comparator":"{comparator}","#) };
        let quantity = format!(r#"{{{sign}"value":{digits},"unit":"{unit}"}}"#);
        let found = line(&parsed(&format!(
            r#"{{"resourceType":"Observation","status":"final","code":{{"text":"x"}},"valueQuantity":{quantity},
            "component":[{{"code":{{"text":"part"}},"valueQuantity":{quantity}}}]}}"#
        )));
        let expected = format!("{comparator}{digits}");
        prop_assert_eq!(found.value.as_deref(), Some(expected.as_str()));
        prop_assert_eq!(found.unit.as_deref(), Some(unit.as_str()));
        prop_assert_eq!(found.detail.components, vec![format!("part {expected} {unit}")]);
    }
}
