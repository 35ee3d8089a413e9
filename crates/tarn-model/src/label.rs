use std::fmt;

use serde::{Deserialize, Serialize};

use crate::UnknownWord;

/// A sensitivity label that narrows who may see an entry.
///
/// Source: FHIR R4 `meta.security` (v3-Confidentiality, v3-ActCode); see the mapping in
/// [`LabelSet::from_security`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum Label {
    /// Confidentiality R: to be seen by fewer than the heading alone would allow.
    Restricted,
    /// Confidentiality V: very restricted.
    VeryRestricted,
    /// Sexual and reproductive health.
    SexualHealth,
    /// Mental health.
    MentalHealth,
    /// Safeguarding.
    Safeguarding,
    /// Use of alcohol or drugs.
    SubstanceUse,
    /// The place where a person can be found (a PDS S-flag stands on the person).
    Location,
    /// Told by, or about, somebody other than the person.
    ThirdParty,
    /// Not to be shown to the person themselves without review.
    NotForSubject,
    /// A label that Tarn does not know; treated as very restricted.
    Unknown,
}

impl Label {
    /// Every label.
    pub const ALL: &'static [Self] = &[
        Self::Restricted,
        Self::VeryRestricted,
        Self::SexualHealth,
        Self::MentalHealth,
        Self::Safeguarding,
        Self::SubstanceUse,
        Self::Location,
        Self::ThirdParty,
        Self::NotForSubject,
        Self::Unknown,
    ];

    /// The word used in agreements.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Restricted => "restricted",
            Self::VeryRestricted => "very-restricted",
            Self::SexualHealth => "sexual-health",
            Self::MentalHealth => "mental-health",
            Self::Safeguarding => "safeguarding",
            Self::SubstanceUse => "substance-use",
            Self::Location => "location",
            Self::ThirdParty => "third-party",
            Self::NotForSubject => "not-for-subject",
            Self::Unknown => "unknown",
        }
    }
}

impl std::str::FromStr for Label {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .iter()
            .copied()
            .find(|label| label.word() == word)
            .ok_or_else(|| UnknownWord::new("label", word))
    }
}

/// A set of labels, one bit each; kept as one number in the store.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct LabelSet(u32);

impl LabelSet {
    /// No label: an ordinary entry.
    pub const EMPTY: Self = Self(0);

    /// Every label.
    #[must_use]
    pub fn all() -> Self {
        Label::ALL.iter().copied().collect()
    }

    /// The number that the store keeps.
    #[must_use]
    pub const fn bits(self) -> i32 {
        self.0.cast_signed()
    }

    /// Reads the number that the store keeps. Bits that no label has are read as
    /// [`Label::Unknown`], so that a newer writer's label is never dropped.
    #[must_use]
    pub fn from_bits(bits: i32) -> Self {
        let bits = bits.cast_unsigned();
        let known = Self::all().0;
        let set = Self(bits & known);
        if bits & !known == 0 {
            set
        } else {
            set.with(Label::Unknown)
        }
    }

    /// Reads one `meta.security` coding. A coding that asks for nothing (confidentiality N, L, U
    /// or M) adds nothing; one that is not known adds [`Label::Unknown`].
    #[must_use]
    pub fn from_security(system: &str, code: &str) -> Self {
        let confidentiality = system.ends_with("/v3-Confidentiality");
        let act = system.ends_with("/v3-ActCode");
        let label = match code {
            "N" | "L" | "U" | "M" if confidentiality => return Self::EMPTY,
            "R" if confidentiality => Label::Restricted,
            "V" if confidentiality => Label::VeryRestricted,
            "SEX" | "STD" | "HIV" | "SDV" if act => Label::SexualHealth,
            "PSY" | "MH" | "BH" | "PSYTHPN" if act => Label::MentalHealth,
            "ETH" | "ETHUD" | "SUD" | "OPIOIDUD" if act => Label::SubstanceUse,
            "VIO" | "IDS" | "SICKLE" | "GDIS" | "SCA" if act => Label::Restricted,
            "LOCIS" if act => Label::Location,
            "PRS" if act => Label::ThirdParty,
            "NOPAT" if act => Label::NotForSubject,
            "HTEST" if system.ends_with("/v3-ActReason") => return Self::EMPTY,
            "SUBSETTED" if system.ends_with("/v3-ObservationValue") => return Self::EMPTY,
            word if system == Self::SYSTEM => match word.parse() {
                Ok(label) => label,
                Err(_) => Label::Unknown,
            },
            _ => Label::Unknown,
        };
        Self::EMPTY.with(label)
    }

    /// The code system of Tarn's own label words, for localities that label at the source.
    pub const SYSTEM: &'static str = "urn:tarn:label";

    /// Whether `label` is in the set.
    #[must_use]
    pub const fn contains(self, label: Label) -> bool {
        self.0 & (1 << label as u8) != 0
    }

    /// The set with `label` added.
    #[must_use]
    pub const fn with(self, label: Label) -> Self {
        Self(self.0 | 1 << label as u8)
    }

    /// The labels in either set.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The labels of this set that `other` does not have.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether the two sets have a label in common.
    #[must_use]
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether every label of this set is in `cleared`.
    #[must_use]
    pub const fn within(self, cleared: Self) -> bool {
        self.0 & !cleared.0 == 0
    }

    /// The labels of the set.
    pub fn iter(self) -> impl Iterator<Item = Label> {
        Label::ALL
            .iter()
            .copied()
            .filter(move |label| self.contains(*label))
    }
}

impl FromIterator<Label> for LabelSet {
    fn from_iter<I: IntoIterator<Item = Label>>(labels: I) -> Self {
        labels.into_iter().fold(Self::EMPTY, Self::with)
    }
}

impl fmt::Debug for LabelSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_label_is_kept_as_a_restriction() {
        let odd = LabelSet::from_security("http://example.org/labels", "XYZ");
        assert!(odd.contains(Label::Unknown));
        assert!(LabelSet::from_bits(1 << 30).contains(Label::Unknown));
        assert!(!odd.within(LabelSet::EMPTY));
    }

    #[test]
    fn an_ordinary_entry_needs_no_clearance() {
        let normal = LabelSet::from_security(
            "http://terminology.hl7.org/CodeSystem/v3-Confidentiality",
            "N",
        );
        assert!(normal.within(LabelSet::EMPTY));
    }
}
