//! `GET $export-file/[job]/[type]`.

use std::io;
use std::sync::Arc;

use actix_web::web::Bytes;
use futures_util::stream::{self, Stream};
use tarn_access::{Door, ExportedPart, Narrowing};
use tarn_identity::Interaction;
use tarn_model::{Clock, RequestContext};

use super::sealed_file::Reader;
use super::{Job, SealedFile, Standing};
use crate::answer::Answer;
use crate::api::Work;
use crate::refusal::{Kind, Refusal};

/// One file of a whole export, as a stream.
///
/// That it was made says that its caller could have it then. Whether they may have it now is
/// asked of the door before each piece leaves, with the token, the agreement and the time of now.
pub(crate) async fn run(work: &Work<'_>) -> Result<Answer, Refusal> {
    work.asked.only(&[])?;
    let exports = &work.api.exports;
    let job = exports.of_caller(work)?;
    let Standing::Whole { files, deleted, .. } = job.standing() else {
        return Err(Refusal::not_found());
    };
    // Only a name that is in the list becomes part of a path.
    let mut listed = files.into_iter().chain(deleted);
    let stored = listed.find(|file| file.name == work.asked.version);
    let stored = stored.ok_or_else(Refusal::not_found)?;
    let file = SealedFile::new(Arc::clone(exports), &job.id, &stored.name);
    let mut handing_over = HandingOver {
        door: Arc::clone(&work.api.door),
        clock: Arc::clone(&work.api.clock),
        ctx: work.caller.ctx.clone(),
        narrowing: work.caller.narrowing(Interaction::Read),
        job,
        types: stored.types,
        reader: file.read(),
        left: stored.pieces,
    };
    // The first piece is decided on before the answer begins, so that a refusal is an answer.
    let first = handing_over.next().await?.unwrap_or_default();
    Ok(Answer::of(200)
        .content_type("application/fhir+ndjson")
        .stream(handing_over.after(first)))
}

/// A file on its way to whoever fetches it.
struct HandingOver {
    door: Arc<Door>,
    clock: Arc<dyn Clock>,
    ctx: RequestContext,
    narrowing: Narrowing,
    job: Arc<Job>,
    /// The types in the file.
    types: Vec<String>,
    reader: Reader,
    /// How many pieces are still to come.
    left: u32,
}

impl HandingOver {
    /// The next piece, once the door has let it go.
    async fn next(&mut self) -> Result<Option<Bytes>, Refusal> {
        if self.left == 0 {
            return Ok(None);
        }
        self.ctx.at = self.clock.now();
        if self.job.has_ended(self.ctx.at) {
            return Err(Refusal::not_found());
        }
        let piece = self.reader.next().await.map_err(|error| {
            tracing::error!(%error, "a file of an export could not be read");
            Refusal::new(Kind::Unavailable, "The export could not be read.")
        })?;
        let part = ExportedPart {
            types: self.types.clone(),
            people: piece.people.clone(),
        };
        let decided = self
            .door
            .export_again(&self.ctx, &self.narrowing, &part)
            .await?;
        self.left -= 1;
        Ok(Some(piece.handed_over(&decided)))
    }

    /// The rest, behind the piece that went first. What is refused on the way breaks the answer
    /// off: half a file must not look like a whole one.
    fn after(self, first: Bytes) -> impl Stream<Item = io::Result<Bytes>> + use<> {
        stream::try_unfold((self, Some(first)), |(mut this, first)| async move {
            if let Some(first) = first {
                return Ok(Some((first, (this, None))));
            }
            let next = this.next().await.map_err(|refusal| {
                tracing::warn!(status = refusal.status(), "an export was broken off");
                io::Error::other("the rest of the export is not given")
            })?;
            Ok(next.map(|piece| (piece, (this, None))))
        })
    }
}
