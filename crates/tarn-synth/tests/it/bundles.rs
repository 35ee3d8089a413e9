use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::{bundles, harrowmere, resources};

#[test]
fn an_independent_reader_finds_no_error_in_any_resource() {
    let locality = harrowmere(60);
    let mut read = 0;
    for (_, text) in tarn_synth::fhir_bundles(&locality) {
        if let Err(problem) = fhirkit::from_json_strict::<fhirkit::r4::Bundle>(&text) {
            panic!("{problem}");
        }
        let bundle: Value = serde_json::from_str(&text).unwrap();
        read += resources(&bundle).count();
    }
    assert!(read > 1500, "{read}");
}

#[test]
fn the_independent_reader_would_find_an_error() {
    let (_, text) = tarn_synth::fhir_bundles(&harrowmere(1)).nth(8).unwrap();
    let broken = text.replace("\"birthDate\":\"1945", "\"birthDate\":\"19x5");
    assert_ne!(broken, text);
    assert!(fhirkit::from_json_strict::<fhirkit::r4::Bundle>(&broken).is_err());
}

#[test]
fn every_reference_leads_somewhere_in_the_feed() {
    let mut known: HashMap<String, HashSet<String>> = HashMap::new();
    let all = bundles(&harrowmere(60));
    for (source, bundle) in &all {
        let names = resources(bundle).map(|one| {
            format!(
                "{}/{}",
                one["resourceType"].as_str().unwrap(),
                one["id"].as_str().unwrap()
            )
        });
        known.entry(source.clone()).or_default().extend(names);
    }
    let mut followed = 0;
    for (source, bundle) in &all {
        for resource in resources(bundle) {
            let mut references = Vec::new();
            gather(resource, &mut references);
            for reference in references {
                followed += 1;
                match reference.strip_prefix('#') {
                    Some(id) => {
                        let contained = resource["contained"].as_array().unwrap();
                        assert!(contained.iter().any(|one| one["id"] == id), "{reference}");
                    }
                    None => assert!(known[source].contains(&reference), "{source} {reference}"),
                }
            }
        }
    }
    assert!(followed > 4000, "{followed}");
}

#[test]
fn every_entry_is_a_put_under_a_lasting_id_that_is_used_once() {
    let mut urls = HashSet::new();
    for (source, bundle) in bundles(&harrowmere(60)) {
        assert_eq!(bundle["type"], "transaction");
        for entry in bundle["entry"].as_array().unwrap() {
            let resource = &entry["resource"];
            let id = resource["id"].as_str().unwrap();
            let legal = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
            assert!(id.len() <= 64 && id.chars().all(legal), "{id}");
            assert_eq!(entry["request"]["method"], "PUT");
            let url = entry["request"]["url"].as_str().unwrap();
            assert_eq!(
                url,
                format!("{}/{id}", resource["resourceType"].as_str().unwrap())
            );
            assert!(urls.insert(format!("{source} {url}")), "{source} {url}");
        }
    }
}

#[test]
fn organisations_that_have_not_joined_send_nothing() {
    let sources: HashSet<String> = bundles(&harrowmere(200))
        .into_iter()
        .map(|(of, _)| of)
        .collect();
    assert!(!sources.contains("FEN01") && !sources.contains("H10A"));
    assert_eq!(sources.len(), 8);
}

#[test]
fn nhs_numbers_are_sent_as_verified() {
    for (_, bundle) in bundles(&harrowmere(30)) {
        for patient in resources(&bundle).filter(|one| one["resourceType"] == "Patient") {
            let number = &patient["identifier"][0];
            assert_eq!(number["system"], "https://fhir.nhs.uk/Id/nhs-number");
            assert!(number["value"].as_str().unwrap().starts_with("999"));
            let status = &number["extension"][0]["valueCodeableConcept"]["coding"][0];
            assert_eq!(status["code"], "01");
        }
    }
}

fn gather(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(reference)) = members.get("reference") {
                found.push(reference.clone());
            }
            members.values().for_each(|member| gather(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| gather(item, found)),
        _ => {}
    }
}
