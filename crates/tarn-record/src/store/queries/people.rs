use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use tarn_model::{NhsNumber, OdsCode, PersonId, Precision, Timestamp, fold_name};

use super::Connection;
use crate::store::rows::{DemographicsRow, RelationshipRow, ods, person_of};
use crate::store::schema::{
    demographics as demographics_table, person, person_identifier, person_key, relationship,
    resource,
};
use crate::{Demographics, PersonQuery, RecordError, Relationship};

/// How often a person may turn out to be another one while that is read.
const LONGEST_CHAIN: usize = 8;

pub(in crate::store) async fn find(
    connection: &mut Connection,
    query: &PersonQuery,
    limit: usize,
) -> Result<Vec<PersonId>, RecordError> {
    match query {
        PersonQuery::NhsNumber(number) => {
            let found: Option<Vec<u8>> = person_key::table
                .find((NhsNumber::SYSTEM, number.as_str()))
                .select(person_key::person_id)
                .first(connection)
                .await
                .optional()?;
            found
                .into_iter()
                .take(limit)
                .map(|key| person_of("person_key", &key))
                .collect()
        }
        PersonQuery::NameAndBirth {
            family,
            given,
            birth_date,
        } => {
            let given = given.as_deref().map(fold_name).unwrap_or_default();
            let found: Vec<(Vec<u8>, String)> = demographics_table::table
                .filter(demographics_table::family_folded.eq(fold_name(family)))
                .filter(demographics_table::birth_at.eq(birth_date.as_micros()))
                .order((
                    demographics_table::person_id,
                    demographics_table::source,
                    demographics_table::resource_id,
                ))
                .select((
                    demographics_table::person_id,
                    demographics_table::given_folded,
                ))
                .load(connection)
                .await?;
            let mut keys: Vec<Vec<u8>> = found
                .into_iter()
                .filter(|(_, names)| names.split(' ').any(|name| name.starts_with(&given)))
                .map(|(key, _)| key)
                .collect();
            keys.dedup();
            keys.into_iter()
                .take(limit)
                .map(|key| person_of("demographics", &key))
                .collect()
        }
    }
}

pub(in crate::store) async fn born_on(
    connection: &mut Connection,
    birth_date: Timestamp,
    limit: usize,
) -> Result<Vec<PersonId>, RecordError> {
    let keys: Vec<Vec<u8>> = demographics_table::table
        .filter(demographics_table::birth_at.eq(birth_date.as_micros()))
        .filter(demographics_table::birth_precision.eq(Precision::Day.code()))
        .select(demographics_table::person_id)
        .distinct()
        .order(demographics_table::person_id)
        .limit(i64::try_from(limit).unwrap_or(i64::MAX))
        .load(connection)
        .await?;
    keys.iter()
        .map(|key| person_of("demographics", key))
        .collect()
}

pub(in crate::store) async fn demographics(
    connection: &mut Connection,
    person: PersonId,
) -> Result<Vec<Demographics>, RecordError> {
    // The labels stand with the resource. A row whose resource is gone describes nobody.
    let of_its_resource = resource::person_id
        .eq(demographics_table::person_id)
        .and(resource::resource_type.eq("Patient"))
        .and(resource::resource_id.eq(demographics_table::resource_id));
    let rows: Vec<(DemographicsRow, i32)> = demographics_table::table
        .inner_join(resource::table.on(of_its_resource))
        .filter(demographics_table::person_id.eq(person.as_bytes().to_vec()))
        .order((
            demographics_table::received_at.desc(),
            demographics_table::source,
            demographics_table::resource_id,
        ))
        .select((DemographicsRow::as_select(), resource::labels))
        .load(connection)
        .await?;
    let assigned = match rows.iter().all(|(row, _)| row.nhs_number.is_none()) {
        true if !rows.is_empty() => assigned_number(connection, person).await?,
        _ => None,
    };
    rows.into_iter()
        .map(|(row, labels)| {
            let mut found = row.read(labels)?;
            found.nhs_number = found.nhs_number.or(assigned);
            Ok(found)
        })
        .collect()
}

pub(in crate::store) async fn same_person(
    connection: &mut Connection,
    of: PersonId,
) -> Result<Vec<PersonId>, RecordError> {
    let mut asked = of;
    // Nobody is joined to somebody who was joined before, so this goes round twice at most, but
    // for a joining between the two reads.
    for _ in 0..LONGEST_CHAIN {
        let key = asked.as_bytes().to_vec();
        let rows: Vec<(Vec<u8>, Option<Vec<u8>>)> = person::table
            .filter(
                person::person_id
                    .eq(&key)
                    .nullable()
                    .or(person::merged_into.eq(Some(&key))),
            )
            .order(person::person_id)
            .select((person::person_id, person::merged_into))
            .load(connection)
            .await?;
        let mut same = Vec::with_capacity(rows.len());
        let mut left = None;
        for (id, merged_into) in rows {
            let id = person_of("person", &id)?;
            match merged_into {
                None => same.insert(0, id),
                Some(into) if id == asked => left = Some(person_of("person", &into)?),
                Some(_) => same.push(id),
            }
        }
        match left {
            Some(next) => asked = next,
            None => return Ok(same),
        }
    }
    Err(RecordError::damaged("person", "it is joined to itself"))
}

pub(in crate::store) async fn restricted(
    connection: &mut Connection,
    person: PersonId,
) -> Result<Option<bool>, RecordError> {
    let found = person::table
        .find(person.as_bytes().to_vec())
        .select(person::restricted)
        .first(connection)
        .await
        .optional()?;
    Ok(found)
}

pub(in crate::store) async fn relationships(
    connection: &mut Connection,
    person: PersonId,
    organisation: &OdsCode,
) -> Result<Vec<Relationship>, RecordError> {
    let rows: Vec<RelationshipRow> = relationship::table
        .filter(relationship::person_id.eq(person.as_bytes().to_vec()))
        .filter(relationship::organisation.eq(organisation.as_str()))
        .order((
            relationship::resource_type,
            relationship::resource_id,
            relationship::position,
        ))
        .select(RelationshipRow::as_select())
        .load(connection)
        .await?;
    rows.into_iter().map(RelationshipRow::read).collect()
}

pub(in crate::store) async fn people_of(
    connection: &mut Connection,
    organisation: &OdsCode,
    limit: usize,
) -> Result<Vec<PersonId>, RecordError> {
    let keys: Vec<Vec<u8>> = relationship::table
        .filter(relationship::organisation.eq(organisation.as_str()))
        .select(relationship::person_id)
        .distinct()
        .order(relationship::person_id)
        .limit(i64::try_from(limit).unwrap_or(i64::MAX))
        .load(connection)
        .await?;
    keys.iter()
        .map(|key| person_of("relationship", key))
        .collect()
}

pub(in crate::store) async fn page(
    connection: &mut Connection,
    after: Option<PersonId>,
    limit: usize,
) -> Result<Vec<PersonId>, RecordError> {
    let after = after.unwrap_or(PersonId::DIRECTORY);
    let keys: Vec<Vec<u8>> = person::table
        .filter(person::person_id.gt(after.as_bytes().to_vec()))
        .filter(person::merged_into.is_null())
        .order(person::person_id)
        .limit(i64::try_from(limit).unwrap_or(i64::MAX))
        .select(person::person_id)
        .load(connection)
        .await?;
    keys.iter().map(|key| person_of("person", key)).collect()
}

pub(in crate::store) async fn identifiers(
    connection: &mut Connection,
    person: PersonId,
) -> Result<Vec<(String, String, OdsCode)>, RecordError> {
    let rows: Vec<(String, String, String)> = person_identifier::table
        .filter(person_identifier::person_id.eq(person.as_bytes().to_vec()))
        .filter(person_identifier::resource_type.eq("Patient"))
        .select((
            person_identifier::system,
            person_identifier::value,
            person_identifier::source,
        ))
        .distinct()
        .order((
            person_identifier::system,
            person_identifier::value,
            person_identifier::source,
        ))
        .load(connection)
        .await?;
    rows.into_iter()
        .map(|(system, value, source)| Ok((system, value, ods("person_identifier", &source)?)))
        .collect()
}

pub(in crate::store) async fn assign_test_nhs_number(
    connection: &mut Connection,
    person: PersonId,
    number: NhsNumber,
) -> Result<bool, RecordError> {
    if !number.is_synthetic() {
        return Ok(false);
    }
    write_transaction!(connection, async |connection| {
        // The person's own row is the lock: two callers cannot both find it without a number.
        let key = person.as_bytes().to_vec();
        let held = diesel::update(person::table.find(key.clone()))
            .filter(person::merged_into.is_null())
            .set(person::revision.eq(person::revision + 1))
            .execute(connection)
            .await?;
        if held == 0 || assigned_number(connection, person).await?.is_some() {
            return Ok(false);
        }
        let taken = diesel::insert_into(person_key::table)
            .values((
                person_key::system.eq(NhsNumber::SYSTEM),
                person_key::value.eq(number.as_str()),
                person_key::person_id.eq(key),
            ))
            .on_conflict_do_nothing()
            .execute(connection)
            .await?;
        Ok(taken == 1)
    })
    .await
}

/// The NHS number by which the person is linked, whoever gave it.
async fn assigned_number(
    connection: &mut Connection,
    person: PersonId,
) -> Result<Option<NhsNumber>, RecordError> {
    let value: Option<String> = person_key::table
        .filter(person_key::person_id.eq(person.as_bytes().to_vec()))
        .filter(person_key::system.eq(NhsNumber::SYSTEM))
        .order(person_key::value)
        .select(person_key::value)
        .first(connection)
        .await
        .optional()?;
    Ok(value.and_then(|value| value.parse().ok()))
}
