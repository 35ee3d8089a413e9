use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::care::alert_category;
use super::scribe::{Scribe, organisation, professional};
use crate::{Alert, Fact, Letter, Opens};

/// A letter's entry in the list, and its words as plain text.
pub(super) fn letter(scribe: &Scribe<'_>, fact: &Fact, letter: &Letter) -> Vec<Value> {
    let binary = format!("{}-text", fact.key);
    let id = scribe.id(&binary);
    let rest = json!({
        "status": "current",
        "docStatus": "final",
        "type": { "text": letter.title },
        "subject": scribe.subject(),
        "date": fact.recorded.at.to_fhir(),
        "author": [professional(letter.by)],
        "custodian": organisation(scribe.organisation.partner),
        "description": letter.title,
        "content": [{ "attachment": {
            "contentType": "text/plain",
            "language": "en-GB",
            "url": format!("Binary/{id}"),
            "size": letter.text.len(),
            "title": letter.title,
            "creation": letter.dated.to_fhir()
        } }],
        "context": { "period": { "start": letter.dated.to_fhir() } }
    });
    let profile = "UKCore-DocumentReference";
    let listed = scribe.resource(fact, "DocumentReference", profile, rest);
    vec![text(scribe, fact, &binary, &letter.text), listed]
}

/// A flag, and the text it opens where it has one of its own. Its further words stand in the
/// narrative, the one place that FHIR R4 gives a Flag for them.
pub(super) fn alert(scribe: &Scribe<'_>, fact: &Fact, alert: &Alert) -> Vec<Value> {
    let mut resources = Vec::new();
    let opens = match alert.opens {
        None => None,
        Some(Opens::Letter(key)) => Some(format!("DocumentReference/{}", scribe.id(key))),
        Some(Opens::Text(words)) => {
            let key = format!("{}-text", fact.key);
            resources.push(text(scribe, fact, &key, words));
            Some(format!("Binary/{}", scribe.id(&key)))
        }
    };
    let detail = opens.map(|reference| {
        json!([{
            "url": "http://hl7.org/fhir/StructureDefinition/flag-detail",
            "valueReference": { "reference": reference }
        }])
    });
    let words = escaped(&alert.text);
    let rest = json!({
        "text": {
            "status": "additional",
            "div": format!("<div xmlns=\"http://www.w3.org/1999/xhtml\">{words}</div>")
        },
        "extension": detail,
        "status": "active",
        "category": [alert_category(alert.category)],
        "code": { "text": alert.title },
        "subject": scribe.subject(),
        "period": { "start": alert.since.to_fhir() },
        "author": professional(alert.by)
    });
    resources.push(scribe.resource(fact, "Flag", "UKCore-Flag", rest));
    resources
}

fn text(scribe: &Scribe<'_>, fact: &Fact, key: &str, words: &str) -> Value {
    let rest = json!({
        "contentType": "text/plain",
        "securityContext": scribe.subject(),
        "data": STANDARD.encode(words)
    });
    scribe.resource_as(key, fact, "Binary", "", rest)
}

fn escaped(words: &str) -> String {
    let words = words.replace('&', "&amp;");
    words.replace('<', "&lt;").replace('>', "&gt;")
}
