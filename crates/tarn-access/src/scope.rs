//! The scope of one asker on one record: what the agreement's ruling allows, as a predicate.

use tarn_governance::{Citation, Ruling};
use tarn_model::{Heading, HeadingSet, LabelSet, OdsCode};
use tarn_record::Line;

/// What may be read, per heading and source. Compiled into the query, and checked again on every
/// line that comes back, since a source may answer with more than it was asked for.
#[derive(Debug, Clone)]
pub(crate) struct Scope {
    grants: Vec<Grant>,
}

#[derive(Debug, Clone)]
struct Grant {
    heading: Heading,
    sources: Vec<OdsCode>,
    cleared: LabelSet,
    citation: Citation,
}

impl Scope {
    /// The grants of `ruling` under the headings that were asked for.
    pub(crate) fn new(ruling: &Ruling, asked: Option<HeadingSet>) -> Self {
        let wanted = asked.unwrap_or_else(HeadingSet::all);
        let grants = ruling
            .permitted
            .iter()
            .filter(|grant| wanted.contains(grant.heading))
            .map(|grant| Grant {
                heading: grant.heading,
                sources: grant.sources.clone(),
                cleared: grant.cleared,
                citation: grant.citation.clone(),
            })
            .collect();
        Self { grants }
    }

    /// Whether this very line may be shown.
    pub(crate) fn allows(&self, line: &Line) -> bool {
        self.grants.iter().any(|grant| {
            grant.heading == line.heading
                && grant.covers(&line.source)
                && line.labels.within(grant.cleared)
        })
    }

    /// The headings that may be read from one source.
    pub(crate) fn headings_of(&self, organisation: &OdsCode) -> HeadingSet {
        self.grants
            .iter()
            .filter(|grant| grant.covers(organisation))
            .map(|grant| grant.heading)
            .collect()
    }

    /// Every heading that may be read from some source.
    pub(crate) fn headings(&self) -> HeadingSet {
        self.grants.iter().map(|grant| grant.heading).collect()
    }

    /// The labels that some grant clears. The query takes this; each line is then held against
    /// its own heading's clearance by [`Scope::allows`].
    pub(crate) fn widest_clearance(&self) -> LabelSet {
        self.grants
            .iter()
            .fold(LabelSet::EMPTY, |all, grant| all.or(grant.cleared))
    }

    /// Each clause that allowed something, with the headings it allowed.
    pub(crate) fn citations(&self) -> Vec<(Citation, HeadingSet)> {
        let mut found: Vec<(Citation, HeadingSet)> = Vec::new();
        for grant in &self.grants {
            match found
                .iter_mut()
                .find(|(citation, _)| *citation == grant.citation)
            {
                Some((_, headings)) => *headings = headings.with(grant.heading),
                None => found.push((
                    grant.citation.clone(),
                    HeadingSet::EMPTY.with(grant.heading),
                )),
            }
        }
        found
    }
}

impl Grant {
    fn covers(&self, organisation: &OdsCode) -> bool {
        self.sources.contains(organisation)
    }
}
