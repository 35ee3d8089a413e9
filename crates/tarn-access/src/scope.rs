//! The scope of one asker on one record: what the agreement's ruling allows, as a predicate.

use tarn_governance::{Citation, Ruling};
use tarn_model::{Heading, HeadingSet, LabelSet, OdsCode};
use tarn_record::{Line, Selection};

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

    /// Whether an entry that stands under all these headings may be shown as a whole: each of
    /// them must be granted, with every label cleared. What stands under no heading is not shown.
    pub(crate) fn allows_all(
        &self,
        source: &OdsCode,
        headings: HeadingSet,
        labels: LabelSet,
    ) -> bool {
        let granted: HeadingSet = self
            .grants
            .iter()
            .filter(|grant| grant.covers(source) && labels.within(grant.cleared))
            .map(|grant| grant.heading)
            .collect();
        !headings.is_empty() && headings.without(granted).is_empty()
    }

    /// Whether every heading has the same clearance, so that [`Scope::selection`] is exact.
    pub(crate) fn is_even(&self) -> bool {
        let cleared = self.widest_clearance();
        self.grants.iter().all(|grant| grant.cleared == cleared)
    }

    /// What may be read, as a predicate for the record. It is wider than the scope where headings
    /// have different clearances: [`Scope::allows_all`] has the last word.
    pub(crate) fn selection(&self) -> Selection {
        let mut sources: Vec<(OdsCode, HeadingSet)> = Vec::new();
        for grant in &self.grants {
            for organisation in &grant.sources {
                match sources.iter_mut().find(|(named, _)| named == organisation) {
                    Some((_, headings)) => *headings = headings.with(grant.heading),
                    None => {
                        sources.push((organisation.clone(), HeadingSet::EMPTY.with(grant.heading)))
                    }
                }
            }
        }
        Selection {
            sources,
            cleared: self.widest_clearance(),
            since: None,
        }
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

#[cfg(test)]
mod tests {
    use tarn_governance::{Duties, Grant as Permitted, Verdict};
    use tarn_model::Label;

    use super::*;

    fn ods(code: &str) -> OdsCode {
        code.parse().unwrap()
    }

    /// Documents of the hospital without a label, problems of both up to "restricted".
    fn uneven() -> Scope {
        let restricted = LabelSet::EMPTY.with(Label::Restricted);
        let grant = |heading, sources: &[&str], cleared| Permitted {
            heading,
            sources: sources.iter().map(|code| ods(code)).collect(),
            cleared,
            citation: Citation {
                agreement: "a".into(),
                version: "1".into(),
                hash: "0".into(),
                clause: "4.1".into(),
            },
        };
        let ruling = Ruling {
            outcome: Verdict::Permit,
            permitted: vec![
                grant(Heading::Documents, &["RSB"], LabelSet::EMPTY),
                grant(Heading::Problems, &["RSB", "OAK01"], restricted),
            ],
            duties: Duties::default(),
        };
        Scope::new(&ruling, None)
    }

    #[test]
    fn each_heading_of_an_entry_needs_its_own_clearance() {
        let scope = uneven();
        let check = |source: &str, headings: &[Heading], labels: &[Label], seen: bool| {
            let headings: HeadingSet = headings.iter().copied().collect();
            let labels: LabelSet = labels.iter().copied().collect();
            let found = scope.allows_all(&ods(source), headings, labels);
            assert_eq!(found, seen, "{source} {headings:?} {labels:?}");
        };
        let (documents, problems) = (Heading::Documents, Heading::Problems);
        check("RSB", &[problems], &[Label::Restricted], true);
        check("RSB", &[documents], &[], true);
        check("RSB", &[documents, problems], &[], true);
        check("RSB", &[documents], &[Label::Restricted], false);
        check("RSB", &[documents, problems], &[Label::Restricted], false);
        check("OAK01", &[problems], &[], true);
        check("OAK01", &[documents, problems], &[], false);
        check("OAK01", &[problems], &[Label::MentalHealth], false);
        check("HUC01", &[problems], &[], false);
        check("RSB", &[], &[], false);
        assert!(!scope.is_even());
    }
}
