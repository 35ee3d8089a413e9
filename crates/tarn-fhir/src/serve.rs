//! From a request to its offer, and back.

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, Resource, web};
use uuid::Uuid;

use crate::answer::Answer;
use crate::api::{Api, Work};
use crate::asked::{Asked, Conditions, Prefer, parameters};
use crate::caller::Caller;
use crate::form::{self, Takes};
use crate::refusal::{Kind, Refusal};
use crate::registry::{BASE, OFFERS, Offer, Verb, is_offered};
use crate::{body, every_request};

/// Id of a request, put there by [`crate::every_request`].
#[derive(Clone, Copy)]
pub(crate) struct RequestId(pub(crate) Uuid);

/// One resource of the web framework for each path, with all of its methods.
pub(crate) fn resources() -> Vec<Resource> {
    let mut paths: Vec<&'static str> = Vec::new();
    for offer in OFFERS {
        if !paths.contains(&offer.path) {
            paths.push(offer.path);
        }
    }
    paths.into_iter().map(resource).collect()
}

fn resource(path: &'static str) -> Resource {
    let pattern = path
        .replace("{type}", "{type:[A-Z][A-Za-z]*}")
        .replace("{id}", "{id:[A-Za-z0-9.-]{1,64}}");
    let mut resource = web::resource(format!("{BASE}{pattern}"));
    for offer in OFFERS.iter().filter(|offer| offer.path == path) {
        let handler = move |request: HttpRequest, payload: web::Payload, api: web::Data<Api>| {
            answer(offer, request, payload.into_inner(), api)
        };
        if offer.verb == Verb::Get {
            resource = resource.route(web::head().to(handler));
        }
        resource = resource.route(web::method(method(offer.verb)).to(handler));
    }
    resource.default_service(web::route().to(no_such_method))
}

const fn method(verb: Verb) -> Method {
    match verb {
        Verb::Get => Method::GET,
        Verb::Post => Method::POST,
        Verb::Put => Method::PUT,
        Verb::Patch => Method::PATCH,
        Verb::Delete => Method::DELETE,
    }
}

async fn answer(
    offer: &'static Offer,
    request: HttpRequest,
    payload: Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    let answer = match carry_out(offer, &request, payload, &api).await {
        Ok(answer) => answer,
        Err(refusal) => refusal.answer(),
    };
    answer.into_http(&api.base_url)
}

/// Checks who asks before anything else is looked at, then reads what is asked, then does it.
async fn carry_out(
    offer: &'static Offer,
    request: &HttpRequest,
    payload: Payload,
    api: &Api,
) -> Result<Answer, Refusal> {
    let id = request.extensions().get::<RequestId>().map(|id| id.0);
    let id = id.unwrap_or_else(|| api.uuid());
    let caller = Caller::of(request, &*api.tokens, &*api.clock, id).await?;
    let asked = read(offer, request, payload).await?;
    let work = Work {
        api,
        caller: &caller,
        asked,
    };
    (offer.run)(&work).await
}

async fn read(
    offer: &'static Offer,
    request: &HttpRequest,
    payload: Payload,
) -> Result<Asked, Refusal> {
    let part = |name: &str| {
        request
            .match_info()
            .get(name)
            .unwrap_or_default()
            .to_owned()
    };
    let mut asked = Asked {
        resource_type: type_of(offer, &part("type")),
        id: part("id"),
        version: part("version"),
        parameters: parameters(request.query_string()),
        conditions: Conditions::of(request.headers()),
        prefer: Prefer::of(request),
        body: String::new(),
    };
    check_type(&asked)?;
    let format = asked.once("_format")?.map(str::to_owned);
    form::acceptable(request, format.as_deref())?;
    form::taken(request, offer.takes)?;
    let body = body::read(request, payload, offer.takes).await?;
    if offer.takes == Takes::Form {
        asked.parameters.extend(parameters(&body));
    } else {
        asked.body = body;
    }
    strip_form(&mut asked);
    Ok(asked)
}

/// The type that an offer's path names, in its pattern or outright.
pub(crate) fn type_of(offer: &Offer, part: &str) -> String {
    if offer.path.starts_with("/Patient/") {
        return "Patient".to_owned();
    }
    part.to_owned()
}

/// A type that is not offered is an address that does not exist.
pub(crate) fn check_type(asked: &Asked) -> Result<(), Refusal> {
    if asked.resource_type.is_empty() || is_offered(&asked.resource_type) {
        return Ok(());
    }
    Err(Refusal::new(
        Kind::NotFound,
        "This resource type is not offered.",
    ))
}

/// Takes out the parameters that say how the answer is written.
pub(crate) fn strip_form(asked: &mut Asked) {
    asked
        .parameters
        .retain(|(name, _)| !matches!(name.as_str(), "_format" | "_pretty"));
}

async fn no_such_method(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    // A browser asks first whether a page of another origin may call; the headers that say so
    // are added for the origins that are allowed.
    if request.method() == Method::OPTIONS
        && every_request::allowed_origin(&api, request.headers()).is_some()
    {
        return HttpResponse::NoContent().finish();
    }
    Refusal::new(Kind::Method, "This method is not offered here.")
        .answer()
        .into_http(&api.base_url)
}

/// The answer for every address that is none of the interface's.
pub(crate) async fn nowhere(api: web::Data<Api>) -> HttpResponse {
    Refusal::not_found().answer().into_http(&api.base_url)
}
