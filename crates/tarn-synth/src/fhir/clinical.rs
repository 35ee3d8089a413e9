use serde_json::{Value, json};

use super::scribe::{SNOMED, Scribe, coded, concept, professional};
use crate::stories::tale::usual;
use crate::{Allergy, Fact, FamilyHistory, Problem, Procedure, Vaccination};

pub(super) fn allergy(scribe: &Scribe<'_>, fact: &Fact, allergy: &Allergy) -> Value {
    let category = if allergy.medication {
        "medication"
    } else {
        "environment"
    };
    let mut reactions = Vec::new();
    if !allergy.reactions.is_empty() {
        let shown = allergy.reactions.iter();
        let shown: Vec<Value> = shown.map(|words| json!({ "text": words })).collect();
        reactions.push(match allergy.severity {
            Some(severity) => json!({ "manifestation": shown, "severity": severity }),
            None => json!({ "manifestation": shown }),
        });
    }
    let clinical = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical";
    let verified = "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification";
    let rest = json!({
        "clinicalStatus": coded(clinical, "active"),
        "verificationStatus": coded(verified, "confirmed"),
        "category": [category],
        "criticality": match allergy.severity {
            Some("severe") => json!("high"),
            _ => Value::Null,
        },
        "code": concept(allergy.substance, SNOMED, allergy.snomed),
        "patient": scribe.subject(),
        "recordedDate": fact.recorded.to_fhir(),
        "recorder": professional(usual(fact.source)),
        "reaction": reactions
    });
    scribe.resource(
        fact,
        "AllergyIntolerance",
        "UKCore-AllergyIntolerance",
        rest,
    )
}

pub(super) fn problem(scribe: &Scribe<'_>, fact: &Fact, problem: &Problem) -> Value {
    let diagnosis = problem.diagnosis;
    let status = if problem.ended.is_some() {
        "resolved"
    } else {
        "active"
    };
    let clinical = "http://terminology.hl7.org/CodeSystem/condition-clinical";
    let verified = "http://terminology.hl7.org/CodeSystem/condition-ver-status";
    let category = "http://terminology.hl7.org/CodeSystem/condition-category";
    let rest = json!({
        "clinicalStatus": coded(clinical, status),
        "verificationStatus": coded(verified, "confirmed"),
        "category": [coded(category, "problem-list-item")],
        "code": concept(diagnosis.name, SNOMED, diagnosis.snomed),
        "subject": scribe.subject(),
        "onsetDateTime": problem.onset.to_fhir(),
        "abatementDateTime": problem.ended.map(crate::Moment::to_fhir),
        "recordedDate": fact.recorded.to_fhir(),
        "recorder": professional(problem.by)
    });
    scribe.resource(fact, "Condition", "UKCore-Condition", rest)
}

pub(super) fn procedure(scribe: &Scribe<'_>, fact: &Fact, procedure: &Procedure) -> Value {
    let rest = json!({
        "status": "completed",
        "code": { "text": procedure.name },
        "subject": scribe.subject(),
        "performedDateTime": procedure.at.to_fhir(),
        "performer": [{ "actor": professional(procedure.by) }],
        "reasonCode": [{ "text": procedure.reason }]
    });
    scribe.resource(fact, "Procedure", "UKCore-Procedure", rest)
}

pub(super) fn vaccination(scribe: &Scribe<'_>, fact: &Fact, given: &Vaccination) -> Value {
    let status = if given.not_given_because.is_some() {
        "not-done"
    } else {
        "completed"
    };
    let reason = given
        .not_given_because
        .map(|words| json!({ "text": words }));
    let rest = json!({
        "status": status,
        "statusReason": reason,
        "vaccineCode": { "text": given.vaccine },
        "patient": scribe.subject(),
        "occurrenceDateTime": given.at.to_fhir(),
        "recorded": fact.recorded.to_fhir(),
        "primarySource": true,
        "performer": [{ "actor": professional(given.by) }],
        "protocolApplied": [{ "doseNumberPositiveInt": given.dose }]
    });
    scribe.resource(fact, "Immunization", "UKCore-Immunization", rest)
}

pub(super) fn family(scribe: &Scribe<'_>, fact: &Fact, family: &FamilyHistory) -> Value {
    let relative = (family.code, family.relative);
    let roles = "http://terminology.hl7.org/CodeSystem/v3-RoleCode";
    let rest = json!({
        "status": "completed",
        "patient": scribe.subject(),
        "date": fact.recorded.to_fhir(),
        "relationship": concept(family.relative, roles, Some(relative)),
        "condition": [{ "code": { "text": family.condition } }]
    });
    scribe.resource(
        fact,
        "FamilyMemberHistory",
        "UKCore-FamilyMemberHistory",
        rest,
    )
}
