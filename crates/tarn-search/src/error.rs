/// Why a search was not understood. It holds the name of the parameter, never its value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SearchError {
    /// There is no such type.
    #[error("there is no such resource type")]
    UnknownType,
    /// The type has no such parameter, or it is not offered.
    #[error("unknown search parameter: {parameter}")]
    UnknownParameter {
        /// As the caller wrote it.
        parameter: String,
    },
    /// The parameter has no such modifier.
    #[error("unknown modifier: {parameter}")]
    UnknownModifier {
        /// As the caller wrote it.
        parameter: String,
    },
    /// A chain, `_has` or include that leads nowhere or is longer than one is offered.
    #[error("{parameter}: {why}")]
    NotOffered {
        /// As the caller wrote it.
        parameter: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A value that is not of the parameter's kind.
    #[error("{parameter}: expected {expected}")]
    Malformed {
        /// As the caller wrote it.
        parameter: String,
        /// What a value looks like.
        expected: &'static str,
    },
    /// More than is taken.
    #[error("{parameter}: more than {most} {what}")]
    TooMany {
        /// As the caller wrote it; empty if it is about the whole search.
        parameter: String,
        /// Of what.
        what: &'static str,
        /// How many are taken.
        most: usize,
    },
}

impl SearchError {
    /// The parameter, if it is about one.
    #[must_use]
    pub fn parameter(&self) -> Option<&str> {
        match self {
            Self::UnknownType => None,
            Self::UnknownParameter { parameter }
            | Self::UnknownModifier { parameter }
            | Self::NotOffered { parameter, .. }
            | Self::Malformed { parameter, .. }
            | Self::TooMany { parameter, .. } => Some(parameter)
                .filter(|p| !p.is_empty())
                .map(String::as_str),
        }
    }

    /// Whether the caller may ask for it to be passed over (`Prefer: handling=lenient`).
    pub(crate) fn may_be_ignored(&self) -> bool {
        !matches!(self, Self::UnknownType | Self::TooMany { .. })
    }
}

/// The name of a parameter as it may be repeated: what a caller put there that is no name is not.
pub(crate) fn shown(name: &str) -> String {
    let is_name = name.len() <= 100
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b':' | b'.' | b'*'))
        // Nine digits in a row might be somebody's number.
        && !name.split(|c: char| !c.is_ascii_digit()).any(|digits| digits.len() >= 9);
    if is_name {
        name.to_owned()
    } else {
        "(not a name)".to_owned()
    }
}
