use std::sync::Arc;
use std::time::Duration;

use actix_web::{HttpResponse, web};
use async_trait::async_trait;
use futures_util::future::{Either, select};
use serde_json::json;

use crate::Web;

/// Something that must answer before a part counts as ready: a database, a provider.
#[async_trait]
pub trait ReadyCheck: Send + Sync {
    /// One or two words: `"record store"`.
    fn name(&self) -> &str;

    /// Asks.
    ///
    /// # Errors
    /// A sentence for the operator: what did not answer and what to do. No personal data and no
    /// password.
    async fn check(&self) -> Result<(), String>;
}

/// How long one check may take. A probe that hangs is worse than one that fails.
const CHECK_TIMEOUT: Duration = Duration::from_secs(2);

/// `GET /healthz`: 200 while the process can answer at all. Asks nothing else, so that a slow
/// database never makes an orchestrator kill healthy processes.
pub async fn healthz() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "alive" }))
}

/// `GET /readyz`.
pub(crate) async fn readyz(web: web::Data<Web>) -> HttpResponse {
    readiness(web.part.name, &web.ready).await
}

/// The answer to `GET /readyz`: 200 when every check answers, else 503 naming those that do not.
pub async fn readiness(part: &str, all: &[Arc<dyn ReadyCheck>]) -> HttpResponse {
    let mut checks = Vec::new();
    let mut ready = true;
    for check in all {
        let asked = check.check();
        let limit = Box::pin(actix_web::rt::time::sleep(CHECK_TIMEOUT));
        let answer = match select(asked, limit).await {
            Either::Left((answer, _)) => answer,
            Either::Right(_) => Err("no answer in 2 s".to_owned()),
        };
        ready &= answer.is_ok();
        checks.push(match answer {
            Ok(()) => json!({ "name": check.name(), "ready": true }),
            Err(problem) => json!({ "name": check.name(), "ready": false, "problem": problem }),
        });
    }
    let body = json!({ "part": part, "ready": ready, "checks": checks });
    if ready {
        HttpResponse::Ok().json(body)
    } else {
        HttpResponse::ServiceUnavailable()
            .insert_header(("Retry-After", "5"))
            .json(body)
    }
}
