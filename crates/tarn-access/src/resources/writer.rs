//! Whether what is contributed may be written by whoever sends it.
//!
//! The record itself is evidence: a visit, a care team or a registration links an organisation
//! with a person. So nobody may write themselves a link. A registered system speaks for its
//! organisation, which answers for it; somebody who signed in may write only about people who
//! are held and with whom the record showed a link before, only over entries of their own
//! organisation that they may see, and nothing into the directory, by which other entries are
//! read. A link that is only claimed is not enough.
//!
//! A condition finds, to somebody who signed in, only what they may see: an entry of their own
//! organisation about somebody else, or one that is kept from them, is as if it were not there. A
//! conditional update makes a new entry then, and a conditional deletion takes nothing away.

use std::collections::BTreeMap;

use serde_json::Value;
use tarn_governance::Verdict;
use tarn_model::{PersonId, RequestContext};
use tarn_record::{
    Action, Delivery, EntryAction, EntryOutcome, IngestError, PersonQuery, PlannedEntry, Subject,
};

use super::admit::{Admitted, resource, without_text};
use super::contribute::{Contributor, written};
use super::directory::is_common;
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

/// Why it could not be found out what conditions find.
pub(super) enum Unseen {
    /// The delivery is at fault.
    Delivery(IngestError),
    /// Something did not answer.
    Door(AccessError),
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

    /// What conditions may find, of all that they would; `None` is everything.
    pub(super) async fn seen(
        &self,
        delivery: &Delivery<'_>,
    ) -> Result<Option<Vec<(String, String)>>, Unseen> {
        if self.narrowing.system {
            return Ok(None);
        }
        let matches = self.inside.record.conditional_matches(delivery).await;
        let mut seen = Vec::new();
        for (kind, id) in matches.map_err(Unseen::Delivery)? {
            if self.sees(&kind, &id).await.map_err(Unseen::Door)? {
                seen.push((kind, id));
            }
        }
        Ok(Some(seen))
    }

    /// Whether the writer may know of an entry of their own organisation.
    async fn sees(&self, kind: &str, id: &str) -> Result<bool, AccessError> {
        let held = self.inside.record.person_of(kind, id).await;
        let Some(person) = held.map_err(AccessError::record)? else {
            return Ok(false);
        };
        if person == PersonId::DIRECTORY {
            return Ok(is_common(kind));
        }
        let Some(admitted) = self.linked(person).await? else {
            return Ok(false);
        };
        let held = self
            .inside
            .record
            .resource(person, kind, id, &admitted.selection)
            .await
            .map_err(AccessError::record)?;
        Ok(held.is_some_and(|held| admitted.shows(&held)))
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
            outward: self.inside.outward_if_protected(&decided).await?,
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
        // Of a person whose place is protected only a part can be read, and a part put back would
        // destroy the rest.
        let protected = people.values().any(|admitted| admitted.decided.restricted);
        match &entry.action {
            Action::Create { .. } => self.is_about_known(entry, people).await,
            Action::Update { query, .. } => {
                // With an id it is about that very entry, whatever the condition finds.
                let conditional = query.is_some() && entry.id.is_none();
                let may = match conditional {
                    true => !protected,
                    false => self.sees_own(entry, people).await?,
                };
                Ok(may && self.is_about_known(entry, people).await?)
            }
            Action::Delete { query: None, .. } => self.sees_own(entry, people).await,
            Action::Delete { query: Some(_), .. } => Ok(!protected),
        }
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
        // A part of what is protected, put back, would destroy the rest.
        Ok(!admitted.decided.restricted
            && held.is_some_and(|held| {
                held.source == self.contributor.organisation && admitted.allows(&held)
            }))
    }

    /// Whether an entry is about somebody who is held. Somebody new could be given a link today
    /// that opens tomorrow what others send about them.
    async fn is_about_known(
        &self,
        entry: &PlannedEntry<'_>,
        people: &BTreeMap<PersonId, Admitted>,
    ) -> Result<bool, AccessError> {
        let (kind, id) = match &entry.subject {
            Subject::Directory => return Ok(false),
            // The record answers the same where it finds nobody.
            Subject::Conditional { .. } => return Ok(true),
            Subject::Held(person) => return Ok(*person != PersonId::DIRECTORY),
            Subject::SameAs { resource_type, id } => (resource_type.as_str(), Some(id)),
            Subject::Person(keys) => {
                if let Some(number) = keys.nhs_number {
                    let query = PersonQuery::NhsNumber(number);
                    let held = self.inside.people_like(&query).await?;
                    let linked = held.iter().filter_map(|person| people.get(person));
                    // The record files by a number alone only what comes from a source that has
                    // a Patient of its own for whoever holds it.
                    let follows = |one: &Admitted| keys.is_patient || self.has_patient_of(one);
                    if linked.into_iter().any(follows) {
                        return Ok(true);
                    }
                }
                ("Patient", keys.source_ref.as_ref())
            }
        };
        let Some(id) = id else { return Ok(false) };
        let held = self.inside.located_one(kind, id).await?;
        let known = |(person, _): (PersonId, String)| {
            let admitted = people.get(&person);
            person != PersonId::DIRECTORY
                && admitted.is_some_and(|one| one.own_id(kind, id).is_some())
        };
        Ok(held.is_some_and(known))
    }

    /// Whether the writer's organisation has a Patient of its own of this person.
    fn has_patient_of(&self, admitted: &Admitted) -> bool {
        let own = &self.contributor.organisation;
        let said = &admitted.decided.demographics;
        said.iter().any(|said| said.source == *own)
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
            // What of a letter's words they may read is not worked out here.
            Some(_) if stored.resource_type == "Composition" => None,
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
