//! What is asked for, whether it came as a request of its own or as an entry of a batch.

use actix_web::HttpRequest;
use actix_web::http::header::HeaderMap;
use tarn_model::Timestamp;

use crate::refusal::{Kind, Refusal};

/// Parameters with their values, in the order they came.
pub(crate) type Parameters = Vec<(String, String)>;

/// What is asked for.
#[derive(Default)]
pub(crate) struct Asked {
    /// The type in the path; empty at the level of the whole system.
    pub(crate) resource_type: String,
    /// The id in the path.
    pub(crate) id: String,
    /// The version in the path, as it was written.
    pub(crate) version: String,
    /// Parameters of the address and of a form, decoded, in order; without those that say how
    /// the answer is written.
    pub(crate) parameters: Parameters,
    /// Conditions in the headers.
    pub(crate) conditions: Conditions,
    /// What the caller prefers.
    pub(crate) prefer: Prefer,
    /// The body.
    pub(crate) body: String,
}

/// Conditions of a request.
#[derive(Default)]
pub(crate) struct Conditions {
    pub(crate) if_match: Option<String>,
    pub(crate) if_none_match: Option<String>,
    pub(crate) if_none_exist: Option<String>,
    pub(crate) if_modified_since: Option<String>,
}

/// The `Prefer` header (RFC 7240, FHIR R4 "Managing Return Content").
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Prefer {
    pub(crate) returning: Option<Returning>,
    pub(crate) lenient: bool,
    pub(crate) respond_async: bool,
}

/// What the answer to a write holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Returning {
    Minimal,
    Representation,
    OperationOutcome,
}

impl Asked {
    /// The value of a parameter that may stand once.
    ///
    /// # Errors
    /// [`Kind::Invalid`] if it stands twice.
    pub(crate) fn once(&self, name: &str) -> Result<Option<&str>, Refusal> {
        let mut values = self.parameters.iter().filter(|(key, _)| key == name);
        let first = values.next().map(|(_, value)| value.as_str());
        match values.next() {
            None => Ok(first),
            Some(_) => Err(Refusal::invalid(format!(
                "The parameter `{name}` may stand once."
            ))),
        }
    }

    /// Refuses parameters that are not in `known`, unless the caller asked to be lenient. Only a
    /// name that looks like one is repeated: what was typed in the wrong place may be a value.
    pub(crate) fn only(&self, known: &[&str]) -> Result<(), Refusal> {
        if self.prefer.lenient {
            return Ok(());
        }
        let mut names = self.parameters.iter().map(|(name, _)| name.as_str());
        match names.find(|name| !known.contains(name)) {
            None => Ok(()),
            Some(_) => Err(Refusal::new(
                Kind::NotSupported,
                if known.is_empty() {
                    "No parameters are taken here.".to_owned()
                } else {
                    format!(
                        "Only these parameters are taken here: {}.",
                        known.join(", ")
                    )
                },
            )),
        }
    }

    /// `_since` or another parameter that is an instant.
    pub(crate) fn instant(&self, name: &str) -> Result<Option<Timestamp>, Refusal> {
        let Some(text) = self.once(name)? else {
            return Ok(None);
        };
        match tarn_model::parse_fhir_date(text) {
            Some((at, _)) => Ok(Some(at)),
            None => Err(Refusal::invalid(format!("`{name}` is not an instant."))),
        }
    }

    /// `_count`, within `most`.
    pub(crate) fn count(&self, usual: usize, most: usize) -> Result<usize, Refusal> {
        let Some(text) = self.once("_count")? else {
            return Ok(usual);
        };
        match text.parse::<usize>() {
            Ok(count) if count > 0 => Ok(count.min(most)),
            _ => Err(Refusal::invalid("`_count` is a whole number from 1.")),
        }
    }

    /// `_type`: names of resource types, with commas or repeated.
    pub(crate) fn types(&self) -> Result<Vec<String>, Refusal> {
        let named = self.parameters.iter().filter(|(name, _)| name == "_type");
        let mut types = Vec::new();
        for name in named.flat_map(|(_, value)| value.split(',')) {
            if !tarn_search::registry::is_resource_type(name) {
                return Err(Refusal::invalid("`_type` names something that is no type."));
            }
            if !types.iter().any(|known| known == name) {
                types.push(name.to_owned());
            }
        }
        Ok(types)
    }
}

impl Conditions {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let text = |name: &str| {
            let value = headers.get(name).and_then(|value| value.to_str().ok());
            value.map(str::to_owned)
        };
        Self {
            if_match: text("if-match"),
            if_none_match: text("if-none-match"),
            if_none_exist: text("if-none-exist"),
            if_modified_since: text("if-modified-since"),
        }
    }

    /// The version that `If-Match` names. FHIR knows one weak tag; a list or `*` is refused, since
    /// to ignore it would be to write without the condition.
    pub(crate) fn matched_version(&self) -> Result<Option<i64>, Refusal> {
        let Some(text) = &self.if_match else {
            return Ok(None);
        };
        match version_of_tag(text) {
            Some(version) => Ok(Some(version)),
            None => Err(Refusal::invalid(
                "`If-Match` is one version, written W/\"3\".",
            )),
        }
    }

    /// Whether the caller has this version already (RFC 9110 §13.1.2 and §13.1.3: a tag goes
    /// before a date).
    pub(crate) fn is_unchanged(&self, version: i64, updated_at: Timestamp) -> bool {
        if let Some(tags) = &self.if_none_match {
            return tags.trim() == "*"
                || tags
                    .split(',')
                    .any(|tag| version_of_tag(tag) == Some(version));
        }
        let since = self.if_modified_since.as_deref();
        since
            .and_then(|since| httpdate::parse_http_date(since).ok())
            .is_some_and(|since| crate::answer::system_time(updated_at) <= since)
    }
}

/// `W/"3"`, or `"3"` as some clients write it.
pub(crate) fn version_of_tag(tag: &str) -> Option<i64> {
    let tag = tag.trim();
    let tag = tag.strip_prefix("W/").unwrap_or(tag);
    let version = tag.strip_prefix('"')?.strip_suffix('"')?;
    version.parse().ok().filter(|version| *version > 0)
}

impl Prefer {
    /// What is not understood is no preference (RFC 7240 §2).
    pub(crate) fn of(request: &HttpRequest) -> Self {
        let mut prefer = Self::default();
        for value in request.headers().get_all("prefer") {
            let Ok(text) = value.to_str() else { continue };
            for word in text.split([',', ';']) {
                prefer.take(word.trim());
            }
        }
        prefer
    }

    fn take(&mut self, word: &str) {
        match word {
            "return=minimal" => self.returning = Some(Returning::Minimal),
            "return=representation" => self.returning = Some(Returning::Representation),
            "return=OperationOutcome" => self.returning = Some(Returning::OperationOutcome),
            "handling=lenient" => self.lenient = true,
            "handling=strict" => self.lenient = false,
            "respond-async" => self.respond_async = true,
            _ => {}
        }
    }
}

/// The parameters of an address or a form, decoded, in order.
pub(crate) fn parameters(text: &str) -> Parameters {
    url::form_urlencoded::parse(text.as_bytes())
        .into_owned()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_tag_is_read_strictly() {
        for (tag, version) in [
            ("W/\"3\"", Some(3)),
            (" \"12\" ", Some(12)),
            ("W/3", None),
            ("3", None),
            ("W/\"0\"", None),
            ("*", None),
            ("W/\"1\", W/\"2\"", None),
        ] {
            assert_eq!(version_of_tag(tag), version, "{tag}");
        }
    }

    #[test]
    fn a_tag_goes_before_a_date() {
        let at = Timestamp::from_micros(1_795_341_840_500_000);
        let unchanged = |if_none_match: Option<&str>, since: Option<&str>| {
            let conditions = Conditions {
                if_none_match: if_none_match.map(str::to_owned),
                if_modified_since: since.map(str::to_owned),
                ..Conditions::default()
            };
            conditions.is_unchanged(3, at)
        };
        let same = "Sun, 22 Nov 2026 10:04:00 GMT";
        assert!(unchanged(Some("W/\"1\", W/\"3\""), None));
        assert!(
            unchanged(None, Some(same)),
            "parts of a second do not count"
        );
        assert!(!unchanged(None, Some("Sun, 22 Nov 2026 10:03:59 GMT")));
        assert!(!unchanged(Some("W/\"2\""), Some(same)));
        assert!(!unchanged(None, Some("last Sunday")));
    }

    #[test]
    fn a_preference_that_is_not_understood_is_none() {
        let request = actix_web::test::TestRequest::default()
            .insert_header(("prefer", "return=minimal; handling=lenient, walk=slow"))
            .to_http_request();
        let prefer = Prefer::of(&request);
        assert_eq!(prefer.returning, Some(Returning::Minimal));
        assert!(prefer.lenient && !prefer.respond_async);
    }
}
