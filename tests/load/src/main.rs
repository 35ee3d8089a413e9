//! Loads a FHIR R4 server on this machine with synthetic people, asks it what a shared record is
//! asked, and prints what each operation cost. See the README beside it.

mod connection;
mod dataset;
mod measure;
mod operations;
mod processor;
mod report;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand};

use connection::Server;
use measure::{Pace, Row};
use operations::{Ask, Asked, Import, Known};
use processor::Watched;

/// Loads a FHIR R4 server with synthetic people and measures what each operation costs.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Write the data set as files, one transaction Bundle a person.
    Dataset {
        #[command(flatten)]
        people: People,
        /// The folder to write to.
        #[arg(long)]
        out: PathBuf,
    },
    /// Post one transaction Bundle a person, and note who they are.
    Import {
        #[command(flatten)]
        target: Target,
        #[command(flatten)]
        people: People,
        /// Callers at the same time.
        #[arg(long, default_value_t = 4)]
        workers: usize,
        /// Where to note who was imported; people are added to those already there.
        #[arg(long)]
        known: PathBuf,
    },
    /// Ask about people who were imported.
    Ask {
        #[command(flatten)]
        target: Target,
        /// Who was imported.
        #[arg(long)]
        known: PathBuf,
        /// What to ask; all if none is named.
        #[arg(long, value_delimiter = ',')]
        what: Vec<Asked>,
        /// Callers at the same time; each number is a run of its own.
        #[arg(long, value_delimiter = ',', default_value = "1,8,16")]
        callers: Vec<usize>,
        /// How long each run lasts, in seconds.
        #[arg(long, default_value_t = 5)]
        seconds: u64,
    },
}

/// The server that is asked.
#[derive(Args)]
struct Target {
    /// Its FHIR base; on this machine.
    #[arg(long)]
    base: String,
    /// A file that holds a bearer token.
    #[arg(long)]
    bearer: Option<PathBuf>,
    /// What the report calls the server.
    #[arg(long, default_value = "tarn")]
    contender: String,
    /// A process to count the processor time of, as NAME=PID; may be given again.
    #[arg(long)]
    watch: Vec<Watched>,
    /// A file to add each row to, as JSON lines.
    #[arg(long)]
    rows: Option<PathBuf>,
}

/// Which people of the data set.
#[derive(Args)]
struct People {
    /// How many.
    #[arg(long, default_value_t = 200)]
    people: usize,
    /// Leave out this many before them.
    #[arg(long, default_value_t = 0)]
    first: usize,
    /// The data set's seed.
    #[arg(long, default_value_t = 42)]
    seed: u64,
    /// ODS code of the practice that they are registered with.
    #[arg(long, default_value = "OAK01")]
    practice: String,
}

impl People {
    fn numbers(&self) -> Vec<tarn_model::NhsNumber> {
        dataset::nhs_numbers()
            .skip(self.first)
            .take(self.people)
            .collect()
    }
}

impl Target {
    fn server(&self) -> anyhow::Result<Server> {
        let bearer = match &self.bearer {
            Some(path) => Some(
                fs::read_to_string(path)
                    .with_context(|| format!("{} can't be read", path.display()))?
                    .trim()
                    .to_owned(),
            ),
            None => None,
        };
        Server::new(&self.base, bearer)
    }

    fn finish(&self, rows: &[Row]) -> anyhow::Result<()> {
        print!("{}", report::table(rows));
        match &self.rows {
            Some(path) => report::append(path, rows),
            None => Ok(()),
        }
    }
}

fn main() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    match Cli::parse().command {
        Command::Dataset { people, out } => write_dataset(&people, &out),
        Command::Import {
            target,
            people,
            workers,
            known,
        } => runtime.block_on(import(&target, &people, workers, &known)),
        Command::Ask {
            target,
            known,
            what,
            callers,
            seconds,
        } => runtime.block_on(ask(&target, &known, &what, &callers, seconds)),
    }
}

fn write_dataset(people: &People, out: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(out)?;
    for (at, nhs) in (people.first..).zip(people.numbers()) {
        let person = dataset::Person::new(people.seed, at as u64, &nhs);
        let path = out.join(format!("person-{at:07}.json"));
        fs::write(path, person.bundle(&people.practice))?;
    }
    Ok(())
}

async fn import(
    target: &Target,
    people: &People,
    workers: usize,
    known: &Path,
) -> anyhow::Result<()> {
    let import = Arc::new(Import {
        seed: people.seed,
        practice: people.practice.clone(),
        numbers: people.numbers(),
        first: people.first as u64,
        known: Mutex::new(Vec::new()),
    });
    let pace = Pace {
        callers: workers,
        time: Duration::MAX,
        turns: Some(people.people as u64),
    };
    let server = target.server()?;
    let operation = Arc::clone(&import);
    let row = measure::run(
        "import",
        &target.contender,
        &server,
        operation,
        &pace,
        &target.watch,
    )
    .await?;
    let errors = row.errors;
    target.finish(&[row])?;
    let imported = import.known.lock().unwrap_or_else(PoisonError::into_inner);
    report::append(known, &imported)?;
    anyhow::ensure!(errors == 0, "{errors} people were not imported");
    Ok(())
}

async fn ask(
    target: &Target,
    known: &Path,
    what: &[Asked],
    callers: &[usize],
    seconds: u64,
) -> anyhow::Result<()> {
    let known: Arc<Vec<Known>> = Arc::new(report::read(known)?);
    let server = target.server()?;
    let all = <Asked as clap::ValueEnum>::value_variants();
    let what = if what.is_empty() { all } else { what };
    let mut rows = Vec::new();
    for kind in what {
        for callers in callers {
            let operation = Arc::new(Ask {
                kind: *kind,
                known: Arc::clone(&known),
            });
            let mut pace = Pace {
                callers: *callers,
                time: Duration::from_secs(1),
                turns: None,
            };
            let run = async |pace: &Pace| {
                let operation = Arc::clone(&operation);
                let contender = &target.contender;
                measure::run(
                    kind.word(),
                    contender,
                    &server,
                    operation,
                    pace,
                    &target.watch,
                )
                .await
            };
            // A second of warming up is not counted.
            run(&pace).await?;
            pace.time = Duration::from_secs(seconds);
            rows.push(run(&pace).await?);
        }
    }
    target.finish(&rows)?;
    let errors: u64 = rows.iter().map(|row| row.errors).sum();
    anyhow::ensure!(errors == 0, "{errors} answers were wrong");
    Ok(())
}
