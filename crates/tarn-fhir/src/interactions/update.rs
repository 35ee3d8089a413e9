//! `PUT [type]/[id]` and `PUT [type]?[search]`.

use tarn_identity::Interaction;

use crate::answer::Answer;
use crate::api::Work;
use crate::interactions::write::{self, Entry};
use crate::refusal::Refusal;

/// `PUT [type]/[id]`; creates what is not there.
pub(crate) async fn run(work: &Work<'_>) -> Result<Answer, Refusal> {
    write::allowed(work, Interaction::Update)?;
    let asked = &work.asked;
    asked.only(&[])?;
    let resource = write::resource(work)?;
    if resource.id() != Some(asked.id.as_str()) {
        return Err(
            Refusal::invalid("The body\u{2019}s id is not the id of the address.")
                .at(format!("{}.id", asked.resource_type)),
        );
    }
    let entry = Entry {
        method: "PUT",
        url: format!("{}/{}", asked.resource_type, asked.id),
        resource: Some(resource.text),
        if_match: asked.conditions.matched_version()?,
        ..Entry::default()
    };
    write::answered(work, &entry, Interaction::Update).await
}

/// `PUT [type]?[search]`.
pub(crate) async fn conditional(work: &Work<'_>) -> Result<Answer, Refusal> {
    write::allowed(work, Interaction::Update)?;
    let asked = &work.asked;
    let resource = write::resource(work)?;
    let condition = write::condition(&asked.parameters)?;
    let entry = Entry {
        method: "PUT",
        url: format!("{}?{condition}", asked.resource_type),
        resource: Some(resource.text),
        full_url: Some(format!("urn:uuid:{}", work.api.uuid())),
        if_match: asked.conditions.matched_version()?,
        ..Entry::default()
    };
    write::answered(work, &entry, Interaction::Update).await
}
