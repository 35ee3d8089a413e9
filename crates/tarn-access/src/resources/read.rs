//! Reading one resource, as it is now or as it was.

use tarn_model::{PersonId, RequestContext};
use tarn_record::StoredResource;

use super::admit::Admitted;
use super::narrowing::Place;
use crate::inside::Inside;
use crate::{AccessError, Disclosed, Narrowing, Resource};

impl Inside {
    /// Reads one entry: the version with this number, or else the current one.
    pub(crate) async fn read_resource(
        &self,
        ctx: &RequestContext,
        narrowing: &Narrowing,
        resource_type: &str,
        id: &str,
        version: Option<i64>,
    ) -> Result<Disclosed<Resource>, AccessError> {
        let found = match self.place(ctx, narrowing, resource_type, id).await? {
            Place::Directory => {
                return self
                    .read_common(ctx, narrowing, resource_type, id, version)
                    .await;
            }
            Place::Person(found) => found,
        };
        let (admitted, own) = self.admit_to(ctx, found, resource_type, id).await?;
        let Some(own) = own else {
            return self.disclose(ctx, &admitted, resource_type, None).await;
        };
        let held = match version {
            None => self
                .record
                .latest(admitted.person, resource_type, &own, &admitted.selection)
                .await
                .map_err(AccessError::record)?
                .filter(|stored| admitted.shows(stored))
                .filter(|stored| Self::narrowed(narrowing, &admitted, stored)),
            Some(version) => self
                .versions(narrowing, &admitted, resource_type, &own)
                .await?
                .into_iter()
                .find(|stored| stored.version == version),
        };
        let shown = match &held {
            Some(held) => self.shown(narrowing, &admitted, held).await?,
            None => None,
        };
        self.disclose(ctx, &admitted, resource_type, shown).await
    }

    /// Decides on the person whom an entry is about. With it, the entry's id in the record; none if
    /// the asker may not know the entry by the id that they gave.
    pub(super) async fn admit_to(
        &self,
        ctx: &RequestContext,
        found: Option<(PersonId, String)>,
        resource_type: &str,
        given: &str,
    ) -> Result<(Admitted, Option<String>), AccessError> {
        let (person, own) = found.unzip();
        let admitted = self.admit(ctx, person, resource_type).await?;
        let may = admitted.own_id(resource_type, given).is_some();
        Ok((admitted, own.filter(|_| may)))
    }

    /// The text that a change in part is applied to: the asker's own organisation's entry, whole.
    pub(crate) async fn patch_base(
        &self,
        ctx: &RequestContext,
        narrowing: &Narrowing,
        resource_type: &str,
        id: &str,
    ) -> Result<Disclosed<Resource>, AccessError> {
        let person = match self.place(ctx, narrowing, resource_type, id).await? {
            // What is about nobody is shown whole; whose it is, the record checks at the write.
            Place::Directory => {
                let none = None;
                return self
                    .read_common(ctx, narrowing, resource_type, id, none)
                    .await;
            }
            Place::Person(found) => found.map(|(person, _)| person),
        };
        let admitted = self.admit(ctx, person, resource_type).await?;
        let held = self
            .record
            .resource(admitted.person, resource_type, id, &admitted.selection)
            .await
            .map_err(AccessError::record)?;
        // Of a person whose place is protected only a part could be shown, and putting the part
        // back would destroy what the source holds.
        let held = held
            .filter(|stored| Some(&stored.source) == ctx.actor.organisation.as_ref())
            .filter(|stored| Self::narrowed(narrowing, &admitted, stored))
            .filter(|_| !admitted.decided.restricted);
        // Nor could the words of a letter be put back that were withheld.
        let shown = match &held {
            Some(held) => self
                .shown(narrowing, &admitted, held)
                .await?
                .filter(|shown| admitted.present(held).as_ref() == Some(shown)),
            None => None,
        };
        self.disclose(ctx, &admitted, resource_type, shown).await
    }

    /// Every version of one resource that may be seen, newest first; none if the current version
    /// may not: a label that was raised takes the older versions with it.
    pub(super) async fn versions(
        &self,
        narrowing: &Narrowing,
        admitted: &Admitted,
        resource_type: &str,
        id: &str,
    ) -> Result<Vec<StoredResource>, AccessError> {
        let mut held = self
            .record
            .versions(admitted.person, resource_type, id, &admitted.selection)
            .await
            .map_err(AccessError::record)?;
        let visible = |stored: &StoredResource| {
            admitted.shows(stored) && Self::narrowed(narrowing, admitted, stored)
        };
        if !held.first().is_some_and(visible) {
            return Ok(Vec::new());
        }
        held.retain(visible);
        Ok(held)
    }

    /// Writes the row of a look at one entry, and gives it out; or says that it was taken back, to
    /// whom it could be shown before, and to everybody else that there is none.
    async fn disclose(
        &self,
        ctx: &RequestContext,
        admitted: &Admitted,
        resource_type: &str,
        shown: Option<Resource>,
    ) -> Result<Disclosed<Resource>, AccessError> {
        let Some(shown) = shown else {
            self.write(&admitted.empty_row(ctx, resource_type)).await?;
            return Err(AccessError::NotFound);
        };
        let mut what = format!("{resource_type}/{}", shown.id);
        if shown.deleted {
            what.push_str(", which was taken back");
        }
        let ticket = self.write(&admitted.row(ctx, &what)).await?;
        if shown.deleted {
            return Err(AccessError::Gone);
        }
        Ok(Disclosed::new(shown, ticket))
    }
}
