//! Results and measurements: latest large, previous beside it, direction and range in words.

use askama::Template;
use tarn_access::{Line, PersonRecord};
use tarn_model::{Heading, Timestamp};

use crate::completeness::{Gap, gaps};
use crate::result::{Flag, Series, flag, measured, range_words, value};
use crate::source::{Chip, Sources};
use crate::sparkline::Sparkline;

/// The panel.
#[derive(Debug, Clone, PartialEq, Template)]
#[template(path = "panels/results.html")]
pub struct ResultsPanel {
    /// Id of the section.
    pub id: &'static str,
    /// Title.
    pub title: &'static str,
    /// How many results there are in all.
    pub count: usize,
    /// Where all are.
    pub more: Option<String>,
    /// The series, the one with the newest value first.
    pub series: Vec<SeriesRow>,
    /// Reports and results without a value.
    pub reports: Vec<ReportRow>,
    /// What is missing.
    pub gaps: Vec<Gap>,
    /// Whether every value is listed under its series.
    pub in_full: bool,
}

/// One series.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesRow {
    /// The test.
    pub name: String,
    /// Latest value, in the source's digits.
    pub value: String,
    /// Unit.
    pub unit: Option<String>,
    /// Where it lies, as a word.
    pub flag: Option<Flag>,
    /// When it was measured.
    pub measured: String,
    /// Range, with the people it is for.
    pub range: String,
    /// The value before, and when.
    pub previous: Option<(String, String)>,
    /// Small graph, and since when it runs.
    pub graph: Option<(Sparkline, String)>,
    /// Source and as-at time of the latest.
    pub chip: Chip,
    /// Every value, newest first.
    pub values: Vec<ValueRow>,
}

/// One value of a series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueRow {
    /// When.
    pub measured: String,
    /// Value and unit.
    pub value: String,
    /// Where it lies.
    pub flag: Option<Flag>,
    /// Range.
    pub range: String,
    /// Source and as-at time.
    pub chip: Chip,
}

/// A report, or a result without a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportRow {
    /// What.
    pub title: String,
    /// Its words.
    pub text: Option<String>,
    /// When, status, who.
    pub context: Vec<String>,
    /// Source and as-at time.
    pub chip: Chip,
}

impl ResultsPanel {
    /// The results or measurements of a record: at most `most` series, or all in full.
    #[must_use]
    pub fn new(
        record: &PersonRecord,
        heading: Heading,
        most: Option<usize>,
        more: Option<&str>,
        now: Timestamp,
    ) -> Self {
        let sources = Sources::new(&record.ledger);
        let series = Series::gather(record.under(heading));
        let count = record.under(heading).count();
        let limit = most.unwrap_or(usize::MAX);
        let mut reports: Vec<ReportRow> = record
            .under(heading)
            .filter(|line| line.value.is_none() && line.detail.components.is_empty())
            .filter(|line| line.polarity != tarn_access::Polarity::EnteredInError)
            .map(|line| report(line, sources))
            .collect();
        reports.truncate(limit / 2);
        Self {
            id: heading.word(),
            title: heading.title(),
            count,
            more: more.map(str::to_owned),
            series: series
                .iter()
                .take(limit)
                .filter_map(|series| row(series, sources))
                .collect(),
            reports,
            gaps: gaps(&record.ledger, heading, count, now),
            in_full: most.is_none(),
        }
    }
}

fn row(series: &Series<'_>, sources: Sources<'_>) -> Option<SeriesRow> {
    let latest = series.latest()?;
    Some(SeriesRow {
        name: series.name.to_owned(),
        value: value(latest),
        unit: series.unit.map(str::to_owned),
        flag: flag(latest),
        measured: measured(latest),
        range: range_words(latest),
        previous: series.previous().map(|line| (value(line), measured(line))),
        graph: series.sparkline(),
        chip: sources.chip(&latest.source, latest.received_at),
        values: series
            .lines
            .iter()
            .map(|line| value_row(line, sources))
            .collect(),
    })
}

fn value_row(line: &Line, sources: Sources<'_>) -> ValueRow {
    let unit = line
        .unit
        .as_deref()
        .map(|unit| format!("\u{a0}{unit}"))
        .unwrap_or_default();
    ValueRow {
        measured: measured(line),
        value: format!("{}{unit}", value(line)),
        flag: flag(line),
        range: range_words(line),
        chip: sources.chip(&line.source, line.received_at),
    }
}

fn report(line: &Line, sources: Sources<'_>) -> ReportRow {
    let mut context = vec![measured(line), line.status.replace('-', " ")];
    context.extend(
        [&line.detail.category, &line.detail.who]
            .into_iter()
            .flatten()
            .cloned(),
    );
    ReportRow {
        title: line.display.clone(),
        text: line.detail.text.clone(),
        context,
        chip: sources.chip(&line.source, line.received_at),
    }
}
