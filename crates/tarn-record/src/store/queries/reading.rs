//! By which reading of FHIR the rows beside the resources were written, and the walk that brings
//! them up to date.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use tarn_model::PersonId;

use super::{Connection, people};
use crate::RecordError;
use crate::store::rows::person_of;
use crate::store::schema::reading;

/// The reading of this build. Raise the number whenever what is written beside a resource changes:
/// its lines, or what decides on it. The values of a search bring their own.
const FORM: i32 = (2 << 8) + tarn_search::Values::VERSION as i32;

/// The one row.
const ROW: i32 = 1;

/// Whose rows are to be made anew next; the directory's first. At the end of the walk the store
/// is noted as being of this reading.
pub(in crate::store) async fn next(
    connection: &mut Connection,
) -> Result<Option<PersonId>, RecordError> {
    let (form, walked_to): (i32, Option<Vec<u8>>) = reading::table
        .find(ROW)
        .select((reading::form, reading::walked_to))
        .first(connection)
        .await?;
    if form == FORM {
        return Ok(None);
    }
    let Some(walked_to) = walked_to else {
        return Ok(Some(PersonId::DIRECTORY));
    };
    let after = person_of("reading", &walked_to)?;
    let next = people::page(connection, Some(after), 1).await?.pop();
    if next.is_none() {
        let none: Option<Vec<u8>> = None;
        diesel::update(reading::table.find(ROW))
            .set((reading::form.eq(FORM), reading::walked_to.eq(none)))
            .execute(connection)
            .await?;
    }
    Ok(next)
}

/// Notes that somebody's rows are of this reading.
pub(in crate::store) async fn walked(
    connection: &mut Connection,
    person: PersonId,
) -> Result<(), RecordError> {
    diesel::update(reading::table.find(ROW))
        .filter(reading::form.ne(FORM))
        .set(reading::walked_to.eq(Some(person.as_bytes().to_vec())))
        .execute(connection)
        .await?;
    Ok(())
}
