//! Taking one delivery: whole, once, in one transaction.

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
mod searches;
mod subjects;
mod versions;

use std::collections::{BTreeSet, HashMap};

use tarn_model::{IdMaker, PersonId};

use super::{ATTEMPTS, Connection, view};
use crate::{Admission, Delivery, EntryOutcome, IngestError, Plan, Receipt, Tally, plan};
use identity::{NewIds, People};
use message::{claim_message, note_tally};
use names::Names;
pub(in crate::store) use subjects::{matches, subjects};
use versions::Writes;

/// Takes what a source sent: every name in it is the source's own.
pub(in crate::store) async fn ingest(
    connection: &mut Connection,
    delivery: &Delivery<'_>,
    first: Plan<'_>,
    ids: IdMaker<'_>,
) -> Result<Receipt, IngestError> {
    let taken = take_whole(connection, delivery, first, ids, Manner::Feed).await?;
    Ok(match taken.before {
        Some(tally) => Receipt::Unchanged(tally),
        None => Receipt::Stored(taken.tally),
    })
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
    let taken = take_whole(connection, delivery, first, ids, manner).await?;
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

/// What became of a delivery.
#[derive(Default)]
struct Taken {
    /// What the same message did, if it came before.
    before: Option<Tally>,
    tally: Tally,
    outcomes: Vec<EntryOutcome>,
}

async fn take_whole(
    connection: &mut Connection,
    delivery: &Delivery<'_>,
    first: Plan<'_>,
    ids: IdMaker<'_>,
    manner: Manner<'_>,
) -> Result<Taken, IngestError> {
    let mut next = Some(first);
    let mut attempt = 1;
    loop {
        // A plan is used up by being taken; making it again is the price of having been overtaken.
        let plan = match next.take() {
            Some(plan) => plan,
            None => plan(delivery.text)?,
        };
        let taken = write_transaction!(connection, async |connection| {
            take(connection, delivery, plan, ids, manner).await
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
    mut plan: Plan<'_>,
    ids: IdMaker<'_>,
    manner: Manner<'_>,
) -> Result<Taken, IngestError> {
    let came = claim_message(connection, delivery).await?;
    if let (Some(before), Manner::Feed) = (came.before, manner) {
        return Ok(Taken {
            before: Some(before),
            ..Taken::default()
        });
    }
    if let Manner::Interface(_) = manner {
        interface::translate(connection, delivery, came.first_at, &mut plan).await?;
    }
    let mut names = Names::read(connection, delivery.source, &plan, manner.seen()).await?;
    if came.before.is_some() {
        let outcomes = subjects::as_held(connection, &plan, &names).await?;
        return Ok(Taken {
            before: came.before,
            outcomes,
            ..Taken::default()
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
    let writes = Writes::prepare(connection, delivery, plan, &names, &people).await?;
    if let Manner::Interface(Admission { decided, .. }) = manner {
        let about = people.held_before().chain(writes.owners());
        if !subjects::all_decided(about, decided) {
            return Err(IngestError::NotDecided);
        }
    }
    patients.extend(writes.owners_of("Patient"));
    let tally = writes.tally;
    let outcomes = match manner {
        Manner::Feed => Vec::new(),
        Manner::Interface(_) => writes.outcomes()?,
    };
    writes.execute(connection).await?;
    for person in patients {
        view::set_restricted(connection, person).await?;
    }
    names.release(connection, delivery.source).await?;
    note_tally(connection, delivery, tally).await?;
    Ok(Taken {
        before: None,
        tally,
        outcomes,
    })
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
