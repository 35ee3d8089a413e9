use serde::{Deserialize, Serialize};
use tarn_model::{LabelSet, NhsNumber, OdsCode, PersonId, Timestamp, fold_name};

use crate::When;

/// What one source says of who a person is: one of these per Patient resource held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demographics {
    /// The person.
    pub person: PersonId,
    /// The organisation that says so.
    pub source: OdsCode,
    /// When Tarn received this version.
    pub received_at: Timestamp,
    /// NHS number, if the source gave one.
    pub nhs_number: Option<NhsNumber>,
    /// Family name as written.
    pub family: String,
    /// Given names as written, in order.
    pub given: Vec<String>,
    /// Title as written: `"Mrs"`.
    pub title: Option<String>,
    /// The name the person wants to be called by.
    pub preferred_name: Option<String>,
    /// Names no longer used, `"Given FAMILY"`.
    pub former_names: Vec<String>,
    /// FHIR administrative gender, verbatim.
    pub gender: Option<String>,
    /// Date of birth.
    pub birth_date: Option<When>,
    /// Whether and when the person died: `Some(None)` is "died, date not given".
    pub died: Option<Option<When>>,
    /// Addresses as written, current first, one text each.
    pub addresses: Vec<String>,
    /// Telephone and e-mail: use (`home`, `work`, `mobile`, `email`) and value, in that order.
    pub contacts: Vec<(String, String)>,
    /// ODS code of the registered GP practice.
    pub registered_gp: Option<OdsCode>,
    /// Its name, where the source gave it or the directory knows it.
    pub registered_gp_name: Option<String>,
    /// Every GP practice that the source says the person is or was registered with; none in a
    /// record that is no longer in use.
    pub registrations: Vec<Registration>,
    /// When the source last changed what it says here, by its own clock.
    pub updated_at: Option<Timestamp>,
    /// Next of kin and other contacts: name, relationship, telephone.
    pub next_of_kin: Vec<(String, String, Option<String>)>,
    /// Languages, interpreter and accessible-information needs as written.
    pub communication: Vec<String>,
    /// Whether the source marks where the person can be found as protected (PDS S-flag:
    /// confidentiality R on the Patient).
    pub restricted: bool,
    /// Sensitivity labels of the Patient resource: who may see it is held against them, as it is
    /// for a line.
    pub labels: LabelSet,
}

/// That a person is or was registered with a GP practice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    /// The practice.
    pub practice: OdsCode,
    /// From when, if the source says so.
    pub from: Option<Timestamp>,
    /// Until when, if it is over or will be.
    pub until: Option<Timestamp>,
}

/// How to look a person up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PersonQuery {
    /// By NHS number: at most one person.
    NhsNumber(NhsNumber),
    /// By family name and date of birth, and first name if given; names are folded
    /// (`tarn_model::fold_name`) and the first name matches by its beginning.
    NameAndBirth {
        /// Family name as typed.
        family: String,
        /// First given name, or its beginning, as typed.
        given: Option<String>,
        /// Date of birth, midnight UTC.
        birth_date: Timestamp,
    },
}

impl PersonQuery {
    /// Whether what one source says of a person is by itself what is looked for.
    ///
    /// The store finds people by what any source says; whoever may not see what that source says
    /// must not learn from the search that it was said.
    #[must_use]
    pub fn fits(&self, said: &Demographics) -> bool {
        match self {
            Self::NhsNumber(number) => said.nhs_number == Some(*number),
            Self::NameAndBirth {
                family,
                given,
                birth_date,
            } => {
                let begins = given.as_deref().map(fold_name).unwrap_or_default();
                let folded = said.given.iter().map(|name| fold_name(name));
                let names = folded.collect::<Vec<_>>().join(" ");
                fold_name(&said.family) == fold_name(family)
                    && said.birth_date.map(|when| when.at) == Some(*birth_date)
                    && names.split(' ').any(|name| name.starts_with(&begins))
            }
        }
    }
}

/// Why an organisation may be taken to have to do with a person, by the record itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relationship {
    /// The organisation.
    pub organisation: OdsCode,
    /// What shows it.
    pub evidence: Evidence,
    /// From when it holds.
    pub from: Option<Timestamp>,
    /// Until when it holds; open if `None`.
    pub until: Option<Timestamp>,
}

/// What shows that an organisation has to do with a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Evidence {
    /// The person is registered there.
    Registration,
    /// A visit, stay or open case there.
    Encounter,
    /// An appointment there.
    Appointment,
    /// A referral to it.
    Referral,
    /// It is on the person's care team, or runs a care plan or package.
    CareTeam,
    /// A task about the person is theirs.
    Task,
}

impl Evidence {
    /// The word that the store and the audit log keep.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Registration => "registration",
            Self::Encounter => "encounter",
            Self::Appointment => "appointment",
            Self::Referral => "referral",
            Self::CareTeam => "care-team",
            Self::Task => "task",
        }
    }
}
