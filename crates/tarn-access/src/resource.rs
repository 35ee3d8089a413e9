//! Resources as the FHIR interface gives and takes them.

use tarn_model::{OdsCode, PersonId, Timestamp};
use tarn_search::{Cursor, Filter};

/// One resource at one version, as it may leave.
///
/// Content: it implements neither `Serialize` nor `Display`, and the door gives it out only as
/// [`crate::Disclosed`].
#[derive(Clone, PartialEq, Eq)]
pub struct Resource {
    /// FHIR type.
    pub resource_type: String,
    /// Logical id.
    pub id: String,
    /// From 1, one more with each change.
    pub version: i64,
    /// The organisation that sent it; `None` where its name would tell where a person is whose
    /// place is protected.
    pub source: Option<OdsCode>,
    /// When this version was stored.
    pub updated_at: Timestamp,
    /// Whether this version says that its source took it back; there is no JSON then.
    pub deleted: bool,
    pub(crate) json: String,
}

impl Resource {
    /// The JSON text: what the source sent, with Tarn's `id`, `meta.versionId`,
    /// `meta.lastUpdated` and `meta.source` put in. Empty if it was taken back.
    #[must_use]
    pub fn json(&self) -> &str {
        &self.json
    }
}

/// What a bearer token narrows a request to, beside what the agreement permits. The default is
/// somebody who signed in, not narrowed.
#[derive(Debug, Clone, Default)]
pub struct Narrowing {
    /// Only these types, with the conditions that each match must meet as well; `None` is every
    /// type. Where a type is named more than once, the conditions of one of them are enough.
    pub types: Option<Vec<(String, Vec<Filter>)>>,
    /// Only the person behind this Patient resource.
    pub patient: Option<String>,
    /// A registered system of the organisation asks, and nobody who signed in (SMART `system/`).
    /// It contributes as a feed does, and may take a copy of what its organisation contributed.
    pub system: bool,
}

/// Which page of many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageOf {
    /// Where the page before ended.
    pub after: Option<Cursor>,
    /// How many at most, from 1.
    pub limit: usize,
}

/// What a search found.
#[derive(Clone)]
pub struct Found {
    /// The matches of this page, in order.
    pub matches: Vec<Resource>,
    /// Resources that came along because a match names them or is named by them.
    pub included: Vec<Resource>,
    /// Whether there would have been more to include than one answer may hold.
    pub included_cut: bool,
    /// How many match in all, when that was asked for.
    pub total: Option<usize>,
    /// Where the next page goes on, if there is one.
    pub next: Option<Cursor>,
}

/// Which versions of resources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versions {
    /// Only those stored at or after this time.
    pub since: Option<Timestamp>,
    /// Which page.
    pub page: PageOf,
}

/// All that is held about a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Everything {
    /// Only these types; empty is all.
    pub types: Vec<String>,
    /// Only what was stored at or after this time.
    pub since: Option<Timestamp>,
    /// Which page.
    pub page: PageOf,
}

/// What became of one entry that an organisation contributed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteOutcome {
    /// It was not held before.
    Created,
    /// It has a new version.
    Updated,
    /// Nothing was to be done: the same text, or the match of a conditional create.
    Unchanged,
    /// Its source took it back.
    Deleted,
}

/// One entry of what an organisation contributed, after it is on disk.
#[derive(Clone)]
pub struct Written {
    /// Its place in `Bundle.entry`, from 0. An entry that takes away what was never there has no
    /// outcome.
    pub index: usize,
    /// What became of it.
    pub outcome: WriteOutcome,
    /// The version that is current now; without its text if the writer may not read it.
    pub resource: Resource,
}

/// Somebody to be matched: as much as is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MatchQuery {
    /// NHS number, ten digits.
    pub nhs_number: Option<String>,
    /// Other identifiers: system, value.
    pub identifiers: Vec<(String, String)>,
    /// Family name.
    pub family: Option<String>,
    /// Given names.
    pub given: Vec<String>,
    /// Date of birth, as FHIR writes it.
    pub birth_date: Option<String>,
    /// Administrative gender, as FHIR writes it.
    pub gender: Option<String>,
    /// Postcodes.
    pub postcodes: Vec<String>,
    /// ODS code of the GP practice.
    pub practice: Option<String>,
    /// Only certain matches.
    pub only_certain: bool,
    /// How many candidates at most.
    pub limit: usize,
}

/// A candidate of a match.
#[derive(Clone)]
pub struct Scored {
    /// The Patient resource.
    pub patient: Resource,
    /// From 0 to 1.
    pub score: f64,
    /// `certain`, `probable`, `possible` or `certainly-not`, as FHIR's match-grade.
    pub grade: &'static str,
}

/// Which part of its own contribution an organisation takes a copy of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExportAsk {
    /// Where the page before ended: its [`ExportPage::next`].
    pub after: Option<String>,
    /// How many people at most, from 1.
    pub people: usize,
    /// Only these types; empty is all.
    pub types: Vec<String>,
    /// Only what was stored at or after this time.
    pub since: Option<Timestamp>,
    /// Also the versions that are no longer current, be it that an entry was taken back.
    pub history: bool,
}

/// The entries of some people that an organisation contributed.
#[derive(Clone)]
pub struct ExportPage {
    /// Person by person; what is about nobody comes first of all, under
    /// [`PersonId::DIRECTORY`].
    pub people: Vec<Contributed>,
    /// Where the next page goes on, if there is one.
    pub next: Option<String>,
}

/// What an organisation contributed about one person.
#[derive(Clone)]
pub struct Contributed {
    /// Whom it is about.
    pub person: PersonId,
    /// The entries that stand, by type and id; with [`ExportAsk::history`] their versions too.
    pub resources: Vec<Resource>,
    /// With [`ExportAsk::since`] the entries that were taken back since: their names, no text.
    pub deleted: Vec<Resource>,
}

/// A part of a copy that was made before and is to be handed over now.
#[derive(Debug, Clone, Default)]
pub struct ExportedPart {
    /// The types in it.
    pub types: Vec<String>,
    /// Whom it is about.
    pub people: Vec<PersonId>,
}

macro_rules! no_content_in_debug {
    ($($name:ident)*) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    )*};
}
no_content_in_debug!(Resource Found Written Scored ExportPage Contributed);
