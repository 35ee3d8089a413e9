//! Merging medicines of several sources for display: one row per drug, nothing lost, nothing
//! invented.
//!
//! Entries are one drug when they carry the same code, or the same name with no two forms or
//! routes that differ. A merged row shows an attribute only where every source that gives it
//! agrees; where they differ it is left out and each source's own words stand below. The result
//! does not depend on the order in which sources answered.

use std::collections::{BTreeMap, BTreeSet};

use tarn_access::{Line, Polarity};
use tarn_model::{OdsCode, Timestamp};

use crate::medicine_text::{Drug, same_form, same_words, squash};
pub use crate::medicine_words::{Attribute, Status};

/// One source's entry in a row: the line itself and how it reads as a medicine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The line, verbatim.
    pub line: &'a Line,
    /// Its name, strength and form, as parts of the source's own words.
    pub drug: Drug<'a>,
    /// Its status.
    pub status: Status,
}

impl<'a> Entry<'a> {
    pub(crate) fn new(line: &'a Line) -> Self {
        Self {
            line,
            drug: Drug::of(line),
            status: Status::of(line),
        }
    }

    /// What the source says of `attribute`, in its own words (the status in CUI's).
    #[must_use]
    pub fn says(&self, attribute: Attribute) -> Option<&'a str> {
        let detail = &self.line.detail;
        match attribute {
            Attribute::Strength => self.drug.strength,
            Attribute::Form => self.drug.form,
            Attribute::Dose => detail.dose.as_deref(),
            Attribute::Route => detail.route.as_deref(),
            Attribute::Frequency => detail.frequency.as_deref(),
            Attribute::Instructions if detail.dose.is_none() && detail.frequency.is_none() => {
                detail.dosage_text.as_deref()
            }
            Attribute::Instructions => None,
            Attribute::Status => Some(self.status.word()),
        }
    }

    fn key(&self) -> (&OdsCode, &str, &str) {
        (
            &self.line.source,
            &self.line.resource_type,
            &self.line.resource_id,
        )
    }

    /// What tells two products of one drug apart: strength, form and route.
    fn product(&self) -> String {
        let route = self
            .line
            .detail
            .route
            .as_deref()
            .map(squash)
            .unwrap_or_default();
        format!("{} {route}", self.drug.whole())
    }

    fn started_at(&self) -> Option<Timestamp> {
        self.line.clinical_at.map(|when| when.at)
    }

    fn ended_at(&self) -> Option<Timestamp> {
        self.line
            .clinical_until
            .or(self.line.recorded_at)
            .map(|when| when.at)
    }
}

/// What comparing the sources of one row came to. There is no fourth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Several entries, and nothing that both give differs.
    Same,
    /// The same drug; these attributes differ.
    Differs(Vec<Attribute>),
    /// One source only has it.
    OnlyIn(OdsCode),
}

/// One row: a drug, and every entry that speaks of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Medicine<'a> {
    /// The drug's name as one of the sources writes it.
    pub name: &'a str,
    /// What the comparison came to.
    pub outcome: Outcome,
    /// The entries, by source and resource id.
    pub entries: Vec<Entry<'a>>,
}

impl<'a> Medicine<'a> {
    fn new(mut entries: Vec<Entry<'a>>) -> Self {
        entries.sort_by(|a, b| a.key().cmp(&b.key()));
        let differing: Vec<Attribute> = Attribute::ALL
            .iter()
            .copied()
            .filter(|attribute| !agree(&entries, *attribute))
            .collect();
        let sources: BTreeSet<&OdsCode> = entries.iter().map(|entry| &entry.line.source).collect();
        let outcome = match sources.first() {
            _ if !differing.is_empty() => Outcome::Differs(differing),
            Some(source) if sources.len() == 1 => Outcome::OnlyIn((*source).clone()),
            _ => Outcome::Same,
        };
        let name = entries
            .iter()
            .map(|entry| entry.drug.name)
            .min_by_key(|n| tidiness(n));
        Self {
            name: name.unwrap_or_default(),
            outcome,
            entries,
        }
    }

    /// The value of `attribute` that stands in the merged line: one that a source holds and no
    /// other contradicts; `None` if nobody gives it or the sources differ.
    #[must_use]
    pub fn agreed(&self, attribute: Attribute) -> Option<&'a str> {
        if self.differs_in(attribute) {
            return None;
        }
        let held = self
            .entries
            .iter()
            .filter_map(|entry| entry.says(attribute));
        held.min_by_key(|value| tidiness(value))
    }

    /// Whether the sources differ in `attribute`.
    #[must_use]
    pub fn differs_in(&self, attribute: Attribute) -> bool {
        matches!(&self.outcome, Outcome::Differs(which) if which.contains(&attribute))
    }

    /// When the newest of its current entries started, or the newest of all if none is current.
    #[must_use]
    pub fn started_at(&self) -> Option<Timestamp> {
        let current = self
            .entries
            .iter()
            .filter(|entry| entry.status.is_current());
        current
            .filter_map(Entry::started_at)
            .max()
            .or_else(|| self.entries.iter().filter_map(Entry::started_at).max())
    }

    /// When the last of its entries ended.
    #[must_use]
    pub fn ended_at(&self) -> Option<Timestamp> {
        self.entries.iter().filter_map(Entry::ended_at).max()
    }
}

/// A person's medicines as they are shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Medicines<'a> {
    /// Current ones, newest start first (MEDv-099).
    pub current: Vec<Medicine<'a>>,
    /// Past ones, newest end first (MEDv-100).
    pub past: Vec<Medicine<'a>>,
    /// Single issues and doses given (dispensings and administrations), newest first: evidence
    /// of a medicine, with a status that speaks of the act and not of the medicine.
    pub issues: Vec<&'a Line>,
    /// Entries that their source has marked as a mistake; never shown as a fact.
    pub errors: Vec<&'a Line>,
}

impl<'a> Medicines<'a> {
    /// Merges the medicine lines of a record. Every line given is in exactly one place of the
    /// result.
    #[must_use]
    pub fn merge(lines: impl IntoIterator<Item = &'a Line>) -> Self {
        let mut medicines = Self::default();
        let mut entries = Vec::new();
        for line in lines {
            if line.polarity == Polarity::EnteredInError {
                medicines.errors.push(line);
            } else if matches!(
                line.resource_type.as_str(),
                "MedicationDispense" | "MedicationAdministration"
            ) {
                medicines.issues.push(line);
            } else {
                entries.push(Entry::new(line));
            }
        }
        entries.sort_by(|a, b| a.key().cmp(&b.key()));
        for group in drugs(entries) {
            let (current, past) = divide(group);
            medicines
                .current
                .extend((!current.is_empty()).then(|| Medicine::new(current)));
            medicines
                .past
                .extend((!past.is_empty()).then(|| Medicine::new(past)));
        }
        medicines.sort();
        medicines
    }

    /// The past medicines that ended in the `days` days before `now` (MEDv-074).
    pub fn recently_past(&self, now: Timestamp, days: i64) -> impl Iterator<Item = &Medicine<'a>> {
        let since = now.plus_seconds(-days * 86_400);
        self.past.iter().filter(move |medicine| {
            medicine
                .ended_at()
                .is_some_and(|at| at >= since && at <= now)
        })
    }

    /// How many current medicines differ between sources.
    #[must_use]
    pub fn differing(&self) -> usize {
        let differs = |medicine: &&Medicine<'_>| matches!(medicine.outcome, Outcome::Differs(_));
        self.current.iter().filter(differs).count()
    }

    fn sort(&mut self) {
        // Total orders: equal dates fall back to the name, then to the first entry's key.
        let first = |m: &Medicine<'a>| {
            m.entries.first().map(|entry| {
                (
                    entry.line.source.clone(),
                    entry.line.resource_type.clone(),
                    entry.line.resource_id.clone(),
                )
            })
        };
        self.current
            .sort_by_key(|m| (std::cmp::Reverse(m.started_at()), squash(m.name), first(m)));
        self.past
            .sort_by_key(|m| (std::cmp::Reverse(m.ended_at()), squash(m.name), first(m)));
        let by_date = |line: &&Line| {
            let at = line.clinical_at.map(|when| when.at);
            (
                std::cmp::Reverse(at),
                line.source.clone(),
                line.resource_type.clone(),
                line.resource_id.clone(),
            )
        };
        self.issues.sort_by_key(by_date);
        self.errors.sort_by_key(by_date);
    }
}

/// Entries that speak of one drug. Same code or same name joins; where that brings together two
/// forms or routes, or two products that one source lists side by side, only the same code or the
/// same whole description joins.
fn drugs(entries: Vec<Entry<'_>>) -> Vec<Vec<Entry<'_>>> {
    let by_name = join(entries, |entry| squash(entry.drug.name));
    by_name
        .into_iter()
        .flat_map(|group| {
            if is_one_drug(&group) {
                vec![group]
            } else {
                join(group, Entry::product)
            }
        })
        .collect()
}

fn is_one_drug(group: &[Entry<'_>]) -> bool {
    let one = |says: &dyn Fn(&Entry<'_>) -> Option<String>| {
        group.iter().filter_map(says).collect::<BTreeSet<_>>().len() <= 1
    };
    let mut products: BTreeMap<&OdsCode, BTreeSet<String>> = BTreeMap::new();
    for entry in group.iter().filter(|entry| entry.status.is_current()) {
        products
            .entry(&entry.line.source)
            .or_default()
            .insert(entry.product());
    }
    one(&|entry| entry.drug.form.map(same_form))
        && one(&|entry| entry.line.detail.route.as_deref().map(squash))
        && products.values().all(|of_source| of_source.len() <= 1)
}

/// Groups entries that share a code or a `name`, directly or through others.
fn join<'a>(entries: Vec<Entry<'a>>, name: impl Fn(&Entry<'a>) -> String) -> Vec<Vec<Entry<'a>>> {
    let mut groups: Vec<(BTreeSet<String>, Vec<Entry<'a>>)> = Vec::new();
    for entry in entries {
        let mut keys = BTreeSet::from([format!("name {}", name(&entry))]);
        if let Some(code) = entry
            .line
            .code
            .as_ref()
            .filter(|code| !code.system.is_empty())
        {
            keys.insert(format!("code {}|{}", code.system, code.code));
        }
        let (touching, mut apart): (Vec<_>, Vec<_>) = groups
            .into_iter()
            .partition(|(have, _)| !have.is_disjoint(&keys));
        let mut joined = (keys, vec![entry]);
        for (have, entries) in touching {
            joined.0.extend(have);
            joined.1.extend(entries);
        }
        apart.push(joined);
        groups = apart;
    }
    groups.into_iter().map(|(_, entries)| entries).collect()
}

/// Splits one drug's entries into the current row and the past row.
///
/// A source that says the drug has stopped belongs in the current row, as a difference, if it has
/// no current entry of its own and stopped it after another source's current entry began; an old
/// course that ended before does not contradict anything.
fn divide(group: Vec<Entry<'_>>) -> (Vec<Entry<'_>>, Vec<Entry<'_>>) {
    let (mut current, past): (Vec<_>, Vec<_>) = group
        .into_iter()
        .partition(|entry| entry.status.is_current());
    if current.is_empty() {
        return (current, past);
    }
    let began = current.iter().filter_map(Entry::started_at).min();
    let has_current: BTreeSet<OdsCode> = current
        .iter()
        .map(|entry| entry.line.source.clone())
        .collect();
    let mut latest: BTreeMap<OdsCode, Entry<'_>> = BTreeMap::new();
    let mut older = Vec::new();
    for entry in past {
        let contradicts = match (entry.ended_at(), began) {
            (Some(ended), Some(began)) => ended >= began,
            _ => true,
        };
        if !contradicts || has_current.contains(&entry.line.source) {
            older.push(entry);
            continue;
        }
        match latest.remove(&entry.line.source) {
            Some(other) if (other.ended_at(), other.key()) > (entry.ended_at(), entry.key()) => {
                older.push(entry);
                latest.insert(other.line.source.clone(), other);
            }
            replaced => {
                older.extend(replaced);
                latest.insert(entry.line.source.clone(), entry);
            }
        }
    }
    current.extend(latest.into_values());
    (current, older)
}

fn agree(entries: &[Entry<'_>], attribute: Attribute) -> bool {
    let said: BTreeSet<String> = entries
        .iter()
        .filter_map(|entry| entry.says(attribute))
        .map(|value| {
            if attribute == Attribute::Form {
                same_form(value)
            } else {
                same_words(value)
            }
        })
        .collect();
    said.len() <= 1
}

/// Of two spellings of one value the tidier is shown: fewer capitals, then a space between amount
/// and unit, then the alphabet, so that the choice is always the same.
fn tidiness(value: &str) -> (usize, bool, &str) {
    (
        value.chars().filter(|c| c.is_uppercase()).count(),
        !value.contains(' '),
        value,
    )
}

#[cfg(test)]
mod tests;
