//! `tarn verify`: recomputes the audit log's hash chain.

use std::process::ExitCode;

use crate::cli::Place;
use crate::stores::Stores;

pub(crate) async fn run(place: &Place) -> anyhow::Result<ExitCode> {
    let config = crate::configure(place)?;
    let stores = Stores::open(&config).await?;
    match stores.audit.verify().await {
        Ok(verified) => {
            println!(
                "the audit log is whole: {} events about {} people",
                verified.events, verified.people
            );
            Ok(ExitCode::SUCCESS)
        }
        Err(broken) => {
            println!("the audit log is NOT whole: {broken}");
            Ok(ExitCode::FAILURE)
        }
    }
}
