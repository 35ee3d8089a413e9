#![doc = include_str!("../README.md")]

pub mod access_tokens;
pub mod cli;
pub mod clock;
mod commands;
pub mod config;
mod desk;
mod http_client;
pub mod load;
mod locality;
mod operator;
mod part_fhir;
mod part_web;
mod parts;
mod signin;
mod slow_bodies;
pub mod stores;
mod telemetry;

use std::process::ExitCode;

use anyhow::Context as _;

use crate::cli::{Cli, Command, Place};
use crate::config::Config;

/// Runs one command to its end.
///
/// # Errors
/// What went wrong, as one sentence with its causes.
pub fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    // The TLS library is chosen once, before anything makes a connection.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the runtime can't be started")?;
    runtime.block_on(dispatch(cli.command))
}

async fn dispatch(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Demo(args) => commands::demo::run(args).await,
        Command::Run(args) => commands::run::run(args).await,
        Command::Load(args) => commands::load::run(args).await,
        Command::Migrate(place) => commands::migrate::run(&place).await,
        Command::Source(args) => commands::source::run(args).await,
        Command::People(args) => commands::people::run(args).await,
        Command::Doctor(place) => commands::doctor::run(&place).await,
        Command::Verify(place) => commands::verify::run(&place).await,
        Command::Token(args) => commands::token::run(args).await,
        Command::ConfigReference => {
            print!("{}", config::reference());
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// The configuration of a command: file, environment, then what was typed.
fn configure(place: &Place) -> anyhow::Result<Config> {
    let environment = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let mut config = config::read(place.config.as_deref(), environment)?;
    if let Some(data) = &place.data {
        config.storage.data.clone_from(data);
        config.storage.database = None;
    }
    if let Some(database) = &place.database {
        config.storage.database = Some(database.clone());
    }
    Ok(config)
}
