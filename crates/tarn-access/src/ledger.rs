use tarn_model::{Heading, HeadingSet, OdsCode, Timestamp};
use tarn_record::{Line, Source, SourceState};

/// What may be said of one heading from one source: present, or why there is nothing.
///
/// Absent is not empty. `None` is true whether nothing is held or something is kept from the
/// asker, and is the only word staff get for either.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell {
    /// There are lines.
    Present {
        /// How many are shown.
        count: usize,
    },
    /// None to show.
    None,
    /// The source is behind; what is shown is complete up to `complete_to`.
    Late {
        /// How many are shown.
        count: usize,
        /// Complete up to here.
        complete_to: Timestamp,
    },
    /// The source does not answer. Not to be read as "none".
    Unavailable {
        /// When it was last heard, if ever.
        last_heard_at: Option<Timestamp>,
    },
    /// The source has not joined.
    NotConnected,
    /// Not part of the asker's role: the same for every person.
    NotYourRole,
    /// To the person themselves only: others do not see this, by the person's own choice.
    HiddenByYourChoice {
        /// How many lines others do not see.
        count: usize,
    },
}

/// One source and how it stood when the record was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceStanding {
    /// The source.
    pub source: Source,
    /// How it stood.
    pub state: SourceState,
}

/// The completeness ledger: every source, and what it says under every heading it feeds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ledger {
    /// Every source in the register, in the register's order.
    pub sources: Vec<SourceStanding>,
    /// One entry per source and heading that the source feeds.
    pub cells: Vec<LedgerCell>,
}

/// One entry of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerCell {
    /// The source.
    pub organisation: OdsCode,
    /// The heading.
    pub heading: Heading,
    /// What is said.
    pub cell: Cell,
}

impl Ledger {
    /// Builds the ledger from what was allowed and what came.
    pub(crate) fn build(
        sources: Vec<SourceStanding>,
        permitted: HeadingSet,
        hidden_from_others: bool,
        lines: &[Line],
    ) -> Self {
        let mut cells = Vec::new();
        for standing in &sources {
            let organisation = &standing.source.organisation;
            for heading in standing.source.headings.iter() {
                let count = lines
                    .iter()
                    .filter(|line| line.heading == heading && line.source == *organisation)
                    .count();
                let cell = cell(
                    standing.state,
                    permitted.contains(heading),
                    hidden_from_others,
                    count,
                );
                cells.push(LedgerCell {
                    organisation: organisation.clone(),
                    heading,
                    cell,
                });
            }
        }
        Self { sources, cells }
    }

    /// What each source says under `heading`, in the register's order.
    pub fn heading(&self, heading: Heading) -> impl Iterator<Item = &LedgerCell> {
        self.cells
            .iter()
            .filter(move |cell| cell.heading == heading)
    }

    /// The sources that feed `heading` and did not answer.
    pub fn unavailable(&self, heading: Heading) -> impl Iterator<Item = &SourceStanding> {
        self.sources.iter().filter(move |standing| {
            standing.source.headings.contains(heading)
                && matches!(standing.state, SourceState::Unavailable { .. })
        })
    }

    /// How the source stood.
    #[must_use]
    pub fn standing(&self, organisation: &OdsCode) -> Option<&SourceStanding> {
        self.sources
            .iter()
            .find(|standing| standing.source.organisation == *organisation)
    }
}

fn cell(state: SourceState, permitted: bool, hidden_from_others: bool, count: usize) -> Cell {
    match (permitted, state) {
        (false, _) => Cell::NotYourRole,
        (true, SourceState::NotConnected) => Cell::NotConnected,
        (true, SourceState::Unavailable { last_heard_at }) => Cell::Unavailable { last_heard_at },
        (true, SourceState::Live { .. } | SourceState::Late { .. })
            if hidden_from_others && count > 0 =>
        {
            Cell::HiddenByYourChoice { count }
        }
        (true, SourceState::Late { complete_to, .. }) => Cell::Late { count, complete_to },
        (true, SourceState::Live { .. }) if count > 0 => Cell::Present { count },
        (true, SourceState::Live { .. }) => Cell::None,
    }
}
