//! `GET [type]/[id]` and `GET [type]/[id]/_history/[version]`.

use tarn_access::Resource;
use tarn_identity::Interaction;

use crate::answer::Answer;
use crate::api::Work;
use crate::elements::Part;
use crate::refusal::{Kind, Refusal};

/// `GET [type]/[id]`.
pub(crate) async fn current(work: &Work<'_>) -> Result<Answer, Refusal> {
    let (asked, ctx) = (&work.asked, &work.caller.ctx);
    let narrowing = work.narrowing(Interaction::Read)?;
    let part = part(work)?;
    let door = &work.api.door;
    let found = door
        .read_resource(ctx, &narrowing, &asked.resource_type, &asked.id)
        .await?;
    if asked
        .conditions
        .is_unchanged(found.version, found.updated_at)
    {
        return Ok(Answer::of(304).version(found.version, found.updated_at));
    }
    Ok(whole(&found, &part))
}

/// `GET [type]/[id]/_history/[version]`.
pub(crate) async fn version(work: &Work<'_>) -> Result<Answer, Refusal> {
    let (asked, ctx) = (&work.asked, &work.caller.ctx);
    let narrowing = work.narrowing(Interaction::Read)?;
    let part = part(work)?;
    // A version that is no number of ours is one that does not exist.
    let number = asked.version.parse::<i64>().ok().filter(|one| *one > 0);
    let number = number.ok_or_else(Refusal::not_found)?;
    let door = &work.api.door;
    let found = door
        .read_version(ctx, &narrowing, &asked.resource_type, &asked.id, number)
        .await?;
    if found.deleted {
        return Err(Refusal::new(Kind::Gone, "Its source took it back."));
    }
    Ok(whole(&found, &part))
}

fn whole(resource: &Resource, part: &Part) -> Answer {
    Answer::of(200)
        .version(resource.version, resource.updated_at)
        .json(part.cut(resource.json()).into_owned())
}

fn part(work: &Work<'_>) -> Result<Part, Refusal> {
    work.asked.only(&["_summary", "_elements"])?;
    let (summary, elements) = (work.asked.once("_summary")?, work.asked.once("_elements")?);
    Part::of(summary, elements)
        .ok_or_else(|| Refusal::invalid("`_summary` is true, text, data or false here."))
}
