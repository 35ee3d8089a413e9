//! `GET $export-file/[job]/[type]`.

use std::sync::Arc;

use super::{SealedFile, Standing};
use crate::answer::Answer;
use crate::api::Work;
use crate::refusal::Refusal;

/// One file of a whole export, as a stream.
pub(crate) async fn run(work: &Work<'_>) -> Result<Answer, Refusal> {
    work.asked.only(&[])?;
    let exports = &work.api.exports;
    let job = exports.of_caller(work)?;
    let Standing::Whole { files, .. } = job.standing() else {
        return Err(Refusal::not_found());
    };
    // Only a name that is in the list becomes part of a path.
    let wanted = files
        .iter()
        .find(|file| file.resource_type == work.asked.version);
    let stored = wanted.ok_or_else(Refusal::not_found)?;
    let file = SealedFile::new(Arc::clone(exports), &job.id, &stored.resource_type);
    Ok(Answer::of(200)
        .content_type("application/fhir+ndjson")
        .file(file, stored.pieces))
}
