//! Procedure.

use tarn_model::Heading;

use super::read::Reader;
use super::words::{choice, code, concept_of, concepts_of, first, items, moment, notes};
use crate::Line;

pub(super) fn lines(read: &Reader<'_>) -> Vec<Line> {
    let resource = read.resource;
    let category = concept_of(resource, "category");
    let heading = read.heading(Heading::Procedures, std::slice::from_ref(&category));
    let mut line = read.line(heading, concept_of(resource, "code"));
    line.code = first(resource, "code").and_then(code);
    (line.clinical_at, line.clinical_until) = choice(resource, "performed");
    line.recorded_at = moment(resource, "recorded");
    line.detail.category = category;
    line.detail.indication =
        concepts_of(resource, "reasonCode").or_else(|| read.name_in(resource, "reasonReference"));
    line.detail.status_reason = concept_of(resource, "statusReason");
    line.detail.who = items(resource, "performer")
        .iter()
        .find_map(|one| read.name_of(one.get("actor")?))
        .or_else(|| read.name_in(resource, "recorder"));
    line.detail.place = first(resource, "location").and_then(|one| read.name_of(one));
    line.detail.interpretation = concept_of(resource, "outcome");
    line.detail.text = notes(resource);
    vec![line]
}
