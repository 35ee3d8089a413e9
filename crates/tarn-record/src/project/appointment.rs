//! Appointment.

use tarn_model::Heading;

use super::read::Reader;
use super::words::{code, concept_of, concepts_of, first, items, moment, text};
use crate::{Evidence, Line, Relationship};

pub(super) fn lines(read: &Reader<'_>) -> Vec<Line> {
    let resource = read.resource;
    let kinds = [
        concept_of(resource, "serviceType"),
        concept_of(resource, "appointmentType"),
        concept_of(resource, "specialty"),
        concept_of(resource, "serviceCategory"),
    ];
    let heading = read.heading(Heading::Appointments, &kinds);
    let kind = kinds.into_iter().flatten().next();
    let described = text(resource, "description").map(str::to_owned);
    let mut line = read.line(heading, described.or_else(|| kind.clone()));
    line.code = ["serviceType", "appointmentType", "specialty"]
        .iter()
        .find_map(|member| first(resource, member).and_then(code));
    line.clinical_at = moment(resource, "start").or_else(|| {
        let wanted = first(resource, "requestedPeriod")?;
        moment(wanted, "start")
    });
    line.clinical_until = moment(resource, "end");
    line.recorded_at = moment(resource, "created");
    line.detail.category = kind;
    line.detail.indication =
        concepts_of(resource, "reasonCode").or_else(|| read.name_in(resource, "reasonReference"));
    line.detail.status_reason = concept_of(resource, "cancelationReason")
        .or_else(|| concept_of(resource, "cancellationReason"));
    for participant in items(resource, "participant") {
        let Some(actor) = participant.get("actor") else {
            continue;
        };
        let name = text(actor, "reference").unwrap_or_default();
        if name.starts_with("Patient/") {
            continue;
        }
        let target = read.target(actor);
        let kind = target.as_deref().and_then(|one| text(one, "resourceType"));
        let is_place = name.starts_with("Location/") || kind == Some("Location");
        let slot = if is_place {
            &mut line.detail.place
        } else {
            &mut line.detail.who
        };
        if slot.is_none() {
            *slot = read.name_of(actor);
        }
    }
    line.detail.text = text(resource, "comment")
        .or_else(|| text(resource, "patientInstruction"))
        .map(str::to_owned);
    vec![line]
}

/// The organisations that take part. A cancelled appointment shows nothing.
pub(super) fn relationships(read: &Reader<'_>) -> Vec<Relationship> {
    let resource = read.resource;
    if matches!(read.status(), "cancelled" | "entered-in-error" | "unknown") {
        return Vec::new();
    }
    let from = moment(resource, "start");
    let until = moment(resource, "end").or(from);
    items(resource, "participant")
        .iter()
        .filter_map(|one| one.get("actor"))
        .filter_map(|actor| read.evidence(actor, Evidence::Appointment, from, until))
        .collect()
}
