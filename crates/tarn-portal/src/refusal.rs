use actix_web::HttpResponse;
use askama::Template;
use tarn_access::AccessError;
use tarn_model::ErrorKind;
use tarn_web::{CitizenSession, Failure};

use crate::{Place, page};

/// Turns what the door refused into a reply, in words for the person themselves.
///
/// # Errors
/// The [`Failure`] whose page is shown, for everything but "there is no record".
pub(crate) fn reply(
    session: &CitizenSession,
    place: Place,
    error: &AccessError,
) -> Result<HttpResponse, Failure> {
    match error {
        // Not proved well enough and nothing held are one answer, so that somebody who signed in
        // with another's telephone number learns nothing about whether there is a record.
        AccessError::NotFound | AccessError::Gone => {
            page(session, "There is no record to show", place)
                .status(404)
                .body(&NoRecordBody)
        }
        AccessError::Unavailable { what, .. } => {
            tracing::error!(missing = %what, "the portal could not answer");
            Err(Failure::of(ErrorKind::Unavailable).titled("Your record can’t be shown just now").because(
                "Something Tarn needs didn’t answer, so it shows nothing. Your record and your choice are as they were.",
            ))
        }
        AccessError::Refused { words, clause, .. } => {
            let failure = Failure::of(ErrorKind::Denied).because(words.clone());
            Err(match clause {
                Some(clause) => failure.by_clause(clause.text.clone(), clause.number.clone()),
                None => failure,
            })
        }
        AccessError::ReasonNeeded { .. }
        | AccessError::Invalid { .. }
        | AccessError::Rejected { .. } => Err(Failure::of(error.kind())),
    }
}

#[derive(Template)]
#[template(path = "no_record.html")]
struct NoRecordBody;
