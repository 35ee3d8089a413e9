//! What an operator does at the command line stands in the audit log too.

use anyhow::Context as _;
use tarn_audit::{Action, Entry, Outcome};
use tarn_model::{
    Actor, Assurance, Clock as _, HeadingSet, IdMaker, OdsCode, PersonId, Purpose, Realm, Role,
};

use crate::clock::{SystemClock, SystemEntropy};
use crate::stores::Stores;

/// Writes that an operator is about to do something; what can't be written must not be done.
///
/// # Errors
/// If the audit log does not take the row.
pub(crate) async fn note(
    stores: &Stores,
    action: Action,
    organisation: &OdsCode,
    what: String,
) -> anyhow::Result<()> {
    let entry = Entry {
        sources: vec![(organisation.clone(), what)],
        ..entry(action)
    };
    append(stores, &[entry]).await
}

/// Writes, into the log of each of these people, what an operator is about to do with them, and
/// why.
///
/// # Errors
/// If the audit log does not take the rows.
pub(crate) async fn note_people(
    stores: &Stores,
    action: Action,
    people: [PersonId; 2],
    reason: &str,
    outcome: Outcome,
) -> anyhow::Result<()> {
    let rows = people.map(|person| Entry {
        person: Some(person),
        reason: Some(reason.to_owned()),
        reason_code: (outcome == Outcome::Refused).then(|| "not-possible".to_owned()),
        outcome,
        ..entry(action)
    });
    append(stores, &rows).await
}

async fn append(stores: &Stores, rows: &[Entry]) -> anyhow::Result<()> {
    stores
        .audit
        .append_all(rows, &SystemEntropy)
        .await
        .context("the audit log did not take the row, so nothing was done")?;
    Ok(())
}

fn entry(action: Action) -> Entry {
    Entry {
        at: SystemClock.now(),
        request_id: IdMaker::new(&SystemClock, &SystemEntropy).uuid(),
        person: None,
        actor: Actor {
            realm: Realm::Staff,
            user_id: "command-line".to_owned(),
            display_name: "Operator at the command line".to_owned(),
            role: Role::Operator,
            organisation: None,
            organisation_name: None,
            // The operating system let them in; no identity provider said who they are.
            assurance: Assurance::Low,
            own_nhs_number: None,
        },
        action,
        purpose: Purpose::CareAdministration,
        reason: None,
        outcome: Outcome::Permitted,
        basis: None,
        headings: HeadingSet::EMPTY,
        citation: None,
        reason_code: None,
        sources: Vec::new(),
        note: None,
        alert: None,
    }
}
