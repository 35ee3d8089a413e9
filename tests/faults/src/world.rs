//! What should be held about one person, and how what is held differs from it.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Answer, Request};

/// The system of the identifiers by which entries are told apart, whatever the server calls them.
pub(crate) const SYSTEM: &str = "urn:tarn:faults";

/// An entry as it was acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Held {
    /// The server's id; not known of one whose creation was never acknowledged.
    pub(crate) id: Option<String>,
    /// Its version.
    pub(crate) version: u64,
    /// What it says.
    pub(crate) value: u64,
}

/// What is held about one person, by the entries' own identifiers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct World {
    entries: BTreeMap<String, Held>,
}

/// What one request changes.
#[derive(Debug, Clone)]
pub(crate) enum Change {
    /// A new entry, unless there is one with this identifier.
    Create { key: String, value: u64 },
    /// Another value, if the version is still this.
    Update { key: String, held: Held, value: u64 },
    /// The entry is taken back.
    Delete { key: String, held: Held },
}

/// The changes of one request: of a transaction if there are several.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    /// The Patient that all of it is about.
    pub(crate) patient: String,
    /// What is changed.
    pub(crate) changes: Vec<Change>,
}

/// How much of what is held is wrong.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Differences {
    /// Acknowledged and not there, or there as it was before.
    pub(crate) lost: u64,
    /// There twice, or never sent, or changed more often than was asked.
    pub(crate) duplicated: u64,
}

impl Differences {
    pub(crate) const fn sum(self) -> u64 {
        self.lost + self.duplicated
    }
}

impl World {
    /// The entries that are held.
    pub(crate) const fn entries(&self) -> &BTreeMap<String, Held> {
        &self.entries
    }

    /// The world after a step was taken.
    pub(crate) fn after(&self, step: &Step) -> Self {
        let mut entries = self.entries.clone();
        for change in &step.changes {
            match change {
                Change::Create { key, value } => {
                    entries.entry(key.clone()).or_insert(Held {
                        id: None,
                        version: 1,
                        value: *value,
                    });
                }
                Change::Update { key, held, value } => {
                    let changed = Held {
                        version: held.version + 1,
                        value: *value,
                        ..held.clone()
                    };
                    entries.insert(key.clone(), changed);
                }
                Change::Delete { key, .. } => {
                    entries.remove(key);
                }
            }
        }
        Self { entries }
    }

    /// Notes the server's id of an entry.
    pub(crate) fn name(&mut self, key: &str, id: &str) {
        if let Some(held) = self.entries.get_mut(key) {
            held.id.get_or_insert_with(|| id.to_owned());
        }
    }

    /// Compares with all that the server lists, and notes the ids of those that are as expected.
    pub(crate) fn compare(&self, listed: &[(String, Held)]) -> Differences {
        let mut differences = Differences::default();
        let mut seen: BTreeMap<&str, u64> = BTreeMap::new();
        for (key, found) in listed {
            *seen.entry(key).or_default() += 1;
            match self.entries.get(key) {
                None => differences.duplicated += 1,
                Some(held) if held.id.is_some() && held.id != found.id => {
                    differences.duplicated += 1;
                }
                Some(held) if found.version > held.version => differences.duplicated += 1,
                Some(held) if found.version < held.version || found.value != held.value => {
                    differences.lost += 1;
                }
                Some(_) => {}
            }
        }
        for key in self.entries.keys() {
            match seen.get(key.as_str()) {
                None => differences.lost += 1,
                Some(times) => differences.duplicated += times - 1,
            }
        }
        differences
    }
}

impl Step {
    /// The request that takes it.
    pub(crate) fn request(&self) -> Request {
        if let [change] = &self.changes[..] {
            return self.single(change);
        }
        let entries: Vec<Value> = self
            .changes
            .iter()
            .map(|change| self.entry(change))
            .collect();
        let bundle = json!({ "resourceType": "Bundle", "type": "transaction", "entry": entries });
        Request::new(Method::POST, "", bundle)
    }

    /// Whether it changes only what is there, so that taken twice it is refused once.
    pub(crate) fn depends_on_versions(&self) -> bool {
        let creates = |change: &Change| matches!(change, Change::Create { .. });
        !self.changes.iter().all(creates)
    }

    /// What is wrong with the answer to the step's first time, if anything is.
    pub(crate) fn fault(&self, answer: &Answer) -> Option<String> {
        let right = match &self.changes[..] {
            [Change::Create { .. }] => answer.status == 201 && answer.version == Some(1),
            [Change::Update { held, .. }] => {
                answer.status == 200 && answer.version == Some(held.version + 1)
            }
            [Change::Delete { .. }] => matches!(answer.status, 200 | 204),
            _ => answer.status == 200 && self.created(answer).len() == self.changes.len(),
        };
        (!right).then(|| format!("{} {:?}", answer.status, answer.body))
    }

    /// The entries' ids as the server's answer to a transaction has them, in order.
    pub(crate) fn created<'a>(&self, answer: &'a Answer) -> Vec<&'a str> {
        let locations = match answer.body.get("entry").and_then(Value::as_array) {
            Some(entries) => entries
                .iter()
                .filter_map(|entry| entry.pointer("/response/location")?.as_str())
                .collect(),
            None => Vec::from_iter(answer.location.as_deref()),
        };
        locations.into_iter().filter_map(id_in).collect()
    }

    /// The identifiers of what is changed.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.changes.iter().map(|change| match change {
            Change::Create { key, .. }
            | Change::Update { key, .. }
            | Change::Delete { key, .. } => key.as_str(),
        })
    }

    fn single(&self, change: &Change) -> Request {
        match change {
            Change::Create { key, value } => {
                let body = self.observation(key, None, *value);
                Request::new(Method::POST, "/Observation", body)
                    .with("if-none-exist", condition(key))
            }
            Change::Update { key, held, value } => {
                let id = held.id.as_deref().unwrap_or_default();
                let body = self.observation(key, Some(id), *value);
                Request::new(Method::PUT, &format!("/Observation/{id}"), body)
                    .with("if-match", etag(held.version))
            }
            Change::Delete { held, .. } => {
                let id = held.id.as_deref().unwrap_or_default();
                Request::new(Method::DELETE, &format!("/Observation/{id}"), Value::Null)
                    .with("if-match", etag(held.version))
            }
        }
    }

    fn entry(&self, change: &Change) -> Value {
        match change {
            Change::Create { key, value } => json!({
                "resource": self.observation(key, None, *value),
                "request": {
                    "method": "POST", "url": "Observation", "ifNoneExist": condition(key),
                },
            }),
            Change::Update { key, held, value } => {
                let id = held.id.as_deref().unwrap_or_default();
                json!({
                    "resource": self.observation(key, Some(id), *value),
                    "request": {
                        "method": "PUT", "url": format!("Observation/{id}"),
                        "ifMatch": etag(held.version),
                    },
                })
            }
            Change::Delete { held, .. } => {
                let id = held.id.as_deref().unwrap_or_default();
                json!({ "request": {
                    "method": "DELETE", "url": format!("Observation/{id}"),
                    "ifMatch": etag(held.version),
                } })
            }
        }
    }

    fn observation(&self, key: &str, id: Option<&str>, value: u64) -> Value {
        let mut observation = json!({
            "resourceType": "Observation",
            "identifier": [{ "system": SYSTEM, "value": key }],
            "status": "final",
            "code": { "text": "Body weight" },
            "subject": { "reference": format!("Patient/{}", self.patient) },
            "valueInteger": value,
        });
        if let (Some(id), Some(members)) = (id, observation.as_object_mut()) {
            members.insert("id".to_owned(), json!(id));
        }
        observation
    }
}

/// An entry as the server lists it.
pub(crate) fn listed(resource: &Value) -> Option<(String, Held)> {
    let text = |pointer: &str| resource.pointer(pointer)?.as_str();
    let held = Held {
        id: Some(text("/id")?.to_owned()),
        version: text("/meta/versionId")?.parse().ok()?,
        value: resource.get("valueInteger")?.as_u64()?,
    };
    Some((text("/identifier/0/value")?.to_owned(), held))
}

fn condition(key: &str) -> String {
    format!("identifier={SYSTEM}|{key}")
}

fn etag(version: u64) -> String {
    format!("W/\"{version}\"")
}

/// The id in `http://…/Observation/123/_history/1`.
fn id_in(location: &str) -> Option<&str> {
    let (_, rest) = location.rsplit_once("Observation/")?;
    rest.split('/').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(id: &str, version: u64, value: u64) -> Held {
        Held {
            id: Some(id.to_owned()),
            version,
            value,
        }
    }

    fn step(changes: Vec<Change>) -> Step {
        Step {
            patient: "p".to_owned(),
            changes,
        }
    }

    #[test]
    fn what_is_missing_stale_doubled_or_never_sent_is_found() {
        let create = |key: &str| Change::Create {
            key: key.to_owned(),
            value: 7,
        };
        let mut world = World::default().after(&step(vec![create("a"), create("b")]));
        world.name("a", "1");
        world.name("b", "2");
        let update = Change::Update {
            key: "a".to_owned(),
            held: held("1", 1, 7),
            value: 8,
        };
        let world = world.after(&step(vec![update]));
        let check = |found: &[(&str, Held)], lost, duplicated| {
            let found = found.iter();
            let found = found.map(|(key, held)| ((*key).to_owned(), held.clone()));
            let found: Vec<_> = found.collect();
            assert_eq!(
                world.compare(&found),
                Differences { lost, duplicated },
                "{found:?}"
            );
        };
        let (a, b) = (("a", held("1", 2, 8)), ("b", held("2", 1, 7)));
        check(&[a.clone(), b.clone()], 0, 0);
        check(std::slice::from_ref(&a), 1, 0);
        check(&[("a", held("1", 1, 7)), b.clone()], 1, 0);
        check(&[("a", held("1", 2, 7)), b.clone()], 1, 0);
        check(&[("a", held("1", 3, 8)), b.clone()], 0, 1);
        check(&[a.clone(), b.clone(), ("c", held("3", 1, 7))], 0, 1);
        // The same entry under a second id: it is not the acknowledged one, and it is one more.
        check(&[a, b, ("b", held("9", 1, 7))], 0, 2);
    }

    #[test]
    fn a_step_taken_back_leaves_nothing() {
        let delete = Change::Delete {
            key: "a".to_owned(),
            held: held("1", 1, 7),
        };
        let create = Change::Create {
            key: "a".to_owned(),
            value: 7,
        };
        let world = World::default().after(&step(vec![create]));
        assert_eq!(world.after(&step(vec![delete])), World::default());
    }
}
