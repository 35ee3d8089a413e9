//! The closed vocabularies of the medicine list: statuses and attributes.

use tarn_access::{Line, Polarity};

/// What a source says of whether a medicine is being taken, in CUI's words.
///
/// Source: CUI medicines list MEDv-162, MEDv-166 to -173 (§3.3.13).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Status {
    /// Being taken.
    Started,
    /// Meant, and not begun.
    NotStarted,
    /// Paused.
    Suspended,
    /// The source gave no status that Tarn knows; kept with the current ones, since leaving it
    /// out would be the greater harm.
    NotKnown,
    /// The course ended as planned.
    Completed,
    /// Stopped before the end, or cancelled.
    Discontinued,
    /// The source says that the person does not take it.
    NotTaken,
}

impl Status {
    /// Reads the status word of a medicine's resource.
    #[must_use]
    pub fn of(line: &Line) -> Self {
        if line.polarity == Polarity::Negated {
            return Self::NotTaken;
        }
        match line.status.as_str() {
            "active" | "in-progress" => Self::Started,
            "draft" | "intended" | "preparation" => Self::NotStarted,
            "on-hold" => Self::Suspended,
            "completed" => Self::Completed,
            "stopped" | "cancelled" | "declined" | "revoked" | "ended" => Self::Discontinued,
            "not-taken" => Self::NotTaken,
            _ => Self::NotKnown,
        }
    }

    /// Whether the medicine belongs in the list of current ones.
    #[must_use]
    pub const fn is_current(self) -> bool {
        matches!(
            self,
            Self::Started | Self::NotStarted | Self::Suspended | Self::NotKnown
        )
    }

    /// The word that is shown.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Started => "Started",
            Self::NotStarted => "Not started",
            Self::Suspended => "Suspended",
            Self::NotKnown => "Status not known",
            Self::Completed => "Completed",
            Self::Discontinued => "Discontinued",
            Self::NotTaken => "Not taken",
        }
    }
}

/// What can differ between two sources that name the same drug.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Attribute {
    /// Strength of the product.
    Strength,
    /// Form: tablet, capsule.
    Form,
    /// Dose.
    Dose,
    /// Route.
    Route,
    /// How often.
    Frequency,
    /// The whole instruction, where the source gave no parts.
    Instructions,
    /// Started, suspended, discontinued.
    Status,
}

impl Attribute {
    /// Every attribute, in the order of the medicine line (MEDi-051).
    pub const ALL: &'static [Self] = &[
        Self::Strength,
        Self::Form,
        Self::Dose,
        Self::Route,
        Self::Frequency,
        Self::Instructions,
        Self::Status,
    ];

    /// The words of the difference mark: `"How often differs"`.
    #[must_use]
    pub const fn differs(self) -> &'static str {
        match self {
            Self::Strength => "Strength differs",
            Self::Form => "Form differs",
            Self::Dose => "Dose differs",
            Self::Route => "Route differs",
            Self::Frequency => "How often differs",
            Self::Instructions => "Instructions differ",
            Self::Status => "Status differs",
        }
    }
}
