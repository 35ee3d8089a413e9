//! Taking a merge back.

use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use tarn_model::{PersonId, Timestamp};

use super::super::{Connection, VALUES_AT_ONCE, view};
use super::homes::Homes;
use super::{ByType, cause_of, lock, move_keys, survivor};
use crate::store::rows::person_of as read_person;
use crate::store::schema::{
    demographics, filed, person, person_identifier, person_key, person_merge, relationship,
    resource, resource_history, search_row, view_row,
};
use crate::{MergeCause, MergeError, RecordError};

/// Takes a merge back within a transaction that is open; whom it had been merged into.
pub(in super::super) async fn unmerge_within(
    connection: &mut Connection,
    gone: PersonId,
    at: Timestamp,
    by_operator: bool,
) -> Result<PersonId, MergeError> {
    keep_writers_out!(connection).await?;
    let old = gone.as_bytes().to_vec();
    let edge: Option<(i32, String)> = person_merge::table
        .filter(person_merge::gone.eq(&old))
        .filter(person_merge::undone_at.is_null())
        .order(person_merge::turn.desc())
        .select((person_merge::turn, person_merge::cause))
        .first(connection)
        .await
        .optional()?;
    let Some((turn, cause)) = edge else {
        survivor(connection, gone, "is to come back").await?;
        return Err(MergeError::NotMerged);
    };
    if cause_of(&cause)? == MergeCause::Arrived {
        return Err(MergeError::NotAnOperators);
    }
    let root = survivor(connection, gone, "is to come back").await?;
    let root = root.ok_or(RecordError::damaged("person", "a merge without a survivor"))?;
    lock(connection, root).await?;
    let back = all_within(connection, gone).await?;
    let homes = Homes::read(connection, root).await?;
    move_some(connection, root, gone, &homes.of(&back)).await?;
    for (system, value, origin) in homes.keys_of(&back) {
        let origin = (origin != gone).then(|| origin.as_bytes().to_vec());
        diesel::update(person_key::table.find((system, value)))
            .set((
                person_key::person_id.eq(&old),
                person_key::origin.eq(origin),
            ))
            .execute(connection)
            .await?;
    }
    let others: Vec<Vec<u8>> = (back.iter().filter(|one| **one != gone))
        .map(|one| one.as_bytes().to_vec())
        .collect();
    diesel::update(person::table.filter(person::person_id.eq_any(others)))
        .set(person::merged_into.eq(Some(&old)))
        .execute(connection)
        .await?;
    let nobody: Option<Vec<u8>> = None;
    diesel::update(person::table.find(&old))
        .set((
            person::merged_into.eq(nobody),
            person::revision.eq(person::revision + 1),
        ))
        .execute(connection)
        .await?;
    diesel::update(person_merge::table.find((&old, turn)))
        .set((
            person_merge::undone_at.eq(Some(at.as_micros())),
            person_merge::undone_by_operator.eq(by_operator),
        ))
        .execute(connection)
        .await?;
    for one in [gone, root] {
        view::set_restricted(connection, one).await?;
    }
    Ok(root)
}

/// The person and everybody who was merged into them, or into those, and still is.
async fn all_within(
    connection: &mut Connection,
    of: PersonId,
) -> Result<BTreeSet<PersonId>, RecordError> {
    let mut all = BTreeSet::from([of]);
    let mut next = vec![of.as_bytes().to_vec()];
    while !next.is_empty() {
        let found: Vec<Vec<u8>> = person_merge::table
            .filter(person_merge::stays.eq_any(&next))
            .filter(person_merge::undone_at.is_null())
            .select(person_merge::gone)
            .load(connection)
            .await?;
        next.clear();
        for gone in found {
            if all.insert(read_person("person_merge", &gone)?) {
                next.push(gone);
            }
        }
    }
    Ok(all)
}

/// Moves these resources of one person, with all rows beside them, to another.
async fn move_some(
    connection: &mut Connection,
    from: PersonId,
    to: PersonId,
    names: &ByType,
) -> Result<(), RecordError> {
    let (old, new) = (from.as_bytes().to_vec(), to.as_bytes().to_vec());
    move_keys(connection, names, to).await?;
    for (resource_type, ids) in names {
        for ids in ids.chunks(VALUES_AT_ONCE) {
            macro_rules! moved {
                ($($table:ident)*) => {$(
                    diesel::update($table::table)
                        .filter($table::person_id.eq(&old))
                        .filter($table::resource_type.eq(resource_type))
                        .filter($table::resource_id.eq_any(ids))
                        .set($table::person_id.eq(&new))
                        .execute(connection)
                        .await?;
                )*};
            }
            moved!(resource resource_history view_row search_row relationship person_identifier);
            if resource_type == "Patient" {
                diesel::update(demographics::table)
                    .filter(demographics::person_id.eq(&old))
                    .filter(demographics::resource_id.eq_any(ids))
                    .set(demographics::person_id.eq(&new))
                    .execute(connection)
                    .await?;
            }
            diesel::delete(filed::table)
                .filter(filed::resource_type.eq(resource_type))
                .filter(filed::resource_id.eq_any(ids))
                .filter(filed::origin.eq(&new))
                .execute(connection)
                .await?;
        }
    }
    Ok(())
}
