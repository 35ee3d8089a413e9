//! Loading data that others published: all of it, once, and read back as it was sent.
//!
//! The data is not part of the project. It is looked for where `TARN_SHARED_DATA` says, else in
//! `shared/data` beside the project's folder; without it these tests say that they were left out.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first thing that is not as it should be"
)]

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};
use tarn_model::OdsCode;
use tarn_record::{RecordStore, Selection};

use crate::store_state::{State, fresh_addresses, load_as, open};

#[expect(
    clippy::disallowed_methods,
    reason = "the tests are told where the data is"
)]
fn folder(name: &str) -> Option<PathBuf> {
    let root = match std::env::var("TARN_SHARED_DATA") {
        Ok(root) => PathBuf::from(root),
        Err(_) => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
    };
    let folder = root.join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("left out: 1 test over published data ({name} is not there; set TARN_SHARED_DATA)");
    None
}

/// One resource as it stands in a file.
struct Sent {
    resource_type: String,
    source_ref: String,
    text: String,
}

/// Reads the files by another way than the loader's: whole, through serde_json alone.
fn sent(folder: &Path) -> Vec<Sent> {
    let mut all = Vec::new();
    let mut seen = BTreeSet::new();
    let mut pending = vec![folder.to_owned()];
    while let Some(path) = pending.pop() {
        if path.is_dir() {
            pending.extend(
                std::fs::read_dir(path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        let text = match path.extension().and_then(|extension| extension.to_str()) {
            Some("json") => String::from_utf8(bytes).unwrap(),
            Some("bz2") => {
                let mut text = String::new();
                bzip2::read::MultiBzDecoder::new(bytes.as_slice())
                    .read_to_string(&mut text)
                    .unwrap();
                text
            }
            _ => continue,
        };
        // The same text in two files is one message.
        if seen.insert(text.clone()) {
            all.extend(resources_of(&text));
        }
    }
    all
}

fn resources_of(text: &str) -> Vec<Sent> {
    #[derive(Deserialize)]
    struct Bundle<'a> {
        #[serde(default, borrow)]
        entry: Vec<Entry<'a>>,
    }
    #[derive(Deserialize)]
    struct Entry<'a> {
        #[serde(rename = "fullUrl")]
        full_url: Option<String>,
        #[serde(borrow)]
        resource: Option<&'a RawValue>,
    }
    let value: Value = serde_json::from_str(text).unwrap();
    let one = |text: &str, full_url: Option<String>| {
        let value: Value = serde_json::from_str(text).unwrap();
        let id = value.get("id").and_then(Value::as_str).map(str::to_owned);
        Sent {
            resource_type: value["resourceType"].as_str().unwrap().to_owned(),
            source_ref: id
                .or(full_url)
                .unwrap_or_else(|| hex::encode(Sha256::digest(text))),
            text: text.to_owned(),
        }
    };
    if value["resourceType"] != "Bundle" {
        return vec![one(text.trim(), None)];
    }
    let bundle: Bundle<'_> = serde_json::from_str(text).unwrap();
    bundle
        .entry
        .into_iter()
        .filter_map(|entry| Some(one(entry.resource?.get(), entry.full_url)))
        .collect()
}

/// Loads a folder on every backend: nothing rejected, a second load changes nothing, and every
/// resource of every file reads back with the bytes that were sent.
async fn everything_is_kept(name: &str, people: Option<usize>, entries: usize) {
    let Some(data) = folder(name) else { return };
    let sent = sent(&data);
    assert_eq!(sent.len(), entries, "{name}: the published files");
    let place = tempfile::tempdir().unwrap();
    for address in fresh_addresses(place.path()).await {
        let store = open(&address).await;
        let report = load_as(&store, "RXX", &[&data], false).await;
        assert_eq!(report.rejections, [], "{name}");
        assert!(report.loaded > 0);
        assert_eq!(
            report.resources.all(),
            sent.len(),
            "{name}: every resource was counted"
        );
        let state = State::of(&store).await;
        if let Some(people) = people {
            assert_eq!(state.people, people);
        }
        let again = load_as(&store, "RXX", &[&data], false).await;
        assert_eq!(
            (again.changed(), again.loaded, again.rejections.len()),
            (0, 0, 0)
        );
        assert_eq!(State::of(&store).await, state);
        read_back(&store, &sent).await;
        println!(
            "{name}: {} resources of {} people",
            state.resources, state.people
        );
    }
}

async fn read_back(store: &RecordStore, sent: &[Sent]) {
    let source: OdsCode = "RXX".parse().unwrap();
    let selection = Selection::everything_of([source.clone()]);
    for one in sent {
        let Sent {
            resource_type,
            source_ref,
            text,
        } = one;
        let found = store
            .locate(&source, resource_type, source_ref)
            .await
            .unwrap();
        let (person, id) = found.unwrap_or_else(|| panic!("{resource_type} {source_ref} is held"));
        let versions = store
            .versions(person, resource_type, &id, &selection)
            .await
            .unwrap();
        let is_kept = versions
            .iter()
            .any(|version| version.as_sent().unwrap() == *text);
        assert!(
            is_kept,
            "{resource_type} {source_ref} reads back as it was sent"
        );
        let current: Value = serde_json::from_str(&versions[0].body).unwrap();
        assert_eq!(current["resourceType"], resource_type.as_str());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn synthea_people_and_their_infrastructure() {
    // 7,383 resources in the files of 24 people, 204 in those of hospitals and practitioners.
    everything_is_kept("synthea-r4", Some(24), 7_383 + 204).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn synthea_people_with_conditional_references() {
    everything_is_kept("synthea-blaze", Some(14), 9_496).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn uk_core_examples() {
    everything_is_kept("ukcore-examples/json", None, 141).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn immunisation_api_examples() {
    everything_is_kept("immunisation", None, 12).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn demographics_api_examples() {
    everything_is_kept("pds", None, 12).await;
}
