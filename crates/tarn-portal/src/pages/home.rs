use std::sync::Arc;

use actix_web::{HttpResponse, web};
use askama::Template;
use tarn_access::{Choices, Door, LogEntry, PersonRecord, Polarity};
use tarn_model::{Purpose, Timestamp};
use tarn_web::{CitizenSession, Failure, RealmSession, citizen_date, citizen_date_time, local_day};

use crate::entry::{Entry, moment};
use crate::visits::{Tally, Visits};
use crate::{Place, allergy, days, page, refusal, words};

/// `GET /`: what is new, who looked, what I have chosen.
pub(crate) async fn show(
    session: CitizenSession,
    door: web::Data<Arc<Door>>,
) -> Result<HttpResponse, Failure> {
    let ctx = session.context(Purpose::SubjectAccess);
    let asked = async {
        let record = door.own_record(&ctx).await?;
        let log = door
            .access_log(&ctx, None, super::who_looked::WINDOW)
            .await?;
        let choices = door.choices(&ctx).await?;
        Ok((record, log, choices))
    };
    match asked.await {
        Ok((record, log, choices)) => {
            let body = HomeBody::of(&record, &log.entries, &choices, ctx.at);
            page(&session, "Your care record", Place::Home).body(&body)
        }
        Err(error) => refusal::reply(&session, Place::Home, &error),
    }
}

/// How many new entries the start page names.
const NEW_SHOWN: usize = 5;

#[derive(Template)]
#[template(path = "home.html")]
pub(crate) struct HomeBody {
    name: Option<String>,
    new: Vec<(String, Entry)>,
    new_total: usize,
    tally: Tally,
    last_look: Option<String>,
    sharing: bool,
    chosen_on: Option<String>,
    not_answering: Vec<String>,
    at: String,
}

impl HomeBody {
    pub(crate) fn of(
        record: &PersonRecord,
        log: &[LogEntry],
        choices: &Choices,
        now: Timestamp,
    ) -> Self {
        let first = days::first_day(local_day(now));
        let mut recent: Vec<_> = record
            .lines
            .iter()
            .filter(|line| line.polarity != Polarity::EnteredInError)
            .filter(|line| !allergy::is_contradicted(line, record))
            .filter_map(|line| Some((moment(line)?.at, line)))
            .filter(|(at, _)| *at <= now && local_day(*at) >= first)
            .collect();
        recent.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
        let visits = Visits::of(log);
        Self {
            name: record.demographics.first().and_then(|said| {
                said.preferred_name
                    .clone()
                    .or_else(|| said.given.first().cloned())
            }),
            new_total: recent.len(),
            new: recent
                .into_iter()
                .take(NEW_SHOWN)
                .map(|(_, line)| {
                    (
                        words::heading_title(line.heading),
                        Entry::of(line, &record.ledger),
                    )
                })
                .collect(),
            tally: Tally::since(&visits.cards, first),
            last_look: visits
                .cards
                .iter()
                .find(|card| !card.refused)
                .map(|card| format!("{}, {}", card.organisation, card.day_words(now))),
            sharing: choices.sharing,
            chosen_on: super::choices::latest(choices)
                .map(|latest| citizen_date(latest.recorded_at, tarn_model::Precision::Time)),
            not_answering: record
                .ledger
                .sources
                .iter()
                .filter(|s| matches!(s.state, tarn_access::SourceState::Unavailable { .. }))
                .map(|s| s.source.name.clone())
                .collect(),
            at: citizen_date_time(now),
        }
    }
}
