//! `DELETE $export-status/[job]`.

use crate::answer::Answer;
use crate::api::Work;
use crate::refusal::Refusal;

/// Stops a running export, or removes a whole one.
pub(crate) async fn run(work: &Work<'_>) -> Result<Answer, Refusal> {
    work.asked.only(&[])?;
    let job = work.api.exports.of_caller(work)?;
    work.api.exports.remove(&job.id).await;
    Ok(Answer::of(202))
}
