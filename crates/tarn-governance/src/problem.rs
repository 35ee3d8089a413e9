use std::fmt;

/// One thing that is wrong with an agreement's text, in words for whoever writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Line of the text, from 1.
    pub line: usize,
    /// The clause it is in, if it is in one.
    pub clause: Option<String>,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub suggestion: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        if let Some(clause) = &self.clause {
            write!(f, ", clause {clause}")?;
        }
        write!(f, ": {}", self.what)?;
        if let Some(suggestion) = &self.suggestion {
            write!(f, " ({suggestion})")?;
        }
        Ok(())
    }
}

/// Everything that is wrong with an agreement's text, in the order of its lines; never empty.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    /// An agreement that can't be read cannot be in force: always `Invalid`.
    #[must_use]
    pub const fn kind(&self) -> tarn_model::ErrorKind {
        tarn_model::ErrorKind::Invalid
    }
}

/// The word of `known` that is nearest to a misspelt one, if one is near.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    known
        .into_iter()
        .map(|other| (distance(word, other), other))
        .min()
        .filter(|(distance, _)| *distance <= 3)
        .map(|(_, other)| format!("did you mean `{other}`?"))
}

/// How many letters must be changed, added or taken away (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.chars().count()).collect();
    for (i, a) in one.chars().enumerate() {
        let mut previous_left = i;
        let mut left = i + 1;
        for (cell, b) in row.iter_mut().skip(1).zip(other.chars()) {
            let above = *cell;
            *cell = (previous_left + usize::from(a != b))
                .min(above + 1)
                .min(left + 1);
            previous_left = above;
            left = *cell;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(usize::MAX)
}
