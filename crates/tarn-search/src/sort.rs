use std::cmp::Ordering;

use crate::registry::{Parameter, ParameterType};
use crate::rows::Row;
use crate::span::Span;
use crate::stored::{Quantity, Reference, Stored, Text, Token, Uri};
use crate::values::{Found, ValuesError};

/// One part of `_sort`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Sort {
    pub(crate) parameter: &'static Parameter,
    pub(crate) descending: bool,
}

/// By how much of a text rows are sorted, in bytes: a cursor holds it, and a cursor is part of an
/// address. Texts that are alike as far as that are in the order of their ids.
pub const LONGEST_SORT_KEY: usize = 192;

/// What a row is sorted by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    Number(i128),
    Text(String),
}

impl Key {
    /// The key as far as rows are sorted by it.
    fn cut(self) -> Self {
        match self {
            Self::Text(mut text) => {
                text.truncate(text.floor_char_boundary(LONGEST_SORT_KEY));
                Self::Text(text)
            }
            number @ Self::Number(_) => number,
        }
    }
}

impl Sort {
    /// The key of a row: of several values the first one in the order asked for.
    pub(crate) fn key(&self, row: &Row) -> Result<Option<Key>, ValuesError> {
        match self.parameter.code() {
            "_id" => return Ok(Some(Key::Text(row.id.clone()))),
            "_lastUpdated" => return Ok(Some(Key::Number(row.updated_at_micros.into()))),
            _ => {}
        }
        let Some(Found::Block(block)) = row.values.find(self.parameter.number())? else {
            return Ok(None);
        };
        match self.parameter.kind() {
            ParameterType::Date => self.first(block, |span: Span| {
                Key::Number(if self.descending { span.to } else { span.from }.into())
            }),
            ParameterType::Quantity => self.first(block, |quantity: Quantity<'_>| {
                Key::Number(
                    if self.descending {
                        quantity.high
                    } else {
                        quantity.low
                    }
                    .0,
                )
            }),
            ParameterType::String => {
                self.first(block, |text: Text<'_>| Key::Text(text.folded.into_owned()))
            }
            ParameterType::Token => self.first(block, |token: Token<'_>| {
                let words = token.text.as_deref().or(token.code).unwrap_or_default();
                Key::Text(words.to_lowercase())
            }),
            ParameterType::Reference => self.first(block, |reference: Reference<'_>| {
                Key::Text(match reference.local {
                    Some((kind, id)) => format!("{kind}/{id}"),
                    None => reference
                        .url
                        .or(reference.identifier.map(|(_, v)| v))
                        .unwrap_or_default()
                        .to_owned(),
                })
            }),
            ParameterType::Uri => self.first(block, |uri: Uri<'_>| Key::Text(uri.0.to_owned())),
            ParameterType::Composite => Ok(None),
        }
    }

    fn first<'a, T: Stored<'a>>(
        &self,
        block: &'a [u8],
        key: impl Fn(T) -> Key,
    ) -> Result<Option<Key>, ValuesError> {
        let mut first: Option<Key> = None;
        for value in T::all(block) {
            let key = key(value?).cut();
            if first
                .as_ref()
                .is_none_or(|f| self.order(&key, f) == Ordering::Less)
            {
                first = Some(key);
            }
        }
        Ok(first)
    }

    fn order(&self, a: &Key, b: &Key) -> Ordering {
        if self.descending { b.cmp(a) } else { a.cmp(b) }
    }

    /// Rows without a value come last, whichever way it goes.
    pub(crate) fn compare(&self, a: &Option<Key>, b: &Option<Key>) -> Ordering {
        match (a, b) {
            (Some(a), Some(b)) => self.order(a, b),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => Ordering::Equal,
        }
    }
}

/// A key as a cursor holds it.
pub(crate) fn to_text(key: Option<&Key>) -> String {
    match key {
        None => String::new(),
        Some(Key::Number(number)) => format!("n{number}"),
        Some(Key::Text(text)) => format!("t{text}"),
    }
}

/// What [`to_text`] wrote.
pub(crate) fn from_text(text: &str) -> Option<Option<Key>> {
    match text.split_at_checked(1) {
        None => text.is_empty().then_some(None),
        Some(("n", number)) => Some(Some(Key::Number(number.parse().ok()?))),
        Some(("t", text)) => Some(Some(Key::Text(text.to_owned()))),
        Some(_) => None,
    }
}
