//! The completeness ledger as pages show it: under a heading, and as one table of heading ×
//! source. A missing source is a row, never silence.

use tarn_access::{Cell, Ledger, SourceState};
use tarn_model::{Heading, HeadingSet, Timestamp};
use tarn_web::{Icon, SourceMark};

use crate::dates;
use crate::source::{Sources, mark};

/// What must be said under a heading beside its lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// Shape: what kind of nothing it is.
    pub icon: Icon,
    /// Class that gives it colour and line.
    pub class: &'static str,
    /// The words.
    pub words: String,
}

/// One row of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The heading's title.
    pub title: &'static str,
    /// One cell per source, in the register's order.
    pub cells: Vec<TableCell>,
}

/// One cell of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableCell {
    /// Shape; none where the source does not feed the heading.
    pub icon: Option<Icon>,
    /// Class that gives it colour.
    pub class: &'static str,
    /// The words.
    pub words: String,
}

/// What must be said under `heading`: one entry for the sources that do not answer, one for those
/// that are behind, one for those that have not joined, and "None to show" if no line is shown.
///
/// `shown` is how many lines the page shows under the heading. Whom to ring stands in the ledger
/// strip of the same page.
#[must_use]
pub fn gaps(ledger: &Ledger, heading: Heading, shown: usize, now: Timestamp) -> Vec<Gap> {
    let sources = Sources::new(ledger);
    let (mut silent, mut behind, mut apart) = (Vec::new(), Vec::new(), Vec::new());
    for entry in ledger.heading(heading) {
        let name = sources.label(&entry.organisation);
        match entry.cell {
            Cell::Unavailable { last_heard_at } => silent.push(match last_heard_at {
                Some(at) => format!("{name}: last heard {}", dates::date_time(at)),
                None => format!("{name}: never heard"),
            }),
            Cell::Late { complete_to, .. } => {
                behind.push(format!(
                    "{name}: complete to {}",
                    dates::date_time(complete_to)
                ));
            }
            Cell::NotConnected => apart.push(name),
            Cell::Present { .. }
            | Cell::None
            | Cell::NotYourRole
            | Cell::HiddenByYourChoice { .. } => {}
        }
    }
    let mut gaps = Vec::new();
    let mut say =
        |icon: Icon, class: &'static str, words: String| gaps.push(Gap { icon, class, words });
    if shown == 0 {
        say(Icon::None, "is-none", "None to show".to_owned());
    }
    if !silent.is_empty() {
        let (at, who) = (dates::time(now), silent.join("; "));
        say(
            SourceMark::Unavailable.icon(),
            SourceMark::Unavailable.class(),
            format!("Unavailable at {at}: do not read as “none”. {who}"),
        );
    }
    if !behind.is_empty() {
        say(
            SourceMark::Late.icon(),
            SourceMark::Late.class(),
            format!("Late. {}", behind.join("; ")),
        );
    }
    if !apart.is_empty() {
        let who = tarn_web::list(&apart);
        say(
            SourceMark::NotConnected.icon(),
            SourceMark::NotConnected.class(),
            format!("Not connected: {who}"),
        );
    }
    gaps
}

/// The table of heading × source, with the headings that the asker may see first and the others
/// marked as not part of the role.
#[must_use]
pub fn table(ledger: &Ledger, permitted: HeadingSet) -> Vec<Row> {
    let rows = Heading::ALL.iter().map(|heading| Row {
        title: heading.title(),
        cells: ledger
            .sources
            .iter()
            .map(|standing| {
                let found = ledger
                    .heading(*heading)
                    .find(|entry| entry.organisation == standing.source.organisation);
                match found {
                    _ if !permitted.contains(*heading) => table_cell(&Cell::NotYourRole),
                    Some(entry) => table_cell(&entry.cell),
                    None => match standing.state {
                        SourceState::NotConnected => table_cell(&Cell::NotConnected),
                        _ => TableCell {
                            icon: None,
                            class: "",
                            words: "Doesn’t send this".to_owned(),
                        },
                    },
                }
            })
            .collect(),
    });
    rows.collect()
}

/// The headings that are not part of the asker's role: the same for every person.
#[must_use]
pub fn not_your_role(permitted: HeadingSet) -> Vec<&'static str> {
    HeadingSet::all()
        .without(permitted)
        .iter()
        .map(Heading::title)
        .collect()
}

/// The states of the sources for paper: short name, character, state.
#[must_use]
pub fn on_paper(ledger: &Ledger, now: Timestamp) -> Vec<(String, char, String)> {
    let sources = ledger.sources.iter().map(|standing| {
        let state = match standing.state {
            SourceState::Live { .. } => format!("Live {}", dates::time(now)),
            SourceState::Late {
                late_by_seconds, ..
            } => dates::late_by(late_by_seconds),
            SourceState::Unavailable { .. } => "Unavailable".to_owned(),
            SourceState::NotConnected => "Not connected".to_owned(),
        };
        (
            standing.source.short_name.clone(),
            crate::source::character(mark(standing.state)),
            state,
        )
    });
    sources.collect()
}

fn table_cell(cell: &Cell) -> TableCell {
    let (icon, class, words) = match cell {
        Cell::Present { count } => (Icon::Live, "is-live", count.to_string()),
        Cell::None => (Icon::None, "is-none", "None to show".to_owned()),
        Cell::Late { count, complete_to } => (
            Icon::Late,
            "is-late",
            format!("{count}, to {}", dates::date_time(*complete_to)),
        ),
        Cell::Unavailable { .. } => (
            Icon::Unavailable,
            "is-unavailable",
            "Unavailable".to_owned(),
        ),
        Cell::NotConnected => (
            Icon::NotConnected,
            "is-not-connected",
            "Not connected".to_owned(),
        ),
        // Staff never get the last kind; if one came, it must not tell more than "none to show".
        Cell::HiddenByYourChoice { .. } => (Icon::None, "is-none", "None to show".to_owned()),
        Cell::NotYourRole => (
            Icon::Lock,
            "is-not-your-role",
            "Not part of your role".to_owned(),
        ),
    };
    TableCell {
        icon: Some(icon),
        class,
        words,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{ledger, now, silent};

    #[test]
    fn an_empty_heading_is_never_a_bare_blank() {
        let none = gaps(&ledger(&["A1"]), Heading::Problems, 0, now());
        assert_eq!(none.len(), 1);
        assert_eq!(
            (none[0].words.as_str(), none[0].class),
            ("None to show", "is-none")
        );
        let unheard = gaps(
            &silent("C3", Heading::Problems),
            Heading::Problems,
            0,
            now(),
        );
        assert!(
            unheard[1].words.contains("Unavailable at 10:04")
                && unheard[1].words.contains("21-Nov-2026")
        );
        assert!(gaps(&ledger(&["A1"]), Heading::Problems, 3, now()).is_empty());
    }

    #[test]
    fn the_table_has_every_heading_and_every_source() {
        let permitted = HeadingSet::all().without(HeadingSet::EMPTY.with(Heading::MentalHealth));
        let rows = table(&silent("C3", Heading::Allergies), permitted);
        assert_eq!(rows.len(), Heading::ALL.len());
        assert!(rows.iter().all(|row| row.cells.len() == 3));
        let closed = rows
            .iter()
            .find(|row| row.title == Heading::MentalHealth.title())
            .unwrap();
        assert!(
            closed
                .cells
                .iter()
                .all(|cell| cell.words == "Not part of your role")
        );
        assert_eq!(not_your_role(permitted), [Heading::MentalHealth.title()]);
    }
}
