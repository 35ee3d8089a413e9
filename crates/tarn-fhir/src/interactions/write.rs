//! What every write has in common: it becomes a transaction, and the door takes it.

use serde_json::json;
use tarn_access::{WriteOutcome, Written};
use tarn_identity::Interaction;
use tarn_model::fhir::{Limits, Resource};

use crate::answer::Answer;
use crate::api::Work;
use crate::asked::Returning;
use crate::refusal::{Kind, Refusal};

/// One entry of a transaction, as its text.
#[derive(Default)]
pub(crate) struct Entry<'a> {
    pub(crate) method: &'static str,
    /// `Observation/1`, `Observation` or `Observation?identifier=…`.
    pub(crate) url: String,
    pub(crate) resource: Option<&'a str>,
    pub(crate) full_url: Option<String>,
    pub(crate) if_match: Option<i64>,
    pub(crate) if_none_exist: Option<String>,
}

impl Entry<'_> {
    /// The entry's JSON; the resource's text goes in as it is.
    pub(crate) fn push_to(&self, text: &mut String) {
        text.push('{');
        if let Some(full_url) = &self.full_url {
            text.push_str(&format!("\"fullUrl\":{},", json!(full_url)));
        }
        if let Some(resource) = self.resource {
            text.push_str("\"resource\":");
            text.push_str(resource);
            text.push(',');
        }
        let mut request = json!({ "method": self.method, "url": self.url });
        if let Some(members) = request.as_object_mut() {
            if let Some(version) = self.if_match {
                members.insert("ifMatch".to_owned(), json!(format!("W/\"{version}\"")));
            }
            if let Some(query) = &self.if_none_exist {
                members.insert("ifNoneExist".to_owned(), json!(query));
            }
        }
        text.push_str(&format!("\"request\":{request}}}"));
    }
}

/// A transaction of these entries.
pub(crate) fn transaction(entries: &[Entry<'_>]) -> String {
    let room: usize = entries
        .iter()
        .map(|entry| entry.resource.map_or(0, str::len) + 300)
        .sum();
    let mut text = String::with_capacity(room);
    text.push_str(r#"{"resourceType":"Bundle","type":"transaction","entry":["#);
    for (index, entry) in entries.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        entry.push_to(&mut text);
    }
    text.push_str("]}");
    text
}

/// Refuses what no scope covers, before anything that was sent is looked at.
pub(crate) fn allowed(work: &Work<'_>, interaction: Interaction) -> Result<(), Refusal> {
    work.caller
        .require_all(&work.asked.resource_type, interaction)
}

/// Writes one entry, after the scope was asked for. What takes away something that was never
/// there has no outcome.
pub(crate) async fn one(
    work: &Work<'_>,
    entry: &Entry<'_>,
    interaction: Interaction,
) -> Result<Option<Written>, Refusal> {
    allowed(work, interaction)?;
    let narrowing = work.caller.narrowing(interaction);
    let text = transaction(std::slice::from_ref(entry));
    let (door, ctx) = (&work.api.door, &work.caller.ctx);
    let written = door.contribute(ctx, &narrowing, &text).await;
    let written =
        written.map_err(|error| alone(Refusal::from(error), &work.asked.resource_type))?;
    Ok(written.first().cloned())
}

/// The place of a fault as whoever sent one resource knows it, who never saw a Bundle.
fn alone(refusal: Refusal, resource_type: &str) -> Refusal {
    let path = refusal.expression().map(str::to_owned);
    match path {
        None => refusal,
        Some(path) => {
            let inside = path.strip_prefix("Bundle.entry[0].resource");
            refusal.at(format!("{resource_type}{}", inside.unwrap_or_default()))
        }
    }
}

/// Writes one entry that always has an outcome, and answers as the caller prefers.
pub(crate) async fn answered(
    work: &Work<'_>,
    entry: &Entry<'_>,
    interaction: Interaction,
) -> Result<Answer, Refusal> {
    let written = one(work, entry, interaction).await?;
    let written = written.ok_or_else(Refusal::internal)?;
    Ok(answer(&written, work.asked.prefer.returning))
}

/// The answer to a write, as the caller prefers it; the new version if nothing is said.
pub(crate) fn answer(written: &Written, returning: Option<Returning>) -> Answer {
    let resource = &written.resource;
    let status = match written.outcome {
        WriteOutcome::Created => 201,
        WriteOutcome::Updated | WriteOutcome::Unchanged => 200,
        WriteOutcome::Deleted => {
            return Answer::of(204).version(resource.version, resource.updated_at);
        }
    };
    let place = format!(
        "{}/{}/_history/{}",
        resource.resource_type, resource.id, resource.version
    );
    let answer = Answer::of(status)
        .version(resource.version, resource.updated_at)
        .location(place);
    match returning.unwrap_or(Returning::Representation) {
        Returning::Minimal => answer,
        // The writer may change what they may not read: then there is nothing to send.
        Returning::Representation if resource.json().is_empty() => answer,
        Returning::Representation => answer.json(resource.json().to_owned()),
        Returning::OperationOutcome => answer.json(done().to_owned()),
    }
}

/// Says that it was done.
const fn done() -> &'static str {
    r#"{"resourceType":"OperationOutcome","issue":[{"severity":"information","code":"informational","diagnostics":"Done. It is on disk."}]}"#
}

/// The body as a resource of the type that the address names.
pub(crate) fn resource<'a>(work: &'a Work<'_>) -> Result<Resource<'a>, Refusal> {
    let resource = Resource::parse(&work.asked.body, Limits::RESOURCE)?;
    if resource.resource_type() != work.asked.resource_type {
        let words = "The body\u{2019}s resourceType is not the type of the address.";
        return Err(Refusal::new(Kind::Structure, words));
    }
    Ok(resource)
}

/// The condition of a conditional write, as it stands in an address: at least one parameter.
pub(crate) fn condition(parameters: &[(String, String)]) -> Result<String, Refusal> {
    if parameters.is_empty() {
        return Err(Refusal::invalid(
            "A conditional write needs at least one search parameter.",
        ));
    }
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    Ok(query.extend_pairs(parameters).finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_goes_into_a_transaction_as_it_is() {
        let resource = "{ \"resourceType\":\"Observation\", \"value\": 1.50 }";
        let text = transaction(&[Entry {
            method: "PUT",
            url: "Observation?identifier=a|\"b\"".to_owned(),
            resource: Some(resource),
            if_match: Some(3),
            ..Entry::default()
        }]);
        assert!(text.contains(resource));
        let bundle: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            bundle["entry"][0]["request"],
            json!({ "method": "PUT", "url": "Observation?identifier=a|\"b\"", "ifMatch": "W/\"3\"" })
        );
    }
}
