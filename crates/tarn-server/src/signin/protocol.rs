//! The addresses that Tarn itself asks: description, keys, tokens, user information.

use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, CACHE_CONTROL};
use actix_web::{HttpRequest, HttpResponse, web};
use tarn_identity::{OAuthError, TokenForm};
use tarn_model::Realm;

use super::Provider;

/// `GET /{realm}/.well-known/openid-configuration`
pub(super) async fn discovery(
    provider: web::Data<Provider>,
    realm: web::Data<Realm>,
) -> HttpResponse {
    HttpResponse::Ok().json(provider.protocol.discovery(**realm))
}

/// `GET /{realm}/jwks`
pub(super) async fn jwks(provider: web::Data<Provider>, realm: web::Data<Realm>) -> HttpResponse {
    HttpResponse::Ok().json(provider.protocol.jwks(**realm))
}

/// `POST /{realm}/token`: a code for tokens, or a system's own token.
pub(super) async fn token(
    provider: web::Data<Provider>,
    realm: web::Data<Realm>,
    request: HttpRequest,
    form: web::Form<TokenForm>,
) -> HttpResponse {
    answer(
        provider
            .protocol
            .token(**realm, &form, authorization(&request)),
    )
}

/// `GET /{realm}/userinfo`
pub(super) async fn userinfo(
    provider: web::Data<Provider>,
    realm: web::Data<Realm>,
    request: HttpRequest,
) -> HttpResponse {
    answer(provider.protocol.userinfo(**realm, authorization(&request)))
}

fn authorization(request: &HttpRequest) -> Option<&str> {
    request
        .headers()
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
}

fn answer(result: Result<serde_json::Value, OAuthError>) -> HttpResponse {
    match result {
        Ok(value) => HttpResponse::Ok()
            .insert_header((CACHE_CONTROL, "no-store"))
            .json(value),
        Err(error) => {
            let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::BAD_REQUEST);
            HttpResponse::build(status)
                .insert_header((CACHE_CONTROL, "no-store"))
                .json(error.to_json())
        }
    }
}
