//! The message itself: taken once.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use sha2::{Digest as _, Sha256};
use tarn_model::Timestamp;

use super::Connection;
use crate::store::schema::inbound;
use crate::{Delivery, IngestError, Tally};

/// A message that was claimed.
pub(super) struct Came {
    /// What it did when it was taken before, if it was.
    pub(super) before: Option<Tally>,
    /// When it came first.
    pub(super) first_at: Timestamp,
}

/// Claims the message id, or says what this very message did before.
pub(super) async fn claim_message(
    connection: &mut Connection,
    delivery: &Delivery<'_>,
) -> Result<Came, IngestError> {
    let sha256 = Sha256::digest(delivery.text.as_bytes()).to_vec();
    let claimed = diesel::insert_into(inbound::table)
        .values((
            inbound::source.eq(delivery.source.as_str()),
            inbound::message_id.eq(delivery.message_id),
            inbound::sha256.eq(&sha256),
            inbound::received_at.eq(delivery.received_at.as_micros()),
            inbound::created.eq(0),
            inbound::updated.eq(0),
            inbound::unchanged.eq(0),
            inbound::deleted.eq(0),
        ))
        .on_conflict_do_nothing()
        .execute(connection)
        .await?;
    if claimed == 1 {
        return Ok(Came {
            before: None,
            first_at: delivery.received_at,
        });
    }
    already_taken(connection, delivery, &sha256).await
}

async fn already_taken(
    connection: &mut Connection,
    delivery: &Delivery<'_>,
    sha256: &[u8],
) -> Result<Came, IngestError> {
    let (before, at, created, updated, unchanged, deleted): (Vec<u8>, i64, i32, i32, i32, i32) =
        inbound::table
            .find((delivery.source.as_str(), delivery.message_id))
            .select((
                inbound::sha256,
                inbound::received_at,
                inbound::created,
                inbound::updated,
                inbound::unchanged,
                inbound::deleted,
            ))
            .first(connection)
            .await?;
    if before != sha256 {
        return Err(IngestError::MessageReused);
    }
    let count = |stored: i32| usize::try_from(stored).unwrap_or_default();
    Ok(Came {
        before: Some(Tally {
            created: count(created),
            updated: count(updated),
            unchanged: count(unchanged),
            deleted: count(deleted),
        }),
        first_at: Timestamp::from_micros(at),
    })
}

/// Writes down what the message did.
pub(super) async fn note_tally(
    connection: &mut Connection,
    delivery: &Delivery<'_>,
    tally: Tally,
) -> Result<(), IngestError> {
    let count = |counted: usize| i32::try_from(counted).unwrap_or(i32::MAX);
    diesel::update(inbound::table.find((delivery.source.as_str(), delivery.message_id)))
        .set((
            inbound::created.eq(count(tally.created)),
            inbound::updated.eq(count(tally.updated)),
            inbound::unchanged.eq(count(tally.unchanged)),
            inbound::deleted.eq(count(tally.deleted)),
        ))
        .execute(connection)
        .await?;
    Ok(())
}
