//! Resources through the door: what is read, found and written, and what looks as if it were not
//! there.

mod directory;
mod export;
mod ids;
mod letters;
mod matching;
mod missing;
mod nest;
mod protected;
mod reads;
mod self_grant;
mod twins;
mod unseen;
mod writes;

use serde_json::{Value, json};
use tarn_access::{
    AccessError, Disclosed, Everything, Found, MatchQuery, Narrowing, PageOf, Resource, Versions,
};
use tarn_model::RequestContext;
use tarn_search::{Handling, Search};

use crate::harrowmere::Harrowmere;

/// An answer in a form that two worlds can be compared by: the texts that came, or why none did.
pub(crate) type Answer = Result<Vec<String>, String>;

/// What every way in is asked for.
#[derive(Clone, Copy)]
pub(crate) struct Target<'a> {
    pub(crate) kind: &'a str,
    pub(crate) id: &'a str,
    pub(crate) patient: &'a str,
    pub(crate) number: &'a str,
}

pub(crate) fn page(limit: usize) -> PageOf {
    PageOf { after: None, limit }
}

pub(crate) fn search(kind: &str, pairs: &[(&str, &str)]) -> Search {
    let pairs: Vec<(String, String)> = pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    Search::parse(kind, &pairs, Handling::Strict).unwrap()
}

pub(crate) fn system() -> Narrowing {
    Narrowing {
        system: true,
        ..Narrowing::default()
    }
}

fn one(answer: Result<Disclosed<Resource>, AccessError>) -> Answer {
    answer
        .map(|found| vec![found.json().to_owned()])
        .map_err(|error| error.to_string())
}

fn many(answer: Result<Disclosed<Found>, AccessError>) -> Answer {
    answer
        .map(|found| {
            assert!(found.total.is_none_or(|total| total >= found.matches.len()));
            let all = found.matches.iter().chain(&found.included);
            all.map(|one| one.json().to_owned()).collect()
        })
        .map_err(|error| error.to_string())
}

/// Every way to read, in one list. What is asked of the person as a whole comes last.
pub(crate) async fn every_read(
    place: &Harrowmere,
    ctx: &RequestContext,
    narrowing: &Narrowing,
    target: Target<'_>,
) -> Vec<(&'static str, Answer)> {
    let Target {
        kind,
        id,
        patient,
        number,
    } = target;
    let door = &place.door;
    let versions = Versions {
        since: None,
        page: page(50),
    };
    let everything = Everything {
        types: Vec::new(),
        since: None,
        page: page(200),
    };
    let find = async |search: Search| {
        let page = page(50);
        let found = door.search_resources(ctx, narrowing, &search, &page);
        many(found.await)
    };
    let described = MatchQuery {
        nhs_number: Some(number.to_owned()),
        birth_date: Some("1945-07-14".to_owned()),
        limit: 5,
        ..MatchQuery::default()
    };
    let matched = door.match_people(ctx, narrowing, &described).await;
    let own = &[("patient", patient)];
    let counted = &[("patient", patient), ("_total", "accurate")];
    let nhs = format!("https://fhir.nhs.uk/Id/nhs-number|{number}");
    vec![
        (
            "read",
            one(door.read_resource(ctx, narrowing, kind, id).await),
        ),
        (
            "version",
            one(door.read_version(ctx, narrowing, kind, id, 1).await),
        ),
        (
            "history",
            many(door.history(ctx, narrowing, kind, id, &versions).await),
        ),
        ("search by id", find(search(kind, &[("_id", id)])).await),
        (
            "history of the type",
            many(
                door.history_of_type(ctx, narrowing, kind, patient, &versions)
                    .await,
            ),
        ),
        ("search", find(search(kind, own)).await),
        ("counted search", find(search(kind, counted)).await),
        (
            "search by number",
            find(search(kind, &[("patient.identifier", &nhs)])).await,
        ),
        (
            "search of the Patient",
            find(search("Patient", &[("identifier", &nhs)])).await,
        ),
        (
            "everything",
            many(door.everything(ctx, narrowing, patient, &everything).await),
        ),
        (
            "match",
            matched
                .map(|found| found.iter().map(|one| one.patient.json().into()).collect())
                .map_err(|error| error.to_string()),
        ),
    ]
}

/// The part of the answers that is about one entry alone.
pub(crate) fn of_the_entry(answers: Vec<(&'static str, Answer)>) -> Vec<(&'static str, Answer)> {
    answers.into_iter().take(4).collect()
}

pub(crate) fn bundle(entries: Vec<Value>) -> String {
    json!({ "resourceType": "Bundle", "type": "transaction", "entry": entries }).to_string()
}

pub(crate) fn post(resource: &Value) -> Value {
    let url = resource["resourceType"].as_str().unwrap();
    json!({ "resource": resource, "request": { "method": "POST", "url": url } })
}

pub(crate) fn put(id: &str, resource: &Value) -> Value {
    let mut resource = resource.clone();
    resource["id"] = json!(id);
    let url = format!("{}/{id}", resource["resourceType"].as_str().unwrap());
    json!({ "resource": resource, "request": { "method": "PUT", "url": url } })
}

pub(crate) fn observation(id: &str, patient: &str, text: &str) -> Value {
    json!({ "resourceType": "Observation", "id": id, "status": "final",
            "subject": { "reference": format!("Patient/{patient}") },
            "category": [{ "coding": [{ "code": "vital-signs" }] }],
            "code": { "text": text } })
}
