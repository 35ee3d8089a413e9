use tarn_model::{Assurance, HeadingSet, LabelSet, OdsCode, Purpose, Role, Timestamp};

use crate::RelationshipBasis;

/// An organisation that the agreement binds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// Its ODS code.
    pub ods: OdsCode,
    /// Its name.
    pub name: String,
    /// What kind of organisation it is, in the locality's words: `gp-practice`.
    pub kind: String,
}

/// What a clause is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClauseKind {
    /// The system enforces it: it has a rule.
    Operative,
    /// People keep to it; no system can.
    Human,
    /// It explains.
    Info,
}

/// One numbered clause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    /// Its number: `"4.2"`.
    pub number: String,
    /// Its heading.
    pub title: String,
    /// Its words, without rule and cases, one paragraph after another.
    pub text: String,
    /// What it is for.
    pub kind: ClauseKind,
    /// Line of its heading in the text, from 1.
    pub line: usize,
}

/// Whether a rule lets in or keeps out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    Permit,
    Forbid,
}

/// The least that must link the asker with the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Link {
    NotNeeded,
    Claimed,
    Evidenced,
    Own,
}

impl Link {
    pub(crate) const fn is_met_by(self, basis: RelationshipBasis) -> bool {
        match (self, basis) {
            (Self::NotNeeded, _)
            | (Self::Claimed, RelationshipBasis::Evidenced | RelationshipBasis::SelfClaimed)
            | (Self::Evidenced, RelationshipBasis::Evidenced)
            | (Self::Own, RelationshipBasis::Own) => true,
            (Self::Claimed | Self::Evidenced, RelationshipBasis::None | RelationshipBasis::Own)
            | (Self::Evidenced, RelationshipBasis::SelfClaimed)
            | (
                Self::Own,
                RelationshipBasis::None
                | RelationshipBasis::Evidenced
                | RelationshipBasis::SelfClaimed,
            ) => false,
        }
    }
}

/// What must be done when a rule lets somebody in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Duties {
    /// The person can see that it happened. Always so: a rule need not say it.
    pub tell_person: bool,
    /// The asker must give a reason in words.
    pub reason_required: bool,
    /// The privacy officer is told.
    pub alert_privacy_officer: bool,
    /// The privacy officer is told if the purpose is emergency care. A ruling is about one
    /// purpose, and says what follows from this by `alert_privacy_officer`.
    pub alert_in_emergency: bool,
}

impl Duties {
    /// Whether the privacy officer is told of a look for this purpose.
    #[must_use]
    pub fn alerts_for(self, purpose: Purpose) -> bool {
        self.alert_privacy_officer || (self.alert_in_emergency && purpose == Purpose::Emergency)
    }
}

/// One rule, as its block says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) clause: String,
    pub(crate) effect: Effect,
    pub(crate) roles: Vec<Role>,
    /// Kinds of organisation the asker must act for; any party if empty.
    pub(crate) kinds: Vec<String>,
    pub(crate) headings: HeadingSet,
    /// Permit: labels that may be seen besides unlabelled entries. Forbid: an entry with one of
    /// these is kept out; every entry if empty.
    pub(crate) labels: LabelSet,
    /// Kinds of organisation whose entries are meant; all parties if empty.
    pub(crate) sources: Vec<String>,
    pub(crate) purposes: Vec<Purpose>,
    pub(crate) link: Link,
    pub(crate) assurance: Assurance,
    /// A duty in law that the person's objection does not stop; such a rule names its roles.
    pub(crate) despite_objection: bool,
    pub(crate) until: Option<Timestamp>,
    pub(crate) duties: Duties,
}

/// One example under a clause: what is asked, and what the answer must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Case {
    pub(crate) clause: String,
    pub(crate) line: usize,
    pub(crate) text: String,
    pub(crate) expected: Expected,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Expected {
    Permit,
    Deny(Option<String>),
}

/// An agreement's text, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Agreement {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) version: String,
    pub(crate) in_force_from: Timestamp,
    pub(crate) in_force_until: Timestamp,
    pub(crate) review_by: Timestamp,
    pub(crate) lawful_basis: String,
    pub(crate) objection_clause: Option<String>,
    pub(crate) contribution_clause: Option<String>,
    pub(crate) parties: Vec<Party>,
    pub(crate) clauses: Vec<Clause>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) cases: Vec<Case>,
}
