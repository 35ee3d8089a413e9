//! The last 72 hours: a lane for each service, newest on the right, and the list below it.

use tarn_access::{Ledger, Line, Polarity, SourceState};
use tarn_model::{Heading, Timestamp};
use tarn_web::SourceMark;

use crate::dates;
use crate::source::{Sources, mark};

/// How far back the strip looks.
pub const HOURS: i64 = 72;
/// Width of the lanes in SVG units; names stand before them.
pub const WIDTH: f64 = 300.0;
/// Height of one lane in SVG units.
pub const LANE: usize = 20;

/// Contacts of the last 72 hours, all services.
#[derive(Debug, Clone, PartialEq)]
pub struct Contacts<'a> {
    /// The contacts, newest first.
    pub contacts: Vec<&'a Line>,
    /// One lane per service that has a contact or is behind, in the register's order.
    pub lanes: Vec<Lane>,
    /// Midnights within the strip: place and date.
    pub days: Vec<(String, String)>,
    /// What is not in the list, and why: `("Mental health", "unavailable")`.
    pub missing: Vec<Absent>,
}

/// A service that the list does not cover.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Absent {
    /// The service's short word.
    pub service: String,
    /// `"unavailable"` or `"not connected"`.
    pub why: &'static str,
}

/// One service's lane.
#[derive(Debug, Clone, PartialEq)]
pub struct Lane {
    /// The service's short word.
    pub name: String,
    /// How it stood.
    pub mark: SourceMark,
    /// Middle of the lane.
    pub y: usize,
    /// Foot of the name's letters.
    pub baseline: usize,
    /// Up to where the lane is complete; dashed from there on.
    pub complete_to: String,
    /// Whether part of it has not been received.
    pub is_behind: bool,
    /// Contacts: begin and end on the lane; the same for a moment.
    pub marks: Vec<Mark>,
}

/// One contact on a lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Begin.
    pub from: String,
    /// End.
    pub to: String,
    /// Whether it lasted long enough to be a bar.
    pub is_stay: bool,
}

impl<'a> Contacts<'a> {
    /// Gathers the contacts that touch the 72 hours before `now`.
    #[must_use]
    pub fn gather(lines: &'a [Line], ledger: &Ledger, now: Timestamp) -> Self {
        let from = now.plus_seconds(-HOURS * 3600);
        let mut contacts: Vec<&Line> = lines
            .iter()
            .filter(|line| line.heading == Heading::Encounters && is_contact(line))
            .filter(|line| touches(line, from, now))
            .collect();
        contacts.sort_by_key(|line| {
            (
                std::cmp::Reverse(latest(line, now)),
                &line.source,
                &line.resource_id,
            )
        });
        Self {
            lanes: lanes(&contacts, ledger, from, now),
            contacts,
            days: days(from, now),
            missing: missing(ledger),
        }
    }

    /// Height of the drawing.
    #[must_use]
    pub fn height(&self) -> usize {
        self.lanes.len() * LANE + 4
    }
}

/// The moment that a contact is dated by: its end if it has ended (a discharge is the news of a
/// stay), else its begin.
#[must_use]
pub fn latest(line: &Line, now: Timestamp) -> Option<Timestamp> {
    let ended = line
        .clinical_until
        .map(|when| when.at)
        .filter(|at| *at <= now);
    ended.or(line.clinical_at.map(|when| when.at))
}

fn is_contact(line: &Line) -> bool {
    line.polarity == Polarity::Asserted
        && !matches!(
            line.status.as_str(),
            "planned" | "cancelled" | "proposed" | "booked" | "noshow"
        )
}

fn touches(line: &Line, from: Timestamp, now: Timestamp) -> bool {
    let Some(begin) = line.clinical_at.map(|when| when.at) else {
        return false;
    };
    let open = matches!(
        line.status.as_str(),
        "in-progress" | "arrived" | "triaged" | "onleave"
    );
    let end = line
        .clinical_until
        .map_or(if open { now } else { begin }, |when| when.at);
    begin <= now && end >= from
}

fn lanes(contacts: &[&Line], ledger: &Ledger, from: Timestamp, now: Timestamp) -> Vec<Lane> {
    let sources = Sources::new(ledger);
    let mut lanes = Vec::new();
    for standing in &ledger.sources {
        let organisation = &standing.source.organisation;
        let marks: Vec<Mark> = contacts
            .iter()
            .filter(|line| line.source == *organisation)
            .filter_map(|line| lane_mark(line, from, now))
            .collect();
        let complete_to = match standing.state {
            SourceState::Late { complete_to, .. } => complete_to,
            SourceState::Live { .. } => now,
            SourceState::Unavailable { .. } | SourceState::NotConnected => continue,
        };
        let feeds = standing.source.headings.contains(Heading::Encounters);
        if marks.is_empty() && (complete_to == now || !feeds) {
            continue;
        }
        let y = lanes.len() * LANE + LANE / 2;
        lanes.push(Lane {
            name: sources.short_name(organisation).to_owned(),
            mark: mark(standing.state),
            y,
            baseline: y + 4,
            complete_to: place(complete_to, from, now),
            is_behind: complete_to < now,
            marks,
        });
    }
    lanes
}

fn lane_mark(line: &Line, from: Timestamp, now: Timestamp) -> Option<Mark> {
    let begin = line.clinical_at?.at;
    let end = latest(line, now)?.max(begin);
    let is_stay = end.seconds_since(begin.max(from)) > 3 * 3600;
    Some(Mark {
        from: place(if is_stay { begin } else { end }, from, now),
        to: place(end, from, now),
        is_stay,
    })
}

fn missing(ledger: &Ledger) -> Vec<Absent> {
    let sources = Sources::new(ledger);
    let absent = ledger.sources.iter().filter_map(|standing| {
        let why = match standing.state {
            SourceState::Unavailable { .. } => "unavailable",
            SourceState::NotConnected => "not connected",
            SourceState::Live { .. } | SourceState::Late { .. } => return None,
        };
        Some(Absent {
            service: sources.label(&standing.source.organisation),
            why,
        })
    });
    absent.collect()
}

fn days(from: Timestamp, now: Timestamp) -> Vec<(String, String)> {
    let hours = (0..=HOURS).map(|hour| from.plus_seconds(hour * 3600));
    let mut days: Vec<(String, String)> = Vec::new();
    let mut day_before = dates::day_of(from);
    for at in hours {
        let day = dates::day_of(at);
        if day != day_before {
            // The first whole hour of a day is at most an hour past its midnight.
            let past = i64::from(
                dates::time(at)
                    .get(3..5)
                    .and_then(|m| m.parse::<i32>().ok())
                    .unwrap_or(0),
            ) * 60;
            days.push((place(at.plus_seconds(-past), from, now), day.clone()));
            day_before = day;
        }
    }
    days
}

/// Place of a moment on the lane, kept inside it.
#[expect(
    clippy::cast_precision_loss,
    reason = "seconds of three days are far below 2^52"
)]
fn place(at: Timestamp, from: Timestamp, now: Timestamp) -> String {
    let whole = now.seconds_since(from).max(1) as f64;
    let part = (at.seconds_since(from) as f64 / whole).clamp(0.0, 1.0);
    format!("{:.1}", 6.0 + (WIDTH - 12.0) * part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{day, encounter, ledger, moment, now, silent};

    #[test]
    fn only_what_touches_the_last_72_hours_is_listed_newest_first() {
        let mut stay = encounter("A1", "Ward J12", "2026-11-14T09:00:00Z");
        stay.clinical_until = Some(day("2026-11-19T15:20:00Z"));
        let mut open = encounter("B2", "Hospice day unit", "2026-11-01T09:00:00Z");
        open.status = "in-progress".to_owned();
        let lines = [
            stay,
            open,
            encounter("A1", "Old visit", "2026-11-19T10:03:00Z"),
            encounter("A1", "Telephone", "2026-11-22T07:52:00Z"),
            encounter("A1", "Tomorrow", "2026-11-23T07:52:00Z"),
        ];
        let found = Contacts::gather(&lines, &ledger(&["A1", "B2"]), now());
        let names: Vec<&str> = found
            .contacts
            .iter()
            .map(|line| line.display.as_str())
            .collect();
        assert_eq!(names, ["Telephone", "Ward J12", "Hospice day unit"]);
    }

    #[test]
    fn what_did_not_answer_is_named_and_what_is_late_is_dashed() {
        let mut ledger = silent("C3", Heading::Encounters);
        let complete_to = moment("2026-11-21T20:04:00Z");
        ledger.sources[0].state = SourceState::Late {
            complete_to,
            late_by_seconds: 50_400,
        };
        let found = Contacts::gather(&[], &ledger, now());
        assert_eq!(
            found.missing,
            [Absent {
                service: "C3".to_owned(),
                why: "unavailable"
            }]
        );
        assert!(found.lanes.len() == 1 && found.lanes[0].is_behind);
    }

    #[test]
    fn days_stand_at_their_midnight() {
        let days = days(moment("2026-11-19T10:04:00Z"), now());
        let dates: Vec<&str> = days.iter().map(|(_, date)| date.as_str()).collect();
        assert_eq!(dates, ["20-Nov-2026", "21-Nov-2026", "22-Nov-2026"]);
        let midnight = place(
            moment("2026-11-20T00:00:00Z"),
            moment("2026-11-19T10:04:00Z"),
            now(),
        );
        assert_eq!(days[0].0, midnight);
    }
}
