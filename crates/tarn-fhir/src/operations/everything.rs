//! `Patient/[id]/$everything`.

use tarn_access::{Everything, PageOf};
use tarn_identity::Interaction;

use crate::answer::Answer;
use crate::api::{Work, bounded};
use crate::asked::Asked;
use crate::bundle;
use crate::elements::Part;
use crate::operations::parameters::Parameters;
use crate::refusal::Refusal;

/// Resources on a page, as a rule and at most.
const USUAL: usize = 1000;
const MOST: usize = 1000;

/// `GET` and `POST Patient/[id]/$everything`. Only types that the token covers are looked at.
pub(crate) async fn run(work: &Work<'_>) -> Result<Answer, Refusal> {
    let asked = &work.asked;
    let narrowing = work.narrowing(Interaction::Read)?;
    let path = format!("Patient/{}/$everything", asked.id);
    let (mut parameters, after) = work.page(&path)?;
    parameters.extend(Parameters::read(&asked.body)?.values);
    bounded(&parameters)?;
    let wanted = Asked {
        parameters,
        prefer: asked.prefer,
        ..Asked::default()
    };
    wanted.only(&["_type", "_since", "_count", "_summary", "_elements"])?;
    let part = Part::of(wanted.once("_summary")?, wanted.once("_elements")?);
    let part =
        part.ok_or_else(|| Refusal::invalid("`_summary` is true, text, data or false here."))?;
    let page = PageOf {
        after,
        limit: wanted.count(USUAL, MOST)?,
    };
    let everything = Everything {
        types: wanted.types()?,
        since: wanted.instant("_since")?,
        page,
    };
    let (door, ctx) = (&work.api.door, &work.caller.ctx);
    let found = door
        .everything(ctx, &narrowing, &asked.id, &everything)
        .await?;
    let links = work.links(&path, &wanted.parameters, found.next.as_ref())?;
    let body = bundle::searchset(&found, &part, &work.api.base_url, work.at(), &links);
    Ok(Answer::of(200).json(body))
}
