//! An organisation takes a copy of what it contributed, person by person.
//!
//! It rests on the same clause as contributing does: each organisation stays the controller of
//! what it puts in. So a copy holds the organisation's own entries, whatever their labels and
//! whatever the person chose about sharing with others, and nothing of anybody else.
//!
//! The copy is the organisation's own words, its own word for when it last changed a resource
//! among them: read back, it gives the same record (`crates/tarn-server/tests/it/exit_drill.rs`).
//!
//! A copy is made at one moment and handed over at another. Both are decided on and written down:
//! that a copy lies ready says nothing about whether it may still be had.

use tarn_audit::{Action, Entry, Outcome};
use tarn_governance::Reason;
use tarn_model::{PersonId, RequestContext};
use tarn_record::{Selection, StoredResource};

use super::admit::own_copy;
use super::contribute::Contributor;
use crate::inside::{Inside, entry};
use crate::{
    AccessError, Contributed, Disclosed, ExportAsk, ExportPage, ExportedPart, Narrowing, Resource,
};

/// In the log, what tells the handing over of a copy from its making.
const HANDED_OVER: &str = "the copy was handed over";

impl Inside {
    pub(crate) async fn export_page(
        &self,
        ctx: &RequestContext,
        narrowing: &Narrowing,
        asked: &ExportAsk,
    ) -> Result<Disclosed<ExportPage>, AccessError> {
        let contributor = self.exporter(ctx, narrowing).await?;
        let after = match &asked.after {
            None => None,
            Some(cursor) => Some(cursor.parse().map_err(|_| super::history::NO_CURSOR)?),
        };
        let limit = asked.people.max(1);
        let held = self.record.people(after, limit).await;
        let held = held.map_err(AccessError::record)?;
        let next = (held.len() == limit)
            .then(|| held.last().map(PersonId::to_string))
            .flatten();
        let mut people = Vec::new();
        let first = after.is_none().then_some(PersonId::DIRECTORY);
        for person in first.into_iter().chain(held) {
            let own = self
                .own_entries(narrowing, &contributor, person, asked)
                .await?;
            if !own.resources.is_empty() || !own.deleted.is_empty() {
                people.push(own);
            }
        }
        let about = people.iter().map(|one| one.person);
        let rows = export_rows(ctx, &contributor, about);
        let ticket = self.write_all(&rows).await?;
        Ok(Disclosed::new(ExportPage { people, next }, ticket))
    }

    pub(crate) async fn export_again(
        &self,
        ctx: &RequestContext,
        narrowing: &Narrowing,
        part: &ExportedPart,
    ) -> Result<Disclosed<()>, AccessError> {
        let contributor = self.exporter(ctx, narrowing).await?;
        if !part
            .types
            .iter()
            .all(|kind| narrowing.allows_whole_type(kind))
        {
            return Err(self.refuse_export(ctx).await?);
        }
        let mut rows = export_rows(ctx, &contributor, part.people.iter().copied());
        for row in &mut rows {
            row.note = Some(HANDED_OVER.to_owned());
        }
        let ticket = self.write_all(&rows).await?;
        Ok(Disclosed::new((), ticket))
    }

    /// Who takes a copy, and by which clause. The refusal is written before it is said.
    async fn exporter(
        &self,
        ctx: &RequestContext,
        narrowing: &Narrowing,
    ) -> Result<Contributor, AccessError> {
        match self.contributor(ctx, narrowing).await? {
            Some(contributor) if narrowing.system => Ok(contributor),
            Some(_) | None => Err(self.refuse_export(ctx).await?),
        }
    }

    async fn own_entries(
        &self,
        narrowing: &Narrowing,
        contributor: &Contributor,
        person: PersonId,
        asked: &ExportAsk,
    ) -> Result<Contributed, AccessError> {
        let own = Selection {
            since: asked.since,
            ..Selection::everything_of([contributor.organisation.clone()])
        };
        let types = narrowing.of_types(&asked.types);
        let wanted = |stored: &StoredResource| {
            let kind = stored.resource_type.as_str();
            narrowing.allows_whole_type(kind)
                && types.as_ref().is_none_or(|types| types.contains(&kind))
        };
        let held = self.record.resources(person, &own).await;
        let mut held = held.map_err(AccessError::record)?;
        held.retain(wanted);
        let mut gone = match asked.since.is_some() || asked.history {
            true => self.record.taken_back(person, &own).await,
            false => Ok(Vec::new()),
        }
        .map_err(AccessError::record)?;
        gone.retain(wanted);
        let mut resources = Vec::new();
        if asked.history {
            for stored in held.iter().chain(&gone) {
                resources.extend(self.versions_of(person, stored, &own).await?);
            }
        } else {
            resources.extend(held.iter().filter_map(own_copy));
        }
        let listed = gone.iter().filter(|_| asked.since.is_some());
        Ok(Contributed {
            person,
            resources,
            deleted: listed.filter_map(own_copy).collect(),
        })
    }

    async fn versions_of(
        &self,
        person: PersonId,
        stored: &StoredResource,
        own: &Selection,
    ) -> Result<Vec<Resource>, AccessError> {
        let versions = self
            .record
            .versions(person, &stored.resource_type, &stored.resource_id, own)
            .await
            .map_err(AccessError::record)?;
        Ok(versions.iter().filter_map(own_copy).collect())
    }

    async fn refuse_export(&self, ctx: &RequestContext) -> Result<AccessError, AccessError> {
        let reason = Reason::RoleNotNamed;
        let mut row = entry(ctx, None, Action::Export, Outcome::Refused);
        row.reason_code = Some(reason.word().to_owned());
        self.write(&row).await?;
        Ok(AccessError::Refused {
            reason: reason.word(),
            words: "Only a registered system of an organisation may take a copy of what that \
                    organisation contributed."
                .to_owned(),
            clause: None,
        })
    }
}

/// One row about nobody, which stands for the copy as a whole, and one for each person in it.
fn export_rows(
    ctx: &RequestContext,
    contributor: &Contributor,
    about: impl Iterator<Item = PersonId>,
) -> Vec<Entry> {
    let people = about.filter(|person| *person != PersonId::DIRECTORY);
    std::iter::once(None)
        .chain(people.map(Some))
        .map(|person| export_row(ctx, contributor, person))
        .collect()
}

fn export_row(ctx: &RequestContext, contributor: &Contributor, person: Option<PersonId>) -> Entry {
    let mut row = entry(ctx, person, Action::Export, Outcome::Permitted);
    row.citation = Some(contributor.clause.to_string());
    row.sources = vec![(contributor.organisation.clone(), "own entries".to_owned())];
    row
}
