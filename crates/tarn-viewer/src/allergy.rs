//! The allergy panel: always the union of every source, under one of four titles.
//!
//! Source: CUI patient banner PAB-0064 to -0072.

use tarn_access::{Ledger, Line, Polarity, SourceState};
use tarn_model::{Heading, OdsCode, Timestamp};

use crate::medicine_text::squash;

/// The title of the panel and of the fifth section of the banner: exactly one of four
/// (PAB-0064).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AllergyState {
    /// At least one source records one.
    Known,
    /// Every source answered, at least one says that there are none, and no source records one.
    NoneKnown,
    /// Every source answered, and none says anything.
    NotRecorded,
    /// No allergy is at hand and a source that would tell does not answer, so nothing can be
    /// said.
    Unavailable,
}

impl AllergyState {
    /// The words.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Known => "Known allergies",
            Self::NoneKnown => "No known allergies",
            Self::NotRecorded => "Allergies not recorded",
            Self::Unavailable => "Allergies unavailable",
        }
    }
}

/// One allergen, with every source that records it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allergen<'a> {
    /// The allergen in the words of the source that comes first.
    pub display: &'a str,
    /// Each source's entry.
    pub lines: Vec<&'a Line>,
    /// Whether it is known only from a copy of a source that does not answer.
    pub from_copy: bool,
}

/// What is known of a person's allergies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allergies<'a> {
    /// The title.
    pub state: AllergyState,
    /// The union over all sources; an allergen is never left out because somebody says "none".
    pub allergens: Vec<Allergen<'a>>,
    /// Statements that there are none, wherever they came from.
    pub denials: Vec<&'a Line>,
    /// Whether a source denies what another records: both are shown, neither wins.
    pub conflict: bool,
    /// Allergies that their source records as past or refuted; kept apart and shown as such.
    pub past: Vec<&'a Line>,
    /// The sources that feed allergies and do not answer, with when they were last heard.
    pub unavailable: Vec<(&'a OdsCode, Option<Timestamp>)>,
}

impl<'a> Allergies<'a> {
    /// Gathers the allergy lines of a record and the copies held of silent sources.
    ///
    /// `lines` and `held` may hold lines of any heading; only allergies are read.
    #[must_use]
    pub fn gather(lines: &'a [Line], held: &'a [Line], ledger: &'a Ledger) -> Self {
        let mut found = Self {
            state: AllergyState::NotRecorded,
            allergens: Vec::new(),
            denials: Vec::new(),
            conflict: false,
            past: Vec::new(),
            unavailable: unavailable(ledger),
        };
        let of_allergies = |line: &&Line| line.heading == Heading::Allergies;
        let mut all: Vec<(&Line, bool)> = lines
            .iter()
            .filter(of_allergies)
            .map(|line| (line, false))
            .chain(held.iter().filter(of_allergies).map(|line| (line, true)))
            .collect();
        all.sort_by_key(|(line, copy)| {
            (*copy, &line.source, &line.resource_type, &line.resource_id)
        });
        for (line, copy) in all {
            found.add(line, copy);
        }
        found.allergens.sort_by_key(|allergen| {
            let newest = allergen.lines.iter().filter_map(|line| updated(line)).max();
            (
                allergen.from_copy,
                severity_rank(allergen),
                std::cmp::Reverse(newest),
                squash(allergen.display),
            )
        });
        // A denial in a copy is old news: it conflicts, but never makes the title.
        let answered_none = found.denials.iter().any(|denial| !is_held(denial, held));
        found.conflict = !found.allergens.is_empty() && !found.denials.is_empty();
        found.state = title(
            !found.allergens.is_empty(),
            answered_none,
            !found.unavailable.is_empty(),
        );
        found
    }

    fn add(&mut self, line: &'a Line, copy: bool) {
        match (line.polarity, is_statement_of_none(line)) {
            (Polarity::EnteredInError, _) => {}
            (_, true) => self.denials.push(line),
            (Polarity::Negated, false) => self.past.push(line),
            (Polarity::Asserted, false) if !is_active(line) => self.past.push(line),
            (Polarity::Asserted, false) => {
                let same = |allergen: &&mut Allergen<'_>| {
                    allergen.from_copy == copy && squash(allergen.display) == squash(&line.display)
                };
                match self.allergens.iter_mut().find(same) {
                    Some(allergen) => allergen.lines.push(line),
                    None => self.allergens.push(Allergen {
                        display: &line.display,
                        lines: vec![line],
                        from_copy: copy,
                    }),
                }
            }
        }
    }
}

/// When the entry was last updated, as its source dates it (PAB-0065).
#[must_use]
pub fn updated(line: &Line) -> Option<Timestamp> {
    line.recorded_at.or(line.clinical_at).map(|when| when.at)
}

/// The four states, from the three facts that decide them.
const fn title(any_known: bool, any_says_none: bool, any_silent: bool) -> AllergyState {
    match (any_known, any_silent, any_says_none) {
        (true, _, _) => AllergyState::Known,
        (false, true, _) => AllergyState::Unavailable,
        (false, false, true) => AllergyState::NoneKnown,
        (false, false, false) => AllergyState::NotRecorded,
    }
}

fn unavailable(ledger: &Ledger) -> Vec<(&OdsCode, Option<Timestamp>)> {
    ledger
        .unavailable(Heading::Allergies)
        .map(|standing| {
            let heard = match standing.state {
                SourceState::Unavailable { last_heard_at } => last_heard_at,
                SourceState::Late { complete_to, .. } => Some(complete_to),
                SourceState::Live { as_at } => Some(as_at),
                SourceState::NotConnected => None,
            };
            (&standing.source.organisation, heard)
        })
        .collect()
}

/// A statement that there are no allergies of some kind, rather than that one allergy is refuted.
/// The record marks both as negated; the words and the codes tell them apart.
fn is_statement_of_none(line: &Line) -> bool {
    let code = line
        .code
        .as_ref()
        .map(|code| code.code.as_str())
        .unwrap_or_default();
    // SNOMED CT: no known allergy; no known drug allergy; no known food allergy; no known
    // environmental allergy; no known insect allergy; no known latex allergy.
    let coded = matches!(
        code,
        "716186003"
            | "409137002"
            | "429625007"
            | "428607008"
            | "428197003"
            | "716184000"
            | "1003774007"
    );
    let words = line.display.trim().to_lowercase();
    let said = [
        "no known",
        "no allerg",
        "no drug allerg",
        "nil known",
        "nkda",
        "nka",
    ]
    .iter()
    .any(|start| words.starts_with(start));
    line.polarity != Polarity::EnteredInError && (coded || said)
}

fn is_active(line: &Line) -> bool {
    !matches!(line.status.as_str(), "inactive" | "resolved")
}

fn is_held(line: &Line, held: &[Line]) -> bool {
    held.iter().any(|copy| std::ptr::eq(copy, line))
}

fn severity_rank(allergen: &Allergen<'_>) -> u8 {
    let severe = |line: &&Line| -> bool {
        let words = line
            .detail
            .severity
            .as_deref()
            .unwrap_or_default()
            .to_lowercase();
        words.contains("severe") || words.contains("high") || words.contains("life")
    };
    u8::from(!allergen.lines.iter().any(severe))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::samples::{self, allergy, ledger, silent};

    #[test]
    fn pab_0064_every_combination_of_facts_has_its_one_title() {
        let check = |known: bool, none: bool, silence: bool, expected: AllergyState| {
            let mut lines = Vec::new();
            lines.extend(known.then(|| allergy("A1", "penicillin")));
            lines.extend(none.then(|| samples::no_known_allergies("B2")));
            let ledger = if silence {
                silent("C3", Heading::Allergies)
            } else {
                ledger(&["A1", "B2", "C3"])
            };
            let found = Allergies::gather(&lines, &[], &ledger);
            assert_eq!(
                found.state, expected,
                "known {known}, none {none}, silent {silence}"
            );
            assert_eq!(found.allergens.len(), usize::from(known));
            assert_eq!(found.conflict, known && none);
        };
        check(false, false, false, AllergyState::NotRecorded);
        check(false, false, true, AllergyState::Unavailable);
        check(false, true, false, AllergyState::NoneKnown);
        check(false, true, true, AllergyState::Unavailable);
        check(true, false, false, AllergyState::Known);
        check(true, false, true, AllergyState::Known);
        check(true, true, false, AllergyState::Known);
        check(true, true, true, AllergyState::Known);
    }

    #[test]
    fn a_copy_of_a_silent_source_still_warns_and_never_reassures() {
        let ledger = silent("A1", Heading::Allergies);
        let held = [allergy("A1", "penicillin")];
        let found = Allergies::gather(&[], &held, &ledger);
        assert_eq!(found.state, AllergyState::Known);
        assert!(found.allergens[0].from_copy);
        let reassuring = [samples::no_known_allergies("A1")];
        let found = Allergies::gather(&[], &reassuring, &ledger);
        assert_eq!(found.state, AllergyState::Unavailable);
    }

    #[test]
    fn a_refuted_or_resolved_allergy_is_neither_known_nor_a_denial() {
        let mut refuted = allergy("A1", "latex");
        refuted.polarity = Polarity::Negated;
        let mut resolved = allergy("A1", "eggs");
        resolved.status = "resolved".to_owned();
        resolved.resource_id = "2".to_owned();
        let mut mistaken = allergy("A1", "peanut");
        mistaken.polarity = Polarity::EnteredInError;
        mistaken.resource_id = "3".to_owned();
        let lines = [refuted, resolved, mistaken];
        let ledger = ledger(&["A1"]);
        let found = Allergies::gather(&lines, &[], &ledger);
        assert_eq!(found.state, AllergyState::NotRecorded);
        assert_eq!((found.past.len(), found.denials.len()), (2, 0));
    }

    proptest::proptest! {
        #[test]
        fn no_source_can_suppress_another(
            which in proptest::collection::vec((0usize..4, 0usize..3, proptest::bool::ANY), 0..12),
            silence in proptest::bool::ANY,
        ) {
            let sources = ["A1", "B2", "C3", "D4"];
            let allergens = ["penicillin", "latex", "eggs"];
            let lines: Vec<Line> = which.iter().enumerate().map(|(id, (source, what, denies))| {
                let mut line = if *denies {
                    samples::no_known_allergies(sources[*source])
                } else {
                    allergy(sources[*source], allergens[*what])
                };
                line.resource_id = id.to_string();
                line
            }).collect();
            let ledger = if silence { silent("A1", Heading::Allergies) } else { ledger(&sources) };
            let found = Allergies::gather(&lines, &[], &ledger);
            let said: BTreeSet<&str> = lines.iter().filter(|l| l.polarity == Polarity::Asserted).map(|l| l.display.as_str()).collect();
            let shown: BTreeSet<&str> = found.allergens.iter().map(|a| a.display).collect();
            assert_eq!(said, shown);
            let entries: usize = found.allergens.iter().map(|a| a.lines.len()).sum();
            assert_eq!(entries + found.denials.len(), lines.len());
            if silence || !shown.is_empty() {
                assert_ne!(found.state, AllergyState::NoneKnown);
            }
            let mut turned = lines.clone();
            turned.reverse();
            let again = Allergies::gather(&turned, &[], &ledger);
            assert_eq!(again.state, found.state);
            let names: Vec<&str> = again.allergens.iter().map(|a| a.display).collect();
            assert_eq!(names, found.allergens.iter().map(|a| a.display).collect::<Vec<_>>());
        }
    }
}
