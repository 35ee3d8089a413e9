//! What the interface of resources reads: search rows, bodies by name, pages, and whose they are.

use std::collections::{BTreeSet, HashMap};

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use tarn_model::{NhsNumber, PersonId};

use super::resources::within;
use super::{Connection, VALUES_AT_ONCE};
use crate::store::rows::{FoundRow, ResourceRow, person_of};
use crate::store::schema::{
    OfPatient, person_identifier, person_key, resource, resource_key, search_row,
};
use crate::{RecordError, SearchRow, Selection, StoredResource};

pub(in crate::store) async fn rows(
    connection: &mut Connection,
    person: PersonId,
    types: &[&str],
    selection: &Selection,
) -> Result<Vec<SearchRow>, RecordError> {
    if selection.is_empty() {
        return Ok(Vec::new());
    }
    let mut query =
        within!(search_row, selection).filter(search_row::person_id.eq(person.as_bytes().to_vec()));
    if !types.is_empty() {
        query = query.filter(search_row::resource_type.eq_any(types));
    }
    let rows: Vec<FoundRow> = query
        .order((search_row::resource_type, search_row::resource_id))
        .select(FoundRow::as_select())
        .load(connection)
        .await?;
    rows.into_iter().map(FoundRow::read).collect()
}

pub(in crate::store) async fn rows_named(
    connection: &mut Connection,
    person: PersonId,
    names: &[(String, String)],
    selection: &Selection,
) -> Result<Vec<SearchRow>, RecordError> {
    let mut found = Vec::new();
    if selection.is_empty() {
        return Ok(found);
    }
    let wanted: BTreeSet<(&str, &str)> = borrowed(names).collect();
    for (types, ids) in columns(&wanted) {
        let rows: Vec<FoundRow> = within!(search_row, selection)
            .filter(search_row::person_id.eq(person.as_bytes().to_vec()))
            .filter(search_row::resource_type.eq_any(types))
            .filter(search_row::resource_id.eq_any(ids))
            .select(FoundRow::as_select())
            .load(connection)
            .await?;
        for row in rows {
            found.push(row.read()?);
        }
    }
    found.retain(|one| wanted.contains(&(one.resource_type.as_str(), one.row.id.as_str())));
    found.sort_by(|one, other| {
        (&one.resource_type, &one.row.id).cmp(&(&other.resource_type, &other.row.id))
    });
    found.dedup_by(|one, other| {
        (&one.resource_type, &one.row.id) == (&other.resource_type, &other.row.id)
    });
    Ok(found)
}

pub(in crate::store) async fn bodies(
    connection: &mut Connection,
    person: PersonId,
    names: &[(String, String)],
    selection: &Selection,
) -> Result<Vec<StoredResource>, RecordError> {
    if selection.is_empty() {
        return Ok(Vec::new());
    }
    let mut found: HashMap<(String, String), ResourceRow> = HashMap::new();
    for (types, ids) in columns(&borrowed(names).collect()) {
        let rows: Vec<ResourceRow> = within!(resource, selection)
            .filter(resource::person_id.eq(person.as_bytes().to_vec()))
            .filter(resource::resource_type.eq_any(types))
            .filter(resource::resource_id.eq_any(ids))
            .filter(resource::deleted.eq(false))
            .select(ResourceRow::as_select())
            .load(connection)
            .await?;
        found.extend(
            rows.into_iter()
                .map(|row| ((row.resource_type.clone(), row.resource_id.clone()), row)),
        );
    }
    names
        .iter()
        .filter_map(|name| found.remove(name))
        .map(ResourceRow::read)
        .collect()
}

pub(in crate::store) async fn page(
    connection: &mut Connection,
    person: PersonId,
    types: &[&str],
    after: Option<(&str, &str)>,
    limit: usize,
    selection: &Selection,
) -> Result<Vec<StoredResource>, RecordError> {
    if selection.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = within!(resource, selection)
        .filter(resource::person_id.eq(person.as_bytes().to_vec()))
        .filter(resource::deleted.eq(false));
    if !types.is_empty() {
        query = query.filter(resource::resource_type.eq_any(types));
    }
    if let Some((resource_type, resource_id)) = after {
        // The first half lets the index begin where the page does.
        query = query
            .filter(resource::resource_type.ge(resource_type))
            .filter(
                resource::resource_type
                    .gt(resource_type)
                    .or(resource::resource_id.gt(resource_id)),
            );
    }
    let rows: Vec<ResourceRow> = query
        .order((resource::resource_type, resource::resource_id))
        .limit(i64::try_from(limit).unwrap_or(i64::MAX))
        .select(ResourceRow::as_select())
        .load(connection)
        .await?;
    rows.into_iter().map(ResourceRow::read).collect()
}

pub(in crate::store) async fn people_by_identifier(
    connection: &mut Connection,
    system: Option<&str>,
    value: &str,
    limit: usize,
) -> Result<Vec<PersonId>, RecordError> {
    let mut given = person_identifier::table
        .filter(OfPatient)
        .filter(person_identifier::value.eq(value))
        .into_boxed();
    // By an NHS number is found whom it is linked with, not whoever says so of themselves.
    given = given.filter(person_identifier::system.ne(NhsNumber::SYSTEM));
    if let Some(system) = system {
        given = given.filter(person_identifier::system.eq(system));
    }
    let given: Vec<Vec<u8>> = given
        .select(person_identifier::person_id)
        .distinct()
        .order(person_identifier::person_id)
        .limit(i64::try_from(limit).unwrap_or(i64::MAX))
        .load(connection)
        .await?;
    let mut people: BTreeSet<PersonId> = BTreeSet::new();
    for key in given {
        people.insert(person_of("person_identifier", &key)?);
    }
    if system.is_none_or(|system| system == NhsNumber::SYSTEM) {
        let linked: Option<Vec<u8>> = person_key::table
            .find((NhsNumber::SYSTEM, value))
            .select(person_key::person_id)
            .first(connection)
            .await
            .optional()?;
        if let Some(key) = linked {
            people.insert(person_of("person_key", &key)?);
        }
    }
    Ok(people.into_iter().take(limit).collect())
}

pub(in crate::store) async fn people_of(
    connection: &mut Connection,
    names: &[(String, String)],
) -> Result<Vec<Option<PersonId>>, RecordError> {
    let mut found: HashMap<(String, String), PersonId> = HashMap::new();
    for (types, ids) in columns(&borrowed(names).collect()) {
        let rows: Vec<(String, String, Option<Vec<u8>>)> = resource_key::table
            .filter(resource_key::resource_type.eq_any(types))
            .filter(resource_key::resource_id.eq_any(ids))
            .select((
                resource_key::resource_type,
                resource_key::resource_id,
                resource_key::person_id,
            ))
            .load(connection)
            .await?;
        for (resource_type, id, key) in rows {
            if let Some(key) = key {
                found.insert((resource_type, id), person_of("resource_key", &key)?);
            }
        }
    }
    Ok(names.iter().map(|name| found.get(name).copied()).collect())
}

fn borrowed(names: &[(String, String)]) -> impl Iterator<Item = (&str, &str)> {
    names.iter().map(|(kind, id)| (kind.as_str(), id.as_str()))
}

/// Names as columns of types and ids, in pieces that one query takes. It may find more than was
/// named: one id under two types.
fn columns<'n>(names: &BTreeSet<(&'n str, &'n str)>) -> Vec<(Vec<&'n str>, Vec<&'n str>)> {
    let all: Vec<(&str, &str)> = names.iter().copied().collect();
    all.chunks(VALUES_AT_ONCE)
        .map(|piece| {
            let types: BTreeSet<&str> = piece.iter().map(|(kind, _)| *kind).collect();
            let ids: BTreeSet<&str> = piece.iter().map(|(_, id)| *id).collect();
            (types.into_iter().collect(), ids.into_iter().collect())
        })
        .collect()
}
