//! What can be typed after `tarn`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Tarn: a shared care record that a locality can stand up by itself.
#[derive(Debug, Parser)]
#[command(name = "tarn", version, about, propagate_version = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// One command of `tarn`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start a synthetic locality on this machine: sign-in, viewer, portal and FHIR interface.
    Demo(DemoArgs),
    /// Run parts of the system as configured.
    Run(RunArgs),
    /// Load FHIR R4 files into the record as one organisation's contribution.
    Load(LoadArgs),
    /// Apply pending database migrations.
    Migrate(Place),
    /// Show the sources of the record, or take one down or up.
    Source(SourceArgs),
    /// Show which people were merged, merge two, or take a merge back.
    People(PeopleArgs),
    /// Check the deployment, one line per check.
    Doctor(Place),
    /// Recompute the audit log's hash chain.
    Verify(Place),
    /// Print an access token of the running demo, for trying the FHIR API.
    Token(TokenArgs),
    /// Print the configuration reference (Markdown).
    ConfigReference,
}

/// Where the data is.
#[derive(Debug, Clone, Default, Args)]
pub struct Place {
    /// Configuration file (TOML).
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Folder of the SQLite files.
    #[arg(long, global = true, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// PostgreSQL address, instead of the folder.
    #[arg(long, global = true, value_name = "URL")]
    pub database: Option<String>,
}

/// Arguments of `tarn demo`.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Where the data is.
    #[command(flatten)]
    pub place: Place,
    /// First port: viewer there, portal on the next, FHIR three above, sign-in nine above.
    #[arg(long, default_value_t = 8080, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..=65_500))]
    pub port_base: u16,
    /// People in the locality; at least 30, who carry the stories.
    #[arg(long, default_value_t = 36, value_name = "N")]
    pub people: usize,
    /// The same seed gives the same locality.
    #[arg(long, default_value_t = 42, value_name = "N")]
    pub seed: u64,
}

/// Arguments of `tarn run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// Where the data is.
    #[command(flatten)]
    pub place: Place,
    /// Which parts: `viewer`, `portal`, `record-api` (the FHIR interface, also `fhir`), with commas between.
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "viewer,portal",
        value_name = "PARTS"
    )]
    pub parts: Vec<String>,
}

/// Arguments of `tarn load`.
#[derive(Debug, Args)]
pub struct LoadArgs {
    /// Where the data is.
    #[command(flatten)]
    pub place: Place,
    /// Files or folders: `.json` or `.ndjson`, plain or as `.bz2` or `.gz`.
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// ODS code of the organisation whose contribution this is.
    #[arg(long, value_name = "ODS")]
    pub source: String,
    /// Give people without an NHS number one from the 999 test range; for demonstrations.
    #[arg(long)]
    pub assign_test_nhs_numbers: bool,
    /// How many files or lines are read side by side, 1 to 12; one for each processor if left
    /// out. What is loaded does not depend on it.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=12))]
    pub workers: Option<u8>,
}

/// Arguments of `tarn token`.
#[derive(Debug, Args)]
pub struct TokenArgs {
    /// Where the running demo's data is.
    #[command(flatten)]
    pub place: Place,
    /// Whose token.
    #[command(flatten)]
    pub whose: Whose,
    /// What to ask for, in SMART's words. If left out: for a persona to read and search everything,
    /// for a system to write too.
    #[arg(long, value_name = "SCOPE")]
    pub scope: Option<String>,
    /// First port of the demo, where its data is not in a folder.
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..=65_500))]
    pub port_base: Option<u16>,
}

/// Who a token is for: one of these.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct Whose {
    /// A persona, by the name that `tarn demo` prints, such as `ooh-doctor`.
    #[arg(long, value_name = "NAME")]
    pub persona: Option<String>,
    /// An organisation's own system, by the organisation's ODS code; its key is in the data folder.
    #[arg(long, value_name = "ODS")]
    pub system: Option<String>,
}

/// Arguments of `tarn source`.
#[derive(Debug, Args)]
pub struct SourceArgs {
    /// Where the data is.
    #[command(flatten)]
    pub place: Place,
    /// What to do; lists the sources if nothing is named.
    #[command(subcommand)]
    pub action: Option<SourceAction>,
}

/// One thing to do with a source.
#[derive(Debug, Clone, Subcommand)]
pub enum SourceAction {
    /// List the sources and how they stand.
    List,
    /// Take a source down: from the next request on it shows as unavailable.
    Down {
        /// ODS code of the source.
        organisation: String,
    },
    /// Bring a source back.
    Up {
        /// ODS code of the source.
        organisation: String,
    },
}

/// Arguments of `tarn people`.
#[derive(Debug, Args)]
pub struct PeopleArgs {
    /// Where the data is.
    #[command(flatten)]
    pub place: Place,
    /// What to do; lists the merges that hold if nothing is named.
    #[command(subcommand)]
    pub action: Option<PeopleAction>,
}

/// One thing to do with people.
#[derive(Debug, Clone, Subcommand)]
pub enum PeopleAction {
    /// List the merges that hold.
    List,
    /// Make two people one. It can be taken back.
    Merge {
        /// Who goes: a person's id, or `ODS:ID` with an organisation's code and its own id of its
        /// Patient.
        gone: String,
        /// Who stays, said in the same way.
        stays: String,
        /// Why; it stands in the access log of both.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Make two of one again: everything goes back to whom its source sent it for.
    Unmerge {
        /// Who had gone: the id that `tarn people list` shows.
        gone: String,
        /// Why; it stands in the access log of both.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}
