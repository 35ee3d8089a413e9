//! The plain panel: a heading's lines, one row each, and what is missing from them.

use std::collections::BTreeMap;

use askama::Template;
use tarn_access::{Line, PersonRecord, Polarity};
use tarn_model::{Heading, PersonId, Timestamp};
use tarn_web::Icon;

use crate::completeness::{Gap, gaps};
use crate::dates;
use crate::medicine_text::squash;
use crate::source::{Chip, Sources};

/// One row of a plain panel.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Row {
    /// Shape before the row, where its kind has one.
    pub icon: Option<Icon>,
    /// What it is, in the source's words.
    pub title: String,
    /// Where the title leads.
    pub link: Option<String>,
    /// More of the source's words.
    pub text: Option<String>,
    /// Dates, people and places, each one piece.
    pub context: Vec<String>,
    /// A number to ring.
    pub telephone: Option<String>,
    /// Who says so, each with its as-at time; never empty.
    pub chips: Vec<Chip>,
}

/// A heading's lines.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "panels/rows.html")]
pub struct Panel {
    /// Id of the section: the heading's word.
    pub id: &'static str,
    /// Title.
    pub title: String,
    /// Count and order, in words.
    pub count: String,
    /// Further class of the section.
    pub class: &'static str,
    /// Where the whole list is, and the words of that link.
    pub more: Option<(String, String)>,
    /// The rows.
    pub rows: Vec<Row>,
    /// What is missing.
    pub gaps: Vec<Gap>,
}

impl Panel {
    /// The lines under `heading`, at most `most` of them; the rest is one link away at `more`.
    #[must_use]
    pub fn of(
        record: &PersonRecord,
        heading: Heading,
        most: usize,
        more: Option<&str>,
        now: Timestamp,
    ) -> Self {
        let lines: Vec<&Line> = record
            .under(heading)
            .filter(|line| line.polarity != Polarity::EnteredInError)
            .collect();
        let rows = match heading {
            Heading::Problems => shared(&lines, record, is_active),
            Heading::Alerts => shared(&lines, record, |_| true),
            _ => lines.iter().map(|line| row(line, record)).collect(),
        };
        let all = rows.len();
        let past = match heading {
            Heading::Problems => lines.iter().filter(|line| !is_active(line)).count(),
            _ => 0,
        };
        let hidden = all.saturating_sub(most);
        Self {
            id: heading.word(),
            title: title(heading).to_owned(),
            count: count(heading, all),
            class: if heading == Heading::Alerts {
                "is-alert"
            } else {
                ""
            },
            more: more.filter(|_| hidden + past > 0).map(|to| {
                let words = if past > 0 {
                    format!("{past} past")
                } else {
                    format!("All {all}")
                };
                (to.to_owned(), words)
            }),
            rows: rows.into_iter().take(most).collect(),
            gaps: gaps(&record.ledger, heading, all, now),
        }
    }

    /// Past problems, which the snapshot leaves out.
    #[must_use]
    pub fn past_problems(record: &PersonRecord) -> Self {
        let lines: Vec<&Line> = record
            .under(Heading::Problems)
            .filter(|line| line.polarity != Polarity::EnteredInError)
            .collect();
        let rows = shared(&lines, record, |line| !is_active(line));
        Self {
            id: "past-problems",
            title: "Past problems".to_owned(),
            count: format!("{} · newest first", rows.len()),
            class: "",
            more: None,
            gaps: gaps(
                &record.ledger,
                Heading::Problems,
                rows.len(),
                record.opening.at,
            ),
            rows,
        }
    }
}

fn title(heading: Heading) -> &'static str {
    match heading {
        Heading::AboutMe => "Top things about me",
        Heading::Documents => "Letters",
        other => other.title(),
    }
}

fn count(heading: Heading, all: usize) -> String {
    match heading {
        Heading::Problems => format!("{all} active · newest first"),
        Heading::CareTeam => format!("{all} known"),
        Heading::Alerts | Heading::AboutMe => all.to_string(),
        _ => format!("{all} · newest first"),
    }
}

fn row(line: &Line, record: &PersonRecord) -> Row {
    let sources = Sources::new(&record.ledger);
    let detail = &line.detail;
    let mut row = Row {
        title: line.display.clone(),
        text: detail.text.clone(),
        chips: vec![sources.chip(&line.source, line.received_at)],
        ..Row::default()
    };
    match line.heading {
        Heading::Alerts => {
            row.icon = Some(alert_icon(&line.display));
            row.link = opens(line, record.person);
            row.context = dated(line, "");
        }
        Heading::CareTeam => care_circle(line, &mut row),
        Heading::Documents => letter(line, record.person, sources, &mut row),
        Heading::Immunisations => {
            row.context = dated(
                line,
                if line.polarity == Polarity::Negated {
                    "Not given"
                } else {
                    "Given"
                },
            );
        }
        Heading::Appointments | Heading::Encounters | Heading::Referrals => {
            row.context = dated(line, "");
            row.context.push(status_words(&line.status));
        }
        _ => row.context = dated(line, ""),
    }
    if line.polarity == Polarity::Negated && line.heading != Heading::Immunisations {
        row.context.insert(0, "Recorded as not so".to_owned());
    }
    if line.heading != Heading::CareTeam {
        row.context.extend(
            [&detail.indication, &detail.status_reason]
                .into_iter()
                .flatten()
                .cloned(),
        );
        row.context.extend(measured(line));
        row.context
            .extend([&detail.who, &detail.place].into_iter().flatten().cloned());
    }
    row.context.retain(|piece| !piece.is_empty());
    row
}

fn care_circle(line: &Line, row: &mut Row) {
    let detail = &line.detail;
    row.title = detail.who.clone().unwrap_or_else(|| line.display.clone());
    row.telephone.clone_from(&detail.telephone);
    let role = detail.role.clone().filter(|role| *role != row.title);
    let display = Some(line.display.clone())
        .filter(|words| *words != row.title && role.as_ref() != Some(words));
    row.context = [role, display, detail.place.clone()]
        .into_iter()
        .flatten()
        .collect();
    if let Some(since) = &line.clinical_at {
        row.context.push(format!("Since {}", dates::when(since)));
    }
    if let Some(until) = &line.clinical_until {
        row.context.push(format!("until {}", dates::when(until)));
    }
}

fn letter(line: &Line, person: PersonId, sources: Sources<'_>, row: &mut Row) {
    row.title = line
        .detail
        .title
        .clone()
        .unwrap_or_else(|| line.display.clone());
    row.link = opens(line, person);
    let dated = line.clinical_at.as_ref().or(line.recorded_at.as_ref());
    row.context = vec![
        dated.map_or("Date not recorded".to_owned(), |when| {
            format!("Dated {}", dates::day(when))
        }),
        format!("arrived {}", dates::day_of(line.received_at)),
        sources.name(&line.source).to_owned(),
    ];
    if row.title != line.display {
        row.context.push(line.display.clone());
    }
}

/// Where the line's letter or text opens.
fn opens(line: &Line, person: PersonId) -> Option<String> {
    line.detail.opens.as_ref().map(|_| {
        format!(
            "/people/{person}/documents/{}/{}",
            line.resource_type, line.resource_id
        )
    })
}

/// Begin and end of a line, in words.
fn dated(line: &Line, label: &str) -> Vec<String> {
    let Some(from) = line.clinical_at.as_ref().or(line.recorded_at.as_ref()) else {
        return vec![label.to_owned(), "Date not recorded".to_owned()];
    };
    let mut words = match &line.clinical_until {
        Some(until) if dates::when(until) != dates::when(from) => {
            format!("{} to {}", dates::when(from), dates::when(until))
        }
        _ => dates::when(from),
    };
    if !label.is_empty() {
        words = format!("{label} {words}");
    }
    vec![words]
}

fn measured(line: &Line) -> Option<String> {
    let value = line.value.as_ref()?;
    Some(
        line.unit
            .as_ref()
            .map_or(value.clone(), |unit| format!("{value}\u{a0}{unit}")),
    )
}

fn status_words(status: &str) -> String {
    match status {
        "unknown" => String::new(),
        "noshow" => "did not attend".to_owned(),
        other => other.replace('-', " "),
    }
}

fn alert_icon(display: &str) -> Icon {
    let words = display.to_lowercase();
    if words.contains("respect") || words.contains("plan") {
        Icon::Page
    } else if words.contains("key safe") || words.contains("keysafe") {
        Icon::Key
    } else {
        Icon::Alert
    }
}

fn is_active(line: &Line) -> bool {
    line.polarity == Polarity::Asserted
        && !matches!(line.status.as_str(), "inactive" | "remission" | "resolved")
}

/// One row per name; the sources that say the same share it, each with its own date.
fn shared(lines: &[&Line], record: &PersonRecord, keep: impl Fn(&Line) -> bool) -> Vec<Row> {
    let sources = Sources::new(&record.ledger);
    let mut by_name: BTreeMap<String, Vec<&Line>> = BTreeMap::new();
    for line in lines.iter().filter(|line| keep(line)) {
        let text = line.detail.text.as_deref().unwrap_or_default();
        by_name
            .entry(squash(&format!("{} {text}", line.display)))
            .or_default()
            .push(line);
    }
    let mut groups: Vec<Vec<&Line>> = by_name.into_values().collect();
    for group in &mut groups {
        group.sort_by_key(|line| (sources.rank(&line.source), line.resource_id.clone()));
    }
    let newest = |group: &Vec<&Line>| {
        let at = group
            .iter()
            .filter_map(|line| line.clinical_at.or(line.recorded_at))
            .map(|when| when.at);
        std::cmp::Reverse(at.max())
    };
    groups.sort_by_key(|group| {
        (
            newest(group),
            group.first().map(|line| squash(&line.display)),
        )
    });
    let rows = groups.iter().filter_map(|group| {
        let first = group.first()?;
        let mut row = row(first, record);
        row.chips = group
            .iter()
            .map(|line| sources.chip(&line.source, line.received_at))
            .collect();
        row.chips.dedup();
        if first.heading == Heading::Alerts {
            row.link = group.iter().find_map(|line| opens(line, record.person));
        }
        let said: Vec<(String, String)> = group
            .iter()
            .map(|line| {
                (
                    dated(line, "").concat(),
                    sources.short_name(&line.source).to_owned(),
                )
            })
            .collect();
        let agree = said
            .iter()
            .all(|(date, _)| Some(date) == said.first().map(|(first, _)| first));
        if !agree {
            row.context = said
                .iter()
                .map(|(date, source)| format!("{date} ({source})"))
                .collect();
        }
        Some(row)
    });
    rows.collect()
}
