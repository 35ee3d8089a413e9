//! `tarn run`: the parts of a real deployment, with the locality's own identity providers.

use std::process::ExitCode;
use std::sync::Arc;

use tarn_model::Realm;

use crate::cli::RunArgs;
use crate::stores::Stores;
use crate::{locality, part_fhir, part_web, parts, telemetry};

pub(crate) async fn run(args: RunArgs) -> anyhow::Result<ExitCode> {
    let config = crate::configure(&args.place)?;
    let telemetry = telemetry::start(&config)?;
    if let Some(unknown) = args
        .parts
        .iter()
        .find(|part| !matches!(part.as_str(), "viewer" | "portal" | "record-api" | "fhir"))
    {
        anyhow::bail!("there is no part `{unknown}`: the parts are viewer, portal and record-api");
    }
    let wanted = |part: &str| args.parts.iter().any(|named| named == part);
    let viewer = wanted("viewer")
        .then(|| parts::listen("viewer", config.listen.viewer))
        .transpose()?;
    let portal = wanted("portal")
        .then(|| parts::listen("portal", config.listen.portal))
        .transpose()?;
    let fhir = (wanted("record-api") || wanted("fhir"))
        .then(|| parts::listen("FHIR interface", config.listen.fhir))
        .transpose()?;
    let Some(agreement) = &config.governance.agreement else {
        anyhow::bail!("no agreement is configured: set `governance.agreement` to its file");
    };
    let policy = parts::compile(&locality::agreement_text(Some(agreement))?)?;
    let stores = Stores::open(&config).await?;
    let pending = stores.pending().await?;
    if !pending.is_empty() {
        if !config.storage.migrate_at_start {
            anyhow::bail!(
                "{} migrations are pending: run `tarn migrate` first",
                pending.len()
            );
        }
        stores.migrate().await?;
    }
    let door = parts::door(&config, &stores, policy).await?;
    let mut running = Vec::new();
    let mut ready = String::from("ready");
    if let Some(listener) = viewer {
        let web = part_web::web(&config, &stores, Realm::Staff)?;
        ready.push_str(&format!(" viewer={}", web.part.origin));
        running.push(parts::serve_viewer(
            listener,
            &config,
            web,
            Arc::clone(&door),
        )?);
    }
    if let Some(listener) = portal {
        let web = part_web::web(&config, &stores, Realm::Citizen)?;
        ready.push_str(&format!(" portal={}", web.part.origin));
        running.push(parts::serve_portal(
            listener,
            &config,
            web,
            Arc::clone(&door),
        )?);
    }
    if let Some(listener) = fhir {
        let api = part_fhir::api(&config, &stores, door)?;
        ready.push_str(&format!(" fhir={}", part_fhir::base_url(&config)));
        running.push(parts::serve_fhir(listener, &config, api)?);
    }
    println!("{ready}");
    parts::until_stopped(running).await?;
    telemetry.shut_down();
    Ok(ExitCode::SUCCESS)
}
