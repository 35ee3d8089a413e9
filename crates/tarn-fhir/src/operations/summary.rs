//! `Patient/[id]/$summary`: an International Patient Summary of what the caller may see.
//!
//! Source: HL7 IPS Implementation Guide 1.1 (Composition-uv-ips); FHIR R4 documents.

use serde_json::{Value, json};
use tarn_access::{Everything, PageOf, SourceState};
use tarn_identity::Interaction;

use crate::answer::Answer;
use crate::api::Work;
use crate::bundle::Bundle;
use crate::operations::sections::{self, Section};
use crate::refusal::Refusal;

/// Resources asked of the door at a time.
const PAGE: usize = 1000;

/// One resource that may go into the summary.
struct Member {
    name: String,
    text: String,
    value: Value,
}

/// `GET Patient/[id]/$summary`.
pub(crate) async fn run(work: &Work<'_>) -> Result<Answer, Refusal> {
    work.asked.only(&[])?;
    let narrowing = work.narrowing(Interaction::Read)?;
    let (door, ctx) = (&work.api.door, &work.caller.ctx);
    let standing = door.sources().await?;
    // A source that never joined is no source of this record; one that is behind is.
    let complete = standing.iter().all(|source| {
        matches!(
            source.state,
            SourceState::Live { .. } | SourceState::NotConnected
        )
    });
    let mut members = Vec::new();
    let mut after = None;
    loop {
        let everything = Everything {
            types: sections::types(),
            since: None,
            page: PageOf { after, limit: PAGE },
        };
        let found = door
            .everything(ctx, &narrowing, &work.asked.id, &everything)
            .await?;
        for resource in &found.matches {
            members.push(Member {
                name: format!("{}/{}", resource.resource_type, resource.id),
                text: resource.json().to_owned(),
                value: serde_json::from_str(resource.json()).map_err(|_| Refusal::internal())?,
            });
        }
        after = found.next.clone();
        if after.is_none() {
            break;
        }
    }
    let patient = format!("Patient/{}", work.asked.id);
    let subject = members.iter().find(|member| member.name == patient);
    let subject = subject.ok_or_else(Refusal::not_found)?;
    Ok(Answer::of(200).json(document(work, subject, &members, complete)))
}

/// Composition first, then the Patient, then what the sections name.
fn document(work: &Work<'_>, subject: &Member, members: &[Member], complete: bool) -> String {
    let base_url = &work.api.base_url;
    let composition = format!("urn:uuid:{}", work.api.uuid());
    let mut entries = Vec::new();
    let mut written = Vec::new();
    for section in sections::ALL {
        let chosen: Vec<&Member> = members
            .iter()
            .filter(|member| section.has(&member.value, complete))
            .collect();
        written.push(section_of(section, &chosen, base_url, complete));
        entries.extend(chosen);
    }
    let room = entries.iter().map(|member| member.text.len() + 200).sum();
    let mut bundle = Bundle::begin("document", base_url, work.at(), None, &[], room);
    let identifier = json!({ "system": "urn:ietf:rfc:3986", "value": composition });
    bundle.own("identifier", &identifier.to_string());
    bundle.own("timestamp", &json!(work.at().to_fhir()).to_string());
    let text = json!({
        "resourceType": "Composition",
        "meta": { "profile": ["http://hl7.org/fhir/uv/ips/StructureDefinition/Composition-uv-ips"] },
        "status": "final",
        "type": { "coding": [{ "system": "http://loinc.org", "code": "60591-5",
                               "display": "Patient summary Document" }] },
        "subject": { "reference": format!("{base_url}/{}", subject.name) },
        "date": work.at().to_fhir(),
        "author": [{ "display": format!("{} (assembled by Tarn)", work.api.settings.locality) }],
        "title": "International Patient Summary",
        "section": written,
    });
    bundle.member(&composition, &text.to_string());
    bundle.member(&format!("{base_url}/{}", subject.name), &subject.text);
    for member in entries {
        bundle.member(&format!("{base_url}/{}", member.name), &member.text);
    }
    bundle.end()
}

fn section_of(section: &Section, chosen: &[&Member], base_url: &str, complete: bool) -> Value {
    let lines = chosen.iter().map(|member| sections::words(&member.value));
    let mut text = json!({
        "title": section.title,
        "code": { "coding": [{ "system": "http://loinc.org", "code": section.code }] },
        "text": {
            "status": "generated",
            "div": sections::narrative(lines, complete),
        },
    });
    if let Some(members) = text.as_object_mut() {
        if chosen.is_empty() {
            // "None to show" is true whether nothing is held or something may not be seen. That
            // nothing is known is for a source to say, in its own words, and never for Tarn.
            members.insert(
                "emptyReason".to_owned(),
                json!({
                    "coding": [{
                        "system": "http://terminology.hl7.org/CodeSystem/list-empty-reason",
                        "code": "unavailable",
                    }],
                    "text": sections::none_to_show(complete),
                }),
            );
        } else {
            let references = chosen
                .iter()
                .map(|member| json!({ "reference": format!("{base_url}/{}", member.name) }));
            members.insert("entry".to_owned(), references.collect());
        }
    }
    text
}
