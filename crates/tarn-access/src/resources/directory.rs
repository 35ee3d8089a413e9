//! What is about nobody: organisations, staff, places, the catalogue of medicines. Any member of
//! staff of a party may read it, and each look stands in the log, about no person.

use std::collections::BTreeSet;

use tarn_audit::{Action, Entry, Outcome};
use tarn_governance::Reason;
use tarn_model::{HeadingSet, LabelSet, PersonId, Realm, RequestContext};
use tarn_record::{Selection, StoredResource};

use super::admit::resource;
use super::narrowing::Place;
use super::rows::Visible;
use crate::inside::{Inside, entry};
use crate::{AccessError, Disclosed, Narrowing, Resource};

/// The types of the directory. The record keeps with them what says of whom it is only later, a
/// letter without its document for instance; that is nobody's to read.
const TYPES: [&str; 12] = [
    "CodeSystem",
    "Device",
    "Endpoint",
    "HealthcareService",
    "Location",
    "Medication",
    "Organization",
    "Practitioner",
    "PractitionerRole",
    "Questionnaire",
    "Substance",
    "ValueSet",
];

/// Whether entries of this type can stand in the directory.
pub(super) fn is_common(resource_type: &str) -> bool {
    TYPES.contains(&resource_type)
}

/// Whether entries of a type of the directory can be somebody's as well: a pacemaker is, a scanner
/// is not. One that is not there is taken for somebody's then, or the answer to it would not be
/// the one to somebody's that may not be seen.
pub(super) fn may_be_somebodys(resource_type: &str) -> bool {
    resource_type == "Device"
}

/// Whether entries of this type are always about nobody.
pub(crate) fn is_nobodys(resource_type: &str) -> bool {
    is_common(resource_type) && !may_be_somebodys(resource_type)
}

impl Inside {
    /// What of the directory the asker may read: what the parties sent, without a label.
    pub(super) async fn directory(
        &self,
        ctx: &RequestContext,
        what: &str,
    ) -> Result<Selection, AccessError> {
        if let Some(selection) = self.directory_of(ctx) {
            return Ok(selection);
        }
        let reason = Reason::OrganisationNotParty;
        let mut row = entry(ctx, None, Action::Refused, Outcome::Refused);
        row.reason_code = Some(reason.word().to_owned());
        row.note = Some(what.to_owned());
        self.write(&row).await?;
        Err(AccessError::Refused {
            reason: reason.word(),
            words: reason.words().to_owned(),
            clause: None,
        })
    }

    /// The same, or `None` if the asker is not staff of a party.
    pub(super) fn directory_of(&self, ctx: &RequestContext) -> Option<Selection> {
        let policy = self.agreement();
        let organisation = ctx.actor.organisation.as_ref()?;
        let may = ctx.actor.realm == Realm::Staff && policy.is_party_at(organisation, ctx.at);
        may.then(|| Selection {
            sources: (policy.parties().iter())
                .map(|party| (party.ods.clone(), HeadingSet::all()))
                .collect(),
            cleared: LabelSet::EMPTY,
            since: None,
        })
    }

    /// Where an entry stands, as far as the token lets the asker know of it at all. To whom the
    /// directory is closed, what may be somebody's never stands in it.
    pub(super) async fn place(
        &self,
        ctx: &RequestContext,
        narrowing: &Narrowing,
        resource_type: &str,
        id: &str,
    ) -> Result<Place, AccessError> {
        let held = self.located_one(resource_type, id).await?;
        if !narrowing.allows_type(resource_type) {
            return Ok(Place::Person(None));
        }
        let open = || is_nobodys(resource_type) || self.directory_of(ctx).is_some();
        match &held {
            None if is_nobodys(resource_type) => Ok(Place::Directory),
            Some((PersonId::DIRECTORY, _)) if is_common(resource_type) && open() => {
                Ok(Place::Directory)
            }
            None | Some((PersonId::DIRECTORY, _)) => Ok(Place::Person(None)),
            Some((person, own)) => {
                let person = self.bound(narrowing, Some(*person)).await?;
                Ok(Place::Person(person.map(|person| (person, own.clone()))))
            }
        }
    }

    /// Every version of an entry of the directory, newest first, if the current one may be read;
    /// with the row that has to be written first.
    pub(super) async fn common_versions(
        &self,
        ctx: &RequestContext,
        narrowing: &Narrowing,
        resource_type: &str,
        id: &str,
    ) -> Result<(Vec<StoredResource>, Entry), AccessError> {
        let selection = self.directory(ctx, resource_type).await?;
        let held = self
            .record
            .versions(PersonId::DIRECTORY, resource_type, id, &selection)
            .await
            .map_err(AccessError::record)?;
        // What the token adds is asked of what is held now.
        let whole = narrowing.allows_whole_type(resource_type);
        let shown = |now: &StoredResource| whole || self.common(narrowing, now);
        Ok(match held.first().filter(|now| shown(now)) {
            Some(now) => {
                let row = directory_row(ctx, &format!("{resource_type}/{}", now.resource_id));
                (held, row)
            }
            None => (Vec::new(), nothing_row(ctx, resource_type)),
        })
    }

    fn common(&self, narrowing: &Narrowing, stored: &StoredResource) -> bool {
        super::rows::values_as_sent(stored)
            .is_some_and(|row| narrowing.allows_row(&stored.resource_type, &row))
    }

    /// Reads the current version of an entry of the directory.
    pub(super) async fn read_common(
        &self,
        ctx: &RequestContext,
        narrowing: &Narrowing,
        resource_type: &str,
        id: &str,
        version: Option<i64>,
    ) -> Result<Disclosed<Resource>, AccessError> {
        let (held, row) = self
            .common_versions(ctx, narrowing, resource_type, id)
            .await?;
        let mut held = held.iter();
        let found = match version {
            None => held.next(),
            Some(version) => held.find(|stored| stored.version == version),
        };
        let Some(found) = found else {
            self.write(&nothing_row(ctx, resource_type)).await?;
            return Err(AccessError::NotFound);
        };
        let ticket = self.write(&row).await?;
        if found.deleted {
            return Err(AccessError::Gone);
        }
        let shown = resource(found).ok_or(AccessError::NotFound)?;
        Ok(Disclosed::new(shown, ticket))
    }

    /// Adds the rows of the directory of those of `types` that can stand in it.
    pub(super) async fn add_directory_rows(
        &self,
        visible: &mut Visible,
        narrowing: &Narrowing,
        selection: &Selection,
        types: &BTreeSet<String>,
    ) -> Result<(), AccessError> {
        let types: Vec<&str> = types
            .iter()
            .map(String::as_str)
            .filter(|name| is_common(name) && narrowing.allows_type(name))
            .collect();
        if types.is_empty() {
            return Ok(());
        }
        let rows = self
            .record
            .search_rows(PersonId::DIRECTORY, &types, selection)
            .await
            .map_err(AccessError::record)?;
        for found in rows {
            if narrowing.allows_row(&found.resource_type, &found.row) {
                visible.add(PersonId::DIRECTORY, &found.resource_type, found.row);
            }
        }
        Ok(())
    }
}

/// The row of a look at the directory.
pub(super) fn directory_row(ctx: &RequestContext, what: &str) -> Entry {
    let mut row = entry(ctx, None, Action::ReadEntries, Outcome::Permitted);
    row.note = Some(what.to_owned());
    row
}

/// The row of a look at the directory that found nothing. It names the type alone: an id that
/// finds nothing is whatever somebody typed, somebody's number for instance.
fn nothing_row(ctx: &RequestContext, resource_type: &str) -> Entry {
    let mut row = directory_row(ctx, resource_type);
    row.action = Action::Refused;
    row.outcome = Outcome::Refused;
    row.reason_code = Some("nothing-to-show".to_owned());
    row
}
