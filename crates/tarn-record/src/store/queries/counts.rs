use std::collections::HashSet;

use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use tarn_model::{OdsCode, PersonId};

use super::{Connection, VALUES_AT_ONCE};
use crate::store::schema::{inbound, person, resource, resource_history, view_row};
use crate::{Counts, RecordError};

pub(in crate::store) async fn ping(connection: &mut Connection) -> Result<(), RecordError> {
    use diesel::IntoSql as _;
    use diesel::sql_types::Integer;

    diesel::select(1_i32.into_sql::<Integer>())
        .get_result::<i32>(connection)
        .await
        .map_err(RecordError::unreachable)?;
    Ok(())
}

/// Whether a message of each of these ids was taken from this source.
pub(in crate::store) async fn have_received(
    connection: &mut Connection,
    source: &OdsCode,
    message_ids: &[&str],
) -> Result<Vec<bool>, RecordError> {
    let mut received: HashSet<String> = HashSet::new();
    for ids in message_ids.chunks(VALUES_AT_ONCE) {
        let found: Vec<String> = inbound::table
            .filter(inbound::source.eq(source.as_str()))
            .filter(inbound::message_id.eq_any(ids))
            .select(inbound::message_id)
            .load(connection)
            .await?;
        received.extend(found);
    }
    Ok((message_ids.iter())
        .map(|id| received.contains(*id))
        .collect())
}

pub(in crate::store) async fn counts(connection: &mut Connection) -> Result<Counts, RecordError> {
    let directory = PersonId::DIRECTORY.as_bytes().to_vec();
    let people: i64 = person::table
        .filter(person::merged_into.is_null())
        .filter(person::person_id.ne(directory))
        .select(count_star())
        .first(connection)
        .await?;
    let older_versions: i64 = resource_history::table
        .select(count_star())
        .first(connection)
        .await?;
    let lines: i64 = view_row::table
        .select(count_star())
        .first(connection)
        .await?;
    let by_type: Vec<(String, i64)> = resource::table
        .filter(resource::deleted.eq(false))
        .group_by(resource::resource_type)
        .select((resource::resource_type, count_star()))
        .order(resource::resource_type)
        .load(connection)
        .await?;
    let by_type: Vec<(String, u64)> = by_type
        .into_iter()
        .map(|(resource_type, count)| (resource_type, count.unsigned_abs()))
        .collect();
    Ok(Counts {
        people: people.unsigned_abs(),
        resources: by_type.iter().map(|(_, count)| count).sum(),
        older_versions: older_versions.unsigned_abs(),
        lines: lines.unsigned_abs(),
        by_type,
    })
}
