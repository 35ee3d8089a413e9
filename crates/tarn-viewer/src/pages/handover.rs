//! `/people/{person}/handover`: what goes on one sheet of paper.

use actix_web::{HttpResponse, web};
use askama::Template;
use tarn_access::{Ask, Disclosed, PersonRecord};
use tarn_model::Heading;
use tarn_web::{Failure, StaffSession};

use super::{Frame, Opened, Reasons, TheDoor, open, person_of};
use crate::allergy::Allergies;
use crate::completeness::on_paper;
use crate::panels::{AllergyPanel, ContactsPanel, MedicinePanel, Panel, Which};

/// `GET /people/{person}/handover`
pub(crate) async fn show(
    staff: StaffSession,
    door: TheDoor,
    reasons: Reasons,
    path: web::Path<String>,
) -> Result<HttpResponse, Failure> {
    let person = person_of(&path)?;
    let headings = [
        Heading::Demographics,
        Heading::Alerts,
        Heading::Allergies,
        Heading::Medicines,
        Heading::Problems,
        Heading::Encounters,
    ];
    let ask = Ask {
        headings: Some(headings.into_iter().collect()),
        held_copies: false,
    };
    match open(&staff, &door, &reasons, person, &ask).await? {
        Opened::Record(record) => {
            let frame = Frame::new(&staff, &record)?;
            let body = HandoverBody::new(&record);
            frame
                .page(
                    &staff,
                    "One-page handover",
                    &format!("/people/{person}/handover"),
                )?
                .body(&body)
        }
        Opened::ReasonPage(page) => Ok(page),
    }
}

/// The sheet. The banner above it repeats on every page of paper.
#[derive(Template)]
#[template(path = "pages/handover.html")]
pub(crate) struct HandoverBody {
    alerts: Option<Panel>,
    allergies: Option<AllergyPanel>,
    problems: Option<Panel>,
    contacts: Option<ContactsPanel>,
    medicines: Option<MedicinePanel>,
    sources: Vec<(String, char, String)>,
}

impl HandoverBody {
    /// The sheet of a disclosed record.
    pub(crate) fn new(record: &Disclosed<PersonRecord>) -> Self {
        Self::of(record)
    }

    pub(super) fn of(record: &PersonRecord) -> Self {
        let now = record.opening.at;
        let allowed = |heading: Heading| record.permitted.contains(heading);
        let panel = |heading| allowed(heading).then(|| Panel::of(record, heading, 20, None, now));
        Self {
            alerts: panel(Heading::Alerts),
            problems: panel(Heading::Problems),
            allergies: allowed(Heading::Allergies).then(|| {
                let allergies = Allergies::gather(&record.lines, &record.held, &record.ledger);
                AllergyPanel::new(record, &allergies, now)
            }),
            contacts: allowed(Heading::Encounters).then(|| {
                ContactsPanel::new(record, &format!("/people/{}/timeline", record.person), now)
            }),
            medicines: allowed(Heading::Medicines)
                .then(|| MedicinePanel::new(record, Which::Current, false, now)),
            sources: on_paper(&record.ledger, now),
        }
    }
}
