//! The keys by which people are linked, the lock of a person, and the joining of two.

use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel_async::RunQueryDsl;
use tarn_model::{NhsNumber, PersonId, Precision, Timestamp};

use super::super::{VALUES_AT_ONCE, resources, view};
use super::{Connection, by_type};
use crate::RecordError;
use crate::store::rows::person_of as read_person;
use crate::store::schema::{
    demographics, person, person_identifier, person_key, relationship, resource, resource_history,
    resource_key, search_row, view_row,
};

/// A date of birth, as exactly as it was given.
pub(super) type Birth = (Timestamp, Precision);

/// What a key is bound to.
pub(super) struct Bound {
    pub(super) person: PersonId,
    /// The date of birth that came with it.
    pub(super) birth: Option<Birth>,
}

pub(super) async fn holder(
    connection: &mut Connection,
    system: &str,
    value: &str,
) -> Result<Option<Bound>, RecordError> {
    let found: Option<(Vec<u8>, Option<i64>, Option<i16>)> = person_key::table
        .find((system, value))
        .select((
            person_key::person_id,
            person_key::birth_at,
            person_key::birth_precision,
        ))
        .first(connection)
        .await
        .optional()?;
    let bound = |(key, at, precision): (Vec<u8>, _, _)| {
        Ok(Bound {
            person: read_person("person_key", &key)?,
            birth: birth(at, precision),
        })
    };
    found.map(bound).transpose()
}

fn birth(at: Option<i64>, precision: Option<i16>) -> Option<Birth> {
    Some((
        Timestamp::from_micros(at?),
        precision.and_then(Precision::from_code)?,
    ))
}

pub(super) async fn owner(
    connection: &mut Connection,
    resource_type: &str,
    id: &str,
) -> Result<Option<PersonId>, RecordError> {
    resources::person_of(connection, resource_type, id).await
}

/// Binds a key to a person. Another writer who was first makes this fail and the delivery start
/// again, which then finds that writer's person.
pub(super) async fn claim(
    connection: &mut Connection,
    system: &str,
    value: &str,
    person: PersonId,
    birth: Option<Birth>,
) -> QueryResult<()> {
    diesel::insert_into(person_key::table)
        .values((
            person_key::system.eq(system),
            person_key::value.eq(value),
            person_key::person_id.eq(person.as_bytes().to_vec()),
            person_key::birth_at.eq(birth.map(|(at, _)| at.as_micros())),
            person_key::birth_precision.eq(birth.map(|(_, precision)| precision.code())),
        ))
        .execute(connection)
        .await?;
    Ok(())
}

/// Keeps another date of birth with a key.
pub(super) async fn set_birth(
    connection: &mut Connection,
    system: &str,
    value: &str,
    (at, precision): Birth,
) -> QueryResult<()> {
    diesel::update(person_key::table.find((system, value)))
        .set((
            person_key::birth_at.eq(Some(at.as_micros())),
            person_key::birth_precision.eq(Some(precision.code())),
        ))
        .execute(connection)
        .await?;
    Ok(())
}

/// Whether the person is linked by an NHS number.
pub(super) async fn number_of(connection: &mut Connection, person: PersonId) -> QueryResult<bool> {
    let numbers: i64 = person_key::table
        .filter(person_key::person_id.eq(person.as_bytes().to_vec()))
        .filter(person_key::system.eq(NhsNumber::SYSTEM))
        .count()
        .get_result(connection)
        .await?;
    Ok(numbers > 0)
}

/// The dates of birth that are held of a person, but for the one with this key.
pub(super) async fn births(
    connection: &mut Connection,
    person: PersonId,
    but: Option<(&str, &str)>,
) -> QueryResult<Vec<Birth>> {
    let rows: Vec<(String, String, Option<i64>, Option<i16>)> = person_key::table
        .filter(person_key::person_id.eq(person.as_bytes().to_vec()))
        .filter(person_key::birth_at.is_not_null())
        .order((person_key::system, person_key::value))
        .select((
            person_key::system,
            person_key::value,
            person_key::birth_at,
            person_key::birth_precision,
        ))
        .load(connection)
        .await?;
    Ok(rows
        .into_iter()
        .filter(|(system, value, ..)| but != Some((system.as_str(), value.as_str())))
        .filter_map(|(.., at, precision)| birth(at, precision))
        .collect())
}

/// Whether any source's Patient of this person is held.
pub(super) async fn has_patient(
    connection: &mut Connection,
    person: PersonId,
) -> QueryResult<bool> {
    let patients: i64 = demographics::table
        .filter(demographics::person_id.eq(person.as_bytes().to_vec()))
        .count()
        .get_result(connection)
        .await?;
    Ok(patients > 0)
}

/// Whether any source knows the person by a Patient of its own, be it one that has not arrived
/// or one of which only the number was said.
pub(super) async fn has_patient_key(
    connection: &mut Connection,
    person: PersonId,
) -> QueryResult<bool> {
    let keys: i64 = person_key::table
        .filter(person_key::person_id.eq(person.as_bytes().to_vec()))
        .filter(
            person_key::value
                .like("Patient/%")
                .or(person_key::value.like("Patient?%")),
        )
        .count()
        .get_result(connection)
        .await?;
    Ok(keys > 0)
}

/// Whether a source has a Patient of its own of this person, and a date of birth came with it.
pub(super) async fn is_patient_of(
    connection: &mut Connection,
    system: &str,
    person: PersonId,
) -> QueryResult<bool> {
    let keys: i64 = person_key::table
        .filter(person_key::person_id.eq(person.as_bytes().to_vec()))
        .filter(person_key::system.eq(system))
        .filter(person_key::value.like("Patient/%"))
        .filter(person_key::birth_at.is_not_null())
        .count()
        .get_result(connection)
        .await?;
    Ok(keys > 0)
}

/// Takes the writer's lock of a person. One that was joined to another meanwhile makes the
/// delivery start again.
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

/// Moves every row of one person to another, whom the first one turned out to be.
pub(super) async fn join(
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
    let keys = held.iter().map(|(kind, id)| (kind.as_str(), id.as_str()));
    for (resource_type, ids) in by_type(keys) {
        let ids: Vec<&str> = ids.into_iter().collect();
        for ids in ids.chunks(VALUES_AT_ONCE) {
            diesel::update(resource_key::table)
                .filter(resource_key::resource_type.eq(resource_type))
                .filter(resource_key::resource_id.eq_any(ids))
                .set(resource_key::person_id.eq(Some(&new)))
                .execute(connection)
                .await?;
        }
    }
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
