//! Versions: one by its number, those of a whole type, and whether a resource was taken back.

use std::collections::{BTreeSet, HashMap};

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use tarn_model::{PersonId, Timestamp};

use super::Connection;
use super::resources::within;
use crate::store::rows::{HistoryRow, ResourceRow};
use crate::store::schema::{resource, resource_history};
use crate::{RecordError, Selection, StoredResource};

/// When a version was stored, whose it is and its number: the order of a history, read backwards.
type Place = (i64, String, i64);

pub(in crate::store) async fn latest(
    connection: &mut Connection,
    person: PersonId,
    resource_type: &str,
    resource_id: &str,
    selection: &Selection,
) -> Result<Option<StoredResource>, RecordError> {
    if selection.is_empty() {
        return Ok(None);
    }
    within!(resource, selection)
        .filter(resource::person_id.eq(person.as_bytes().to_vec()))
        .filter(resource::resource_type.eq(resource_type))
        .filter(resource::resource_id.eq(resource_id))
        .select(ResourceRow::as_select())
        .first(connection)
        .await
        .optional()?
        .map(ResourceRow::read)
        .transpose()
}

pub(in crate::store) async fn taken_back(
    connection: &mut Connection,
    person: PersonId,
    selection: &Selection,
) -> Result<Vec<StoredResource>, RecordError> {
    if selection.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<ResourceRow> = within!(resource, selection)
        .filter(resource::person_id.eq(person.as_bytes().to_vec()))
        .filter(resource::deleted.eq(true))
        .order((resource::resource_type, resource::resource_id))
        .select(ResourceRow::as_select())
        .load(connection)
        .await?;
    rows.into_iter().map(ResourceRow::read).collect()
}

pub(in crate::store) async fn version(
    connection: &mut Connection,
    person: PersonId,
    resource_type: &str,
    resource_id: &str,
    version: i64,
    selection: &Selection,
) -> Result<Option<StoredResource>, RecordError> {
    let anytime = selection.anytime();
    let current = latest(connection, person, resource_type, resource_id, &anytime).await?;
    let Some(current) = current else {
        return Ok(None);
    };
    if current.version == version {
        let since = selection.since;
        return Ok(Some(current).filter(|one| since.is_none_or(|since| one.received_at >= since)));
    }
    let row: Option<HistoryRow> = within!(resource_history, selection)
        .filter(resource_history::person_id.eq(person.as_bytes().to_vec()))
        .filter(resource_history::resource_type.eq(resource_type))
        .filter(resource_history::resource_id.eq(resource_id))
        .filter(resource_history::version.eq(version))
        .select(HistoryRow::as_select())
        .first(connection)
        .await
        .optional()?;
    row.map(|row| ResourceRow::from(row).read()).transpose()
}

pub(in crate::store) async fn of_type(
    connection: &mut Connection,
    person: PersonId,
    resource_type: &str,
    before: Option<(Timestamp, &str, i64)>,
    limit: usize,
    selection: &Selection,
) -> Result<Vec<StoredResource>, RecordError> {
    if selection.is_empty() {
        return Ok(Vec::new());
    }
    let mut places = places(connection, person, resource_type, selection).await?;
    if let Some((at, id, version)) = before {
        let before = (at.as_micros(), id.to_owned(), version);
        places.retain(|place| *place < before);
    }
    places.sort_unstable_by(|one, other| other.cmp(one));
    places.truncate(limit);
    let mut rows = read(connection, person, resource_type, &places).await?;
    places
        .into_iter()
        .filter_map(|(_, id, version)| rows.remove(&(id, version)))
        .map(ResourceRow::read)
        .collect()
}

/// The places of all versions that may be read: one of a resource whose current version may not
/// be is not among them.
async fn places(
    connection: &mut Connection,
    person: PersonId,
    resource_type: &str,
    selection: &Selection,
) -> Result<Vec<Place>, RecordError> {
    let anytime = &selection.anytime();
    let current: Vec<Place> = within!(resource, anytime)
        .filter(resource::person_id.eq(person.as_bytes().to_vec()))
        .filter(resource::resource_type.eq(resource_type))
        .select((
            resource::received_at,
            resource::resource_id,
            resource::version,
        ))
        .load(connection)
        .await?;
    let older: Vec<Place> = within!(resource_history, selection)
        .filter(resource_history::person_id.eq(person.as_bytes().to_vec()))
        .filter(resource_history::resource_type.eq(resource_type))
        .select((
            resource_history::received_at,
            resource_history::resource_id,
            resource_history::version,
        ))
        .load(connection)
        .await?;
    let readable: BTreeSet<String> = current.iter().map(|(_, id, _)| id.clone()).collect();
    let since = selection.since.map_or(i64::MIN, |since| since.as_micros());
    let older = older.into_iter().filter(|(_, id, _)| readable.contains(id));
    let current = current.into_iter().filter(|(at, ..)| *at >= since);
    Ok(current.chain(older).collect())
}

/// The rows of these versions, wherever each of them is by now.
async fn read(
    connection: &mut Connection,
    person: PersonId,
    resource_type: &str,
    places: &[Place],
) -> Result<HashMap<(String, i64), ResourceRow>, RecordError> {
    let ids: BTreeSet<&str> = places.iter().map(|(_, id, _)| id.as_str()).collect();
    let versions: BTreeSet<i64> = places.iter().map(|(.., version)| *version).collect();
    let current: Vec<ResourceRow> = resource::table
        .filter(resource::person_id.eq(person.as_bytes().to_vec()))
        .filter(resource::resource_type.eq(resource_type))
        .filter(resource::resource_id.eq_any(ids.iter().copied()))
        .select(ResourceRow::as_select())
        .load(connection)
        .await?;
    let older: Vec<HistoryRow> = resource_history::table
        .filter(resource_history::person_id.eq(person.as_bytes().to_vec()))
        .filter(resource_history::resource_type.eq(resource_type))
        .filter(resource_history::resource_id.eq_any(ids.iter().copied()))
        .filter(resource_history::version.eq_any(versions.iter().copied()))
        .select(HistoryRow::as_select())
        .load(connection)
        .await?;
    Ok(current
        .into_iter()
        .chain(older.into_iter().map(ResourceRow::from))
        .map(|row| ((row.resource_id.clone(), row.version), row))
        .collect())
}
