//! CarePlan and Goal.

use tarn_model::Heading;

use super::read::Reader;
use super::words::{
    code, concept_of, concepts_of, first, items, mentions, moment, notes, period, text,
};
use crate::{Evidence, Line, Relationship};

pub(super) fn lines(read: &Reader<'_>) -> Vec<Line> {
    let resource = read.resource;
    let said = [
        text(resource, "title").map(str::to_owned),
        concepts_of(resource, "category"),
    ];
    let heading = if mentions(&said, &["respect plan", "respect form", "(respect)"])
        || said.iter().flatten().any(|words| words.contains("ReSPECT"))
    {
        Heading::Alerts
    } else {
        read.heading(Heading::CarePlans, &said)
    };
    let [title, category] = said;
    let described = text(resource, "description").map(str::to_owned);
    let display = title
        .or_else(|| category.clone())
        .or_else(|| described.clone());
    let mut line = read.line(heading, display);
    line.code = first(resource, "category").and_then(code);
    (line.clinical_at, line.clinical_until) = period(resource, "period");
    line.recorded_at = moment(resource, "created");
    line.detail.category = category;
    line.detail.who = read
        .name_in(resource, "author")
        .or_else(|| read.name_in(resource, "contributor"));
    let activities = items(resource, "activity").iter().filter_map(|activity| {
        let detail = activity.get("detail")?;
        text(detail, "description")
            .map(str::to_owned)
            .or_else(|| concept_of(detail, "code"))
    });
    let told: Vec<String> = described
        .into_iter()
        .chain(activities)
        .chain(notes(resource))
        .collect();
    line.detail.text = (!told.is_empty()).then(|| told.join("\n"));
    vec![line]
}

pub(super) fn goal(read: &Reader<'_>) -> Vec<Line> {
    let resource = read.resource;
    let category = concepts_of(resource, "category");
    let heading = read.heading(Heading::CarePlans, std::slice::from_ref(&category));
    let mut line = read.line(heading, concept_of(resource, "description"));
    line.code = first(resource, "description").and_then(code);
    line.clinical_at = moment(resource, "startDate");
    line.clinical_until = items(resource, "target")
        .iter()
        .find_map(|target| moment(target, "dueDate"));
    line.recorded_at = moment(resource, "statusDate");
    line.detail.category = category;
    line.detail.verification = concept_of(resource, "achievementStatus");
    line.detail.status_reason = text(resource, "statusReason").map(str::to_owned);
    line.detail.who = read.name_in(resource, "expressedBy");
    line.detail.text = notes(resource);
    vec![line]
}

/// The organisations that run the plan. A draft, a plan taken back or one that ended without
/// saying when shows nothing.
pub(super) fn relationships(read: &Reader<'_>) -> Vec<Relationship> {
    let resource = read.resource;
    let (from, until) = period(resource, "period");
    let shows = match read.status() {
        "active" | "on-hold" => true,
        "completed" => until.is_some(),
        _ => false,
    };
    if !shows {
        return Vec::new();
    }
    let mut found: Vec<Relationship> = Vec::new();
    for reference in ["author", "contributor"]
        .iter()
        .flat_map(|member| items(resource, member))
    {
        if let Some(shown) = read.evidence(reference, Evidence::CareTeam, from, until)
            && !found.contains(&shown)
        {
            found.push(shown);
        }
    }
    found
}
