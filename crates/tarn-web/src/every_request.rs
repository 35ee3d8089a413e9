use std::time::Instant;

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::Method;
use actix_web::http::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue, ORIGIN,
};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpResponse, HttpResponseBuilder, web};
use tarn_model::ErrorKind;
use tracing::Instrument as _;
use uuid::Uuid;

use crate::metrics::Seen;
use crate::reply::{Format, status};
use crate::shell::{RequestId, Shell};
use crate::{Failure, Part, Web, clinical_date_time};

/// What happens to every request of a part, whatever its route: it gets an id, a cross-site form
/// is refused, a failure becomes a page (or what the asker reads), the security headers go on,
/// and it is counted.
///
/// Wrap the application in it, outermost:
/// `App::new().wrap(actix_web::middleware::from_fn(tarn_web::every_request))`.
///
/// # Errors
/// Only those of another middleware inside; failures of handlers become replies here.
pub async fn every_request<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let Some(web) = request.app_data::<web::Data<Web>>().cloned() else {
        return Err(Failure::of(ErrorKind::Internal).into());
    };
    let began = Instant::now();
    let id = web.request_id();
    request.extensions_mut().insert(RequestId(id));
    let method = request.method().clone();
    let is_asset = request.path().starts_with("/assets/");
    let format = format_of(&request);
    let mut reply = if is_cross_site(&request, &web.part) {
        let refused = Failure::of(ErrorKind::Denied)
            .titled("This form came from another site")
            .because("Tarn takes forms from its own pages only. Nothing was changed.");
        request.error_response(refused).map_into_right_body()
    } else {
        // The router needs the request alone, so no copy of it can be kept for an error of
        // another middleware; such a reply gets its headers here and no page.
        let span = tracing::info_span!("request", request_id = %id, part = web.part.name, %method);
        match next.call(request).instrument(span).await {
            Ok(reply) => reply.map_into_left_body(),
            Err(error) => {
                let mut bare = error.error_response();
                add_headers(bare.headers_mut(), &web.part, id, false);
                return Err(InternalError::from_response(error, bare).into());
            }
        }
    };
    reply = with_failure_body(reply, &web, id, format);
    add_headers(reply.headers_mut(), &web.part, id, is_asset);
    let route = reply
        .request()
        .match_pattern()
        .unwrap_or_else(|| "unmatched".to_owned());
    let seconds = began.elapsed().as_secs_f64();
    let status = reply.status().as_u16();
    let method = method_word(&method);
    web.metrics.record(&Seen {
        part: web.part.name,
        route: &route,
        method,
        status,
        seconds,
    });
    tracing::info!(request_id = %id, part = web.part.name, route, method, status, duration_ms = seconds * 1000.0, "request answered");
    Ok(reply)
}

/// Methods outside the usual become one word, so that nobody can grow the metrics from outside.
fn method_word(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        _ => "other",
    }
}

/// Whether an unsafe request was started by another site. `Sec-Fetch-Site` decides where the
/// browser sends it; else `Origin` must be ours; a request with neither is no browser's form and
/// is refused too.
fn is_cross_site(request: &ServiceRequest, part: &Part) -> bool {
    if matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    ) {
        return false;
    }
    let header = |name: &str| {
        request
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    if let Some(site) = header("sec-fetch-site") {
        return !matches!(site, "same-origin" | "none");
    }
    match (header(ORIGIN.as_str()), header(HOST.as_str())) {
        (Some(origin), _) if origin == part.origin => false,
        (Some(origin), Some(host)) => {
            origin
                .strip_prefix("https://")
                .or_else(|| origin.strip_prefix("http://"))
                != Some(host)
        }
        _ => true,
    }
}

fn format_of(request: &ServiceRequest) -> Format {
    let accept = request
        .headers()
        .get(ACCEPT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("text/html");
    if accept.contains("application/fhir+json") || request.path().starts_with("/fhir/") {
        Format::Fhir
    } else if accept.contains("json") && !accept.contains("text/html") {
        Format::Json
    } else {
        Format::Page
    }
}

/// Replaces the empty body of a failure by what the asker reads. Other replies stay as they are.
fn with_failure_body<B: MessageBody + 'static>(
    reply: ServiceResponse<EitherBody<B>>,
    web: &web::Data<Web>,
    id: Uuid,
    format: Format,
) -> ServiceResponse<EitherBody<B>> {
    let Some(failure) = failure_of(&reply) else {
        return reply;
    };
    if matches!(failure.kind(), ErrorKind::Internal | ErrorKind::Unavailable) {
        tracing::warn!(request_id = %id, kind = ?failure.kind(), "request failed");
    }
    let (request, old) = reply.into_parts();
    let mut new = HttpResponseBuilder::new(match format {
        // Whatever made the failure chose its page status; only Invalid differs by format.
        Format::Page => old.status(),
        Format::Fhir | Format::Json => status(failure.kind(), format),
    });
    for (name, value) in old.headers() {
        if name != CONTENT_TYPE {
            new.insert_header((name.clone(), value.clone()));
        }
    }
    let body = match format {
        Format::Fhir => new
            .content_type("application/fhir+json")
            .body(failure.operation_outcome(id)),
        Format::Json => new
            .content_type("application/problem+json")
            .body(failure.problem_json(id)),
        Format::Page => failure_page(&failure, web, &request, id, new),
    };
    ServiceResponse::new(request, body).map_into_right_body()
}

fn failure_page(
    failure: &Failure,
    web: &web::Data<Web>,
    request: &actix_web::HttpRequest,
    id: Uuid,
    mut new: HttpResponseBuilder,
) -> HttpResponse {
    let at = clinical_date_time(web.now());
    let body = failure.body(id, at, web.part.help_telephone.as_deref());
    let page = Shell::of(request, web)
        .page(failure.title())
        .single_message()
        .html(&body);
    match page {
        Ok(html) => new.content_type("text/html; charset=utf-8").body(html),
        Err(_) => new
            .content_type("text/plain; charset=utf-8")
            .body("Something went wrong in Tarn."),
    }
}

/// The failure behind a reply. An error that is not ours (a path that does not parse, a payload
/// that broke off) becomes the failure of its status.
fn failure_of<B>(reply: &ServiceResponse<B>) -> Option<Failure> {
    let error = reply.response().error()?;
    if let Some(failure) = error.as_error::<Failure>() {
        return Some(failure.clone());
    }
    let kind = match reply.status().as_u16() {
        300..=399 => return None,
        404 | 405 => ErrorKind::NotFound,
        401 | 403 => ErrorKind::Denied,
        409 => ErrorKind::Conflict,
        400..=499 => ErrorKind::Invalid,
        503 | 504 => ErrorKind::Unavailable,
        _ => ErrorKind::Internal,
    };
    Some(Failure::of(kind))
}

fn add_headers(headers: &mut HeaderMap, part: &Part, id: Uuid, is_asset: bool) {
    let mut put = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    put("content-security-policy", &content_security_policy(part));
    put("referrer-policy", "no-referrer");
    put("x-content-type-options", "nosniff");
    put("cross-origin-opener-policy", "same-origin");
    put("cross-origin-resource-policy", "same-origin");
    put(
        "permissions-policy",
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    );
    put("x-request-id", &id.to_string());
    if part.is_tls() {
        put(
            "strict-transport-security",
            "max-age=63072000; includeSubDomains",
        );
    }
    // A file's own long life stands only where the file was found.
    if !(is_asset && headers.contains_key(CACHE_CONTROL)) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

/// Nothing from elsewhere, nothing inline, no frame, no other base. Where people sign in is
/// allowed as a form's target, since browsers check where a post is redirected to.
fn content_security_policy(part: &Part) -> String {
    let mut form_action = "'self'".to_owned();
    for origin in &part.sign_in_origins {
        form_action.push(' ');
        form_action.push_str(origin);
    }
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
         form-action {form_action}; frame-ancestors 'none'; base-uri 'none'"
    )
}
