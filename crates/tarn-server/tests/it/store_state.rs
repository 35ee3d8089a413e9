//! Fresh stores to load into, and everything that one of them holds, in a comparable form.
#![expect(
    clippy::unwrap_used,
    reason = "a test stops at the first thing that is not as it should be"
)]

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use tarn_model::{FixedClock, OdsCode, PersonId, SeededEntropy, Timestamp};
use tarn_record::{RecordStore, Selection};
use tarn_server::load::{FileLimits, Options, Report, Silent, Surroundings, load};

/// When everything in these tests was received.
const RECEIVED_AT: Timestamp = Timestamp::from_micros(1_795_000_000_000_000);

/// The addresses of a new store on each backend that can be reached: all for one test.
pub(crate) async fn fresh_addresses(folder: &Path) -> Vec<String> {
    let mut addresses = vec![format!("sqlite:{}", folder.join("record.db").display())];
    match tarn_database::testing::fresh_postgres().await {
        Some(address) => addresses.push(address),
        None => println!("left out: PostgreSQL (TARN_TEST_POSTGRES not set)"),
    }
    addresses
}

/// Opens the store at an address, with its tables.
pub(crate) async fn open(address: &str) -> Arc<RecordStore> {
    let store = RecordStore::connect(address).await.unwrap();
    store.migrate().await.unwrap();
    Arc::new(store)
}

/// Loads paths as a source, with a clock and randomness that repeat.
pub(crate) async fn load_as(
    store: &Arc<RecordStore>,
    source: &str,
    paths: &[&Path],
    assign_test_nhs_numbers: bool,
) -> Report {
    load_with(store, source, paths, assign_test_nhs_numbers, 2).await
}

/// The same with so many workers.
pub(crate) async fn load_with(
    store: &Arc<RecordStore>,
    source: &str,
    paths: &[&Path],
    assign_test_nhs_numbers: bool,
    workers: usize,
) -> Report {
    let options = Options {
        paths: paths.iter().map(|path| (*path).to_owned()).collect(),
        source: source.parse().unwrap(),
        assign_test_nhs_numbers,
        limits: FileLimits::default(),
        workers: NonZeroUsize::new(workers).unwrap(),
    };
    let surroundings = Surroundings {
        clock: Arc::new(FixedClock(RECEIVED_AT)),
        entropy: Arc::new(SeededEntropy::new(seed())),
    };
    load(store, surroundings, &options, &mut Silent)
        .await
        .unwrap()
}

/// Another seed for each load: ids that two loads made alike would hide a mistake.
fn seed() -> u64 {
    use std::sync::atomic::{AtomicU64, Ordering};
    static LOADS: AtomicU64 = AtomicU64::new(1);
    LOADS.fetch_add(1, Ordering::Relaxed)
}

/// Everything that the sources' words made of the store, and none of Tarn's own ids: two stores
/// that were told the same are equal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct State {
    /// People other than the directory.
    pub(crate) people: usize,
    /// Current resources of people and of the directory.
    pub(crate) resources: usize,
    /// View lines.
    pub(crate) lines: usize,
    /// Over every person's resources with their versions, identifiers and lines.
    pub(crate) digest: String,
}

impl State {
    /// Reads the whole store.
    pub(crate) async fn of(store: &RecordStore) -> Self {
        let mut everyone = Vec::new();
        loop {
            let page = store.people(everyone.last().copied(), 500).await.unwrap();
            if page.is_empty() {
                break;
            }
            everyone.extend(page);
        }
        let sources: Vec<OdsCode> = store
            .sources()
            .await
            .unwrap()
            .into_iter()
            .map(|source| source.organisation)
            .collect();
        let selection = Selection::everything_of(sources);
        let mut state = Self {
            people: everyone.len(),
            resources: 0,
            lines: 0,
            digest: String::new(),
        };
        let mut told = BTreeSet::new();
        for person in everyone.into_iter().chain([PersonId::DIRECTORY]) {
            told.insert(told_of(store, person, &selection, &mut state).await);
        }
        let mut digest = Sha256::new();
        for one in told {
            digest.update(one);
        }
        state.digest = hex::encode(digest.finalize());
        state
    }
}

async fn told_of(
    store: &RecordStore,
    person: PersonId,
    selection: &Selection,
    state: &mut State,
) -> String {
    let resources = store.resources(person, selection).await.unwrap();
    let lines = store.lines(person, selection).await.unwrap();
    state.resources += resources.len();
    state.lines += lines.len();
    let mut told: Vec<String> = resources
        .iter()
        .map(|one| {
            assert_eq!(Sha256::digest(one.as_sent().unwrap())[..], one.sha256[..]);
            format!(
                "{} {} {} {} {}",
                one.source,
                one.resource_type,
                one.source_ref,
                one.version,
                hex::encode(one.sha256)
            )
        })
        .collect();
    for (system, value, source) in store.identifiers(person).await.unwrap() {
        told.push(format!("{system} {value} {source}"));
    }
    for line in lines {
        told.push(format!("{} {:?}", line.display, line.detail));
    }
    told.sort();
    told.join("\n")
}
