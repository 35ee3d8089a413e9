//! `DELETE [type]/[id]` and `DELETE [type]?[search]`.

use tarn_identity::Interaction;

use crate::answer::Answer;
use crate::api::Work;
use crate::interactions::write::{self, Entry};
use crate::refusal::{Kind, Refusal};

/// `DELETE [type]/[id]`.
pub(crate) async fn run(work: &Work<'_>) -> Result<Answer, Refusal> {
    write::allowed(work, Interaction::Delete)?;
    let asked = &work.asked;
    asked.only(&[])?;
    let url = format!("{}/{}", asked.resource_type, asked.id);
    take_back(work, url).await
}

/// `DELETE [type]?[search]`: the one match; more than one is refused.
pub(crate) async fn conditional(work: &Work<'_>) -> Result<Answer, Refusal> {
    write::allowed(work, Interaction::Delete)?;
    let asked = &work.asked;
    let condition = write::condition(&asked.parameters)?;
    take_back(work, format!("{}?{condition}", asked.resource_type)).await
}

/// What is not there is as good as taken back (FHIR R4 http §delete), and the answer tells
/// nothing of what the caller may not know of.
async fn take_back(work: &Work<'_>, url: String) -> Result<Answer, Refusal> {
    let entry = Entry {
        method: "DELETE",
        url,
        if_match: work.asked.conditions.matched_version()?,
        ..Entry::default()
    };
    match write::one(work, &entry, Interaction::Delete).await {
        Ok(_) => Ok(Answer::of(204)),
        Err(refusal) if matches!(refusal.kind(), Kind::NotFound | Kind::Gone) => {
            Ok(Answer::of(204))
        }
        Err(refusal) => Err(refusal),
    }
}
