//! The last 72 hours as lanes and as a list.

use askama::Template;
use tarn_access::{Line, PersonRecord};
use tarn_model::Timestamp;

use crate::contacts::{Contacts, Lane, WIDTH, latest};
use crate::dates;
use crate::source::{Chip, Sources};

/// The panel.
#[derive(Debug, Clone, PartialEq, Template)]
#[template(path = "panels/contacts.html")]
pub struct ContactsPanel {
    /// Lanes.
    pub lanes: Vec<Lane>,
    /// Height of the drawing.
    pub height: usize,
    /// Midnights: place and date.
    pub days: Vec<(String, String)>,
    /// Time at the right end.
    pub until: String,
    /// Contacts, newest first.
    pub contacts: Vec<ContactRow>,
    /// Services that are not in the list, in words; empty if there are none.
    pub missing: String,
    /// Where all contacts are.
    pub timeline: String,
    /// Whether part of a lane has not been received.
    pub is_behind: bool,
    /// Further lines of encounters that are older.
    pub older: usize,
}

/// One contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactRow {
    /// Date and time.
    pub when: String,
    /// What it was.
    pub title: String,
    /// What was found and done.
    pub text: Option<String>,
    /// Who, where, how it stands.
    pub context: Vec<String>,
    /// Source and as-at time.
    pub chip: Chip,
}

impl ContactsPanel {
    /// The panel of a record.
    #[must_use]
    pub fn new(record: &PersonRecord, timeline: &str, now: Timestamp) -> Self {
        let found = Contacts::gather(&record.lines, &record.ledger, now);
        let sources = Sources::new(&record.ledger);
        let missing: Vec<String> = found
            .missing
            .iter()
            .map(|absent| format!("{} ({})", absent.service, absent.why))
            .collect();
        let all = record.under(tarn_model::Heading::Encounters).count();
        Self {
            height: found.height(),
            is_behind: found.lanes.iter().any(|lane| lane.is_behind),
            older: all.saturating_sub(found.contacts.len()),
            contacts: found
                .contacts
                .iter()
                .map(|line| contact(line, sources, now))
                .collect(),
            lanes: found.lanes,
            days: found.days,
            until: dates::time(now),
            missing: tarn_web::list(&missing),
            timeline: timeline.to_owned(),
        }
    }

    fn width(&self) -> f64 {
        WIDTH
    }
}

fn contact(line: &Line, sources: Sources<'_>, now: Timestamp) -> ContactRow {
    let detail = &line.detail;
    let shown = line
        .clinical_until
        .filter(|until| latest(line, now) == Some(until.at))
        .or(line.clinical_at);
    let mut context: Vec<String> = Vec::new();
    if let (Some(until), Some(from)) = (&line.clinical_until, &line.clinical_at)
        && dates::day(until) != dates::day(from)
    {
        context.push(format!("From {}", dates::when(from)));
    }
    let reason = detail.indication.as_ref().filter(|_| detail.text.is_some());
    context.extend(
        [detail.who.as_ref(), detail.place.as_ref(), reason]
            .into_iter()
            .flatten()
            .cloned(),
    );
    if line.status == "in-progress" {
        context.push("still going on".to_owned());
    }
    context.push(format!("received {}", dates::date_time(line.received_at)));
    ContactRow {
        when: shown
            .as_ref()
            .map_or("Date not recorded".to_owned(), dates::when),
        title: line.display.clone(),
        text: detail.text.clone().or_else(|| detail.indication.clone()),
        context,
        chip: sources.chip(&line.source, line.received_at),
    }
}
