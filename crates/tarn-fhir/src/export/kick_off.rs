//! `GET $export` and `GET Patient/$export`.

use std::sync::Arc;

use tarn_access::{ExportAsk, Narrowing};
use tarn_identity::Interaction;
use tarn_search::registry::{About, about};

use super::OWNER;
use super::job::{Job, Maker};
use crate::answer::Answer;
use crate::api::Work;
use crate::refusal::{Kind, Refusal};

/// What `_outputFormat` may say.
const FORMATS: &[&str] = &[
    "application/fhir+ndjson",
    "application/fhir ndjson",
    "application/ndjson",
    "ndjson",
];

/// Begins an export and answers 202 with where to ask how it stands.
pub(crate) async fn run(work: &Work<'_>) -> Result<Answer, Refusal> {
    let asked = &work.asked;
    asked.only(&["_outputFormat", "_since", "_type"])?;
    if !asked.prefer.respond_async {
        let words = "An export is asked for with `Prefer: respond-async`.";
        return Err(Refusal::invalid(words));
    }
    if asked
        .once("_outputFormat")?
        .is_some_and(|format| !FORMATS.contains(&format))
    {
        let words = "Exports are written as application/fhir+ndjson.";
        return Err(Refusal::new(Kind::NotSupported, words));
    }
    let types = types(work)?;
    let narrowing = work.caller.narrowing(Interaction::Read);
    if !narrowing.system {
        return Err(Refusal::new(
            Kind::Forbidden,
            "Only a registered system of an organisation may take a copy of what that organisation contributed.",
        ));
    }
    begin(
        work,
        narrowing,
        ExportAsk {
            types,
            since: asked.instant("_since")?,
            ..ExportAsk::default()
        },
    )
}

/// Puts the job into the background.
fn begin(work: &Work<'_>, narrowing: Narrowing, asked: ExportAsk) -> Result<Answer, Refusal> {
    let api = work.api;
    let level = match work.asked.resource_type.as_str() {
        "" => "$export",
        _ => "Patient/$export",
    };
    let job = Arc::new(Job::new(
        api.uuid().simple().to_string(),
        work.caller.binding(OWNER),
        format!("{}/{level}", api.base_url),
        work.at(),
    ));
    api.exports.admit(Arc::clone(&job), work.at())?;
    let place = format!("{}/$export-status/{}", api.base_url, job.id);
    let maker = Maker {
        exports: Arc::clone(&api.exports),
        door: Arc::clone(&api.door),
        clock: Arc::clone(&api.clock),
        entropy: Arc::clone(&api.entropy),
        ctx: work.caller.ctx.clone(),
        narrowing,
        asked,
    };
    actix_web::rt::spawn(job.run(maker));
    Ok(Answer::of(202).header("content-location", place))
}

/// The types to export: those that were named and are covered, or all that are covered.
fn types(work: &Work<'_>) -> Result<Vec<String>, Refusal> {
    let named = work.asked.types()?;
    for name in &named {
        work.caller.require(name, Interaction::Read)?;
    }
    let mut types = work.caller.covered(&named, Interaction::Read);
    if work.asked.resource_type == "Patient" {
        types.retain(|name| about(name) == About::Person || name == "Patient");
    }
    if types.is_empty() {
        work.caller.require("Patient", Interaction::Read)?;
        let words = "None of these types belongs to a person\u{2019}s record.";
        return Err(Refusal::invalid(words));
    }
    Ok(types)
}
