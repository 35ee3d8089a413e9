//! `/people/{person}`: one person's record at a glance, across organisations.

use actix_web::{HttpResponse, web};
use askama::Template;
use tarn_access::{Ask, Disclosed, PersonRecord};
use tarn_model::{Heading, Timestamp};
use tarn_web::{Failure, StaffSession};

use super::{Frame, Opened, Reasons, TheDoor, open, person_of};
use crate::allergy::Allergies;
use crate::completeness::{Row as LedgerRow, not_your_role, table};
use crate::panels::{AllergyPanel, ContactsPanel, MedicinePanel, Panel, ResultsPanel, Which};
use crate::source::{SourceCell, Sources};

/// `GET /people/{person}`
pub(crate) async fn show(
    staff: StaffSession,
    door: TheDoor,
    reasons: Reasons,
    path: web::Path<String>,
) -> Result<HttpResponse, Failure> {
    let person = person_of(&path)?;
    match open(&staff, &door, &reasons, person, &Ask::default()).await? {
        Opened::Record(record) => {
            let frame = Frame::new(&staff, &record)?;
            let body = Snapshot::new(&record);
            frame
                .page(&staff, "Snapshot", &format!("/people/{person}"))?
                .body(&body)
        }
        Opened::ReasonPage(page) => Ok(page),
    }
}

/// The snapshot's body. A panel that is not part of the reader's role is left out, and named at
/// the foot.
#[derive(Template)]
#[template(path = "pages/snapshot.html")]
pub(crate) struct Snapshot {
    here: String,
    sources: Vec<SourceCell>,
    alerts: Option<Panel>,
    allergies: Option<AllergyPanel>,
    medicines: Option<MedicinePanel>,
    results: Option<ResultsPanel>,
    problems: Option<Panel>,
    contacts: Option<ContactsPanel>,
    care_circle: Option<Panel>,
    about_me: Option<Panel>,
    letters: Option<Panel>,
    others: Vec<Panel>,
    ledger_rows: Vec<LedgerRow>,
    not_your_role: Vec<&'static str>,
}

impl Snapshot {
    /// The snapshot of a disclosed record.
    pub(crate) fn new(record: &Disclosed<PersonRecord>) -> Self {
        Self::of(record)
    }

    pub(super) fn of(record: &PersonRecord) -> Self {
        let now = record.opening.at;
        let here = format!("/people/{}", record.person);
        let to = |name: &str| format!("{here}/{name}");
        let allowed = |heading: Heading| record.permitted.contains(heading);
        let panel = |heading: Heading, most: usize, more: &str| {
            allowed(heading).then(|| Panel::of(record, heading, most, Some(&to(more)), now))
        };
        Self {
            sources: Sources::new(&record.ledger).cells(record.permitted, now),
            alerts: panel(Heading::Alerts, 5, "more"),
            allergies: allowed(Heading::Allergies).then(|| {
                let allergies = Allergies::gather(&record.lines, &record.held, &record.ledger);
                AllergyPanel::new(record, &allergies, now)
            }),
            medicines: allowed(Heading::Medicines)
                .then(|| MedicinePanel::new(record, Which::Current, false, now)),
            results: allowed(Heading::Results).then(|| {
                ResultsPanel::new(record, Heading::Results, Some(6), Some(&to("results")), now)
            }),
            problems: panel(Heading::Problems, 12, "more"),
            contacts: allowed(Heading::Encounters)
                .then(|| ContactsPanel::new(record, &to("timeline"), now)),
            care_circle: panel(Heading::CareTeam, 8, "care-circle"),
            about_me: panel(Heading::AboutMe, 3, "more"),
            letters: panel(Heading::Documents, 4, "letters"),
            others: others(record, &to("more"), now),
            ledger_rows: table(&record.ledger, record.permitted),
            not_your_role: not_your_role(record.permitted),
            here,
        }
    }

    /// Whether the reader's role has none of what the middle is for.
    fn middle_is_free(&self) -> bool {
        self.medicines.is_none() && self.problems.is_none() && self.results.is_none()
    }

    fn first_address(&self) -> &str {
        &self.here
    }
}

/// Shorter panels, each shown where something stands under its heading.
fn others(record: &PersonRecord, more: &str, now: Timestamp) -> Vec<Panel> {
    let headings = [
        Heading::Appointments,
        Heading::SocialCare,
        Heading::CarePlans,
        Heading::MentalHealth,
        Heading::Safeguarding,
        Heading::Observations,
        Heading::Immunisations,
    ];
    headings
        .into_iter()
        .filter(|heading| record.permitted.contains(*heading))
        .map(|heading| Panel::of(record, heading, 3, Some(more), now))
        .filter(|panel| !panel.rows.is_empty())
        .collect()
}
