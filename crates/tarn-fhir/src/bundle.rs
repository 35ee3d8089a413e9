//! Bundles, put together from stored texts as they are.

use std::fmt::Write as _;

use tarn_access::{Found, Resource};
use tarn_model::Timestamp;

use crate::answer::Answer;
use crate::elements::Part;

/// A Bundle under construction.
pub(crate) struct Bundle<'a> {
    text: String,
    base_url: &'a str,
    entries: usize,
}

/// A link of a Bundle.
pub(crate) struct Link {
    pub(crate) relation: &'static str,
    pub(crate) url: String,
}

impl<'a> Bundle<'a> {
    /// Begins a Bundle of this type. `room` is about how many bytes its resources take.
    pub(crate) fn begin(
        kind: &str,
        base_url: &'a str,
        at: Timestamp,
        total: Option<usize>,
        links: &[Link],
        room: usize,
    ) -> Self {
        let mut text = String::with_capacity(room.saturating_add(512));
        let at = at.to_fhir();
        let _ = write!(
            text,
            r#"{{"resourceType":"Bundle","meta":{{"lastUpdated":"{at}"}},"type":"{kind}""#
        );
        if let Some(total) = total {
            let _ = write!(text, r#","total":{total}"#);
        }
        for (index, link) in links.iter().enumerate() {
            text.push_str(if index == 0 { r#","link":[{"# } else { ",{" });
            let _ = write!(text, r#""relation":"{}","url":"#, link.relation);
            push_string(&mut text, &link.url);
            text.push('}');
        }
        if !links.is_empty() {
            text.push(']');
        }
        Self {
            text,
            base_url,
            entries: 0,
        }
    }

    fn open_entry(&mut self) {
        let opening = if self.entries == 0 {
            r#","entry":[{"#
        } else {
            ",{"
        };
        self.text.push_str(opening);
        self.entries += 1;
    }

    fn full_url(&mut self, resource_type: &str, id: &str) {
        let _ = write!(
            self.text,
            r#""fullUrl":"{}/{resource_type}/{id}""#,
            self.base_url
        );
    }

    /// An entry of a searchset. `mode` is `match` or `include`.
    pub(crate) fn found(&mut self, resource: &Resource, part: &Part, mode: &str) {
        self.open_entry();
        self.full_url(&resource.resource_type, &resource.id);
        self.text.push_str(r#","resource":"#);
        self.text.push_str(&part.cut(resource.json()));
        let _ = write!(self.text, r#","search":{{"mode":"{mode}"}}}}"#);
    }

    /// An entry of a searchset that has a score and a grade.
    pub(crate) fn scored(&mut self, resource: &Resource, score: f64, grade: &str) {
        self.open_entry();
        self.full_url(&resource.resource_type, &resource.id);
        self.text.push_str(r#","resource":"#);
        self.text.push_str(resource.json());
        let _ = write!(
            self.text,
            r#","search":{{"extension":[{{"url":"http://hl7.org/fhir/StructureDefinition/match-grade","valueCode":"{grade}"}}],"mode":"match","score":{score:.3}}}}}"#
        );
    }

    /// Says that more is named by the matches than comes along with them.
    fn cut(&mut self) {
        self.open_entry();
        self.text.push_str(CUT);
    }

    /// An entry of a history.
    pub(crate) fn version(&mut self, resource: &Resource) {
        self.open_entry();
        self.full_url(&resource.resource_type, &resource.id);
        let (method, status) = match (resource.deleted, resource.version) {
            (true, _) => ("DELETE", "204"),
            (false, 1) => ("PUT", "201"),
            (false, _) => ("PUT", "200"),
        };
        if !resource.deleted {
            self.text.push_str(r#","resource":"#);
            self.text.push_str(resource.json());
        }
        let _ = write!(
            self.text,
            r#","request":{{"method":"{method}","url":"{}/{}"}},"response":{{"status":"{status}","etag":"W/\"{}\"","lastModified":"{}"}}}}"#,
            resource.resource_type,
            resource.id,
            resource.version,
            resource.updated_at.to_fhir()
        );
    }

    /// An entry of an answer to a batch or transaction.
    pub(crate) fn answered(&mut self, answer: &Answer) {
        self.open_entry();
        let status = answer.status();
        let body = answer.body().filter(|body| !body.is_empty());
        if let (Some(body), true) = (body, status < 400) {
            let _ = write!(self.text, r#""resource":{body},"#);
        }
        let _ = write!(self.text, r#""response":{{"status":"{status}""#);
        if let Some(location) = &answer.location {
            let _ = write!(self.text, r#","location":"{}/{location}""#, self.base_url);
        }
        if let Some(version) = answer.version {
            let _ = write!(self.text, r#","etag":"W/\"{version}\"""#);
        }
        if let Some(at) = answer.updated_at {
            let _ = write!(self.text, r#","lastModified":"{}""#, at.to_fhir());
        }
        if let (Some(body), true) = (body, status >= 400) {
            let _ = write!(self.text, r#","outcome":{body}"#);
        }
        self.text.push_str("}}");
    }

    /// An entry of a document: any text, under any address.
    pub(crate) fn member(&mut self, full_url: &str, resource: &str) {
        self.open_entry();
        self.text.push_str(r#""fullUrl":"#);
        push_string(&mut self.text, full_url);
        let _ = write!(self.text, r#","resource":{resource}}}"#);
    }

    /// A member of the Bundle itself, between its type and its entries.
    pub(crate) fn own(&mut self, name: &str, value: &str) {
        let _ = write!(self.text, r#","{name}":{value}"#);
    }

    pub(crate) fn end(mut self) -> String {
        if self.entries > 0 {
            self.text.push(']');
        }
        self.text.push('}');
        self.text
    }
}

/// The rest of an entry that says so.
const CUT: &str = r#""resource":{"resourceType":"OperationOutcome","issue":[{"severity":"information","code":"incomplete","diagnostics":"The matches name more than is included on one page."}]},"search":{"mode":"outcome"}}"#;

/// A searchset of what was found.
pub(crate) fn searchset(
    found: &Found,
    part: &Part,
    base_url: &str,
    at: Timestamp,
    links: &[Link],
) -> String {
    let resources = || found.matches.iter().chain(&found.included);
    let room = resources().map(|one| one.json().len() + 200).sum();
    let mut bundle = Bundle::begin("searchset", base_url, at, found.total, links, room);
    for resource in &found.matches {
        bundle.found(resource, part, "match");
    }
    for resource in &found.included {
        bundle.found(resource, part, "include");
    }
    if found.included_cut {
        bundle.cut();
    }
    bundle.end()
}

/// A JSON string, quoted.
fn push_string(text: &mut String, value: &str) {
    // Writing a string never fails.
    text.push_str(&serde_json::to_string(value).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const AT: Timestamp = Timestamp::from_micros(1_795_341_840_000_000);

    #[test]
    fn an_empty_bundle_has_neither_entries_nor_links() {
        let text = Bundle::begin("searchset", "http://x", AT, Some(0), &[], 0).end();
        let bundle: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            bundle,
            json!({ "resourceType": "Bundle", "meta": { "lastUpdated": "2026-11-22T10:04:00.000Z" },
                    "type": "searchset", "total": 0 })
        );
    }

    #[test]
    fn an_answer_to_a_batch_keeps_outcomes_apart_from_resources() {
        let links = [Link {
            relation: "self",
            url: "http://x/?a=\"b\"".to_owned(),
        }];
        let mut bundle = Bundle::begin("batch-response", "http://x", AT, None, &links, 0);
        bundle.answered(
            &Answer::of(201)
                .version(1, AT)
                .location("Observation/1/_history/1".to_owned())
                .json(r#"{"resourceType":"Observation","value":1.50}"#.to_owned()),
        );
        bundle.answered(&Answer::of(404).json(r#"{"resourceType":"OperationOutcome"}"#.to_owned()));
        let text = bundle.end();
        assert!(text.contains("1.50"));
        let bundle: Value = serde_json::from_str(&text).unwrap();
        let [made, missing] = bundle["entry"].as_array().unwrap().as_slice() else {
            panic!("{text}")
        };
        assert_eq!(made["response"]["etag"], "W/\"1\"");
        assert_eq!(
            made["response"]["location"],
            "http://x/Observation/1/_history/1"
        );
        assert!(made["response"]["outcome"].is_null());
        assert_eq!(
            missing["response"]["outcome"]["resourceType"],
            "OperationOutcome"
        );
        assert!(missing["resource"].is_null());
        assert_eq!(bundle["link"][0]["url"], "http://x/?a=\"b\"");
    }
}
