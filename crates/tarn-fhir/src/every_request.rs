//! What happens to every request, whatever its route.

use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue, ORIGIN};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _, web};
use tarn_web::Seen;
use tracing::Instrument as _;

use crate::api::Api;
use crate::serve::RequestId;

/// The name of this part, in metrics and logs.
pub(crate) const PART: &str = "record-api";

/// Methods a browser's page may use, where its origin is allowed at all.
const CORS_METHODS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE";
const CORS_TAKEN: &str = "authorization, content-type, if-match, if-none-match, if-none-exist, if-modified-since, prefer, accept, x-tarn-purpose, x-tarn-reason";
const CORS_SHOWN: &str = "etag, last-modified, location, content-location, x-request-id, x-progress, retry-after, www-authenticate";

/// Gives every request an id and every answer its headers, and counts it: by the pattern of its
/// route, never by its address.
///
/// Wrap the application in it, outermost:
/// `App::new().wrap(actix_web::middleware::from_fn(tarn_fhir::every_request))`.
///
/// # Errors
/// Only those of another middleware inside.
pub async fn every_request<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let Some(api) = request.app_data::<web::Data<Api>>().cloned() else {
        return Err(actix_web::error::ErrorInternalServerError("not set up"));
    };
    let began = Instant::now();
    let id = api.uuid();
    request.extensions_mut().insert(RequestId(id));
    let method = method_word(request.method());
    let origin = allowed_origin(&api, request.headers());
    let span = tracing::info_span!("request", request_id = %id, part = PART, method);
    let mut reply = next.call(request).instrument(span).await?;
    add_headers(reply.headers_mut(), &api, &id.to_string());
    if let Some(origin) = origin {
        add_cors(reply.headers_mut(), origin);
    }
    let route = reply.request().match_pattern();
    let route = route.unwrap_or_else(|| "unmatched".to_owned());
    let seconds = began.elapsed().as_secs_f64();
    let status = reply.status().as_u16();
    api.metrics.record(&Seen {
        part: PART,
        route: &route,
        method,
        status,
        seconds,
    });
    tracing::info!(request_id = %id, part = PART, route, method, status, duration_ms = seconds * 1000.0, "request answered");
    Ok(reply)
}

/// Methods outside the usual become one word, so that nobody can grow the metrics from outside.
fn method_word(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        _ => "other",
    }
}

fn add_headers(headers: &mut HeaderMap, api: &Api, id: &str) {
    let mut put = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    put("x-request-id", id);
    put("x-content-type-options", "nosniff");
    put("referrer-policy", "no-referrer");
    put(
        "content-security-policy",
        "default-src 'none'; frame-ancestors 'none'",
    );
    put("cross-origin-resource-policy", "same-origin");
    if api.settings.origin.starts_with("https://") {
        put(
            "strict-transport-security",
            "max-age=63072000; includeSubDomains",
        );
    }
    // What says how the interface is made may be kept; nothing of a record may.
    if !headers.contains_key("cache-control") {
        let value = HeaderValue::from_static("no-store");
        headers.insert(HeaderName::from_static("cache-control"), value);
    }
}

/// The request's origin, if it is one of those that may call from a browser.
pub(crate) fn allowed_origin(api: &Api, headers: &HeaderMap) -> Option<HeaderValue> {
    let origin = headers.get(ORIGIN)?;
    let text = origin.to_str().ok()?;
    let allowed = api.settings.cors_origins.iter().any(|one| one == text);
    allowed.then(|| origin.clone())
}

/// No credentials: a token is put into a request by the page's own code, never by the browser.
fn add_cors(headers: &mut HeaderMap, origin: HeaderValue) {
    let mut put = |name: &'static str, value: HeaderValue| {
        headers.insert(HeaderName::from_static(name), value);
    };
    put("access-control-allow-origin", origin);
    put("vary", HeaderValue::from_static("Origin"));
    put(
        "cross-origin-resource-policy",
        HeaderValue::from_static("cross-origin"),
    );
    put(
        "access-control-allow-methods",
        HeaderValue::from_static(CORS_METHODS),
    );
    put(
        "access-control-allow-headers",
        HeaderValue::from_static(CORS_TAKEN),
    );
    put(
        "access-control-expose-headers",
        HeaderValue::from_static(CORS_SHOWN),
    );
    put("access-control-max-age", HeaderValue::from_static("600"));
}
