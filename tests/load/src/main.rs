//! The program `tarn-load`. See the README beside it.

use clap::Parser as _;

fn main() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(tarn_load::run(tarn_load::Cli::parse()))
}
