//! Taking deliveries: each whole and once, in one transaction.

mod attachments;
mod by_name;
mod claims;
mod drafts;
mod held;
mod identity;
mod interface;
mod keys;
mod link;
mod message;
mod names;
mod patient_links;
mod searches;
mod subjects;
mod versions;

use std::collections::{BTreeSet, HashMap};

use tarn_model::{IdMaker, PersonId};

use super::{Connection, view};
use crate::bundle::{keep, plan_together};
use crate::{Admission, Delivery, EntryOutcome, IngestError, Plan, Receipt, Tally};
use identity::{NewIds, People};
use message::{Came, claim_messages, note_tallies};
use names::Names;
use patient_links::Said;
pub(in crate::store) use subjects::{matches, subjects};
use versions::Writes;

/// Takes what a source sent, all of it in one transaction: every name in it is the source's own.
/// The deliveries are of one source and have ids that differ; several are single resources each.
pub(in crate::store) async fn ingest(
    connection: &mut Connection,
    deliveries: &[Delivery<'_>],
    first: Plan<'_>,
    ids: IdMaker<'_>,
) -> Result<Vec<Receipt>, IngestError> {
    let taken = take_whole(connection, deliveries, first, ids, Manner::Feed).await?;
    Ok(taken.receipts)
}

/// Takes what came by the interface of resources: every name in it is Tarn's.
pub(in crate::store) async fn write(
    connection: &mut Connection,
    delivery: &Delivery<'_>,
    first: Plan<'_>,
    ids: IdMaker<'_>,
    admission: &Admission<'_>,
) -> Result<Vec<EntryOutcome>, IngestError> {
    let manner = Manner::Interface(admission);
    let deliveries = std::slice::from_ref(delivery);
    let taken = take_whole(connection, deliveries, first, ids, manner).await?;
    Ok(taken.outcomes)
}

/// How a delivery came.
#[derive(Clone, Copy)]
enum Manner<'d> {
    /// From the source's own system.
    Feed,
    /// By the interface of resources, with what was said of it.
    Interface(&'d Admission<'d>),
}

impl<'d> Manner<'d> {
    /// What conditions may find; all if `None`.
    const fn seen(self) -> Option<&'d [(String, String)]> {
        match self {
            Self::Feed => None,
            Self::Interface(admission) => admission.seen,
        }
    }
}

/// What became of what was taken together.
#[derive(Default)]
struct Taken {
    receipts: Vec<Receipt>,
    outcomes: Vec<EntryOutcome>,
}

async fn take_whole(
    connection: &mut Connection,
    deliveries: &[Delivery<'_>],
    first: Plan<'_>,
    ids: IdMaker<'_>,
    manner: Manner<'_>,
) -> Result<Taken, IngestError> {
    let mut next = Some(first);
    until_not_overtaken!({
        // A plan is used up by being taken; making it again is the price of having been overtaken.
        let plan = match next.take() {
            Some(plan) => plan,
            None => plan_together(deliveries)?,
        };
        write_transaction!(connection, async |connection| {
            take(connection, deliveries, plan, ids, manner).await
        })
        .await
    })
}

async fn take(
    connection: &mut Connection,
    deliveries: &[Delivery<'_>],
    mut plan: Plan<'_>,
    ids: IdMaker<'_>,
    manner: Manner<'_>,
) -> Result<Taken, IngestError> {
    let Some(delivery) = deliveries.first() else {
        return Ok(Taken::default());
    };
    let came = claim_messages(connection, deliveries).await?;
    let came_before = came.iter().all(|one| one.before.is_some());
    if came_before && matches!(manner, Manner::Feed) {
        return Ok(Taken {
            receipts: receipts(&came, &[]),
            ..Taken::default()
        });
    }
    if deliveries.len() > 1 {
        // Each is one entry, at its own place.
        keep(&mut plan, |at| {
            came.get(at).is_some_and(|one| one.before.is_none())
        });
    }
    if let Manner::Interface(_) = manner {
        let first_at = came
            .first()
            .map_or(delivery.received_at, |one| one.first_at);
        interface::translate(connection, delivery, first_at, &mut plan).await?;
    }
    let mut names = Names::read(connection, delivery.source, &plan, manner.seen()).await?;
    if came_before {
        let outcomes = subjects::as_held(connection, &plan, &names).await?;
        return Ok(Taken {
            receipts: receipts(&came, &[]),
            outcomes,
        });
    }
    names.settle(connection, delivery.source, &plan).await?;
    if let Manner::Interface(_) = manner {
        interface::check_ids(&plan, &names)?;
    }
    let people =
        People::resolve(connection, delivery, &plan, &names, NewIds::of(manner, ids)).await?;
    names.verify(connection, delivery.source, &plan).await?;
    names
        .claim(connection, delivery.source, &plan, &people, ids)
        .await?;
    let mut patients = people.with_patients(&plan);
    let said = Said::read(delivery, &plan, &names);
    let writes = Writes::prepare(connection, delivery, plan, &names, &people).await?;
    if let Manner::Interface(Admission { decided, .. }) = manner {
        let about = people.held_before().chain(writes.owners());
        if !subjects::all_decided(about, decided) {
            return Err(IngestError::NotDecided);
        }
    }
    patients.extend(writes.owners_of("Patient"));
    let tallies = writes.tallies(deliveries.len());
    let outcomes = match manner {
        Manner::Feed => Vec::new(),
        Manner::Interface(_) => writes.outcomes()?,
    };
    writes.execute(connection).await?;
    for person in patients {
        view::set_restricted(connection, person).await?;
    }
    if let Manner::Feed = manner {
        // By the interface, nothing was decided on whoever is named there.
        said.follow(connection, delivery).await?;
    }
    names.release(connection, delivery.source).await?;
    let done: Vec<(&str, Tally)> = (deliveries.iter().zip(&came).zip(&tallies))
        .filter(|((_, came), _)| came.before.is_none())
        .map(|((delivery, _), tally)| (delivery.message_id, *tally))
        .collect();
    note_tallies(connection, delivery.source, &done).await?;
    Ok(Taken {
        receipts: receipts(&came, &tallies),
        outcomes,
    })
}

/// What is said of each message: what it did now, or what it did before.
fn receipts(came: &[Came], tallies: &[Tally]) -> Vec<Receipt> {
    let now = tallies
        .iter()
        .copied()
        .chain(std::iter::repeat(Tally::default()));
    (came.iter().zip(now))
        .map(|(came, now)| came.before.map_or(Receipt::Stored(now), Receipt::Unchanged))
        .collect()
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
