//! What a source's Patients say of each other (`Patient.link`): that two of its own are one person.
//!
//! A source is believed about its own Patients only, and only as far as nobody else is touched by
//! its mistakes: two NHS numbers stay two people, and so do people whom other sources know too, if
//! their dates of birth do not agree. A link that its Patient no longer has is taken back.
//!
//! Source: FHIR R4 Patient, `link.type`: replaced-by, replaces and seealso are all of one person.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::Value;
use tarn_model::NhsNumber;

use super::super::VALUES_AT_ONCE;
use super::super::merge::{Word, merge_within, unmerge_within};
use super::Connection;
use super::keys::{Birth, Bound, holder};
use super::names::Names;
use crate::store::matching::{births_agree, source_system};
use crate::store::rows::person_of as read_person;
use crate::store::schema::{patient_link, person_key, person_merge, resource_key};
use crate::{Delivery, IngestError, MergeError, Plan, PlannedEntry, RecordError};

/// A link: the keys of the two Patients, and whether the one that says so goes.
type Link = ((String, String), bool);

/// What the Patients of a delivery say of others of the same source.
pub(super) struct Said {
    /// The key of each Patient, with the others that it names by Tarn's id.
    patients: BTreeMap<String, Vec<(String, bool)>>,
}

impl Said {
    pub(super) fn read(delivery: &Delivery<'_>, plan: &Plan<'_>, names: &Names) -> Self {
        let mut patients: BTreeMap<String, Vec<(String, bool)>> = BTreeMap::new();
        for entry in &plan.entries {
            if entry.resource_type == "Patient" && !entry.action.takes_away() {
                let key = key(delivery, &entry.source_ref);
                patients.insert(key, links(entry, plan, names));
            }
        }
        Self { patients }
    }

    /// Makes the people what their source says that they are, now that the delivery is written.
    pub(super) async fn follow(
        self,
        connection: &mut Connection,
        delivery: &Delivery<'_>,
    ) -> Result<(), IngestError> {
        if self.patients.is_empty() {
            return Ok(());
        }
        let own: Vec<&String> = self.patients.keys().collect();
        let mut held = about(connection, &own).await?;
        let wanted = self.wanted(connection, delivery).await?;
        let said_by_these = |link: &(String, String)| self.patients.contains_key(&link.0);
        let over: Vec<(String, String)> = (held.iter())
            .filter(|(link, goes)| said_by_these(link) && wanted.get(*link) != Some(goes))
            .map(|(link, _)| link.clone())
            .collect();
        for link in over {
            part(connection, delivery, &link).await?;
            held.remove(&link);
        }
        for (link, sayer_goes) in wanted {
            if held.insert(link.clone(), sayer_goes).is_none() {
                diesel::insert_into(patient_link::table)
                    .values((
                        patient_link::said_by.eq(&link.0),
                        patient_link::said_of.eq(&link.1),
                        patient_link::sayer_goes.eq(sayer_goes),
                    ))
                    .execute(connection)
                    .await?;
            }
        }
        for link in held {
            join(connection, delivery, &link).await?;
        }
        Ok(())
    }

    /// The links that the delivery holds, of Patients of the same source.
    async fn wanted(
        &self,
        connection: &mut Connection,
        delivery: &Delivery<'_>,
    ) -> Result<BTreeMap<(String, String), bool>, RecordError> {
        let ids: BTreeSet<&String> = (self.patients.values().flatten())
            .map(|(id, _)| id)
            .collect();
        let ids: Vec<&String> = ids.into_iter().collect();
        let mut refs: BTreeMap<String, String> = BTreeMap::new();
        for ids in ids.chunks(VALUES_AT_ONCE) {
            let rows: Vec<(String, String)> = resource_key::table
                .filter(resource_key::resource_type.eq("Patient"))
                .filter(resource_key::resource_id.eq_any(ids.iter().copied()))
                .filter(resource_key::source.eq(delivery.source.as_str()))
                .select((resource_key::resource_id, resource_key::source_ref))
                .load(connection)
                .await?;
            refs.extend(rows);
        }
        let mut wanted = BTreeMap::new();
        for (by, others) in &self.patients {
            for (id, sayer_goes) in others {
                let Some(name) = refs.get(id) else { continue };
                let of = key(delivery, name);
                if *by != of {
                    wanted.insert((by.clone(), of), *sayer_goes);
                }
            }
        }
        Ok(wanted)
    }
}

/// The key of a source's Patient, as one text.
fn key(delivery: &Delivery<'_>, source_ref: &str) -> String {
    format!("{} Patient/{source_ref}", source_system(delivery.source))
}

/// The Patients that a Patient names as being the same person, by Tarn's ids, and whether it is
/// itself the one that goes.
fn links(entry: &PlannedEntry<'_>, plan: &Plan<'_>, names: &Names) -> Vec<(String, bool)> {
    let all = entry.value.get("link").and_then(Value::as_array);
    let mut found = Vec::new();
    for link in all.into_iter().flatten() {
        let sayer_goes = match link.get("type").and_then(Value::as_str) {
            Some("replaced-by" | "seealso") => true,
            Some("replaces") => false,
            _ => continue,
        };
        let Some(reference) = link.pointer("/other/reference").and_then(Value::as_str) else {
            continue;
        };
        let by_address = plan.entries.iter().find(|other| {
            other.resource_type == "Patient" && other.full_url.as_deref() == Some(reference)
        });
        let name = match by_address {
            Some(other) => Some(other.source_ref.as_str()),
            None => reference.strip_prefix("Patient/"),
        };
        if let Some(id) = name.and_then(|name| names.local("Patient", name)) {
            found.push((id.to_owned(), sayer_goes));
        }
    }
    found
}

/// The links that any of these Patients says or is named in.
async fn about(
    connection: &mut Connection,
    keys: &[&String],
) -> Result<BTreeMap<(String, String), bool>, RecordError> {
    let mut held = BTreeMap::new();
    for keys in keys.chunks(VALUES_AT_ONCE) {
        let rows: Vec<(String, String, bool)> = patient_link::table
            .filter(
                patient_link::said_by
                    .eq_any(keys.iter().copied())
                    .or(patient_link::said_of.eq_any(keys.iter().copied())),
            )
            .load(connection)
            .await?;
        held.extend(rows.into_iter().map(|(by, of, goes)| ((by, of), goes)));
    }
    Ok(held)
}

/// Takes back what a Patient no longer says.
async fn part(
    connection: &mut Connection,
    delivery: &Delivery<'_>,
    (by, of): &(String, String),
) -> Result<(), IngestError> {
    diesel::delete(patient_link::table.find((by, of)))
        .execute(connection)
        .await?;
    let gone: Option<Vec<u8>> = person_merge::table
        .filter(person_merge::said_by.eq(by))
        .filter(person_merge::said_of.eq(of))
        .filter(person_merge::undone_at.is_null())
        .select(person_merge::gone)
        .first(connection)
        .await
        .optional()?;
    if let Some(gone) = gone {
        let gone = read_person("person_merge", &gone)?;
        let parted = unmerge_within(connection, gone, delivery.received_at, false).await;
        parted.map_err(store)?;
    }
    Ok(())
}

/// Merges the two of a link, if both have arrived and nothing speaks against it.
async fn join(
    connection: &mut Connection,
    delivery: &Delivery<'_>,
    ((by, of), sayer_goes): &Link,
) -> Result<(), IngestError> {
    let (Some(sayer), Some(other)) = (find(connection, by).await?, find(connection, of).await?)
    else {
        return Ok(());
    };
    if sayer.person == other.person || !may_be_one(connection, delivery, &sayer, &other).await? {
        return Ok(());
    }
    // What an operator took back stays so.
    let refused: i64 = person_merge::table
        .filter(person_merge::said_by.eq(by))
        .filter(person_merge::said_of.eq(of))
        .filter(person_merge::undone_by_operator.eq(true))
        .count()
        .get_result(connection)
        .await?;
    if refused > 0 {
        return Ok(());
    }
    let (gone, stays) = match sayer_goes {
        true => (sayer.person, other.person),
        false => (other.person, sayer.person),
    };
    let word = Word::Link { by, of };
    let merged = merge_within(connection, gone, stays, delivery.received_at, &word).await;
    merged.map_err(store)?;
    Ok(())
}

async fn find(connection: &mut Connection, key: &str) -> Result<Option<Bound>, RecordError> {
    match key.split_once(' ') {
        Some((system, value)) => holder(connection, system, value).await,
        None => Ok(None),
    }
}

/// Whether a source's word alone may make these two one.
async fn may_be_one(
    connection: &mut Connection,
    delivery: &Delivery<'_>,
    sayer: &Bound,
    other: &Bound,
) -> Result<bool, RecordError> {
    let one = known(connection, delivery, sayer).await?;
    let two = known(connection, delivery, other).await?;
    let numbered = !one.numbers.is_empty() && !two.numbers.is_empty();
    let two_numbers = numbered && one.numbers != two.numbers;
    // The source may correct itself; what another one says is not its to correct.
    let fit = |(one, own): &(Birth, bool), (two, theirs): &(Birth, bool)| {
        (*own && *theirs) || births_agree(*one, *two)
    };
    let contradicted =
        !(one.births.iter()).all(|birth| two.births.iter().all(|other| fit(birth, other)));
    Ok(!two_numbers && !contradicted)
}

/// What is known of a person by their keys.
#[derive(Default)]
struct Known {
    numbers: BTreeSet<String>,
    /// Dates of birth, and whether the source of the delivery says so.
    births: Vec<(Birth, bool)>,
}

async fn known(
    connection: &mut Connection,
    delivery: &Delivery<'_>,
    of: &Bound,
) -> Result<Known, RecordError> {
    let own = source_system(delivery.source);
    let rows: Vec<(String, String, Option<i64>, Option<i16>)> = person_key::table
        .filter(person_key::person_id.eq(of.person.as_bytes().to_vec()))
        .order((person_key::system, person_key::value))
        .select((
            person_key::system,
            person_key::value,
            person_key::birth_at,
            person_key::birth_precision,
        ))
        .load(connection)
        .await?;
    let mut known = Known::default();
    for (system, value, at, precision) in rows {
        if system == NhsNumber::SYSTEM {
            known.numbers.insert(value);
        } else if let Some(birth) = super::keys::birth(at, precision) {
            known.births.push((birth, system == own));
        }
    }
    Ok(known)
}

/// A source's word that can't be followed leaves things as they are; only the store's failures stop
/// a delivery.
fn store(error: MergeError) -> IngestError {
    match error {
        MergeError::Store(error) => error.into(),
        _ => RecordError::overtaken().into(),
    }
}
