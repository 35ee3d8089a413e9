//! `tarn load`: FHIR R4 files into the record.

use std::io::IsTerminal as _;
use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};
use tarn_audit::Action;

use crate::cli::LoadArgs;
use crate::clock::{SystemClock, SystemEntropy};
use crate::load::{FileLimits, Options, Outcome, Progress, Surroundings, load};
use crate::operator;
use crate::stores::Stores;

pub(crate) async fn run(args: LoadArgs) -> anyhow::Result<ExitCode> {
    let config = crate::configure(&args.place)?;
    let options = Options {
        paths: args.paths,
        source: args
            .source
            .parse()
            .context("--source is no organisation code")?,
        assign_test_nhs_numbers: args.assign_test_nhs_numbers,
        limits: FileLimits::default(),
        workers: workers(args.workers),
    };
    let stores = Stores::open(&config).await?;
    stores.migrate().await?;
    let files = format!("load of {} paths begun", options.paths.len());
    operator::note(&stores, Action::Load, &options.source, files).await?;
    let surroundings = Surroundings {
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
    };
    let mut progress: Box<dyn Progress> = if std::io::stderr().is_terminal() {
        Box::new(Bar(ProgressBar::hidden()))
    } else {
        Box::new(Lines)
    };
    let report = load(&stores.record, surroundings, &options, progress.as_mut()).await?;
    let became = format!("load ended, {} rejected", report.rejections.len());
    operator::note(&stores, Action::Load, &options.source, became).await?;
    for line in report.lines() {
        println!("{line}");
    }
    Ok(if report.rejections.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// As many as were asked for, else one for each processor; never so many that they would wait for
/// a connection to the database.
fn workers(asked: Option<u8>) -> NonZeroUsize {
    /// Fewer than the store's connections: others want one, too.
    const MOST: usize = 12;
    let processors = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let wanted = asked.map_or(processors, usize::from);
    NonZeroUsize::new(wanted.min(MOST)).unwrap_or(NonZeroUsize::MIN)
}

/// A bar over the bytes of all files, for somebody who is watching.
struct Bar(ProgressBar);

impl Progress for Bar {
    fn found(&mut self, _files: usize, size_bytes: u64) {
        self.0 = ProgressBar::new(size_bytes);
        let template = "{bar:40} {bytes}/{total_bytes} {msg} {eta}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.0.set_style(style);
        }
    }

    fn delivered(&mut self, place: &str, outcome: &Outcome) {
        if let Outcome::Rejected(reason) = outcome {
            self.0.println(format!("rejected {place}: {reason}"));
        }
    }

    fn read(&mut self, size_bytes: u64) {
        self.0.inc(size_bytes);
        if self
            .0
            .length()
            .is_some_and(|length| self.0.position() >= length)
        {
            self.0.finish_and_clear();
        }
    }
}

/// One plain line for each delivery, for logs.
struct Lines;

impl Progress for Lines {
    fn found(&mut self, files: usize, size_bytes: u64) {
        eprintln!("{files} files, {size_bytes} bytes");
    }

    fn delivered(&mut self, place: &str, outcome: &Outcome) {
        match outcome {
            Outcome::Loaded(resources) => eprintln!("loaded {place}: {resources} resources"),
            Outcome::Unchanged => eprintln!("unchanged {place}"),
            Outcome::Rejected(reason) => eprintln!("rejected {place}: {reason}"),
        }
    }

    fn read(&mut self, _size_bytes: u64) {}
}
