use std::sync::Arc;

use actix_web::{HttpResponse, web};
use askama::Template;
use tarn_access::{Demographics, Door, PersonRecord};
use tarn_model::{Heading, Precision, Purpose, Timestamp};
use tarn_web::{
    CitizenSession, Failure, RealmSession, citizen_date, citizen_date_time, nhs_number,
};

use crate::entry::Entries;
use crate::standing::{Row, rows};
use crate::{Place, allergy, page, refusal, words};

/// `GET /record`: the whole record in plain words, heading by heading.
pub(crate) async fn show(
    session: CitizenSession,
    door: web::Data<Arc<Door>>,
) -> Result<HttpResponse, Failure> {
    let ctx = session.context(Purpose::SubjectAccess);
    match door.own_record(&ctx).await {
        Ok(record) => {
            page(&session, "My record", Place::Record).body(&RecordBody::of(&record, ctx.at))
        }
        Err(error) => refusal::reply(&session, Place::Record, &error),
    }
}

#[derive(Template)]
#[template(path = "record.html")]
pub(crate) struct RecordBody {
    facts: Vec<(&'static str, Vec<String>)>,
    who_says: String,
    parts: Vec<Part>,
    hidden: bool,
    protected: bool,
    at: String,
}

/// One heading of the page.
struct Part {
    anchor: &'static str,
    title: String,
    count: usize,
    caution: Option<String>,
    entries: Entries,
    past: String,
    rows: Vec<Row>,
}

impl RecordBody {
    pub(crate) fn of(record: &PersonRecord, now: Timestamp) -> Self {
        let parts = Heading::ALL
            .iter()
            .filter(|heading| **heading != Heading::Demographics)
            .map(|heading| Part::of(record, *heading, now))
            .collect();
        let said = record.demographics.first();
        Self {
            facts: said.map(facts).unwrap_or_default(),
            who_says: said.map(|said| who_says(record, said)).unwrap_or_default(),
            parts,
            hidden: record
                .ledger
                .cells
                .iter()
                .any(|cell| matches!(cell.cell, tarn_access::Cell::HiddenByYourChoice { .. })),
            protected: record.location_protected,
            at: citizen_date_time(now),
        }
    }
}

impl Part {
    fn of(record: &PersonRecord, heading: Heading, now: Timestamp) -> Self {
        let entries = Entries::of(record.under(heading), &record.ledger);
        let mut rows = rows(&record.ledger, heading, now);
        if entries.is_empty() && rows.is_empty() {
            rows.push(nobody_sends_it());
        }
        Self {
            anchor: heading.word(),
            title: words::heading_title(heading),
            count: entries.now.len() + entries.past.len(),
            caution: (heading == Heading::Allergies)
                .then(|| allergy::caution(record))
                .flatten(),
            past: entries.past_words(heading),
            entries,
            rows,
        }
    }
}

fn nobody_sends_it() -> Row {
    Row {
        icon: tarn_web::Icon::NotConnected,
        class: "is-not-connected",
        word: "Not sent yet",
        sentence: "No organisation sends this to the record yet.".to_owned(),
    }
}

fn facts(said: &Demographics) -> Vec<(&'static str, Vec<String>)> {
    let name = [
        said.title.as_deref().unwrap_or_default(),
        &said.given.join(" "),
        &said.family,
    ]
    .into_iter()
    .filter(|part| !part.is_empty())
    .collect::<Vec<_>>()
    .join(" ");
    let contacts = said
        .contacts
        .iter()
        .map(|(kind, value)| format!("{}: {value}", words::capitalised(kind)));
    let kin = said
        .next_of_kin
        .iter()
        .map(|(name, relation, telephone)| match telephone {
            Some(number) => format!("{name}, {relation}, {number}"),
            None => format!("{name}, {relation}"),
        });
    let born = said.birth_date.map(|born| match born.precision {
        Precision::Time => citizen_date(born.at, Precision::Day),
        other => citizen_date(born.at, other),
    });
    [
        ("Name", vec![name]),
        (
            "Likes to be called",
            said.preferred_name.iter().cloned().collect(),
        ),
        ("Names before", said.former_names.clone()),
        ("Born", born.into_iter().collect()),
        (
            "NHS number",
            said.nhs_number.iter().map(nhs_number).collect(),
        ),
        ("Address", said.addresses.clone()),
        ("Phone and email", contacts.collect()),
        (
            "GP practice",
            said.registered_gp_name.iter().cloned().collect(),
        ),
        ("Next of kin", kin.collect()),
        ("How to talk with you", said.communication.clone()),
    ]
    .into_iter()
    .filter(|(_, values)| !values.is_empty())
    .collect()
}

fn who_says(record: &PersonRecord, said: &Demographics) -> String {
    let source = record.ledger.standing(&said.source).map_or_else(
        || said.source.to_string(),
        |standing| words::source(&standing.source),
    );
    format!(
        "From {source}, received on {}.",
        citizen_date_time(said.received_at)
    )
}
