//! Real R4 data that nobody here wrote, where it is at hand.

use std::path::PathBuf;

use tarn_model::PersonId;
use tarn_record::plan;

use crate::backend::{all_of, ods, on_both, send_as};

#[expect(
    clippy::disallowed_methods,
    reason = "where the data is comes from outside"
)]
fn folder() -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
    let data = std::env::var("TARN_SHARED_DATA").unwrap_or_else(|_| beside.to_owned());
    let folder = PathBuf::from(data).join("synthea-r4");
    folder.is_dir().then_some(folder)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_synthea_resource_comes_back_as_it_was_sent() {
    let Some(folder) = folder() else {
        println!("left out: 26 Synthea Bundles (TARN_SHARED_DATA not set)");
        return;
    };
    let mut texts: Vec<(bool, String)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            (!path.to_string_lossy().contains("Information"), text)
        })
        .collect();
    texts.sort();
    on_both(async |store| {
        for (at, (_, text)) in texts.iter().enumerate() {
            send_as(store, "SYN", &at.to_string(), text, 0)
                .await
                .unwrap();
        }
        let counts = store.counts().await.unwrap();
        assert_eq!(counts.people, 24);
        for (at, (_, text)) in texts.iter().enumerate() {
            let again = send_as(store, "SYN", &at.to_string(), text, 9)
                .await
                .unwrap();
            assert_eq!(again.changed(), 0);
            let first = plan(text).unwrap();
            for entry in &first.entries {
                let kind = &entry.resource_type;
                let name = &entry.source_ref;
                let (person, id) = store
                    .locate(&ods("SYN"), kind, name)
                    .await
                    .unwrap()
                    .unwrap();
                // Several Bundles bring the same organisation with other words: both are kept.
                let held = store
                    .versions(person, kind, &id, &all_of(&["SYN"]))
                    .await
                    .unwrap();
                let sent = held.iter().any(|one| one.as_sent().unwrap() == entry.text);
                assert!(sent, "{}", entry.path);
            }
        }
        assert_eq!(store.counts().await.unwrap(), counts);
        assert!(store.rebuild_view(PersonId::DIRECTORY).await.unwrap() > 0);
        assert_eq!(store.counts().await.unwrap(), counts);
        println!("{} resources, {} lines", counts.resources, counts.lines);
    })
    .await;
}
