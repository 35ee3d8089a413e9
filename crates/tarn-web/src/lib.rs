#![doc = include_str!("../README.md")]

mod assets;
mod chip;
mod every_request;
mod health;
mod icon;
mod identity_desk;
mod metrics;
mod own_path;
mod part;
mod reply;
mod session;
mod shell;
mod sign_in;
mod sign_in_pages;
pub mod testing;
mod words;

use actix_web::web;

pub use assets::asset;
pub use chip::{SourceChip, SourceMark};
pub use every_request::every_request;
pub use health::{ReadyCheck, healthz, readiness};
pub use icon::Icon;
pub use identity_desk::IdentityDesk;
pub use metrics::{Metrics, Seen};
pub use part::{Part, Web};
pub use reply::{Failure, Next, short_reference};
pub use session::{CitizenSession, Posted, RealmSession, SignedIn, StaffSession};
pub use shell::{Density, NavLink, PageBuilder, Shell};
pub use sign_in::{Begun, Callback, DeskError, Finished, Reach, Session, SignInDesk};
pub use words::{
    NO_BREAK, age, citizen_date, citizen_date_time, clinical_date, clinical_date_time,
    clinical_moment, clock_time, count, lateness, lateness_in_words, list, local_day, machine_date,
    nhs_number, telephone_link,
};

/// The routes every part has: static files, signing in and out, light or dark, health, and the
/// not-found page for everything else.
///
/// A part's own `configure` goes before it or after it; its `app_data` is a `web::Data<Web>`.
pub fn configure(cfg: &mut web::ServiceConfig) {
    cfg.route("/assets/{hash}/{name}", web::get().to(assets::serve))
        .route("/sign-in", web::get().to(sign_in_pages::sign_in))
        .route("/signed-in", web::get().to(sign_in_pages::signed_in))
        .route("/signed-out", web::get().to(sign_in_pages::signed_out))
        .route("/sign-out", web::post().to(sign_in_pages::sign_out))
        .route("/switch-user", web::post().to(sign_in_pages::switch_user))
        .route("/theme", web::post().to(sign_in_pages::theme))
        .route("/healthz", web::get().to(health::healthz))
        .route("/readyz", web::get().to(health::readyz))
        .route("/metrics", web::get().to(metrics::metrics))
        .default_service(web::route().to(nowhere));
}

/// The same answer for every address that has no page.
async fn nowhere() -> Result<actix_web::HttpResponse, Failure> {
    Err(Failure::not_found())
}
