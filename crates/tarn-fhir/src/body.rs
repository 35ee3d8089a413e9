//! Reading a body within its limits, before anything parses it.

use actix_web::HttpRequest;
use actix_web::dev::{Decompress, Payload};
use actix_web::http::header::CONTENT_ENCODING;
use futures_util::StreamExt as _;
use tarn_model::fhir::{Limits, check_limits};

use crate::form::Takes;
use crate::refusal::{Kind, Refusal};

/// The largest body of each kind, after it is unpacked.
const fn limits(takes: Takes) -> Limits {
    match takes {
        Takes::Nothing => Limits {
            size_bytes: 0,
            depth: 0,
        },
        Takes::Resource => Limits::RESOURCE,
        Takes::Bundle => Limits {
            size_bytes: 64 << 20,
            ..Limits::BUNDLE
        },
        Takes::Patch | Takes::Parameters => Limits {
            size_bytes: 1 << 20,
            depth: 64,
        },
        Takes::Form => Limits {
            size_bytes: 64 << 10,
            depth: usize::MAX,
        },
    }
}

/// The body's text. It may be gzip; the limit holds for what comes out of it, as it comes out.
pub(crate) async fn read(
    request: &HttpRequest,
    payload: Payload,
    takes: Takes,
) -> Result<String, Refusal> {
    if takes == Takes::Nothing {
        return Ok(String::new());
    }
    let encoding = request.headers().get(CONTENT_ENCODING);
    let encoding = encoding.map(|value| value.to_str().unwrap_or_default());
    if !matches!(encoding, None | Some("identity" | "gzip")) {
        let words = "A body is taken as it is or as gzip.";
        return Err(Refusal::new(Kind::UnsupportedMedia, words));
    }
    let limits = limits(takes);
    let mut bytes = Vec::new();
    let mut unpacked = Decompress::from_headers(payload, request.headers());
    while let Some(part) = unpacked.next().await {
        let part =
            part.map_err(|_| Refusal::invalid("The body broke off or can't be unpacked."))?;
        if bytes.len().saturating_add(part.len()) > limits.size_bytes {
            return Err(Refusal::new(
                Kind::TooLarge,
                format!("At most {} bytes are taken here.", limits.size_bytes),
            ));
        }
        bytes.extend_from_slice(&part);
    }
    check_limits(&bytes, limits)?;
    String::from_utf8(bytes).map_err(|_| Refusal::new(Kind::Structure, "The body is not UTF-8."))
}
