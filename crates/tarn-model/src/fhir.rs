//! A bounded look at a FHIR R4 resource, without a model of it.
//!
//! A resource is handled as the JSON text its source sent. [`Resource::parse`] refuses what is
//! too large or too deep *before* a JSON parser sees it (a stack overflow would end the process),
//! and then gives the few members that every store needs. Unknown elements, extensions on
//! primitives (`_birthDate`) and the digits of decimals are untouched, because nothing is
//! rewritten.

use serde_json::Value;

/// How large and how deep a JSON text may be. Both stand in front of the parser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Longest text, in bytes.
    pub size_bytes: usize,
    /// Deepest nesting of arrays and objects.
    pub depth: usize,
}

impl Limits {
    /// One resource: 16 MiB, 64 deep.
    pub const RESOURCE: Self = Self {
        size_bytes: 16 << 20,
        depth: 64,
    };
    /// One Bundle: 256 MiB, and the resource depth plus the Bundle's own.
    pub const BUNDLE: Self = Self {
        size_bytes: 256 << 20,
        depth: 68,
    };
}

/// Why a text is not a FHIR resource. No text repeats what was sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// Longer than the limit.
    #[error("{size_bytes} bytes, more than the {limit_bytes} allowed")]
    TooLarge {
        /// The text's length.
        size_bytes: usize,
        /// The limit.
        limit_bytes: usize,
    },
    /// Nested deeper than the limit.
    #[error("nested more than {limit} levels deep")]
    TooDeep {
        /// The limit.
        limit: usize,
    },
    /// Not JSON.
    #[error("not JSON: {problem} at line {line}, column {column}")]
    NotJson {
        /// What kind of fault: syntax, end of text, …
        problem: &'static str,
        /// Line of the fault, from 1.
        line: usize,
        /// Column of the fault, from 1.
        column: usize,
    },
    /// JSON, but not a FHIR resource.
    #[error("not a FHIR resource: {problem}")]
    NotResource {
        /// What is missing or wrong.
        problem: &'static str,
    },
}

/// A parsed resource beside the exact text it came from.
#[derive(Debug, Clone)]
pub struct Resource<'a> {
    /// The text as it was sent.
    pub text: &'a str,
    /// The same, parsed; decimals keep their digits.
    pub value: Value,
}

impl<'a> Resource<'a> {
    /// Checks the limits, parses, and checks that it is an object with a `resourceType`.
    ///
    /// # Errors
    /// [`EnvelopeError`] says which of these failed.
    ///
    /// # Example
    /// ```
    /// use tarn_model::fhir::{Limits, Resource};
    /// let text = r#"{"resourceType":"Patient","id":"a","_birthDate":{"id":"x"}}"#;
    /// let patient = Resource::parse(text, Limits::RESOURCE).unwrap();
    /// assert_eq!((patient.resource_type(), patient.id()), ("Patient", Some("a")));
    /// ```
    pub fn parse(text: &'a str, limits: Limits) -> Result<Self, EnvelopeError> {
        check_limits(text.as_bytes(), limits)?;
        let value: Value = serde_json::from_str(text).map_err(|error| not_json(&error))?;
        let Some(object) = value.as_object() else {
            return Err(EnvelopeError::NotResource {
                problem: "it is not a JSON object",
            });
        };
        let named = object
            .get("resourceType")
            .and_then(Value::as_str)
            .is_some_and(is_type_name);
        if !named {
            return Err(EnvelopeError::NotResource {
                problem: "it has no resourceType",
            });
        }
        Ok(Self { text, value })
    }

    /// The `resourceType`.
    #[must_use]
    pub fn resource_type(&self) -> &str {
        self.value
            .get("resourceType")
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// The `id` that its sender gave it.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.value.get("id").and_then(Value::as_str)
    }
}

/// Turns a JSON parser's error into one that repeats nothing of the text.
#[must_use]
pub fn not_json(error: &serde_json::Error) -> EnvelopeError {
    use serde_json::error::Category;
    let problem = match error.classify() {
        Category::Syntax => "syntax error",
        Category::Eof => "the text ends too early",
        Category::Data => "a value of the wrong kind",
        Category::Io => "it could not be read",
    };
    EnvelopeError::NotJson {
        problem,
        line: error.line(),
        column: error.column(),
    }
}

/// Checks size and nesting in one pass over the bytes, without parsing and without recursion.
///
/// Text inside JSON strings is skipped, so brackets in a letter's text do not count. A text that
/// is not JSON may pass; the parser that follows refuses it.
///
/// # Errors
/// [`EnvelopeError::TooLarge`] or [`EnvelopeError::TooDeep`].
pub fn check_limits(bytes: &[u8], limits: Limits) -> Result<(), EnvelopeError> {
    if bytes.len() > limits.size_bytes {
        return Err(EnvelopeError::TooLarge {
            size_bytes: bytes.len(),
            limit_bytes: limits.size_bytes,
        });
    }
    let (mut depth, mut in_string, mut escaped) = (0usize, false, false);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => {
                depth += 1;
                if depth > limits.depth {
                    return Err(EnvelopeError::TooDeep {
                        limit: limits.depth,
                    });
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}

fn is_type_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deep_bomb_is_refused_before_it_is_parsed() {
        let bomb = "[".repeat(1_000_000);
        let refused = Resource::parse(&bomb, Limits::RESOURCE).unwrap_err();
        assert_eq!(refused, EnvelopeError::TooDeep { limit: 64 });
    }

    #[test]
    fn brackets_inside_text_do_not_count() {
        let text = format!(
            r#"{{"resourceType":"Basic","x":"{}\"{}"}}"#,
            "[".repeat(500),
            "{".repeat(500)
        );
        assert!(Resource::parse(&text, Limits::RESOURCE).is_ok());
    }

    #[test]
    fn digits_of_a_decimal_are_kept() {
        let text = r#"{"resourceType":"Observation","valueQuantity":{"value":1.50}}"#;
        let resource = Resource::parse(text, Limits::RESOURCE).unwrap();
        assert_eq!(serde_json::to_string(&resource.value).unwrap(), text);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_answered(text in ".{0,400}") {
            let _ = Resource::parse(&text, Limits { size_bytes: 200, depth: 4 });
        }
    }
}
