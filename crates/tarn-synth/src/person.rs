use chrono::NaiveDate;
use tarn_model::NhsNumber;

use crate::{Fact, Moment, Partner};

/// Administrative gender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gender {
    /// Female.
    Female,
    /// Male.
    Male,
    /// Neither, as the person says.
    Other,
}

impl Gender {
    /// The FHIR code: `female`, `male` or `other`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Female => "female",
            Self::Male => "male",
            Self::Other => "other",
        }
    }
}

/// A name in its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonName {
    /// Title: `"Mrs"`.
    pub prefix: Option<String>,
    /// Given names.
    pub given: Vec<String>,
    /// Family name.
    pub family: String,
}

/// A home address. The towns are invented and the postcodes lie in ZZ99.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// House and street.
    pub line: String,
    /// Town or village.
    pub town: String,
    /// Postcode.
    pub postcode: String,
}

/// Whom to tell first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextOfKin {
    /// Their name.
    pub name: PersonName,
    /// What they are to the person: `"daughter"`.
    pub relationship: &'static str,
    /// Their number.
    pub telephone: String,
}

/// Who the person is, as one organisation has it written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demographics {
    /// The name in use.
    pub name: PersonName,
    /// What they like to be called, where it differs.
    pub preferred: Option<String>,
    /// The name before, and until when.
    pub previous: Option<(PersonName, Moment)>,
    /// Gender.
    pub gender: Gender,
    /// Date of birth.
    pub birth_date: NaiveDate,
    /// When they died.
    pub deceased: Option<Moment>,
    /// Home address; `None` where it is not sent.
    pub address: Option<Address>,
    /// Whether the address is protected (S-flag): the record is marked restricted.
    pub restricted: bool,
    /// Telephone at home or mobile.
    pub telephone: Option<String>,
    /// The practice they are registered with.
    pub practice: Partner,
    /// Whom to tell first.
    pub next_of_kin: Option<NextOfKin>,
    /// Order of birth among twins, from 1.
    pub birth_order: Option<u8>,
    /// Language an interpreter is needed for: BCP 47 tag and name.
    pub interpreter: Option<(&'static str, &'static str)>,
}

/// A person of the locality with everything its organisations hold of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Their place in the locality, from 0; the same whatever the number of people.
    pub index: usize,
    /// NHS number, 999 range.
    pub nhs_number: NhsNumber,
    /// The household they live in; people of one household share its address.
    pub household: u64,
    /// Who they are, as most organisations have it.
    pub demographics: Demographics,
    /// Organisations that have it written down differently.
    pub differs: Vec<(Partner, Demographics)>,
    /// What is held of them, each fact with its organisation.
    pub facts: Vec<Fact>,
}

impl Person {
    /// Who the person is, as `partner` has it.
    #[must_use]
    pub fn as_known_to(&self, partner: Partner) -> &Demographics {
        let own = self.differs.iter().find(|(of, _)| *of == partner);
        own.map_or(&self.demographics, |(_, demographics)| demographics)
    }

    /// Whether `partner` knows the person: it is their practice, or it holds a fact of them.
    #[must_use]
    pub fn known_to(&self, partner: Partner) -> bool {
        self.demographics.practice == partner
            || self.facts.iter().any(|fact| fact.source == partner)
    }
}
