use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::header::LOCATION;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use tarn_model::ErrorKind;

use crate::session::look_up;
use crate::shell::Theme;
use crate::sign_in::{Callback, DeskError, Reach};
use crate::{Failure, Part, Shell, Web, own_path};

#[derive(Deserialize)]
pub(crate) struct SignInQuery {
    #[serde(default)]
    to: String,
}

/// `GET /sign-in?to=…`: begins a sign-in and sends the browser to the provider.
pub(crate) async fn sign_in(
    web: web::Data<Web>,
    query: web::Query<SignInQuery>,
) -> Result<HttpResponse, Failure> {
    begin(&web, own_path::checked(&query.to), false).await
}

/// `GET /signed-in`: the provider's answer. Opens the session and goes on to where the person
/// was going.
pub(crate) async fn signed_in(
    web: web::Data<Web>,
    request: HttpRequest,
    callback: web::Query<Callback>,
) -> Result<HttpResponse, Failure> {
    let part = &web.part;
    let Some(attempt) = request.cookie(&part.attempt_cookie()) else {
        return Err(not_signed_in(DeskError {
            kind: ErrorKind::Invalid,
            reason: "This sign-in was begun in another browser, or too long ago.".to_owned(),
        }));
    };
    // A session that this browser still has would outlive its own cookie, so the new one ends it.
    let old = request.cookie(&part.session_cookie());
    let finished = web
        .desk
        .finish(
            part.realm,
            attempt.value(),
            &callback,
            old.as_ref().map(|cookie| cookie.value()),
        )
        .await
        .map_err(not_signed_in)?;
    Ok(HttpResponse::SeeOther()
        .cookie(own_cookie(part.session_cookie(), finished.token))
        .cookie(gone(part.attempt_cookie()))
        .insert_header((LOCATION, own_path::checked(&finished.to)))
        .finish())
}

/// `POST /sign-out`: ends the session here, or every session of the same person, and the
/// provider's own where it can be.
pub(crate) async fn sign_out(
    web: web::Data<Web>,
    request: HttpRequest,
    form: String,
) -> Result<HttpResponse, Failure> {
    let to = end(&web, &request, &form).await?;
    Ok(cleared(&web.part)
        .insert_header((LOCATION, to.unwrap_or_else(|| "/signed-out".to_owned())))
        .finish())
}

/// `POST /switch-user`: ends the session and asks the provider to let somebody else sign in. It
/// leads to the start page, so that no patient's page opens for the next person.
pub(crate) async fn switch_user(
    web: web::Data<Web>,
    request: HttpRequest,
    form: String,
) -> Result<HttpResponse, Failure> {
    end(&web, &request, &form).await?;
    let begun = web
        .desk
        .begin(web.part.realm, "/", true)
        .await
        .map_err(not_signed_in)?;
    Ok(cleared(&web.part)
        .cookie(own_cookie(web.part.attempt_cookie(), begun.attempt))
        .insert_header((LOCATION, begun.redirect))
        .finish())
}

/// `GET /signed-out`: says so.
pub(crate) async fn signed_out(shell: Shell) -> Result<HttpResponse, Failure> {
    shell
        .page("You’re signed out")
        .single_message()
        .body(&SignedOutBody)
}

#[derive(Deserialize)]
pub(crate) struct ThemeForm {
    theme: String,
    #[serde(default)]
    to: String,
}

/// `POST /theme`: remembers light or dark, and goes back.
pub(crate) async fn theme(form: web::Form<ThemeForm>) -> HttpResponse {
    let theme = Theme::from_word(&form.theme);
    let mut cookie = own_cookie(Theme::COOKIE.to_owned(), theme.word().to_owned());
    cookie.set_max_age(actix_web::cookie::time::Duration::days(365));
    HttpResponse::SeeOther()
        .cookie(cookie)
        .insert_header((LOCATION, own_path::checked(&form.to)))
        .finish()
}

#[derive(Template)]
#[template(path = "signed_out.html")]
struct SignedOutBody;

async fn begin(web: &Web, to: &str, fresh: bool) -> Result<HttpResponse, Failure> {
    let begun = web
        .desk
        .begin(web.part.realm, to, fresh)
        .await
        .map_err(not_signed_in)?;
    Ok(HttpResponse::SeeOther()
        .cookie(own_cookie(web.part.attempt_cookie(), begun.attempt))
        .insert_header((LOCATION, begun.redirect))
        .finish())
}

/// Ends the request's session if its form carries the session's secret. Without a session there
/// is nothing to end and nothing to protect.
async fn end(web: &Web, request: &HttpRequest, form: &str) -> Result<Option<String>, Failure> {
    let Some(session) = look_up(request, web).await? else {
        return Ok(None);
    };
    crate::session::check_token(form, &session.csrf_token)?;
    let reach = match web::Query::<ReachField>::from_query(form) {
        Ok(field) if field.reach == "everywhere" => Reach::Everywhere,
        _ => Reach::Here,
    };
    match request.cookie(&web.part.session_cookie()) {
        Some(cookie) => web
            .desk
            .end(web.part.realm, cookie.value(), reach)
            .await
            .map_err(not_signed_in),
        None => Ok(None),
    }
}

/// Which of the two sign-out buttons was pressed.
#[derive(Deserialize)]
struct ReachField {
    #[serde(default)]
    reach: String,
}

/// A reply that takes the session's cookie and everything kept of its pages away.
///
/// `Clear-Site-Data: "cookies"` would reach every site of the same domain, whatever the port, and
/// so sign people out of other parts; the own cookies are ended one by one instead.
fn cleared(part: &Part) -> actix_web::HttpResponseBuilder {
    let mut reply = HttpResponse::SeeOther();
    reply
        .cookie(gone(part.session_cookie()))
        .insert_header(("Clear-Site-Data", "\"cache\", \"storage\""));
    reply
}

/// A `__Host-` cookie: sent by TLS (or to the own machine), to this host only, to no script, and
/// not with another site's posts.
fn own_cookie(name: String, value: String) -> Cookie<'static> {
    Cookie::build(name, value)
        .path("/")
        .secure(true)
        .http_only(true)
        .same_site(SameSite::Lax)
        .finish()
}

fn gone(name: String) -> Cookie<'static> {
    let mut cookie = own_cookie(name, String::new());
    cookie.make_removal();
    cookie
}

fn not_signed_in(error: DeskError) -> Failure {
    Failure::of(error.kind)
        .titled("You’re not signed in")
        .because(error.reason)
        .next("Try to sign in again", Some("/sign-in"))
}
