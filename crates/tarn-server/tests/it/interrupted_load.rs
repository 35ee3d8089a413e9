//! A load that is killed, started again, ends where an undisturbed one ends.
#![expect(
    clippy::unwrap_used,
    reason = "a test stops at the first thing that is not as it should be"
)]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::store_state::{State, open};

const FILES: usize = 40;
const RESOURCES_EACH: usize = 60;

/// One file for each person, each referring to the directory by a search and to itself by
/// `urn:uuid:`; the directory comes last, so that the first pass leaves everything waiting.
fn write_files(folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    for person in 0..FILES {
        let url = |n: usize| format!("urn:uuid:00000000-0000-4000-8000-{person:06}{n:06}");
        let mut entries = vec![
            json!({"fullUrl": url(0), "request": {"method": "POST", "url": "Patient"},
            "resource": {"resourceType": "Patient", "id": format!("p{person}"), "birthDate": "1950-01-01",
                "identifier": [{"system": "urn:local", "value": person.to_string()}]}}),
        ];
        for n in 1..RESOURCES_EACH {
            entries.push(json!({"fullUrl": url(n), "request": {"method": "POST", "url": "Observation"},
                "resource": {"resourceType": "Observation", "id": format!("o{person}-{n}"), "status": "final",
                    "code": {"text": "Weight"}, "subject": {"reference": url(0)},
                    "performer": [{"reference": format!("Organization?identifier=urn:o|{}", person % 2)}],
                    "valueQuantity": {"value": n, "unit": "kg"}}}));
        }
        let bundle = json!({"resourceType": "Bundle", "type": "transaction", "entry": entries});
        std::fs::write(
            folder.join(format!("p{person:03}.json")),
            bundle.to_string(),
        )
        .unwrap();
    }
    for n in 0..2 {
        let organisation: Value = json!({"resourceType": "Organization", "id": format!("org{n}"),
            "identifier": [{"system": "urn:o", "value": n.to_string()}]});
        // The first is found at once, the second only after everything else.
        let name = if n == 0 {
            "a-directory.json"
        } else {
            "z-directory.json"
        };
        std::fs::write(folder.join(name), organisation.to_string()).unwrap();
    }
}

fn tarn_load(place: &[String], files: &Path, workers: usize) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tarn"));
    command
        .arg("load")
        .args(place)
        .arg("--source")
        .arg("RXX")
        .arg("--workers")
        .arg(workers.to_string())
        .arg(files);
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    command
}

fn load_to_the_end(place: &[String], files: &Path) {
    let done = tarn_load(place, files, 1).output().unwrap();
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
}

/// Kills the load with SIGKILL once it has said that it loaded so many deliveries.
fn load_and_kill(place: &[String], files: &Path, after: usize, workers: usize) {
    let mut child = tarn_load(place, files, workers).spawn().unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap())
        .lines()
        .map(Result::unwrap);
    let loaded = said
        .by_ref()
        .filter(|line| line.starts_with("loaded"))
        .take(after)
        .count();
    child.kill().unwrap();
    let status = child.wait().unwrap();
    assert_eq!(loaded, after, "the load ended before it could be killed");
    assert!(!status.success(), "it was killed");
}

async fn state_at(address: &str) -> State {
    let store = open(address).await;
    State::of(&store).await
}

async fn a_killed_load_is_taken_up(
    place: impl Fn(&str) -> Vec<String>,
    address: impl Fn(&str) -> String,
    files: &Path,
) {
    load_to_the_end(&place("undisturbed"), files);
    let expected = state_at(&address("undisturbed")).await;
    assert_eq!(expected.people, FILES);
    assert_eq!(expected.resources, FILES * RESOURCES_EACH + 2);

    let killed = place("killed");
    for (after, workers) in [(1, 1), (3, 4), (9, 4)] {
        load_and_kill(&killed, files, after, workers);
    }
    let partly = state_at(&address("killed")).await;
    assert!(
        partly.resources < expected.resources,
        "the kills came in time"
    );
    load_to_the_end(&killed, files);
    assert_eq!(state_at(&address("killed")).await, expected);
    load_to_the_end(&killed, files);
    assert_eq!(state_at(&address("killed")).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_load_ends_as_an_undisturbed_one_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let files = folder.path().join("files");
    write_files(&files);
    let data = |name: &str| folder.path().join(name).display().to_string();
    a_killed_load_is_taken_up(
        |name| vec!["--data".to_owned(), data(name)],
        |name| format!("sqlite:{}/record.db", data(name)),
        &files,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_load_ends_as_an_undisturbed_one_on_postgresql() {
    let addresses = (
        tarn_database::testing::fresh_postgres().await,
        tarn_database::testing::fresh_postgres().await,
    );
    let (Some(undisturbed), Some(killed)) = addresses else {
        println!("left out: PostgreSQL (TARN_TEST_POSTGRES not set)");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let files = folder.path().join("files");
    write_files(&files);
    let address = |name: &str| match name {
        "killed" => killed.clone(),
        _ => undisturbed.clone(),
    };
    a_killed_load_is_taken_up(
        |name| vec!["--database".to_owned(), address(name)],
        address,
        &files,
    )
    .await;
}
