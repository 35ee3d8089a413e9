//! An organisation takes a copy of what it contributed, person by person.
//!
//! It rests on the same clause as contributing does: each organisation stays the controller of
//! what it puts in. So a copy holds the organisation's own entries, whatever their labels and
//! whatever the person chose about sharing with others, and nothing of anybody else.

use tarn_audit::{Action, Entry, Outcome};
use tarn_governance::Reason;
use tarn_model::{PersonId, RequestContext};
use tarn_record::{Selection, StoredResource};

use super::admit::resource;
use super::contribute::Contributor;
use crate::inside::{Inside, entry};
use crate::{AccessError, Disclosed, ExportAsk, ExportPage, Narrowing, Resource};

impl Inside {
    pub(crate) async fn export_page(
        &self,
        ctx: &RequestContext,
        narrowing: &Narrowing,
        asked: &ExportAsk,
    ) -> Result<Disclosed<ExportPage>, AccessError> {
        let contributor = match self.contributor(ctx, narrowing).await? {
            Some(contributor) if narrowing.system => contributor,
            Some(_) | None => return Err(self.refuse_export(ctx).await?),
        };
        let after = match &asked.after {
            None => None,
            Some(cursor) => Some(cursor.parse().map_err(|_| super::history::NO_CURSOR)?),
        };
        let limit = asked.people.max(1);
        let held = self.record.people(after, limit).await;
        let people = held.map_err(AccessError::record)?;
        let next = (people.len() == limit)
            .then(|| people.last().map(PersonId::to_string))
            .flatten();
        let mut rows = vec![export_row(ctx, &contributor, None)];
        let mut resources = Vec::new();
        let first = after.is_none().then_some(PersonId::DIRECTORY);
        for person in first.into_iter().chain(people) {
            let own = self
                .own_entries(narrowing, &contributor, person, asked)
                .await?;
            if !own.is_empty() && person != PersonId::DIRECTORY {
                rows.push(export_row(ctx, &contributor, Some(person)));
            }
            resources.extend(own);
        }
        let ticket = self.write_all(&rows).await?;
        Ok(Disclosed::new(ExportPage { resources, next }, ticket))
    }

    async fn own_entries(
        &self,
        narrowing: &Narrowing,
        contributor: &Contributor,
        person: PersonId,
        asked: &ExportAsk,
    ) -> Result<Vec<Resource>, AccessError> {
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
        let mut found = Vec::new();
        for stored in held
            .map_err(AccessError::record)?
            .iter()
            .filter(|one| wanted(one))
        {
            if !asked.history {
                found.extend(resource(stored));
                continue;
            }
            let versions = self
                .record
                .versions(person, &stored.resource_type, &stored.resource_id, &own)
                .await
                .map_err(AccessError::record)?;
            found.extend(versions.iter().filter_map(resource));
        }
        Ok(found)
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

fn export_row(ctx: &RequestContext, contributor: &Contributor, person: Option<PersonId>) -> Entry {
    let mut row = entry(ctx, person, Action::Export, Outcome::Permitted);
    row.citation = Some(contributor.clause.to_string());
    row.sources = vec![(contributor.organisation.clone(), "own entries".to_owned())];
    row
}
