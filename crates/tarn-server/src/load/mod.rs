//! Loading FHIR R4 files into the record as one organisation's contribution.
//!
//! Each Bundle, single resource or NDJSON line is one delivery, taken whole or not at all and
//! known by the hash of its text: loading the same files again changes nothing, so a load that
//! was cut off is taken up by running it again.

mod files;
mod numbers;
mod report;
mod unpack;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::Context as _;
use tarn_model::{Clock, Entropy, ErrorKind, IdMaker, OdsCode};
use tarn_record::{Connection, Delivery, IngestError, RecordStore, Source};

pub use files::{FileLimits, FileProblem};
pub use report::{Outcome, Progress, Rejection, Report, Silent};

use files::{Found, Text};

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
}

/// Where time and randomness come from.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// The time of receipt.
    pub clock: &'a dyn Clock,
    /// For new ids.
    pub entropy: &'a dyn Entropy,
}

/// Loads everything that `options` name.
///
/// A delivery whose conditional references (`Type?identifier=…`) name something that has not
/// arrived waits until the others are in; what still cannot be resolved is rejected. A rejected
/// delivery never stops the others.
///
/// # Errors
/// If the store does not answer, or nothing at a path can be read. What was loaded until then
/// stays, and the same load can be run again.
pub async fn load(
    store: &RecordStore,
    surroundings: Surroundings<'_>,
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
        unnumbered: BTreeSet::new(),
    };
    progress.found(
        walked.files.len(),
        walked.files.iter().map(|file| file.size_bytes).sum(),
    );
    run.all(&walked.files, progress).await?;
    if options.assign_test_nhs_numbers {
        run.report.numbers_assigned =
            numbers::assign(store, &options.source, &run.unnumbered).await?;
    }
    if run.report.rejections.is_empty() {
        let now = surroundings.clock.now();
        store.heard(&options.source, now, Some(now)).await?;
    }
    Ok(run.report)
}

/// Which deliveries of which files wait: by place of the file, the numbers of its texts.
type Waiting = BTreeMap<usize, BTreeSet<usize>>;

struct Run<'a> {
    store: &'a RecordStore,
    surroundings: Surroundings<'a>,
    options: &'a Options,
    report: Report,
    /// Patients without an NHS number, by the source's own id.
    unnumbered: BTreeSet<String>,
}

impl Run<'_> {
    /// The first pass over all files, then passes over what waits for as long as they help.
    async fn all(&mut self, files: &[Found], progress: &mut dyn Progress) -> anyhow::Result<()> {
        let mut waiting = Waiting::new();
        for (at, file) in files.iter().enumerate() {
            let late = self.file(file, None, false, progress).await?;
            if !late.is_empty() {
                waiting.insert(at, late);
            }
            progress.file_done(file.size_bytes);
        }
        let mut last_chance = false;
        while !waiting.is_empty() {
            let mut still = Waiting::new();
            for (at, texts) in &waiting {
                let Some(file) = files.get(*at) else { continue };
                let late = self.file(file, Some(texts), last_chance, progress).await?;
                if !late.is_empty() {
                    still.insert(*at, late);
                }
            }
            last_chance = still == waiting;
            waiting = still;
        }
        Ok(())
    }

    /// Loads the texts of one file (only those in `only`, if given) and says which must wait.
    async fn file(
        &mut self,
        file: &Found,
        only: Option<&BTreeSet<usize>>,
        last_chance: bool,
        progress: &mut dyn Progress,
    ) -> anyhow::Result<BTreeSet<usize>> {
        let mut late = BTreeSet::new();
        let texts = match files::texts(file, self.options.limits) {
            Ok(texts) => texts,
            Err(problem) => {
                self.reject(file.name(), problem.to_string(), progress);
                return Ok(late);
            }
        };
        for (number, text) in texts.enumerate() {
            if only.is_some_and(|only| !only.contains(&number)) {
                continue;
            }
            match text {
                Ok(text) => {
                    if !self.deliver(&text, last_chance, progress).await? {
                        late.insert(number);
                    }
                }
                Err(problem) => {
                    self.reject(file.name(), problem.to_string(), progress);
                    break;
                }
            }
        }
        Ok(late)
    }

    /// Hands one text to the store; `false` if it must wait for others.
    async fn deliver(
        &mut self,
        text: &Text,
        last_chance: bool,
        progress: &mut dyn Progress,
    ) -> anyhow::Result<bool> {
        let message_id = Delivery::id_of_text(&text.json);
        let delivery = Delivery {
            source: &self.options.source,
            message_id: &message_id,
            text: &text.json,
            received_at: self.surroundings.clock.now(),
        };
        let ids = IdMaker::new(self.surroundings.clock, self.surroundings.entropy);
        match self.store.ingest(&delivery, ids).await {
            Ok(receipt) => {
                if self.options.assign_test_nhs_numbers {
                    self.unnumbered.extend(numbers::without_number(&text.json));
                }
                self.report.add(&receipt);
                progress.delivered(&text.place, &Outcome::of(&receipt));
                Ok(true)
            }
            Err(IngestError::Unresolved { .. }) if !last_chance => Ok(false),
            Err(error) if matches!(error.kind(), ErrorKind::Unavailable | ErrorKind::Internal) => {
                Err(error).with_context(|| format!("loading stopped at {}", text.place))
            }
            Err(error) => {
                self.reject(text.place.clone(), reason(&error), progress);
                Ok(true)
            }
        }
    }

    fn reject(&mut self, place: String, reason: String, progress: &mut dyn Progress) {
        let rejection = Rejection { place, reason };
        progress.delivered(
            &rejection.place,
            &Outcome::Rejected(rejection.reason.clone()),
        );
        self.report.rejections.push(rejection);
    }
}

/// The reason with its JSON path; never anything of the text.
fn reason(error: &IngestError) -> String {
    match error {
        IngestError::Unreadable { path, problem } => format!("{path}: {problem}"),
        other => other.to_string(),
    }
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
