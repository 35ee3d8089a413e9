//! `tarn migrate`: applies pending migrations.

use std::process::ExitCode;

use crate::cli::Place;
use crate::stores::Stores;

pub(crate) async fn run(place: &Place) -> anyhow::Result<ExitCode> {
    let config = crate::configure(place)?;
    let stores = Stores::open(&config).await?;
    match stores.migrate().await? {
        0 => println!("nothing to do: the databases are up to date"),
        applied => println!("{applied} migrations applied"),
    }
    Ok(ExitCode::SUCCESS)
}
