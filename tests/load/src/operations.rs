//! What is asked of a server: the operations that a shared record is used by.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, ensure};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tarn_model::NhsNumber;

use crate::connection::Connection;
use crate::dataset::{Person, RESOURCES};
use crate::measure::Operation;

/// The system of NHS numbers, as a query carries it.
const NHS_NUMBER: &str = "https%3A%2F%2Ffhir.nhs.uk%2FId%2Fnhs-number%7C";

/// A person that the server is known to hold.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Known {
    /// NHS number.
    pub(crate) nhs_number: String,
    /// The server's id of the Patient.
    pub(crate) patient: String,
    /// The server's id of one Observation.
    pub(crate) observation: String,
}

/// Posts one person's Bundle a turn; counts resources.
pub(crate) struct Import {
    /// Seed of the data set.
    pub(crate) seed: u64,
    /// The practice that people are registered with.
    pub(crate) practice: String,
    /// NHS numbers by place in the data set.
    pub(crate) numbers: Vec<NhsNumber>,
    /// Where the first turn stands in the data set.
    pub(crate) first: u64,
    /// Who has been imported.
    pub(crate) known: Mutex<Vec<Known>>,
}

impl Operation for Import {
    async fn once(&self, connection: &mut Connection, turn: u64) -> anyhow::Result<u64> {
        let number = self.first + turn;
        let nhs = self
            .numbers
            .get(usize::try_from(turn)?)
            .context("there are not so many NHS numbers")?;
        let person = Person::new(self.seed, number, nhs);
        let nhs_number = person.nhs_number.clone();
        let bundle = person.bundle(&self.practice);
        let answer = connection.send("POST", "", "", bundle.as_bytes()).await?;
        ensure!(answer.status == 200, "a transaction got {}", answer.status);
        let response: Value = serde_json::from_slice(connection.body())?;
        let entries = response.get("entry").and_then(Value::as_array);
        let entries = entries.map_or(&[][..], Vec::as_slice);
        ensure!(
            entries.len() == RESOURCES,
            "{} entries came back",
            entries.len()
        );
        let id = |kind: &str| {
            entries
                .iter()
                .filter_map(|entry| entry.pointer("/response/location")?.as_str())
                .find_map(|location| id_in(location, kind))
                .with_context(|| format!("no {kind} came back"))
        };
        let known = Known {
            nhs_number,
            patient: id("Patient")?,
            observation: id("Observation")?,
        };
        let mut all = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(known);
        Ok(RESOURCES as u64)
    }
}

/// The id in `http://…/Patient/123/_history/1` or `Patient/123`.
fn id_in(location: &str, kind: &str) -> Option<String> {
    let (_, rest) = location.rsplit_once(&format!("{kind}/"))?;
    Some(rest.split('/').next()?.to_owned())
}

/// A request about one known person.
pub(crate) struct Ask {
    /// Which one.
    pub(crate) kind: Asked,
    /// People to choose from.
    pub(crate) known: Arc<Vec<Known>>,
}

/// What is asked about a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Asked {
    /// `GET Observation/[id]`.
    Read,
    /// `GET Patient?identifier=NHS number`.
    NhsNumber,
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
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::NhsNumber => "nhs-number",
            Self::Observations => "observations",
            Self::Filtered => "observations-filtered",
            Self::Everything => "everything",
            Self::Control => "control",
        }
    }

    fn path(self, of: &Known) -> String {
        match self {
            Self::Read => format!("/Observation/{}", of.observation),
            Self::NhsNumber => format!("/Patient?identifier={NHS_NUMBER}{}", of.nhs_number),
            Self::Observations => format!("/Observation?patient={}&_count=20", of.patient),
            Self::Filtered => format!(
                "/Observation?patient={}&code=https%3A%2F%2Fload.example%2Fmeasured%7C11&date=ge2020",
                of.patient
            ),
            Self::Everything => format!("/Patient/{}/$everything?_count=1000", of.patient),
            Self::Control => "/metadata".to_owned(),
        }
    }

    /// The least that a right answer is long, in bytes; an empty Bundle is no answer.
    const fn at_least(self) -> usize {
        match self {
            Self::Read | Self::NhsNumber | Self::Control => 600,
            Self::Observations => 15_000,
            Self::Filtered => 1_000,
            Self::Everything => 400_000,
        }
    }
}

impl Operation for Ask {
    async fn once(&self, connection: &mut Connection, turn: u64) -> anyhow::Result<u64> {
        let of = somebody(&self.known, turn)?;
        let path = self.kind.path(of);
        let answer = connection.send("GET", &path, "", &[]).await?;
        ensure!(
            answer.status == 200,
            "{} got {}",
            self.kind.word(),
            answer.status
        );
        ensure!(
            answer.length >= self.kind.at_least(),
            "{} got only {} bytes",
            self.kind.word(),
            answer.length
        );
        Ok(1)
    }
}

/// A known person, another one each turn, in no order that a cache could follow.
fn somebody(known: &[Known], turn: u64) -> anyhow::Result<&Known> {
    let mixed = turn
        .wrapping_add(1)
        .wrapping_mul(0x9E37_79B9_7F4A_7C15)
        .rotate_left(29)
        .wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let at = usize::try_from(mixed % (known.len().max(1) as u64))?;
    known.get(at).context("nobody is known")
}
