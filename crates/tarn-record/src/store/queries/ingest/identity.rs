//! Whom each resource of a delivery is about: linking, and joining a placeholder to the person
//! that it turns out to be.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use tarn_model::{IdMaker, PersonId};

use super::super::VALUES_AT_ONCE;
use super::keys::{Birth, Who, claim, has_patient_key, holder, join, lock, number_of, owner};
use super::names::Names;
use super::{Connection, Manner};
use crate::store::matching::source_system;
use crate::store::rows::person_of as read_person;
use crate::store::schema::{person, person_key};
use crate::{Delivery, IngestError, PersonKeys, Plan, Subject};

/// The person of every entry of a plan.
pub(super) struct People {
    of_entry: Vec<PersonId>,
    /// Placeholders that turned out to be somebody else.
    joined: HashMap<PersonId, PersonId>,
    /// Those who were not held before.
    made: BTreeSet<PersonId>,
}

impl People {
    /// Finds or makes the person of every entry.
    pub(super) async fn resolve(
        connection: &mut Connection,
        delivery: &Delivery<'_>,
        plan: &Plan<'_>,
        names: &Names,
        ids: NewIds<'_>,
    ) -> Result<Self, IngestError> {
        let mut linking = Linking {
            connection,
            delivery,
            ids,
            by_keys: BTreeMap::new(),
            joined: HashMap::new(),
            made: BTreeSet::new(),
        };
        let mut of_entry = vec![PersonId::DIRECTORY; plan.entries.len()];
        // Patients first: what refers to one follows it, wherever the two stand in the bundle,
        // and what is wrong with a Patient is said of that Patient.
        for patients in [true, false] {
            for (entry, slot) in plan.entries.iter().zip(&mut of_entry) {
                if (entry.resource_type == "Patient") == patients {
                    *slot = linking.subject(&entry.path, &entry.subject, names).await?;
                }
            }
        }
        linking.join_arrived(plan, &mut of_entry).await?;
        let mut people = Self {
            of_entry,
            joined: linking.joined,
            made: linking.made,
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

    /// Everybody it is about who was held before.
    pub(super) fn held_before(&self) -> impl Iterator<Item = PersonId> {
        let ends = self.joined.iter().flat_map(|(from, to)| [*from, *to]);
        let all = self.of_entry.iter().copied().chain(ends);
        all.filter(|person| !self.made.contains(person))
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

/// The ids of people who are made.
pub(super) enum NewIds<'d> {
    /// A new one each time.
    Made(IdMaker<'d>),
    /// Those that whoever guards the record knows of already, in order.
    Given(std::slice::Iter<'d, PersonId>),
}

impl<'d> NewIds<'d> {
    pub(super) fn of(manner: Manner<'d>, ids: IdMaker<'d>) -> Self {
        match manner {
            Manner::Feed => Self::Made(ids),
            Manner::Interface(admission) => Self::Given(admission.newcomers.iter()),
        }
    }

    fn next(&mut self) -> Result<PersonId, IngestError> {
        match self {
            Self::Made(ids) => Ok(ids.person()),
            Self::Given(given) => given.next().copied().ok_or(IngestError::NotDecided),
        }
    }
}

/// The work of linking one delivery.
pub(super) struct Linking<'c, 'd> {
    pub(super) connection: &'c mut Connection,
    pub(super) delivery: &'d Delivery<'d>,
    ids: NewIds<'d>,
    by_keys: BTreeMap<PersonKeys, PersonId>,
    joined: HashMap<PersonId, PersonId>,
    made: BTreeSet<PersonId>,
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
            Subject::Held(person) => Ok(*person),
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
        if let Some(person) = self.by_keys.get(keys) {
            return Ok(*person);
        }
        let person = self.link_anew(path, keys).await?;
        self.by_keys.insert(keys.clone(), person);
        Ok(person)
    }

    /// The person of one key; a new one if there is none.
    pub(super) async fn by_key(
        &mut self,
        system: &str,
        value: &str,
    ) -> Result<PersonId, IngestError> {
        match holder(self.connection, system, value).await? {
            Some(bound) => Ok(bound.person),
            None => self.make(system, value, None).await,
        }
    }

    /// A new person, with this key.
    pub(super) async fn make(
        &mut self,
        system: &str,
        value: &str,
        birth: Option<Birth>,
    ) -> Result<PersonId, IngestError> {
        let made = self.ids.next()?;
        diesel::insert_into(person::table)
            .values((
                person::person_id.eq(made.as_bytes().to_vec()),
                person::created_at.eq(self.delivery.received_at.as_micros()),
                person::restricted.eq(false),
                person::revision.eq(0),
            ))
            .execute(self.connection)
            .await?;
        claim(self.connection, system, value, Who::of(made), birth).await?;
        self.made.insert(made);
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
            let arrived_for = waiting.get(&key).copied();
            let Some(person) = arrived_for.filter(|one| *one != placeholder) else {
                continue;
            };
            // The key stays with whoever the placeholder turned out to be. When its resource is
            // filed anew for somebody else, that resource moves and nobody is taken along.
            if self.is_named(placeholder).await? {
                continue;
            }
            self.join(placeholder, Who::of(person)).await?;
            for slot in of_entry.iter_mut().filter(|slot| **slot == placeholder) {
                *slot = person;
            }
        }
        Ok(())
    }

    /// Whether the person is known by anything but resources that were waited for.
    async fn is_named(&mut self, person: PersonId) -> Result<bool, IngestError> {
        Ok(number_of(self.connection, Who::of(person)).await?
            || has_patient_key(self.connection, person).await?
            || self.is_somebody(Who::of(person)).await?)
    }

    /// Moves everything of a placeholder to the person that it turned out to be.
    pub(super) async fn join(&mut self, from: PersonId, to: Who) -> Result<(), IngestError> {
        for person in BTreeSet::from([from, to.person]) {
            lock(self.connection, person).await?;
        }
        join(self.connection, from, to, self.delivery.received_at).await?;
        let to = to.person;
        self.joined.insert(from, to);
        for person in self.by_keys.values_mut().filter(|person| **person == from) {
            *person = to;
        }
        Ok(())
    }
}
