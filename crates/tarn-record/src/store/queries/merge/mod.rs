//! Making two people one, and two again.
//!
//! Rows stand under the person who is left, so that reading a record stays one range. What a
//! source calls its Patients keeps, as the key's origin, the person as whom it was filed; that is
//! enough to send everything back, what came since as well: each resource names whom it is about.

mod homes;
mod part;

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use tarn_model::{PersonId, Timestamp};

use super::{Connection, VALUES_AT_ONCE, pieces, view};
use crate::store::rows::{FiledRow, person_of as read_person};
use crate::store::schema::{
    demographics, filed, person, person_identifier, person_key, person_merge, relationship,
    resource, resource_history, resource_key, search_row, view_row,
};
use crate::{Merge, MergeCause, MergeError, RecordError};
pub(super) use part::unmerge_within;

/// On whose word, as it is kept.
pub(in crate::store) enum Word<'w> {
    Arrived,
    Operator,
    /// The key of the Patient that says so, and that of the other.
    Link {
        by: &'w str,
        of: &'w str,
    },
}

impl Word<'_> {
    const fn cause(&self) -> MergeCause {
        match self {
            Self::Arrived => MergeCause::Arrived,
            Self::Operator => MergeCause::Operator,
            Self::Link { .. } => MergeCause::Link,
        }
    }
}

/// Resources by type.
type ByType = BTreeMap<String, Vec<String>>;

pub(in crate::store) async fn merge(
    connection: &mut Connection,
    gone: PersonId,
    stays: PersonId,
    at: Timestamp,
) -> Result<(), MergeError> {
    until_not_overtaken!(
        write_transaction!(connection, async |connection| {
            merge_within(connection, gone, stays, at, &Word::Operator).await
        })
        .await
    )
}

pub(in crate::store) async fn unmerge(
    connection: &mut Connection,
    gone: PersonId,
    at: Timestamp,
) -> Result<PersonId, MergeError> {
    until_not_overtaken!(
        write_transaction!(connection, async |connection| {
            unmerge_within(connection, gone, at, true).await
        })
        .await
    )
}

/// Every merge that holds now but those that the record made itself, oldest first.
pub(in crate::store) async fn standing(
    connection: &mut Connection,
) -> Result<Vec<Merge>, RecordError> {
    type Found = (Vec<u8>, Vec<u8>, i64, String, Option<i64>);
    let rows: Vec<Found> = person_merge::table
        .filter(person_merge::undone_at.is_null())
        .filter(person_merge::cause.ne(MergeCause::Arrived.word()))
        .order((person_merge::at, person_merge::gone))
        .select((
            person_merge::gone,
            person_merge::stays,
            person_merge::at,
            person_merge::cause,
            person_merge::undone_at,
        ))
        .load(connection)
        .await?;
    rows.into_iter()
        .map(|(gone, stays, at, cause, undone_at)| {
            Ok(Merge {
                gone: read_person("person_merge", &gone)?,
                stays: read_person("person_merge", &stays)?,
                at: Timestamp::from_micros(at),
                cause: cause_of(&cause)?,
                undone_at: undone_at.map(Timestamp::from_micros),
            })
        })
        .collect()
}

fn cause_of(word: &str) -> Result<MergeCause, RecordError> {
    [MergeCause::Arrived, MergeCause::Operator, MergeCause::Link]
        .into_iter()
        .find(|cause| cause.word() == word)
        .ok_or(RecordError::damaged("person_merge", "unknown cause"))
}

/// Whether others were merged into this person, or some of them would be if it were two again.
pub(super) async fn is_merged(
    connection: &mut Connection,
    of: PersonId,
) -> Result<bool, RecordError> {
    let merges: i64 = person_merge::table
        .filter(person_merge::stays.eq(of.as_bytes().to_vec()))
        .filter(person_merge::undone_at.is_null())
        .filter(person_merge::cause.ne(MergeCause::Arrived.word()))
        .count()
        .get_result(connection)
        .await?;
    Ok(merges > 0)
}

/// Merges within a transaction that is open.
pub(super) async fn merge_within(
    connection: &mut Connection,
    gone: PersonId,
    stays: PersonId,
    at: Timestamp,
    word: &Word<'_>,
) -> Result<(), MergeError> {
    const GOES: &str = "is to go";
    const STAYS: &str = "is to stay";
    if gone == stays {
        return Err(MergeError::Same);
    }
    let goes_to = survivor(connection, gone, GOES).await?;
    let stays_to = survivor(connection, stays, STAYS).await?;
    if goes_to == Some(stays)
        || stays_to == Some(gone)
        || (goes_to.is_some() && goes_to == stays_to)
    {
        return Err(MergeError::Same);
    }
    for (which, merged_into) in [(GOES, goes_to), (STAYS, stays_to)] {
        if merged_into.is_some() {
            return Err(MergeError::Gone { which });
        }
    }
    for one in BTreeSet::from([gone, stays]) {
        lock(connection, one).await?;
    }
    let old = gone.as_bytes().to_vec();
    diesel::update(person_key::table)
        .filter(person_key::person_id.eq(&old))
        .filter(person_key::origin.is_null())
        .set(person_key::origin.eq(Some(&old)))
        .execute(connection)
        .await?;
    remember(connection, gone).await?;
    move_everything(connection, gone, stays).await?;
    note(connection, gone, stays, at, word).await?;
    Ok(())
}

/// Keeps under whom the resources of somebody stand.
async fn remember(connection: &mut Connection, of: PersonId) -> Result<(), RecordError> {
    let held: Vec<(String, String)> = resource::table
        .filter(resource::person_id.eq(of.as_bytes().to_vec()))
        .order((resource::resource_type, resource::resource_id))
        .select((resource::resource_type, resource::resource_id))
        .load(connection)
        .await?;
    let rows: Vec<FiledRow> = (held.into_iter())
        .map(|(resource_type, resource_id)| FiledRow {
            resource_type,
            resource_id,
            origin: of.as_bytes().to_vec(),
        })
        .collect();
    for rows in pieces(rows) {
        insert_rows!(connection, rows => FiledRow in filed, skipping).await?;
    }
    Ok(())
}

/// Whom this person was merged into.
async fn survivor(
    connection: &mut Connection,
    of: PersonId,
    which: &'static str,
) -> Result<Option<PersonId>, MergeError> {
    let absent = MergeError::Absent { which };
    if of == PersonId::DIRECTORY {
        return Err(absent);
    }
    let found: Option<Option<Vec<u8>>> = person::table
        .find(of.as_bytes().to_vec())
        .select(person::merged_into)
        .first(connection)
        .await
        .optional()?;
    let into = found.ok_or(absent)?;
    let into = into.map(|into| read_person("person", &into));
    Ok(into.transpose()?)
}

/// Takes the writer's lock of a person. One who was joined to another meanwhile makes whoever asks
/// start again.
pub(super) async fn lock(connection: &mut Connection, of: PersonId) -> Result<(), RecordError> {
    let locked = diesel::update(person::table.find(of.as_bytes().to_vec()))
        .filter(person::merged_into.is_null())
        .set(person::revision.eq(person::revision + 1))
        .execute(connection)
        .await?;
    if locked == 1 {
        Ok(())
    } else {
        Err(RecordError::overtaken())
    }
}

/// Writes down who went into whom.
pub(super) async fn note(
    connection: &mut Connection,
    gone: PersonId,
    stays: PersonId,
    at: Timestamp,
    word: &Word<'_>,
) -> Result<(), RecordError> {
    let last: Option<i32> = person_merge::table
        .filter(person_merge::gone.eq(gone.as_bytes().to_vec()))
        .select(diesel::dsl::max(person_merge::turn))
        .first(connection)
        .await?;
    let (by, of) = match word {
        Word::Link { by, of } => (Some(*by), Some(*of)),
        Word::Arrived | Word::Operator => (None, None),
    };
    diesel::insert_into(person_merge::table)
        .values((
            person_merge::gone.eq(gone.as_bytes().to_vec()),
            person_merge::turn.eq(last.unwrap_or(0) + 1),
            person_merge::stays.eq(stays.as_bytes().to_vec()),
            person_merge::at.eq(at.as_micros()),
            person_merge::cause.eq(word.cause().word()),
            person_merge::said_by.eq(by),
            person_merge::said_of.eq(of),
            person_merge::undone_by_operator.eq(false),
        ))
        .execute(connection)
        .await?;
    Ok(())
}

/// Moves every row of one person to another, who is left of the two.
pub(super) async fn move_everything(
    connection: &mut Connection,
    from: PersonId,
    to: PersonId,
) -> Result<(), RecordError> {
    let (old, new) = (from.as_bytes().to_vec(), to.as_bytes().to_vec());
    let held: Vec<(String, String)> = resource::table
        .filter(resource::person_id.eq(&old))
        .order((resource::resource_type, resource::resource_id))
        .select((resource::resource_type, resource::resource_id))
        .load(connection)
        .await?;
    let mut names = ByType::new();
    for (resource_type, id) in held {
        names.entry(resource_type).or_default().push(id);
    }
    move_keys(connection, &names, to).await?;
    macro_rules! moved {
        ($($table:ident)*) => {$(
            diesel::update($table::table)
                .filter($table::person_id.eq(&old))
                .set($table::person_id.eq(&new))
                .execute(connection)
                .await?;
        )*};
    }
    moved!(resource resource_history view_row search_row);
    moved!(demographics relationship person_identifier person_key);
    // Those who were joined to it before are named by the one that is left, too.
    diesel::update(person::table)
        .filter(
            person::person_id
                .eq(&old)
                .nullable()
                .or(person::merged_into.eq(Some(&old))),
        )
        .set(person::merged_into.eq(Some(&new)))
        .execute(connection)
        .await?;
    view::set_restricted(connection, to).await?;
    Ok(())
}

async fn move_keys(
    connection: &mut Connection,
    names: &ByType,
    to: PersonId,
) -> Result<(), RecordError> {
    for (resource_type, ids) in names {
        for ids in ids.chunks(VALUES_AT_ONCE) {
            diesel::update(resource_key::table)
                .filter(resource_key::resource_type.eq(resource_type))
                .filter(resource_key::resource_id.eq_any(ids))
                .set(resource_key::person_id.eq(Some(to.as_bytes().to_vec())))
                .execute(connection)
                .await?;
        }
    }
    Ok(())
}
