use std::fmt;

use serde::{Deserialize, Serialize};

use crate::UnknownWord;

macro_rules! headings {
    ($($variant:ident $word:literal $title:literal $doc:literal;)*) => {
        /// A part of the record that agreements, pages and the ledger speak of.
        ///
        /// Source: PRSB Core Information Standard section names, gathered where a shared record
        /// shows several of them as one list.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        #[repr(u8)]
        pub enum Heading { $(#[doc = $doc] $variant,)* }

        impl Heading {
            /// Every heading, in the order that pages and matrices use.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The word used in agreements, configuration and the store.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// The words a person reads.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)* }
            }
        }

        impl std::str::FromStr for Heading {
            type Err = UnknownWord;

            fn from_str(word: &str) -> Result<Self, Self::Err> {
                match word {
                    $($word => Ok(Self::$variant),)*
                    _ => Err(UnknownWord::new("heading", word)),
                }
            }
        }
    };
}

headings! {
    Demographics "demographics" "Name, address and contacts" "Who the person is: name, date of birth, address, contacts, registered GP.";
    Alerts "alerts" "Alerts" "What changes what is done in the next minute: ReSPECT, access notes, risks.";
    AboutMe "about-me" "About me" "The person's own words, such as their top three things.";
    Allergies "allergies" "Allergies" "Allergies, adverse reactions, and statements that there are none.";
    Medicines "medicines" "Medicines" "Medicines, current and past.";
    Problems "problems" "Problems" "Diagnoses and problems.";
    Results "results" "Results" "Laboratory and imaging results.";
    Observations "observations" "Measurements" "Measurements and examination findings, such as weight and blood pressure.";
    Encounters "encounters" "Visits and stays" "Contacts, attendances and stays.";
    Appointments "appointments" "Appointments" "Appointments to come and past.";
    Documents "documents" "Letters and documents" "Letters, summaries and other documents.";
    Immunisations "immunisations" "Vaccinations" "Vaccinations given and not given.";
    Procedures "procedures" "Procedures" "Operations and therapies.";
    Referrals "referrals" "Referrals" "Referrals and their answers.";
    CareTeam "care-team" "Care circle" "Who else is involved, and how to reach them.";
    CarePlans "care-plans" "Care plans" "Care, crisis and contingency plans.";
    SocialCare "social-care" "Social care" "Care packages, assessments and services.";
    MentalHealth "mental-health" "Mental health care" "Specialist mental health notes, risk and legal status.";
    Safeguarding "safeguarding" "Safeguarding" "Concerns and plans about people at risk.";
    Family "family" "Family and history" "Family history, and legal and family relationships.";
    Other "other" "Other entries" "What was kept but belongs under no other heading.";
}

impl fmt::Display for Heading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A set of headings, one bit each.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(from = "Vec<Heading>", into = "Vec<Heading>")]
pub struct HeadingSet(u32);

impl HeadingSet {
    /// No heading.
    pub const EMPTY: Self = Self(0);

    /// Every heading.
    #[must_use]
    pub fn all() -> Self {
        Heading::ALL.iter().copied().collect()
    }

    /// Whether `heading` is in the set.
    #[must_use]
    pub const fn contains(self, heading: Heading) -> bool {
        self.0 & (1 << heading as u8) != 0
    }

    /// The set with `heading` added.
    #[must_use]
    pub const fn with(self, heading: Heading) -> Self {
        Self(self.0 | 1 << heading as u8)
    }

    /// The headings in both sets.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The headings in either set.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The headings of this set that `other` does not have.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether no heading is in the set.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The headings of the set, in the order of [`Heading::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Heading> {
        Heading::ALL
            .iter()
            .copied()
            .filter(move |heading| self.contains(*heading))
    }
}

impl FromIterator<Heading> for HeadingSet {
    fn from_iter<I: IntoIterator<Item = Heading>>(headings: I) -> Self {
        headings.into_iter().fold(Self::EMPTY, Self::with)
    }
}

impl From<Vec<Heading>> for HeadingSet {
    fn from(headings: Vec<Heading>) -> Self {
        headings.into_iter().collect()
    }
}

impl From<HeadingSet> for Vec<Heading> {
    fn from(set: HeadingSet) -> Self {
        set.iter().collect()
    }
}

impl fmt::Debug for HeadingSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}
