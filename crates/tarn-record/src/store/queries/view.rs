//! The rows beside resources: written with them, taken away with them.

use std::collections::{BTreeSet, HashMap};

use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel_async::RunQueryDsl;
use serde_json::Value;
use tarn_model::PersonId;

use super::{Connection, VALUES_AT_ONCE, pieces};
use crate::RecordError;
use crate::store::derived::{DerivedRows, directory_references};
use crate::store::rows::{
    AnswersRow, DemographicsRow, IdentifierKeyRow, PersonIdentifierRow, RelationshipRow, ViewRow,
};
use crate::store::schema::{
    demographics, identifier_key, person, person_identifier, relationship, resource, search_row,
    view_row,
};

/// Takes away every row beside these resources of one person and one type.
pub(super) async fn clear(
    connection: &mut Connection,
    person: PersonId,
    resource_type: &str,
    ids: &[String],
) -> QueryResult<()> {
    let key = person.as_bytes().to_vec();
    for ids in ids.chunks(VALUES_AT_ONCE) {
        diesel::delete(search_row::table)
            .filter(search_row::person_id.eq(&key))
            .filter(search_row::resource_type.eq(resource_type))
            .filter(search_row::resource_id.eq_any(ids))
            .execute(connection)
            .await?;
        diesel::delete(view_row::table)
            .filter(view_row::person_id.eq(&key))
            .filter(view_row::resource_type.eq(resource_type))
            .filter(view_row::resource_id.eq_any(ids))
            .execute(connection)
            .await?;
        diesel::delete(relationship::table)
            .filter(relationship::person_id.eq(&key))
            .filter(relationship::resource_type.eq(resource_type))
            .filter(relationship::resource_id.eq_any(ids))
            .execute(connection)
            .await?;
        if resource_type == "Patient" {
            diesel::delete(demographics::table)
                .filter(demographics::person_id.eq(&key))
                .filter(demographics::resource_id.eq_any(ids))
                .execute(connection)
                .await?;
        }
        clear_identifiers(connection, &key, resource_type, ids).await?;
    }
    Ok(())
}

async fn clear_identifiers(
    connection: &mut Connection,
    key: &[u8],
    resource_type: &str,
    ids: &[String],
) -> QueryResult<()> {
    let old: Vec<(String, String)> = person_identifier::table
        .filter(person_identifier::person_id.eq(key))
        .filter(person_identifier::resource_type.eq(resource_type))
        .filter(person_identifier::resource_id.eq_any(ids))
        .select((person_identifier::source, person_identifier::value))
        .load(connection)
        .await?;
    if old.is_empty() {
        return Ok(());
    }
    let mut by_source: HashMap<String, Vec<String>> = HashMap::new();
    for (source, value) in old {
        by_source.entry(source).or_default().push(value);
    }
    for (source, values) in by_source {
        for values in values.chunks(VALUES_AT_ONCE) {
            diesel::delete(identifier_key::table)
                .filter(identifier_key::source.eq(&source))
                .filter(identifier_key::resource_type.eq(resource_type))
                .filter(identifier_key::value.eq_any(values))
                .filter(identifier_key::resource_id.eq_any(ids))
                .execute(connection)
                .await?;
        }
    }
    diesel::delete(person_identifier::table)
        .filter(person_identifier::person_id.eq(key))
        .filter(person_identifier::resource_type.eq(resource_type))
        .filter(person_identifier::resource_id.eq_any(ids))
        .execute(connection)
        .await?;
    Ok(())
}

/// Writes rows beside resources.
pub(super) async fn write(connection: &mut Connection, rows: DerivedRows) -> QueryResult<()> {
    for rows in pieces(rows.answers) {
        insert_rows!(connection, rows => AnswersRow in search_row).await?;
    }
    for rows in pieces(rows.lines) {
        insert_rows!(connection, rows => ViewRow in view_row).await?;
    }
    for rows in pieces(rows.demographics) {
        insert_rows!(connection, rows => DemographicsRow in demographics).await?;
    }
    for rows in pieces(rows.relationships) {
        insert_rows!(connection, rows => RelationshipRow in relationship).await?;
    }
    for rows in pieces(rows.identifiers) {
        insert_rows!(connection, rows => PersonIdentifierRow in person_identifier).await?;
    }
    for rows in pieces(rows.identifier_keys) {
        insert_rows!(connection, rows => IdentifierKeyRow in identifier_key).await?;
    }
    Ok(())
}

/// Sets whether any source marks where the person can be found as protected.
pub(super) async fn set_restricted(connection: &mut Connection, of: PersonId) -> QueryResult<()> {
    let key = of.as_bytes().to_vec();
    let marks: i64 = demographics::table
        .filter(demographics::person_id.eq(&key))
        .filter(demographics::restricted.eq(true))
        .count()
        .get_result(connection)
        .await?;
    diesel::update(person::table.find(key))
        .set(person::restricted.eq(marks > 0))
        .execute(connection)
        .await?;
    Ok(())
}

/// Reads the directory resources that `wanted` names, and those that they name in turn, into
/// `known`, by `Type/id`.
pub(super) async fn read_directory(
    connection: &mut Connection,
    wanted: BTreeSet<(String, String)>,
    known: &mut HashMap<String, Value>,
) -> Result<(), RecordError> {
    let mut wanted = wanted;
    // A role names a practitioner and an organisation; nothing that is shown lies deeper.
    for _ in 0..2 {
        let mut by_type: HashMap<String, Vec<String>> = HashMap::new();
        for (resource_type, id) in wanted {
            if !known.contains_key(&format!("{resource_type}/{id}")) {
                by_type.entry(resource_type).or_default().push(id);
            }
        }
        wanted = BTreeSet::new();
        for (resource_type, ids) in by_type {
            for ids in ids.chunks(VALUES_AT_ONCE) {
                for (id, body) in bodies(connection, &resource_type, ids).await? {
                    let value: Value = serde_json::from_str(&body)
                        .map_err(|_| RecordError::damaged("resource", "the body is not JSON"))?;
                    directory_references(&value, &mut wanted);
                    known.insert(format!("{resource_type}/{id}"), value);
                }
            }
        }
    }
    Ok(())
}

async fn bodies(
    connection: &mut Connection,
    resource_type: &str,
    ids: &[String],
) -> QueryResult<Vec<(String, String)>> {
    resource::table
        .filter(resource::person_id.eq(PersonId::DIRECTORY.as_bytes().to_vec()))
        .filter(resource::resource_type.eq(resource_type))
        .filter(resource::resource_id.eq_any(ids))
        .filter(resource::deleted.eq(false))
        .select((resource::resource_id, resource::body))
        .load(connection)
        .await
}
