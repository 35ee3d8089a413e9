//! The values of a search's parameters.

use crate::asked::{Asked, Prefix, SystemAsked, TextMatch, TokenAsked, UnitAsked};
use crate::decimal::Decimal;
use crate::error::SearchError;
use crate::fold::fold;
use crate::parse::malformed;
use crate::registry::{Parameter, ParameterType};
use crate::span::Span;
use crate::take::local;

/// What stands behind the colon of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Modifier {
    Missing,
    Not,
    Text,
    OfType,
    Identifier,
    Exact,
    Contains,
    Type(String),
}

/// The values between the commas. A backslash takes its meaning from a comma, a bar, a dollar or
/// a backslash.
pub(crate) fn alternatives(
    base: &str,
    parameter: &Parameter,
    name: &str,
    modifier: Option<&Modifier>,
    value: &str,
) -> Result<Vec<Asked>, SearchError> {
    split(value, ',')
        .into_iter()
        .map(|one| {
            let asked = match parameter.kind() {
                ParameterType::Composite => composite(base, parameter, one),
                kind => single(base, kind, parameter.code(), modifier, one),
            };
            asked.ok_or_else(|| malformed(name, expected(parameter.kind(), modifier)))
        })
        .collect()
}

fn expected(kind: ParameterType, modifier: Option<&Modifier>) -> &'static str {
    match (kind, modifier) {
        (ParameterType::Token, Some(Modifier::Text)) => "words",
        (ParameterType::Token, Some(Modifier::OfType)) => "system|code|value",
        (ParameterType::Token, _) => "code, system|code, |code or system|",
        (ParameterType::Reference, Some(Modifier::Identifier)) => "system|value or value",
        (ParameterType::Reference, Some(Modifier::Type(_))) => "an id",
        (ParameterType::Reference, _) => "an id, Type/id or an address",
        (ParameterType::Date, _) => {
            "a date or time, with or without eq, ne, gt, lt, ge, le, sa, eb or ap"
        }
        (ParameterType::String, _) => "words",
        (ParameterType::Quantity, _) => "a number with or without a prefix, |system|code or ||unit",
        (ParameterType::Uri, _) => "an address",
        (ParameterType::Composite, _) => "a value for each component, separated by $",
    }
}

fn single(
    base: &str,
    kind: ParameterType,
    code: &str,
    modifier: Option<&Modifier>,
    value: &str,
) -> Option<Asked> {
    match kind {
        ParameterType::Token if code == "_id" => is_id(value).then(|| Asked::Id(value.to_owned())),
        ParameterType::Token => token(modifier, value),
        ParameterType::Reference => reference(base, modifier, value),
        ParameterType::Date => date(value),
        ParameterType::String => text(modifier, value),
        ParameterType::Quantity => quantity(value),
        ParameterType::Uri => uri(value),
        ParameterType::Composite => None,
    }
}

fn composite(base: &str, parameter: &Parameter, value: &str) -> Option<Asked> {
    let parts = split(value, '$');
    let components = parameter.components();
    let asked = parts
        .iter()
        .zip(components)
        .map(|(part, c)| single(base, c.kind(), "", None, part));
    (parts.len() == components.len())
        .then(|| asked.collect())
        .flatten()
        .map(Asked::Composite)
}

fn token(modifier: Option<&Modifier>, value: &str) -> Option<Asked> {
    let parts = split(value, '|');
    match (modifier, parts.as_slice()) {
        (Some(Modifier::Text), _) => words(value).map(Asked::TokenText),
        (Some(Modifier::OfType), [system, code, value]) => Some(Asked::TokenOfType {
            system: plain(system).filter(|s| !s.is_empty()),
            code: some(code)?,
            value: some(value)?,
        }),
        (Some(Modifier::OfType), _) => None,
        (_, parts) => system_and_code(parts).map(Asked::Token),
    }
}

fn system_and_code(parts: &[&str]) -> Option<TokenAsked> {
    match parts {
        [code] => Some(TokenAsked {
            system: SystemAsked::Any,
            code: Some(some(code)?),
        }),
        ["", code] => Some(TokenAsked {
            system: SystemAsked::None,
            code: Some(some(code)?),
        }),
        [system, ""] => Some(TokenAsked {
            system: SystemAsked::Is(some(system)?),
            code: None,
        }),
        [system, code] => Some(TokenAsked {
            system: SystemAsked::Is(some(system)?),
            code: Some(some(code)?),
        }),
        _ => None,
    }
}

fn reference(base: &str, modifier: Option<&Modifier>, value: &str) -> Option<Asked> {
    if modifier == Some(&Modifier::Identifier) {
        let token = system_and_code(&split(value, '|'))?;
        return token
            .code
            .is_some()
            .then_some(Asked::ReferenceIdentifier(token));
    }
    let value = plain(value)?;
    let own = Some(base.trim_end_matches('/')).filter(|base| !base.is_empty());
    let value = own
        .and_then(|base| value.strip_prefix(base)?.strip_prefix('/'))
        .unwrap_or(&value);
    let asked_kind = match modifier {
        Some(Modifier::Type(kind)) => Some(kind.as_str()),
        _ => None,
    };
    if let Some((kind, id)) = local(value).filter(|(_, id)| is_id(id)) {
        return asked_kind
            .is_none_or(|asked| asked == kind)
            .then(|| Asked::Reference {
                kind: Some(kind.to_owned()),
                id: id.to_owned(),
            });
    }
    if is_id(value) {
        return Some(Asked::Reference {
            kind: asked_kind.map(str::to_owned),
            id: value.to_owned(),
        });
    }
    (asked_kind.is_none() && value.contains(':') && !value.contains(char::is_whitespace))
        .then(|| Asked::Url(value.to_owned()))
}

/// An id as R4 defines it.
fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.')
}

fn date(value: &str) -> Option<Asked> {
    let (prefix, date) = prefix(value);
    let span = Span::parse(date)?;
    let day = (prefix == Prefix::Eq && date.len() == 10).then(|| date.to_owned());
    Some(Asked::Date { prefix, span, day })
}

fn prefix(value: &str) -> (Prefix, &str) {
    let found = value.split_at_checked(2).and_then(|(prefix, rest)| {
        let prefix = match prefix {
            "eq" => Prefix::Eq,
            "ne" => Prefix::Ne,
            "gt" => Prefix::Gt,
            "lt" => Prefix::Lt,
            "ge" => Prefix::Ge,
            "le" => Prefix::Le,
            "sa" => Prefix::Sa,
            "eb" => Prefix::Eb,
            "ap" => Prefix::Ap,
            _ => return None,
        };
        Some((prefix, rest))
    });
    found.unwrap_or((Prefix::Eq, value))
}

fn text(modifier: Option<&Modifier>, value: &str) -> Option<Asked> {
    let raw = some(value)?;
    let how = match modifier {
        Some(Modifier::Exact) => TextMatch::Exact,
        Some(Modifier::Contains) => TextMatch::Contains,
        _ => TextMatch::Starts,
    };
    let folded = fold(&raw);
    // Punctuation alone would be the beginning of everything.
    (how == TextMatch::Exact || !folded.is_empty()).then_some(Asked::Text { how, raw, folded })
}

fn words(value: &str) -> Option<String> {
    Some(fold(&plain(value)?)).filter(|words| !words.is_empty())
}

fn quantity(value: &str) -> Option<Asked> {
    let parts = split(value, '|');
    let (number, unit) = match parts.as_slice() {
        [number] => (number, UnitAsked::Any),
        [number, "", word] => (number, UnitAsked::Word(some(word)?)),
        [number, system, code] => (
            number,
            UnitAsked::Coded {
                system: some(system)?,
                code: some(code)?,
            },
        ),
        _ => return None,
    };
    let (prefix, number) = prefix(number);
    let (value, half) = Decimal::parse(number)?;
    Some(Asked::Quantity {
        prefix,
        value,
        half,
        unit,
    })
}

fn uri(value: &str) -> Option<Asked> {
    let value = some(value)?;
    (!value.contains(char::is_whitespace)).then_some(Asked::Uri(value))
}

/// Splits where the separator stands without a backslash.
fn split(value: &str, separator: char) -> Vec<&str> {
    let mut escaped = false;
    value
        .split(move |c: char| {
            let splits = c == separator && !escaped;
            escaped = c == '\\' && !escaped;
            splits
        })
        .collect()
}

/// Without backslashes; nothing if one stands before anything else than it is for.
fn plain(value: &str) -> Option<String> {
    let mut text = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next()? {
                c @ (',' | '|' | '$' | '\\') => text.push(c),
                _ => return None,
            },
            c => text.push(c),
        }
    }
    Some(text)
}

fn some(value: &str) -> Option<String> {
    plain(value).filter(|text| !text.is_empty())
}
