//! Flag.

use serde_json::Value;
use tarn_model::Heading;

use super::narrative::narrative;
use super::read::Reader;
use super::words::{code, concept_of, concepts_of, first, items, notes, period, text};
use crate::Line;

pub(super) fn lines(read: &Reader<'_>) -> Vec<Line> {
    let resource = read.resource;
    let said = [
        concepts_of(resource, "category"),
        concept_of(resource, "code"),
    ];
    // What a flag says of mental health or social care stays an alert unless its category or
    // label says otherwise; what it says of safeguarding is kept apart however it says it.
    let heading = match read.heading(Heading::Alerts, &said) {
        Heading::Safeguarding => Heading::Safeguarding,
        _ => read.heading(Heading::Alerts, std::slice::from_ref(&said[0])),
    };
    let [category, display] = said;
    let mut line = read.line(heading, display.or_else(|| category.clone()));
    line.code = first(resource, "code").and_then(code);
    (line.clinical_at, line.clinical_until) = period(resource, "period");
    line.detail.category = category;
    line.detail.who = read.name_in(resource, "author");
    line.detail.text = words(resource, &line.display);
    line.detail.opens = opens(resource);
    vec![line]
}

/// What the flag says beyond its name. FHIR R4 gives a Flag no note, so sources write it into the
/// narrative; one that only repeats the name adds nothing.
fn words(resource: &Value, display: &str) -> Option<String> {
    let told = narrative(resource).filter(|told| told != display.trim());
    let all: Vec<_> = told.into_iter().chain(notes(resource)).collect();
    (!all.is_empty()).then(|| all.join("\n"))
}

/// What the flag points to, if that opens as a document.
///
/// Source: FHIR R4 extension flag-detail.
fn opens(resource: &Value) -> Option<String> {
    const DETAIL: &str = "http://hl7.org/fhir/StructureDefinition/flag-detail";
    const DOCUMENTS: [&str; 4] = [
        "Binary",
        "Composition",
        "DiagnosticReport",
        "DocumentReference",
    ];
    items(resource, "extension")
        .iter()
        .filter(|extension| text(extension, "url") == Some(DETAIL))
        .filter_map(|extension| text(extension.get("valueReference")?, "reference"))
        .find(|reference| {
            reference.split_once('/').is_some_and(|(kind, id)| {
                DOCUMENTS.contains(&kind) && !id.is_empty() && !id.contains('/')
            })
        })
        .map(str::to_owned)
}
