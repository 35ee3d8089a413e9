//! What of a resource may leave about a person whose place is protected (PDS S-flag).
//!
//! A list of what stays, never of what goes: a type that is not listed is withheld, and so is a
//! member that is not listed. Listed are who the person is, and the words, codes, figures and
//! times by which they are treated. Not listed is what tells where they are: addresses, staff,
//! organisations, places, the systems that number local entries, contained resources, extensions,
//! and what an author typed as free text. Ids that a source chose leave as others (see `outward`).
//!
//! The words that name a condition, a medicine or a test stay, since nobody can treat the person
//! without them; whoever types an address there has written it where every clinician must read.

use serde_json::{Map, Value, json};
use tarn_model::NhsNumber;
use tarn_record::StoredResource;

use super::outward::Outward;
use super::text::Stamp;

/// How much of a value stays.
enum Keep {
    /// A string, number or truth value.
    Plain,
    /// These members of an object.
    Members(&'static [(&'static str, Keep)]),
    /// The address of a resource of this type in this store, without its words.
    Reference(&'static str),
    /// An NHS number among other identifiers.
    NhsNumber,
}

use Keep::{Members, Plain, Reference};

const CONCEPT: Keep = Members(&[("coding", CODING), ("text", Plain)]);
const CODING: Keep = Members(&[("system", Plain), ("code", Plain), ("display", Plain)]);
const QUANTITY: Keep = Members(&[
    ("value", Plain),
    ("comparator", Plain),
    ("unit", Plain),
    ("system", Plain),
    ("code", Plain),
]);
const RANGE: Keep = Members(&[("low", QUANTITY), ("high", QUANTITY)]);
const RATIO: Keep = Members(&[("numerator", QUANTITY), ("denominator", QUANTITY)]);
const PERIOD: Keep = Members(&[("start", Plain), ("end", Plain)]);
const SUBJECT: Keep = Reference("Patient");
const NAME: Keep = Members(&[
    ("use", Plain),
    ("family", Plain),
    ("given", Plain),
    ("prefix", Plain),
    ("suffix", Plain),
    ("period", PERIOD),
]);

const TIMING: Keep = Members(&[
    ("event", Plain),
    (
        "repeat",
        Members(&[
            ("boundsDuration", QUANTITY),
            ("boundsRange", RANGE),
            ("boundsPeriod", PERIOD),
            ("count", Plain),
            ("countMax", Plain),
            ("duration", Plain),
            ("durationMax", Plain),
            ("durationUnit", Plain),
            ("frequency", Plain),
            ("frequencyMax", Plain),
            ("period", Plain),
            ("periodMax", Plain),
            ("periodUnit", Plain),
            ("dayOfWeek", Plain),
            ("timeOfDay", Plain),
            ("when", Plain),
            ("offset", Plain),
        ]),
    ),
    ("code", CONCEPT),
]);
// The words of a dose stay: most sources write the dose nowhere else.
const DOSAGE: Keep = Members(&[
    ("sequence", Plain),
    ("text", Plain),
    ("additionalInstruction", CONCEPT),
    ("timing", TIMING),
    ("asNeededBoolean", Plain),
    ("asNeededCodeableConcept", CONCEPT),
    ("site", CONCEPT),
    ("route", CONCEPT),
    ("method", CONCEPT),
    (
        "doseAndRate",
        Members(&[
            ("type", CONCEPT),
            ("doseQuantity", QUANTITY),
            ("doseRange", RANGE),
            ("rateQuantity", QUANTITY),
            ("rateRange", RANGE),
            ("rateRatio", RATIO),
        ]),
    ),
    ("maxDosePerPeriod", RATIO),
    ("maxDosePerAdministration", QUANTITY),
    ("maxDosePerLifetime", QUANTITY),
]);
const REFERENCE_RANGE: Keep = Members(&[
    ("low", QUANTITY),
    ("high", QUANTITY),
    ("type", CONCEPT),
    ("appliesTo", CONCEPT),
    ("age", RANGE),
]);

const PATIENT: &[(&str, Keep)] = &[
    ("identifier", Keep::NhsNumber),
    ("active", Plain),
    ("name", NAME),
    ("gender", Plain),
    ("birthDate", Plain),
    ("deceasedBoolean", Plain),
    ("deceasedDateTime", Plain),
];
const ALLERGY: &[(&str, Keep)] = &[
    ("clinicalStatus", CONCEPT),
    ("verificationStatus", CONCEPT),
    ("type", Plain),
    ("category", Plain),
    ("criticality", Plain),
    ("code", CONCEPT),
    ("patient", SUBJECT),
    ("onsetDateTime", Plain),
    ("onsetAge", QUANTITY),
    ("onsetPeriod", PERIOD),
    ("onsetRange", RANGE),
    ("recordedDate", Plain),
    ("lastOccurrence", Plain),
    (
        "reaction",
        Members(&[
            ("substance", CONCEPT),
            ("manifestation", CONCEPT),
            ("onset", Plain),
            ("severity", Plain),
            ("exposureRoute", CONCEPT),
        ]),
    ),
];
const CONDITION: &[(&str, Keep)] = &[
    ("clinicalStatus", CONCEPT),
    ("verificationStatus", CONCEPT),
    ("category", CONCEPT),
    ("severity", CONCEPT),
    ("code", CONCEPT),
    ("bodySite", CONCEPT),
    ("subject", SUBJECT),
    ("onsetDateTime", Plain),
    ("onsetAge", QUANTITY),
    ("onsetPeriod", PERIOD),
    ("onsetRange", RANGE),
    ("abatementDateTime", Plain),
    ("abatementAge", QUANTITY),
    ("abatementPeriod", PERIOD),
    ("abatementRange", RANGE),
    ("recordedDate", Plain),
    ("stage", Members(&[("summary", CONCEPT), ("type", CONCEPT)])),
];
const MEDICATION_STATEMENT: &[(&str, Keep)] = &[
    ("status", Plain),
    ("category", CONCEPT),
    ("medicationCodeableConcept", CONCEPT),
    ("subject", SUBJECT),
    ("effectiveDateTime", Plain),
    ("effectivePeriod", PERIOD),
    ("dateAsserted", Plain),
    ("dosage", DOSAGE),
];
const MEDICATION_REQUEST: &[(&str, Keep)] = &[
    ("status", Plain),
    ("intent", Plain),
    ("category", CONCEPT),
    ("priority", Plain),
    ("doNotPerform", Plain),
    ("reportedBoolean", Plain),
    ("medicationCodeableConcept", CONCEPT),
    ("subject", SUBJECT),
    ("authoredOn", Plain),
    ("courseOfTherapyType", CONCEPT),
    ("dosageInstruction", DOSAGE),
    (
        "dispenseRequest",
        Members(&[
            ("validityPeriod", PERIOD),
            ("numberOfRepeatsAllowed", Plain),
            ("quantity", QUANTITY),
            ("expectedSupplyDuration", QUANTITY),
        ]),
    ),
];
const IMMUNIZATION: &[(&str, Keep)] = &[
    ("status", Plain),
    ("vaccineCode", CONCEPT),
    ("patient", SUBJECT),
    ("occurrenceDateTime", Plain),
    ("recorded", Plain),
    ("primarySource", Plain),
    ("expirationDate", Plain),
    ("site", CONCEPT),
    ("route", CONCEPT),
    ("doseQuantity", QUANTITY),
    ("isSubpotent", Plain),
    (
        "protocolApplied",
        Members(&[
            ("targetDisease", CONCEPT),
            ("doseNumberPositiveInt", Plain),
            ("seriesDosesPositiveInt", Plain),
        ]),
    ),
];
macro_rules! finding {
    ($($more:expr),* $(,)?) => {
        &[
            ("code", CONCEPT),
            ("valueQuantity", QUANTITY),
            ("valueCodeableConcept", CONCEPT),
            ("valueBoolean", Plain),
            ("valueInteger", Plain),
            ("valueRange", RANGE),
            ("valueRatio", RATIO),
            ("valueTime", Plain),
            ("valueDateTime", Plain),
            ("valuePeriod", PERIOD),
            ("dataAbsentReason", CONCEPT),
            ("interpretation", CONCEPT),
            ("referenceRange", REFERENCE_RANGE),
            $($more,)*
        ]
    };
}
const OBSERVATION: &[(&str, Keep)] = finding![
    ("status", Plain),
    ("category", CONCEPT),
    ("subject", SUBJECT),
    ("effectiveDateTime", Plain),
    ("effectivePeriod", PERIOD),
    ("effectiveInstant", Plain),
    ("issued", Plain),
    ("bodySite", CONCEPT),
    ("method", CONCEPT),
    ("component", Members(finding![])),
];

/// The types of which something may leave, with what.
const TYPES: [(&str, &[(&str, Keep)]); 7] = [
    ("Patient", PATIENT),
    ("AllergyIntolerance", ALLERGY),
    ("Condition", CONDITION),
    ("MedicationStatement", MEDICATION_STATEMENT),
    ("MedicationRequest", MEDICATION_REQUEST),
    ("Immunization", IMMUNIZATION),
    ("Observation", OBSERVATION),
];

/// The types of which something may leave.
pub(crate) fn types() -> impl Iterator<Item = &'static str> {
    TYPES.iter().map(|(name, _)| *name)
}

/// What may leave of a resource about a person whose place is protected; `None` if nothing.
pub(super) fn protected(stored: &StoredResource, outward: &Outward) -> Option<Value> {
    let (_, members) = TYPES
        .iter()
        .find(|(name, _)| *name == stored.resource_type)?;
    let sent: Value = serde_json::from_str(&stored.body).ok()?;
    // What a modifier says cannot be left out without changing what the resource means.
    if has_modifier(&sent) || stored.labels.contains(tarn_model::Label::Location) {
        return None;
    }
    let mut kept = Map::new();
    kept.insert("resourceType".to_owned(), json!(stored.resource_type));
    let id = outward.given(&stored.resource_type, &stored.resource_id)?;
    kept.insert("id".to_owned(), json!(id));
    kept.insert("meta".to_owned(), meta(stored, &id)?);
    for (name, keep) in *members {
        let value = sent.get(name).and_then(|value| cut(value, keep, outward));
        if let Some(value) = value {
            kept.insert((*name).to_owned(), value);
        }
    }
    if let Some(concept) = contained_medicine(&sent, outward) {
        kept.insert("medicationCodeableConcept".to_owned(), concept);
    } else if sent.get("medicationReference").is_some() {
        // A Medication of its own says which organisation sent it, and so where the person is;
        // without it the entry would treat nobody.
        return None;
    }
    Some(Value::Object(kept))
}

fn meta(stored: &StoredResource, id: &str) -> Option<Value> {
    const VALUES: &str = "http://terminology.hl7.org/CodeSystem/v3-ObservationValue";
    let stamp = Stamp {
        id,
        version: stored.version,
        updated_at: stored.received_at,
        source: None,
    };
    let mut meta: Value = serde_json::from_str(&format!("{{{}}}", stamp.meta())).ok()?;
    let members = meta.as_object_mut()?;
    members.insert(
        "security".to_owned(),
        json!([
            { "system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R" },
            { "system": VALUES, "code": "REDACTED" },
        ]),
    );
    let subsetted = json!([{ "system": VALUES, "code": "SUBSETTED" }]);
    members.insert("tag".to_owned(), subsetted);
    Some(meta)
}

fn cut(value: &Value, keep: &Keep, outward: &Outward) -> Option<Value> {
    if let Value::Array(list) = value {
        let kept: Vec<Value> = list
            .iter()
            .filter_map(|one| cut(one, keep, outward))
            .collect();
        return (!kept.is_empty()).then_some(Value::Array(kept));
    }
    match keep {
        Plain => (!value.is_object() && !value.is_null()).then(|| value.clone()),
        Members(members) => {
            let of = value.as_object()?;
            let kept: Map<String, Value> = members
                .iter()
                .filter_map(|(name, keep)| {
                    Some(((*name).to_owned(), cut(of.get(*name)?, keep, outward)?))
                })
                .collect();
            (!kept.is_empty()).then_some(Value::Object(kept))
        }
        Reference(resource_type) => {
            let reference = value.get("reference")?.as_str()?;
            let (name, id) = reference.split_once('/')?;
            let is_id = |byte: u8| byte.is_ascii_alphanumeric() || b"-.".contains(&byte);
            let fits = name == *resource_type && !id.is_empty() && id.bytes().all(is_id);
            let given = outward.given(name, id).filter(|_| fits)?;
            Some(json!({ "reference": format!("{name}/{given}") }))
        }
        Keep::NhsNumber => {
            let number = value.get("value")?.as_str()?;
            let system = value.get("system")?.as_str()?;
            let good = system == NhsNumber::SYSTEM && number.parse::<NhsNumber>().is_ok();
            good.then(|| json!({ "system": system, "value": number }))
        }
    }
}

/// The name of a medicine that the resource carries inside itself: contained resources go, and
/// a medicine without a name would treat nobody.
fn contained_medicine(sent: &Value, outward: &Outward) -> Option<Value> {
    let reference = sent
        .get("medicationReference")?
        .get("reference")?
        .as_str()?;
    let id = reference.strip_prefix('#')?;
    let contained = sent.get("contained")?.as_array()?;
    let medicine = contained
        .iter()
        .find(|one| one.get("id").and_then(Value::as_str) == Some(id))?;
    cut(medicine.get("code")?, &CONCEPT, outward)
}

fn has_modifier(value: &Value) -> bool {
    match value {
        Value::Object(members) => members.iter().any(|(name, member)| {
            matches!(name.as_str(), "modifierExtension" | "implicitRules") || has_modifier(member)
        }),
        Value::Array(list) => list.iter().any(has_modifier),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}
