//! One file per page. A handler asks the door and draws what it discloses; nothing else.

pub(crate) mod alerts;
pub(crate) mod document;
#[cfg(test)]
mod drawn;
pub(crate) mod find;
mod frame;
pub(crate) mod handover;
pub(crate) mod lists;
pub(crate) mod reason;
pub(crate) mod snapshot;

use std::sync::Arc;

use actix_web::{HttpResponse, web};
use tarn_access::{AccessError, Ask, Disclosed, Door, PersonRecord};
use tarn_model::{ErrorKind, PersonId, Purpose, RequestContext, Role};
use tarn_web::{Failure, RealmSession, StaffSession};

use crate::reasons::ReasonsGiven;
use frame::Frame;

/// The door, as handlers take it.
pub(crate) type TheDoor = web::Data<Arc<Door>>;
/// The reasons given, as handlers take them.
pub(crate) type Reasons = web::Data<ReasonsGiven>;

/// A record that was opened, or the page that asks for a reason.
pub(crate) enum Opened {
    Record(Box<Disclosed<PersonRecord>>),
    ReasonPage(HttpResponse),
}

/// Opens a record for whoever is signed in, with the reason they gave if they gave one.
pub(crate) async fn open(
    staff: &StaffSession,
    door: &Door,
    reasons: &ReasonsGiven,
    person: PersonId,
    ask: &Ask,
) -> Result<Opened, Failure> {
    let ctx = context(staff, reasons, person);
    match door.open(&ctx, person, ask).await {
        Ok(record) => Ok(Opened::Record(Box::new(record))),
        Err(AccessError::ReasonNeeded { person }) => {
            reason::ask(staff, door, person).map(Opened::ReasonPage)
        }
        Err(error) => Err(failure(error)),
    }
}

/// Who asks and why: the purpose of their role, or the one they gave a reason for.
pub(crate) fn context(
    staff: &StaffSession,
    reasons: &ReasonsGiven,
    person: PersonId,
) -> RequestContext {
    match reasons.given(staff.csrf(), person, staff.signed_in().at) {
        Some(given) => staff.context_because(given.purpose, &given.words),
        None => staff.context(purpose(staff.actor().role)),
    }
}

/// What people in a role open records for, unless they say otherwise.
pub(crate) const fn purpose(role: Role) -> Purpose {
    match role {
        Role::PracticeAdmin => Purpose::CareAdministration,
        Role::Safeguarding => Purpose::SafeguardingInquiry,
        Role::ContactCentre => Purpose::ChoiceRecording,
        Role::PrivacyOfficer => Purpose::AuditReview,
        Role::Gp
        | Role::OohDoctor
        | Role::EdDoctor
        | Role::Pharmacist
        | Role::CommunityNurse
        | Role::DischargeNurse
        | Role::MentalHealth
        | Role::SocialWorker
        | Role::ChildrenSocialWorker
        | Role::Ambulance
        | Role::IgLead
        | Role::Operator
        | Role::Citizen => Purpose::DirectCare,
    }
}

/// The page for what the door would not give. Absent, hidden and opted out are one page.
pub(crate) fn failure(error: AccessError) -> Failure {
    let kind = error.kind();
    match error {
        AccessError::NotFound | AccessError::Gone => Failure::not_found(),
        AccessError::Refused { words, clause, .. } => {
            let refused = Failure::of(ErrorKind::Denied)
                .titled("Tarn can’t show you this record")
                .because(words)
                .next(
                    "Your sign-in decides this, so it is the same for every person.",
                    None,
                );
            match clause {
                Some(clause) => refused.by_clause(clause.text, clause.number),
                None => refused,
            }
        }
        AccessError::Unavailable { what, cause } => {
            tracing::warn!(%what, %cause, "nothing was shown");
            let lead = format!(
                "Without {what} Tarn shows nothing, and it didn’t answer. Do not read this as “none”."
            );
            Failure::of(kind).because(lead)
        }
        AccessError::Invalid { problem } => Failure::of(kind).because(problem),
        AccessError::ReasonNeeded { .. } | AccessError::Rejected { .. } => Failure::of(kind),
    }
}

/// The person of an address; anything that is no key looks like a person who is not there.
pub(crate) fn person_of(text: &str) -> Result<PersonId, Failure> {
    text.parse().map_err(|_| Failure::not_found())
}
