//! The part of FHIRPath that HL7's R4 search parameters are written in, and no more: dotted
//! names, `|`, `as`, `.as()`, `.ofType()`, `.where(resolve() is T)`, `.where(name='text')` and
//! `X.exists() and X != false`. Anything else is an error, never an expression that finds nothing.

/// An expression that was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Expression {
    /// Everything that any of the paths leads to.
    Union(Vec<Vec<Step>>),
    /// Whether the path leads to anything but `false`.
    Holds(Vec<Step>),
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// Into a property.
    Into(String),
    /// Only if it is of this type.
    As(String),
    /// Only if it is a reference to a resource of this type.
    ResolvesTo(String),
    /// Only if this property has this value.
    Where(String, String),
}

/// An expression that was not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not understood: {expression}")]
pub(crate) struct NotUnderstood {
    expression: String,
}

impl Expression {
    pub(crate) fn parse(text: &str) -> Result<Self, NotUnderstood> {
        let understood = match text.split_once(".exists() and ") {
            Some((path, rest)) => (rest.strip_suffix(" != false") == Some(path))
                .then(|| parse_path(path).map(Self::Holds))
                .flatten(),
            None => text
                .split('|')
                .map(|term| parse_term(term.trim()))
                .collect::<Option<_>>()
                .map(Self::Union),
        };
        understood.ok_or_else(|| NotUnderstood {
            expression: text.to_owned(),
        })
    }
}

/// `(a.b as T).c` or `a.b`.
fn parse_term(term: &str) -> Option<Vec<Step>> {
    let Some(rest) = term.strip_prefix('(') else {
        return parse_path(term);
    };
    let (inner, after) = rest.split_once(')')?;
    let (path, kind) = inner.split_once(" as ")?;
    let mut steps = parse_path(path)?;
    steps.push(Step::As(word(kind)?));
    if let Some(after) = after.strip_prefix('.') {
        steps.extend(parse_path(after)?);
    } else if !after.is_empty() {
        return None;
    }
    Some(steps)
}

fn parse_path(mut rest: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    loop {
        let end = rest.find(['.', '(']).unwrap_or(rest.len());
        let (name, after) = rest.split_at_checked(end)?;
        let mut after = after;
        if let Some(call) = after.strip_prefix('(') {
            let (argument, behind) = argument(call)?;
            steps.push(function(name, argument)?);
            after = behind;
        } else {
            steps.push(Step::Into(word(name)?));
        }
        match after.strip_prefix('.') {
            Some(next) => rest = next,
            None if after.is_empty() => return Some(steps),
            None => return None,
        }
    }
}

/// What stands before the bracket that closes, and what follows it.
fn argument(call: &str) -> Option<(&str, &str)> {
    let mut depth = 0_i32;
    let close = call.find(|c| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        depth < 0
    })?;
    Some((call.get(..close)?, call.get(close + 1..)?))
}

fn function(name: &str, argument: &str) -> Option<Step> {
    match name {
        "as" | "ofType" => Some(Step::As(word(argument)?)),
        "where" => match argument.strip_prefix("resolve() is ") {
            Some(kind) => Some(Step::ResolvesTo(word(kind)?)),
            None => {
                let (property, value) = argument.split_once('=')?;
                let value = value.strip_prefix('\'')?.strip_suffix('\'')?;
                Some(Step::Where(word(property)?, word(value)?))
            }
        },
        _ => None,
    }
}

fn word(text: &str) -> Option<String> {
    let is_word = !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric());
    is_word.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_that_r4_uses_are_understood() {
        let into = |name: &str| Step::Into(name.to_owned());
        assert_eq!(
            Expression::parse(
                "(Observation.value as CodeableConcept).text | A.b.where(resolve() is C)"
            ),
            Ok(Expression::Union(vec![
                vec![
                    into("Observation"),
                    into("value"),
                    Step::As("CodeableConcept".into()),
                    into("text")
                ],
                vec![into("A"), into("b"), Step::ResolvesTo("C".into())],
            ]))
        );
        assert_eq!(
            Expression::parse("A.b.where(system='phone').as(C)"),
            Ok(Expression::Union(vec![vec![
                into("A"),
                into("b"),
                Step::Where("system".into(), "phone".into()),
                Step::As("C".into()),
            ]]))
        );
        assert_eq!(
            Expression::parse("A.b.exists() and A.b != false"),
            Ok(Expression::Holds(vec![into("A"), into("b")]))
        );
    }

    #[test]
    fn anything_else_is_an_error() {
        for text in [
            "",
            "A.",
            ".a",
            "A.b()",
            "A.b.first()",
            "A.b[0]",
            "A.b | ",
            "(A.b)",
            "(A.b as C",
            "(A.b as C)x",
            "A.where(b)",
            "A.where(b='c' and d='e')",
            "A.exists()",
            "A.b.exists() and A.c != false",
            "A.b + A.c",
            "A.where(resolve() is)",
            "A.b as C",
        ] {
            assert!(Expression::parse(text).is_err(), "{text}");
        }
    }
}
