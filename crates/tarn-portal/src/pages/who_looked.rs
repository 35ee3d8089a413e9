use std::sync::Arc;

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use tarn_access::{AccessLog, Door};
use tarn_model::{Purpose, Timestamp};
use tarn_web::{CitizenSession, Failure, RealmSession, citizen_date_time, local_day};

use crate::days::{self, Chart};
use crate::visits::{Tally, Visits};
use crate::{Place, page, refusal};

/// How many rows of the log one page reads.
pub(crate) const WINDOW: u32 = 500;

#[derive(Deserialize)]
pub(crate) struct Query {
    before: Option<i64>,
}

/// `GET /who-looked`: who looked, when, why, what they saw and by what rule.
pub(crate) async fn show(
    session: CitizenSession,
    door: web::Data<Arc<Door>>,
    query: web::Query<Query>,
) -> Result<HttpResponse, Failure> {
    let ctx = session.context(Purpose::SubjectAccess);
    match door.access_log(&ctx, query.before, WINDOW).await {
        Ok(log) => {
            let body = WhoLookedBody::of(&log, query.before.is_some(), ctx.at);
            page(&session, "Who has looked at your record", Place::WhoLooked).body(&body)
        }
        Err(error) => refusal::reply(&session, Place::WhoLooked, &error),
    }
}

#[derive(Template)]
#[template(path = "who_looked.html")]
pub(crate) struct WhoLookedBody {
    visits: Visits,
    tally: Tally,
    chart: Option<Chart>,
    is_older: bool,
    older: Option<i64>,
    partly: bool,
    complete: bool,
    numbers: Option<(i64, i64)>,
    now: Timestamp,
    at: String,
}

impl WhoLookedBody {
    pub(crate) fn of(log: &AccessLog, is_older: bool, now: Timestamp) -> Self {
        let visits = Visits::of(&log.entries);
        let today = local_day(now);
        let first = days::first_day(today);
        let oldest = log.entries.last();
        let full = log.entries.len() >= usize::try_from(WINDOW).unwrap_or(usize::MAX);
        Self {
            tally: Tally::since(&visits.cards, first),
            chart: if is_older {
                None
            } else {
                Chart::of(&visits.cards, today)
            },
            visits,
            is_older,
            older: oldest.filter(|_| full).map(|entry| entry.person_sequence),
            // More rows than one page reads within the 30 days: the counts are a lower limit.
            partly: full && oldest.is_some_and(|entry| local_day(entry.at) >= first),
            complete: log.complete,
            numbers: oldest
                .zip(log.entries.first())
                .map(|(oldest, newest)| (oldest.person_sequence, newest.person_sequence)),
            now,
            at: citizen_date_time(now),
        }
    }
}
