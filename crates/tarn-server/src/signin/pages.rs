//! The pages a person sees: who do you want to be?

use actix_web::http::header::LOCATION;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use tarn_identity::{AuthorizeError, AuthorizeParams};
use tarn_model::{ErrorKind, Realm};
use tarn_web::{Failure, Shell};

use super::{Choice, Provider};

#[derive(Template)]
#[template(path = "sign_in_home.html")]
struct HomeBody<'a> {
    viewer: &'a str,
    portal: &'a str,
}

#[derive(Template)]
#[template(path = "personas.html")]
struct PersonasBody<'a> {
    heading: &'static str,
    lead: &'static str,
    action: String,
    parameters: Vec<(&'static str, &'a str)>,
    personas: &'a [Choice],
}

/// `GET /`: where to begin.
pub(super) async fn home(
    shell: Shell,
    provider: web::Data<Provider>,
) -> Result<HttpResponse, Failure> {
    let body = HomeBody {
        viewer: &provider.clients.staff,
        portal: &provider.clients.citizen,
    };
    shell
        .page("Sign-in of the demonstration")
        .single_message()
        .body(&body)
}

/// `GET /{realm}/authorize`: the personas to choose from.
pub(super) async fn choose(
    shell: Shell,
    provider: web::Data<Provider>,
    realm: web::Data<Realm>,
    params: web::Query<AuthorizeParams>,
) -> Result<HttpResponse, Failure> {
    if let Err(error) = provider.protocol.check_authorize(**realm, &params) {
        return refused(error);
    }
    let (heading, lead) = match **realm {
        Realm::Staff => (
            "Which work are you doing?",
            "Choose who to be. What you may see depends on the role and the organisation.",
        ),
        Realm::Citizen => ("Whose record is yours?", "Choose who to be."),
    };
    let body = PersonasBody {
        heading,
        lead,
        action: format!("/{}/authorize", realm.word()),
        parameters: vec![
            ("response_type", &params.response_type),
            ("client_id", &params.client_id),
            ("redirect_uri", &params.redirect_uri),
            ("scope", &params.scope),
            ("aud", &params.aud),
            ("state", &params.state),
            ("nonce", &params.nonce),
            ("code_challenge", &params.code_challenge),
            ("code_challenge_method", &params.code_challenge_method),
        ],
        personas: provider.choices(**realm),
    };
    shell.page(heading).body(&body)
}

#[derive(Deserialize)]
pub(super) struct ChosenForm {
    persona: String,
}

/// `POST /{realm}/authorize`: the choice; sends the browser back with a code.
pub(super) async fn chosen(
    provider: web::Data<Provider>,
    realm: web::Data<Realm>,
    text: String,
) -> Result<HttpResponse, Failure> {
    let invalid = |_| Failure::of(ErrorKind::Invalid);
    let params = web::Query::<AuthorizeParams>::from_query(&text).map_err(invalid)?;
    let form = web::Query::<ChosenForm>::from_query(&text).map_err(invalid)?;
    let pending = match provider.protocol.check_authorize(**realm, &params) {
        Ok(pending) => pending,
        Err(error) => return refused(error),
    };
    let choices = provider.choices(**realm);
    let to = match choices
        .iter()
        .find(|choice| choice.short_name == form.persona)
    {
        None => provider.protocol.deny(&pending),
        Some(choice) => match provider.protocol.approve(&pending, &choice.persona) {
            Ok(to) => to,
            Err(error) => return refused(error),
        },
    };
    Ok(HttpResponse::SeeOther()
        .insert_header((LOCATION, to))
        .finish())
}

#[derive(Deserialize)]
pub(super) struct EndSessionQuery {
    id_token_hint: Option<String>,
    client_id: Option<String>,
    post_logout_redirect_uri: Option<String>,
    state: Option<String>,
}

/// `GET /{realm}/end-session`: there is no session here to end; sends the browser back.
pub(super) async fn end_session(
    provider: web::Data<Provider>,
    realm: web::Data<Realm>,
    query: web::Query<EndSessionQuery>,
) -> HttpResponse {
    let to = provider.protocol.end_session(
        **realm,
        query.id_token_hint.as_deref(),
        query.client_id.as_deref(),
        query.post_logout_redirect_uri.as_deref(),
    );
    let to = match (to, &query.state) {
        (Some(to), Some(state)) => {
            let mut address = url::Url::parse(&to).ok();
            if let Some(address) = &mut address {
                address.query_pairs_mut().append_pair("state", state);
            }
            address.map_or(to, Into::into)
        }
        (Some(to), None) => to,
        (None, _) => "/".to_owned(),
    };
    HttpResponse::SeeOther()
        .insert_header((LOCATION, to))
        .finish()
}

fn refused(error: AuthorizeError) -> Result<HttpResponse, Failure> {
    match error {
        AuthorizeError::Page(problem) => Err(Failure::of(ErrorKind::Invalid)
            .titled("This sign-in can’t go on")
            .because(format!("The request is not right: {problem}."))),
        AuthorizeError::Redirect(to) => Ok(HttpResponse::SeeOther()
            .insert_header((LOCATION, to))
            .finish()),
    }
}
