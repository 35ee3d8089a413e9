//! Taking one delivery: whole, once, in one transaction.

mod drafts;
mod identity;
mod keys;
mod names;
mod versions;

use std::collections::{BTreeSet, HashMap};

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use sha2::{Digest as _, Sha256};
use tarn_model::{IdMaker, PersonId};

use super::{Connection, view};
use crate::store::schema::inbound;
use crate::{Delivery, IngestError, Plan, Receipt, Tally, plan};
use identity::People;
use names::Names;
use versions::Writes;

/// How often a delivery is tried again when another writer came first.
const ATTEMPTS: usize = 8;

pub(in crate::store) async fn ingest(
    connection: &mut Connection,
    delivery: &Delivery<'_>,
    ids: IdMaker<'_>,
) -> Result<Receipt, IngestError> {
    let plan = plan(delivery.text)?;
    let mut attempt = 1;
    loop {
        let taken = write_transaction!(connection, async |connection| {
            take(connection, delivery, &plan, ids).await
        })
        .await;
        match taken {
            Err(error) if attempt < ATTEMPTS && error.is_a_race() => attempt += 1,
            taken => return taken,
        }
    }
}

async fn take(
    connection: &mut Connection,
    delivery: &Delivery<'_>,
    plan: &Plan<'_>,
    ids: IdMaker<'_>,
) -> Result<Receipt, IngestError> {
    if let Some(before) = claim_message(connection, delivery).await? {
        return Ok(Receipt::Unchanged(before));
    }
    let mut names = Names::read(connection, delivery.source, plan).await?;
    let people = People::resolve(connection, delivery, plan, &names, ids).await?;
    names
        .claim(connection, delivery.source, plan, &people, ids)
        .await?;
    let writes = Writes::prepare(connection, delivery, plan, &names, &people).await?;
    let tally = writes.tally;
    writes.execute(connection).await?;
    for person in people.with_patients(plan) {
        view::set_restricted(connection, person).await?;
    }
    note_tally(connection, delivery, tally).await?;
    Ok(Receipt::Stored(tally))
}

/// Claims the message id. `Some` if this very message was taken before: what it did then.
async fn claim_message(
    connection: &mut Connection,
    delivery: &Delivery<'_>,
) -> Result<Option<Tally>, IngestError> {
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
        return Ok(None);
    }
    let (before, created, updated, unchanged, deleted): (Vec<u8>, i32, i32, i32, i32) =
        inbound::table
            .find((delivery.source.as_str(), delivery.message_id))
            .select((
                inbound::sha256,
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
    Ok(Some(Tally {
        created: count(created),
        updated: count(updated),
        unchanged: count(unchanged),
        deleted: count(deleted),
    }))
}

async fn note_tally(
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

/// Keys of one type each, so that one query serves all of a type.
fn by_type<'k>(
    keys: impl Iterator<Item = (&'k str, &'k str)>,
) -> HashMap<&'k str, BTreeSet<&'k str>> {
    let mut grouped: HashMap<&str, BTreeSet<&str>> = HashMap::new();
    for (resource_type, key) in keys {
        grouped.entry(resource_type).or_default().insert(key);
    }
    grouped
}

/// Keys of one person and type each.
type ByPerson = std::collections::BTreeMap<(PersonId, String), Vec<String>>;
