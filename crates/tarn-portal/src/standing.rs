//! What each source says under a heading when it is not simply there.

use tarn_access::{Cell, Ledger};
use tarn_model::{Heading, Timestamp};
use tarn_web::{Icon, citizen_date_time, lateness_in_words};

use crate::words;

/// One row: a shape, a word, and what to make of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) icon: Icon,
    /// `is-late` and so on.
    pub(crate) class: &'static str,
    pub(crate) word: &'static str,
    pub(crate) sentence: String,
}

/// The rows under one heading. Sources that have nothing are one row together; sources that show
/// entries and are up to date need none.
pub(crate) fn rows(ledger: &Ledger, heading: Heading, now: Timestamp) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut none = Vec::new();
    let mut not_shown = false;
    for cell in ledger.heading(heading) {
        let Some(standing) = ledger.standing(&cell.organisation) else {
            continue;
        };
        let name = &standing.source.name;
        match cell.cell {
            Cell::Present { .. } => {}
            Cell::None => none.push(name.clone()),
            Cell::Late { complete_to, .. } => rows.push(Row {
                icon: Icon::Late,
                class: "is-late",
                word: "Late",
                sentence: format!(
                    "{name}: complete to {}. {} late.",
                    citizen_date_time(complete_to),
                    lateness_in_words(now.seconds_since(complete_to))
                ),
            }),
            Cell::Unavailable { last_heard_at } => rows.push(unavailable(name, last_heard_at)),
            Cell::NotConnected => rows.push(Row {
                icon: Icon::NotConnected,
                class: "is-not-connected",
                word: "Not connected",
                sentence: match &standing.source.telephone {
                    Some(number) => format!(
                        "{} doesn’t share through this record. Ring {}.",
                        words::source(&standing.source),
                        number.replace(' ', "\u{a0}")
                    ),
                    None => format!(
                        "{} doesn’t share through this record.",
                        words::source(&standing.source)
                    ),
                },
            }),
            Cell::NotYourRole => not_shown = true,
            Cell::HiddenByYourChoice { count } => rows.push(Row {
                icon: Icon::Hidden,
                class: "is-hidden",
                word: "You chose to hide this",
                sentence: format!(
                    "{} from {name}. Staff don’t see it through this record.",
                    words::counted(heading, count)
                ),
            }),
        }
    }
    if !none.is_empty() {
        rows.push(Row {
            icon: Icon::None,
            class: "is-none",
            word: "None recorded",
            sentence: format!("Nothing from {}.", tarn_web::list(&none)),
        });
    }
    if not_shown {
        rows.push(Row {
            icon: Icon::Lock,
            class: "is-not-your-role",
            word: "Not shown here",
            sentence: "This part isn’t shown online to anybody. Ask the service that keeps it."
                .to_owned(),
        });
    }
    rows
}

fn unavailable(name: &str, last_heard_at: Option<Timestamp>) -> Row {
    let heard = match last_heard_at {
        Some(at) => format!(" It last answered on {}.", citizen_date_time(at)),
        None => String::new(),
    };
    Row {
        icon: Icon::Unavailable,
        class: "is-unavailable",
        word: "Unavailable",
        sentence: format!("{name} didn’t answer, so there may be more.{heard}"),
    }
}
