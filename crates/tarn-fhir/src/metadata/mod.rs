//! What the interface says of itself. Made once, at the start, from the registries.

mod capability;
mod openapi;
mod smart;

use actix_web::http::header::{CACHE_CONTROL, ETAG, IF_NONE_MATCH};
use actix_web::{HttpRequest, HttpResponse, web};
use sha2::{Digest as _, Sha256};

use crate::answer::FHIR_JSON;
use crate::api::{Api, Settings};
use crate::form;

/// The documents, each with its tag.
pub(crate) struct Documents {
    capability: Document,
    smart: Document,
    openapi: Document,
}

struct Document {
    text: String,
    tag: String,
    content_type: &'static str,
}

impl Documents {
    pub(crate) fn of(settings: &Settings, base_url: &str) -> Self {
        Self {
            capability: Document::new(capability::statement(settings, base_url), FHIR_JSON),
            smart: Document::new(smart::configuration(settings), "application/json"),
            openapi: Document::new(openapi::document(settings, base_url), "application/json"),
        }
    }
}

impl Document {
    fn new(value: serde_json::Value, content_type: &'static str) -> Self {
        let text = value.to_string();
        let digest = Sha256::digest(&text);
        let tag = format!("\"{}\"", hex::encode(digest.get(..12).unwrap_or_default()));
        Self {
            text,
            tag,
            content_type,
        }
    }

    /// It is the same for everybody and changes with a release: it may be kept, and asked again.
    fn reply(&self, request: &HttpRequest) -> HttpResponse {
        let known = request.headers().get(IF_NONE_MATCH);
        let known = known.and_then(|value| value.to_str().ok());
        let mut reply = match known {
            Some(tags) if tags.split(',').any(|tag| tag.trim() == self.tag) => {
                HttpResponse::NotModified()
            }
            _ => HttpResponse::Ok(),
        };
        reply.insert_header((ETAG, self.tag.clone()));
        reply.insert_header((CACHE_CONTROL, "no-cache"));
        reply
            .content_type(self.content_type)
            .body(self.text.clone())
    }
}

/// `GET metadata`.
pub(crate) async fn capability(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    let query = crate::asked::parameters(request.query_string());
    let format = query.iter().find(|(name, _)| name == "_format");
    match form::acceptable(&request, format.map(|(_, value)| value.as_str())) {
        Ok(()) => api.documents.capability.reply(&request),
        Err(refusal) => refusal.answer().into_http(&api.base_url),
    }
}

/// `GET .well-known/smart-configuration`.
pub(crate) async fn smart(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.documents.smart.reply(&request)
}

/// `GET openapi.json`.
pub(crate) async fn openapi(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.documents.openapi.reply(&request)
}
