//! How sources stand, in words and shapes: the chip on each line and the cells of the ledger.

use askama::Template;
use tarn_access::{Ledger, SourceStanding, SourceState, When};
use tarn_model::{HeadingSet, OdsCode, Timestamp};
use tarn_web::SourceMark;

use crate::dates;

/// The mark of a source that stands so.
#[must_use]
pub const fn mark(state: SourceState) -> SourceMark {
    match state {
        SourceState::Live { .. } => SourceMark::Live,
        SourceState::Late { .. } => SourceMark::Late,
        SourceState::Unavailable { .. } => SourceMark::Unavailable,
        SourceState::NotConnected => SourceMark::NotConnected,
    }
}

/// The mark as a character, for paper.
#[must_use]
pub const fn character(mark: SourceMark) -> char {
    match mark {
        SourceMark::Live => '●',
        SourceMark::Late => '◐',
        SourceMark::Unavailable => '⊗',
        SourceMark::NotConnected => '◌',
    }
}

/// The source and age of one line: shape, source, and how far it can be trusted to be whole.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "chip.html")]
pub struct Chip {
    /// The source's short word: `"GP"`.
    pub source: String,
    /// The source's full name, read out by screen readers.
    pub name: String,
    /// How the source stood.
    pub mark: SourceMark,
    /// What is seen after the source's name where it differs from the ledger: `"14 h late"`, or a
    /// date.
    pub note: Option<String>,
    /// The as-at words: `"as at 22-Nov-2026 10:04"`.
    pub as_at: String,
}

/// The sources as the pages speak of them, for one opening of one record.
#[derive(Debug, Clone, Copy)]
pub struct Sources<'a> {
    ledger: &'a Ledger,
}

impl<'a> Sources<'a> {
    /// Speaks of the sources of `ledger`.
    #[must_use]
    pub const fn new(ledger: &'a Ledger) -> Self {
        Self { ledger }
    }

    /// The short word for a source: `"GP"`; its code where the register does not know it.
    #[must_use]
    pub fn short_name(&self, organisation: &'a OdsCode) -> &'a str {
        self.ledger
            .standing(organisation)
            .map_or(organisation.as_str(), |standing| {
                standing.source.short_name.as_str()
            })
    }

    /// The short word for a source where a sentence speaks of it; with its name where another
    /// source has the same short word.
    #[must_use]
    pub fn label(&self, organisation: &OdsCode) -> String {
        let Some(standing) = self.ledger.standing(organisation) else {
            return organisation.to_string();
        };
        let source = &standing.source;
        let same = self
            .ledger
            .sources
            .iter()
            .filter(|other| other.source.short_name == source.short_name);
        if same.count() > 1 {
            source.name.clone()
        } else {
            source.short_name.clone()
        }
    }

    /// The name of a source; its code where the register does not know it.
    #[must_use]
    pub fn name(&self, organisation: &'a OdsCode) -> &'a str {
        self.ledger
            .standing(organisation)
            .map_or(organisation.as_str(), |standing| {
                standing.source.name.as_str()
            })
    }

    /// Place of a source in the register's order; unknown sources come last.
    #[must_use]
    pub fn rank(&self, organisation: &OdsCode) -> usize {
        self.ledger
            .sources
            .iter()
            .position(|standing| standing.source.organisation == *organisation)
            .unwrap_or(usize::MAX)
    }

    /// How a source stood; one that the register does not know has not been heard.
    #[must_use]
    pub fn state(&self, organisation: &OdsCode) -> SourceState {
        self.ledger.standing(organisation).map_or(
            SourceState::Unavailable {
                last_heard_at: None,
            },
            |standing| standing.state,
        )
    }

    /// The chip of a line of `organisation` that Tarn received at `received_at`.
    #[must_use]
    pub fn chip(&self, organisation: &'a OdsCode, received_at: Timestamp) -> Chip {
        let state = self.state(organisation);
        let (note, as_at) = match state {
            SourceState::Live { as_at } => (None, as_at),
            SourceState::Late {
                complete_to,
                late_by_seconds,
            } => (Some(dates::late_by(late_by_seconds)), complete_to),
            SourceState::Unavailable { last_heard_at } => (
                Some(format!("copy of {}", dates::day_of(received_at))),
                last_heard_at.unwrap_or(received_at),
            ),
            SourceState::NotConnected => (None, received_at),
        };
        Chip {
            source: self.short_name(organisation).to_owned(),
            name: self.name(organisation).to_owned(),
            mark: mark(state),
            note,
            as_at: format!("as at {}", dates::date_time(as_at)),
        }
    }

    /// The chip of a line with the date of its own that the ledger does not tell.
    #[must_use]
    pub fn dated_chip(
        &self,
        organisation: &'a OdsCode,
        at: Timestamp,
        dated: Option<&When>,
    ) -> Chip {
        let mut chip = self.chip(organisation, at);
        if let (None, Some(when)) = (&chip.note, dated) {
            chip.note = Some(dates::when(when));
        }
        chip
    }

    /// One cell per source for the strip under the banner, in the register's order.
    #[must_use]
    pub fn cells(&self, permitted: HeadingSet, now: Timestamp) -> Vec<SourceCell> {
        self.ledger
            .sources
            .iter()
            .map(|standing| SourceCell::new(standing, permitted, now))
            .collect()
    }
}

/// One source in the strip under the banner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceCell {
    /// Short word and name: `"GP · Oak Lane Surgery"`.
    pub title: String,
    /// Short word alone, for paper.
    pub short: String,
    /// How it stood.
    pub mark: SourceMark,
    /// The state in words: `"Live 10:04"`.
    pub state: String,
    /// What follows from it: what it feeds, up to when it is complete, or whom to ring.
    pub detail: String,
    /// Whom to ring, where ringing is the way to know.
    pub telephone: Option<String>,
    /// Whether asking again could help.
    pub try_again: bool,
}

impl SourceCell {
    fn new(standing: &SourceStanding, permitted: HeadingSet, now: Timestamp) -> Self {
        let source = &standing.source;
        let title = if source.short_name == source.name {
            source.name.clone()
        } else {
            format!("{} · {}", source.short_name, source.name)
        };
        let mut cell = Self {
            title,
            short: source.short_name.clone(),
            mark: mark(standing.state),
            state: String::new(),
            detail: String::new(),
            telephone: None,
            try_again: false,
        };
        match standing.state {
            SourceState::Live { .. } => {
                cell.state = format!("Live {}", dates::time(now));
                let told = HeadingSet::EMPTY.with(tarn_model::Heading::Demographics);
                cell.detail = feeds(source.headings.and(permitted).without(told));
            }
            SourceState::Late {
                complete_to,
                late_by_seconds,
            } => {
                cell.state = dates::late_by(late_by_seconds);
                cell.detail = format!("Complete to {}", dates::date_time(complete_to));
            }
            SourceState::Unavailable { last_heard_at } => {
                cell.state = "Unavailable".to_owned();
                cell.detail = last_heard(last_heard_at, now);
                cell.telephone.clone_from(&source.telephone);
                cell.try_again = true;
            }
            SourceState::NotConnected => {
                cell.state = "Not connected".to_owned();
                cell.detail = match source.telephone {
                    Some(_) => "Ask by telephone:".to_owned(),
                    None => "Ask the service itself".to_owned(),
                };
                cell.telephone.clone_from(&source.telephone);
            }
        }
        cell
    }
}

/// When a source that does not answer was asked and last heard.
#[must_use]
pub fn last_heard(last_heard_at: Option<Timestamp>, now: Timestamp) -> String {
    match last_heard_at {
        Some(at) => format!(
            "No answer at {}. Last heard {}",
            dates::time(now),
            dates::date_time(at)
        ),
        None => format!("No answer at {}. Never heard", dates::time(now)),
    }
}

/// The first four headings a source feeds, and how many more.
fn feeds(headings: HeadingSet) -> String {
    let titles: Vec<&str> = headings.iter().map(tarn_model::Heading::title).collect();
    match titles.as_slice() {
        [] => "Nothing that is part of your role".to_owned(),
        [first, rest @ ..] => {
            let mut text = (*first).to_owned();
            for title in rest.iter().take(2) {
                text.push_str(", ");
                text.push_str(&title.to_lowercase());
            }
            if rest.len() > 2 {
                text.push_str(&format!(" and {} more", rest.len() - 2));
            }
            text
        }
    }
}
