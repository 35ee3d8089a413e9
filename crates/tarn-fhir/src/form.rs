//! In which form things are sent and taken: JSON, and nothing else (decision 0009).

use actix_web::HttpRequest;
use actix_web::http::header::{ACCEPT, CONTENT_TYPE};

use crate::refusal::{Kind, Refusal};

/// Words for FHIR's JSON, as media types and as values of `_format`.
const JSON: &[&str] = &[
    "application/fhir+json",
    "application/json",
    "text/json",
    "json",
];

/// What the body of a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Takes {
    /// No body is read.
    Nothing,
    /// One resource.
    Resource,
    /// A Bundle.
    Bundle,
    /// A JSON Patch.
    Patch,
    /// A form of search parameters.
    Form,
    /// A Parameters resource, or nothing.
    Parameters,
}

/// Checks that the answer can be had in a form that the caller takes. `_format` goes before
/// `Accept`, as FHIR has it.
pub(crate) fn acceptable(request: &HttpRequest, format: Option<&str>) -> Result<(), Refusal> {
    let refused = || {
        Err(Refusal::new(
            Kind::NotAcceptable,
            "Answers are JSON only: ask for application/fhir+json. XML is not offered.",
        ))
    };
    if let Some(format) = format {
        // `+` in an address is a space to a form's reader.
        let format = format.replace(' ', "+");
        return if is_json(&format) { Ok(()) } else { refused() };
    }
    let mut named = false;
    for value in request.headers().get_all(ACCEPT) {
        for range in value.to_str().unwrap_or_default().split(',') {
            named = true;
            if is_json(range) || is_any(range) {
                return Ok(());
            }
        }
    }
    if named { refused() } else { Ok(()) }
}

/// Checks the type of a body that is taken.
pub(crate) fn taken(request: &HttpRequest, takes: Takes) -> Result<(), Refusal> {
    let header = request.headers().get(CONTENT_TYPE);
    let content_type = header.and_then(|value| value.to_str().ok());
    let bare = bare(content_type.unwrap_or_default());
    let (right, words) = match takes {
        Takes::Nothing => (true, ""),
        Takes::Resource | Takes::Bundle => (
            is_json(content_type.unwrap_or_default()),
            "The body is taken as application/fhir+json. XML is not taken.",
        ),
        Takes::Parameters => (
            content_type.is_none() || is_json(content_type.unwrap_or_default()),
            "The body is a Parameters resource, as application/fhir+json.",
        ),
        Takes::Patch => (
            bare == "application/json-patch+json",
            "A patch is taken as application/json-patch+json. FHIRPath Patch and XML Patch are not offered.",
        ),
        Takes::Form => (
            content_type.is_none() || bare == "application/x-www-form-urlencoded",
            "Search parameters are taken as application/x-www-form-urlencoded.",
        ),
    };
    if right {
        return Ok(());
    }
    Err(Refusal::new(Kind::UnsupportedMedia, words))
}

/// `application/fhir+json; fhirVersion=4.0; q=0.9` without what follows the type.
fn bare(range: &str) -> String {
    let name = range.split(';').next().unwrap_or_default();
    name.trim().to_ascii_lowercase()
}

/// JSON of this release of FHIR, not ruled out by `q=0`.
fn is_json(range: &str) -> bool {
    JSON.contains(&bare(range).as_str()) && !is_ruled_out(range)
}

fn is_any(range: &str) -> bool {
    matches!(bare(range).as_str(), "*/*" | "application/*") && !is_ruled_out(range)
}

fn is_ruled_out(range: &str) -> bool {
    range
        .split(';')
        .skip(1)
        .any(|parameter| match parameter.trim().split_once('=') {
            Some((name, version)) if name.eq_ignore_ascii_case("fhirversion") => {
                !version.trim_matches('"').starts_with("4.0")
            }
            Some((name, weight)) if name.eq_ignore_ascii_case("q") => {
                weight.parse::<f32>().is_ok_and(|weight| weight <= 0.0)
            }
            _ => false,
        })
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn json_is_sent_to_whoever_takes_it() {
        let check = |accept: Option<&str>, format: Option<&str>, right: bool| {
            let mut request = TestRequest::default();
            if let Some(accept) = accept {
                request = request.insert_header((ACCEPT, accept));
            }
            let answer = acceptable(&request.to_http_request(), format);
            assert_eq!(answer.is_ok(), right, "{accept:?} {format:?}");
        };
        check(None, None, true);
        check(Some("*/*"), None, true);
        check(Some("application/fhir+json; fhirVersion=4.0"), None, true);
        check(Some("application/fhir+json; fhirVersion=5.0"), None, false);
        check(Some("application/fhir+xml, text/json;q=0.1"), None, true);
        check(Some("application/fhir+xml"), None, false);
        check(Some("application/json;q=0"), None, false);
        check(Some("text/html"), Some("json"), true);
        check(Some("*/*"), Some("xml"), false);
        check(None, Some("application/fhir json"), true);
    }

    #[test]
    fn a_body_of_another_form_is_not_taken() {
        let check = |content_type: Option<&str>, takes: Takes, right: bool| {
            let mut request = TestRequest::default();
            if let Some(content_type) = content_type {
                request = request.insert_header((CONTENT_TYPE, content_type));
            }
            let answer = taken(&request.to_http_request(), takes);
            assert_eq!(answer.is_ok(), right, "{content_type:?} {takes:?}");
        };
        check(
            Some("application/fhir+json; charset=utf-8"),
            Takes::Resource,
            true,
        );
        check(Some("application/fhir+xml"), Takes::Resource, false);
        check(None, Takes::Resource, false);
        check(None, Takes::Parameters, true);
        check(Some("application/json-patch+json"), Takes::Patch, true);
        check(Some("application/fhir+json"), Takes::Patch, false);
        check(Some("application/x-www-form-urlencoded"), Takes::Form, true);
        check(Some("application/fhir+json"), Takes::Form, false);
    }
}
