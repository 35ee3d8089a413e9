//! Whether what is contributed may be written by whoever sends it.
//!
//! The record itself is evidence: a visit, a care team or a registration links an organisation
//! with a person. So nobody may write themselves a link. A registered system speaks for its
//! organisation, which answers for it; somebody who signed in may write only about people who
//! are held and with whom the record showed a link before, only over entries of their own
//! organisation that they may see, and nothing into the directory, by which other entries are
//! read. A link that is only claimed is not enough.

use std::collections::BTreeMap;

use serde_json::Value;
use tarn_governance::Verdict;
use tarn_model::{PersonId, RequestContext};
use tarn_record::{
    Action, EntryAction, EntryOutcome, PersonQuery, PlannedEntry, Selection, Subject,
};

use super::admit::{Admitted, resource, without_text};
use super::contribute::{Contributor, written};
use crate::inside::Inside;
use crate::scope::Scope;
use crate::{AccessError, Narrowing, Written};

pub(super) struct Writer<'a> {
    inside: &'a Inside,
    ctx: &'a RequestContext,
    narrowing: &'a Narrowing,
    contributor: &'a Contributor,
}

/// Those about whom may be written, as far as that was decided person by person.
pub(super) struct Writable {
    /// Of each person, what the writer may read; `None` for a system, which may read all that
    /// its own organisation sent.
    people: Option<BTreeMap<PersonId, Admitted>>,
}

/// Why a contribution may not be taken.
pub(super) enum KeptOut {
    /// The token does not reach as far: worked out from the request alone.
    ByToken,
    /// There is nobody, or nothing, of whom the asker may know.
    At {
        /// Where in the text.
        path: String,
        /// Whom it is about, for the log.
        person: Option<PersonId>,
    },
}

impl<'a> Writer<'a> {
    pub(super) fn new(
        inside: &'a Inside,
        ctx: &'a RequestContext,
        narrowing: &'a Narrowing,
        contributor: &'a Contributor,
    ) -> Self {
        Self {
            inside,
            ctx,
            narrowing,
            contributor,
        }
    }

    /// Decides on everybody a contribution is about.
    pub(super) async fn admit(
        &self,
        bundle: &str,
        about: &[(PersonId, String)],
    ) -> Result<Result<Writable, KeptOut>, AccessError> {
        if self.narrowing.system && self.narrowing.types.is_none() {
            return Ok(Ok(Writable { people: None }));
        }
        // The record has read the text before, so that it reads again.
        let Ok(plan) = tarn_record::plan(bundle) else {
            return Ok(Err(KeptOut::ByToken));
        };
        // A condition on what may be read says nothing of what may be written.
        let named = |entry: &PlannedEntry<'_>| {
            let kind = &entry.resource_type;
            self.narrowing.allows_whole_type(kind)
        };
        if !plan.entries.iter().all(named) {
            return Ok(Err(KeptOut::ByToken));
        }
        if self.narrowing.system {
            return Ok(Ok(Writable { people: None }));
        }
        self.inside.refuse_unless_role_may_search(self.ctx).await?;
        let mut people = BTreeMap::new();
        for (person, path) in about {
            let Some(admitted) = self.linked(*person).await? else {
                return Ok(Err(KeptOut::At {
                    path: path.clone(),
                    person: Some(*person),
                }));
            };
            people.insert(*person, admitted);
        }
        for entry in &plan.entries {
            if is_part(entry) || !self.may_write(entry, &people).await? {
                return Ok(Err(KeptOut::At {
                    path: entry.path.clone(),
                    person: None,
                }));
            }
        }
        Ok(Ok(Writable {
            people: Some(people),
        }))
    }

    /// What the writer may see of a person with whom the record shows a link; `None` without one.
    async fn linked(&self, person: PersonId) -> Result<Option<Admitted>, AccessError> {
        if person == PersonId::DIRECTORY {
            return Ok(None);
        }
        let unclaimed = RequestContext {
            reason: None,
            ..self.ctx.clone()
        };
        let decided = self.inside.decide(&unclaimed, person).await?;
        let permitted = decided.ruling.outcome == Verdict::Permit;
        if !permitted || matches!(decided.basis.as_str(), "none" | "self-claimed" | "own") {
            return Ok(None);
        }
        let scope = Scope::new(&decided.ruling, None);
        let selection = scope.selection();
        Ok(Some(Admitted {
            person,
            decided,
            scope,
            selection,
        }))
    }

    async fn may_write(
        &self,
        entry: &PlannedEntry<'_>,
        people: &BTreeMap<PersonId, Admitted>,
    ) -> Result<bool, AccessError> {
        let conditional = match &entry.action {
            Action::Create { if_none_exist } => if_none_exist.is_some(),
            Action::Update { query: Some(_), .. } => true,
            Action::Update { query: None, .. } => {
                return Ok(self.sees_own(entry, people).await? && self.is_about_known(entry).await?);
            }
            Action::Delete { query: None, .. } => return self.sees_own(entry, people).await,
            Action::Delete { query: Some(_), .. } => {
                return Ok(!self.hides(&entry.resource_type, people).await?);
            }
        };
        // Which entry a condition finds is not known here, so it must find none that is hidden.
        if conditional && self.hides(&entry.resource_type, people).await? {
            return Ok(false);
        }
        self.is_about_known(entry).await
    }

    /// Whether there is such an entry of the writer's own organisation, and the writer may see
    /// it: to write over another would be to decide on what one cannot know.
    async fn sees_own(
        &self,
        entry: &PlannedEntry<'_>,
        people: &BTreeMap<PersonId, Admitted>,
    ) -> Result<bool, AccessError> {
        let kind = &entry.resource_type;
        let id = entry.id.as_ref().unwrap_or(&entry.source_ref);
        let held = self.inside.record.person_of(kind, id).await;
        let person = held.map_err(AccessError::record)?;
        let Some(admitted) = person.and_then(|person| people.get(&person)) else {
            return Ok(false);
        };
        let held = self
            .inside
            .record
            .resource(admitted.person, kind, id, &admitted.selection)
            .await
            .map_err(AccessError::record)?;
        // Of a person whose place is protected only a part can be read, and a part put back would
        // destroy the rest.
        Ok(!admitted.decided.restricted
            && held.is_some_and(|held| {
                held.source == self.contributor.organisation && admitted.allows(&held)
            }))
    }

    /// Whether the organisation has entries of this type about these people that the writer may
    /// not see.
    async fn hides(
        &self,
        resource_type: &str,
        people: &BTreeMap<PersonId, Admitted>,
    ) -> Result<bool, AccessError> {
        let own = Selection::everything_of([self.contributor.organisation.clone()]);
        for (person, admitted) in people {
            let rows = self
                .inside
                .record
                .search_rows(*person, &[resource_type], &own)
                .await
                .map_err(AccessError::record)?;
            if rows.iter().any(|row| !admitted.allows_row(row)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether an entry is about somebody who is held. Somebody new could be given a link today
    /// that opens tomorrow what others send about them.
    async fn is_about_known(&self, entry: &PlannedEntry<'_>) -> Result<bool, AccessError> {
        let (kind, id) = match &entry.subject {
            Subject::Directory => return Ok(false),
            // The record answers the same where it finds nobody.
            Subject::Conditional { .. } => return Ok(true),
            Subject::Held(person) => return Ok(*person != PersonId::DIRECTORY),
            Subject::SameAs { resource_type, id } => (resource_type.as_str(), Some(id)),
            Subject::Person(keys) => {
                if let Some(number) = keys.nhs_number {
                    let query = PersonQuery::NhsNumber(number);
                    if !self.inside.people_like(&query).await?.is_empty() {
                        return Ok(true);
                    }
                }
                ("Patient", keys.source_ref.as_ref())
            }
        };
        let Some(id) = id else { return Ok(false) };
        let held = self.inside.record.person_of(kind, id).await;
        let person = held.map_err(AccessError::record)?;
        Ok(person.is_some_and(|person| person != PersonId::DIRECTORY))
    }
}

impl Writable {
    /// What became of an entry. What the writer has just sent they may have back; what was there
    /// before they get only as far as they may read it, and its name otherwise.
    pub(super) fn written(&self, outcome: &EntryOutcome) -> Written {
        let stored = &outcome.resource;
        let sent = outcome.action != EntryAction::Unchanged;
        let shown = match &self.people {
            None => resource(stored),
            Some(_) if sent => resource(stored),
            Some(people) => people
                .get(&stored.person)
                .and_then(|admitted| admitted.present(stored)),
        };
        let nothing = || without_text(stored, String::new());
        written(outcome, shown.unwrap_or_else(nothing))
    }
}

/// Whether the text is but a part of a resource, as it says itself: put back, it would take the
/// rest away.
///
/// Source: FHIR R4 search, `_summary` and `_elements`: the tag SUBSETTED is there against just this.
fn is_part(entry: &PlannedEntry<'_>) -> bool {
    let tags = entry.value.pointer("/meta/tag").and_then(Value::as_array);
    tags.into_iter()
        .flatten()
        .any(|tag| tag.get("code").and_then(Value::as_str) == Some("SUBSETTED"))
}
