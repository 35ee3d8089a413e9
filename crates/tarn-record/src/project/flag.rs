//! Flag.

use tarn_model::Heading;

use super::read::Reader;
use super::words::{code, concept_of, concepts_of, first, notes, period};
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
    line.detail.text = notes(resource);
    vec![line]
}
