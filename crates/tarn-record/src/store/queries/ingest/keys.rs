//! The keys by which people are linked, the lock of a person, and the joining of two.

use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel_async::RunQueryDsl;
use tarn_model::{NhsNumber, PersonId, Precision, Timestamp};

pub(super) use super::super::merge::lock;
use super::super::{merge, resources};
use super::Connection;
use crate::RecordError;
use crate::store::rows::person_of as read_person;
use crate::store::schema::{demographics, person_key};

/// A date of birth, as exactly as it was given.
pub(super) type Birth = (Timestamp, Precision);

/// Somebody as their sources know them: the person, and, if that one is several who were merged,
/// which of them. What one of them says of who they are is not held against what another says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Who {
    pub(super) person: PersonId,
    pub(super) origin: PersonId,
}

impl Who {
    /// A person as such.
    pub(super) const fn of(person: PersonId) -> Self {
        Self {
            person,
            origin: person,
        }
    }

    /// What a row keeps of it.
    fn kept(self) -> Option<Vec<u8>> {
        (self.origin != self.person).then(|| self.origin.as_bytes().to_vec())
    }
}

/// What a key is bound to.
pub(super) struct Bound {
    pub(super) person: PersonId,
    /// As whom, if the person is several who were merged.
    pub(super) origin: PersonId,
    /// The date of birth that came with it.
    pub(super) birth: Option<Birth>,
}

pub(super) async fn holder(
    connection: &mut Connection,
    system: &str,
    value: &str,
) -> Result<Option<Bound>, RecordError> {
    type Found = (Vec<u8>, Option<Vec<u8>>, Option<i64>, Option<i16>);
    let found: Option<Found> = person_key::table
        .find((system, value))
        .select((
            person_key::person_id,
            person_key::origin,
            person_key::birth_at,
            person_key::birth_precision,
        ))
        .first(connection)
        .await
        .optional()?;
    let bound = |(key, origin, at, precision): Found| {
        let person = read_person("person_key", &key)?;
        let origin = origin.map(|origin| read_person("person_key", &origin));
        Ok(Bound {
            person,
            origin: origin.transpose()?.unwrap_or(person),
            birth: birth(at, precision),
        })
    };
    found.map(bound).transpose()
}

impl Bound {
    pub(super) const fn who(&self) -> Who {
        Who {
            person: self.person,
            origin: self.origin,
        }
    }
}

pub(super) fn birth(at: Option<i64>, precision: Option<i16>) -> Option<Birth> {
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
    who: Who,
    birth: Option<Birth>,
) -> QueryResult<()> {
    diesel::insert_into(person_key::table)
        .values((
            person_key::system.eq(system),
            person_key::value.eq(value),
            person_key::person_id.eq(who.person.as_bytes().to_vec()),
            person_key::origin.eq(who.kept()),
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

/// Whether somebody is linked by an NHS number.
pub(super) async fn number_of(connection: &mut Connection, who: Who) -> QueryResult<bool> {
    let origins: Vec<Option<Vec<u8>>> = person_key::table
        .filter(person_key::person_id.eq(who.person.as_bytes().to_vec()))
        .filter(person_key::system.eq(NhsNumber::SYSTEM))
        .select(person_key::origin)
        .load(connection)
        .await?;
    Ok(origins.contains(&who.kept()))
}

/// The dates of birth that are held of somebody, but for the one with this key.
pub(super) async fn births(
    connection: &mut Connection,
    who: Who,
    but: Option<(&str, &str)>,
) -> QueryResult<Vec<Birth>> {
    type Found = (String, String, Option<Vec<u8>>, Option<i64>, Option<i16>);
    let rows: Vec<Found> = person_key::table
        .filter(person_key::person_id.eq(who.person.as_bytes().to_vec()))
        .filter(person_key::birth_at.is_not_null())
        .order((person_key::system, person_key::value))
        .select((
            person_key::system,
            person_key::value,
            person_key::origin,
            person_key::birth_at,
            person_key::birth_precision,
        ))
        .load(connection)
        .await?;
    Ok(rows
        .into_iter()
        .filter(|(system, value, ..)| but != Some((system.as_str(), value.as_str())))
        .filter(|(.., origin, _, _)| *origin == who.kept())
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

/// Joins one person, whom only references have named, to the one who it turned out to be. From
/// then on what it was known by is that one's.
pub(super) async fn join(
    connection: &mut Connection,
    from: PersonId,
    to: Who,
    at: Timestamp,
) -> Result<(), RecordError> {
    diesel::update(person_key::table)
        .filter(person_key::person_id.eq(from.as_bytes().to_vec()))
        .set(person_key::origin.eq(to.kept()))
        .execute(connection)
        .await?;
    merge::move_everything(connection, from, to.person).await?;
    merge::note(connection, from, to.origin, at, &merge::Word::Arrived).await?;
    Ok(())
}
