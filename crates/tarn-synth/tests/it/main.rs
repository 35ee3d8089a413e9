//! The synthetic locality as a whole: that it is what it says, and valid FHIR.

mod bundles;
mod stories;
mod whole;

use serde_json::Value;
use tarn_model::{Timestamp, parse_fhir_date};
use tarn_synth::{Locality, Options, fhir_bundles, locality};

/// The moment that the stories are told at.
fn story_now() -> Timestamp {
    parse_fhir_date("2026-11-22T10:04:00Z").map_or(Timestamp::from_micros(0), |(at, _)| at)
}

fn harrowmere(people: usize) -> Locality {
    locality(&Options {
        seed: 7,
        people,
        now: story_now(),
    })
}

/// Every Bundle of the locality, read.
#[expect(
    clippy::unwrap_used,
    reason = "a Bundle that is not JSON fails the test"
)]
fn bundles(locality: &Locality) -> Vec<(String, Value)> {
    let read = |text: String| serde_json::from_str(&text).unwrap();
    fhir_bundles(locality)
        .map(|(source, text)| (source.as_str().to_owned(), read(text)))
        .collect()
}

/// The resources of a Bundle.
fn resources(bundle: &Value) -> impl Iterator<Item = &Value> {
    let entries = bundle["entry"].as_array().into_iter().flatten();
    entries.map(|entry| &entry["resource"])
}
