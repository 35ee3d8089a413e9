use std::fmt;

use serde::{Deserialize, Serialize};
use tarn_model::{Actor, HeadingSet, OdsCode, PersonId, Purpose, Timestamp, UnknownWord};
use uuid::Uuid;

macro_rules! words {
    ($(#[$meta:meta])* $name:ident, $noun:literal { $($variant:ident $word:literal $doc:literal;)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum $name { $(#[doc = $doc] $variant,)* }

        impl $name {
            /// Every word, in the order of this page.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The word that the log keeps.
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

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.word())
            }
        }
    };
}

words! {
    /// What was done, or tried.
    Action, "action" {
        Open "open" "Staff opened a person's record.";
        SourcesMet "sources-met" "How the sources stood as a record opened, where its entry had said otherwise.";
        Search "search" "Somebody searched for people.";
        Shown "shown" "The person was shown in search results.";
        ReadDocument "read-document" "A letter or document was read.";
        ReadEntries "read-entries" "Another system read entries of the record.";
        Contribute "contribute" "An organisation sent or changed entries of its own.";
        Refused "refused" "Something was asked for and refused.";
        ChoiceRecorded "choice-recorded" "A choice about sharing was recorded.";
        ReadChoices "read-choices" "The person's choices were read.";
        ReadOwnRecord "read-own-record" "The person read their own record.";
        ReadAccessLog "read-access-log" "The access log itself was read.";
        SignIn "sign-in" "Somebody signed in, or tried to.";
        SignOut "sign-out" "Somebody signed out.";
        Load "load" "Data was loaded into the record.";
        SourceChanged "source-changed" "A source was joined, taken out or put back.";
        PeopleMerged "people-merged" "Two people were made one, or an attempt was refused.";
        PeopleParted "people-parted" "Two people who had been made one were made two again.";
        Print "print" "A page of the record was printed.";
        Export "export" "Record content was exported.";
        AgreementChanged "agreement-changed" "Another sharing agreement was put in force.";
        ReadAlerts "read-alerts" "A privacy officer read what was reported to them.";
        AlertAcknowledged "alert-acknowledged" "A privacy officer looked into what was reported.";
    }
}

words! {
    /// Why the privacy officer is told of something.
    AlertKind, "kind of alert" {
        DespiteObjection "despite-objection" "The record was opened although the person objects to sharing.";
        ProtectedPlace "protected-place" "The record of somebody whose place is protected was opened on the asker's own word.";
        Emergency "emergency" "The record was opened with emergency access.";
        Clause "clause" "The clause that allowed it says so.";
    }
}

words! {
    /// Whether it was permitted.
    Outcome, "outcome" {
        Permitted "permitted" "It was permitted and done.";
        Refused "refused" "It was refused; nothing was shown.";
    }
}

/// One thing that happened, as it is written into the log.
///
/// It holds who asked as the identity provider described them at that moment, so that a later
/// change of name or role does not rewrite history. The actor's own NHS number is never written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// When it happened. Order follows the sequence, not this clock.
    pub at: Timestamp,
    /// The request that it was part of.
    pub request_id: Uuid,
    /// Whose record it concerns; `None` when it is about nobody in particular.
    pub person: Option<PersonId>,
    /// Who did it.
    pub actor: Actor,
    /// What was done.
    pub action: Action,
    /// Why, in the vocabulary of purposes.
    pub purpose: Purpose,
    /// Why, in the asker's own words.
    pub reason: Option<String>,
    /// Whether it was permitted.
    pub outcome: Outcome,
    /// The word of the relationship evidence that it rested on, for example `registered-gp`.
    pub basis: Option<String>,
    /// Which parts of the record were shown.
    pub headings: HeadingSet,
    /// The clause that decided: `agreement@hash#clause`.
    pub citation: Option<String>,
    /// Why it was refused, as a word.
    pub reason_code: Option<String>,
    /// Each source that was asked, with how it stood.
    pub sources: Vec<(OdsCode, String)>,
    /// Anything else that its reader should know.
    pub note: Option<String>,
    /// Why the privacy officer is told of it; `None` if they are not. The alert is written along
    /// with the entry, or neither is.
    pub alert: Option<AlertKind>,
}

/// An entry that is in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its place in the whole log, from 1, without gaps.
    pub sequence: i64,
    /// Its place among the entries about the same person, from 1, without gaps.
    pub person_sequence: Option<i64>,
    /// Its id.
    pub id: Uuid,
    /// The salted commitment that stands for it in the chain.
    pub leaf: [u8; 32],
    /// The leaf of the previous entry about the same person.
    pub person_previous: Option<[u8; 32]>,
    /// What was written.
    pub entry: Entry,
}

/// What the log gives back once an entry is on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// Its place in the whole log, from 1, without gaps.
    pub sequence: i64,
    /// Its place among the entries about the same person, from 1, without gaps.
    pub person_sequence: Option<i64>,
    /// Its id.
    pub id: Uuid,
}

/// Which of a person's events to read.
///
/// Pages are cut by `before_sequence`: ask again with the last event's `person_sequence`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Not earlier than this.
    pub from: Option<Timestamp>,
    /// Earlier than this.
    pub until: Option<Timestamp>,
    /// Only events whose `person_sequence` is below this.
    pub before_sequence: Option<i64>,
    /// At most this many, 1 to 1,000.
    pub limit: u32,
}

impl Window {
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    /// Whether an event of this time and place is within it, the limit aside.
    pub(crate) fn holds(&self, at: i64, place: i64) -> bool {
        self.from.is_none_or(|from| from.as_micros() <= at)
            && self.until.is_none_or(|until| at < until.as_micros())
            && self.before_sequence.is_none_or(|before| place < before)
    }
}

impl Default for Window {
    /// The newest 100.
    fn default() -> Self {
        Self {
            from: None,
            until: None,
            before_sequence: None,
            limit: 100,
        }
    }
}
