//! What goes back, before it becomes HTTP or an entry of a batch's answer.

use std::io;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::web::Bytes;
use futures_util::stream::{LocalBoxStream, Stream};
use tarn_model::Timestamp;

/// The form of every resource that is sent.
pub(crate) const FHIR_JSON: &str = "application/fhir+json";

/// An answer. Its body is text that the door gave out, or text about the interface itself.
pub(crate) struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    content_type: &'static str,
    body: Option<String>,
    /// A file of an export as it is read, instead of a body.
    stream: Option<LocalBoxStream<'static, io::Result<Bytes>>>,
    /// The version that `ETag` names, as a batch's answer repeats it.
    pub(crate) version: Option<i64>,
    /// When it was stored.
    pub(crate) updated_at: Option<Timestamp>,
    /// Where it is, below the base: `Observation/1/_history/2`.
    pub(crate) location: Option<String>,
}

impl Answer {
    pub(crate) const fn of(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            content_type: FHIR_JSON,
            body: None,
            stream: None,
            version: None,
            updated_at: None,
            location: None,
        }
    }

    /// With a resource as its body.
    pub(crate) fn json(mut self, body: String) -> Self {
        self.body = Some(body);
        self
    }

    /// With a file as its body.
    pub(crate) fn stream(
        mut self,
        stream: impl Stream<Item = io::Result<Bytes>> + 'static,
    ) -> Self {
        self.stream = Some(Box::pin(stream));
        self
    }

    pub(crate) fn content_type(mut self, content_type: &'static str) -> Self {
        self.content_type = content_type;
        self
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// With the version that the answer is about.
    pub(crate) fn version(mut self, version: i64, updated_at: Timestamp) -> Self {
        self.version = Some(version);
        self.updated_at = Some(updated_at);
        self
    }

    /// With the place of what was written, below the base.
    pub(crate) fn location(mut self, location: String) -> Self {
        self.location = Some(location);
        self
    }

    pub(crate) const fn status(&self) -> u16 {
        self.status
    }

    pub(crate) fn body(&self) -> Option<&str> {
        self.body.as_deref()
    }

    /// As a reply below `base_url`.
    pub(crate) fn into_http(self, base_url: &str) -> HttpResponse {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut reply = HttpResponse::build(status);
        if let Some(version) = self.version {
            reply.insert_header(("ETag", format!("W/\"{version}\"")));
        }
        if let Some(at) = self.updated_at {
            reply.insert_header(("Last-Modified", httpdate::fmt_http_date(system_time(at))));
        }
        if let Some(location) = &self.location {
            reply.insert_header(("Location", format!("{base_url}/{location}")));
        }
        for (name, value) in &self.headers {
            if let Ok(value) = HeaderValue::from_str(value) {
                reply.insert_header((HeaderName::from_static(name), value));
            }
        }
        if let Some(stream) = self.stream {
            return reply.content_type(self.content_type).streaming(stream);
        }
        match self.body {
            Some(body) => reply.content_type(self.content_type).body(body),
            None => reply.finish(),
        }
    }
}

/// Without the body, which may be content.
impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answer")
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// The moment in the whole seconds that HTTP knows.
pub(crate) fn system_time(at: Timestamp) -> std::time::SystemTime {
    let seconds = u64::try_from(at.as_micros() / 1_000_000).unwrap_or_default();
    std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds)
}
