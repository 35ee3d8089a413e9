//! A Parameters resource as the body of an operation.

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::refusal::{Kind, Refusal};

/// What a Parameters resource holds: simple values as text, resources as they are.
#[derive(Default)]
pub(crate) struct Parameters<'a> {
    pub(crate) values: Vec<(String, String)>,
    pub(crate) resources: Vec<(String, &'a str)>,
}

#[derive(Deserialize)]
struct Sent<'a> {
    #[serde(rename = "resourceType")]
    resource_type: String,
    #[serde(borrow, default)]
    parameter: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct SentOne<'a> {
    name: String,
    #[serde(borrow)]
    resource: Option<&'a RawValue>,
}

impl<'a> Parameters<'a> {
    /// Reads a body; an empty one has no parameters.
    pub(crate) fn read(body: &'a str) -> Result<Self, Refusal> {
        if body.trim().is_empty() {
            return Ok(Self::default());
        }
        let wrong = || Refusal::new(Kind::Structure, "The body is not a Parameters resource.");
        let sent: Sent<'a> = serde_json::from_str(body).map_err(|_| wrong())?;
        if sent.resource_type != "Parameters" {
            return Err(wrong());
        }
        let mut read = Self::default();
        for one in sent.parameter {
            let named: SentOne<'a> = serde_json::from_str(one.get()).map_err(|_| wrong())?;
            match named.resource {
                Some(resource) => read.resources.push((named.name, resource.get())),
                None => {
                    let members: Map<String, Value> =
                        serde_json::from_str(one.get()).map_err(|_| wrong())?;
                    let value = value(&members).ok_or_else(wrong)?;
                    read.values.push((named.name, value));
                }
            }
        }
        Ok(read)
    }
}

/// `value[x]` as it would stand in an address.
fn value(members: &Map<String, Value>) -> Option<String> {
    let mut values = members.iter().filter(|(key, _)| key.starts_with("value"));
    let (_, value) = values.next()?;
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::Object(reference) => reference
            .get("reference")
            .and_then(Value::as_str)
            .map(str::to_owned),
        Value::Null | Value::Array(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_in_an_address() {
        let body = r#"{"resourceType":"Parameters","parameter":[
            {"name":"_count","valueInteger":5},
            {"name":"patient","valueReference":{"reference":"Patient/1"}},
            {"name":"resource","resource":{"resourceType":"Patient", "x":1.50}}]}"#;
        let read = Parameters::read(body).unwrap_or_default();
        assert_eq!(
            read.values,
            [
                ("_count".to_owned(), "5".to_owned()),
                ("patient".to_owned(), "Patient/1".to_owned())
            ]
        );
        assert_eq!(
            read.resources[0].1,
            r#"{"resourceType":"Patient", "x":1.50}"#
        );
        assert!(Parameters::read(r#"{"resourceType":"Patient"}"#).is_err());
        assert!(Parameters::read("[1]").is_err());
        assert!(Parameters::read(" ").is_ok_and(|read| read.values.is_empty()));
    }
}
