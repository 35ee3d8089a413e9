//! DocumentReference and Composition.

use serde_json::Value;
use tarn_model::Heading;

use super::narrative::narrative;
use super::read::Reader;
use super::words::{code, concept_of, concepts_of, first, items, moment, period, text};
use crate::{Detail, Line};

pub(super) fn reference(read: &Reader<'_>) -> Vec<Line> {
    let resource = read.resource;
    let content = first(resource, "content").and_then(|content| first(content, "attachment"));
    let title = content.and_then(|one| text(one, "title"));
    let display = text(resource, "description")
        .or(title)
        .map(str::to_owned)
        .or_else(|| concept_of(resource, "type"))
        .or_else(|| concept_of(resource, "category"));
    let mut line = read.line(Heading::Documents, display);
    line.code = first(resource, "type").and_then(code);
    let context = first(resource, "context");
    (line.clinical_at, line.clinical_until) = match context {
        Some(context) => period(context, "period"),
        None => (None, None),
    };
    let written = content.and_then(|one| moment(one, "creation"));
    line.recorded_at = moment(resource, "date").or_else(|| moment(resource, "indexed"));
    line.clinical_at = line.clinical_at.or(written).or(line.recorded_at);
    line.detail.category =
        concept_of(resource, "type").or_else(|| concepts_of(resource, "category"));
    line.detail.verification = text(resource, "docStatus").map(str::to_owned);
    line.detail.who = ["author", "authenticator", "custodian"]
        .iter()
        .find_map(|member| read.name_in(resource, member));
    line.detail.place = context.and_then(|context| concept_of(context, "facilityType"));
    if let Some(content) = content {
        attachment(read, content, &mut line.detail);
    }
    vec![line]
}

pub(super) fn composition(read: &Reader<'_>) -> Vec<Line> {
    let resource = read.resource;
    let display = text(resource, "title")
        .map(str::to_owned)
        .or_else(|| concept_of(resource, "type"));
    let mut line = read.line(Heading::Documents, display);
    line.code = first(resource, "type").and_then(code);
    line.recorded_at = moment(resource, "date");
    line.clinical_at = items(resource, "event")
        .iter()
        .find_map(|event| period(event, "period").0)
        .or(line.recorded_at);
    line.detail.category =
        concept_of(resource, "type").or_else(|| concepts_of(resource, "category"));
    line.detail.who = ["author", "custodian"]
        .iter()
        .find_map(|member| read.name_in(resource, member));
    line.detail.title = text(resource, "title").map(str::to_owned);
    line.detail.opens = Some(own(read));
    vec![line]
}

/// The words of a Composition: the title and narrative of each section, in order, as plain text.
/// `None` if it has none.
///
/// Narratives come from whoever wrote the letter, so nothing of their markup is passed on.
#[must_use]
pub fn letter_words(composition: &Value) -> Option<String> {
    let mut parts: Vec<String> = narrative(composition).into_iter().collect();
    let mut pending: Vec<&Value> = items(composition, "section").iter().rev().collect();
    while let Some(section) = pending.pop() {
        let title = text(section, "title")
            .map(str::to_owned)
            .or_else(|| concept_of(section, "code"));
        let told = narrative(section).or_else(|| concept_of(section, "emptyReason"));
        let said: Vec<String> = title.into_iter().chain(told).collect();
        if !said.is_empty() {
            parts.push(said.join("\n"));
        }
        pending.extend(items(section, "section").iter().rev());
    }
    (!parts.is_empty()).then(|| parts.join("\n\n"))
}

/// Notes how an attachment opens: the resource that its address names, else the resource that
/// holds its bytes. An address outside the record opens nothing.
pub(super) fn attachment(read: &Reader<'_>, attachment: &Value, detail: &mut Detail) {
    detail.content_type = text(attachment, "contentType").map(str::to_owned);
    detail.title = text(attachment, "title").map(str::to_owned);
    let address = text(attachment, "url");
    detail.opens = if text(attachment, "data").is_some() {
        Some(own(read))
    } else {
        let within = address.filter(|address| {
            let mut parts = address.split('/');
            parts.next() == Some("Binary") && parts.next().is_some_and(|id| !id.is_empty())
        });
        within.map(str::to_owned)
    };
}

fn own(read: &Reader<'_>) -> String {
    format!("{}/{}", read.resource_type, read.origin.resource_id)
}
