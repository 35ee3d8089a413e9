use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use tarn_model::{OdsCode, PersonId};

use super::Connection;
use super::versions::latest;
use crate::store::rows::{HistoryRow, ResourceRow, person_of as read_person};
use crate::store::schema::{resource, resource_history, resource_key, source_key};
use crate::{RecordError, Selection, StoredResource};

/// The rows of `$table` that are within a selection: every heading of the row must be allowed
/// and every label cleared.
macro_rules! within {
    ($table:ident, $selection:expr) => {{
        let mut query = $table::table.into_boxed();
        for (headings, sources) in super::lines::by_headings($selection) {
            let refused: i32 = !crate::store::rows::heading_bits(headings.iter());
            query = query.or_filter(
                $table::source.eq_any(sources).and(
                    crate::store::schema::BitAnd::new(
                        $table::headings,
                        refused.into_sql::<diesel::sql_types::Integer>(),
                    )
                    .eq(0),
                ),
            );
        }
        let hidden: i32 = !$selection.cleared.bits();
        query = query.filter(
            crate::store::schema::BitAnd::new(
                $table::labels,
                hidden.into_sql::<diesel::sql_types::Integer>(),
            )
            .eq(0),
        );
        if let Some(since) = $selection.since {
            query = query.filter($table::received_at.ge(since.as_micros()));
        }
        query
    }};
}
pub(super) use within;

pub(in crate::store) async fn resource(
    connection: &mut Connection,
    person: PersonId,
    resource_type: &str,
    resource_id: &str,
    selection: &Selection,
) -> Result<Option<StoredResource>, RecordError> {
    let found = latest(connection, person, resource_type, resource_id, selection).await?;
    Ok(found.filter(|stored| !stored.deleted))
}

pub(in crate::store) async fn resources(
    connection: &mut Connection,
    person: PersonId,
    selection: &Selection,
) -> Result<Vec<StoredResource>, RecordError> {
    if selection.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<ResourceRow> = within!(resource, selection)
        .filter(resource::person_id.eq(person.as_bytes().to_vec()))
        .filter(resource::deleted.eq(false))
        .order((resource::resource_type, resource::resource_id))
        .select(ResourceRow::as_select())
        .load(connection)
        .await?;
    rows.into_iter().map(ResourceRow::read).collect()
}

pub(in crate::store) async fn versions(
    connection: &mut Connection,
    person: PersonId,
    resource_type: &str,
    resource_id: &str,
    selection: &Selection,
) -> Result<Vec<StoredResource>, RecordError> {
    if selection.is_empty() {
        return Ok(Vec::new());
    }
    let anytime = selection.anytime();
    let current = latest(connection, person, resource_type, resource_id, &anytime).await?;
    let Some(current) = current else {
        return Ok(Vec::new());
    };
    let older: Vec<HistoryRow> = within!(resource_history, selection)
        .filter(resource_history::person_id.eq(person.as_bytes().to_vec()))
        .filter(resource_history::resource_type.eq(resource_type))
        .filter(resource_history::resource_id.eq(resource_id))
        .order(resource_history::version.desc())
        .select(HistoryRow::as_select())
        .load(connection)
        .await?;
    let since = selection.since;
    let current = Some(current).filter(|one| since.is_none_or(|since| one.received_at >= since));
    let older = older.into_iter().map(|row| ResourceRow::from(row).read());
    current.into_iter().map(Ok).chain(older).collect()
}

pub(in crate::store) async fn person_of(
    connection: &mut Connection,
    resource_type: &str,
    resource_id: &str,
) -> Result<Option<PersonId>, RecordError> {
    let key: Option<Option<Vec<u8>>> = resource_key::table
        .find((resource_type, resource_id))
        .select(resource_key::person_id)
        .first(connection)
        .await
        .optional()?;
    key.flatten()
        .map(|key| read_person("resource_key", &key))
        .transpose()
}

pub(in crate::store) async fn locate(
    connection: &mut Connection,
    source: &OdsCode,
    resource_type: &str,
    source_ref: &str,
) -> Result<Option<(PersonId, String)>, RecordError> {
    let given: Option<String> = source_key::table
        .find((source.as_str(), resource_type, source_ref))
        .select(source_key::resource_id)
        .first(connection)
        .await
        .optional()?;
    let resource_id = match given {
        Some(given) => Some(given),
        // Where the source's own name is Tarn's id as well, it is nowhere else.
        None => resource_key::table
            .find((resource_type, source_ref))
            .filter(resource_key::source.eq(source.as_str()))
            .filter(resource_key::source_ref.eq(source_ref))
            .select(resource_key::resource_id)
            .first(connection)
            .await
            .optional()?,
    };
    let Some(resource_id) = resource_id else {
        return Ok(None);
    };
    let person = person_of(connection, resource_type, &resource_id).await?;
    Ok(person.map(|person| (person, resource_id)))
}
