#![doc = include_str!("../README.md")]

mod ask;
mod bearer;
mod cli;
mod connection;
mod crud;
mod dataset;
mod import;
mod known;
mod measure;
mod processor;
mod report;
mod view;

pub use cli::Cli;
use cli::Command;

/// Runs one command to its end.
///
/// # Errors
/// What went wrong. An answer that was not the right one is an error, once all are counted.
pub async fn run(cli: Cli) -> anyhow::Result<()> {
    match cli.command {
        Command::Dataset { people, out } => import::write_dataset(&people, &out),
        Command::Import(args) => import::run(&args).await,
        Command::Ask(args) => ask::run(&args).await,
        Command::Crud(args) => crud::run(&args).await,
        Command::View(args) => view::run(&args).await,
    }
}
