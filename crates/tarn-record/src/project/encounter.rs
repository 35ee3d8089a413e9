//! Encounter.

use tarn_model::{Heading, Timestamp};

use super::read::Reader;
use super::words::{
    code, concept, concept_of, concepts_of, first, items, last_moment, notes, period, text,
};
use crate::{Evidence, Line, Relationship, When};

pub(super) fn lines(read: &Reader<'_>) -> Vec<Line> {
    let resource = read.resource;
    let class = first(resource, "class").and_then(concept);
    let kind = concept_of(resource, "type");
    let service = concept_of(resource, "serviceType");
    let said = [kind.clone(), service.clone(), class.clone()];
    let heading = read.heading(Heading::Encounters, &said);
    let display = kind.or_else(|| service.clone()).or_else(|| class.clone());
    let mut line = read.line(heading, display);
    line.code = ["type", "serviceType", "class"]
        .iter()
        .find_map(|member| first(resource, member).and_then(code));
    (line.clinical_at, line.clinical_until) = period(resource, "period");
    line.detail.category = class;
    line.detail.indication = concepts_of(resource, "reasonCode")
        .or_else(|| concepts_of(resource, "reason"))
        .or_else(|| read.name_in(resource, "reasonReference"));
    let participant = items(resource, "participant")
        .iter()
        .find(|one| one.get("individual").is_some());
    if let Some(participant) = participant {
        line.detail.who = participant
            .get("individual")
            .and_then(|one| read.name_of(one));
        line.detail.role = concept_of(participant, "type");
    }
    line.detail.place = items(resource, "location")
        .iter()
        .find_map(|one| read.name_of(one.get("location")?))
        .or_else(|| read.name_in(resource, "serviceProvider"));
    line.detail.status_reason = first(resource, "hospitalization")
        .and_then(|stay| concept_of(stay, "dischargeDisposition"));
    line.detail.text = notes(resource);
    vec![line]
}

/// A visit, stay or open case shows that the organisation has to do with the person. One that
/// is cancelled or was a mistake shows nothing.
pub(super) fn relationships(read: &Reader<'_>) -> Vec<Relationship> {
    let resource = read.resource;
    let over = match read.status() {
        "cancelled" | "entered-in-error" | "unknown" => return Vec::new(),
        "finished" | "completed" | "discharged" => true,
        _ => false,
    };
    let (from, until) = period(resource, "period");
    let provider = first(resource, "serviceProvider");
    let organisation = match provider {
        Some(provider) => read.organisation(provider),
        None => Some(read.origin.source.clone()),
    };
    let Some(organisation) = organisation else {
        return Vec::new();
    };
    vec![Relationship {
        organisation,
        evidence: Evidence::Encounter,
        from: from.map(|when| when.at),
        until: over.then(|| ended(from, until, read.origin.received_at)),
    }]
}

/// An open case of an organisation.
pub(super) fn episode_relationships(read: &Reader<'_>) -> Vec<Relationship> {
    let resource = read.resource;
    let over = match read.status() {
        "cancelled" | "entered-in-error" | "unknown" => return Vec::new(),
        "finished" => true,
        _ => false,
    };
    let (from, until) = period(resource, "period");
    let organisation = match first(resource, "managingOrganization") {
        Some(reference) => read.organisation(reference),
        None => Some(read.origin.source.clone()),
    };
    organisation
        .into_iter()
        .map(|organisation| Relationship {
            organisation,
            evidence: Evidence::Encounter,
            from: from.map(|when| when.at),
            until: over.then(|| ended(from, until, read.origin.received_at)),
        })
        .collect()
}

/// When something that is over ended, at the latest: what is over and gives no end is never
/// open for ever.
fn ended(from: Option<When>, until: Option<When>, received_at: Timestamp) -> Timestamp {
    until.or(from).map_or(received_at, last_moment)
}

/// The words of an EpisodeOfCare.
pub(super) fn episode(read: &Reader<'_>) -> Vec<Line> {
    let resource = read.resource;
    let kind = concept_of(resource, "type");
    let heading = read.heading(Heading::CarePlans, std::slice::from_ref(&kind));
    let mut line = read.line(
        heading,
        kind.or_else(|| read.name_in(resource, "managingOrganization")),
    );
    line.code = first(resource, "type").and_then(code);
    (line.clinical_at, line.clinical_until) = period(resource, "period");
    line.detail.who = read
        .name_in(resource, "careManager")
        .or_else(|| read.name_in(resource, "managingOrganization"));
    line.detail.text = text(resource, "description").map(str::to_owned);
    vec![line]
}
