use serde_json::{Value, json};
use tarn_model::Precision;

use super::scribe::{SNOMED, Scribe, concept, professional, quantity};
use crate::{Drug, Fact, Medicine, Moment};

/// Published for MedicationStatement; on a practice's repeat it says the same thing.
const LAST_ISSUED: &str =
    "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-MedicationStatementLastIssueDate";

/// A practice's prescription as MedicationRequest, anybody else's list as MedicationStatement.
pub(super) fn medicine(scribe: &Scribe<'_>, fact: &Fact, medicine: &Medicine) -> Value {
    if scribe.organisation.kind == "gp-practice" {
        request(scribe, fact, medicine)
    } else {
        statement(scribe, fact, medicine)
    }
}

fn request(scribe: &Scribe<'_>, fact: &Fact, medicine: &Medicine) -> Value {
    let issued = medicine
        .last_issued
        .map(|at| json!([{ "url": LAST_ISSUED, "valueDateTime": at.to_fhir() }]));
    let course = match medicine.last_issued {
        Some(_) => ("continuous", "Continuous long term therapy"),
        None => ("acute", "Short course (acute) therapy"),
    };
    let courses = "http://terminology.hl7.org/CodeSystem/medicationrequest-course-of-therapy";
    let supply = medicine
        .ended
        .map(|_| json!({ "validityPeriod": period(medicine) }));
    let rest = json!({
        "contained": [contained(medicine.drug)],
        "extension": issued,
        "status": status(scribe, medicine),
        "statusReason": reason(medicine),
        "intent": "order",
        "medicationReference": reference(medicine.drug),
        "subject": scribe.subject(),
        "authoredOn": medicine.started.to_fhir(),
        "requester": professional(medicine.by),
        "reasonCode": [{ "text": medicine.drug.indication }],
        "courseOfTherapyType": concept(
            if medicine.last_issued.is_some() { "Repeat" } else { "Acute" },
            courses,
            Some(course)
        ),
        "note": note(medicine),
        "dosageInstruction": [dosage(medicine)],
        "dispenseRequest": supply,
        "substitution": { "allowedBoolean": false }
    });
    scribe.resource(fact, "MedicationRequest", "UKCore-MedicationRequest", rest)
}

fn statement(scribe: &Scribe<'_>, fact: &Fact, medicine: &Medicine) -> Value {
    let rest = json!({
        "contained": [contained(medicine.drug)],
        "status": status(scribe, medicine),
        "statusReason": reason(medicine).map(|reason| json!([reason])),
        "medicationReference": reference(medicine.drug),
        "subject": scribe.subject(),
        "effectivePeriod": period(medicine),
        "dateAsserted": fact.recorded.to_fhir(),
        "informationSource": professional(medicine.by),
        "reasonCode": [{ "text": medicine.drug.indication }],
        "note": note(medicine),
        "dosage": [dosage(medicine)]
    });
    scribe.resource(
        fact,
        "MedicationStatement",
        "UKCore-MedicationStatement",
        rest,
    )
}

/// A course whose last day is today is still being taken.
fn status(scribe: &Scribe<'_>, medicine: &Medicine) -> &'static str {
    let now = scribe.locality.options().now;
    let today = Moment {
        at: now,
        precision: Precision::Time,
    }
    .day();
    match (medicine.ended, medicine.stopped_because) {
        (None, _) => "active",
        (Some(_), Some(_)) => "stopped",
        (Some(ended), None) if ended.at >= today.at => "active",
        (Some(_), None) => "completed",
    }
}

fn reason(medicine: &Medicine) -> Option<Value> {
    medicine
        .stopped_because
        .map(|because| json!({ "text": because }))
}

fn note(medicine: &Medicine) -> Option<Value> {
    medicine.note.map(|note| json!([{ "text": note }]))
}

fn period(medicine: &Medicine) -> Value {
    match medicine.ended {
        Some(ended) => json!({ "start": medicine.started.to_fhir(), "end": ended.to_fhir() }),
        None => json!({ "start": medicine.started.to_fhir() }),
    }
}

fn contained(drug: Drug) -> Value {
    json!({
        "resourceType": "Medication",
        "id": "medicine",
        "code": { "text": drug.name },
        "form": { "text": drug.form }
    })
}

fn reference(drug: Drug) -> Value {
    json!({ "reference": "#medicine", "display": drug.name })
}

fn dosage(medicine: &Medicine) -> Value {
    let drug = medicine.drug;
    let (value, unit) = drug.dose;
    let ucum = match unit {
        "microgram" => "ug",
        "units" => "[iU]",
        "drop" => "[drp]",
        same => same,
    };
    let route = match drug.route {
        "oral" => Some(("26643006", "Oral route")),
        "under the skin" => Some(("34206005", "Subcutaneous route")),
        _ => None,
    };
    let often = if drug.as_needed {
        json!({ "frequency": 1, "frequencyMax": drug.times_a_day, "period": 1, "periodUnit": "d" })
    } else {
        json!({ "frequency": drug.times_a_day, "period": 1, "periodUnit": "d" })
    };
    // "When required" is said by asNeeded; its words are in the text.
    let times = drug.frequency.strip_suffix(", when required");
    let times = times.unwrap_or(drug.frequency);
    let mut dosage = json!({
        "text": format!("{value} {unit} {}", drug.frequency),
        "timing": { "repeat": often, "code": { "text": times } },
        "route": concept(drug.route, SNOMED, route),
        "doseAndRate": [{ "doseQuantity": quantity(value, (unit, ucum)) }]
    });
    if drug.as_needed
        && let Value::Object(members) = &mut dosage
    {
        members.insert("asNeededBoolean".to_owned(), json!(true));
    }
    dosage
}
