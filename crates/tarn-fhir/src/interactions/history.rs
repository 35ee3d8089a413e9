//! `GET [type]/[id]/_history` and `GET [type]/_history`.

use tarn_access::{Found, PageOf, Versions};
use tarn_identity::Interaction;

use crate::answer::Answer;
use crate::api::Work;
use crate::asked::Asked;
use crate::bundle::Bundle;
use crate::refusal::Refusal;

/// Versions on a page, as a rule and at most.
const USUAL: usize = 50;
const MOST: usize = 500;

/// `GET [type]/[id]/_history`.
pub(crate) async fn of_one(work: &Work<'_>) -> Result<Answer, Refusal> {
    let asked = &work.asked;
    let narrowing = work.narrowing(Interaction::Read)?;
    let path = format!("{}/{}/_history", asked.resource_type, asked.id);
    let (parameters, versions) = versions(work, &path, &["_since", "_count"])?;
    let (door, ctx) = (&work.api.door, &work.caller.ctx);
    let found = door
        .history(ctx, &narrowing, &asked.resource_type, &asked.id, &versions)
        .await?;
    answer(work, &path, &parameters.parameters, &found)
}

/// `GET [type]/_history?patient=`: a history is one person's, as a search is.
pub(crate) async fn of_type(work: &Work<'_>) -> Result<Answer, Refusal> {
    let asked = &work.asked;
    let narrowing = work.narrowing(Interaction::Search)?;
    let path = format!("{}/_history", asked.resource_type);
    let (parameters, versions) = versions(work, &path, &["patient", "_since", "_count"])?;
    let named = parameters.once("patient")?.map(str::to_owned);
    let patient = named.or_else(|| narrowing.patient.clone());
    let Some(patient) = patient else {
        let words = "The history of a type is one person\u{2019}s: name the `patient`.";
        return Err(Refusal::invalid(words));
    };
    let patient = patient.strip_prefix("Patient/").unwrap_or(&patient);
    let (door, ctx) = (&work.api.door, &work.caller.ctx);
    let found = door
        .history_of_type(ctx, &narrowing, &asked.resource_type, patient, &versions)
        .await?;
    answer(work, &path, &parameters.parameters, &found)
}

/// The parameters of the first page, and what they ask for.
fn versions(work: &Work<'_>, path: &str, known: &[&str]) -> Result<(Asked, Versions), Refusal> {
    let (parameters, after) = work.page(path)?;
    let asked = Asked {
        parameters,
        prefer: work.asked.prefer,
        ..Asked::default()
    };
    asked.only(known)?;
    let limit = asked.count(USUAL, MOST)?;
    let since = asked.instant("_since")?;
    let page = PageOf { after, limit };
    Ok((asked, Versions { since, page }))
}

fn answer(
    work: &Work<'_>,
    path: &str,
    used: &[(String, String)],
    found: &Found,
) -> Result<Answer, Refusal> {
    let links = work.links(path, used, found.next.as_ref())?;
    let room = found.matches.iter().map(|one| one.json().len() + 300).sum();
    let base_url = &work.api.base_url;
    let mut bundle = Bundle::begin("history", base_url, work.at(), found.total, &links, room);
    for version in &found.matches {
        bundle.version(version);
    }
    Ok(Answer::of(200).json(bundle.end()))
}
