//! `POST [type]`, with `If-None-Exist` if the caller wants it only once.

use tarn_identity::Interaction;

use crate::answer::Answer;
use crate::api::Work;
use crate::interactions::write::{self, Entry};
use crate::refusal::Refusal;

/// `POST [type]`.
pub(crate) async fn run(work: &Work<'_>) -> Result<Answer, Refusal> {
    write::allowed(work, Interaction::Create)?;
    work.asked.only(&[])?;
    let resource = write::resource(work)?;
    let entry = Entry {
        method: "POST",
        url: work.asked.resource_type.clone(),
        resource: Some(resource.text),
        full_url: Some(format!("urn:uuid:{}", work.api.uuid())),
        if_none_exist: work.asked.conditions.if_none_exist.clone(),
        ..Entry::default()
    };
    write::answered(work, &entry, Interaction::Create).await
}
