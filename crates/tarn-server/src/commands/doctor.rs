//! `tarn doctor`: one line per check, non-zero exit if any fails.

use std::process::ExitCode;

use tarn_governance::compile;
use tarn_model::Clock as _;

use crate::cli::Place;
use crate::clock::SystemClock;
use crate::config::Config;
use crate::part_fhir;
use crate::stores::{StoreAddresses, Stores};

/// A clock before this is wrong: no release of Tarn is older (2026-01-01).
const EARLIEST_PLAUSIBLE_MICROS: i64 = 1_767_225_600_000_000;

pub(crate) async fn run(place: &Place) -> anyhow::Result<ExitCode> {
    let config = crate::configure(place)?;
    let mut report = Report::default();
    report.check("clock", clock());
    report.check("agreement", agreement(&config));
    report.check(
        "staff sign-in",
        issuer(config.staff_sign_in.issuer.as_deref()).await,
    );
    report.check(
        "citizen sign-in",
        issuer(config.citizen_sign_in.issuer.as_deref()).await,
    );
    report.check("access tokens", access_tokens(&config));
    match Stores::open(&config).await {
        Err(error) => report.check("databases", Err(format!("{error:#}"))),
        Ok(stores) => {
            report.check("databases", Ok(StoreAddresses::new(&config).shown()));
            report.check("migrations", migrations(&stores).await);
            report.check("record", counts(&stores).await);
            report.check("people", people(&stores).await);
            report.check("sources", sources(&stores).await);
            report.check("audit log", audit(&stores).await);
        }
    }
    Ok(if report.failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

#[derive(Default)]
struct Report {
    failed: usize,
}

impl Report {
    fn check(&mut self, what: &str, found: Result<String, String>) {
        match found {
            Ok(said) => println!("ok      {what:<16} {said}"),
            Err(said) => {
                self.failed += 1;
                println!("FAILED  {what:<16} {said}");
            }
        }
    }
}

fn clock() -> Result<String, String> {
    let now = SystemClock.now();
    if now.as_micros() > EARLIEST_PLAUSIBLE_MICROS {
        Ok(now.to_fhir())
    } else {
        Err(format!("{} is before this version was made", now.to_fhir()))
    }
}

fn agreement(config: &Config) -> Result<String, String> {
    let Some(path) = &config.governance.agreement else {
        return Err("none configured (`governance.agreement`); `tarn demo` brings its own".into());
    };
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("{} can't be read: {}", path.display(), error.kind()))?;
    let policy = compile(&text).map_err(|problems| format!("{}: {problems}", path.display()))?;
    Ok(format!(
        "{} version {}, {}",
        policy.id(),
        policy.version(),
        short(policy.hash())
    ))
}

fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}

async fn issuer(issuer: Option<&str>) -> Result<String, String> {
    let Some(issuer) = issuer else {
        return Err("no issuer configured; `tarn demo` brings its own".into());
    };
    let client = crate::http_client::build().map_err(|error| format!("{error:#}"))?;
    let address = format!(
        "{}/.well-known/openid-configuration",
        issuer.trim_end_matches('/')
    );
    let answer = client
        .get(&address)
        .send()
        .await
        .map_err(|_| "does not answer".to_owned())?;
    if answer.status().is_success() {
        Ok(issuer.to_owned())
    } else {
        Err(format!("answers {}", answer.status().as_u16()))
    }
}

/// Whether the FHIR interface could check tokens as it is configured.
fn access_tokens(config: &Config) -> Result<String, String> {
    let base_url = part_fhir::base_url(config);
    let validator = crate::access_tokens::validator(config, &base_url);
    let validator = validator.map_err(|error| format!("{error:#}"))?;
    let settings = validator.config();
    Ok(format!(
        "for {}, of {} issuers",
        settings.audience,
        settings.issuers.len()
    ))
}

async fn migrations(stores: &Stores) -> Result<String, String> {
    match stores
        .pending()
        .await
        .map_err(|error| format!("{error:#}"))?
    {
        pending if pending.is_empty() => Ok("up to date".into()),
        pending => Err(format!("{} pending: run `tarn migrate`", pending.len())),
    }
}

async fn counts(stores: &Stores) -> Result<String, String> {
    let counts = stores
        .record
        .counts()
        .await
        .map_err(|error| error.to_string())?;
    Ok(format!(
        "{} people, {} resources",
        counts.people, counts.resources
    ))
}

/// Who is kept apart although something speaks for joining them: nothing is broken, but somebody
/// may want to look.
async fn people(stores: &Stores) -> Result<String, String> {
    let apart = stores
        .record
        .kept_apart()
        .await
        .map_err(|error| error.to_string())?;
    Ok(format!(
        "apart: {} with an NHS number that links them with nobody, {} known by references only; \
         {} with two dates of birth; {} merges (`tarn people` lists them)",
        apart.without_birth_date, apart.only_referred_to, apart.births_disagree, apart.merged
    ))
}

async fn sources(stores: &Stores) -> Result<String, String> {
    let now = SystemClock.now();
    let sources = stores
        .record
        .sources()
        .await
        .map_err(|error| error.to_string())?;
    let live = sources
        .iter()
        .filter(|s| matches!(s.state_at(now), tarn_record::SourceState::Live { .. }))
        .count();
    Ok(format!(
        "{live} of {} live (`tarn source` lists them)",
        sources.len()
    ))
}

async fn audit(stores: &Stores) -> Result<String, String> {
    let verified = stores
        .audit
        .verify()
        .await
        .map_err(|broken| broken.to_string())?;
    Ok(format!("whole, {} events", verified.events))
}
