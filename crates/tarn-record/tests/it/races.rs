//! Many writers at once: the keys decide, nothing is lost and nothing is there twice.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "the parts of a test stand in functions here"
)]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use tarn_model::{Entropy, PersonId, SeededEntropy};
use tarn_record::{EntryAction, IngestError, RecordStore};

use crate::backend::{NHS_NUMBER, all_of, on_both_addresses, patient, send};
use crate::requests::{entry, transaction, write};

/// How many rounds: few in the suite, as many as the load tool asks for.
#[expect(
    clippy::disallowed_methods,
    reason = "how long to go on comes from outside"
)]
fn rounds(few: usize) -> usize {
    let asked = std::env::var("TARN_RACE_ROUNDS").ok();
    asked.map_or(few, |asked| asked.parse().unwrap())
}

async fn opened(url: &str) -> Arc<RecordStore> {
    let store = RecordStore::connect(url).await.unwrap();
    store.migrate().await.unwrap();
    Arc::new(store)
}

/// A conditional create: of something about nobody, or about a person.
fn conditional(round: usize, writer: usize) -> String {
    let identifier = format!(r#""identifier":[{{"system":"http://x","value":"{round}"}}]"#);
    let (kind, resource) = if round.is_multiple_of(2) {
        (
            "Basic",
            format!(r#"{{"resourceType":"Basic",{identifier},"code":{{"text":"{writer}"}}}}"#),
        )
    } else {
        (
            "Observation",
            format!(
                r#"{{"resourceType":"Observation",{identifier},"status":"final","code":{{"text":"{writer}"}},"subject":{{"reference":"Patient/p"}}}}"#
            ),
        )
    };
    let condition = format!(r#","ifNoneExist":"identifier=http://x|{round}""#);
    transaction(&[entry("POST", kind, &condition, &resource)])
}

async fn one_of_many(writers: usize, rounds: usize) {
    on_both_addresses(async |url| {
        let store = opened(url).await;
        send(&store, "Y1", &patient("p", NHS_NUMBER, "1943-05-06")).await;
        for round in 0..rounds {
            let all: Vec<_> = (0..writers)
                .map(|writer| {
                    let store = store.clone();
                    tokio::spawn(async move {
                        let message = format!("{round}-{writer}");
                        let text = conditional(round, writer);
                        write(&store, "Y1", &message, &text)
                            .await
                            .unwrap()
                            .remove(0)
                    })
                })
                .collect();
            let mut ids = Vec::new();
            let mut created = 0;
            for one in all {
                let outcome = one.await.unwrap();
                created += usize::from(outcome.action == EntryAction::Created);
                ids.push(outcome.resource.resource_id);
            }
            ids.dedup();
            assert_eq!((created, ids.len()), (1, 1), "round {round}");
            let held = store.counts().await.unwrap().resources;
            assert_eq!(held, u64::try_from(round).unwrap() + 2, "round {round}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn eight_conditional_creates_at_once_make_one() {
    one_of_many(8, rounds(12)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn thirty_two_conditional_creates_at_once_make_one() {
    one_of_many(32, rounds(4)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn a_condition_holds_again_once_what_met_it_is_gone() {
    on_both_addresses(async |url| {
        let store = opened(url).await;
        for round in 0..rounds(6) {
            let create = |writer: usize| {
                let store = store.clone();
                tokio::spawn(async move {
                    let message = format!("{round}-{writer}");
                    let text = conditional(0, writer);
                    let done = write(&store, "Y1", &message, &text).await.unwrap();
                    usize::from(done[0].action == EntryAction::Created)
                })
            };
            let all: Vec<_> = (0..8).map(create).collect();
            let mut created = 0;
            for one in all {
                created += one.await.unwrap();
            }
            assert_eq!(created, 1, "round {round}");
            let gone = transaction(&[entry("DELETE", "Basic?identifier=http://x|0", "", "")]);
            let gone = write(&store, "Y1", &format!("{round}-gone"), &gone)
                .await
                .unwrap();
            assert_eq!(gone.len(), 1);
        }
    })
    .await;
}

/// A few resources that many change: the version up to which each is known to be written.
struct Board {
    store: Arc<RecordStore>,
    owner: PersonId,
    done: Vec<AtomicI64>,
}

const KEYS: usize = 3;
const WRITERS: usize = 6;

impl Board {
    fn text(key: usize, subject: &str, text: &str) -> String {
        format!(r#"{{"resourceType":"Basic","id":"k{key}",{subject}"code":{{"text":"{text}"}}}}"#)
    }

    async fn read(&self, key: usize) -> i64 {
        let selection = all_of(&["Y1"]);
        let id = format!("k{key}");
        let known = self.done[key].load(Ordering::SeqCst);
        let found = self
            .store
            .latest(self.owner, "Basic", &id, &selection)
            .await
            .unwrap();
        let version = found.map_or(0, |one| one.version);
        assert!(version >= known, "what was written before is read");
        version
    }

    /// Writes once; the version that it made, or nothing if another one was first.
    async fn change(
        &self,
        key: usize,
        subject: &str,
        message: &str,
        expected: Option<i64>,
    ) -> Option<i64> {
        let condition = expected.map_or(String::new(), |version| {
            format!(r#","ifMatch":"W/\"{version}\"""#)
        });
        let resource = Self::text(key, subject, message);
        let text = transaction(&[entry(
            "PUT",
            &format!("Basic/k{key}"),
            &condition,
            &resource,
        )]);
        let known = self.done[key].load(Ordering::SeqCst);
        match write(&self.store, "Y1", message, &text).await {
            Ok(done) => {
                let version = done[0].resource.version;
                assert!(version > known, "later than what was written before");
                assert!(
                    expected.is_none_or(|expected| version == expected + 1),
                    "no lost update"
                );
                self.done[key].fetch_max(version, Ordering::SeqCst);
                Some(version)
            }
            Err(IngestError::Superseded { .. }) if expected.is_some() => None,
            Err(error) => panic!("{error}"),
        }
    }
}

/// Reads, changes and changes of a version by several writers; each version was made once, by
/// whoever was told so, and holds what they wrote.
async fn a_history_in_one_order(about_a_person: bool) {
    on_both_addresses(async |url| {
        let store = opened(url).await;
        send(&store, "Y1", &patient("p", NHS_NUMBER, "1943-05-06")).await;
        let (subject, owner) = match about_a_person {
            true => (
                r#""subject":{"reference":"Patient/p"},"#,
                crate::backend::person(&store, NHS_NUMBER).await,
            ),
            false => ("", PersonId::DIRECTORY),
        };
        let done = (0..KEYS).map(|_| AtomicI64::new(0)).collect();
        let board = Arc::new(Board { store, owner, done });
        let all: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let board = board.clone();
                tokio::spawn(async move {
                    let chance = SeededEntropy::new(u64::try_from(writer).unwrap());
                    let mut made = Vec::new();
                    let mut seen = [0; KEYS];
                    for step in 0..rounds(10) {
                        let mut byte = [0; 2];
                        chance.fill(&mut byte);
                        let key = usize::from(byte[0]) % KEYS;
                        let read = board.read(key).await;
                        assert!(read >= seen[key], "reads never go back");
                        seen[key] = read;
                        let expected = (byte[1] % 3 > 0 && read > 0).then_some(read);
                        let message = format!("{writer}-{step}");
                        if let Some(version) = board.change(key, subject, &message, expected).await
                        {
                            seen[key] = version;
                            made.push((key, version, message));
                        }
                    }
                    made
                })
            })
            .collect();
        let mut made: BTreeMap<(usize, i64), String> = BTreeMap::new();
        for one in all {
            for (key, version, message) in one.await.unwrap() {
                let twice = made.insert((key, version), message);
                assert!(
                    twice.is_none(),
                    "version {version} of k{key} was made twice"
                );
            }
        }
        for key in 0..KEYS {
            let id = format!("k{key}");
            let held = board
                .store
                .versions(board.owner, "Basic", &id, &all_of(&["Y1"]))
                .await
                .unwrap();
            let expected = made.keys().filter(|(of, _)| *of == key).count();
            assert_eq!(held.len(), expected);
            for (place, one) in held.iter().rev().enumerate() {
                let version = i64::try_from(place).unwrap() + 1;
                assert_eq!(one.version, version);
                let message = &made[&(key, version)];
                assert_eq!(one.as_sent().unwrap(), Board::text(key, subject, message));
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 6)]
async fn concurrent_changes_of_a_persons_resources_have_one_order() {
    a_history_in_one_order(true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 6)]
async fn concurrent_changes_of_the_directory_have_one_order() {
    a_history_in_one_order(false).await;
}
