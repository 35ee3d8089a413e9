//! What can be typed after `tarn-load`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use tarn_model::NhsNumber;

use crate::bearer::BearerSource;
use crate::connection::{Asker, Server};
use crate::measure::Row;
use crate::processor::Watched;
use crate::{ask, crud, dataset, import, report, view};

/// Loads a FHIR R4 server with synthetic people and measures what each operation costs.
#[derive(Debug, Parser)]
#[command(version)]
pub struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write the data set as files, one transaction Bundle a person.
    Dataset {
        #[command(flatten)]
        people: People,
        /// The folder to write to.
        #[arg(long)]
        out: PathBuf,
    },
    /// Post people as transaction Bundles, and note who they are.
    Import(import::ImportArgs),
    /// Ask about people who were imported.
    Ask(ask::AskArgs),
    /// Create, read, update and delete resources of nine types that refer to one another.
    Crud(crud::CrudArgs),
    /// Open the record page of people who were imported, signed in to Tarn's viewer.
    View(view::ViewArgs),
}

/// The server that is asked.
#[derive(Debug, Args)]
pub(crate) struct Target {
    /// Its FHIR base; on this machine.
    #[arg(long)]
    pub(crate) base: String,
    #[command(flatten)]
    pub(crate) bearer: BearerSource,
    #[command(flatten)]
    pub(crate) reporting: Reporting,
}

/// What is measured besides, and where it is noted.
#[derive(Debug, Args)]
pub(crate) struct Reporting {
    /// What the report calls the server.
    #[arg(long, default_value = "tarn")]
    pub(crate) contender: String,
    /// A process to count the processor time of, as NAME=PID; may be given again.
    #[arg(long)]
    pub(crate) watch: Vec<Watched>,
    /// A file to add each row to, as JSON lines.
    #[arg(long)]
    rows: Option<PathBuf>,
}

/// How many ask, and how long.
#[derive(Debug, Args)]
pub(crate) struct Runs {
    /// Callers at the same time; each number is a run of its own.
    #[arg(long, value_delimiter = ',', default_value = "1,8,16")]
    pub(crate) callers: Vec<usize>,
    /// How long each run lasts, in seconds.
    #[arg(long, default_value_t = 5)]
    pub(crate) seconds: u64,
}

/// Which people of the data set.
#[derive(Debug, Args)]
pub(crate) struct People {
    /// How many.
    #[arg(long, default_value_t = 200)]
    pub(crate) people: usize,
    /// Leave out this many before them.
    #[arg(long, default_value_t = 0)]
    pub(crate) first: usize,
    /// The data set's seed.
    #[arg(long, default_value_t = 42)]
    pub(crate) seed: u64,
    /// ODS code of the practice that they are registered with.
    #[arg(long, default_value = "OAK01")]
    pub(crate) practice: String,
}

impl People {
    /// Their NHS numbers, in the order of the data set.
    pub(crate) fn numbers(&self) -> Vec<NhsNumber> {
        dataset::nhs_numbers()
            .skip(self.first)
            .take(self.people)
            .collect()
    }
}

impl Target {
    /// The server, with a token that is kept new while it is used.
    ///
    /// # Errors
    /// If the address is none, or no token can be had.
    pub(crate) async fn server(&self) -> anyhow::Result<Server> {
        let asker = match self.bearer.open().await? {
            Some(bearer) => Asker::Bearer(bearer),
            None => Asker::Anybody,
        };
        Server::new(&self.base, asker)
    }
}

impl Reporting {
    /// Prints the rows, notes them, and fails if an answer was wrong.
    ///
    /// # Errors
    /// If one was, or the rows can't be noted.
    pub(crate) fn finish(&self, rows: &[Row]) -> anyhow::Result<()> {
        print!("{}", report::table(rows));
        if let Some(path) = &self.rows {
            report::append(path, rows)?;
        }
        let errors: u64 = rows.iter().map(|row| row.errors).sum();
        anyhow::ensure!(errors == 0, "{errors} answers were wrong");
        Ok(())
    }
}
