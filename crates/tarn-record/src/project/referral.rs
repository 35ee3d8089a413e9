//! ServiceRequest, and ReferralRequest of older feeds.

use tarn_model::Heading;

use super::read::Reader;
use super::words::{
    choice, code, concept_of, concepts_of, first, is_true, items, moment, notes, text,
};
use crate::{Evidence, Line, Relationship};

pub(super) fn lines(read: &Reader<'_>) -> Vec<Line> {
    let resource = read.resource;
    let said = [
        concepts_of(resource, "category"),
        concept_of(resource, "code"),
        concepts_of(resource, "serviceRequested"),
        concept_of(resource, "type"),
        concept_of(resource, "specialty"),
    ];
    let heading = read.heading(Heading::Referrals, &said);
    let [category, coded, requested, kind, _] = said;
    let display = coded
        .or(requested)
        .or_else(|| text(resource, "description").map(str::to_owned))
        .or(kind)
        .or_else(|| category.clone());
    let mut line = read.line(heading, display);
    line.code = ["code", "serviceRequested"]
        .iter()
        .find_map(|member| first(resource, member).and_then(code));
    line.recorded_at = moment(resource, "authoredOn");
    let (from, until) = choice(resource, "occurrence");
    line.clinical_at = from.or(line.recorded_at);
    line.clinical_until = until;
    line.detail.category = category;
    line.detail.indication =
        concepts_of(resource, "reasonCode").or_else(|| read.name_in(resource, "reasonReference"));
    line.detail.severity = text(resource, "priority").map(str::to_owned);
    line.detail.who =
        first(resource, "requester").and_then(|one| read.name_of(one.get("agent").unwrap_or(one)));
    line.detail.role = ["performer", "recipient"]
        .iter()
        .find_map(|member| read.name_in(resource, member))
        .or_else(|| concept_of(resource, "performerType"));
    line.detail.text =
        notes(resource).or_else(|| text(resource, "patientInstruction").map(str::to_owned));
    vec![line]
}

/// The organisations that are asked. A draft, a withdrawn referral or a request not to do
/// something shows nothing.
pub(super) fn relationships(read: &Reader<'_>) -> Vec<Relationship> {
    let resource = read.resource;
    let over = match read.status() {
        "draft" | "revoked" | "cancelled" | "entered-in-error" | "unknown" => return Vec::new(),
        "completed" => true,
        _ => false,
    };
    if is_true(resource, "doNotPerform") {
        return Vec::new();
    }
    let asked = moment(resource, "authoredOn");
    let (from, until) = choice(resource, "occurrence");
    let from = asked.or(from);
    let until = over.then(|| until.or(from)).flatten();
    ["performer", "recipient"]
        .iter()
        .flat_map(|member| items(resource, member))
        .filter_map(|one| read.evidence(one, Evidence::Referral, from, until))
        .map(|mut found| {
            if over && found.until.is_none() {
                found.until = Some(read.origin.received_at);
            }
            found
        })
        .collect()
}
