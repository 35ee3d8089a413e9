//! `/people/{person}/{list}`: one part of the record in full.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use tarn_access::{Ask, Disclosed, PersonRecord};
use tarn_model::{Heading, HeadingSet};
use tarn_web::{Failure, StaffSession};

use super::{Frame, Opened, Reasons, TheDoor, open, person_of};
use crate::completeness::not_your_role;
use crate::panels::{ContactsPanel, MedicinePanel, Panel, ResultsPanel, Which};

/// `GET /people/{person}/{list}`
pub(crate) async fn show(
    staff: StaffSession,
    door: TheDoor,
    reasons: Reasons,
    path: web::Path<(String, String)>,
    query: web::Query<Wanted>,
) -> Result<HttpResponse, Failure> {
    let (person, name) = path.into_inner();
    let person = person_of(&person)?;
    let list = List::named(&name).ok_or_else(Failure::not_found)?;
    // The banner needs the allergies on every page.
    let headings = list
        .headings()
        .with(Heading::Demographics)
        .with(Heading::Allergies);
    let ask = Ask {
        headings: Some(headings),
        held_copies: query.wants_held(),
    };
    match open(&staff, &door, &reasons, person, &ask).await? {
        Opened::Record(record) => {
            let frame = Frame::new(&staff, &record)?;
            let body = ListBody::new(&record, list, &query);
            frame
                .page(&staff, list.title(), &format!("/people/{person}/{name}"))?
                .body(&body)
        }
        Opened::ReasonPage(page) => Ok(page),
    }
}

/// What the address asks for beyond the list.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    list: String,
    held: String,
}

impl Wanted {
    fn wants_held(&self) -> bool {
        self.held == "yes"
    }

    fn which(&self) -> Which {
        if self.list == "past" {
            Which::Past
        } else {
            Which::Current
        }
    }
}

/// The lists there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum List {
    Medicines,
    Results,
    Timeline,
    Letters,
    CareCircle,
    More,
}

impl List {
    pub(crate) fn named(word: &str) -> Option<Self> {
        Some(match word {
            "medicines" => Self::Medicines,
            "results" => Self::Results,
            "timeline" => Self::Timeline,
            "letters" => Self::Letters,
            "care-circle" => Self::CareCircle,
            "more" => Self::More,
            _ => return None,
        })
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Medicines => "Medicines",
            Self::Results => "Results and measurements",
            Self::Timeline => "Timeline",
            Self::Letters => "Letters and documents",
            Self::CareCircle => "Care circle",
            Self::More => "Everything else",
        }
    }

    /// The headings of the list; `More` has all that no other page shows in full.
    fn headings(self) -> HeadingSet {
        let headings: &[Heading] = match self {
            Self::Medicines => &[Heading::Medicines],
            Self::Results => &[Heading::Results, Heading::Observations],
            Self::Timeline => &[
                Heading::Encounters,
                Heading::Appointments,
                Heading::Referrals,
            ],
            Self::Letters => &[Heading::Documents],
            Self::CareCircle => &[Heading::CareTeam],
            Self::More => &[
                Heading::Alerts,
                Heading::AboutMe,
                Heading::Problems,
                Heading::SocialCare,
                Heading::CarePlans,
                Heading::MentalHealth,
                Heading::Safeguarding,
                Heading::Immunisations,
                Heading::Procedures,
                Heading::Family,
                Heading::Other,
            ],
        };
        headings.iter().copied().collect()
    }
}

/// A list's body.
#[derive(Template)]
#[template(path = "pages/list.html")]
pub(crate) struct ListBody {
    title: &'static str,
    medicines: Option<MedicinePanel>,
    contacts: Option<ContactsPanel>,
    results: Vec<ResultsPanel>,
    panels: Vec<Panel>,
    not_your_role: Vec<&'static str>,
    older_copy: Option<String>,
}

impl ListBody {
    /// The list of a disclosed record.
    pub(crate) fn new(record: &Disclosed<PersonRecord>, list: List, wanted: &Wanted) -> Self {
        Self::of(record, list, wanted)
    }

    pub(super) fn of(record: &PersonRecord, list: List, wanted: &Wanted) -> Self {
        let now = record.opening.at;
        let permitted = list.headings().and(record.permitted);
        let here = format!("/people/{}", record.person);
        let mut body = Self {
            title: list.title(),
            medicines: None,
            contacts: None,
            results: Vec::new(),
            panels: Vec::new(),
            not_your_role: list
                .headings()
                .without(record.permitted)
                .iter()
                .map(Heading::title)
                .collect(),
            older_copy: None,
        };
        for heading in permitted.iter() {
            match heading {
                Heading::Medicines => {
                    body.medicines = Some(MedicinePanel::new(record, wanted.which(), true, now));
                    let silent = record.ledger.unavailable(heading).next().is_some();
                    body.older_copy = (silent && !wanted.wants_held())
                        .then(|| format!("{here}/medicines?held=yes"));
                }
                Heading::Results | Heading::Observations => {
                    body.results
                        .push(ResultsPanel::new(record, heading, None, None, now));
                }
                Heading::Encounters => {
                    let timeline = format!("{here}/timeline");
                    body.contacts = Some(ContactsPanel::new(record, &timeline, now));
                    body.panels
                        .push(Panel::of(record, heading, usize::MAX, None, now));
                }
                Heading::Problems => {
                    body.panels
                        .push(Panel::of(record, heading, usize::MAX, None, now));
                    body.panels.push(Panel::past_problems(record));
                }
                _ => body
                    .panels
                    .push(Panel::of(record, heading, usize::MAX, None, now)),
            }
        }
        if list == List::More {
            body.not_your_role = not_your_role(record.permitted);
        }
        body
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_heading_has_a_page_on_which_it_stands_in_full() {
        let lists = [
            "medicines",
            "results",
            "timeline",
            "letters",
            "care-circle",
            "more",
        ];
        let covered = lists
            .iter()
            .filter_map(|word| List::named(word))
            .fold(HeadingSet::EMPTY, |all, list| all.or(list.headings()));
        // Demographics stand in the banner and allergies on the snapshot, always in full.
        let left = HeadingSet::all().without(covered);
        assert_eq!(
            left.iter().collect::<Vec<_>>(),
            [Heading::Demographics, Heading::Allergies]
        );
        assert_eq!(List::named("everything"), None);
    }
}
