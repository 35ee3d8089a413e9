//! AllergyIntolerance.

use serde_json::Value;
use tarn_model::Heading;

use super::read::Reader;
use super::words::{
    choice, code, codes_of, concept, concept_of, concepts_of, extension, first, items, moment,
    notes, text,
};
use crate::{Line, Polarity};

pub(super) fn lines(read: &Reader<'_>) -> Vec<Line> {
    let resource = read.resource;
    let display = concept_of(resource, "code")
        .or_else(|| concept_of(resource, "substance"))
        .or_else(|| {
            items(resource, "reaction")
                .iter()
                .find_map(|reaction| concept_of(reaction, "substance"))
        });
    let mut line = read.line(Heading::Allergies, display);
    line.code = first(resource, "code").and_then(code);
    if line.polarity == Polarity::Asserted && says_none(resource, &line.display) {
        line.polarity = Polarity::Negated;
    }
    (line.clinical_at, line.clinical_until) = choice(resource, "onset");
    line.recorded_at =
        moment(resource, "recordedDate").or_else(|| moment(resource, "assertedDate"));
    if let Some(end) = extension(resource, "Extension-UKCore-AllergyIntoleranceEnd") {
        line.clinical_until =
            extension(end, "endDate").and_then(|end| moment(end, "valueDateTime"));
        line.detail.status_reason = extension(end, "reasonEnded")
            .and_then(|end| text(end, "valueString"))
            .map(str::to_owned);
    }
    line.detail.reactions = items(resource, "reaction")
        .iter()
        .flat_map(|reaction| {
            let manifestations: Vec<_> = items(reaction, "manifestation")
                .iter()
                .filter_map(concept)
                .collect();
            match text(reaction, "description") {
                Some(words) if manifestations.is_empty() => vec![words.to_owned()],
                _ => manifestations,
            }
        })
        .collect();
    let mut severities: Vec<&str> = Vec::new();
    for reaction in items(resource, "reaction") {
        severities.extend(text(reaction, "severity").filter(|one| !severities.contains(one)));
    }
    line.detail.severity = (!severities.is_empty())
        .then(|| severities.join(", "))
        .or_else(|| text(resource, "criticality").map(str::to_owned));
    line.detail.verification = codes_of(resource, "verificationStatus")
        .first()
        .map(|&word| word.to_owned());
    line.detail.category = concepts_of(resource, "category");
    line.detail.who = ["recorder", "asserter"]
        .iter()
        .find_map(|member| read.name_in(resource, member));
    line.detail.text = notes(resource);
    vec![line]
}

/// Whether an entry says that there is no allergy (of some kind).
///
/// Source: SNOMED CT descendants of 716186003 (No known allergy); the extension
/// allergyintolerance-substanceExposureRisk; and words, since some sources send only text.
fn says_none(resource: &Value, display: &str) -> bool {
    const NONE_KNOWN: [&str; 9] = [
        "716186003",  // No known allergy
        "409137002",  // No known drug allergy
        "428607008",  // No known environmental allergy
        "429625007",  // No known food allergy
        "428197003",  // No known insect allergy
        "716220001",  // No known animal allergy
        "1003774007", // No known latex allergy
        "no-known-allergies",
        "no-known-medication-allergies",
    ];
    let coded = items(resource, "code")
        .iter()
        .flat_map(|one| items(one, "coding"))
        .filter_map(|coding| text(coding, "code"))
        .any(|code| NONE_KNOWN.contains(&code));
    let no_risk = extension(resource, "allergyintolerance-substanceExposureRisk")
        .and_then(|risk| extension(risk, "exposureRisk"))
        .is_some_and(|risk| {
            codes_of(risk, "valueCodeableConcept").contains(&"no-known-reaction-risk")
        });
    let words = display.trim().to_lowercase();
    let worded = [
        "no known ",
        "nil known ",
        "nkda",
        "no allergies",
        "no history of allerg",
    ]
    .iter()
    .any(|start| words.starts_with(start))
        && ["allerg", "nkda", "adverse", "sensitiv"]
            .iter()
            .any(|about| words.contains(about));
    coded || no_risk || worded
}
