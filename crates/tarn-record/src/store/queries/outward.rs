//! Ids under which entries leave whose own id could tell where somebody is.

use std::collections::{BTreeMap, HashMap};

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use tarn_model::PersonId;

use super::{Connection, VALUES_AT_ONCE};
use crate::RecordError;
use crate::store::schema::{outward_id, resource};

/// A type and Tarn's id.
type Name = (String, String);

/// The names of a person's entries of these types, with the ids that they have been given to
/// leave under.
pub(in crate::store) async fn of_person(
    connection: &mut Connection,
    person: PersonId,
    types: &[&str],
) -> Result<Vec<(Name, Option<String>)>, RecordError> {
    let held: Vec<Name> = resource::table
        .filter(resource::person_id.eq(person.as_bytes().to_vec()))
        .filter(resource::resource_type.eq_any(types))
        .order((resource::resource_type, resource::resource_id))
        .select((resource::resource_type, resource::resource_id))
        .load(connection)
        .await?;
    let mut by_type: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (resource_type, id) in &held {
        by_type.entry(resource_type).or_default().push(id);
    }
    let mut given: HashMap<Name, String> = HashMap::new();
    for (resource_type, ids) in by_type {
        for ids in ids.chunks(VALUES_AT_ONCE) {
            let rows: Vec<(String, String)> = outward_id::table
                .filter(outward_id::resource_type.eq(resource_type))
                .filter(outward_id::resource_id.eq_any(ids))
                .select((outward_id::resource_id, outward_id::outward))
                .load(connection)
                .await?;
            let named = |(id, outward)| ((resource_type.to_owned(), id), outward);
            given.extend(rows.into_iter().map(named));
        }
    }
    Ok(held
        .into_iter()
        .map(|name| {
            let outward = given.remove(&name);
            (name, outward)
        })
        .collect())
}

/// Gives ids to leave under; who was first with an entry has given it its id.
pub(in crate::store) async fn give(
    connection: &mut Connection,
    ids: Vec<(Name, String)>,
) -> Result<(), RecordError> {
    write_transaction!(connection, async |connection| {
        for ((resource_type, resource_id), outward) in &ids {
            diesel::insert_into(outward_id::table)
                .values((
                    outward_id::resource_type.eq(resource_type),
                    outward_id::resource_id.eq(resource_id),
                    outward_id::outward.eq(outward),
                ))
                .on_conflict_do_nothing()
                .execute(connection)
                .await?;
        }
        Ok::<(), RecordError>(())
    })
    .await
}

/// Tarn's own ids of those (type, id) that entries left under.
pub(in crate::store) async fn own(
    connection: &mut Connection,
    names: &[Name],
) -> Result<HashMap<Name, String>, RecordError> {
    let mut found = HashMap::new();
    for (resource_type, outward) in names {
        let own: Option<String> = outward_id::table
            .find((resource_type, outward))
            .select(outward_id::resource_id)
            .first(connection)
            .await
            .optional()?;
        found.extend(own.map(|own| ((resource_type.clone(), outward.clone()), own)));
    }
    Ok(found)
}
