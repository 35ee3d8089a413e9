use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{NhsNumber, OdsCode, Timestamp};

/// A word that is not in one of Tarn's closed vocabularies.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is not a known {vocabulary}")]
pub struct UnknownWord {
    /// Which vocabulary was asked.
    pub vocabulary: &'static str,
    /// The word that is not in it.
    pub word: String,
}

impl UnknownWord {
    /// The first 40 characters of `word` are kept.
    #[must_use]
    pub fn new(vocabulary: &'static str, word: &str) -> Self {
        Self {
            vocabulary,
            word: word.chars().take(40).collect(),
        }
    }
}

macro_rules! vocabulary {
    ($(#[$meta:meta])* $name:ident, $noun:literal { $($variant:ident $word:literal $title:literal $doc:literal;)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum $name { $(#[doc = $doc] $variant,)* }

        impl $name {
            /// Every word of the vocabulary.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The word used in agreements, claims and the audit log.
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

        impl std::str::FromStr for $name {
            type Err = UnknownWord;

            fn from_str(word: &str) -> Result<Self, Self::Err> {
                match word {
                    $($word => Ok(Self::$variant),)*
                    _ => Err(UnknownWord::new($noun, word)),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.word())
            }
        }
    };
}

vocabulary! {
    /// What somebody is doing when they ask: the role they chose at sign-in.
    Role, "role" {
        Gp "gp" "GP" "A doctor of a GP practice.";
        PracticeAdmin "practice-admin" "Practice administrator" "Administrative staff of a GP practice.";
        OohDoctor "ooh-doctor" "Out-of-hours doctor" "A doctor of the out-of-hours or 111 service.";
        EdDoctor "ed-doctor" "Emergency department doctor" "A doctor of an emergency department.";
        Pharmacist "pharmacist" "Pharmacist" "A hospital, community or practice pharmacist.";
        CommunityNurse "community-nurse" "Community nurse" "A district or community nurse.";
        DischargeNurse "discharge-nurse" "Discharge nurse" "A nurse who plans people's way home from hospital.";
        MentalHealth "mental-health" "Mental health clinician" "A clinician of a mental health trust.";
        SocialWorker "social-worker" "Social worker" "A social worker for adults.";
        ChildrenSocialWorker "children-social-worker" "Children's social worker" "A social worker for children.";
        Safeguarding "safeguarding" "Safeguarding investigator" "A named member of a safeguarding team.";
        Ambulance "ambulance" "Paramedic" "A paramedic or ambulance clinician.";
        ContactCentre "contact-centre" "Contact centre adviser" "An adviser who takes calls about choices.";
        PrivacyOfficer "privacy-officer" "Privacy officer" "Looks into accesses that need explaining.";
        IgLead "ig-lead" "Information governance lead" "Looks after the sharing agreements.";
        Operator "operator" "Operator" "Runs the system; sees no record.";
        Citizen "citizen" "Person" "The person the record is about.";
    }
}

vocabulary! {
    /// Why somebody asks.
    ///
    /// Source: FHIR R4 PurposeOfUse (v3-ActReason); see [`Purpose::fhir_code`].
    Purpose, "purpose" {
        DirectCare "direct-care" "Direct care" "To give or plan this person's care.";
        Emergency "emergency" "Emergency care" "To give care that cannot wait.";
        SafeguardingInquiry "safeguarding" "Safeguarding" "To protect this or another person from harm.";
        CareAdministration "administration" "Running the service" "To arrange care: appointments, letters, transport.";
        SubjectAccess "subject-access" "Your own record" "The person reads their own record.";
        ChoiceRecording "choices" "Recording a choice" "To record the person's own choice about sharing.";
        AuditReview "audit" "Checking accesses" "To check who looked and why.";
    }
}

impl Purpose {
    /// The code in v3-ActReason that outside systems know this purpose by.
    #[must_use]
    pub const fn fhir_code(self) -> &'static str {
        match self {
            Self::DirectCare => "TREAT",
            Self::Emergency => "ETREAT",
            Self::SafeguardingInquiry => "PUBHLTH",
            Self::CareAdministration => "HOPERAT",
            Self::SubjectAccess => "PATRQT",
            Self::ChoiceRecording => "HOPERAT",
            Self::AuditReview => "HCOMPL",
        }
    }
}

vocabulary! {
    /// Which door somebody came in by. The two never mix: other providers, cookies and pages.
    Realm, "realm" {
        Staff "staff" "Staff" "People who work for a partner organisation.";
        Citizen "citizen" "Citizen" "People reading their own record.";
    }
}

vocabulary! {
    /// How sure the identity provider was of who signed in.
    ///
    /// Source: NHS login vectors of trust (P0, P5, P9); NHS CIS2 authentication assurance levels.
    Assurance, "assurance" {
        Low "low" "Low" "An e-mail address or telephone number only (NHS login P0).";
        Medium "medium" "Medium" "A claimed identity that was matched (NHS login P5; AAL1).";
        High "high" "High" "A proven identity (NHS login P9; AAL2 or AAL3).";
    }
}

/// Somebody who has signed in, as the identity provider described them at that moment.
///
/// Made only by `tarn-identity` from verified claims; everything the decision needs to know about
/// the asker is here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// Staff or citizen.
    pub realm: Realm,
    /// The provider's stable id of the user (CIS2 `nhsid_useruid`, or `sub`).
    pub user_id: String,
    /// The name as it was at sign-in.
    pub display_name: String,
    /// The chosen role.
    pub role: Role,
    /// The organisation they act for; `None` for a citizen.
    pub organisation: Option<OdsCode>,
    /// The organisation's name as it was at sign-in.
    pub organisation_name: Option<String>,
    /// How sure the provider was.
    pub assurance: Assurance,
    /// A citizen's own NHS number, only where the provider proved it (NHS login P9).
    #[serde(skip)]
    pub own_nhs_number: Option<NhsNumber>,
}

/// Who asks, why, when: the one value that is handed through every layer, first argument first.
#[derive(Debug, Clone)]
pub struct RequestContext {
    /// Who asks.
    pub actor: Actor,
    /// Why they ask.
    pub purpose: Purpose,
    /// The reason in the asker's own words, where the policy asked for one.
    pub reason: Option<String>,
    /// When they asked.
    pub at: Timestamp,
    /// Ties the audit rows, the log lines and the error page of one request together.
    pub request_id: Uuid,
}
