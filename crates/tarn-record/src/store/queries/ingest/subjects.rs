//! Whom a delivery is about, before anything of it is written.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use tarn_model::{NhsNumber, PersonId};

use super::super::{VALUES_AT_ONCE, search};
use super::Connection;
use super::interface::{check_ids, translate};
use super::link::{SourceKey, holder_known_to};
use super::names::Names;
use super::searches::search_all;
use crate::store::matching::source_system;
use crate::store::rows::{ResourceRow, person_of};
use crate::store::schema::{person_key, resource};
use crate::{
    Delivery, EntryAction, EntryOutcome, IngestError, PersonKeys, Plan, RecordError, Subject,
    Subjects,
};

/// A system and a value by which people are linked.
type PersonKey = (String, String);

pub(in crate::store) async fn subjects(
    connection: &mut Connection,
    delivery: &Delivery<'_>,
    mut plan: Plan<'_>,
    seen: Option<&[(String, String)]>,
) -> Result<Subjects, IngestError> {
    translate(connection, delivery, delivery.received_at, &mut plan).await?;
    let names = Names::read(connection, delivery.source, &plan, seen).await?;
    check_ids(&plan, &names)?;
    let (resources, mut keys) = leads(delivery, &plan, &names)?;
    for (number, at) in numbers_alone(&plan) {
        let key = (NhsNumber::SYSTEM.to_owned(), number.as_str().to_owned());
        if !keys.contains_key(&key)
            && holder_known_to(connection, delivery.source, number)
                .await?
                .is_some()
        {
            keys.insert(key, at);
        }
    }
    let named: Vec<(String, String)> = resources.keys().cloned().collect();
    let owners = search::people_of(connection, &named).await?;
    let mut about: BTreeMap<PersonId, usize> = BTreeMap::new();
    let mut note = |person: PersonId, at: usize| {
        if person != PersonId::DIRECTORY {
            let first = about.entry(person).or_insert(at);
            *first = at.min(*first);
        }
    };
    for (owner, at) in owners.into_iter().zip(resources.into_values()) {
        if let Some(owner) = owner {
            note(owner, at);
        }
    }
    let mut held_keys = BTreeSet::new();
    for (key, person) in holders(connection, keys.keys()).await? {
        if let Some(at) = keys.get(&key) {
            note(person, *at);
        }
        held_keys.insert(key);
    }
    for (at, entry) in plan.entries.iter().enumerate() {
        if let Subject::Held(person) = entry.subject {
            note(person, at);
        }
    }
    let mut about: Vec<(PersonId, usize)> = about.into_iter().collect();
    about.sort_by_key(|(_, at)| *at);
    let path = |at: usize| plan.entries.get(at).map(|entry| entry.path.clone());
    Ok(Subjects {
        held: about
            .into_iter()
            .map(|(person, at)| (person, path(at).unwrap_or_default()))
            .collect(),
        newcomers: newcomers(delivery, &plan, &held_keys),
    })
}

/// What the conditions of a plan find, and its references by condition.
pub(in crate::store) async fn matches(
    connection: &mut Connection,
    delivery: &Delivery<'_>,
    plan: Plan<'_>,
) -> Result<Vec<(String, String)>, IngestError> {
    let found = search_all(connection, delivery.source, &plan).await?;
    let each = found.into_iter().flat_map(|((resource_type, _), ids)| {
        let named = move |id| (resource_type.clone(), id);
        ids.into_iter().map(named)
    });
    Ok(each.collect::<BTreeSet<_>>().into_iter().collect())
}

/// How many people the plan makes, by the keys that are held of those it names. Where that changes
/// before it is taken, it is not taken and asked for anew.
fn newcomers(delivery: &Delivery<'_>, plan: &Plan<'_>, held: &BTreeSet<PersonKey>) -> usize {
    let number_key = |number: NhsNumber| (NhsNumber::SYSTEM.to_owned(), number.as_str().to_owned());
    let people = || {
        plan.entries
            .iter()
            .filter_map(|entry| match &entry.subject {
                Subject::Person(keys) => Some(keys),
                _ => None,
            })
    };
    // What is said by number alone follows a Patient of the same delivery.
    let brought: BTreeSet<NhsNumber> = people()
        .filter(|keys| keys.is_patient && keys.birth_date.is_some())
        .filter_map(|keys| keys.nhs_number)
        .collect();
    let new = people().filter_map(|keys| {
        let (own, is_held) = match (&keys.source_ref, keys.nhs_number) {
            (Some(name), number) => (
                SourceKey::of_patient(delivery.source, name),
                number.is_some_and(|number| keys.is_patient && held.contains(&number_key(number))),
            ),
            (None, Some(number)) => (
                SourceKey::of_number(delivery.source, number),
                brought.contains(&number) || held.contains(&number_key(number)),
            ),
            (None, None) => return None,
        };
        let own = own.into_pair();
        (!is_held && !held.contains(&own)).then_some(own)
    });
    new.collect::<BTreeSet<PersonKey>>().len()
}

/// What leads to the people of a plan: resources, and keys of people; each with the first entry
/// that leads there.
#[expect(clippy::type_complexity, reason = "two maps of one function's own")]
fn leads(
    delivery: &Delivery<'_>,
    plan: &Plan<'_>,
    names: &Names,
) -> Result<
    (
        BTreeMap<(String, String), usize>,
        BTreeMap<PersonKey, usize>,
    ),
    IngestError,
> {
    let mut resources = BTreeMap::new();
    let mut keys = BTreeMap::new();
    let system = source_system(delivery.source);
    for (at, entry) in plan.entries.iter().enumerate() {
        if let Some(id) = names.id_of(entry)? {
            let own = (entry.resource_type.clone(), id.to_owned());
            resources.entry(own).or_insert(at);
        }
        let waiting = format!("{}/{}", entry.resource_type, entry.source_ref);
        keys.entry((system.clone(), waiting)).or_insert(at);
        match &entry.subject {
            Subject::Person(person) => {
                if let Some(number) = person.nhs_number {
                    let waiting = SourceKey::of_number(delivery.source, number);
                    keys.entry(waiting.into_pair()).or_insert(at);
                }
                if let (Some(number), true) = (person.nhs_number, person.is_patient) {
                    let key = (NhsNumber::SYSTEM.to_owned(), number.as_str().to_owned());
                    keys.entry(key).or_insert(at);
                }
                if let Some(name) = &person.source_ref {
                    let own = SourceKey::of_patient(delivery.source, name);
                    keys.entry(own.into_pair()).or_insert(at);
                }
            }
            Subject::Conditional {
                resource_type,
                query,
            } => {
                let id = names.one(&entry.path, resource_type, query)?;
                let id = id.ok_or_else(|| IngestError::Unresolved {
                    path: entry.path.clone(),
                })?;
                let found = (resource_type.clone(), id.to_owned());
                resources.entry(found).or_insert(at);
            }
            Subject::Directory | Subject::Held(_) | Subject::SameAs { .. } => {}
        }
    }
    Ok((resources, keys))
}

/// The numbers that references give alone, with the first entry that does: whether they lead to
/// anybody depends on what else is held of the source.
fn numbers_alone(plan: &Plan<'_>) -> BTreeMap<NhsNumber, usize> {
    let mut numbers = BTreeMap::new();
    for (at, entry) in plan.entries.iter().enumerate() {
        if let Subject::Person(PersonKeys {
            nhs_number: Some(number),
            source_ref: None,
            ..
        }) = &entry.subject
        {
            numbers.entry(*number).or_insert(at);
        }
    }
    numbers
}

/// Who is linked by each of these keys.
async fn holders(
    connection: &mut Connection,
    keys: impl Iterator<Item = &PersonKey>,
) -> Result<Vec<(PersonKey, PersonId)>, RecordError> {
    let mut by_system: HashMap<&str, Vec<&str>> = HashMap::new();
    for (system, value) in keys {
        by_system.entry(system).or_default().push(value);
    }
    let mut found = Vec::new();
    for (system, values) in by_system {
        for values in values.chunks(VALUES_AT_ONCE) {
            let rows: Vec<(String, Vec<u8>)> = person_key::table
                .filter(person_key::system.eq(system))
                .filter(person_key::value.eq_any(values))
                .select((person_key::value, person_key::person_id))
                .load(connection)
                .await?;
            for (value, key) in rows {
                let person = person_of("person_key", &key)?;
                found.push(((system.to_owned(), value), person));
            }
        }
    }
    Ok(found)
}

/// Whether something was decided on each of these people.
pub(super) fn all_decided(mut about: impl Iterator<Item = PersonId>, decided: &[PersonId]) -> bool {
    let decided: BTreeSet<&PersonId> = decided.iter().collect();
    about.all(|person| person == PersonId::DIRECTORY || decided.contains(&person))
}

/// What the entries of a message that came before stand for now.
pub(super) async fn as_held(
    connection: &mut Connection,
    plan: &Plan<'_>,
    names: &Names,
) -> Result<Vec<EntryOutcome>, IngestError> {
    let mut named: Vec<(usize, (String, String))> = Vec::new();
    for entry in &plan.entries {
        if let Some(id) = names.id_of(entry)? {
            named.push((entry.index, (entry.resource_type.clone(), id.to_owned())));
        }
    }
    let keys: Vec<(String, String)> = named.iter().map(|(_, key)| key.clone()).collect();
    let owners = search::people_of(connection, &keys).await?;
    let mut outcomes = Vec::new();
    for ((index, (resource_type, id)), owner) in named.into_iter().zip(owners) {
        let Some(owner) = owner else { continue };
        let row: Option<ResourceRow> = resource::table
            .find((owner.as_bytes().to_vec(), &resource_type, &id))
            .select(ResourceRow::as_select())
            .first(connection)
            .await
            .optional()?;
        if let Some(row) = row {
            outcomes.push(EntryOutcome {
                index,
                action: EntryAction::Unchanged,
                resource: row.read()?,
            });
        }
    }
    outcomes.sort_by_key(|one| one.index);
    Ok(outcomes)
}
