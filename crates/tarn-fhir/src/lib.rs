#![doc = include_str!("../README.md")]

mod answer;
mod api;
mod asked;
mod body;
mod bundle;
mod caller;
mod elements;
mod every_request;
mod export;
mod form;
mod interactions;
mod metadata;
mod operations;
mod refusal;
mod registry;
mod sealed;
mod serve;

use actix_web::{HttpResponse, web};

pub use api::{Api, ApiParts, Authorisation, Settings, StartError};
pub use caller::{CheckedTokens, Tokens};
pub use every_request::every_request;
pub use registry::{BASE, OPEN, routes};

/// The routes of the interface. They need `web::Data<Api>`.
///
/// Every one that [`routes`] names asks for an access token before it looks at anything else;
/// those of [`OPEN`] tell nothing of any record.
pub fn configure(cfg: &mut web::ServiceConfig) {
    let below = |path: &str| format!("{BASE}{path}");
    cfg.route(&below("/metadata"), web::get().to(metadata::capability))
        .route(
            &below("/.well-known/smart-configuration"),
            web::get().to(metadata::smart),
        )
        .route(&below("/openapi.json"), web::get().to(metadata::openapi))
        .route("/healthz", web::get().to(tarn_web::healthz))
        .route("/readyz", web::get().to(readyz))
        .route("/metrics", web::get().to(metrics));
    for resource in serve::resources() {
        cfg.service(resource);
    }
    cfg.default_service(web::route().to(serve::nowhere));
}

async fn readyz(api: web::Data<Api>) -> HttpResponse {
    tarn_web::readiness(every_request::PART, &api.ready).await
}

async fn metrics(api: web::Data<Api>) -> HttpResponse {
    api.metrics.reply()
}
