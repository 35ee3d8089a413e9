//! RelatedPerson and FamilyMemberHistory.

use serde_json::Value;
use tarn_model::Heading;

use super::read::Reader;
use super::words::{
    choice, code, concept, concept_of, concepts_of, first, human_name, items, moment, notes,
    period, quantity, telephone, text,
};
use crate::Line;

pub(super) fn related_person(read: &Reader<'_>) -> Vec<Line> {
    let resource = read.resource;
    let name = items(resource, "name").iter().find_map(human_name);
    let relationship = concepts_of(resource, "relationship");
    let mut line = read.line(
        Heading::Family,
        name.clone().or_else(|| relationship.clone()),
    );
    line.code = first(resource, "relationship").and_then(code);
    (line.clinical_at, line.clinical_until) = period(resource, "period");
    match resource.get("active").and_then(Value::as_bool) {
        Some(true) => "active".clone_into(&mut line.status),
        Some(false) => "inactive".clone_into(&mut line.status),
        None => {}
    }
    line.detail.who = name;
    line.detail.role = relationship;
    line.detail.telephone = telephone(resource);
    vec![line]
}

pub(super) fn history(read: &Reader<'_>) -> Vec<Line> {
    let resource = read.resource;
    let relationship = concept_of(resource, "relationship");
    let conditions: Vec<String> = items(resource, "condition")
        .iter()
        .filter_map(condition)
        .collect();
    let display = match (relationship.clone(), conditions.is_empty()) {
        (Some(relative), false) => Some(format!("{relative}: {}", conditions.join("; "))),
        (None, false) => Some(conditions.join("; ")),
        (relative, true) => relative,
    };
    let mut line = read.line(Heading::Family, display);
    line.code = items(resource, "condition")
        .iter()
        .find_map(|one| first(one, "code").and_then(code));
    line.recorded_at = moment(resource, "date");
    (line.clinical_at, _) = choice(resource, "born");
    line.detail.who = text(resource, "name").map(str::to_owned);
    line.detail.role = relationship;
    line.detail.text = notes(resource);
    vec![line]
}

fn condition(condition: &Value) -> Option<String> {
    let name = condition.get("code").and_then(concept)?;
    let onset = first(condition, "onsetAge")
        .and_then(quantity)
        .or_else(|| text(condition, "onsetString").map(str::to_owned));
    Some(match onset {
        Some(onset) => format!("{name} (at {onset})"),
        None => name,
    })
}
