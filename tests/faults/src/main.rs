//! The program `tarn-faults`. See the README beside it.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand};
use tarn_faults::{Cluster, KillOptions, Place, RegisterOptions};

/// Kills Tarn and its database under load, and checks what was acknowledged.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Kill the server and the database at random moments.
    Kill {
        #[command(flatten)]
        target: Target,
        /// Kills of the server.
        #[arg(long, default_value_t = 200)]
        server_kills: u64,
        /// Kills of the database; there are none on SQLite.
        #[arg(long, default_value_t = 25)]
        database_kills: u64,
        /// Writers at the same time.
        #[arg(long, default_value_t = 4)]
        writers: u64,
    },
    /// Let many clients create, update and read the same registers, and check each history.
    Registers {
        #[command(flatten)]
        target: Target,
        /// Clients at the same time.
        #[arg(long, default_value_t = 16)]
        clients: u64,
        /// How long, in seconds.
        #[arg(long, default_value_t = 60)]
        seconds: u64,
    },
}

#[derive(Args)]
struct Target {
    /// The program `tarn`.
    #[arg(long)]
    tarn: PathBuf,
    /// On SQLite instead of a PostgreSQL cluster of its own.
    #[arg(long)]
    sqlite: bool,
    /// The same seed gives the same moments and the same steps.
    #[arg(long, default_value_t = 42)]
    seed: u64,
}

impl Target {
    fn programs(&self) -> anyhow::Result<Option<PathBuf>> {
        if self.sqlite {
            return Ok(None);
        }
        let programs = Cluster::programs().context("there is no PostgreSQL on this machine")?;
        Ok(Some(programs))
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let clean = match Cli::parse().command {
        Command::Kill {
            target,
            server_kills,
            database_kills,
            writers,
        } => {
            let options = KillOptions {
                postgres: target.programs()?,
                tarn: target.tarn,
                server_kills,
                database_kills,
                writers,
                seed: target.seed,
            };
            let report = tarn_faults::kill(&options).await?;
            println!("{report}");
            report.found.is_clean()
        }
        Command::Registers {
            target,
            clients,
            seconds,
        } => {
            let cluster = target.programs()?;
            let cluster = cluster
                .map(|programs| Cluster::start(&programs, &[]))
                .transpose()?;
            let options = RegisterOptions {
                place: match &cluster {
                    Some(cluster) => Place::Postgres(cluster.url()),
                    None => Place::Folder,
                },
                tarn: target.tarn,
                clients,
                time: Duration::from_secs(seconds),
                seed: target.seed,
            };
            let report = tarn_faults::registers(&options).await?;
            println!("{report}");
            report.anomalies.is_empty()
        }
    };
    Ok(if clean {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
