//! Conditions that one delivery has to itself while it is taken.
//!
//! Two that look for the same identifier and find nothing would both create. So each writes a row
//! with the identifier as its key before it looks: the key lets one in at a time, the others wait
//! for the end of its transaction and then see what it brought. The rows are gone at that end, so
//! the table stays empty. The system is not part of the key: a search may leave it out.

use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel_async::RunQueryDsl;
use tarn_model::OdsCode;

use super::super::{VALUES_AT_ONCE, pieces};
use super::searches::Condition;
use super::{Connection, by_type};
use crate::store::rows::ClaimRow;
use crate::store::schema::identity_claim;

/// Waits until these conditions are this delivery's; their types and values. They are taken in
/// order, so that two deliveries do not wait for each other.
pub(super) async fn claim_conditions(
    connection: &mut Connection,
    source: &OdsCode,
    conditions: &[Condition<'_, '_>],
) -> QueryResult<Vec<(String, String)>> {
    let wanted: BTreeSet<(String, String)> = conditions
        .iter()
        .map(|one| (one.entry.resource_type.clone(), one.identity.value.clone()))
        .collect();
    let rows: Vec<ClaimRow> = wanted
        .iter()
        .map(|(resource_type, value)| ClaimRow {
            source: source.to_string(),
            resource_type: resource_type.clone(),
            value: value.clone(),
        })
        .collect();
    for rows in pieces(rows) {
        insert_rows!(connection, rows => ClaimRow in identity_claim).await?;
    }
    Ok(wanted.into_iter().collect())
}

/// Takes the rows away again, within the same transaction.
pub(super) async fn release_conditions(
    connection: &mut Connection,
    source: &OdsCode,
    claims: &[(String, String)],
) -> QueryResult<()> {
    let claims = claims
        .iter()
        .map(|(kind, value)| (kind.as_str(), value.as_str()));
    for (resource_type, values) in by_type(claims) {
        let values: Vec<&str> = values.into_iter().collect();
        for values in values.chunks(VALUES_AT_ONCE) {
            diesel::delete(identity_claim::table)
                .filter(identity_claim::source.eq(source.as_str()))
                .filter(identity_claim::resource_type.eq(resource_type))
                .filter(identity_claim::value.eq_any(values))
                .execute(connection)
                .await?;
        }
    }
    Ok(())
}
