//! `tarn source`: how the sources stand; taking one down or up.

use std::process::ExitCode;

use anyhow::Context as _;
use tarn_audit::Action;
use tarn_model::{Clock as _, OdsCode};
use tarn_record::{Connection, SourceState};

use crate::cli::{SourceAction, SourceArgs};
use crate::clock::SystemClock;
use crate::operator;
use crate::stores::Stores;

pub(crate) async fn run(args: SourceArgs) -> anyhow::Result<ExitCode> {
    let config = crate::configure(&args.place)?;
    let stores = Stores::open(&config).await?;
    match args.action.unwrap_or(SourceAction::List) {
        SourceAction::List => list(&stores).await?,
        SourceAction::Down { organisation } => {
            connect(&stores, &organisation, Connection::Down).await?;
        }
        SourceAction::Up { organisation } => {
            connect(&stores, &organisation, Connection::Stored).await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(stores: &Stores) -> anyhow::Result<()> {
    let now = SystemClock.now();
    for source in stores.record.sources().await? {
        let stands = match source.state_at(now) {
            SourceState::Live { as_at } => format!("live, complete to {}", as_at.to_fhir()),
            SourceState::Late {
                complete_to,
                late_by_seconds,
            } => {
                format!(
                    "late by {} min, complete to {}",
                    late_by_seconds / 60,
                    complete_to.to_fhir()
                )
            }
            SourceState::Unavailable {
                last_heard_at: Some(at),
            } => {
                format!("unavailable, last heard {}", at.to_fhir())
            }
            SourceState::Unavailable {
                last_heard_at: None,
            } => "unavailable, never heard".into(),
            SourceState::NotConnected => "not connected".into(),
        };
        println!("{:<8} {:<34} {stands}", source.organisation, source.name);
    }
    Ok(())
}

async fn connect(stores: &Stores, organisation: &str, to: Connection) -> anyhow::Result<()> {
    let code: OdsCode = organisation
        .parse()
        .context("that is no organisation code")?;
    let sources = stores.record.sources().await?;
    let source = sources
        .into_iter()
        .find(|source| source.organisation == code)
        .with_context(|| format!("there is no source {code}"))?;
    if source.connection == Connection::NotConnected {
        anyhow::bail!(
            "{} has not joined, so it can't be taken down or up",
            source.name
        );
    }
    let word = if to == Connection::Down {
        "taken down"
    } else {
        "brought back"
    };
    operator::note(stores, Action::SourceChanged, &code, word.to_owned()).await?;
    stores
        .record
        .set_connection(&code, to, SystemClock.now())
        .await?;
    println!(
        "{} is {} from the next request on",
        source.name,
        if to == Connection::Down {
            "unavailable"
        } else {
            "back"
        }
    );
    Ok(())
}
