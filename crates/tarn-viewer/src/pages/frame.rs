//! What every page about one person has: banner, tabs, constant line.

use askama::Template;
use tarn_access::{Disclosed, Ledger, Opening, PersonRecord};
use tarn_model::{Heading, PersonId};
use tarn_web::{Failure, NavLink, PageBuilder, RealmSession, StaffSession, short_reference};
use uuid::Uuid;

use crate::allergy::Allergies;
use crate::banner::Banner;
use crate::dates;
use crate::source::Sources;

/// How long a page may stand before it should be read anew, in seconds.
const FRESH_SECONDS: i64 = 15 * 60;

/// The frame of a page about one person.
pub(crate) struct Frame {
    /// The banner.
    pub(crate) banner: Banner,
    foot: Foot,
    tabs: Vec<(String, &'static str)>,
}

/// The foot of every record: the same words, place and size whatever the record holds.
#[derive(Template)]
#[template(path = "foot.html")]
struct Foot {
    person: PersonId,
    opened: String,
    called: String,
    refresh: String,
    reference: String,
    printed: String,
}

impl Frame {
    /// The frame of a disclosed record.
    pub(crate) fn new(
        staff: &StaffSession,
        record: &Disclosed<PersonRecord>,
    ) -> Result<Self, Failure> {
        Self::of(staff, record, record.ticket().event())
    }

    pub(super) fn of(
        staff: &StaffSession,
        record: &PersonRecord,
        event: Uuid,
    ) -> Result<Self, Failure> {
        let allergies = record
            .permitted
            .contains(Heading::Allergies)
            .then(|| Allergies::gather(&record.lines, &record.held, &record.ledger));
        let sources = Sources::new(&record.ledger);
        let (said, protected) = (&record.demographics, record.location_protected);
        let banner = Banner::new(
            said,
            protected,
            allergies.as_ref(),
            sources,
            record.opening.at,
        )
        .ok_or_else(Failure::not_found)?;
        Ok(Self {
            foot: Foot::new(staff, record.person, &banner, &record.opening, event),
            banner,
            tabs: tabs(record.person, |heading| record.permitted.contains(heading)),
        })
    }

    /// The frame of a page that has read who the person is and nothing of their allergies.
    pub(crate) fn of_document(
        staff: &StaffSession,
        document: &Disclosed<tarn_access::Document>,
        ledger: &Ledger,
    ) -> Result<Self, Failure> {
        let now = document.opening.at;
        let mut banner = Banner::new(
            &document.demographics,
            false,
            None,
            Sources::new(ledger),
            now,
        )
        .ok_or_else(Failure::not_found)?;
        banner.allergies_elsewhere = true;
        let person = banner.person;
        let event = document.ticket().event();
        Ok(Self {
            foot: Foot::new(staff, person, &banner, &document.opening, event),
            banner,
            tabs: tabs(person, |_| true),
        })
    }

    /// Begins a page in this frame. `here` is its own address.
    ///
    /// The title names no person: titles stay in a browser's history.
    pub(crate) fn page(
        &self,
        staff: &StaffSession,
        title: &str,
        here: &str,
    ) -> Result<PageBuilder, Failure> {
        let links = self
            .tabs
            .iter()
            .map(|(to, words)| NavLink::new(to, *words).current_if(to == here));
        staff
            .page(title)
            .banner(&self.banner)?
            .nav(links.collect())
            .stylesheet("viewer.css")
            .footer(&self.foot)
    }
}

impl Foot {
    fn new(
        staff: &StaffSession,
        person: PersonId,
        banner: &Banner,
        opening: &Opening,
        event: Uuid,
    ) -> Self {
        let numbers: Vec<&str> = opening
            .clauses
            .iter()
            .map(|clause| clause.number.as_str())
            .collect();
        let mut numbers: Vec<String> = numbers.into_iter().map(str::to_owned).collect();
        numbers.dedup();
        let clauses = match numbers.len() {
            0 => String::new(),
            1 => format!(" under clause {}", numbers.concat()),
            _ => format!(" under clauses {}", tarn_web::list(&numbers)),
        };
        let purpose = opening.purpose.title().to_lowercase();
        let at = dates::date_time(opening.at);
        Self {
            person,
            opened: format!("Opened {at}{clauses}, for {purpose}."),
            called: banner.called().to_owned(),
            refresh: dates::time(opening.at.plus_seconds(FRESH_SECONDS)),
            reference: short_reference(event),
            printed: format!(
                "Printed by {}, {at}, for {purpose}. Opening this record is logged. Uncontrolled when printed.",
                staff.actor().display_name
            ),
        }
    }
}

fn tabs(person: PersonId, permitted: impl Fn(Heading) -> bool) -> Vec<(String, &'static str)> {
    let tab = |name: &str| format!("/people/{person}/{name}");
    let mut tabs = vec![(format!("/people/{person}"), "Snapshot")];
    let lists = [
        (&[Heading::Medicines][..], "medicines", "Medicines"),
        (
            &[Heading::Results, Heading::Observations],
            "results",
            "Results",
        ),
        (
            &[
                Heading::Encounters,
                Heading::Appointments,
                Heading::Referrals,
            ],
            "timeline",
            "Timeline",
        ),
        (&[Heading::Documents], "letters", "Letters"),
        (&[Heading::CareTeam], "care-circle", "Care circle"),
    ];
    for (headings, name, words) in lists {
        if headings.iter().any(|heading| permitted(*heading)) {
            tabs.push((tab(name), words));
        }
    }
    tabs.push((tab("more"), "More"));
    tabs.push(("/".to_owned(), "Find"));
    tabs
}
