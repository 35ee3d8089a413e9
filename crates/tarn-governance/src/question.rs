use std::fmt;

use tarn_model::{Assurance, Heading, LabelSet, OdsCode, Purpose, Realm, Role, Timestamp};

/// Who asks, as far as an agreement can speak of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asker<'a> {
    /// Staff or citizen.
    pub realm: Realm,
    /// In what role.
    pub role: Role,
    /// For which organisation; none for a citizen.
    pub organisation: Option<&'a OdsCode>,
    /// How sure the identity provider was.
    pub assurance: Assurance,
}

/// What links the asker with the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RelationshipBasis {
    /// Nothing does.
    None,
    /// The record itself shows it: a registration, a visit, a referral.
    Evidenced,
    /// The asker says so and gave a reason.
    SelfClaimed,
    /// The asker is the person.
    Own,
}

impl RelationshipBasis {
    /// Every basis.
    pub const ALL: &'static [Self] = &[Self::None, Self::Evidenced, Self::SelfClaimed, Self::Own];
}

/// What the person said about sharing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Objection {
    /// Nothing against it.
    None,
    /// They object to sharing their record through this locality.
    WholeRecord,
}

impl Objection {
    /// Every state.
    pub const ALL: &'static [Self] = &[Self::None, Self::WholeRecord];
}

/// Everything that a decision rests on. There is no other input: no clock, no store.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// Who asks.
    pub actor: Asker<'a>,
    /// Why.
    pub purpose: Purpose,
    /// What links them with the person.
    pub relationship: RelationshipBasis,
    /// What the person said about sharing.
    pub objection: Objection,
    /// Whether where the person can be found is protected.
    pub person_restricted: bool,
    /// When.
    pub at: Timestamp,
}

/// Where a decision comes from: agreement, version, hash of the signed text, clause.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Citation {
    /// The agreement's id.
    pub agreement: String,
    /// Its version.
    pub version: String,
    /// SHA-256 of its canonical text, in hexadecimal.
    pub hash: String,
    /// Number of the clause.
    pub clause: String,
}

impl fmt::Display for Citation {
    /// `harrowmere-direct-care@3f9a0c21b7de#4.2`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let short = self.hash.get(..12).unwrap_or(&self.hash);
        write!(f, "{}@{short}#{}", self.agreement, self.clause)
    }
}

macro_rules! reasons {
    ($($variant:ident $word:literal $words:literal;)*) => {
        /// Why something is refused.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Reason { $(#[doc = $words] $variant,)* }

        impl Reason {
            /// Every reason.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The word that the audit log keeps.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// The reason in plain words.
            #[must_use]
            pub const fn words(self) -> &'static str {
                match self { $(Self::$variant => $words,)* }
            }
        }
    };
}

reasons! {
    NotInForce "not-in-force" "The sharing agreement is not in force today.";
    OrganisationNotParty "organisation-not-party" "Your organisation has not signed the sharing agreement.";
    RoleNotNamed "role-not-named" "No clause of the agreement lets your role see records.";
    PurposeNotNamed "purpose-not-named" "The agreement does not let your role see records for this purpose.";
    AssuranceTooLow "assurance-too-low" "Your way of signing in does not prove well enough who you are.";
    PersonObjected "person-objected" "The person chose not to share their record here.";
    RelationshipNeeded "relationship-needed" "Nothing links you with this person’s care.";
    Prohibited "prohibited" "A clause of the agreement forbids it.";
    SourceNotParty "source-not-party" "The organisation that holds this has not signed the agreement.";
    LabelNotCleared "label-not-cleared" "It is marked as more private than your role may see.";
    HeadingNotNamed "heading-not-named" "It is not part of what your role may see.";
}

/// Whether anything of a record may be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Something may.
    Permit,
    /// Nothing may, for this reason, by this clause if one says so.
    Deny(Reason, Option<Citation>),
}

/// Whether one entry may be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It may, by this clause.
    Permit(Citation),
    /// It may not, for this reason, by this clause if one says so.
    Deny(Reason, Option<Citation>),
}

/// One entry, as far as an agreement can speak of it.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// Under which heading.
    pub heading: Heading,
    /// With which labels.
    pub labels: LabelSet,
    /// From which organisation.
    pub source: &'a OdsCode,
}
