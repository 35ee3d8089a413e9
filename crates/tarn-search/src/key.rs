//! The names of a search's parameters: `code:modifier`, chains, `_has`, and what an include names.

use crate::condition::{Condition, Filter, Test};
use crate::error::{SearchError, shown};
use crate::include::{Direction, Include};
use crate::parse::malformed;
use crate::registry::{self, Parameter, ParameterType};
use crate::value::{Modifier, alternatives};

/// How many types a chain may lead to when the caller names none.
const MOST_CHAIN_TARGETS: usize = 8;

/// What a condition may still contain.
#[derive(Clone, Copy)]
pub(crate) struct Depth {
    chains: u8,
    has: u8,
}

impl Depth {
    /// One chain; `_has` and another one inside it.
    pub(crate) const OUTER: Self = Self { chains: 1, has: 2 };
}

/// Understands one condition on resources of a type.
pub(crate) fn condition(
    base: &str,
    resource_type: &str,
    name: &str,
    value: &str,
    depth: Depth,
) -> Result<Condition, SearchError> {
    if let Some(rest) = name.strip_prefix("_has:") {
        return has(base, resource_type, name, rest, value, depth);
    }
    match name.split_once('.') {
        Some((reference, inner)) => {
            chain(base, resource_type, name, (reference, inner), value, depth)
        }
        None => own_filter(base, resource_type, name, value).map(Condition::Own),
    }
}

/// A condition without a chain.
pub(crate) fn own_filter(
    base: &str,
    resource_type: &str,
    name: &str,
    value: &str,
) -> Result<Filter, SearchError> {
    let (code, modifier) = match name.split_once(':') {
        Some((code, modifier)) => (code, Some(modifier)),
        None => (name, None),
    };
    let parameter = find(resource_type, code, name)?;
    let modifier = modifier
        .map(|m| understood(parameter, m, name))
        .transpose()?;
    let test = match &modifier {
        Some(Modifier::Missing) => match value {
            "true" => Test::Missing(true),
            "false" => Test::Missing(false),
            _ => return Err(malformed(name, "true or false")),
        },
        other => {
            let asked = alternatives(base, parameter, name, other.as_ref(), value)?;
            if *other == Some(Modifier::Not) {
                Test::None(asked)
            } else {
                Test::Any(asked)
            }
        }
    };
    Ok(Filter { parameter, test })
}

fn find(resource_type: &str, code: &str, name: &str) -> Result<&'static Parameter, SearchError> {
    registry::parameter(resource_type, code).ok_or_else(|| SearchError::UnknownParameter {
        parameter: shown(name),
    })
}

fn reference(
    resource_type: &str,
    code: &str,
    name: &str,
) -> Result<&'static Parameter, SearchError> {
    let parameter = find(resource_type, code, name)?;
    if parameter.kind() != ParameterType::Reference {
        return Err(not_offered(
            name,
            "only a reference leads to another resource",
        ));
    }
    Ok(parameter)
}

fn understood(parameter: &Parameter, modifier: &str, name: &str) -> Result<Modifier, SearchError> {
    let unknown = || SearchError::UnknownModifier {
        parameter: shown(name),
    };
    if parameter.kind() == ParameterType::Reference && parameter.is_target(modifier) {
        return Ok(Modifier::Type(modifier.to_owned()));
    }
    // The row says these two itself; they are never missing and have no words.
    let is_of_the_row = crate::extract::is_of_the_row(parameter.code());
    let known = parameter.kind().modifiers().contains(&modifier);
    if !known || is_of_the_row && !matches!(modifier, "missing" | "not") {
        return Err(unknown());
    }
    Ok(match modifier {
        "missing" => Modifier::Missing,
        "not" => Modifier::Not,
        "text" => Modifier::Text,
        "of-type" => Modifier::OfType,
        "identifier" => Modifier::Identifier,
        "exact" => Modifier::Exact,
        "contains" => Modifier::Contains,
        _ => return Err(unknown()),
    })
}

fn not_offered(name: &str, why: &'static str) -> SearchError {
    SearchError::NotOffered {
        parameter: shown(name),
        why,
    }
}

/// `subject:Patient.name` or `subject.name`.
fn chain(
    base: &str,
    resource_type: &str,
    name: &str,
    (from, inner): (&str, &str),
    value: &str,
    depth: Depth,
) -> Result<Condition, SearchError> {
    let Some(chains) = depth.chains.checked_sub(1) else {
        return Err(not_offered(
            name,
            "a chain of one step is offered, not more",
        ));
    };
    let (code, only) = match from.split_once(':') {
        Some((code, only)) => (code, Some(only)),
        None => (from, None),
    };
    let parameter = reference(resource_type, code, name)?;
    let targets: Vec<&str> = match only {
        Some(only) if parameter.is_target(only) => vec![only],
        Some(_) => {
            return Err(SearchError::UnknownModifier {
                parameter: shown(name),
            });
        }
        None => parameter.targets(),
    };
    if inner.starts_with("_has:") {
        return Err(not_offered(name, "_has is not offered behind a chain"));
    }
    let depth = Depth { chains, has: 0 };
    let (code, _) = inner.split_once([':', '.']).unwrap_or((inner, ""));
    let fitting: Vec<&str> = targets
        .into_iter()
        .filter(|t| registry::parameter(t, code).is_some())
        .collect();
    if fitting.len() > MOST_CHAIN_TARGETS {
        return Err(not_offered(
            name,
            "it may lead to many types: name one, as in subject:Patient.name",
        ));
    }
    if fitting.is_empty() {
        return Err(SearchError::UnknownParameter {
            parameter: shown(name),
        });
    }
    let inner = fitting.into_iter().map(|target| {
        let inner = condition(base, target, inner, value, depth).map_err(|error| error.of(name))?;
        Ok((target.to_owned(), Box::new(inner)))
    });
    Ok(Condition::Chain {
        parameter,
        inner: inner.collect::<Result<_, _>>()?,
    })
}

/// `Observation:patient:code` behind `_has:`.
fn has(
    base: &str,
    resource_type: &str,
    name: &str,
    rest: &str,
    value: &str,
    depth: Depth,
) -> Result<Condition, SearchError> {
    let Some(deeper) = depth.has.checked_sub(1) else {
        return Err(not_offered(
            name,
            "one _has in another is offered, not more",
        ));
    };
    let mut parts = rest.splitn(3, ':');
    let (Some(source), Some(via), Some(inner)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(not_offered(
            name,
            "it is written _has:Type:reference:parameter",
        ));
    };
    if !registry::is_resource_type(source) {
        return Err(SearchError::UnknownParameter {
            parameter: shown(name),
        });
    }
    let via = reference(source, via, name)?;
    if !via.is_target(resource_type) {
        return Err(not_offered(
            name,
            "that reference does not lead to the type that is searched",
        ));
    }
    let depth = Depth {
        chains: 0,
        has: deeper,
    };
    let inner = condition(base, source, inner, value, depth).map_err(|error| error.of(name))?;
    Ok(Condition::Has {
        source: source.to_owned(),
        via,
        inner: Box::new(inner),
    })
}

/// `Observation:subject:Patient`, `Observation:*` or `*`.
pub(crate) fn include(
    direction: Direction,
    resource_type: &str,
    name: &str,
    value: &str,
) -> Result<Include, SearchError> {
    let wrong = || malformed(name, "Type:reference, Type:reference:Type, Type:* or *");
    let iterate = name.contains(':');
    if value == "*" {
        let source =
            (direction == Direction::Forward && !iterate).then(|| resource_type.to_owned());
        return Ok(Include {
            direction,
            source,
            parameter: None,
            target: None,
            iterate,
        });
    }
    let mut parts = value.splitn(3, ':');
    let (Some(source), Some(code), target) = (parts.next(), parts.next(), parts.next()) else {
        return Err(wrong());
    };
    if !registry::is_resource_type(source) {
        return Err(wrong());
    }
    let parameter = match code {
        "*" => None,
        code => Some(
            registry::parameter(source, code)
                .filter(|p| p.kind() == ParameterType::Reference)
                .ok_or_else(wrong)?,
        ),
    };
    if target.is_some_and(|t| {
        !parameter.map_or_else(|| registry::is_resource_type(t), |p| p.is_target(t))
    }) {
        return Err(wrong());
    }
    // Only a round after the first meets resources of other types.
    let leads = match direction {
        Direction::Forward => source == resource_type,
        Direction::Backward => parameter.is_none_or(|p| p.is_target(resource_type)),
    };
    if !leads && !iterate {
        return Err(not_offered(
            name,
            "no match of this search leads there; :iterate goes on from what was included",
        ));
    }
    Ok(Include {
        direction,
        source: Some(source.to_owned()),
        parameter,
        target: target.map(str::to_owned),
        iterate,
    })
}

impl SearchError {
    /// The same about the whole name that the caller wrote.
    fn of(self, name: &str) -> Self {
        let parameter = shown(name);
        match self {
            Self::UnknownType => Self::UnknownType,
            Self::UnknownParameter { .. } => Self::UnknownParameter { parameter },
            Self::UnknownModifier { .. } => Self::UnknownModifier { parameter },
            Self::NotOffered { why, .. } => Self::NotOffered { parameter, why },
            Self::Malformed { expected, .. } => Self::Malformed {
                parameter,
                expected,
            },
            Self::TooMany { what, most, .. } => Self::TooMany {
                parameter,
                what,
                most,
            },
        }
    }
}
