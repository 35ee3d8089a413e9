//! Immunization.

use tarn_model::Heading;

use super::read::Reader;
use super::words::{
    code, concept, concept_of, concepts_of, extension, first, items, moment, notes, quantity, text,
};
use crate::{Line, Polarity};

pub(super) fn lines(read: &Reader<'_>) -> Vec<Line> {
    let resource = read.resource;
    let procedure = extension(resource, "Extension-UKCore-VaccinationProcedure")
        .or_else(|| extension(resource, "Extension-CareConnect-VaccinationProcedure-1"))
        .and_then(|found| first(found, "valueCodeableConcept"));
    let vaccine = first(resource, "vaccineCode");
    let display = vaccine
        .and_then(concept)
        .or_else(|| procedure.and_then(concept));
    let mut line = read.line(Heading::Immunisations, display);
    if resource
        .get("wasNotGiven")
        .and_then(serde_json::Value::as_bool)
        == Some(true)
        && line.polarity == Polarity::Asserted
    {
        line.polarity = Polarity::Negated;
    }
    line.code = vaccine.and_then(code).or_else(|| procedure.and_then(code));
    line.clinical_at = moment(resource, "occurrenceDateTime").or_else(|| moment(resource, "date"));
    line.recorded_at = moment(resource, "recorded");
    line.detail.dose = first(resource, "doseQuantity").and_then(quantity);
    line.detail.route = concept_of(resource, "route");
    line.detail.category = procedure.and_then(concept);
    line.detail.status_reason = concept_of(resource, "statusReason");
    line.detail.indication = concepts_of(resource, "reasonCode");
    line.detail.who = items(resource, "performer")
        .iter()
        .find_map(|one| read.name_of(one.get("actor")?));
    line.detail.place = first(resource, "location").and_then(|one| read.name_of(one));
    let told = [
        text(resource, "occurrenceString").map(|when| format!("Given: {when}")),
        text(resource, "lotNumber").map(|lot| format!("Batch {lot}")),
        notes(resource),
    ];
    let told: Vec<_> = told.into_iter().flatten().collect();
    line.detail.text = (!told.is_empty()).then(|| told.join("\n"));
    vec![line]
}
