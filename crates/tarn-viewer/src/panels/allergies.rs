//! The allergy panel: the union of every source under one of CUI's four titles.

use askama::Template;
use tarn_access::{Line, PersonRecord};
use tarn_model::{Heading, Timestamp};

use crate::allergy::{Allergen, Allergies, AllergyState};
use crate::completeness::{Gap, gaps};
use crate::dates;
use crate::source::{Chip, Sources};

/// The panel.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "panels/allergies.html")]
pub struct AllergyPanel {
    /// Which of the four.
    pub state: AllergyState,
    /// Where sources contradict each other: what each says.
    pub conflict: Vec<Statement>,
    /// The allergens.
    pub allergens: Vec<AllergenRow>,
    /// Statements that there are none, where nothing contradicts them.
    pub denials: Vec<Statement>,
    /// Allergies that their source records as past or refuted.
    pub past: Vec<Statement>,
    /// What is missing.
    pub gaps: Vec<Gap>,
}

/// What one source says, with its date and source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The source's name.
    pub source: String,
    /// Its words.
    pub words: String,
    /// When it was last updated.
    pub updated: String,
    /// Source and as-at time.
    pub chip: Chip,
}

/// One allergen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllergenRow {
    /// What.
    pub display: String,
    /// What it did, as written, each source's words once.
    pub reactions: Vec<String>,
    /// How severe, as written.
    pub severity: Vec<String>,
    /// Each source with the date of its last update (PAB-0065).
    pub updated: Vec<String>,
    /// Whether it stands in a copy of a source that does not answer.
    pub from_copy: bool,
    /// Sources and as-at times.
    pub chips: Vec<Chip>,
}

impl AllergyPanel {
    /// The panel of a record.
    #[must_use]
    pub fn new(record: &PersonRecord, allergies: &Allergies<'_>, now: Timestamp) -> Self {
        let sources = Sources::new(&record.ledger);
        let denials: Vec<Statement> = allergies
            .denials
            .iter()
            .map(|line| statement(line, sources))
            .collect();
        let (conflict, denials) = if allergies.conflict {
            (denials, Vec::new())
        } else {
            (Vec::new(), denials)
        };
        let shown =
            allergies.allergens.len() + conflict.len() + denials.len() + allergies.past.len();
        Self {
            state: allergies.state,
            conflict,
            allergens: allergies
                .allergens
                .iter()
                .map(|allergen| row(allergen, sources))
                .collect(),
            denials,
            past: allergies
                .past
                .iter()
                .map(|line| statement(line, sources))
                .collect(),
            gaps: gaps(&record.ledger, Heading::Allergies, shown, now),
        }
    }

    /// The words under the title "Allergies unavailable".
    #[must_use]
    pub fn may_be_others(&self) -> bool {
        self.gaps.iter().any(|gap| gap.class == "is-unavailable")
    }
}

fn statement(line: &Line, sources: Sources<'_>) -> Statement {
    Statement {
        source: sources.name(&line.source).to_owned(),
        words: line.display.clone(),
        updated: updated(line),
        chip: sources.chip(&line.source, line.received_at),
    }
}

fn row(allergen: &Allergen<'_>, sources: Sources<'_>) -> AllergenRow {
    let mut reactions: Vec<String> = Vec::new();
    let mut severity: Vec<String> = Vec::new();
    for line in &allergen.lines {
        for reaction in &line.detail.reactions {
            if !reactions.contains(reaction) {
                reactions.push(reaction.clone());
            }
        }
        severity.extend(
            line.detail
                .severity
                .clone()
                .filter(|word| !severity.contains(word)),
        );
    }
    let several = allergen.lines.len() > 1;
    let updated = allergen.lines.iter().map(|line| {
        let source = if several {
            format!(" ({})", sources.short_name(&line.source))
        } else {
            String::new()
        };
        format!("Updated {}{source}", updated(line))
    });
    AllergenRow {
        display: allergen.display.to_owned(),
        reactions,
        severity,
        updated: updated.collect(),
        from_copy: allergen.from_copy,
        chips: allergen
            .lines
            .iter()
            .map(|line| sources.chip(&line.source, line.received_at))
            .collect(),
    }
}

fn updated(line: &Line) -> String {
    let when = line.recorded_at.as_ref().or(line.clinical_at.as_ref());
    when.map_or("date not recorded".to_owned(), dates::when)
}
