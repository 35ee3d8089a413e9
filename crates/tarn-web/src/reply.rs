use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::{HttpResponse, ResponseError};
use askama::Template;
use serde_json::json;
use tarn_model::ErrorKind;
use uuid::Uuid;

use crate::Icon;

/// A request that could not be answered as asked: what went wrong and what can be done now.
///
/// Handlers return it as their error. [`crate::every_request`] turns it into a page, problem+json
/// or an OperationOutcome, by what the asker reads. No text in it may hold personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    kind: ErrorKind,
    said: Box<Said>,
}

/// What a failure's page says.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Said {
    title: String,
    lead: String,
    quote: Option<(String, String)>,
    next: Vec<Next>,
}

/// One thing a person can do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Next {
    /// The words: `"Try again"`.
    pub words: String,
    /// Where they lead, if they are a link.
    pub to: Option<String>,
}

impl Failure {
    /// A failure of this kind, in the words that fit any page.
    ///
    /// # Example
    /// ```
    /// use tarn_model::ErrorKind;
    /// use tarn_web::Failure;
    /// let failure = Failure::of(ErrorKind::Unavailable).because("The audit log didn't answer.");
    /// assert_eq!(failure.kind(), ErrorKind::Unavailable);
    /// ```
    #[must_use]
    pub fn of(kind: ErrorKind) -> Self {
        let words = words(kind);
        let steps = words.next.iter().map(|words| Next {
            words: (*words).to_owned(),
            to: None,
        });
        let said = Said {
            title: words.title.to_owned(),
            lead: words.lead.to_owned(),
            quote: None,
            next: steps.collect(),
        };
        Self {
            kind,
            said: Box::new(said),
        }
    }

    /// The one answer for what does not exist and what the asker may not know to exist. Nothing
    /// can be added to it: two askers could otherwise tell the two apart.
    #[must_use]
    pub fn not_found() -> Self {
        Self::of(ErrorKind::NotFound)
    }

    /// The same failure with another title. Does nothing to a not-found one.
    #[must_use]
    pub fn titled(mut self, title: impl Into<String>) -> Self {
        if self.kind != ErrorKind::NotFound {
            self.said.title = title.into();
        }
        self
    }

    /// The same failure with its reason said. Does nothing to a not-found one.
    #[must_use]
    pub fn because(mut self, reason: impl Into<String>) -> Self {
        if self.kind != ErrorKind::NotFound {
            self.said.lead = reason.into();
        }
        self
    }

    /// Quotes the rule that decided: its own words and its number (`"4.2"`). Does nothing to a
    /// not-found one.
    #[must_use]
    pub fn by_clause(mut self, words: impl Into<String>, number: impl Into<String>) -> Self {
        if self.kind != ErrorKind::NotFound {
            self.said.quote = Some((words.into(), number.into()));
        }
        self
    }

    /// Adds a next step, in front of those already there. Does nothing to a not-found one.
    #[must_use]
    pub fn next(mut self, words: impl Into<String>, to: Option<&str>) -> Self {
        if self.kind != ErrorKind::NotFound {
            self.said.next.insert(
                0,
                Next {
                    words: words.into(),
                    to: to.map(str::to_owned),
                },
            );
        }
        self
    }

    /// The kind.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }

    pub(crate) fn title(&self) -> &str {
        &self.said.title
    }

    pub(crate) fn body(
        &self,
        reference: Uuid,
        at: String,
        telephone: Option<&str>,
    ) -> FailureBody<'_> {
        let (icon, word) = match self.kind {
            ErrorKind::Denied => (Icon::Lock, "Refused"),
            ErrorKind::Unavailable => (Icon::Unavailable, "Unavailable"),
            ErrorKind::NotFound => (Icon::None, "Not found"),
            ErrorKind::Invalid | ErrorKind::Conflict | ErrorKind::Internal => {
                (Icon::Alert, "Not done")
            }
        };
        FailureBody {
            failure: self,
            icon,
            word,
            reference: short_reference(reference),
            at,
            telephone: telephone.map(str::to_owned),
        }
    }

    pub(crate) fn problem_json(&self, reference: Uuid) -> String {
        json!({
            "type": "about:blank",
            "title": self.said.title,
            "status": status(self.kind, Format::Json).as_u16(),
            "detail": self.said.lead,
            "instance": format!("urn:uuid:{reference}"),
        })
        .to_string()
    }

    pub(crate) fn operation_outcome(&self, reference: Uuid) -> String {
        let code = match self.kind {
            ErrorKind::NotFound => "not-found",
            ErrorKind::Denied => "forbidden",
            ErrorKind::Invalid => "invalid",
            ErrorKind::Conflict => "conflict",
            ErrorKind::Unavailable => "transient",
            ErrorKind::Internal => "exception",
        };
        json!({
            "resourceType": "OperationOutcome",
            "issue": [{
                "severity": "error",
                "code": code,
                "diagnostics": format!("{} Reference {}", self.said.lead, short_reference(reference)),
            }],
        })
        .to_string()
    }
}

/// What the asker reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Page,
    Fhir,
    Json,
}

/// The one table of kinds and statuses.
///
/// A form that was filled in wrongly is 422, so that a browser shows the page and a script knows
/// that sending it again will not help; an API call that cannot be right is 400.
pub(crate) const fn status(kind: ErrorKind, format: Format) -> StatusCode {
    match (kind, format) {
        (ErrorKind::NotFound, _) => StatusCode::NOT_FOUND,
        (ErrorKind::Denied, _) => StatusCode::FORBIDDEN,
        (ErrorKind::Invalid, Format::Page) => StatusCode::UNPROCESSABLE_ENTITY,
        (ErrorKind::Invalid, Format::Fhir | Format::Json) => StatusCode::BAD_REQUEST,
        (ErrorKind::Conflict, _) => StatusCode::CONFLICT,
        (ErrorKind::Unavailable, _) => StatusCode::SERVICE_UNAVAILABLE,
        (ErrorKind::Internal, _) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// How long an asker should wait before asking again, in seconds.
pub(crate) const RETRY_AFTER_SECONDS: &str = "10";

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "request failed: {:?}", self.kind)
    }
}

impl std::error::Error for Failure {}

impl ResponseError for Failure {
    fn status_code(&self) -> StatusCode {
        status(self.kind, Format::Page)
    }

    fn error_response(&self) -> HttpResponse {
        let mut reply = HttpResponse::build(self.status_code());
        if self.kind == ErrorKind::Unavailable {
            reply.insert_header((RETRY_AFTER, RETRY_AFTER_SECONDS));
        }
        reply.finish()
    }
}

/// A reference that can be read out on the telephone: `TRN 7F3K 22AB`.
#[must_use]
pub fn short_reference(id: Uuid) -> String {
    // Without I, L, O and U: nobody mistakes one letter for another, and no word appears.
    const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let mut bits = id.as_u128() & ((1 << 40) - 1);
    let mut letters = [b' '; 8];
    for letter in letters.iter_mut().rev() {
        let place = usize::try_from(bits & 31).unwrap_or_default();
        *letter = LETTERS.get(place).copied().unwrap_or(b'0');
        bits >>= 5;
    }
    let text = String::from_utf8_lossy(&letters);
    let (first, second) = text.split_at(4);
    format!("TRN {first} {second}")
}

/// The inner part of a failure page.
#[derive(Template)]
#[template(path = "failure.html")]
pub(crate) struct FailureBody<'a> {
    failure: &'a Failure,
    icon: Icon,
    word: &'static str,
    reference: String,
    at: String,
    telephone: Option<String>,
}

struct Words {
    title: &'static str,
    lead: &'static str,
    next: &'static [&'static str],
}

const fn words(kind: ErrorKind) -> Words {
    match kind {
        ErrorKind::NotFound => Words {
            title: "Tarn can’t show you this page",
            lead: "This page looks the same whether or not we hold what you asked for.",
            next: &[
                "Check the address, or go back and look again.",
                "Ask the person, or whoever sent you here.",
            ],
        },
        ErrorKind::Denied => Words {
            title: "Tarn can’t show you this",
            lead: "Your sign-in doesn’t allow it.",
            next: &[
                "Ask your organisation if your work needs this.",
                "Ring the number below and give the reference.",
            ],
        },
        ErrorKind::Invalid => Words {
            title: "There is a problem with what was sent",
            lead: "Nothing was changed.",
            next: &["Go back, open the page again and send the form once more."],
        },
        ErrorKind::Conflict => Words {
            title: "Somebody changed this before you",
            lead: "Nothing of yours was saved, so that nothing of theirs is lost.",
            next: &["Go back and open the page again to see the newer version."],
        },
        ErrorKind::Unavailable => Words {
            title: "Tarn isn’t answering just now",
            lead: "Something Tarn needs didn’t answer, so it shows nothing. Do not read this as “none”.",
            next: &[
                "Try again in a minute.",
                "If it can’t wait, ring the service that holds the record.",
            ],
        },
        ErrorKind::Internal => Words {
            title: "Something went wrong in Tarn",
            lead: "The fault is ours. Nothing you did caused it.",
            next: &["Try again. If it happens twice, ring and give the reference."],
        },
    }
}
