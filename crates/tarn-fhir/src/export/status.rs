//! `GET $export-status/[job]`.

use serde_json::json;

use super::{Standing, Stored};
use crate::answer::{Answer, system_time};
use crate::api::Work;
use crate::refusal::Refusal;

/// 202 while it runs, the list of files when it is whole, and why if it was not made.
pub(crate) async fn run(work: &Work<'_>) -> Result<Answer, Refusal> {
    work.asked.only(&[])?;
    let job = work.api.exports.of_caller(work)?;
    match job.standing() {
        Standing::Running { resources } => Ok(Answer::of(202)
            .header("x-progress", format!("{resources} resources so far"))
            .header("retry-after", "2")),
        Standing::Failed { refusal, .. } => Err(*refusal),
        Standing::Whole {
            ends_at,
            files,
            deleted,
        } => {
            let base = format!("{}/$export-file/{}", work.api.base_url, job.id);
            let output = |file: &Stored| {
                json!({
                    "type": file.name,
                    "url": format!("{base}/{}", file.name),
                    "count": file.resources,
                })
            };
            let manifest = json!({
                "transactionTime": job.began_at.to_fhir(),
                "request": job.request,
                "requiresAccessToken": true,
                "output": files.iter().map(output).collect::<Vec<_>>(),
                "deleted": deleted.iter().map(output).collect::<Vec<_>>(),
                "error": [],
            });
            Ok(Answer::of(200)
                .content_type("application/json")
                .header("expires", httpdate::fmt_http_date(system_time(ends_at)))
                .json(manifest.to_string()))
        }
    }
}
