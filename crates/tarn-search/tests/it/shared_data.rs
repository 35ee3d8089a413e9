//! Examples from elsewhere, read where they are: not part of this repository.

use std::path::{Path, PathBuf};

use serde_json::Value;
use tarn_search::{Values, extract, registry};

#[expect(
    clippy::disallowed_methods,
    reason = "where the data is comes from outside"
)]
fn folder() -> PathBuf {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
    std::env::var("TARN_SHARED_DATA")
        .unwrap_or_else(|_| beside.to_owned())
        .into()
}

fn json_files(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            json_files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "json") {
            found.push(path);
        }
    }
}

/// The resource, or those in its Bundle.
fn resources(value: &Value) -> Vec<&Value> {
    match value["entry"].as_array() {
        Some(entries) => entries.iter().map(|entry| &entry["resource"]).collect(),
        None => vec![value],
    }
}

/// The checked-in choice is what its program makes of HL7's definitions.
#[test]
fn the_parameters_are_those_of_the_definitions() {
    let dir = folder().join("fhir-r4-definitions");
    if !dir.is_dir() {
        println!(
            "left out: parameters.json anew from HL7's definitions (TARN_SHARED_DATA not set)"
        );
        return;
    }
    let written = crate::choice::written(&dir).unwrap() + "\n";
    assert!(
        written == include_str!("../../parameters.json"),
        "run examples/choose_parameters"
    );
}

/// Whether an element that has the name of its parameter has a value to search for.
fn has(resource: &Value, element: &str) -> bool {
    let element = &resource[element];
    let inside =
        ["/reference", "/0/value"].map(|path| element.pointer(path).is_some_and(Value::is_string));
    element.is_string() || inside.contains(&true)
}

/// What every example of a type has, its search values have too.
#[test]
fn every_example_can_be_searched() {
    let mut read = 0;
    let mut bytes = 0;
    for name in [
        "synthea-r4",
        "pds",
        "immunisation",
        "nrl-pointers",
        "gpconnect-structured",
        "ukcore-examples",
    ] {
        let mut files = Vec::new();
        json_files(&folder().join(name), &mut files);
        if files.is_empty() {
            println!(
                "left out: {name} (not beside the repository as JSON, and TARN_SHARED_DATA not set)"
            );
        }
        for file in files {
            let Ok(example) =
                serde_json::from_str::<Value>(&std::fs::read_to_string(&file).unwrap())
            else {
                continue;
            };
            for resource in resources(&example) {
                let Some(kind) = resource["resourceType"]
                    .as_str()
                    .filter(|k| registry::is_resource_type(k))
                else {
                    continue;
                };
                let values = extract(resource);
                bytes += values.as_bytes().len();
                read += 1;
                let codes = values.codes().unwrap();
                for code in ["status", "subject", "identifier", "gender"] {
                    if has(resource, code) && registry::parameter(kind, code).is_some() {
                        assert!(codes.contains(&code), "{kind} {code}: {codes:?}");
                    }
                }
                assert_eq!(Values::from_bytes(values.to_bytes()).unwrap(), values);
            }
        }
    }
    println!(
        "{read} examples, {} bytes of values each",
        bytes / read.max(1)
    );
}
