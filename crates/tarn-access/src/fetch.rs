//! Asking every source for what the scope allows, each with a deadline.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tarn_model::{Heading, HeadingSet, OdsCode, PersonId};
use tarn_record::{Connection, Line, RecordSource, Selection, Source, SourceState};

use crate::scope::Scope;

/// What came back.
pub(crate) struct Gathered {
    /// Lines of sources that answered.
    pub(crate) lines: Vec<Line>,
    /// Lines from held copies of sources that do not answer.
    pub(crate) held: Vec<Line>,
    /// How each source stood when it was asked, where the register alone cannot say.
    pub(crate) states: HashMap<OdsCode, SourceState>,
}

/// Asks all sources at once. A source that fails or is late becomes a state, never an error and
/// never silence.
pub(crate) async fn gather(
    sources: &[Arc<dyn RecordSource>],
    register: &[Source],
    person: PersonId,
    scope: &Scope,
    held_copies: bool,
    deadline: Duration,
) -> Gathered {
    let asked = sources.iter().map(|source| async move {
        let selection = select(scope, register, &source.organisations(), false);
        let answer = tokio::time::timeout(deadline, source.fetch(person, &selection)).await;
        (source, answer)
    });
    let mut gathered = Gathered {
        lines: Vec::new(),
        held: Vec::new(),
        states: HashMap::new(),
    };
    for (source, answer) in join_all(asked).await {
        match answer {
            Ok(Ok(fetched)) => {
                gathered.lines.extend(fetched.lines);
                gathered.states.extend(fetched.states);
            }
            Ok(Err(error)) => {
                tracing::warn!(%error, "a source failed");
                mark_unavailable(&mut gathered.states, register, &source.organisations());
            }
            Err(_) => {
                let deadline_ms = u64::try_from(deadline.as_millis()).unwrap_or(u64::MAX);
                tracing::warn!(deadline_ms, "a source was late");
                mark_unavailable(&mut gathered.states, register, &source.organisations());
            }
        }
    }
    gathered.held = held(sources, register, person, scope, held_copies, deadline).await;
    gathered.lines.retain(|line| scope.allows(line));
    gathered.held.retain(|line| scope.allows(line));
    gathered
}

/// What of each organisation may be read: only what the scope allows, only headings that were
/// asked for, and only from sources that are (or, for held copies, are not) answering.
fn select(scope: &Scope, register: &[Source], of: &[OdsCode], held: bool) -> Selection {
    let sources = register
        .iter()
        .filter(|source| of.contains(&source.organisation))
        .filter(|source| (source.connection == Connection::Down) == held)
        .filter(|source| source.connection != Connection::NotConnected)
        .map(|source| {
            (
                source.organisation.clone(),
                scope.headings_of(&source.organisation),
            )
        })
        .filter(|(_, headings)| !headings.is_empty())
        .collect();
    Selection {
        sources,
        cleared: scope.widest_clearance(),
        since: None,
    }
}

async fn held(
    sources: &[Arc<dyn RecordSource>],
    register: &[Source],
    person: PersonId,
    scope: &Scope,
    all_headings: bool,
    deadline: Duration,
) -> Vec<Line> {
    let mut lines = Vec::new();
    for source in sources {
        let mut selection = select(scope, register, &source.organisations(), true);
        if !all_headings {
            let only = HeadingSet::EMPTY.with(Heading::Allergies);
            for (_, headings) in &mut selection.sources {
                *headings = headings.and(only);
            }
        }
        if selection
            .sources
            .iter()
            .all(|(_, headings)| headings.is_empty())
        {
            continue;
        }
        // A copy that can't be read is no copy: the ledger already says "unavailable".
        let answer = tokio::time::timeout(deadline, source.fetch(person, &selection)).await;
        if let Ok(Ok(copy)) = answer {
            lines.extend(copy.lines);
        }
    }
    lines
}

fn mark_unavailable(
    states: &mut HashMap<OdsCode, SourceState>,
    register: &[Source],
    organisations: &[OdsCode],
) {
    for source in register
        .iter()
        .filter(|s| organisations.contains(&s.organisation))
    {
        if source.connection != Connection::NotConnected {
            let state = SourceState::Unavailable {
                last_heard_at: source.last_heard_at,
            };
            states.insert(source.organisation.clone(), state);
        }
    }
}
