use askama::Template;

use crate::Icon;

/// How a source stands, as pages mark it: each with its own shape, line and word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SourceMark {
    /// Answering and up to date: a full disc, a solid line.
    Live,
    /// Answering but behind: a half disc, a dashed line.
    Late,
    /// No answer: a ring with a cross, a dotted line.
    Unavailable,
    /// Not joined: a dashed ring, a double line.
    NotConnected,
}

impl SourceMark {
    /// Every mark.
    pub const ALL: &'static [Self] = &[
        Self::Live,
        Self::Late,
        Self::Unavailable,
        Self::NotConnected,
    ];

    /// The shape.
    #[must_use]
    pub const fn icon(self) -> Icon {
        match self {
            Self::Live => Icon::Live,
            Self::Late => Icon::Late,
            Self::Unavailable => Icon::Unavailable,
            Self::NotConnected => Icon::NotConnected,
        }
    }

    /// The class that gives colour and line: `is-live`, `is-late`, `is-unavailable`,
    /// `is-not-connected`.
    #[must_use]
    pub const fn class(self) -> &'static str {
        match self {
            Self::Live => "is-live",
            Self::Late => "is-late",
            Self::Unavailable => "is-unavailable",
            Self::NotConnected => "is-not-connected",
        }
    }
}

/// The chip on a line: which source said it, and how that source stands.
///
/// # Example
/// ```
/// use tarn_web::{SourceChip, SourceMark};
/// let chip = SourceChip::new("Community", SourceMark::Late).with("14 h late");
/// assert!(chip.to_string().contains("Community"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(
    ext = "html",
    source = r#"<span class="chip {{ mark.class() }}">{{ mark.icon().svg()|safe }} <bdi>{{ name }}</bdi>{% if !note.is_empty() %} <span class="nowrap">{{ note }}</span>{% endif %}</span>"#
)]
pub struct SourceChip {
    /// The source's short word: `"GP"`.
    pub name: String,
    /// How it stands.
    pub mark: SourceMark,
    /// A date or lateness, only where it differs from the ledger; empty otherwise.
    pub note: String,
}

impl SourceChip {
    /// A chip of a source. In a template: `{{ chip|safe }}`.
    #[must_use]
    pub fn new(name: impl Into<String>, mark: SourceMark) -> Self {
        Self {
            name: name.into(),
            mark,
            note: String::new(),
        }
    }

    /// The same chip with a date or lateness.
    #[must_use]
    pub fn with(self, note: impl Into<String>) -> Self {
        Self {
            note: note.into(),
            ..self
        }
    }
}
