//! What a search asks of one value, and whether a stored value meets it.

use crate::decimal::Decimal;
use crate::registry::Parameter;
use crate::search::{PATIENT, PatientKey};
use crate::span::Span;
use crate::stored::{Quantity, Reference, Stored, Text, Token, Uri};
use crate::values::{Found, ValuesError};

/// One alternative of a condition.
#[derive(Clone, PartialEq)]
pub(crate) enum Asked {
    Id(String),
    Token(TokenAsked),
    /// Folded: the beginning of what people read.
    TokenText(String),
    TokenOfType {
        system: Option<String>,
        code: String,
        value: String,
    },
    Reference {
        kind: Option<String>,
        id: String,
    },
    Url(String),
    ReferenceIdentifier(TokenAsked),
    /// `day` is the day, if it asks for just one.
    Date {
        prefix: Prefix,
        span: Span,
        day: Option<String>,
    },
    Text {
        how: TextMatch,
        raw: String,
        folded: String,
    },
    Quantity {
        prefix: Prefix,
        value: Decimal,
        half: Decimal,
        unit: UnitAsked,
    },
    Uri(String),
    Composite(Vec<Asked>),
}

/// `system|code`.
#[derive(Clone, PartialEq)]
pub(crate) struct TokenAsked {
    pub(crate) system: SystemAsked,
    pub(crate) code: Option<String>,
}

/// The part before the bar.
#[derive(Clone, PartialEq)]
pub(crate) enum SystemAsked {
    /// No bar: any system.
    Any,
    /// Nothing before the bar: a value without a system.
    None,
    Is(String),
}

/// What follows the number of a quantity.
#[derive(Clone, PartialEq)]
pub(crate) enum UnitAsked {
    Any,
    /// `||mg`: the code or the words of the unit.
    Word(String),
    /// `|http://unitsofmeasure.org|mg`.
    Coded {
        system: String,
        code: String,
    },
}

/// How a date or a number compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Prefix {
    Eq,
    Ne,
    Gt,
    Lt,
    Ge,
    Le,
    Sa,
    Eb,
    Ap,
}

/// How a text compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TextMatch {
    Starts,
    Exact,
    Contains,
}

impl Asked {
    /// Whether any value under the parameter meets it.
    pub(crate) fn meets(
        &self,
        parameter: &Parameter,
        found: Found<'_>,
        same: &dyn Fn(&str, &str) -> bool,
    ) -> Result<bool, ValuesError> {
        match (self, found) {
            (Self::Composite(parts), Found::Tuples(mut tuples)) => {
                while let Some(blocks) = tuples.next(parts.len())? {
                    let mut all = true;
                    let components = parameter.components().iter();
                    for ((part, block), component) in parts.iter().zip(blocks).zip(components) {
                        let places = &component.compiled;
                        let bound = |system: &str| places.iter().any(|place| place.binds(system));
                        all = all && part.meets_any(block, &bound, same)?;
                    }
                    if all {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            (_, Found::Block(block)) => {
                self.meets_any(block, &|system| parameter.compiled().binds(system), same)
            }
            (_, Found::Tuples(_)) => Err(ValuesError),
        }
    }

    /// `bound` says whether codes have a system by the bindings of their elements.
    fn meets_any(
        &self,
        block: &[u8],
        bound: &dyn Fn(&str) -> bool,
        same: &dyn Fn(&str, &str) -> bool,
    ) -> Result<bool, ValuesError> {
        match self {
            Self::Token(asked) => any(block, |token: Token<'_>| asked.meets(&token, bound)),
            Self::TokenText(text) => any(block, |token: Token<'_>| {
                token.text.is_some_and(|t| t.starts_with(text.as_str()))
            }),
            Self::TokenOfType {
                system,
                code,
                value,
            } => any(block, |token: Token<'_>| {
                token.code == Some(value.as_str())
                    && token.kind.is_some_and(|(s, c)| {
                        c == code && system.as_deref().is_none_or(|asked| asked == s)
                    })
            }),
            Self::Reference { kind, id } => any(block, |reference: Reference<'_>| {
                reference.local.is_some_and(|(k, i)| {
                    kind.as_deref().is_none_or(|asked| asked == k)
                        && (i == id || k == PATIENT && same(i, id))
                })
            }),
            Self::Url(url) => any(block, |reference: Reference<'_>| {
                reference.url.is_some_and(|u| is_same_address(u, url))
            }),
            Self::ReferenceIdentifier(asked) => any(block, |reference: Reference<'_>| {
                reference.identifier.is_some_and(|(system, value)| {
                    let system = Some(system).filter(|s| !s.is_empty());
                    let token = Token {
                        system,
                        code: Some(value),
                        exact: true,
                        ..Token::default()
                    };
                    asked.meets(&token, &|_| false)
                })
            }),
            Self::Date { prefix, span, .. } => {
                any(block, |stored: Span| prefix.compares(span, &stored))
            }
            Self::Text { how, raw, folded } => any(block, |text: Text<'_>| match how {
                TextMatch::Starts => text.folded.starts_with(folded.as_str()),
                TextMatch::Contains => text.folded.contains(folded.as_str()),
                TextMatch::Exact => text.raw == raw,
            }),
            Self::Quantity {
                prefix,
                value,
                half,
                unit,
            } => any(block, |stored: Quantity<'_>| {
                unit.meets(&stored) && prefix.measures(*value, *half, &stored)
            }),
            Self::Uri(uri) => any(block, |stored: Uri<'_>| is_same_address(stored.0, uri)),
            Self::Id(_) | Self::Composite(_) => Err(ValuesError),
        }
    }

    /// Whether a time that stands beside the values meets it.
    pub(crate) fn meets_time(&self, at_micros: i64) -> bool {
        match self {
            Self::Date { prefix, span, .. } => prefix.compares(span, &Span::at(at_micros)),
            _ => false,
        }
    }
}

fn any<'a, T: Stored<'a>>(
    block: &'a [u8],
    mut meets: impl FnMut(T) -> bool,
) -> Result<bool, ValuesError> {
    for value in T::all(block) {
        if meets(value?) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A canonical address is also found without its version.
fn is_same_address(stored: &str, asked: &str) -> bool {
    stored == asked
        || stored
            .split_once('|')
            .is_some_and(|(address, _)| address == asked)
}

impl TokenAsked {
    fn meets(&self, token: &Token<'_>, bound: &dyn Fn(&str) -> bool) -> bool {
        if token.code.is_none() && token.system.is_none() {
            return false;
        }
        let system = match &self.system {
            SystemAsked::Any => true,
            SystemAsked::None => token.system.is_none(),
            SystemAsked::Is(asked) if token.implied => bound(asked),
            SystemAsked::Is(asked) => token.system == Some(asked.as_str()),
        };
        system
            && self.code.as_deref().is_none_or(|asked| {
                token.code.is_some_and(|code| {
                    code == asked || !token.exact && code.eq_ignore_ascii_case(asked)
                })
            })
    }

    /// As what names a patient; a value is needed for that.
    pub(crate) fn identifier(&self) -> Option<PatientKey> {
        let system = match &self.system {
            SystemAsked::Is(system) => Some(system.clone()),
            SystemAsked::Any | SystemAsked::None => None,
        };
        Some(PatientKey::Identifier {
            system,
            value: self.code.clone()?,
        })
    }
}

impl UnitAsked {
    fn meets(&self, stored: &Quantity<'_>) -> bool {
        match self {
            Self::Any => true,
            Self::Word(word) => [stored.code, stored.unit].contains(&Some(word.as_str())),
            Self::Coded { system, code } => {
                stored.system == Some(system.as_str()) && stored.code == Some(code.as_str())
            }
        }
    }
}

impl Prefix {
    /// Whether a stored stretch of time compares to the one asked for, as R4 defines it.
    pub(crate) fn compares(self, asked: &Span, stored: &Span) -> bool {
        let contains = asked.from <= stored.from && stored.to <= asked.to;
        match self {
            Self::Eq => contains,
            Self::Ne => !contains,
            Self::Gt => stored.to > asked.to,
            Self::Lt => stored.from < asked.from,
            Self::Ge => stored.to > asked.to || contains,
            Self::Le => stored.from < asked.from || contains,
            Self::Sa => stored.from >= asked.to,
            Self::Eb => stored.to <= asked.from,
            Self::Ap => {
                // Once its own length to each side: without a clock there is no tenth of its age.
                let length = asked.to.saturating_sub(asked.from);
                stored.to > asked.from.saturating_sub(length)
                    && stored.from < asked.to.saturating_add(length)
            }
        }
    }

    /// The same for amounts. What is asked for is as exact as its digits for `eq`, `ne` and `ap`,
    /// and an exact point otherwise; `half` is half of its last digit.
    pub(crate) fn measures(self, asked: Decimal, half: Decimal, stored: &Quantity<'_>) -> bool {
        let (low, high) = (asked - half, asked + half);
        let contains =
            low <= stored.low && stored.high < high || stored.low == asked && stored.high == asked;
        match self {
            Self::Eq => contains,
            Self::Ne => !contains,
            Self::Gt => stored.high > asked,
            Self::Lt => stored.low < asked,
            Self::Ge => stored.high >= asked,
            Self::Le => stored.low <= asked,
            Self::Sa => stored.low > asked,
            Self::Eb => stored.high < asked,
            Self::Ap => {
                let around = asked.tenth();
                stored.high >= asked - around && stored.low <= asked + around
            }
        }
    }
}
