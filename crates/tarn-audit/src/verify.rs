use std::collections::HashMap;

use tarn_model::PersonId;

use crate::alert::look;
use crate::canonical::{self, Body, Hash, PersonHead, START};
use crate::rows::{AlertRow, EventRow, HeadRow};
use crate::{AuditError, Breach};

/// What a whole log that was found unbroken holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// How many events.
    pub events: i64,
    /// About how many people.
    pub people: usize,
    /// The chain value after the last event. Kept elsewhere, it later proves that the log up to
    /// here was not rewritten.
    pub chain: [u8; 32],
}

/// Goes through the log event by event.
#[derive(Default)]
pub(crate) struct Check {
    sequence: i64,
    chain: Option<Hash>,
    people: HashMap<PersonId, PersonHead>,
}

impl Check {
    /// The last event that was found right.
    pub(crate) const fn sequence(&self) -> i64 {
        self.sequence
    }

    /// Checks the event that should come next, and the alert that stands at its place, if one
    /// does.
    pub(crate) fn next(
        &mut self,
        row: &EventRow,
        alert: Option<&AlertRow>,
    ) -> Result<(), AuditError> {
        let sequence = self.sequence + 1;
        let broken = |breach| AuditError::Broken { sequence, breach };
        if row.sequence != sequence {
            return Err(broken(Breach::Missing));
        }
        let leaf = canonical::leaf(&row.salt, &row.body);
        if row.leaf != leaf {
            return Err(broken(Breach::Changed));
        }
        let chain = canonical::chain(&self.chain.unwrap_or(START), &leaf);
        if row.chain != chain {
            return Err(broken(Breach::Unchained));
        }
        let body: Body = serde_json::from_str(&row.body).map_err(|_| broken(Breach::Changed))?;
        if !same(row, &body) {
            return Err(broken(Breach::Mislabelled));
        }
        if let Some(person) = body.person {
            let head = self.people.entry(person).or_default();
            let follows = body.person_sequence == Some(head.sequence + 1)
                && body.person_previous() == head.leaf;
            if !follows {
                return Err(broken(Breach::PersonGap));
            }
            *head = PersonHead {
                sequence: head.sequence + 1,
                leaf: Some(leaf),
            };
        }
        if !reported(row, body, leaf, alert) {
            return Err(broken(Breach::Unreported));
        }
        self.sequence = sequence;
        self.chain = Some(chain);
        Ok(())
    }

    /// Checks that the log ends where its head says.
    pub(crate) fn finish(self, end: &HeadRow) -> Result<Verified, AuditError> {
        let chain = self.chain.unwrap_or(START);
        if self.sequence != end.sequence || end.chain != chain {
            return Err(AuditError::Broken {
                sequence: self.sequence.min(end.sequence) + 1,
                breach: Breach::Cut,
            });
        }
        Ok(Verified {
            events: self.sequence,
            people: self.people.len(),
            chain,
        })
    }
}

/// Whether the columns that queries use say what the committed text says.
fn same(row: &EventRow, body: &Body) -> bool {
    row.id == body.id.as_bytes()
        && row.at == body.at.as_micros()
        && row.person.as_deref() == body.person.as_ref().map(|person| &person.as_bytes()[..])
        && row.person_sequence == body.person_sequence
}

/// Whether an event that the privacy officer is told of has its own alert, and no other has one.
fn reported(row: &EventRow, body: Body, leaf: Hash, alert: Option<&AlertRow>) -> bool {
    match (body.alert, alert) {
        (None, None) => true,
        (Some(kind), Some(alert)) => {
            let entry = body.into_event(row.sequence, leaf).entry;
            alert.event == row.id
                && alert.at == row.at
                && alert.kind == kind.word()
                && alert.look == look(&entry)
        }
        (Some(_), None) | (None, Some(_)) => false,
    }
}
