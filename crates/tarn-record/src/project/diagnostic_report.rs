//! DiagnosticReport and ImagingStudy.

use tarn_model::Heading;

use super::document;
use super::read::Reader;
use super::words::{choice, code, concept_of, concepts_of, first, moment, notes, text};
use crate::Line;

pub(super) fn lines(read: &Reader<'_>) -> Vec<Line> {
    let resource = read.resource;
    let said = [
        concepts_of(resource, "category"),
        concept_of(resource, "code"),
    ];
    let heading = read.heading(Heading::Results, &said);
    let [category, display] = said;
    let display = display.or_else(|| category.clone());
    let mut line = read.line(heading, display);
    line.code = first(resource, "code").and_then(code);
    (line.clinical_at, line.clinical_until) = choice(resource, "effective");
    line.recorded_at = moment(resource, "issued");
    line.detail.category = category;
    line.detail.text = text(resource, "conclusion")
        .map(str::to_owned)
        .or_else(|| concepts_of(resource, "conclusionCode"));
    line.detail.who = ["performer", "resultsInterpreter"]
        .iter()
        .find_map(|member| read.name_in(resource, member));
    if let Some(form) = first(resource, "presentedForm") {
        document::attachment(read, form, &mut line.detail);
    }
    vec![line]
}

pub(super) fn imaging_study(read: &Reader<'_>) -> Vec<Line> {
    let resource = read.resource;
    let series = first(resource, "series");
    let display = text(resource, "description")
        .map(str::to_owned)
        .or_else(|| concept_of(resource, "procedureCode"))
        .or_else(|| concepts_of(resource, "modality"))
        .or_else(|| concept_of(series?, "modality"));
    let mut line = read.line(Heading::Results, display);
    line.code = first(resource, "procedureCode").and_then(code);
    line.clinical_at = moment(resource, "started");
    line.detail.category = Some("imaging".to_owned());
    line.detail.indication = concepts_of(resource, "reasonCode");
    line.detail.who = read.name_in(resource, "interpreter");
    line.detail.place = first(resource, "location").and_then(|one| read.name_of(one));
    line.detail.text = notes(resource);
    vec![line]
}
