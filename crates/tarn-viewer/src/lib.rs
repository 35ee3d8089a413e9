#![doc = include_str!("../README.md")]

pub mod allergy;
pub mod banner;
pub mod completeness;
pub mod contacts;
mod dates;
pub mod medicine;
pub mod medicine_text;
mod medicine_words;
mod pages;
pub mod panels;
pub mod reasons;
pub mod result;
#[cfg(test)]
mod samples;
pub mod source;
pub mod sparkline;

use std::sync::LazyLock;

use actix_web::web;

use reasons::ReasonsGiven;

/// Every page of the viewer, as `(method, path)`. The route tests walk this list.
pub const ROUTES: &[(&str, &str)] = &[
    ("GET", "/"),
    ("POST", "/find"),
    ("GET", "/alerts"),
    ("POST", "/alerts/acknowledge"),
    ("GET", "/people/{person}"),
    ("POST", "/people/{person}/reason"),
    ("GET", "/people/{person}/emergency"),
    ("POST", "/people/{person}/emergency"),
    ("GET", "/people/{person}/handover"),
    ("GET", "/people/{person}/documents/{type}/{id}"),
    ("GET", "/people/{person}/documents/{type}/{id}/file"),
    ("GET", "/people/{person}/{list}"),
];

/// The viewer's pages. They need `web::Data<Arc<tarn_access::Door>>` and what
/// [`tarn_web::configure`] needs; every one of them lets signed-in staff in and nobody else.
pub fn configure(cfg: &mut web::ServiceConfig) {
    // Every worker of the process configures itself, and all of them must know the reasons that
    // were given to one of them.
    static REASONS: LazyLock<web::Data<ReasonsGiven>> =
        LazyLock::new(|| web::Data::new(ReasonsGiven::new()));
    use pages::{alerts, document, find, handover, lists, reason, snapshot};
    cfg.app_data(REASONS.clone())
        .route("/", web::get().to(find::show))
        .route("/find", web::post().to(find::find))
        .route("/alerts", web::get().to(alerts::show))
        .route("/alerts/acknowledge", web::post().to(alerts::acknowledge))
        .route("/people/{person}", web::get().to(snapshot::show))
        .route("/people/{person}/reason", web::post().to(reason::give))
        .route(
            "/people/{person}/emergency",
            web::get().to(reason::emergency),
        )
        .route(
            "/people/{person}/emergency",
            web::post().to(reason::open_in_emergency),
        )
        .route("/people/{person}/handover", web::get().to(handover::show))
        .route(
            "/people/{person}/documents/{type}/{id}",
            web::get().to(document::show),
        )
        .route(
            "/people/{person}/documents/{type}/{id}/file",
            web::get().to(document::file),
        )
        .route("/people/{person}/{list}", web::get().to(lists::show));
}
