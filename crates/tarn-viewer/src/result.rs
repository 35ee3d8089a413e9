//! Results and measurements as series: latest and previous, range, direction.
//!
//! A series never mixes units (GTAB-028): the same test in two units is two series.

use std::collections::BTreeMap;

use tarn_access::{Line, Polarity};

use crate::dates;
use crate::medicine_text::squash;
use crate::sparkline::{Point, Sparkline};

/// Thirty-one days, in seconds.
const MONTH_SECONDS: i64 = 31 * 86_400;

/// One test in one unit, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series<'a> {
    /// The test in the words of its newest line.
    pub name: &'a str,
    /// The unit, always shown (GTAB-027).
    pub unit: Option<&'a str>,
    /// The lines, newest first.
    pub lines: Vec<&'a Line>,
}

/// Where a value lies, as a word beside it; never as a colour alone (GTAB-161).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag {
    /// The word: `"above"`, `"below"`, or the source's own.
    pub word: String,
    /// Whether it calls for attention.
    pub attention: bool,
}

impl<'a> Series<'a> {
    /// Gathers lines with a value into series, the one with the newest value first. Lines marked
    /// as mistakes are left out; lines without a value or parts are not results of a test.
    #[must_use]
    pub fn gather(lines: impl IntoIterator<Item = &'a Line>) -> Vec<Self> {
        let mut by_test: BTreeMap<(String, String), Vec<&'a Line>> = BTreeMap::new();
        for line in lines {
            let measured = line.value.is_some() || !line.detail.components.is_empty();
            if line.polarity == Polarity::Asserted && measured {
                let unit = line.unit.as_deref().unwrap_or_default().trim().to_owned();
                by_test
                    .entry((squash(&line.display), unit))
                    .or_default()
                    .push(line);
            }
        }
        let mut series: Vec<Self> = by_test
            .into_values()
            .filter_map(|mut lines| {
                lines.sort_by_key(|line| {
                    (std::cmp::Reverse(at(line)), &line.source, &line.resource_id)
                });
                let newest = lines.first()?;
                let unit = newest
                    .unit
                    .as_deref()
                    .map(str::trim)
                    .filter(|unit| !unit.is_empty());
                Some(Self {
                    name: &newest.display,
                    unit,
                    lines,
                })
            })
            .collect();
        series.sort_by_key(|series| {
            (
                std::cmp::Reverse(series.lines.first().and_then(|line| at(line))),
                squash(series.name),
            )
        });
        series
    }

    /// The newest line.
    #[must_use]
    pub fn latest(&self) -> Option<&'a Line> {
        self.lines.first().copied()
    }

    /// The one before it (GTAB-047).
    #[must_use]
    pub fn previous(&self) -> Option<&'a Line> {
        self.lines.get(1).copied()
    }

    /// The line of the series' values over time, where at least two are plain numbers with a
    /// date, and the words that say since when.
    ///
    /// With three or more values in the month before the newest it covers that month, since years
    /// before would press it into one corner; otherwise it covers everything.
    #[must_use]
    pub fn sparkline(&self) -> Option<(Sparkline, String)> {
        let points: Vec<Point> = self
            .lines
            .iter()
            .rev()
            .filter_map(|line| {
                Some(Point {
                    at: at(line)?,
                    value: plain_number(line.value.as_deref()?)?,
                })
            })
            .collect();
        let newest = points.last()?.at;
        let recent = points.partition_point(|point| point.at < newest.plus_seconds(-MONTH_SECONDS));
        let shown = points
            .get(recent..)
            .filter(|shown| shown.len() >= 3)
            .unwrap_or(&points);
        let (low, high) = self.latest().map_or((None, None), range);
        let since = format!("since {}", dates::day_of(shown.first()?.at));
        Sparkline::new(shown, low, high).map(|drawn| (drawn, since))
    }
}

/// The value in the source's own digits; the parts of a composite one after the other.
#[must_use]
pub fn value(line: &Line) -> String {
    line.value
        .clone()
        .unwrap_or_else(|| line.detail.components.join(", "))
}

/// Where the value lies: the source's own interpretation, else the range it came with.
#[must_use]
pub fn flag(line: &Line) -> Option<Flag> {
    let worded = |word: &str, attention| {
        Some(Flag {
            word: word.to_owned(),
            attention,
        })
    };
    if let Some(said) = line.detail.interpretation.as_deref().map(str::trim) {
        return match said.to_lowercase().as_str() {
            "" | "n" | "normal" | "in range" | "within range" | "within normal range" => None,
            "h" | "high" | "above" | "above high normal" | "hu" => worded("above", true),
            "hh" | "critical high" | "critically high" => worded("far above", true),
            "l" | "low" | "below" | "below low normal" | "lu" => worded("below", true),
            "ll" | "critical low" | "critically low" => worded("far below", true),
            _ => worded(said, true),
        };
    }
    let value = plain_number(line.value.as_deref()?)?;
    let (low, high) = range(line);
    match (low, high) {
        (_, Some(high)) if value > high => worded("above", true),
        (Some(low), _) if value < low => worded("below", true),
        _ => None,
    }
}

/// The range with the people it is for (GTAB-176): `"women, 18 and over: 45–84"`.
#[must_use]
pub fn range_words(line: &Line) -> String {
    let detail = &line.detail;
    let limits = match (&detail.range_low, &detail.range_high, &detail.range_text) {
        (Some(low), Some(high), _) => format!("{low}–{high}"),
        (Some(low), None, _) => format!("{low} or more"),
        (None, Some(high), _) => format!("up to {high}"),
        (None, None, Some(words)) => words.clone(),
        (None, None, None) => return "no usual range given".to_owned(),
    };
    match &detail.range_for {
        Some(people) => format!("{people}: {limits}"),
        None => format!("usual range {limits}; whom for is not said"),
    }
}

/// When the value was measured, in words.
#[must_use]
pub fn measured(line: &Line) -> String {
    line.clinical_at
        .as_ref()
        .map_or("date not recorded".to_owned(), dates::when)
}

/// The limits of the range as numbers, where they are plain ones.
fn range(line: &Line) -> (Option<f64>, Option<f64>) {
    let limit = |text: &Option<String>| text.as_deref().and_then(plain_number);
    (
        limit(&line.detail.range_low),
        limit(&line.detail.range_high),
    )
}

/// A value as a number, for geometry and comparison only: `"<1.50"` is not one.
fn plain_number(text: &str) -> Option<f64> {
    text.trim()
        .parse()
        .ok()
        .filter(|number: &f64| number.is_finite())
}

fn at(line: &Line) -> Option<tarn_model::Timestamp> {
    line.clinical_at.or(line.recorded_at).map(|when| when.at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::result;

    #[test]
    fn gtab_028_two_units_are_two_series() {
        let lines = [
            result("A1", "Creatinine", "131", "micromol/L", "2026-11-21"),
            result("A1", "Creatinine", "138", "micromol/L", "2026-11-18"),
            result("B2", "creatinine", "1.5", "mg/dL", "2026-11-19"),
        ];
        let series = Series::gather(&lines);
        assert_eq!(series.len(), 2);
        assert_eq!(
            (series[0].unit, series[0].lines.len()),
            (Some("micromol/L"), 2)
        );
        assert_eq!(
            series[0].latest().and_then(|line| line.value.as_deref()),
            Some("131")
        );
        assert_eq!(
            series[0].previous().and_then(|line| line.value.as_deref()),
            Some("138")
        );
    }

    #[test]
    fn a_graph_says_since_when_and_keeps_to_the_month_where_it_can() {
        let values = [
            ("2019-03-01", "90"),
            ("2026-11-14", "168"),
            ("2026-11-18", "138"),
            ("2026-11-21", "131"),
        ];
        let lines = values.map(|(at, value)| result("A1", "Creatinine", value, "micromol/L", at));
        let (drawn, since) = Series::gather(&lines)[0].sparkline().unwrap();
        assert_eq!(
            (drawn.points.len(), since.as_str()),
            (3, "since 14-Nov-2026")
        );
        let (drawn, since) = Series::gather(&lines[..2])[0].sparkline().unwrap();
        assert_eq!(
            (drawn.points.len(), since.as_str()),
            (2, "since 01-Mar-2019")
        );
    }

    #[test]
    fn flags_are_words() {
        let check = |value: &str, interpretation: Option<&str>, word: Option<&str>| {
            let mut line = result("A1", "Potassium", value, "mmol/L", "2026-11-21");
            line.detail.range_low = Some("3.5".to_owned());
            line.detail.range_high = Some("5.3".to_owned());
            line.detail.interpretation = interpretation.map(str::to_owned);
            assert_eq!(
                flag(&line).map(|flag| flag.word).as_deref(),
                word,
                "{value} {interpretation:?}"
            );
        };
        check("4.9", None, None);
        check("5.31", None, Some("above"));
        check("3.4", None, Some("below"));
        check("<3.0", None, None);
        check("4.9", Some("H"), Some("above"));
        check("9.9", Some("N"), None);
        check("4.9", Some("haemolysed"), Some("haemolysed"));
    }

    #[test]
    fn gtab_176_a_range_names_its_people() {
        let mut line = result("A1", "Creatinine", "131", "micromol/L", "2026-11-21");
        assert_eq!(range_words(&line), "no usual range given");
        line.detail.range_low = Some("45".to_owned());
        line.detail.range_high = Some("84".to_owned());
        assert_eq!(
            range_words(&line),
            "usual range 45–84; whom for is not said"
        );
        line.detail.range_for = Some("women, 18 and over".to_owned());
        assert_eq!(range_words(&line), "women, 18 and over: 45–84");
    }
}
