//! Whom each resource of a delivery is about: linking, and joining a placeholder to the person
//! that it turns out to be.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use tarn_model::{IdMaker, NhsNumber, OdsCode, PersonId, Precision, Timestamp};

use super::super::VALUES_AT_ONCE;
use super::Connection;
use super::keys::{births, claim, holder, join, lock, number_of, owner};
use super::names::Names;
use crate::store::matching::{births_agree, source_system};
use crate::store::rows::person_of as read_person;
use crate::store::schema::{person, person_key};
use crate::{Delivery, IngestError, PersonKeys, Plan, Subject};

/// The person of every entry of a plan.
pub(super) struct People {
    of_entry: Vec<PersonId>,
    /// Placeholders that turned out to be somebody else.
    joined: HashMap<PersonId, PersonId>,
}

impl People {
    /// Finds or makes the person of every entry.
    pub(super) async fn resolve(
        connection: &mut Connection,
        delivery: &Delivery<'_>,
        plan: &Plan<'_>,
        names: &Names,
        ids: IdMaker<'_>,
    ) -> Result<Self, IngestError> {
        let mut linking = Linking {
            connection,
            delivery,
            ids,
            by_keys: BTreeMap::new(),
            joined: HashMap::new(),
        };
        let mut of_entry = Vec::with_capacity(plan.entries.len());
        for entry in &plan.entries {
            of_entry.push(linking.subject(&entry.path, &entry.subject, names).await?);
        }
        linking.join_arrived(plan, &mut of_entry).await?;
        let mut people = Self {
            of_entry,
            joined: linking.joined,
        };
        for at in 0..people.of_entry.len() {
            let settled = people.of(at);
            if let Some(slot) = people.of_entry.get_mut(at) {
                *slot = settled;
            }
        }
        people.lock(connection).await?;
        Ok(people)
    }

    /// The person of the entry with this index.
    pub(super) fn of(&self, at: usize) -> PersonId {
        let mut found = self
            .of_entry
            .get(at)
            .copied()
            .unwrap_or(PersonId::DIRECTORY);
        while let Some(next) = self.joined.get(&found) {
            found = *next;
        }
        found
    }

    /// The people of whom the plan holds a Patient.
    pub(super) fn with_patients(&self, plan: &Plan<'_>) -> BTreeSet<PersonId> {
        let is_patient = |at: &usize| {
            let entry = plan.entries.get(*at);
            entry.is_some_and(|entry| entry.resource_type == "Patient")
        };
        (0..self.of_entry.len())
            .filter(is_patient)
            .map(|at| self.of(at))
            .chain(self.joined.values().copied())
            .filter(|person| *person != PersonId::DIRECTORY)
            .collect()
    }

    /// Takes the writer's lock of each person, in one order, and makes sure that none was joined
    /// to another one meanwhile.
    async fn lock(&self, connection: &mut Connection) -> Result<(), IngestError> {
        let people: BTreeSet<PersonId> = (0..self.of_entry.len())
            .map(|at| self.of(at))
            .filter(|person| *person != PersonId::DIRECTORY)
            .collect();
        for person in people {
            lock(connection, person).await?;
        }
        Ok(())
    }
}

/// The work of linking one delivery.
struct Linking<'c, 'd> {
    connection: &'c mut Connection,
    delivery: &'d Delivery<'d>,
    ids: IdMaker<'d>,
    by_keys: BTreeMap<(Option<String>, Option<String>), PersonId>,
    joined: HashMap<PersonId, PersonId>,
}

impl Linking<'_, '_> {
    async fn subject(
        &mut self,
        path: &str,
        subject: &Subject,
        names: &Names,
    ) -> Result<PersonId, IngestError> {
        match subject {
            Subject::Directory => Ok(PersonId::DIRECTORY),
            Subject::Person(keys) => self.link(path, keys).await,
            Subject::Conditional {
                resource_type,
                query,
            } => {
                let unresolved = || IngestError::Unresolved {
                    path: path.to_owned(),
                };
                let id = names
                    .one(path, resource_type, query)?
                    .ok_or_else(unresolved)?;
                let person = owner(self.connection, resource_type, id).await?;
                person.ok_or_else(unresolved)
            }
            Subject::SameAs { resource_type, id } => {
                if let Some(own) = names.local(resource_type, id)
                    && let Some(person) = owner(self.connection, resource_type, own).await?
                {
                    return Ok(person);
                }
                // What it belongs to has not arrived: kept for a person of whom nothing else is
                // known yet, never as common knowledge.
                let system = source_system(self.delivery.source);
                self.by_key(&system, &format!("{resource_type}/{id}")).await
            }
        }
    }

    /// The person with these keys; a new one if there is none.
    async fn link(&mut self, path: &str, keys: &PersonKeys) -> Result<PersonId, IngestError> {
        let memo = (
            keys.nhs_number.map(|number| number.as_str().to_owned()),
            keys.source_ref.clone(),
        );
        if keys.birth_date.is_none()
            && let Some(person) = self.by_keys.get(&memo)
        {
            return Ok(*person);
        }
        let person = self.link_anew(path, keys).await?;
        self.by_keys.insert(memo, person);
        Ok(person)
    }

    async fn link_anew(&mut self, path: &str, keys: &PersonKeys) -> Result<PersonId, IngestError> {
        let system = source_system(self.delivery.source);
        let source_key = keys
            .source_ref
            .as_ref()
            .map(|name| format!("Patient/{name}"));
        let (Some(number), Some(source_key)) = (keys.nhs_number, &source_key) else {
            return match (keys.nhs_number, source_key) {
                (Some(number), _) => {
                    let person = self.by_key(NhsNumber::SYSTEM, number.as_str()).await?;
                    self.check_birth(path, person, keys).await?;
                    Ok(person)
                }
                (None, Some(source_key)) => {
                    let person = self.by_key(&system, &source_key).await?;
                    self.check_birth(path, person, keys).await?;
                    Ok(person)
                }
                (None, None) => Ok(PersonId::DIRECTORY),
            };
        };
        let here = holder(self.connection, &system, source_key).await?;
        let there = holder(self.connection, NhsNumber::SYSTEM, number.as_str()).await?;
        let person = match (here, there) {
            (None, None) => {
                let person = self.by_key(NhsNumber::SYSTEM, number.as_str()).await?;
                claim(self.connection, &system, source_key, person).await?;
                person
            }
            (None, Some(there)) => {
                self.check_birth(path, there, keys).await?;
                claim(self.connection, &system, source_key, there).await?;
                there
            }
            (Some(here), None) => {
                lock(self.connection, here).await?;
                if number_of(self.connection, here).await? {
                    return Err(another_number(path));
                }
                self.check_birth(path, here, keys).await?;
                claim(self.connection, NhsNumber::SYSTEM, number.as_str(), here).await?;
                here
            }
            (Some(here), Some(there)) if here == there => {
                self.check_birth(path, there, keys).await?;
                there
            }
            (Some(here), Some(there)) => {
                if number_of(self.connection, here).await? {
                    return Err(another_number(path));
                }
                self.check_birth(path, there, keys).await?;
                for birth in births(self.connection, here, None).await? {
                    self.check(path, there, birth, None).await?;
                }
                self.join(here, there).await?;
                there
            }
        };
        Ok(person)
    }

    /// A date of birth that another Patient of this person contradicts is not passed over: the
    /// two may be different people. The same Patient may be corrected by its source.
    async fn check_birth(
        &mut self,
        path: &str,
        person: PersonId,
        keys: &PersonKeys,
    ) -> Result<(), IngestError> {
        let Some(birth) = keys.birth_date else {
            return Ok(());
        };
        let own = keys
            .source_ref
            .as_deref()
            .map(|name| (self.delivery.source, name));
        self.check(path, person, birth, own).await
    }

    async fn check(
        &mut self,
        path: &str,
        person: PersonId,
        birth: (Timestamp, Precision),
        own: Option<(&OdsCode, &str)>,
    ) -> Result<(), IngestError> {
        let others = births(self.connection, person, own).await?;
        if others.into_iter().all(|other| births_agree(birth, other)) {
            return Ok(());
        }
        Err(IngestError::Identity {
            path: path.to_owned(),
            problem: "the date of birth is not the one that is held for this NHS number",
        })
    }

    /// The person of one key; a new one if there is none.
    async fn by_key(&mut self, system: &str, value: &str) -> Result<PersonId, IngestError> {
        if let Some(person) = holder(self.connection, system, value).await? {
            return Ok(person);
        }
        let made = self.ids.person();
        diesel::insert_into(person::table)
            .values((
                person::person_id.eq(made.as_bytes().to_vec()),
                person::created_at.eq(self.delivery.received_at.as_micros()),
                person::restricted.eq(false),
                person::revision.eq(0),
            ))
            .execute(self.connection)
            .await?;
        claim(self.connection, system, value, made).await?;
        Ok(made)
    }

    /// People who were only known through a resource that had not arrived: now it has.
    async fn join_arrived(
        &mut self,
        plan: &Plan<'_>,
        of_entry: &mut [PersonId],
    ) -> Result<(), IngestError> {
        let system = source_system(self.delivery.source);
        let mut waiting: BTreeMap<String, PersonId> = BTreeMap::new();
        for (entry, person) in plan.entries.iter().zip(of_entry.iter()) {
            if entry.resource_type != "Patient" && *person != PersonId::DIRECTORY {
                let key = format!("{}/{}", entry.resource_type, entry.source_ref);
                waiting.insert(key, *person);
            }
        }
        let keys: Vec<&String> = waiting.keys().collect();
        let mut arrived: Vec<(String, Vec<u8>)> = Vec::new();
        for keys in keys.chunks(VALUES_AT_ONCE) {
            let more: Vec<(String, Vec<u8>)> = person_key::table
                .filter(person_key::system.eq(&system))
                .filter(person_key::value.eq_any(keys.iter().copied()))
                .select((person_key::value, person_key::person_id))
                .load(self.connection)
                .await?;
            arrived.extend(more);
        }
        for (key, placeholder) in arrived {
            let placeholder = read_person("person_key", &placeholder)?;
            if let Some(person) = waiting.get(&key).copied().filter(|one| *one != placeholder) {
                self.join(placeholder, person).await?;
                for slot in of_entry.iter_mut().filter(|slot| **slot == placeholder) {
                    *slot = person;
                }
            }
        }
        Ok(())
    }

    /// Moves everything of a placeholder to the person that it turned out to be.
    async fn join(&mut self, from: PersonId, to: PersonId) -> Result<(), IngestError> {
        for person in BTreeSet::from([from, to]) {
            lock(self.connection, person).await?;
        }
        join(self.connection, from, to).await?;
        self.joined.insert(from, to);
        for person in self.by_keys.values_mut().filter(|person| **person == from) {
            *person = to;
        }
        Ok(())
    }
}

fn another_number(path: &str) -> IngestError {
    IngestError::Identity {
        path: path.to_owned(),
        problem: "the same patient is held with another NHS number",
    }
}
