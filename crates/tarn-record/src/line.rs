use serde::{Deserialize, Serialize};
use tarn_model::{Heading, LabelSet, OdsCode, Precision, Timestamp};

/// A moment as precise as its source gave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct When {
    /// The earliest moment it can mean.
    pub at: Timestamp,
    /// How much of it the source gave; the rest must not be shown.
    pub precision: Precision,
}

/// A code as its source wrote it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Code {
    /// The code system's URI; empty if the source gave none.
    pub system: String,
    /// The code.
    pub code: String,
}

/// What an entry says of its subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Polarity {
    /// It is so.
    Asserted,
    /// It is not so: refuted, not done, "no known allergies".
    Negated,
    /// Entered in error: kept, and never shown as a fact.
    EnteredInError,
}

impl Polarity {
    /// The number that the store keeps.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::Asserted => 1,
            Self::Negated => 2,
            Self::EnteredInError => 3,
        }
    }

    /// Reads the number that the store keeps; anything unknown is an error of entry, so that it
    /// is never shown as a fact.
    #[must_use]
    pub const fn from_code(code: i16) -> Self {
        match code {
            1 => Self::Asserted,
            2 => Self::Negated,
            _ => Self::EnteredInError,
        }
    }
}

/// One line of the record as the pages draw it: the view row beside a stored resource.
///
/// The words are the source's own. Nothing in it was merged, converted or inferred; the resource
/// itself is one query away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The organisation that sent it.
    pub source: OdsCode,
    /// The part of the record it belongs to.
    pub heading: Heading,
    /// FHIR type of the resource behind it.
    pub resource_type: String,
    /// Tarn's id of the resource behind it.
    pub resource_id: String,
    /// When it happened, started or was measured.
    pub clinical_at: Option<When>,
    /// When it ended.
    pub clinical_until: Option<When>,
    /// When its author recorded it.
    pub recorded_at: Option<When>,
    /// When Tarn received this version.
    pub received_at: Timestamp,
    /// Its first code.
    pub code: Option<Code>,
    /// What it is, in the source's words; never empty.
    pub display: String,
    /// The status word of the resource, verbatim; `"unknown"` where FHIR gives the type none.
    pub status: String,
    /// Whether it says yes, no, or was a mistake.
    pub polarity: Polarity,
    /// A measured value exactly as written, comparator included: `"<1.50"`.
    pub value: Option<String>,
    /// Its unit, in the source's words.
    pub unit: Option<String>,
    /// Sensitivity labels, of the resource and of the type of entry.
    pub labels: LabelSet,
    /// What only some kinds of entry have.
    pub detail: Detail,
}

macro_rules! detail {
    ($($(#[$meta:meta])* $field:ident: $kind:ty,)*) => {
        /// What only some kinds of entry have; kept in the view row as a small JSON object.
        #[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(default)]
        pub struct Detail {
            $($(#[$meta])* #[serde(skip_serializing_if = "is_default")] pub $field: $kind,)*
        }
    };
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

detail! {
    /// Dose as written: `"40 mg"`.
    dose: Option<String>,
    /// Route as written: `"oral"`.
    route: Option<String>,
    /// How often, as written: `"twice a day"`.
    frequency: Option<String>,
    /// Form: `"tablet"`.
    form: Option<String>,
    /// The whole dosage instruction as the source wrote it.
    dosage_text: Option<String>,
    /// When it was last issued or given.
    last_issued: Option<When>,
    /// Why it was started, asked for or done.
    indication: Option<String>,
    /// Why it has its status: why it was stopped, not done, refused.
    status_reason: Option<String>,
    /// Allergy: reactions as written.
    reactions: Vec<String>,
    /// Allergy or reaction severity, criticality as written.
    severity: Option<String>,
    /// Verification status, verbatim.
    verification: Option<String>,
    /// Category, verbatim display or code: `"laboratory"`, `"medication"`.
    category: Option<String>,
    /// Reference range, low end as written.
    range_low: Option<String>,
    /// Reference range, high end as written.
    range_high: Option<String>,
    /// The reference range in the source's words, where it gave words.
    range_text: Option<String>,
    /// Whom the reference range is for: `"women, 18 and over"`.
    range_for: Option<String>,
    /// Interpretation in the source's words: `"above"`, `"H"`.
    interpretation: Option<String>,
    /// Parts of a composite measurement, one text each: `"Systolic 132 mmHg"`.
    components: Vec<String>,
    /// Who did it, wrote it or is meant.
    who: Option<String>,
    /// Their role in the person's care.
    role: Option<String>,
    /// Where it happened. Taken out for a person whose location is protected.
    place: Option<String>,
    /// Telephone to ring. Taken out for a person whose location is protected if it is theirs.
    telephone: Option<String>,
    /// Whether `telephone` belongs to a professional or service (and so may stay).
    telephone_is_service: bool,
    /// Whether `value` or one of `components` is the author's own words, and no number, code or
    /// quantity.
    value_is_words: bool,
    /// Free text of the entry: a note, a plan, the person's own words.
    text: Option<String>,
    /// Document: content type of its first attachment.
    content_type: Option<String>,
    /// Document: attachment title.
    title: Option<String>,
    /// The resource whose text or attachment opens as a document: `"Binary/…"`.
    opens: Option<String>,
}
