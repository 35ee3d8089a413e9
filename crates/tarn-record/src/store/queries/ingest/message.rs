//! The messages themselves: each taken once.

use std::collections::{BTreeMap, HashMap};

use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel_async::RunQueryDsl;
use sha2::{Digest as _, Sha256};
use tarn_model::{OdsCode, Timestamp};

use super::super::{VALUES_AT_ONCE, pieces};
use super::Connection;
use crate::store::rows::InboundRow;
use crate::store::schema::inbound;
use crate::{Delivery, IngestError, RecordError, Tally};

/// A message that was claimed.
pub(super) struct Came {
    /// What it did when it was taken before, if it was.
    pub(super) before: Option<Tally>,
    /// When it came first.
    pub(super) first_at: Timestamp,
}

/// Claims the ids of these messages of one source, which differ, or says what each did before; in
/// their order.
pub(super) async fn claim_messages(
    connection: &mut Connection,
    deliveries: &[Delivery<'_>],
) -> Result<Vec<Came>, IngestError> {
    let rows: Vec<InboundRow> = deliveries.iter().map(claim_of).collect();
    // One message is most often new, so it is claimed before anybody looks.
    if let [row] = rows.as_slice() {
        let row = vec![row.clone()];
        let claimed = insert_rows!(connection, row => InboundRow in inbound, skipping).await?;
        if claimed == rows.len() {
            return Ok(deliveries.iter().map(new).collect());
        }
    }
    let held = held(connection, deliveries).await?;
    let free: Vec<InboundRow> = (rows.iter())
        .filter(|row| !held.contains_key(&row.message_id))
        .cloned()
        .collect();
    let asked = free.len();
    let mut claimed = 0;
    for rows in pieces(free) {
        claimed += insert_rows!(connection, rows => InboundRow in inbound, skipping).await?;
    }
    if claimed != asked {
        return Err(RecordError::overtaken().into());
    }
    (deliveries.iter().zip(&rows))
        .map(|(delivery, row)| match held.get(&row.message_id) {
            Some(before) if before.sha256 != row.sha256 => Err(IngestError::MessageReused),
            Some(before) => Ok(Came {
                before: Some(before.tally()),
                first_at: Timestamp::from_micros(before.received_at),
            }),
            None => Ok(new(delivery)),
        })
        .collect()
}

fn new(delivery: &Delivery<'_>) -> Came {
    Came {
        before: None,
        first_at: delivery.received_at,
    }
}

fn claim_of(delivery: &Delivery<'_>) -> InboundRow {
    InboundRow {
        source: delivery.source.to_string(),
        message_id: delivery.message_id.to_owned(),
        sha256: Sha256::digest(delivery.text.as_bytes()).to_vec(),
        received_at: delivery.received_at.as_micros(),
        created: 0,
        updated: 0,
        unchanged: 0,
        deleted: 0,
    }
}

/// Which of these messages came before, by their ids.
async fn held(
    connection: &mut Connection,
    deliveries: &[Delivery<'_>],
) -> QueryResult<HashMap<String, InboundRow>> {
    let Some(first) = deliveries.first() else {
        return Ok(HashMap::new());
    };
    let ids: Vec<&str> = deliveries.iter().map(|one| one.message_id).collect();
    let mut held = HashMap::new();
    for ids in ids.chunks(VALUES_AT_ONCE) {
        let rows: Vec<InboundRow> = inbound::table
            .filter(inbound::source.eq(first.source.as_str()))
            .filter(inbound::message_id.eq_any(ids))
            .select(InboundRow::as_select())
            .load(connection)
            .await?;
        held.extend(rows.into_iter().map(|row| (row.message_id.clone(), row)));
    }
    Ok(held)
}

/// Writes down what each message did; those that did the same in one go.
pub(super) async fn note_tallies(
    connection: &mut Connection,
    source: &OdsCode,
    done: &[(&str, Tally)],
) -> QueryResult<()> {
    let mut alike: BTreeMap<[i32; 4], Vec<&str>> = BTreeMap::new();
    for (message_id, tally) in done {
        alike.entry(counts(*tally)).or_default().push(message_id);
    }
    for ([created, updated, unchanged, deleted], ids) in alike {
        for ids in ids.chunks(VALUES_AT_ONCE) {
            diesel::update(inbound::table)
                .filter(inbound::source.eq(source.as_str()))
                .filter(inbound::message_id.eq_any(ids))
                .set((
                    inbound::created.eq(created),
                    inbound::updated.eq(updated),
                    inbound::unchanged.eq(unchanged),
                    inbound::deleted.eq(deleted),
                ))
                .execute(connection)
                .await?;
        }
    }
    Ok(())
}

fn counts(tally: Tally) -> [i32; 4] {
    [tally.created, tally.updated, tally.unchanged, tally.deleted]
        .map(|counted| i32::try_from(counted).unwrap_or(i32::MAX))
}
