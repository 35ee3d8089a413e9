//! Taking search values out of FHIR elements, by kind of parameter and type of element.

use serde_json::Value;

use crate::codec::Writer;
use crate::decimal::Decimal;
use crate::fold::fold;
use crate::registry::ParameterType;
use crate::span::Span;
use crate::stored::{Quantity, Reference, Stored, Text, Token, Uri};

/// Writes the values that an element has under a parameter of this kind.
pub(crate) fn take(
    kind: ParameterType,
    element: &str,
    implied: bool,
    value: &Value,
    to: &mut Writer,
) {
    match kind {
        ParameterType::Token => token(element, implied, value, to),
        ParameterType::Reference => reference(element, value, to),
        ParameterType::Date => span(element, value).into_iter().for_each(|s| s.write(to)),
        ParameterType::String => string(element, value, to),
        ParameterType::Quantity => quantity(element, value)
            .into_iter()
            .for_each(|q| q.write(to)),
        ParameterType::Uri => value
            .as_str()
            .into_iter()
            .for_each(|uri| Uri(uri).write(to)),
        // Its components are taken one by one.
        ParameterType::Composite => {}
    }
}

/// Whether elements of this type have values under a parameter of this kind. An element that may
/// be of several types has values under some: a procedure performed at an age has no date.
pub(crate) fn is_taken(kind: ParameterType, element: &str) -> bool {
    match kind {
        ParameterType::Token => matches!(
            element,
            "CodeableConcept"
                | "Coding"
                | "Identifier"
                | "ContactPoint"
                | "code"
                | "boolean"
                | "string"
                | "id"
                | "uri"
        ),
        ParameterType::Reference => matches!(element, "Reference" | "canonical" | "uri"),
        ParameterType::Date => matches!(
            element,
            "date" | "dateTime" | "instant" | "Period" | "Timing"
        ),
        ParameterType::String => matches!(element, "string" | "markdown" | "HumanName" | "Address"),
        ParameterType::Quantity => matches!(element, "Quantity" | "Age" | "Duration" | "Range"),
        ParameterType::Uri => matches!(element, "uri" | "url" | "canonical"),
        ParameterType::Composite => false,
    }
}

/// Writes whether something holds, as a token.
pub(crate) fn holds(yes: bool, to: &mut Writer) {
    let code = Some(if yes { "true" } else { "false" });
    Token {
        code,
        ..Token::default()
    }
    .write(to);
}

fn token(element: &str, implied: bool, value: &Value, to: &mut Writer) {
    match element {
        "CodeableConcept" => {
            list(value, "coding").for_each(|coding| self::coding(coding, to));
            if let Some(text) = folded(value, "text") {
                Token {
                    text: Some(text.into()),
                    ..Token::default()
                }
                .write(to);
            }
        }
        "Coding" => coding(value, to),
        "Identifier" => identifier(value, to),
        "ContactPoint" => {
            if let Some(code) = word(value, "value") {
                Token {
                    code: Some(code),
                    ..Token::default()
                }
                .write(to);
            }
        }
        "boolean" => value.as_bool().into_iter().for_each(|yes| holds(yes, to)),
        _ => {
            if let Some(code) = value.as_str() {
                let exact = element != "code";
                Token {
                    code: Some(code),
                    implied,
                    exact,
                    ..Token::default()
                }
                .write(to);
            }
        }
    }
}

fn coding(value: &Value, to: &mut Writer) {
    let token = Token {
        system: word(value, "system"),
        code: word(value, "code"),
        text: folded(value, "display").map(Into::into),
        ..Token::default()
    };
    if token != Token::default() {
        token.write(to);
    }
}

/// One token for each kind that the identifier is said to be of.
fn identifier(value: &Value, to: &mut Writer) {
    let Some(code) = word(value, "value") else {
        return;
    };
    let kind = value.get("type");
    let token = Token {
        system: word(value, "system"),
        code: Some(code),
        text: kind.and_then(|k| folded(k, "text")).map(Into::into),
        exact: true,
        ..Token::default()
    };
    let kinds = kind.into_iter().flat_map(|k| list(k, "coding"));
    let mut untold = true;
    for coding in kinds {
        if let Some(code) = word(coding, "code") {
            untold = false;
            Token {
                kind: Some((word(coding, "system").unwrap_or_default(), code)),
                ..token.clone()
            }
            .write(to);
        }
    }
    if untold {
        token.write(to);
    }
}

fn reference(element: &str, value: &Value, to: &mut Writer) {
    let reference = match (element, value) {
        ("Reference", value) => {
            let address = word(value, "reference").filter(|a| !a.starts_with('#'));
            let local = address.and_then(local);
            Reference {
                local,
                url: address.filter(|_| local.is_none()),
                identifier: value.get("identifier").and_then(|identifier| {
                    Some((
                        word(identifier, "system").unwrap_or_default(),
                        word(identifier, "value")?,
                    ))
                }),
                kind: word(value, "type").filter(|_| local.is_none()),
            }
        }
        (_, Value::String(url)) => Reference {
            url: Some(url),
            ..Reference::default()
        },
        _ => return,
    };
    if reference.local.is_some() || reference.url.is_some() || reference.identifier.is_some() {
        reference.write(to);
    }
}

/// Type and id of a relative reference, with or without a version.
pub(crate) fn local(address: &str) -> Option<(&str, &str)> {
    let mut parts = address.split('/');
    let (kind, id) = (parts.next()?, parts.next()?);
    match (parts.next(), parts.next(), parts.next()) {
        (None, ..) => {}
        (Some("_history"), Some(_), None) => {}
        _ => return None,
    }
    (is_type_name(kind) && !id.is_empty()).then_some((kind, id))
}

/// The type that a Reference leads to, as far as it can be told without following it.
pub(crate) fn type_of_reference(value: &Value) -> Option<&str> {
    let address = word(value, "reference").unwrap_or_default();
    local(address)
        .map(|(kind, _)| kind)
        .or_else(|| word(value, "type"))
        .or_else(|| type_in_url(address))
}

/// The type in an address such as `https://example.org/fhir/Patient/1`.
pub(crate) fn type_in_url(address: &str) -> Option<&str> {
    let path = address
        .split_once("/_history/")
        .map_or(address, |(path, _)| path);
    let (before, _) = path.rsplit_once('/')?;
    let (_, kind) = before.rsplit_once('/')?;
    is_type_name(kind).then_some(kind)
}

fn is_type_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.bytes().all(|b| b.is_ascii_alphanumeric())
}

fn span(element: &str, value: &Value) -> Option<Span> {
    match element {
        "Period" => Span::of_period(value),
        "Timing" => Span::of_timing(value),
        "date" | "dateTime" | "instant" => Span::parse(value.as_str()?),
        _ => None,
    }
}

fn string(element: &str, value: &Value, to: &mut Writer) {
    let mut text = |raw: &str| {
        Text {
            raw,
            folded: fold(raw).into(),
        }
        .write(to)
    };
    match element {
        "HumanName" => parts(
            value,
            &["text", "family", "given", "prefix", "suffix"],
            &mut text,
        ),
        "Address" => {
            parts(
                value,
                &["text", "line", "city", "district", "state", "country"],
                &mut text,
            );
            word(value, "postalCode")
                .into_iter()
                .for_each(|code| postcode(code, to));
        }
        _ => value.as_str().into_iter().for_each(text),
    }
}

/// A postcode is found with and without its space.
pub(crate) fn postcode(raw: &str, to: &mut Writer) {
    let folded = fold(raw);
    let joined = folded.replace(' ', "");
    if joined != folded {
        Text {
            raw,
            folded: joined.into(),
        }
        .write(to);
    }
    Text {
        raw,
        folded: folded.into(),
    }
    .write(to);
}

fn parts(value: &Value, names: &[&str], each: &mut dyn FnMut(&str)) {
    for name in names {
        match value.get(name) {
            Some(Value::String(text)) => each(text),
            Some(Value::Array(texts)) => {
                texts.iter().filter_map(Value::as_str).for_each(&mut *each)
            }
            _ => {}
        }
    }
}

fn quantity<'a>(element: &str, value: &'a Value) -> Option<Quantity<'a>> {
    if element == "Range" {
        let end = |name| value.get(name).and_then(|q| amount(q).map(|a| (a, q)));
        let (low, high) = (end("low"), end("high"));
        let (_, unit) = low.or(high)?;
        let low = low.map_or(Decimal::MIN, |(a, _)| a);
        let high = high.map_or(Decimal::MAX, |(a, _)| a);
        return Some(Quantity {
            low,
            high,
            ..unit_of(unit)
        });
    }
    if !matches!(element, "Quantity" | "Age" | "Duration") {
        return None;
    }
    let at = amount(value)?;
    // "Less than 5" is every amount below 5.
    let (low, high) = match word(value, "comparator") {
        None => (at, at),
        Some("<") => (Decimal::MIN, at - Decimal::STEP),
        Some("<=") => (Decimal::MIN, at),
        Some(">") => (at + Decimal::STEP, Decimal::MAX),
        Some(">=") => (at, Decimal::MAX),
        Some(_) => return None,
    };
    Some(Quantity {
        low,
        high,
        ..unit_of(value)
    })
}

/// An amount beyond what is kept stands at the end of it, so that it is still above or below
/// whatever can be asked.
fn amount(quantity: &Value) -> Option<Decimal> {
    let text = quantity.get("value").filter(|v| v.is_number())?.to_string();
    let end = || {
        if text.starts_with('-') {
            Decimal::MIN
        } else {
            Decimal::MAX
        }
    };
    Some(Decimal::parse(&text).map_or_else(end, |(value, _)| value))
}

fn unit_of(quantity: &Value) -> Quantity<'_> {
    Quantity {
        low: Decimal::MIN,
        high: Decimal::MAX,
        system: word(quantity, "system"),
        code: word(quantity, "code"),
        unit: word(quantity, "unit"),
    }
}

fn list<'v>(value: &'v Value, name: &str) -> impl Iterator<Item = &'v Value> {
    value
        .get(name)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

fn word<'v>(value: &'v Value, name: &str) -> Option<&'v str> {
    value
        .get(name)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
}

fn folded(value: &Value, name: &str) -> Option<String> {
    word(value, name).map(fold)
}
