use serde_json::{Map, Value, json};
use tarn_model::{LabelSet, NhsNumber, OdsCode};

use crate::{Fact, Locality, Moment, Organisation, Partner, Person, Professional};

pub(super) const SNOMED: &str = "http://snomed.info/sct";
pub(super) const UCUM: &str = "http://unitsofmeasure.org";

/// Writes one Bundle of one organisation.
pub(super) struct Scribe<'a> {
    pub(super) locality: &'a Locality,
    pub(super) organisation: &'a Organisation,
    pub(super) person: &'a Person,
    entries: Vec<Value>,
}

impl<'a> Scribe<'a> {
    pub(super) fn new(
        locality: &'a Locality,
        organisation: &'a Organisation,
        person: &'a Person,
    ) -> Self {
        Self {
            locality,
            organisation,
            person,
            entries: Vec::new(),
        }
    }

    /// The id of the person's Patient at every organisation.
    pub(super) fn patient_id(&self) -> String {
        format!("p{:06}", self.person.index)
    }

    /// The id of what is written under `key`.
    pub(super) fn id(&self, key: &str) -> String {
        format!("{}-{key}", self.patient_id())
    }

    /// A reference to the person.
    pub(super) fn subject(&self) -> Value {
        json!({
            "reference": format!("Patient/{}", self.patient_id()),
            "identifier": { "system": NhsNumber::SYSTEM, "value": self.person.nhs_number.as_str() }
        })
    }

    /// A reference to an organisation, both within the feed and by its ODS code.
    pub(super) fn organisation_of(&self, partner: Partner) -> Value {
        organisation(partner)
    }

    /// A resource of this fact with its id, profile, labels and identifier.
    pub(super) fn resource(&self, fact: &Fact, kind: &str, profile: &str, rest: Value) -> Value {
        self.resource_as(&fact.key, fact, kind, profile, rest)
    }

    /// The same under a key of its own, for facts that fill several resources.
    pub(super) fn resource_as(
        &self,
        key: &str,
        fact: &Fact,
        kind: &str,
        profile: &str,
        rest: Value,
    ) -> Value {
        let id = self.id(key);
        let system = format!("{}/Id/{kind}", base(&self.organisation.ods));
        let identifier = json!({ "system": system, "value": id });
        let identifier = match kind {
            "QuestionnaireResponse" => identifier,
            _ => json!([identifier]),
        };
        let mut resource = header(kind, &id, profile, fact.recorded, fact.labels);
        if kind != "Binary" {
            resource.insert("identifier".to_owned(), identifier);
        }
        if let Value::Object(rest) = rest {
            resource.extend(rest.into_iter().filter(|(_, value)| !is_nothing(value)));
        }
        Value::Object(resource)
    }

    /// Adds a resource to the Bundle, to be kept under its own id.
    pub(super) fn put(&mut self, resource: Value) {
        self.entries.push(entry(self.organisation, resource));
    }

    /// The Bundle as text.
    pub(super) fn bundle(self) -> String {
        bundle(self.entries)
    }
}

/// A transaction Bundle of these entries.
pub(super) fn bundle(entries: Vec<Value>) -> String {
    json!({ "resourceType": "Bundle", "type": "transaction", "entry": entries }).to_string()
}

/// An entry that keeps the resource under its own id.
pub(super) fn entry(organisation: &Organisation, resource: Value) -> Value {
    let word = |member: &str| {
        let word = resource.get(member).and_then(Value::as_str);
        word.unwrap_or_default().to_owned()
    };
    let url = format!("{}/{}", word("resourceType"), word("id"));
    json!({
        "fullUrl": format!("{}/fhir/{url}", base(&organisation.ods)),
        "resource": resource,
        "request": { "method": "PUT", "url": url }
    })
}

/// The first members of a resource.
pub(super) fn header(
    kind: &str,
    id: &str,
    profile: &str,
    recorded: Moment,
    labels: LabelSet,
) -> Map<String, Value> {
    let security: Vec<Value> = labels
        .iter()
        .map(|label| json!({ "system": LabelSet::SYSTEM, "code": label.word() }))
        .collect();
    let mut meta = json!({ "lastUpdated": recorded.at.to_fhir() });
    if let Value::Object(meta) = &mut meta {
        if !profile.is_empty() {
            let profile = format!("https://fhir.hl7.org.uk/StructureDefinition/{profile}");
            meta.insert("profile".to_owned(), json!([profile]));
        }
        if !security.is_empty() {
            meta.insert("security".to_owned(), Value::Array(security));
        }
    }
    let mut resource = Map::new();
    resource.insert("resourceType".to_owned(), json!(kind));
    resource.insert("id".to_owned(), json!(id));
    resource.insert("meta".to_owned(), meta);
    resource
}

/// Where an organisation's own names live; the domain is reserved and leads nowhere.
pub(super) fn base(ods: &OdsCode) -> String {
    let name = ods.as_str().to_ascii_lowercase();
    format!("https://{name}.harrowmere.example")
}

/// A reference to an organisation.
pub(super) fn organisation(partner: Partner) -> Value {
    json!({
        "reference": format!("Organization/{}", partner.code()),
        "identifier": { "system": OdsCode::SYSTEM, "value": partner.code() },
        "display": partner.name()
    })
}

/// A reference to a professional's role.
pub(super) fn professional(by: Professional) -> Value {
    json!({
        "reference": format!("PractitionerRole/{}", by.key),
        "display": format!("{}, {}", by.name, by.work)
    })
}

/// A concept in words, with a code where there is one.
pub(super) fn concept(words: &str, system: &str, code: Option<(&str, &str)>) -> Value {
    match code {
        Some((code, term)) => json!({
            "coding": [{ "system": system, "code": code, "display": term }],
            "text": words
        }),
        None => json!({ "text": words }),
    }
}

/// A concept of a code system, without other words.
pub(super) fn coded(system: &str, code: &str) -> Value {
    json!({ "coding": [{ "system": system, "code": code }] })
}

/// A number with the digits it was written in.
pub(super) fn decimal(text: &str) -> Value {
    text.parse().map_or(Value::Null, Value::Number)
}

/// A quantity with the digits it was written in.
pub(super) fn quantity(value: &str, unit: (&str, &str)) -> Value {
    json!({ "value": decimal(value), "unit": unit.0, "system": UCUM, "code": unit.1 })
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}
