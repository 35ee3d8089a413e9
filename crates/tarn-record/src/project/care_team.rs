//! CareTeam: one line for each who takes part.

use serde_json::Value;
use tarn_model::Heading;

use super::read::Reader;
use super::words::{concept_of, concepts_of, first, items, notes, period, telephone, text};
use crate::{Evidence, Line, Relationship, When};

pub(super) fn lines(read: &Reader<'_>) -> Vec<Line> {
    let resource = read.resource;
    let said = [
        text(resource, "name").map(str::to_owned),
        concepts_of(resource, "category"),
    ];
    let heading = read.heading(Heading::CareTeam, &said);
    let [name, category] = said;
    let period = period(resource, "period");
    let mut lines: Vec<Line> = items(resource, "participant")
        .iter()
        .filter(|one| !is_the_person(read, one))
        .map(|one| participant(read, heading, one, period))
        .collect();
    if lines.is_empty() {
        let mut line = read.line(heading, name.clone().or_else(|| category.clone()));
        (line.clinical_at, line.clinical_until) = period;
        line.detail.telephone = telephone(resource);
        line.detail.telephone_is_service = line.detail.telephone.is_some();
        line.detail.who = read.name_in(resource, "managingOrganization");
        lines.push(line);
    }
    for line in &mut lines {
        line.detail.category.clone_from(&category);
        line.detail.text = notes(resource).or_else(|| name.clone());
    }
    lines
}

fn participant(
    read: &Reader<'_>,
    heading: Heading,
    participant: &Value,
    team: (Option<When>, Option<When>),
) -> Line {
    let member = participant.get("member");
    let party = member.map(|member| read.party(member));
    let role = concept_of(participant, "role");
    let name = party.as_ref().and_then(|party| party.name.clone());
    let mut line = read.line(heading, name.clone().or_else(|| role.clone()));
    line.code = first(participant, "role").and_then(super::words::code);
    let own = period(participant, "period");
    line.clinical_at = own.0.or(team.0);
    line.clinical_until = own.1.or(team.1);
    line.detail.who = name;
    line.detail.role = role;
    line.detail.place = participant
        .get("onBehalfOf")
        .and_then(|one| read.name_of(one));
    if let Some(party) = party {
        line.detail.role = line.detail.role.or(party.role);
        line.detail.place = line.detail.place.or(party.organisation);
        line.detail.telephone_is_service = party.telephone.is_some() && party.is_service;
        line.detail.telephone = party.telephone;
    }
    line
}

/// Some teams list the person as one of the team; the page is about who else is.
fn is_the_person(read: &Reader<'_>, participant: &Value) -> bool {
    participant.get("member").is_some_and(|member| {
        text(member, "reference").is_some_and(|name| name.starts_with("Patient/"))
            || read
                .target(member)
                .is_some_and(|target| text(&target, "resourceType") == Some("Patient"))
    })
}

/// The organisations of a team that is or was at work. One that is no longer at work and gives
/// no end shows nothing.
pub(super) fn relationships(read: &Reader<'_>) -> Vec<Relationship> {
    let resource = read.resource;
    let (from, until) = period(resource, "period");
    let shows = match read.status() {
        "active" | "suspended" => true,
        // FHIR gives the status 0..1: a team that says nothing of it is taken to be at work.
        "unknown" => resource.get("status").is_none(),
        "inactive" => until.is_some(),
        _ => false,
    };
    if !shows {
        return Vec::new();
    }
    let managing = items(resource, "managingOrganization")
        .iter()
        .map(|one| (one, from, until));
    let members = items(resource, "participant").iter().flat_map(|one| {
        let own = period(one, "period");
        ["onBehalfOf", "member"]
            .iter()
            .filter_map(|member| one.get(member))
            .map(move |reference| (reference, own.0.or(from), own.1.or(until)))
    });
    let mut found: Vec<Relationship> = Vec::new();
    for (reference, from, until) in managing.chain(members) {
        if let Some(shown) = read.evidence(reference, Evidence::CareTeam, from, until)
            && !found.contains(&shown)
        {
            found.push(shown);
        }
    }
    found
}
