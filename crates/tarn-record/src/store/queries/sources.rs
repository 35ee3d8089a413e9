use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use tarn_model::{OdsCode, Timestamp};

use super::Connection as Database;
use crate::store::rows::{SourceRow, connection_word};
use crate::store::schema::source;
use crate::{Connection, RecordError, Source};

pub(in crate::store) async fn all(database: &mut Database) -> Result<Vec<Source>, RecordError> {
    let rows: Vec<SourceRow> = source::table
        .order(source::organisation)
        .select(SourceRow::as_select())
        .load(database)
        .await?;
    rows.into_iter().map(SourceRow::read).collect()
}

pub(in crate::store) async fn save(
    database: &mut Database,
    entry: &Source,
) -> Result<(), RecordError> {
    let row = SourceRow::new(entry);
    diesel::insert_into(source::table)
        .values(row.clone())
        .on_conflict(source::organisation)
        .do_update()
        .set(row)
        .execute(database)
        .await?;
    Ok(())
}

pub(in crate::store) async fn set_connection(
    database: &mut Database,
    organisation: &OdsCode,
    connection: Connection,
    at: Timestamp,
) -> Result<bool, RecordError> {
    let changed = diesel::update(source::table.find(organisation.as_str()))
        .set((
            source::connection.eq(connection_word(connection)),
            source::connection_at.eq(Some(at.as_micros())),
        ))
        .execute(database)
        .await?;
    Ok(changed == 1)
}

pub(in crate::store) async fn heard(
    database: &mut Database,
    organisation: &OdsCode,
    at: Timestamp,
    complete_to: Option<Timestamp>,
) -> Result<bool, RecordError> {
    let at = at.as_micros();
    let later_heard = source::last_heard_at
        .is_null()
        .or(source::last_heard_at.lt(at));
    diesel::update(
        source::table
            .find(organisation.as_str())
            .filter(later_heard),
    )
    .set(source::last_heard_at.eq(Some(at)))
    .execute(database)
    .await?;
    if let Some(complete_to) = complete_to {
        let complete_to = complete_to.as_micros();
        let later = source::complete_to
            .is_null()
            .or(source::complete_to.lt(complete_to));
        diesel::update(source::table.find(organisation.as_str()).filter(later))
            .set(source::complete_to.eq(Some(complete_to)))
            .execute(database)
            .await?;
    }
    let known: i64 = source::table
        .find(organisation.as_str())
        .count()
        .get_result(database)
        .await?;
    Ok(known == 1)
}
