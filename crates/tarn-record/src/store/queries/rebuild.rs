use std::collections::{BTreeMap, BTreeSet, HashMap};

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::Value;
use tarn_model::{PersonId, Timestamp};

use super::{Connection, view};
use crate::store::derived::{
    Answers, DerivedRows, Of, directory_references, sensitivity, values_of,
};
use crate::store::rows::{ResourceRow, ods};
use crate::store::schema::{person as person_table, resource};
use crate::{Origin, RecordError, project};

pub(in crate::store) async fn rebuild_view(
    connection: &mut Connection,
    person: PersonId,
) -> Result<usize, RecordError> {
    until_not_overtaken!(
        write_transaction!(connection, async |connection| {
            rebuild(connection, person).await
        })
        .await
    )
}

async fn rebuild(connection: &mut Connection, person: PersonId) -> Result<usize, RecordError> {
    // Nobody else writes about the person meanwhile. One who is not there has nothing.
    diesel::update(person_table::table.find(person.as_bytes().to_vec()))
        .set(person_table::revision.eq(person_table::revision + 1))
        .execute(connection)
        .await?;
    let rows: Vec<ResourceRow> = resource::table
        .filter(resource::person_id.eq(person.as_bytes().to_vec()))
        .filter(resource::deleted.eq(false))
        .order((resource::resource_type, resource::resource_id))
        .select(ResourceRow::as_select())
        .load(connection)
        .await?;
    let mut values = Vec::with_capacity(rows.len());
    let mut wanted = BTreeSet::new();
    for row in &rows {
        let value: Value = serde_json::from_str(&row.body)
            .map_err(|_| RecordError::damaged("resource", "the body is not JSON"))?;
        directory_references(&value, &mut wanted);
        values.push(value);
    }
    let mut known = HashMap::new();
    view::read_directory(connection, wanted, &mut known).await?;
    let mut derived = DerivedRows::default();
    let mut cleared: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut relabelled = Vec::new();
    for (row, value) in rows.iter().zip(&mut values) {
        let source = ods("resource", &row.source)?;
        let find = |reference: &str| known.get(reference).cloned();
        let projection = project(
            value,
            &Origin {
                person,
                source: &source,
                resource_id: &row.resource_id,
                received_at: Timestamp::from_micros(row.received_at),
                directory: Some(&find),
            },
        );
        let of = Of {
            person,
            source: &source,
            resource_type: &row.resource_type,
            resource_id: &row.resource_id,
            source_ref: &row.source_ref,
        };
        let (headings, labels) = sensitivity(of, &projection);
        if (headings, labels) != (row.headings, row.labels) {
            relabelled.push((row, headings, labels));
        }
        let answers = Answers {
            headings,
            labels,
            received_at: row.received_at,
            values: values_of(value, &source),
        };
        derived.add(of, answers, projection);
        cleared
            .entry(&row.resource_type)
            .or_default()
            .push(row.resource_id.clone());
    }
    for (resource_type, ids) in cleared {
        view::clear(connection, person, resource_type, &ids).await?;
    }
    view::write(connection, derived).await?;
    for (row, headings, labels) in relabelled {
        let key = (&row.person_id, &row.resource_type, &row.resource_id);
        diesel::update(resource::table.find(key))
            .set((resource::headings.eq(headings), resource::labels.eq(labels)))
            .execute(connection)
            .await?;
    }
    if person != PersonId::DIRECTORY {
        view::set_restricted(connection, person).await?;
    }
    Ok(rows.len())
}
