//! One line of the record in plain words, with the source's own words kept.

use tarn_access::{Ledger, Line, Polarity, SourceState, When};
use tarn_model::{Heading, Precision};
use tarn_web::{SourceChip, SourceMark, citizen_date, machine_date};

use crate::{glossary, words};

/// One entry as the page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// What it is, in the source's words.
    pub(crate) what: String,
    /// What stands in front of it and changes its meaning: "Ruled out", "Not given".
    pub(crate) turned: Option<&'static str>,
    /// The same in plain words, where the table has them.
    pub(crate) plain: Option<&'static str>,
    /// More about it, one sentence part each.
    pub(crate) facts: Vec<String>,
    /// Its date in words, and for computers.
    pub(crate) when: Option<(String, String)>,
    /// Where it came from.
    pub(crate) source: String,
    /// How that source stands, where it is not up to date.
    pub(crate) chip: Option<SourceChip>,
    /// Where its letter, or the text of an alert, opens.
    pub(crate) letter: Option<String>,
    /// Whether its source marked it as a mistake.
    pub(crate) is_mistake: bool,
}

impl Entry {
    /// A line of the record, with what the ledger says of its source.
    pub(crate) fn of(line: &Line, ledger: &Ledger) -> Self {
        let standing = ledger.standing(&line.source);
        let chip = standing.and_then(|standing| match standing.state {
            SourceState::Late {
                late_by_seconds, ..
            } => Some(
                SourceChip::new(&standing.source.short_name, SourceMark::Late).with(format!(
                    "{} late",
                    tarn_web::lateness_in_words(late_by_seconds)
                )),
            ),
            SourceState::Unavailable { .. } => Some(
                SourceChip::new(&standing.source.short_name, SourceMark::Unavailable)
                    .with("older copy"),
            ),
            SourceState::Live { .. } | SourceState::NotConnected => None,
        });
        Self {
            what: line.display.clone(),
            turned: turned(line),
            plain: glossary::explain(&line.display),
            facts: facts(line),
            when: moment(line).map(|when| {
                (
                    citizen_date(when.at, when.precision),
                    machine_date(when.at, when.precision),
                )
            }),
            source: standing.map_or_else(
                || line.source.to_string(),
                |standing| standing.source.name.clone(),
            ),
            chip,
            letter: line.detail.opens.as_ref().map(|_| {
                format!(
                    "/record/letters/{}/{}",
                    line.resource_type, line.resource_id
                )
            }),
            is_mistake: line.polarity == Polarity::EnteredInError,
        }
    }
}

/// When it happened, or else when it was written down.
pub(crate) fn moment(line: &Line) -> Option<When> {
    line.clinical_at.or(line.recorded_at)
}

/// Whether the entry is about what is now, so far as its source says. Anything not known to be
/// over counts as now.
pub(crate) fn is_current(line: &Line) -> bool {
    !matches!(
        line.status.as_str(),
        "completed"
            | "stopped"
            | "cancelled"
            | "entered-in-error"
            | "inactive"
            | "resolved"
            | "remission"
            | "ended"
            | "finished"
            | "discontinued"
            | "revoked"
            | "superseded"
    )
}

/// A statement that something is not so must never look like one that it is.
fn turned(line: &Line) -> Option<&'static str> {
    match (line.polarity, line.heading) {
        (Polarity::Asserted, _) => None,
        (Polarity::EnteredInError, _) => Some("Entered by mistake"),
        // "No known allergies" carries its own "no".
        (Polarity::Negated, Heading::Allergies)
            if line.display.to_ascii_lowercase().starts_with("no ") =>
        {
            None
        }
        (Polarity::Negated, Heading::Allergies) => Some("Ruled out"),
        (Polarity::Negated, Heading::Immunisations) => Some("Not given"),
        (Polarity::Negated, Heading::Medicines) => Some("Not taken"),
        (Polarity::Negated, Heading::Problems) => Some("Ruled out"),
        (Polarity::Negated, Heading::Procedures) => Some("Not done"),
        (Polarity::Negated, _) => Some("Not so"),
    }
}

fn facts(line: &Line) -> Vec<String> {
    let detail = &line.detail;
    let mut facts = Vec::new();
    let mut add = |fact: Option<String>| facts.extend(fact.filter(|words| !words.is_empty()));
    add(line.value.as_ref().map(|value| match &line.unit {
        Some(unit) => format!("{value}\u{a0}{unit}"),
        None => value.clone(),
    }));
    add(detail.interpretation.as_deref().map(interpretation));
    add(range(line));
    for component in &detail.components {
        add(Some(component.clone()));
    }
    add(dosage(line));
    if !detail.reactions.is_empty() {
        add(Some(format!("Reaction: {}", detail.reactions.join(", "))));
    }
    add(detail
        .severity
        .as_ref()
        .map(|severity| format!("Severity: {severity}")));
    add(detail.indication.as_ref().map(|why| format!("For {why}")));
    add(status(line));
    add(detail
        .status_reason
        .as_ref()
        .map(|why| format!("Reason: {why}")));
    add(detail.who.clone());
    add(detail.role.clone());
    add(detail.place.clone());
    add(detail.telephone.clone());
    add(detail.text.clone());
    facts
}

/// The whole instruction as written, or its parts in order.
fn dosage(line: &Line) -> Option<String> {
    let detail = &line.detail;
    if detail.dosage_text.is_some() {
        return detail.dosage_text.clone();
    }
    let parts: Vec<&str> = [&detail.dose, &detail.route, &detail.frequency]
        .into_iter()
        .filter_map(|part| part.as_deref())
        .collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn range(line: &Line) -> Option<String> {
    let detail = &line.detail;
    let limits = match (&detail.range_low, &detail.range_high, &detail.range_text) {
        (_, _, Some(text)) => text.clone(),
        (Some(low), Some(high), None) => format!("{low} to {high}"),
        (Some(low), None, None) => format!("{low} or more"),
        (None, Some(high), None) => format!("{high} or less"),
        (None, None, None) => return None,
    };
    Some(match &detail.range_for {
        Some(people) => format!("Usual for {people}: {limits}"),
        None => format!("Usual: {limits}"),
    })
}

fn interpretation(word: &str) -> String {
    match word {
        "H" | "HH" | "above" | "high" | "High" => "Higher than usual".to_owned(),
        "L" | "LL" | "below" | "low" | "Low" => "Lower than usual".to_owned(),
        "N" | "normal" | "Normal" => "As usual".to_owned(),
        other => other.to_owned(),
    }
}

/// The status where it says more than that the entry holds. A word the table does not have stands
/// as its source wrote it.
fn status(line: &Line) -> Option<String> {
    let plain = match line.status.as_str() {
        "" | "unknown" | "active" | "current" | "final" | "confirmed" | "in-progress"
        | "entered-in-error" => {
            return None;
        }
        "completed" | "finished" => "Finished",
        "stopped" | "discontinued" => "Stopped",
        "on-hold" | "suspended" => "Paused",
        "cancelled" => "Cancelled",
        "inactive" => "No longer current",
        "resolved" => "Over",
        "recurrence" | "relapse" => "Came back",
        "remission" => "Under control",
        "booked" => "Booked",
        "fulfilled" => "Kept",
        "noshow" => "Missed",
        "planned" | "proposed" => "Planned",
        "arrived" => "Arrived",
        "preliminary" => "First result, not final yet",
        "amended" | "corrected" => "Corrected",
        "draft" => "Draft",
        "not-done" => "Not done",
        other => return Some(format!("Status: {other}")),
    };
    let until = line
        .clinical_until
        .filter(|until| until.precision != Precision::Year);
    Some(match until {
        Some(until) => format!("{plain} {}", citizen_date(until.at, until.precision)),
        None => plain.to_owned(),
    })
}

/// The entries under one heading: those that hold, those that are over, and mistakes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Entries {
    pub(crate) now: Vec<Entry>,
    pub(crate) past: Vec<Entry>,
    pub(crate) mistakes: Vec<Entry>,
}

impl Entries {
    pub(crate) fn of<'a>(lines: impl Iterator<Item = &'a Line>, ledger: &Ledger) -> Self {
        let mut entries = Self::default();
        for line in lines {
            let entry = Entry::of(line, ledger);
            // Only where a list of what holds now matters is the past set apart.
            let splits = matches!(line.heading, Heading::Medicines | Heading::Problems);
            if entry.is_mistake {
                entries.mistakes.push(entry);
            } else if splits && !is_current(line) {
                entries.past.push(entry);
            } else {
                entries.now.push(entry);
            }
        }
        entries
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.now.is_empty() && self.past.is_empty()
    }

    /// How many are past, as the link to them says: `"11 past medicines"`.
    pub(crate) fn past_words(&self, heading: Heading) -> String {
        words::counted(heading, self.past.len()).replacen('\u{a0}', " past ", 1)
    }
}
