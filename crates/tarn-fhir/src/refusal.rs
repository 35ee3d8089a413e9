//! Every way in which a request is not answered as asked: one table from kind to status and
//! `issue.code`.

use tarn_access::{AccessError, Rejection};
use tarn_identity::BearerError;
use tarn_model::fhir::EnvelopeError;

use crate::answer::Answer;

/// What kind of refusal it is. The table is [`Kind::row`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Not there, or the asker may not know of it.
    NotFound,
    /// Taken back by its source; said only to whom it could be shown.
    Gone,
    /// No token, or none that is valid.
    Unauthenticated,
    /// May not, for a reason that has to do with the asker alone.
    Forbidden,
    /// The request cannot be right.
    Invalid,
    /// A parameter, an operation or a form of it that is not offered.
    NotSupported,
    /// The body is no FHIR resource.
    Structure,
    /// The body is FHIR and breaks a rule.
    Unprocessable,
    /// Two writers want the same.
    Conflict,
    /// The version that the caller believes current is not.
    VersionMismatch,
    /// A condition finds more than one.
    MultipleMatches,
    /// No such method here.
    Method,
    /// No form of the answer that the caller takes.
    NotAcceptable,
    /// A form of body that is not taken.
    UnsupportedMedia,
    /// Larger or deeper than is taken.
    TooLarge,
    /// As many at once as are allowed.
    TooMany,
    /// Something needed did not answer.
    Unavailable,
    /// A defect of ours.
    Internal,
}

impl Kind {
    /// Status and `OperationOutcome.issue.code`.
    const fn row(self) -> (u16, &'static str) {
        match self {
            Self::NotFound => (404, "not-found"),
            Self::Gone => (410, "deleted"),
            Self::Unauthenticated => (401, "login"),
            Self::Forbidden => (403, "forbidden"),
            Self::Invalid => (400, "invalid"),
            Self::NotSupported => (400, "not-supported"),
            Self::Structure => (400, "structure"),
            Self::Unprocessable => (422, "processing"),
            Self::Conflict => (409, "conflict"),
            Self::VersionMismatch => (412, "conflict"),
            Self::MultipleMatches => (412, "multiple-matches"),
            Self::Method => (405, "not-supported"),
            Self::NotAcceptable => (406, "not-supported"),
            Self::UnsupportedMedia => (415, "not-supported"),
            Self::TooLarge => (413, "too-long"),
            Self::TooMany => (429, "throttled"),
            Self::Unavailable => (503, "transient"),
            Self::Internal => (500, "exception"),
        }
    }
}

/// A request that is not answered as asked.
///
/// Its words never repeat what was sent and never tell of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    kind: Kind,
    status: u16,
    words: String,
    expression: Option<String>,
    challenge: Option<String>,
}

impl Refusal {
    pub(crate) fn new(kind: Kind, words: impl Into<String>) -> Self {
        Self {
            kind,
            status: kind.row().0,
            words: words.into(),
            expression: None,
            challenge: None,
        }
    }

    /// The one answer for what is absent and for what the asker may not know of.
    pub(crate) fn not_found() -> Self {
        Self::new(
            Kind::NotFound,
            "There is nothing here that can be shown to you.",
        )
    }

    pub(crate) fn invalid(words: impl Into<String>) -> Self {
        Self::new(Kind::Invalid, words)
    }

    pub(crate) fn internal() -> Self {
        Self::new(
            Kind::Internal,
            "Something went wrong in Tarn. Quote the X-Request-Id.",
        )
    }

    /// The FHIRPath of the place at fault.
    pub(crate) fn at(mut self, expression: impl Into<String>) -> Self {
        self.expression = Some(expression.into());
        self
    }

    pub(crate) const fn kind(&self) -> Kind {
        self.kind
    }

    /// Where the fault is, if that is known.
    pub(crate) fn expression(&self) -> Option<&str> {
        self.expression.as_deref()
    }

    pub(crate) const fn status(&self) -> u16 {
        self.status
    }

    /// The OperationOutcome.
    pub(crate) fn outcome(&self) -> String {
        let mut issue = serde_json::json!({
            "severity": "error",
            "code": self.kind.row().1,
            "diagnostics": self.words,
        });
        if let (Some(expression), Some(issue)) = (&self.expression, issue.as_object_mut()) {
            issue.insert("expression".to_owned(), serde_json::json!([expression]));
        }
        serde_json::json!({ "resourceType": "OperationOutcome", "issue": [issue] }).to_string()
    }

    pub(crate) fn answer(&self) -> Answer {
        let mut answer = Answer::of(self.status).json(self.outcome());
        if let Some(challenge) = &self.challenge {
            answer = answer.header("www-authenticate", challenge.clone());
        }
        if matches!(self.kind, Kind::Unavailable | Kind::TooMany) {
            answer = answer.header("retry-after", "10");
        }
        answer
    }
}

impl From<AccessError> for Refusal {
    fn from(error: AccessError) -> Self {
        match error {
            // That a reason would help is not said here: it would say that there is somebody.
            AccessError::NotFound | AccessError::ReasonNeeded { .. } => Self::not_found(),
            AccessError::Gone => Self::new(Kind::Gone, "Its source took it back."),
            AccessError::Refused { words, clause, .. } => {
                let clause = clause.map(|clause| format!(" (clause {})", clause.number));
                let words = format!("{words}{}", clause.unwrap_or_default());
                Self::new(Kind::Forbidden, words)
            }
            AccessError::Rejected {
                problem,
                path,
                kind,
            } => {
                let refusal = Self::new(rejected(kind), problem);
                match path {
                    Some(path) => refusal.at(path),
                    None => refusal,
                }
            }
            AccessError::Unavailable { what, cause } => {
                tracing::error!(missing = %what, error = %cause, "the FHIR interface could not answer");
                Self::new(
                    Kind::Unavailable,
                    "Something Tarn needs did not answer, so it gives nothing. Do not read this as \u{201c}none\u{201d}.",
                )
            }
            AccessError::Invalid { problem } => Self::invalid(problem),
        }
    }
}

const fn rejected(kind: Rejection) -> Kind {
    match kind {
        Rejection::Malformed => Kind::Structure,
        Rejection::Invalid => Kind::Unprocessable,
        Rejection::VersionMismatch => Kind::VersionMismatch,
        Rejection::MultipleMatches => Kind::MultipleMatches,
        Rejection::Conflict => Kind::Conflict,
        Rejection::Forbidden => Kind::Forbidden,
        Rejection::TooLarge => Kind::TooLarge,
    }
}

impl From<BearerError> for Refusal {
    fn from(error: BearerError) -> Self {
        let Some(challenge) = error.challenge() else {
            tracing::error!("the issuer of access tokens did not answer");
            return Self::new(
                Kind::Unavailable,
                "The issuer of access tokens did not answer, so no token can be checked.",
            );
        };
        let kind = match challenge.status {
            401 => Kind::Unauthenticated,
            403 => Kind::Forbidden,
            _ => Kind::Invalid,
        };
        Self {
            challenge: Some(challenge.to_string()),
            ..Self::new(kind, capitalised(&error.to_string()))
        }
    }
}

impl From<EnvelopeError> for Refusal {
    fn from(error: EnvelopeError) -> Self {
        let kind = match &error {
            EnvelopeError::TooLarge { .. } | EnvelopeError::TooDeep { .. } => Kind::TooLarge,
            EnvelopeError::NotJson { .. } | EnvelopeError::NotResource { .. } => Kind::Structure,
        };
        Self::new(kind, format!("The body was not taken: {error}."))
    }
}

/// An error's text as a sentence.
pub(crate) fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).chain(['.']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_and_forbidden_and_without_a_reason_are_one_answer() {
        let person = tarn_model::PersonId::DIRECTORY;
        let absent = Refusal::from(AccessError::NotFound);
        let unrelated = Refusal::from(AccessError::ReasonNeeded { person });
        assert_eq!(absent, unrelated);
        assert_eq!(absent.answer().status(), 404);
    }

    #[test]
    fn each_rejection_has_the_status_that_fhir_gives_it() {
        let check = |kind, status, code: &str| {
            let refusal = Refusal::from(AccessError::Rejected {
                problem: "no".into(),
                path: Some("Bundle.entry[3]".into()),
                kind,
            });
            assert_eq!(refusal.status(), status, "{kind:?}");
            let outcome = refusal.outcome();
            assert!(outcome.contains(&format!("\"{code}\"")), "{outcome}");
            assert!(outcome.contains("Bundle.entry[3]"), "{outcome}");
        };
        check(Rejection::Malformed, 400, "structure");
        check(Rejection::Invalid, 422, "processing");
        check(Rejection::VersionMismatch, 412, "conflict");
        check(Rejection::MultipleMatches, 412, "multiple-matches");
        check(Rejection::Conflict, 409, "conflict");
        check(Rejection::Forbidden, 403, "forbidden");
        check(Rejection::TooLarge, 413, "too-long");
    }
}
