//! What the small Harrowmere holds.

use serde_json::{Value, json};
use tarn_access::{Connection, Source};
use tarn_model::{HeadingSet, IdMaker, NhsNumber, OdsCode, SeededEntropy};
use tarn_record::{Delivery, RecordStore};

use crate::world::{ARTHUR, EDIE, NOW};

pub(crate) async fn fill(record: &RecordStore) {
    for (code, name) in [
        ("OAK01", "Oakfield Surgery"),
        ("RSB", "St Brannoc’s Hospital"),
        ("HUC01", "Harrowmere Urgent Care"),
    ] {
        let source = Source {
            organisation: code.parse().unwrap(),
            name: name.into(),
            short_name: name.into(),
            kind: "gp-practice".into(),
            telephone: None,
            headings: HeadingSet::all(),
            connection: Connection::Stored,
            cadence_seconds: 3600,
            last_heard_at: Some(NOW),
            complete_to: Some(NOW),
        };
        record.save_source(&source).await.unwrap();
    }
    for (number, (source, bundle)) in (1u64..).zip(bundles()) {
        let source: OdsCode = source.parse().unwrap();
        let text = bundle.to_string();
        let delivery = Delivery {
            source: &source,
            message_id: &Delivery::id_of_text(&text),
            text: &text,
            received_at: NOW.plus_seconds(-60),
        };
        let (clock, entropy) = (tarn_model::FixedClock(NOW), SeededEntropy::new(number));
        record
            .ingest(&delivery, IdMaker::new(&clock, &entropy))
            .await
            .unwrap();
    }
}

fn bundles() -> Vec<(&'static str, Value)> {
    let mut of_edie = vec![
        patient("edie", EDIE, "Hargreaves", "1945-07-14"),
        json!({ "resourceType": "AllergyIntolerance", "id": "a1",
                "patient": { "reference": "Patient/edie" },
                "clinicalStatus": { "coding": [{ "code": "active" }] },
                "code": { "text": "penicillin" } }),
        json!({ "resourceType": "Condition", "id": "c1", "subject": { "reference": "Patient/edie" },
                "clinicalStatus": { "coding": [{ "code": "active" }] },
                "code": { "text": "Atrial fibrillation" } }),
    ];
    for number in 1..=25 {
        let category = if number % 5 == 0 {
            "vital-signs"
        } else {
            "laboratory"
        };
        of_edie.push(observation("edie", &format!("o{number:02}"), category));
    }
    let of_arthur = vec![
        patient("arthur", ARTHUR, "Pemberton", "1938-04-02"),
        observation("arthur", "p01", "laboratory"),
        json!({ "resourceType": "Condition", "id": "c9",
                "subject": { "reference": "Patient/arthur" }, "code": { "text": "Gout" } }),
    ];
    let case = vec![
        patient("huc-edie", EDIE, "Hargreaves", "1945-07-14"),
        json!({ "resourceType": "Encounter", "id": "e1", "status": "in-progress",
                "class": { "code": "VR" }, "subject": { "reference": "Patient/huc-edie" },
                "period": { "start": "2026-11-22T07:52:00Z" },
                "serviceProvider": { "identifier": {
                    "system": OdsCode::SYSTEM, "value": "HUC01" } } }),
    ];
    vec![
        ("OAK01", transaction(of_edie)),
        ("OAK01", transaction(of_arthur)),
        ("HUC01", transaction(case)),
    ]
}

pub(crate) fn patient(id: &str, number: &str, family: &str, born: &str) -> Value {
    json!({
        "resourceType": "Patient", "id": id,
        "identifier": [{ "system": NhsNumber::SYSTEM, "value": number }],
        "name": [{ "use": "official", "family": family, "given": ["Edna"] }],
        "birthDate": born, "gender": "female",
        "generalPractitioner": [{ "identifier": { "system": OdsCode::SYSTEM, "value": "OAK01" } }],
    })
}

pub(crate) fn observation(patient: &str, id: &str, category: &str) -> Value {
    let value: Value = serde_json::from_str("4.50").unwrap();
    json!({
        "resourceType": "Observation", "id": id, "status": "final",
        "category": [{ "coding": [{ "code": category }] }],
        "code": { "text": "Potassium" },
        "subject": { "reference": format!("Patient/{patient}") },
        "effectiveDateTime": "2026-11-20",
        "valueQuantity": { "value": value, "unit": "mmol/L" },
    })
}

pub(crate) fn transaction(resources: Vec<Value>) -> Value {
    let entries = resources.into_iter().map(|resource| {
        let (kind, id) = (
            resource["resourceType"].as_str().unwrap(),
            resource["id"].as_str(),
        );
        let url = format!("{kind}/{}", id.unwrap());
        json!({ "resource": resource, "request": { "method": "PUT", "url": url } })
    });
    let entries: Vec<Value> = entries.collect();
    json!({ "resourceType": "Bundle", "type": "transaction", "entry": entries })
}

/// Makes what a search case says about anybody be about Edie: the cases name a patient only where
/// no other element of theirs is in the way.
pub(crate) fn name_edie(resource: &mut Value) {
    let edie = json!({ "reference": "Patient/edie" });
    let (list, entry) = match resource["resourceType"].as_str().unwrap() {
        "Task" => {
            let named = resource.as_object_mut().unwrap().entry("for");
            named.or_insert(edie);
            return;
        }
        "Binary" => {
            resource["securityContext"] = edie;
            return;
        }
        "Appointment" => ("participant", json!({ "actor": edie })),
        "AuditEvent" => ("agent", json!({ "who": edie })),
        _ => return,
    };
    let members = resource.as_object_mut().unwrap();
    let members = members.entry(list).or_insert_with(|| json!([]));
    members.as_array_mut().unwrap().push(entry);
}
