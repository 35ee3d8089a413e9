//! What taking a person's Bundle of 502 resources costs: wall and processor time of this process
//! for each resource, and how many bytes the store keeps for it.
//!
//! ```sh
//! cargo bench -p tarn-record --features postgres -- postgres:///a_throw_away_database 40
//! ```
//! The processor time of PostgreSQL is not in it; read that of its processes beside it.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a tool for the bench, not for a locality"
)]

use std::time::Instant;

use tarn_model::{FixedClock, IdMaker, SeededEntropy, Timestamp};
use tarn_record::{Delivery, RecordStore};

/// Types and how many of each a person has, as in the published measurements of other servers.
const KINDS: [(&str, usize); 7] = [
    ("Encounter", 45),
    ("Observation", 330),
    ("Condition", 40),
    ("MedicationRequest", 60),
    ("Procedure", 15),
    ("Immunization", 8),
    ("AllergyIntolerance", 3),
];

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().filter(|one| one != "--bench").collect();
    let (Some(url), Some(people)) = (arguments.get(1), arguments.get(2)) else {
        println!("left out: no address and no number of people were given");
        return;
    };
    let people: usize = people.parse().unwrap();
    let store = RecordStore::connect(url).await.unwrap();
    store.migrate().await.unwrap();
    let source = "Y1".parse().unwrap();
    let received_at = Timestamp::from_micros(1_790_000_000_000_000);
    let (clock, randomness) = (FixedClock(received_at), SeededEntropy::new(42));
    let texts: Vec<String> = (0..people).map(bundle).collect();
    let size: usize = texts.iter().map(String::len).sum();
    let (begun, before) = (Instant::now(), processor_micros());
    let mut resources = 0;
    for (person, text) in texts.iter().enumerate() {
        let delivery = Delivery {
            source: &source,
            message_id: &format!("m{person}"),
            text,
            received_at,
        };
        let ids = IdMaker::new(&clock, &randomness);
        resources += store.ingest(&delivery, ids).await.unwrap().changed();
    }
    let each = |micros: u128| micros / resources as u128;
    println!(
        "{resources} resources of {} bytes: {} µs of wall and {} µs of processor each",
        size / resources,
        each(begun.elapsed().as_micros()),
        each(u128::from(processor_micros() - before)),
    );
}

/// Processor time of this process so far.
fn processor_micros() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let ticks = stat
        .rsplit(')')
        .next()
        .into_iter()
        .flat_map(str::split_whitespace)
        .skip(11)
        .take(2)
        .filter_map(|ticks| ticks.parse::<u64>().ok());
    ticks.sum::<u64>() * 10_000
}

fn bundle(person: usize) -> String {
    let uuid = |kind: usize, number: usize| {
        // Spread like the ids of other systems: by a multiplier, not by chance.
        let spread = ((person * 1_000 + number) as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        format!(
            "{:08x}-{kind:04x}-4000-8000-{:012x}",
            spread >> 32,
            spread & 0xFFFF_FFFF_FFFF
        )
    };
    let patient = uuid(0, 0);
    let mut entries = vec![entry(
        &patient,
        "Patient",
        &format!(
            r#""identifier":[{{"system":"http://hospital","value":"H{person}"}}],"name":[{{"family":"Synthetic{person}","given":["Ann","May"]}}],"gender":"female","birthDate":"1950-{:02}-{:02}","address":[{{"line":["{person} High Street"],"city":"Harrowmere","postalCode":"ZZ1 1ZZ"}}]"#,
            person % 12 + 1,
            person % 28 + 1,
        ),
    )];
    for (at, (kind, count)) in KINDS.iter().enumerate() {
        for number in 0..*count {
            let id = uuid(at + 1, number);
            let encounter = uuid(1, number % 45);
            let subject = match *kind {
                "Immunization" | "AllergyIntolerance" => "patient",
                _ => "subject",
            };
            let time = format!(
                "20{:02}-{:02}-{:02}T10:{:02}:00Z",
                15 + number % 10,
                number % 12 + 1,
                number % 28 + 1,
                number % 60
            );
            let code = match *kind {
                "MedicationRequest" => "medicationCodeableConcept",
                "Immunization" => "vaccineCode",
                "Encounter" => "serviceType",
                _ => "code",
            };
            let link = match *kind {
                "Encounter" => String::new(),
                _ => format!(r#","encounter":{{"reference":"urn:uuid:{encounter}"}}"#),
            };
            let when = match *kind {
                "Encounter" => format!(
                    r#","period":{{"start":"{time}","end":"{time}"}},"status":"finished","class":{{"code":"AMB"}}"#
                ),
                "Observation" => format!(
                    r#","effectiveDateTime":"{time}","status":"final","category":[{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory"}}]}}],"valueQuantity":{{"value":{number}.50,"unit":"mmol/L","system":"http://unitsofmeasure.org","code":"mmol/L"}}"#
                ),
                "Condition" => format!(
                    r#","onsetDateTime":"{time}","recordedDate":"{time}","clinicalStatus":{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}}]}}"#
                ),
                "MedicationRequest" => format!(
                    r#","authoredOn":"{time}","status":"active","intent":"order","dosageInstruction":[{{"text":"One to be taken each day"}}]"#
                ),
                "Procedure" => format!(r#","performedDateTime":"{time}","status":"completed""#),
                "Immunization" => format!(r#","occurrenceDateTime":"{time}","status":"completed""#),
                _ => format!(r#","recordedDate":"{time}""#),
            };
            let filler = "A sentence of the length that a narrative has. ".repeat(7);
            entries.push(entry(&id, kind, &format!(
                r#""meta":{{"profile":["https://fhir.hl7.org.uk/StructureDefinition/UKCore-{kind}"]}},"text":{{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">{filler}</div>"}},"{code}":{{"coding":[{{"system":"http://snomed.info/sct","code":"{}","display":"Something that was measured or found, number {number}"}}],"text":"Something that was measured or found, number {number}"}},"{subject}":{{"reference":"urn:uuid:{patient}"}}{link}{when}"#,
                100_000_000 + number,
            )));
        }
    }
    format!(
        r#"{{"resourceType":"Bundle","type":"transaction","entry":[{}]}}"#,
        entries.join(",")
    )
}

fn entry(id: &str, kind: &str, members: &str) -> String {
    format!(
        r#"{{"fullUrl":"urn:uuid:{id}","resource":{{"resourceType":"{kind}","id":"{id}",{members}}},"request":{{"method":"PUT","url":"{kind}/{id}"}}}}"#
    )
}
