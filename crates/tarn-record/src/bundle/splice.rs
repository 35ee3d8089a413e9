use std::ops::Range;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tarn_model::ErrorKind;

/// One change to a text: what stands at `range` becomes `json`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replacement {
    /// Byte range in the old text.
    pub range: Range<usize>,
    /// The new bytes, valid JSON in that place.
    pub json: String,
}

impl Replacement {
    /// Puts the JSON string of `text` at `range`.
    #[must_use]
    pub fn text(range: Range<usize>, text: &str) -> Self {
        Self {
            range,
            json: Value::from(text).to_string(),
        }
    }
}

/// How to take one replacement back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rewrite {
    /// Byte offset in the new text.
    pub at: usize,
    /// Bytes of the new text that it put there.
    pub len: usize,
    /// The bytes that the source sent.
    pub old: String,
}

/// A text with its replacements made, and how to take them back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewritten {
    /// The new text.
    pub text: String,
    /// For [`undo`], in order of place.
    pub rewrites: Vec<Rewrite>,
}

/// A place that is not in the text, cuts a character, or lies across another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a replacement does not fit the text")]
pub struct SpliceError;

impl SpliceError {
    /// Always [`ErrorKind::Internal`]: the places come from Tarn, not from the sender.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        ErrorKind::Internal
    }
}

/// Makes all replacements, given in any order; every other byte stays as it is.
///
/// A replacement that would change nothing is left out of the record.
///
/// # Errors
/// [`SpliceError`] if two ranges overlap or one does not fit the text.
pub fn rewrite(text: &str, replacements: &[Replacement]) -> Result<Rewritten, SpliceError> {
    let mut ordered: Vec<&Replacement> = replacements.iter().collect();
    ordered.sort_by_key(|one| (one.range.start, one.range.end));
    let mut new = String::with_capacity(text.len());
    let mut rewrites = Vec::new();
    let mut done = 0;
    for one in ordered {
        let between = text.get(done..one.range.start).ok_or(SpliceError)?;
        let old = text.get(one.range.clone()).ok_or(SpliceError)?;
        new.push_str(between);
        if old != one.json {
            rewrites.push(Rewrite {
                at: new.len(),
                len: one.json.len(),
                old: old.to_owned(),
            });
        }
        new.push_str(&one.json);
        done = one.range.end;
    }
    new.push_str(text.get(done..).ok_or(SpliceError)?);
    Ok(Rewritten {
        text: new,
        rewrites,
    })
}

/// Gives back the text as it was before [`rewrite`], byte for byte.
///
/// # Errors
/// [`SpliceError`] if `rewrites` do not belong to `text`.
pub fn undo(text: &str, rewrites: &[Rewrite]) -> Result<String, SpliceError> {
    let mut old = String::with_capacity(text.len());
    let mut done = 0;
    for one in rewrites {
        old.push_str(text.get(done..one.at).ok_or(SpliceError)?);
        old.push_str(&one.old);
        done = one.at.checked_add(one.len).ok_or(SpliceError)?;
    }
    old.push_str(text.get(done..).ok_or(SpliceError)?);
    Ok(old)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn overlapping_and_outlying_places_are_refused() {
        let check = |places: &[(usize, usize)]| {
            let all: Vec<_> = places
                .iter()
                .map(|(start, end)| Replacement::text(*start..*end, "x"))
                .collect();
            assert_eq!(rewrite("aébc", &all), Err(SpliceError), "{places:?}");
        };
        check(&[(0, 3), (1, 4)]);
        check(&[(0, 9)]);
        check(&[(2, 3)]);
        let strange = [Rewrite {
            at: 3,
            len: 40,
            old: String::new(),
        }];
        assert_eq!(undo("aébc", &strange), Err(SpliceError));
    }

    proptest! {
        #[test]
        fn undo_gives_back_every_byte(
            pieces in prop::collection::vec((".{0,12}", ".{0,8}", ".{0,12}"), 0..8),
            tail in ".{0,8}",
        ) {
            let mut text = String::new();
            let mut all = Vec::new();
            for (between, old, new) in &pieces {
                text.push_str(between);
                let start = text.len();
                text.push_str(old);
                all.push(Replacement { range: start..text.len(), json: new.clone() });
            }
            text.push_str(&tail);
            let new = rewrite(&text, &all).unwrap();
            let expected: String = pieces.iter().flat_map(|(a, _, c)| [a.as_str(), c]).collect();
            prop_assert_eq!(&new.text, &(expected + &tail));
            prop_assert_eq!(undo(&new.text, &new.rewrites).unwrap(), text);
        }
    }
}
