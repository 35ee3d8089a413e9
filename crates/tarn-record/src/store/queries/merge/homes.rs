//! As whom each resource of a merged person was sent.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use tarn_model::{NhsNumber, PersonId};

use super::super::{Connection, VALUES_AT_ONCE};
use super::ByType;
use crate::store::matching::source_system;
use crate::store::rows::{ods, person_of as read_person};
use crate::store::schema::{filed, person_key, resource, resource_history, resource_key};
use crate::{RecordError, Subject, Target, plan};

/// A type and Tarn's id.
type Name = (String, String);

/// A key of people: system and value.
type Key = (String, String);

/// One resource, and what its text says of whom it is about.
struct Held {
    source: String,
    source_ref: String,
    subject: Subject,
    /// What it refers to, by Tarn's ids.
    refers_to: Vec<Name>,
}

/// What a merged person holds, and what tells as whom each thing was filed.
pub(super) struct Homes {
    root: PersonId,
    held: BTreeMap<Name, Held>,
    /// The keys that lead to the person, and as whom.
    keys: BTreeMap<Key, PersonId>,
    /// What sources call the Patients that are referred to, by Tarn's id.
    patients: HashMap<String, Key>,
    filed: HashMap<Name, PersonId>,
}

impl Homes {
    pub(super) async fn read(
        connection: &mut Connection,
        root: PersonId,
    ) -> Result<Self, RecordError> {
        let key = root.as_bytes().to_vec();
        let mut homes = Self {
            root,
            held: BTreeMap::new(),
            keys: keys(connection, root).await?,
            patients: HashMap::new(),
            filed: HashMap::new(),
        };
        let rows: Vec<(String, String, String, String, String)> = resource::table
            .filter(resource::person_id.eq(&key))
            .order((resource::resource_type, resource::resource_id))
            .select((
                resource::resource_type,
                resource::resource_id,
                resource::source,
                resource::source_ref,
                resource::body,
            ))
            .load(connection)
            .await?;
        for (resource_type, id, source, source_ref, body) in rows {
            let body = match body.is_empty() {
                // It was taken back: what it was says whose it was.
                true => last_body(connection, &key, &resource_type, &id).await?,
                false => body,
            };
            let (subject, refers_to) = said(&body);
            let held = Held {
                source,
                source_ref,
                subject,
                refers_to,
            };
            homes.held.insert((resource_type, id), held);
        }
        homes.read_patients(connection).await?;
        homes.read_filed(connection).await?;
        Ok(homes)
    }

    /// The resources that were sent as one of these.
    pub(super) fn of(&self, back: &BTreeSet<PersonId>) -> ByType {
        let mut names = ByType::new();
        for name in self.held.keys() {
            if back.contains(&self.home(name)) {
                let (resource_type, id) = name.clone();
                names.entry(resource_type).or_default().push(id);
            }
        }
        names
    }

    /// The keys that lead to one of these, and to which.
    pub(super) fn keys_of(&self, back: &BTreeSet<PersonId>) -> Vec<(&str, &str, PersonId)> {
        let mut keys = Vec::new();
        for ((system, value), origin) in &self.keys {
            // What was waited for has come by now, or is filed where those that wait are.
            let origin = match *origin == self.root {
                true => self.waited_for(system, value).unwrap_or(*origin),
                false => *origin,
            };
            if back.contains(&origin) {
                keys.push((system.as_str(), value.as_str(), origin));
            }
        }
        keys
    }

    /// As whom the resource is filed that a key was made for.
    fn waited_for(&self, system: &str, value: &str) -> Option<PersonId> {
        let (resource_type, source_ref) = value.split_once('/')?;
        if system == NhsNumber::SYSTEM || resource_type == "Patient" {
            return None;
        }
        let mut held = self.held.iter();
        let (name, _) = held.find(|((kind, _), one)| {
            kind == resource_type
                && one.source_ref == source_ref
                && system.strip_prefix("urn:tarn:source:") == Some(&one.source)
        })?;
        Some(self.home(name))
    }

    /// As whom a resource was sent.
    fn home(&self, name: &Name) -> PersonId {
        let mut asked = name;
        // Each may be about what another is about; a ring of those is about nobody.
        for _ in 0..=self.held.len() {
            let Some(held) = self.held.get(asked) else {
                break;
            };
            if let Some(key) = self.key_of(asked, held) {
                if let Some(home) = self.keys.get(&key) {
                    return *home;
                }
                break;
            }
            match self.next(asked, held) {
                Some(next) => asked = next,
                None => break,
            }
        }
        self.filed.get(name).copied().unwrap_or(self.root)
    }

    /// The key of the person whom a resource names.
    fn key_of(&self, name: &Name, held: &Held) -> Option<Key> {
        let own = |reference: &str| {
            let system = format!("urn:tarn:source:{}", held.source);
            (system, format!("Patient/{reference}"))
        };
        if name.0 == "Patient" {
            return Some(own(&held.source_ref));
        }
        let Subject::Person(keys) = &held.subject else {
            return None;
        };
        let number = || {
            let number = keys.nhs_number?.as_str().to_owned();
            Some((NhsNumber::SYSTEM.to_owned(), number))
        };
        let Some(reference) = &keys.source_ref else {
            return number();
        };
        let contained = format!("{}/{}#", name.0, name.1);
        let named = match reference.strip_prefix(&contained) {
            Some(local) => own(&format!("{}/{}#{local}", name.0, held.source_ref)),
            None => match self.patients.get(reference) {
                Some(key) => key.clone(),
                None => own(reference),
            },
        };
        match self.keys.contains_key(&named) {
            true => Some(named),
            false => number(),
        }
    }

    /// The resource whose person this one's is.
    fn next<'h>(&'h self, name: &Name, held: &Held) -> Option<&'h Name> {
        if let Subject::SameAs { resource_type, id } = &held.subject {
            let next = (resource_type.clone(), id.clone());
            return self.held.get_key_value(&next).map(|(name, _)| name);
        }
        // What says nothing, as an attachment, belongs to what it hangs on.
        let mut others = self.held.iter();
        let found = others.find(|(other, one)| *other != name && one.refers_to.contains(name));
        found.map(|(other, _)| other)
    }

    async fn read_patients(&mut self, connection: &mut Connection) -> Result<(), RecordError> {
        let named: BTreeSet<&String> = (self.held.values())
            .filter_map(|held| match &held.subject {
                Subject::Person(keys) => keys.source_ref.as_ref(),
                _ => None,
            })
            .collect();
        let named: Vec<&String> = named.into_iter().collect();
        let mut patients = HashMap::new();
        for ids in named.chunks(VALUES_AT_ONCE) {
            let rows: Vec<(String, String, String)> = resource_key::table
                .filter(resource_key::resource_type.eq("Patient"))
                .filter(resource_key::resource_id.eq_any(ids.iter().copied()))
                .select((
                    resource_key::resource_id,
                    resource_key::source,
                    resource_key::source_ref,
                ))
                .load(connection)
                .await?;
            for (id, source, source_ref) in rows {
                let system = source_system(&ods("resource_key", &source)?);
                patients.insert(id, (system, format!("Patient/{source_ref}")));
            }
        }
        self.patients = patients;
        Ok(())
    }

    async fn read_filed(&mut self, connection: &mut Connection) -> Result<(), RecordError> {
        let mut by_type: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (resource_type, id) in self.held.keys() {
            by_type.entry(resource_type).or_default().push(id);
        }
        let mut all = HashMap::new();
        for (resource_type, ids) in by_type {
            for ids in ids.chunks(VALUES_AT_ONCE) {
                let rows: Vec<(String, Vec<u8>)> = filed::table
                    .filter(filed::resource_type.eq(resource_type))
                    .filter(filed::resource_id.eq_any(ids.iter().copied()))
                    .select((filed::resource_id, filed::origin))
                    .load(connection)
                    .await?;
                for (id, origin) in rows {
                    let name = (resource_type.to_owned(), id);
                    all.insert(name, read_person("filed", &origin)?);
                }
            }
        }
        self.filed = all;
        Ok(())
    }
}

/// The keys that lead to somebody, and as whom.
async fn keys(
    connection: &mut Connection,
    root: PersonId,
) -> Result<BTreeMap<Key, PersonId>, RecordError> {
    let rows: Vec<(String, String, Option<Vec<u8>>)> = person_key::table
        .filter(person_key::person_id.eq(root.as_bytes().to_vec()))
        .order((person_key::system, person_key::value))
        .select((person_key::system, person_key::value, person_key::origin))
        .load(connection)
        .await?;
    rows.into_iter()
        .map(|(system, value, origin)| {
            let origin = origin.map(|origin| read_person("person_key", &origin));
            Ok(((system, value), origin.transpose()?.unwrap_or(root)))
        })
        .collect()
}

/// Whom a text is about and what it refers to.
fn said(body: &str) -> (Subject, Vec<Name>) {
    let Some(entry) = plan(body)
        .ok()
        .and_then(|plan| plan.entries.into_iter().next())
    else {
        return (Subject::Directory, Vec::new());
    };
    let refers_to = (entry.references.iter())
        .filter_map(|reference| match &reference.target {
            Target::Local { resource_type, id } => Some((resource_type.clone(), id.clone())),
            Target::Entry(_) | Target::Conditional { .. } => None,
        })
        .collect();
    (entry.subject, refers_to)
}

/// The last text of what was taken back.
async fn last_body(
    connection: &mut Connection,
    key: &[u8],
    resource_type: &str,
    id: &str,
) -> Result<String, RecordError> {
    let found: Option<String> = resource_history::table
        .filter(resource_history::person_id.eq(key))
        .filter(resource_history::resource_type.eq(resource_type))
        .filter(resource_history::resource_id.eq(id))
        .filter(resource_history::deleted.eq(false))
        .order(resource_history::version.desc())
        .select(resource_history::body)
        .first(connection)
        .await
        .optional()?;
    Ok(found.unwrap_or_default())
}
