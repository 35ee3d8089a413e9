//! The medicine list: one row per drug, each source's words where they differ.

use askama::Template;
use tarn_access::{Line, PersonRecord};
use tarn_model::{Heading, Timestamp};

use crate::completeness::{Gap, gaps};
use crate::dates;
use crate::medicine::{Attribute, Entry, Medicine, Medicines, Outcome};
use crate::medicine_text::amount;
use crate::source::{Chip, Sources};

/// Days that count as recently past (MEDv-074).
const RECENT_DAYS: i64 = 90;

/// Which list is shown: exactly one (MEDv-062 to -067).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Current ones; the default.
    Current,
    /// Past ones.
    Past,
}

/// The panel.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "panels/medicines.html")]
pub struct MedicinePanel {
    /// Which list.
    pub which: Which,
    /// How many are current.
    pub current: usize,
    /// How many are past.
    pub past: usize,
    /// How many current ones differ between sources.
    pub differing: usize,
    /// Address of the whole list.
    pub list: String,
    /// Recently past ones: drug, and when and why it ended.
    pub recent: Vec<(String, String)>,
    /// The rows.
    pub rows: Vec<MedicineRow>,
    /// Single issues and doses given, in full lists only.
    pub issues: Vec<EntryRow>,
    /// How many entries their sources marked as mistakes.
    pub errors: usize,
    /// Lines from copies of sources that do not answer, if they were asked for.
    pub held: Vec<EntryRow>,
    /// What is missing.
    pub gaps: Vec<Gap>,
}

/// One drug.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MedicineRow {
    /// The merged line.
    pub line: MedicineLine,
    /// The difference marks: `"How often differs"`.
    pub differs: Vec<&'static str>,
    /// The agreed status; none where it differs.
    pub status: Option<&'static str>,
    /// When it started, with the source of each date where they differ.
    pub started: String,
    /// Further dates, and reasons.
    pub context: Vec<String>,
    /// Sources and as-at times.
    pub chips: Vec<Chip>,
    /// Each source's words, where sources differ.
    pub entries: Vec<EntryRow>,
    /// Why these entries are one row.
    pub why_one: String,
}

/// One source's words about a drug.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryRow {
    /// The source's name.
    pub source: String,
    /// Its line; attributes that differ are marked.
    pub line: MedicineLine,
    /// Its status, and whether it differs.
    pub status: (&'static str, bool),
    /// Last issued, changed, ended.
    pub when: String,
    /// Why it has its status.
    pub reason: Option<String>,
    /// Its words as they came: display, instruction, status.
    pub original: Vec<String>,
    /// Source and as-at time.
    pub chip: Chip,
}

/// The CUI medicine line: attributes in MEDi-051's order, for joining by a spaced em dash.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "panels/medicine_line.html")]
pub struct MedicineLine {
    /// The drug.
    pub name: String,
    /// The attributes after it.
    pub parts: Vec<Part>,
}

/// One attribute of a medicine line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its words.
    pub words: String,
    /// Whether it is the dose, with its label and in bold (MEDi-007, -038).
    pub is_dose: bool,
    /// Whether sources differ in it.
    pub differs: bool,
    /// Whether it tells the product, not what is taken of it.
    pub is_product: bool,
}

impl MedicinePanel {
    /// The panel of a record. `in_full` adds the single issues.
    #[must_use]
    pub fn new(record: &PersonRecord, which: Which, in_full: bool, now: Timestamp) -> Self {
        let sources = Sources::new(&record.ledger);
        let merged = Medicines::merge(record.under(Heading::Medicines));
        let shown = match which {
            Which::Current => &merged.current,
            Which::Past => &merged.past,
        };
        let one = |line: &Line| EntryRow::of(&line_entry(line), &[], sources);
        let held = record
            .held
            .iter()
            .filter(|line| line.heading == Heading::Medicines);
        Self {
            which,
            current: merged.current.len(),
            past: merged.past.len(),
            differing: merged.differing(),
            list: format!("/people/{}/medicines", record.person),
            recent: merged.recently_past(now, RECENT_DAYS).map(recent).collect(),
            rows: shown
                .iter()
                .map(|medicine| MedicineRow::of(medicine, sources))
                .collect(),
            issues: merged
                .issues
                .iter()
                .filter(|_| in_full)
                .map(|line| one(line))
                .collect(),
            errors: merged.errors.len(),
            held: held.filter(|_| in_full).map(one).collect(),
            gaps: gaps(&record.ledger, Heading::Medicines, shown.len(), now),
        }
    }

    fn is_current(&self) -> bool {
        self.which == Which::Current
    }
}

impl MedicineRow {
    fn of(medicine: &Medicine<'_>, sources: Sources<'_>) -> Self {
        let differing: Vec<Attribute> = match &medicine.outcome {
            Outcome::Differs(which) => which.clone(),
            Outcome::Same | Outcome::OnlyIn(_) => Vec::new(),
        };
        let mut entries: Vec<&Entry<'_>> = medicine.entries.iter().collect();
        entries.sort_by_key(|entry| sources.rank(&entry.line.source));
        let mut chips: Vec<Chip> = entries
            .iter()
            .map(|entry| sources.chip(&entry.line.source, entry.line.received_at))
            .collect();
        chips.dedup_by(|a, b| a.source == b.source);
        Self {
            line: MedicineLine::new(medicine.name, |attribute| medicine.agreed(attribute), &[]),
            differs: differing
                .iter()
                .map(|attribute| attribute.differs())
                .collect(),
            status: medicine
                .agreed(Attribute::Status)
                .and(entries.first().map(|entry| entry.status.word())),
            started: told(&entries, sources, |entry| {
                entry.line.clinical_at.as_ref().map(dates::when)
            })
            .unwrap_or_else(|| "start not recorded".to_owned()),
            context: context(&entries, sources),
            chips,
            why_one: why_one(medicine),
            entries: if differing.is_empty() {
                Vec::new()
            } else {
                entries
                    .iter()
                    .map(|entry| EntryRow::of(entry, &differing, sources))
                    .collect()
            },
        }
    }
}

impl EntryRow {
    fn of(entry: &Entry<'_>, differing: &[Attribute], sources: Sources<'_>) -> Self {
        let line = entry.line;
        let detail = &line.detail;
        let when = match (&detail.last_issued, &line.clinical_until, &line.clinical_at) {
            (_, Some(until), _) if !entry.status.is_current() => dates::when(until),
            (Some(issued), _, _) => format!("last issued {}", dates::when(issued)),
            (None, _, Some(from)) => format!("from {}", dates::when(from)),
            (None, Some(until), None) => format!("until {}", dates::when(until)),
            (None, None, None) => format!("received {}", dates::day_of(line.received_at)),
        };
        let original = [
            Some(format!("“{}”", line.display)),
            detail
                .dosage_text
                .as_ref()
                .map(|words| format!("“{words}”")),
            Some(format!("status “{}”", line.status)),
            line.clinical_at
                .as_ref()
                .map(|when| format!("started {}", dates::when(when))),
            Some(format!("received {}", dates::date_time(line.received_at))),
        ];
        Self {
            source: sources.name(&line.source).to_owned(),
            line: if differing.is_empty() {
                MedicineLine::new(entry.drug.name, |attribute| entry.says(attribute), &[])
            } else {
                // The merged line above has the drug; what stands here is what is taken.
                MedicineLine::new("", |attribute| entry.says(attribute), differing).taken()
            },
            status: (entry.status.word(), differing.contains(&Attribute::Status)),
            when,
            reason: detail.status_reason.clone(),
            original: original.into_iter().flatten().collect(),
            chip: sources.chip(&line.source, line.received_at),
        }
    }
}

impl MedicineLine {
    fn new<'a>(
        name: &str,
        says: impl Fn(Attribute) -> Option<&'a str>,
        differing: &[Attribute],
    ) -> Self {
        let shown = Attribute::ALL
            .iter()
            .filter(|attribute| **attribute != Attribute::Status);
        let parts = shown.filter_map(|attribute| {
            let words = says(*attribute)?;
            let is_amount = matches!(attribute, Attribute::Dose | Attribute::Strength);
            Some(Part {
                words: if is_amount {
                    amount(words)
                } else {
                    words.to_owned()
                },
                is_dose: *attribute == Attribute::Dose,
                differs: differing.contains(attribute),
                is_product: matches!(attribute, Attribute::Strength | Attribute::Form),
            })
        });
        Self {
            name: name.to_owned(),
            parts: parts.collect(),
        }
    }
}

impl MedicineLine {
    /// The line without the product's strength and form, unless sources differ in them.
    fn taken(mut self) -> Self {
        self.parts.retain(|part| part.differs || !part.is_product);
        self
    }
}

fn line_entry(line: &Line) -> Entry<'_> {
    Entry::new(line)
}

/// End, reason and last issue. Where sources give other dates, each is named with its source.
fn context(entries: &[&Entry<'_>], sources: Sources<'_>) -> Vec<String> {
    let ended = told(entries, sources, |entry| {
        entry
            .line
            .clinical_until
            .as_ref()
            .filter(|_| !entry.status.is_current())
            .map(dates::when)
    });
    let why = told(entries, sources, |entry| {
        entry.line.detail.indication.clone()
    });
    let reason = told(entries, sources, |entry| {
        entry.line.detail.status_reason.clone()
    });
    let issued = told(entries, sources, |entry| {
        entry.line.detail.last_issued.as_ref().map(dates::when)
    });
    // Where one source says that it was stopped and another that it was not, the dates and
    // reasons stand with the source, below.
    let one_status = entries
        .iter()
        .all(|entry| Some(entry.status) == entries.first().map(|e| e.status));
    let note = told(entries, sources, |entry| entry.line.detail.text.clone());
    let labelled =
        |label: &str, words: Option<String>| words.map(|words| format!("{label}{words}"));
    [
        labelled("ended ", ended.filter(|_| one_status)),
        labelled("for ", why),
        labelled("reason given ", reason.filter(|_| one_status)),
        labelled("last issued ", issued),
        labelled("note: ", note),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// What the sources say: once where all of them agree, else each with its source.
fn told(
    entries: &[&Entry<'_>],
    sources: Sources<'_>,
    says: impl Fn(&Entry<'_>) -> Option<String>,
) -> Option<String> {
    let said: Vec<(String, &str)> = entries
        .iter()
        .filter_map(|entry| Some((says(entry)?, sources.short_name(&entry.line.source))))
        .collect();
    let (first, _) = said.first()?;
    // What only some of them say is never put into everybody's mouth.
    let all_say = said.len() == entries.len();
    if all_say && said.iter().all(|(words, _)| words == first) {
        return Some(first.clone());
    }
    let each: Vec<String> = said
        .iter()
        .map(|(words, source)| format!("{words} ({source})"))
        .collect();
    Some(each.join(", "))
}

fn recent(medicine: &Medicine<'_>) -> (String, String) {
    let last = medicine
        .entries
        .iter()
        .max_by_key(|entry| entry.line.clinical_until.map(|when| when.at));
    let when = last.and_then(|entry| entry.line.clinical_until.or(entry.line.recorded_at));
    let reason = last.and_then(|entry| entry.line.detail.status_reason.clone());
    let words = [when.as_ref().map(dates::when), reason]
        .into_iter()
        .flatten();
    (
        medicine.name.to_owned(),
        words.collect::<Vec<_>>().join(", "),
    )
}

fn why_one(medicine: &Medicine<'_>) -> String {
    let codes: std::collections::BTreeSet<_> = medicine
        .entries
        .iter()
        .filter_map(|entry| {
            entry
                .line
                .code
                .as_ref()
                .map(|code| (&code.system, &code.code))
        })
        .collect();
    if codes.len() == 1
        && medicine
            .entries
            .iter()
            .all(|entry| entry.line.code.is_some())
    {
        "One row because every source gives the same code.".to_owned()
    } else {
        "One row because the sources name the same drug, and no form or route differs. Nothing was converted.".to_owned()
    }
}
