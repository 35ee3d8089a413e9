//! `tarn-load import`: people as transaction Bundles.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use clap::Args;
use serde_json::Value;
use tarn_model::NhsNumber;

use crate::cli::{People, Target};
use crate::connection::Connection;
use crate::dataset::{self, Person, RESOURCES};
use crate::known::Known;
use crate::measure::{self, Operation, Pace};
use crate::report;

#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    people: People,
    /// Callers at the same time.
    #[arg(long, default_value_t = 4)]
    workers: usize,
    /// Send of each person the Patient alone: many people fast.
    #[arg(long)]
    patients_only: bool,
    /// People in each Bundle, where only Patients are sent.
    #[arg(long, default_value_t = 1, requires = "patients_only", value_parser = clap::value_parser!(u64).range(1..=1000))]
    bundle: u64,
    /// Where to note who was imported; people are added to those already there.
    #[arg(long)]
    known: PathBuf,
    /// Note one person of so many.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    note_each: u64,
}

pub(crate) async fn run(args: &ImportArgs) -> anyhow::Result<()> {
    let people = &args.people;
    let import = Arc::new(Import {
        seed: people.seed,
        practice: people.practice.clone(),
        numbers: people.numbers(),
        first: people.first as u64,
        patients_only: args.patients_only,
        bundle: args.bundle,
        note_each: args.note_each,
        known: Mutex::new(Vec::new()),
    });
    let pace = Pace {
        callers: args.workers,
        time: Duration::MAX,
        turns: Some((people.people as u64).div_ceil(args.bundle)),
    };
    let server = args.target.server().await?;
    let reporting = &args.target.reporting;
    let name = if args.patients_only {
        "import-patients"
    } else {
        "import"
    };
    let row = measure::run(name, reporting, &server, Arc::clone(&import), &pace).await?;
    let imported = import.known.lock().unwrap_or_else(PoisonError::into_inner);
    report::append(&args.known, &imported)?;
    reporting.finish(&[row])
}

/// Writes the data set as files.
pub(crate) fn write_dataset(people: &People, out: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(out)?;
    for (at, nhs) in (people.first..).zip(people.numbers()) {
        let person = Person::new(people.seed, at as u64, &nhs);
        let path = out.join(format!("person-{at:07}.json"));
        fs::write(path, person.bundle(&people.practice))?;
    }
    Ok(())
}

/// Posts one Bundle a turn; counts resources.
struct Import {
    seed: u64,
    practice: String,
    /// NHS numbers by place in the data set, from `first` on.
    numbers: Vec<NhsNumber>,
    first: u64,
    patients_only: bool,
    bundle: u64,
    note_each: u64,
    known: Mutex<Vec<Known>>,
}

impl Operation for Import {
    async fn once(&self, connection: &mut Connection, turn: u64) -> anyhow::Result<u64> {
        let people = self.people(turn)?;
        let mut known: Vec<(u64, Known)> = people.iter().map(about).collect();
        let (bundle, expected) = if self.patients_only {
            let count = people.len();
            (dataset::patients(people, &self.practice), count)
        } else {
            let person = people.into_iter().next().context("nobody is left")?;
            (person.bundle(&self.practice), RESOURCES)
        };
        let answer = connection.send("POST", "", "", bundle.as_bytes()).await?;
        ensure!(answer.status == 200, "a transaction got {}", answer.status);
        let response: Value = serde_json::from_slice(connection.body())?;
        let entries = response.get("entry").and_then(Value::as_array);
        let entries = entries.map_or(&[][..], Vec::as_slice);
        ensure!(
            entries.len() == expected,
            "{} entries came back",
            entries.len()
        );
        let mut patients = ids(entries, "Patient");
        let mut observations = ids(entries, "Observation");
        for (_, known) in &mut known {
            known.patient = patients.next().context("no Patient came back")?;
            known.observation = observations.next();
        }
        known.retain(|(number, _)| number % self.note_each == 0);
        let mut all = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        all.extend(known.into_iter().map(|(_, known)| known));
        Ok(expected as u64)
    }
}

impl Import {
    fn people(&self, turn: u64) -> anyhow::Result<Vec<Person>> {
        let start = turn * self.bundle;
        let numbers = self.numbers.iter().skip(usize::try_from(start)?);
        let numbers = numbers.take(usize::try_from(self.bundle)?);
        let people: Vec<Person> = (self.first + start..)
            .zip(numbers)
            .map(|(number, nhs)| Person::new(self.seed, number, nhs))
            .collect();
        ensure!(!people.is_empty(), "there are not so many NHS numbers");
        Ok(people)
    }
}

fn about(person: &Person) -> (u64, Known) {
    let known = Known {
        nhs_number: person.nhs_number.clone(),
        family: person.family.to_owned(),
        birth_date: person.birth_date.clone(),
        patient: String::new(),
        observation: None,
    };
    (person.number, known)
}

/// The ids that the server gave to resources of one type, in the order of the Bundle.
fn ids<'a>(entries: &'a [Value], kind: &'a str) -> impl Iterator<Item = String> + 'a {
    let locations = entries
        .iter()
        .filter_map(|entry| entry.pointer("/response/location")?.as_str());
    locations.filter_map(move |location| id_in(location, kind))
}

/// The id in `http://…/Patient/123/_history/1` or `Patient/123`.
pub(crate) fn id_in(location: &str, kind: &str) -> Option<String> {
    let (_, rest) = location.rsplit_once(&format!("{kind}/"))?;
    Some(rest.split('/').next()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_from_whole_and_relative_locations() {
        let check = |location, kind, id: Option<&str>| {
            assert_eq!(id_in(location, kind).as_deref(), id, "{location}");
        };
        let whole = "http://127.0.0.1:8083/fhir/r4/Patient/7f/_history/1";
        check(whole, "Patient", Some("7f"));
        check("Patient/7f", "Patient", Some("7f"));
        check("Observation/9/_history/2", "Patient", None);
    }
}
