use std::collections::BTreeSet;

use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use tarn_model::{NhsNumber, PersonId, Precision, Timestamp};

use super::Connection;
use crate::store::matching::births_agree;
use crate::store::rows::person_of;
use crate::store::schema::{demographics, person, person_key, person_merge};
use crate::{KeptApart, MergeCause, RecordError};

/// Keys that are read at once.
const PAGE: i64 = 5_000;

pub(in crate::store) async fn kept_apart(
    connection: &mut Connection,
) -> Result<KeptApart, RecordError> {
    let merged: i64 = person_merge::table
        .filter(person_merge::undone_at.is_null())
        .filter(person_merge::cause.ne(MergeCause::Arrived.word()))
        .select(count_star())
        .first(connection)
        .await?;
    Ok(KeptApart {
        without_birth_date: unlinked(connection).await?,
        only_referred_to: referred_to(connection).await?,
        births_disagree: disagreeing(connection).await?,
        merged: merged.unsigned_abs(),
    })
}

/// Patients that say an NHS number which does not lead to their person.
async fn unlinked(connection: &mut Connection) -> Result<u64, RecordError> {
    let linked = person_key::table
        .filter(person_key::system.eq(NhsNumber::SYSTEM))
        .filter(person_key::person_id.eq(demographics::person_id))
        .filter(person_key::value.nullable().eq(demographics::nhs_number));
    let found: i64 = demographics::table
        .filter(demographics::nhs_number.is_not_null())
        .filter(diesel::dsl::not(diesel::dsl::exists(linked)))
        .select(count_star())
        .first(connection)
        .await?;
    Ok(found.unsigned_abs())
}

/// People of whom no source's Patient is held.
async fn referred_to(connection: &mut Connection) -> Result<u64, RecordError> {
    let said = demographics::table.filter(demographics::person_id.eq(person::person_id));
    let found: i64 = person::table
        .filter(person::merged_into.is_null())
        .filter(person::person_id.ne(PersonId::DIRECTORY.as_bytes().to_vec()))
        .filter(diesel::dsl::not(diesel::dsl::exists(said)))
        .select(count_star())
        .first(connection)
        .await?;
    Ok(found.unsigned_abs())
}

/// People whose sources do not agree on the date of birth.
async fn disagreeing(connection: &mut Connection) -> Result<u64, RecordError> {
    type Found = (Vec<u8>, String, String, Option<i64>, Option<i16>);
    let mut people: BTreeSet<PersonId> = BTreeSet::new();
    let mut one: Option<(PersonId, Vec<(Timestamp, Precision)>)> = None;
    let mut after = (Vec::new(), String::new(), String::new());
    loop {
        let rows: Vec<Found> = demographics::table
            .filter(
                demographics::person_id
                    .gt(&after.0)
                    .or(demographics::person_id.eq(&after.0).and(
                        demographics::source.gt(&after.1).or(demographics::source
                            .eq(&after.1)
                            .and(demographics::resource_id.gt(&after.2))),
                    )),
            )
            .order((
                demographics::person_id,
                demographics::source,
                demographics::resource_id,
            ))
            .limit(PAGE)
            .select((
                demographics::person_id,
                demographics::source,
                demographics::resource_id,
                demographics::birth_at,
                demographics::birth_precision,
            ))
            .load(connection)
            .await?;
        let Some(last) = rows.last() else {
            return Ok(people.len() as u64);
        };
        after = (last.0.clone(), last.1.clone(), last.2.clone());
        for (key, _, _, at, precision) in rows {
            let Some((at, precision)) = at.zip(precision.and_then(Precision::from_code)) else {
                continue;
            };
            let person = person_of("demographics", &key)?;
            let birth = (Timestamp::from_micros(at), precision);
            let births = match &mut one {
                Some((same, births)) if *same == person => births,
                other => &mut other.insert((person, Vec::new())).1,
            };
            if births.iter().any(|other| !births_agree(*other, birth)) {
                people.insert(person);
            }
            births.push(birth);
        }
    }
}
