use tarn_audit::AlertKind;
use tarn_model::{Heading, HeadingSet, OdsCode, PersonId, Purpose, Role, Timestamp};
use tarn_record::{Demographics, Line};
use uuid::Uuid;

use crate::Ledger;

/// What the asker wants of a record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ask {
    /// Only these headings; everything permitted if `None`. The ledger always covers all.
    pub headings: Option<HeadingSet>,
    /// Also give the copies held of sources that do not answer, in [`PersonRecord::held`].
    pub held_copies: bool,
}

/// One person's record as one asker may see it at one moment.
#[derive(Debug, Clone)]
pub struct PersonRecord {
    /// The person.
    pub person: PersonId,
    /// What each source says of who they are, newest first; at least one.
    pub demographics: Vec<Demographics>,
    /// Whether where the person can be found is protected. What tells of it has been
    /// taken out of everything here, local organisations stand by their kind alone, and resource
    /// ids are no ids of the store.
    pub location_protected: bool,
    /// The lines, newest first within each heading.
    pub lines: Vec<Line>,
    /// Lines of sources that do not answer, from the copy held: always the allergies, the rest
    /// only if [`Ask::held_copies`]. Never to be mixed with `lines` or shown without their date.
    pub held: Vec<Line>,
    /// Every source × heading: present, or why there is nothing.
    pub ledger: Ledger,
    /// The headings the asker may see.
    pub permitted: HeadingSet,
    /// Under what rule and why the record was opened.
    pub opening: Opening,
}

impl PersonRecord {
    /// The lines under `heading`, newest first.
    pub fn under(&self, heading: Heading) -> impl Iterator<Item = &Line> {
        self.lines
            .iter()
            .filter(move |line| line.heading == heading)
    }
}

/// Under what rule and why a record was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// When.
    pub at: Timestamp,
    /// What for.
    pub purpose: Purpose,
    /// What links the asker with the person: `"registration"`, `"encounter"`, … or
    /// `"self-claimed"` or `"own"`.
    pub basis: String,
    /// The reason given, if one was asked.
    pub reason: Option<String>,
    /// The clauses that allowed it, each with the headings it allowed.
    pub clauses: Vec<CitedClause>,
}

/// One clause of an agreement and what it was cited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CitedClause {
    /// Clause number: `"4.2"`.
    pub number: String,
    /// `agreement@hash#clause`, as the audit row keeps it.
    pub citation: String,
    /// The clause's own words.
    pub text: String,
    /// The headings it was cited for.
    pub headings: HeadingSet,
}

/// One person found by a search, with no more than is needed to tell them from another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Tarn's key of the person, for the link.
    pub person: PersonId,
    /// Who they are, from the source that was heard last; location taken out if protected.
    pub demographics: Demographics,
    /// Whether where the person can be found is protected.
    pub location_protected: bool,
    /// Whether opening will ask for a reason.
    pub needs_reason: bool,
}

/// One document's text or file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The line that names it.
    pub line: Line,
    /// Content type of the file.
    pub content_type: String,
    /// The file's bytes, exactly as its source sent them; of a letter that is made of sections,
    /// their titles and words as plain text.
    pub bytes: Vec<u8>,
    /// Whether `bytes` are the words of a letter that its source sent in another form.
    pub words_only: bool,
    /// Who it is about, for the banner.
    pub demographics: Vec<Demographics>,
    /// Under what rule and why it was opened.
    pub opening: Opening,
}

/// One event of the person's access log, in the words the page needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// Place in the whole log.
    pub sequence: i64,
    /// Place in this person's log, from 1 without gaps.
    pub person_sequence: i64,
    /// When.
    pub at: Timestamp,
    /// What was done: the audit action's word, for example `"open"` or `"refused"`.
    /// `"sources-met"` belongs to the opening before it and is no look of its own.
    pub action: String,
    /// Whether it was allowed.
    pub permitted: bool,
    /// Name of who did it, as it was then.
    pub who: String,
    /// In what role.
    pub role: Role,
    /// For which organisation, by code and by name; none for the person themselves.
    pub organisation: Option<(OdsCode, String)>,
    /// What for.
    pub purpose: Purpose,
    /// What linked them: see [`Opening::basis`].
    pub basis: Option<String>,
    /// The reason in their own words.
    pub reason: Option<String>,
    /// What they could see.
    pub headings: HeadingSet,
    /// The rule, in the clause's own words, with its number and citation.
    pub clause: Option<CitedClause>,
    /// Why it was refused, as a word of `tarn_governance::Reason`.
    pub reason_code: Option<String>,
    /// More, for choices: the choice that was recorded.
    pub note: Option<String>,
    /// Why the privacy officer was told of it; `None` if they were not.
    pub alert: Option<AlertKind>,
}

/// A person's access log, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessLog {
    /// The entries of the window that was asked for.
    pub entries: Vec<LogEntry>,
    /// How many there are in all since the first.
    pub total: i64,
    /// Whether the person's own numbering runs without a gap over the entries read.
    pub complete: bool,
}

/// One look that the privacy officer was told of: everything that one member of staff opened of
/// one person's record for the same reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// Id of the newest event of the look: what is acknowledged, and the reference that the
    /// person's own log can be searched by.
    pub event: Uuid,
    /// When the look began.
    pub began_at: Timestamp,
    /// How many events it has; at least 1.
    pub events: i64,
    /// The newest event: who, for whom, what for, on what basis and by which clause.
    pub look: LogEntry,
    /// Name, date of birth and NHS number of the person, where the agreement lets its reader see
    /// them and some source says them.
    pub person: Option<Demographics>,
    /// What a privacy officer answered, once one has.
    pub acknowledgement: Option<Acknowledgement>,
}

/// A privacy officer's answer to an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledgement {
    /// When.
    pub at: Timestamp,
    /// Their name, as it was then.
    pub who: String,
    /// The name of their organisation, as it was then.
    pub organisation: Option<String>,
    /// What they found, in their words.
    pub note: String,
}

/// What the privacy officer was told of, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alerts {
    /// The alerts of one page.
    pub entries: Vec<Alert>,
    /// Where the next page begins, if there are older ones.
    pub older: Option<i64>,
}

/// What somebody in another role would see of the record, before and after a choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// The role looked through.
    pub role: Role,
    /// Lines per heading they would see if the choice were to share.
    pub sharing: Vec<(Heading, usize)>,
    /// Lines per heading they would see if the choice were to opt out.
    pub opted_out: Vec<(Heading, usize)>,
    /// Sources that did not answer, so that the counts may be too low.
    pub not_answering: Vec<String>,
}

/// A person's choices about sharing, now and before.
#[derive(Debug, Clone)]
pub struct Choices {
    /// Whether their record is shared at this moment.
    pub sharing: bool,
    /// Every choice ever recorded, newest first.
    pub history: Vec<tarn_consent::Directive>,
}
