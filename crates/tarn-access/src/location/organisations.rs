//! Which organisations a protected person's record may name.
//!
//! The sender of an entry tells where a person lives as surely as an address does, if it serves
//! few streets: a practice, a pharmacy, a school. Such organisations are shown by their kind
//! alone. All of one kind are one entry of the ledger, so that no row, count, telephone number or
//! place in the list tells which of them it is.

use std::collections::HashMap;

use tarn_model::{HeadingSet, OdsCode, Timestamp};
use tarn_record::{Connection, Source, SourceState};

use crate::SourceStanding;

/// The organisations of one opening, as they may be shown.
pub(crate) struct Organisations {
    shown: HashMap<OdsCode, OdsCode>,
}

impl Organisations {
    /// Puts stand-ins into the register for the organisations that tell where a person lives.
    ///
    /// `senders` are those of which something is shown; one that the register does not know
    /// counts as local.
    pub(crate) fn protect<'a>(
        register: &mut Vec<SourceStanding>,
        senders: impl Iterator<Item = &'a OdsCode>,
    ) -> Self {
        for sender in senders {
            if register
                .iter()
                .all(|one| one.source.organisation != *sender)
            {
                register.push(unknown(sender));
            }
        }
        let taken: Vec<OdsCode> = register
            .iter()
            .map(|one| one.source.organisation.clone())
            .collect();
        // Never the code of somebody in the register.
        let mut codes = (1_u32..)
            .filter_map(|number| format!("LOCAL-{number}").parse::<OdsCode>().ok())
            .filter(|code| !taken.contains(code));
        let mut shown = HashMap::new();
        let mut groups: Vec<((&'static str, Answers), OdsCode)> = Vec::new();
        let mut kept: Vec<SourceStanding> = Vec::new();
        for standing in register.drain(..) {
            let own = standing.source.organisation.clone();
            let Some(words) = local(&standing.source.kind) else {
                shown.insert(own.clone(), own);
                kept.push(standing);
                continue;
            };
            let group = (words, Answers::of(standing.state));
            let known = groups.iter().find(|(key, _)| *key == group);
            let Some(code) = known.map(|(_, code)| code.clone()).or_else(|| codes.next()) else {
                continue;
            };
            shown.insert(own, code.clone());
            let stand_in = stand_in(standing, &code, words);
            match kept.iter_mut().find(|one| one.source.organisation == code) {
                Some(first) => join(first, &stand_in),
                None => {
                    groups.push((group, code));
                    kept.push(stand_in);
                }
            }
        }
        *register = kept;
        Self { shown }
    }

    /// The organisation to show for this one; without one, what it sent cannot be shown.
    pub(crate) fn shown(&self, organisation: &OdsCode) -> Option<&OdsCode> {
        self.shown.get(organisation)
    }
}

/// What a reader has to know apart, even of organisations without a name: whether an entry is
/// current or from a copy, and whether anything of the organisation can be here at all.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Answers {
    Yes,
    No,
    NotConnected,
}

impl Answers {
    const fn of(state: SourceState) -> Self {
        match state {
            SourceState::Live { .. } | SourceState::Late { .. } => Self::Yes,
            SourceState::Unavailable { .. } => Self::No,
            SourceState::NotConnected => Self::NotConnected,
        }
    }
}

/// What stands for an organisation of this kind; `None` if it serves so many people, over so wide
/// a stretch of country, that its name tells nobody's door. A kind that is not known is local.
fn local(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "acute-trust" | "ambulance-trust" | "mental-health-trust" | "out-of-hours" => return None,
        "gp-practice" => "GP practice",
        "community-trust" => "Community services",
        "community-pharmacy" | "pharmacy" => "Pharmacy",
        "care-home" => "Care home",
        "hospice" => "Hospice",
        "school" => "School",
        "council-adult-social-care" => "Adult social care",
        "council-children-social-care" => "Children’s social care",
        _ => "Local service",
    })
}

fn unknown(organisation: &OdsCode) -> SourceStanding {
    SourceStanding {
        source: Source {
            organisation: organisation.clone(),
            name: String::new(),
            short_name: String::new(),
            kind: String::new(),
            telephone: None,
            headings: HeadingSet::EMPTY,
            connection: Connection::Stored,
            cadence_seconds: 0,
            last_heard_at: None,
            complete_to: None,
        },
        state: SourceState::Unavailable {
            last_heard_at: None,
        },
    }
}

fn stand_in(standing: SourceStanding, code: &OdsCode, words: &str) -> SourceStanding {
    let Source {
        // Stays: what the organisations of one kind have in common.
        headings,
        connection,
        cadence_seconds,
        last_heard_at,
        complete_to,
        // Tells where.
        organisation: _,
        name: _,
        short_name: _,
        kind: _,
        telephone: _,
    } = standing.source;
    SourceStanding {
        source: Source {
            organisation: code.clone(),
            name: words.to_owned(),
            short_name: words.to_owned(),
            kind: String::new(),
            telephone: None,
            headings,
            connection,
            cadence_seconds,
            last_heard_at,
            complete_to,
        },
        state: standing.state,
    }
}

/// One entry for both. Where they differ it says what holds of the worse, so that nothing is
/// taken to be whole that may not be.
fn join(first: &mut SourceStanding, other: &SourceStanding) {
    let source = &mut first.source;
    source.headings = source.headings.or(other.source.headings);
    source.cadence_seconds = source.cadence_seconds.max(other.source.cadence_seconds);
    source.last_heard_at = earlier(source.last_heard_at, other.source.last_heard_at);
    source.complete_to = earlier(source.complete_to, other.source.complete_to);
    first.state = match (first.state, other.state) {
        (SourceState::Live { as_at: one }, SourceState::Live { as_at: two }) => SourceState::Live {
            as_at: one.min(two),
        },
        (
            SourceState::Late {
                complete_to: one,
                late_by_seconds: late,
            },
            SourceState::Late {
                complete_to: two,
                late_by_seconds: later,
            },
        ) => SourceState::Late {
            complete_to: one.min(two),
            late_by_seconds: late.max(later),
        },
        (late @ SourceState::Late { .. }, SourceState::Live { .. })
        | (SourceState::Live { .. }, late @ SourceState::Late { .. }) => late,
        (
            SourceState::Unavailable { last_heard_at: one },
            SourceState::Unavailable { last_heard_at: two },
        ) => SourceState::Unavailable {
            last_heard_at: earlier(one, two),
        },
        // Only states of one group are joined.
        (state, _) => state,
    };
}

/// The earlier of both; never, if one was never.
fn earlier(one: Option<Timestamp>, two: Option<Timestamp>) -> Option<Timestamp> {
    Some(one?.min(two?))
}
