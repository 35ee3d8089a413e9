//! What came by the interface of resources, put into its source's own words.
//!
//! A source's own system knows nothing of Tarn's ids; whoever uses the interface knows nothing
//! else. So an id in such a delivery is Tarn's, may be another source's where it is only referred
//! to, and a resource that is created always gets a new one. Once that is translated, the delivery
//! is taken like any other.

use std::collections::{BTreeSet, HashMap};

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use sha2::{Digest as _, Sha256};
use tarn_model::{NhsNumber, OdsCode, PersonId, Timestamp};

use super::super::{VALUES_AT_ONCE, outward};
use super::keys::{Who, holder, number_of};
use super::names::Names;
use super::{Connection, by_type};
use crate::store::matching::is_fhir_id;
use crate::store::outward::is_outward;
use crate::store::rows::{ResourceKeyRow, person_of};
use crate::store::schema::resource_key;
use crate::{Action, Delivery, IngestError, PersonKeys, Plan, Subject, Target};

/// A type and Tarn's id.
type Key = (String, String);

/// Translates a plan. `first_at` is when the message came first, so that the same one gives the
/// same ids each time.
pub(super) async fn translate(
    connection: &mut Connection,
    delivery: &Delivery<'_>,
    first_at: Timestamp,
    plan: &mut Plan<'_>,
) -> Result<(), IngestError> {
    name_by_own_ids(connection, plan).await?;
    let held = read_keys(connection, plan).await?;
    let patients = name_entries(delivery, first_at, plan, &held)?;
    for entry in &mut plan.entries {
        let path = &entry.path;
        name_references(entry.references.as_mut(), delivery.source, &held);
        let own_key = (
            entry.resource_type.clone(),
            entry.id.clone().unwrap_or_default(),
        );
        let subject = match &entry.subject {
            Subject::Person(keys) if entry.resource_type != "Patient" => {
                named_person(connection, path, keys, &patients, &held).await?
            }
            Subject::Person(keys) => Subject::Person(PersonKeys {
                source_ref: Some(entry.source_ref.clone()),
                ..keys.clone()
            }),
            Subject::SameAs { resource_type, id } => {
                let key = (resource_type.clone(), id.clone());
                Subject::Held(person(&held, &key)?.ok_or_else(|| unresolved(path))?)
            }
            Subject::Directory if entry.action.takes_away() => {
                let owner = person(&held, &own_key)?;
                owner.map_or(Subject::Directory, Subject::Held)
            }
            other => other.clone(),
        };
        entry.subject = subject;
    }
    Ok(())
}

/// Puts Tarn's own ids for those under which entries left (see `outward`).
async fn name_by_own_ids(
    connection: &mut Connection,
    plan: &mut Plan<'_>,
) -> Result<(), IngestError> {
    let mut named: Vec<Key> = Vec::new();
    visit_names(plan, &mut |kind, id| {
        if is_outward(id) {
            named.push((kind.to_owned(), id.clone()));
        }
    });
    if named.is_empty() {
        return Ok(());
    }
    let own = outward::own(connection, &named).await?;
    visit_names(plan, &mut |kind, id| {
        if let Some(own) = own.get(&(kind.to_owned(), id.clone())) {
            id.clone_from(own);
        }
    });
    Ok(())
}

/// Visits every id by which a plan names what may be held.
fn visit_names(plan: &mut Plan<'_>, visit: &mut impl FnMut(&str, &mut String)) {
    for entry in &mut plan.entries {
        if let (Some(id), false) = (&mut entry.id, matches!(entry.action, Action::Create { .. })) {
            visit(&entry.resource_type, id);
        }
        for reference in &mut entry.references {
            if let Target::Local { resource_type, id } = &mut reference.target {
                visit(resource_type, id);
            }
        }
        match &mut entry.subject {
            Subject::SameAs { resource_type, id } => visit(resource_type, id),
            Subject::Person(PersonKeys {
                source_ref: Some(id),
                is_patient: false,
                ..
            }) => visit("Patient", id),
            _ => {}
        }
    }
}

/// Makes sure that an update by a condition does not name another resource than it finds.
pub(super) fn check_ids(plan: &Plan<'_>, names: &Names) -> Result<(), IngestError> {
    for entry in &plan.entries {
        let Action::Update { query: Some(_), .. } = entry.action else {
            continue;
        };
        if let (Some(id), Some(matched)) = (&entry.id, names.matched(entry)?)
            && id != matched
        {
            return Err(unreadable(
                &entry.path,
                "the id is not that of the resource which the condition finds",
            ));
        }
    }
    Ok(())
}

/// The keys of everything that a plan names by Tarn's id.
async fn read_keys(
    connection: &mut Connection,
    plan: &Plan<'_>,
) -> Result<HashMap<Key, ResourceKeyRow>, IngestError> {
    let mut wanted: BTreeSet<(&str, &str)> = BTreeSet::new();
    for entry in &plan.entries {
        if let (Some(id), false) = (&entry.id, matches!(entry.action, Action::Create { .. })) {
            wanted.insert((&entry.resource_type, id));
        }
        for reference in &entry.references {
            if let Target::Local { resource_type, id } = &reference.target {
                wanted.insert((resource_type, id));
            }
        }
        match &entry.subject {
            Subject::SameAs { resource_type, id } => {
                wanted.insert((resource_type, id));
            }
            Subject::Person(PersonKeys {
                source_ref: Some(id),
                ..
            }) => {
                wanted.insert(("Patient", id));
            }
            _ => {}
        }
    }
    let mut held = HashMap::new();
    for (resource_type, ids) in by_type(wanted.into_iter()) {
        let ids: Vec<&str> = ids.into_iter().collect();
        for ids in ids.chunks(VALUES_AT_ONCE) {
            let rows: Vec<ResourceKeyRow> = resource_key::table
                .filter(resource_key::resource_type.eq(resource_type))
                .filter(resource_key::resource_id.eq_any(ids))
                .select(ResourceKeyRow::as_select())
                .load(connection)
                .await?;
            held.extend(
                rows.into_iter()
                    .map(|row| ((row.resource_type.clone(), row.resource_id.clone()), row)),
            );
        }
    }
    Ok(held)
}

/// Names every entry as its source does: what is new by a new id. What the Patients among them
/// were called, and are called now.
fn name_entries(
    delivery: &Delivery<'_>,
    first_at: Timestamp,
    plan: &mut Plan<'_>,
    held: &HashMap<Key, ResourceKeyRow>,
) -> Result<HashMap<String, String>, IngestError> {
    let mut patients = HashMap::new();
    for entry in &mut plan.entries {
        let name = match (&entry.action, &entry.id) {
            (Action::Create { .. }, _) | (_, None) => new_id(delivery, first_at, entry.index),
            (_, Some(id)) => match held.get(&(entry.resource_type.clone(), id.clone())) {
                Some(key) if key.source == delivery.source.as_str() => key.source_ref.clone(),
                Some(_) => {
                    return Err(IngestError::AnothersResource {
                        path: entry.path.clone(),
                    });
                }
                None if !is_fhir_id(id) => {
                    return Err(unreadable(
                        &entry.path,
                        "the id is not one that FHIR allows",
                    ));
                }
                None => id.clone(),
            },
        };
        let before = std::mem::replace(&mut entry.source_ref, name.clone());
        if entry.resource_type == "Patient" {
            patients.insert(before, name);
        }
    }
    Ok(patients)
}

/// The id of what one entry of a message creates: the same each time the message comes.
///
/// Source: RFC 9562 §5.7; what is random there is a hash here.
fn new_id(delivery: &Delivery<'_>, first_at: Timestamp, index: usize) -> String {
    let mut hash = Sha256::new();
    hash.update(delivery.source.as_str());
    hash.update([0]);
    hash.update(delivery.message_id);
    hash.update([0]);
    hash.update(index.to_be_bytes());
    let mut random = [0; 10];
    for (to, from) in random.iter_mut().zip(hash.finalize()) {
        *to = from;
    }
    let millis = u64::try_from(first_at.as_micros() / 1_000).unwrap_or_default();
    uuid::Builder::from_unix_timestamp_millis(millis, &random)
        .into_uuid()
        .to_string()
}

/// References to the source's own are named as it names them; those to another source's stay as
/// they are written.
fn name_references(
    references: &mut Vec<crate::PlannedReference>,
    source: &OdsCode,
    held: &HashMap<Key, ResourceKeyRow>,
) {
    references.retain_mut(|reference| {
        let Target::Local { resource_type, id } = &mut reference.target else {
            return true;
        };
        match held.get(&(resource_type.clone(), id.clone())) {
            Some(key) if key.source == source.as_str() => {
                id.clone_from(&key.source_ref);
                true
            }
            Some(_) => false,
            None => true,
        }
    });
}

/// Whom these keys of a reference mean: a Patient of this delivery, or somebody who is held.
async fn named_person(
    connection: &mut Connection,
    path: &str,
    keys: &PersonKeys,
    patients: &HashMap<String, String>,
    held: &HashMap<Key, ResourceKeyRow>,
) -> Result<Subject, IngestError> {
    let Some(name) = &keys.source_ref else {
        return Ok(Subject::Person(keys.clone()));
    };
    if let Some(now) = patients.get(name) {
        return Ok(Subject::Person(PersonKeys {
            source_ref: Some(now.clone()),
            ..keys.clone()
        }));
    }
    if name.contains('#') {
        return Ok(Subject::Person(keys.clone()));
    }
    let found = person(held, &("Patient".to_owned(), name.clone()))?;
    match (found, keys.nhs_number) {
        (Some(found), None) => Ok(Subject::Held(found)),
        (Some(found), Some(number)) => {
            let linked = holder(connection, NhsNumber::SYSTEM, number.as_str()).await?;
            let same = linked.is_some_and(|linked| linked.person == found);
            // Whether somebody else holds the number makes no difference: it would tell that
            // there is somebody.
            if !same && number_of(connection, Who::of(found)).await? {
                return Err(IngestError::Identity {
                    path: path.to_owned(),
                    problem: "the NHS number is not that of the patient",
                });
            }
            Ok(Subject::Held(found))
        }
        (None, Some(_)) => Ok(Subject::Person(PersonKeys {
            source_ref: None,
            ..keys.clone()
        })),
        (None, None) => Err(unresolved(path)),
    }
}

fn person(held: &HashMap<Key, ResourceKeyRow>, key: &Key) -> Result<Option<PersonId>, IngestError> {
    let bytes = held.get(key).and_then(|row| row.person_id.as_deref());
    Ok(bytes
        .map(|bytes| person_of("resource_key", bytes))
        .transpose()?)
}

fn unresolved(path: &str) -> IngestError {
    IngestError::Unresolved {
        path: path.to_owned(),
    }
}

fn unreadable(path: &str, problem: &str) -> IngestError {
    IngestError::Unreadable {
        path: path.to_owned(),
        problem: problem.to_owned(),
    }
}
