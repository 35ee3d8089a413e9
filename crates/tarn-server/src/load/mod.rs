//! Loading FHIR R4 files into the record as one organisation's contribution.
//!
//! Each Bundle, single resource or NDJSON line is one delivery, taken whole or not at all and
//! known by the hash of its text: loading the same files again changes nothing, so a load that
//! was cut off is taken up by running it again.

mod files;
mod numbers;
mod order;
mod queue;
mod report;
mod unpack;
mod work;

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use tarn_model::{Clock, Entropy, OdsCode};
use tarn_record::{Connection, RecordStore, Source};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

pub use files::{FileLimits, FileProblem};
pub use report::{Outcome, Progress, Rejection, Report, Silent};

use files::Found;
use order::Order;
use queue::{Place, Room, Wanted};
use work::{Event, Workshop};

/// What to load, and as whose.
#[derive(Debug, Clone)]
pub struct Options {
    /// Files or folders; a folder is walked in the order of its names.
    pub paths: Vec<PathBuf>,
    /// The organisation whose contribution it is.
    pub source: OdsCode,
    /// Whether people without an NHS number get one of the test range (999).
    pub assign_test_nhs_numbers: bool,
    /// How much a file may hold.
    pub limits: FileLimits,
    /// How many texts are taken apart side by side.
    pub workers: NonZeroUsize,
}

/// Where time and randomness come from.
#[derive(Clone)]
pub struct Surroundings {
    /// The time of receipt.
    pub clock: Arc<dyn Clock>,
    /// For new ids.
    pub entropy: Arc<dyn Entropy>,
}

/// How much text may be on its way to the store at once, in bytes; one text of the longest kind
/// always may.
const ROOM_BYTES: usize = 32 << 20;

/// Loads everything that `options` name. Needs a multi-thread runtime.
///
/// Texts are read from the files one after the other and no further ahead than there is room for;
/// `workers` of them are taken apart side by side. To SQLite they go one at a time, in order; to
/// PostgreSQL side by side too, where they are about different people and none is of the
/// directory. Either way the end is that of one worker. Lines that follow each other in a file
/// share a transaction as long as all are in order.
///
/// A delivery whose conditional references (`Type?identifier=…`) name something that has not
/// arrived waits until the others are in; what still cannot be resolved is rejected. A rejected
/// delivery never stops the others.
///
/// # Errors
/// If the store does not answer, or nothing at a path can be read. What was loaded until then
/// stays, and the same load can be run again.
pub async fn load(
    store: &Arc<RecordStore>,
    surroundings: Surroundings,
    options: &Options,
    progress: &mut dyn Progress,
) -> anyhow::Result<Report> {
    ensure_source(store, &options.source).await?;
    let mut walked = files::walk(&options.paths)?;
    walked.files.sort_by_key(Found::is_late);
    let mut run = Run {
        store,
        surroundings,
        options,
        report: Report {
            skipped: walked.skipped,
            ..Report::default()
        },
        rejected: BTreeMap::new(),
        unnumbered: BTreeSet::new(),
    };
    progress.found(
        walked.files.len(),
        walked.files.iter().map(|file| file.size_bytes).sum(),
    );
    run.all(&walked.files, progress).await?;
    run.report.rejections = run.rejected.into_values().collect();
    if options.assign_test_nhs_numbers {
        run.report.numbers_assigned =
            numbers::assign(store, &options.source, &run.unnumbered).await?;
    }
    if run.report.rejections.is_empty() {
        let now = run.surroundings.clock.now();
        store.heard(&options.source, now, Some(now)).await?;
    }
    Ok(run.report)
}

/// Which deliveries of which files wait: by place of the file, the numbers of its texts.
type Waiting = BTreeMap<usize, BTreeSet<usize>>;

struct Run<'a> {
    store: &'a Arc<RecordStore>,
    surroundings: Surroundings,
    options: &'a Options,
    report: Report,
    rejected: BTreeMap<Place, Rejection>,
    /// Patients without an NHS number, by the source's own id.
    unnumbered: BTreeSet<String>,
}

impl Run<'_> {
    /// The first pass over all files, then passes over what waits for as long as they help.
    async fn all(&mut self, files: &[Found], progress: &mut dyn Progress) -> anyhow::Result<()> {
        let everything = (files.iter().cloned().enumerate())
            .map(|(at, file)| (at, file, None))
            .collect();
        let mut waiting = self.pass(everything, false, progress).await?;
        let mut last_chance = false;
        while !waiting.is_empty() {
            let wanted = (waiting.iter())
                .filter_map(|(at, texts)| Some((*at, files.get(*at)?.clone(), Some(texts.clone()))))
                .collect();
            let still = self.pass(wanted, last_chance, &mut Again(progress)).await?;
            last_chance = still == waiting;
            waiting = still;
        }
        Ok(())
    }

    /// Loads what is wanted and says what must wait.
    async fn pass(
        &mut self,
        wanted: Wanted,
        last_chance: bool,
        progress: &mut dyn Progress,
    ) -> anyhow::Result<Waiting> {
        let workers = self.options.workers.get();
        let limits = self.options.limits;
        let room = Room::new(ROOM_BYTES, limits);
        let (jobs, reading) = queue::read(wanted, limits, room, workers);
        let workshop = Arc::new(Workshop {
            store: Arc::clone(self.store),
            surroundings: self.surroundings.clone(),
            options: self.options.clone(),
            order: Order::new(self.store.has_one_writer()),
            last_chance,
        });
        let (tell, mut told) = mpsc::channel(workers);
        let mut working = JoinSet::new();
        for _ in 0..workers {
            working.spawn(Arc::clone(&workshop).work(jobs.clone(), tell.clone()));
        }
        drop((tell, jobs));
        let mut waiting = Waiting::new();
        while let Some(event) = told.recv().await {
            self.note(event, &mut waiting, progress);
        }
        while let Some(worked) = working.join_next().await {
            worked.context("a worker stopped")??;
        }
        reading.await.context("the reader of the files stopped")?;
        Ok(waiting)
    }

    fn note(&mut self, event: Event, waiting: &mut Waiting, progress: &mut dyn Progress) {
        match event {
            Event::Delivered {
                place,
                name,
                outcome,
                receipt,
            } => {
                progress.delivered(&name, &outcome);
                if let Outcome::Rejected(reason) = outcome {
                    let rejection = Rejection {
                        place: name,
                        reason,
                    };
                    self.rejected.insert(place, rejection);
                }
                if let Some(receipt) = receipt {
                    self.report.add(&receipt);
                }
            }
            Event::Waits((file, text)) => {
                waiting.entry(file).or_default().insert(text);
            }
            Event::Unnumbered(patients) => self.unnumbered.extend(patients),
            Event::Read(size_bytes) => progress.read(size_bytes),
        }
    }
}

/// Tells of what waited, but not of files that are read once more.
struct Again<'p>(&'p mut dyn Progress);

impl Progress for Again<'_> {
    fn found(&mut self, _files: usize, _size_bytes: u64) {}

    fn delivered(&mut self, place: &str, outcome: &Outcome) {
        self.0.delivered(place, outcome);
    }

    fn read(&mut self, _size_bytes: u64) {}
}

/// An organisation that sends for the first time is entered in the register, under its code until
/// somebody gives it a name.
async fn ensure_source(store: &RecordStore, organisation: &OdsCode) -> anyhow::Result<()> {
    /// One day: how old loaded files may be before the page says that they are late.
    const CADENCE_SECONDS: i64 = 86_400;
    let known = store
        .sources()
        .await
        .context("the register of sources can't be read")?;
    if known
        .iter()
        .any(|source| source.organisation == *organisation)
    {
        return Ok(());
    }
    let source = Source {
        organisation: organisation.clone(),
        name: organisation.as_str().to_owned(),
        short_name: organisation.as_str().to_owned(),
        kind: "unknown".to_owned(),
        telephone: None,
        headings: tarn_model::HeadingSet::all(),
        connection: Connection::Stored,
        cadence_seconds: CADENCE_SECONDS,
        last_heard_at: None,
        complete_to: None,
    };
    store
        .save_source(&source)
        .await
        .context("the source can't be entered in the register")
}
