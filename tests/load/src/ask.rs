//! `tarn-load ask`: what a shared record is asked about people.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use clap::Args;

use crate::cli::{Runs, Target};
use crate::connection::Connection;
use crate::known::{Known, somebody};
use crate::measure::{self, Operation};
use crate::report;

/// The system of NHS numbers, as a query carries it.
const NHS_NUMBER: &str = "https%3A%2F%2Ffhir.nhs.uk%2FId%2Fnhs-number%7C";

#[derive(Debug, Args)]
pub(crate) struct AskArgs {
    #[command(flatten)]
    target: Target,
    /// Who was imported.
    #[arg(long)]
    known: PathBuf,
    /// What to ask; all if none is named.
    #[arg(long, value_delimiter = ',')]
    what: Vec<Asked>,
    #[command(flatten)]
    runs: Runs,
}

pub(crate) async fn run(args: &AskArgs) -> anyhow::Result<()> {
    let known: Arc<Vec<Known>> = Arc::new(report::read(&args.known)?);
    let server = args.target.server().await?;
    let all = <Asked as clap::ValueEnum>::value_variants();
    let what = if args.what.is_empty() {
        all
    } else {
        &args.what
    };
    let reporting = &args.target.reporting;
    let mut rows = Vec::new();
    for kind in what {
        let operation = Arc::new(Ask {
            kind: *kind,
            known: Arc::clone(&known),
        });
        let runs = &args.runs;
        rows.extend(measure::series(kind.word(), reporting, &server, &operation, runs).await?);
    }
    reporting.finish(&rows)
}

/// A request about one known person.
struct Ask {
    kind: Asked,
    known: Arc<Vec<Known>>,
}

/// What is asked about a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Asked {
    /// `GET Observation/[id]`.
    Read,
    /// `GET Patient/[id]`.
    ReadPatient,
    /// `GET Patient?identifier=NHS number`.
    NhsNumber,
    /// `GET Patient?family=…&birthdate=…`.
    FamilyAndBirth,
    /// `GET Observation?patient=[id]&_count=20`.
    Observations,
    /// `GET Observation?patient=[id]&code=…&date=ge…`.
    Filtered,
    /// `GET Patient/[id]/$everything`.
    Everything,
    /// `GET metadata`: no record, no database; the control of a run.
    Control,
}

impl Asked {
    /// The word in the report.
    const fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::ReadPatient => "read-patient",
            Self::NhsNumber => "nhs-number",
            Self::FamilyAndBirth => "family-and-birth",
            Self::Observations => "observations",
            Self::Filtered => "observations-filtered",
            Self::Everything => "everything",
            Self::Control => "control",
        }
    }

    fn path(self, of: &Known) -> anyhow::Result<String> {
        let patient = &of.patient;
        Ok(match self {
            Self::Read => {
                let id = of.observation.as_ref();
                format!(
                    "/Observation/{}",
                    id.context("no Observation of them is known")?
                )
            }
            Self::ReadPatient => format!("/Patient/{patient}"),
            Self::NhsNumber => format!("/Patient?identifier={NHS_NUMBER}{}", of.nhs_number),
            Self::FamilyAndBirth => {
                format!("/Patient?family={}&birthdate={}", of.family, of.birth_date)
            }
            Self::Observations => format!("/Observation?patient={patient}&_count=20"),
            Self::Filtered => format!(
                "/Observation?patient={patient}&code=https%3A%2F%2Fload.example%2Fmeasured%7C11&date=ge2020"
            ),
            Self::Everything => format!("/Patient/{patient}/$everything?_count=1000"),
            Self::Control => "/metadata".to_owned(),
        })
    }

    /// The least that a right answer is long, in bytes; an empty Bundle is no answer.
    const fn at_least(self) -> usize {
        match self {
            Self::Read
            | Self::ReadPatient
            | Self::NhsNumber
            | Self::FamilyAndBirth
            | Self::Control => 600,
            Self::Observations => 15_000,
            Self::Filtered => 1_000,
            Self::Everything => 400_000,
        }
    }
}

impl Operation for Ask {
    async fn once(&self, connection: &mut Connection, turn: u64) -> anyhow::Result<u64> {
        let of = somebody(&self.known, turn)?;
        let path = self.kind.path(of)?;
        let answer = connection.send("GET", &path, "", &[]).await?;
        let word = self.kind.word();
        ensure!(answer.status == 200, "{word} got {}", answer.status);
        ensure!(
            answer.length >= self.kind.at_least(),
            "{word} got only {} bytes",
            answer.length
        );
        Ok(1)
    }
}
