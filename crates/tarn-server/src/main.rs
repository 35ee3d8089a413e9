//! The binary `tarn`. Everything it does is in the library beside it.

use std::process::ExitCode;

use clap::Parser as _;
use tarn_server::cli::Cli;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match tarn_server::run(cli) {
        Ok(code) => code,
        Err(error) => {
            // One sentence: what failed, then each cause, outermost first.
            let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
            eprintln!("tarn: {}", causes.join(": "));
            ExitCode::FAILURE
        }
    }
}
