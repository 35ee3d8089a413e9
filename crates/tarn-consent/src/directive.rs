use serde::{Deserialize, Serialize};
use tarn_model::{PersonId, Role, Timestamp, UnknownWord};
use uuid::Uuid;

macro_rules! words {
    ($(#[$meta:meta])* $name:ident, $noun:literal { $($variant:ident $word:literal $doc:literal;)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum $name { $(#[doc = $doc] $variant,)* }

        impl $name {
            /// The word that the register keeps.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
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
    };
}

words! {
    /// Which control a directive belongs to. The states are kept apart and never derived from
    /// each other.
    Kind, "kind of directive" {
        LocalObjection "local-objection" "An objection to sharing through this locality's record, for direct care.";
        GpDissent "gp-dissent" "The dissent flag of a GP system; cannot be overridden.";
        Type1 "type-1" "Confidential information not to leave the GP practice beyond individual care.";
        NationalDataOptOut "national-data-opt-out" "Not to be used for research and planning; no effect on direct care.";
        ScrPreference "scr-preference" "The Summary Care Record preference; independent of this record.";
    }
}

words! {
    /// What a directive decides.
    Decision, "decision" {
        Object "object" "Do not share.";
        Allow "allow" "Share: an earlier objection is withdrawn.";
    }
}

words! {
    /// By which way a directive came in.
    Channel, "channel" {
        Portal "portal" "The person's own pages.";
        Telephone "telephone" "A call to the contact centre.";
        Paper "paper" "A form on paper.";
        Feed "feed" "A source's message.";
    }
}

words! {
    /// What of the record a directive is about.
    Scope, "scope" {
        WholeRecord "whole-record" "All of it.";
    }
}

/// One recorded choice. Never changed; a change of mind is another directive.
///
/// Source: FHIR R4 Consent; SNOMED CT 416409005 (refused) and 417528008 (given) for upload to a
/// local shared electronic record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive {
    /// Its id.
    pub id: Uuid,
    /// Whose choice it is.
    pub person: PersonId,
    /// Its place among the person's directives, from 1 without gaps.
    pub sequence: i64,
    /// Which control it belongs to.
    pub kind: Kind,
    /// What of the record it is about.
    pub scope: Scope,
    /// What it decides.
    pub decision: Decision,
    /// From when it holds.
    pub effective_from: Timestamp,
    /// Until when it holds, exclusive; open if `None`.
    pub effective_until: Option<Timestamp>,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// Name of who recorded it, as it was then.
    pub recorded_by: String,
    /// In what role.
    pub recorded_by_role: Role,
    /// By which way it came in.
    pub channel: Channel,
    /// A short reference that can be read out on the telephone.
    pub reference: String,
    /// Whether the consequences were read first. Not reading them never blocks the right.
    pub consequences_read: bool,
    /// Whether it was entered in error: kept, and without effect.
    pub in_error: bool,
}

/// A choice that is to be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDirective {
    /// Which control it belongs to.
    pub kind: Kind,
    /// What of the record it is about.
    pub scope: Scope,
    /// What it decides.
    pub decision: Decision,
    /// From when it holds.
    pub effective_from: Timestamp,
    /// Until when it holds, exclusive; open if `None`.
    pub effective_until: Option<Timestamp>,
    /// By which way it came in.
    pub channel: Channel,
    /// Whether the consequences were read first.
    pub consequences_read: bool,
}

impl NewDirective {
    /// The choice to share the whole record through the locality, or to object to it.
    #[must_use]
    pub const fn whole_record(
        share: bool,
        channel: Channel,
        consequences_read: bool,
        effective_from: Timestamp,
    ) -> Self {
        Self {
            kind: Kind::LocalObjection,
            scope: Scope::WholeRecord,
            decision: if share {
                Decision::Allow
            } else {
                Decision::Object
            },
            effective_from,
            effective_until: None,
            channel,
            consequences_read,
        }
    }
}

/// Who records a choice: the person, or somebody for them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedBy {
    /// Their name, as it is now.
    pub name: String,
    /// Their role.
    pub role: Role,
}
