#![doc = include_str!("../README.md")]

mod allergy;
mod choice;
mod days;
mod entry;
mod glossary;
mod pages;
mod refusal;
mod standing;
mod visits;
mod words;

#[cfg(test)]
mod sample;
#[cfg(test)]
mod sample_log;
#[cfg(test)]
mod snapshots;

use actix_web::web;
use tarn_web::{CitizenSession, NavLink, PageBuilder, RealmSession};

/// Every page of the portal, as `(method, path)`. The route test walks this list.
pub const ROUTES: &[(&str, &str)] = &[
    ("GET", "/"),
    ("GET", "/record"),
    ("GET", "/record/letters/{type}/{id}"),
    ("GET", "/record/letters/{type}/{id}/file"),
    ("GET", "/who-looked"),
    ("GET", "/choices"),
    ("GET", "/choices/change"),
    ("GET", "/choices/check"),
    ("POST", "/choices/confirm"),
    ("GET", "/choices/done"),
];

/// The portal's pages. They need `web::Data<Arc<tarn_access::Door>>` and what
/// [`tarn_web::configure`] needs; every one of them lets signed-in citizens in and nobody else.
pub fn configure(cfg: &mut web::ServiceConfig) {
    cfg.route("/", web::get().to(pages::home::show))
        .route("/record", web::get().to(pages::record::show))
        .route(
            "/record/letters/{type}/{id}",
            web::get().to(pages::letter::show),
        )
        .route(
            "/record/letters/{type}/{id}/file",
            web::get().to(pages::letter::file),
        )
        .route("/who-looked", web::get().to(pages::who_looked::show))
        .route("/choices", web::get().to(pages::choices::show))
        .route("/choices/change", web::get().to(pages::choices::change))
        .route("/choices/check", web::get().to(pages::choices::check))
        .route("/choices/confirm", web::post().to(pages::choices::confirm))
        .route("/choices/done", web::get().to(pages::choices::done));
}

/// The four places of the portal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Home,
    Record,
    WhoLooked,
    Choices,
}

/// Begins a page of one of the places.
fn page(session: &CitizenSession, title: &str, place: Place) -> PageBuilder {
    let links = [
        (Place::Home, "/", "Home"),
        (Place::Record, "/record", "My record"),
        (Place::WhoLooked, "/who-looked", "Who looked"),
        (Place::Choices, "/choices", "My choices"),
    ];
    session.page(title).nav(
        links
            .into_iter()
            .map(|(each, to, words)| NavLink::new(to, words).current_if(each == place))
            .collect(),
    )
}
