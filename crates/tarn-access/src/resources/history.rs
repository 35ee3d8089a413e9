//! The versions of one resource, or of all of one type of a person.

use std::collections::HashMap;

use tarn_model::{RequestContext, Timestamp};
use tarn_record::{Selection, StoredResource};
use tarn_search::Cursor;

use super::admit::{Admitted, resource};
use super::narrowing::Place;
use crate::inside::Inside;
use crate::{AccessError, Disclosed, Found, Narrowing, Resource, Versions};

impl Inside {
    pub(crate) async fn history(
        &self,
        ctx: &RequestContext,
        narrowing: &Narrowing,
        resource_type: &str,
        id: &str,
        asked: &Versions,
    ) -> Result<Disclosed<Found>, AccessError> {
        let (shown, row) = match self.place(ctx, narrowing, resource_type, id).await? {
            Place::Directory => {
                let (held, row) = self
                    .common_versions(ctx, narrowing, resource_type, id)
                    .await?;
                (held.iter().filter_map(resource).collect::<Vec<_>>(), row)
            }
            Place::Person(found) => {
                let (admitted, own) = self.admit_to(ctx, found, resource_type, id).await?;
                let held = match &own {
                    Some(own) => {
                        self.versions(narrowing, &admitted, resource_type, own)
                            .await?
                    }
                    None => Vec::new(),
                };
                let mut shown = Vec::with_capacity(held.len());
                for one in &held {
                    shown.extend(self.shown(narrowing, &admitted, one).await?);
                }
                let row = match shown.is_empty() {
                    true => admitted.empty_row(ctx, resource_type),
                    false => {
                        let what = format!("every version of {resource_type}/{id}");
                        admitted.row(ctx, &what)
                    }
                };
                (shown, row)
            }
        };
        let ticket = self.write(&row).await?;
        if shown.is_empty() {
            return Err(AccessError::NotFound);
        }
        Ok(Disclosed::new(page(shown, asked)?, ticket))
    }

    pub(crate) async fn history_of_type(
        &self,
        ctx: &RequestContext,
        narrowing: &Narrowing,
        resource_type: &str,
        patient: &str,
        asked: &Versions,
    ) -> Result<Disclosed<Found>, AccessError> {
        let admitted = self
            .admit_by_patient(ctx, narrowing, patient, resource_type)
            .await?;
        let row = admitted.row(ctx, &format!("every version of each {resource_type}"));
        let (ticket, matches) = tokio::join!(
            self.write(&row),
            self.versions_page(narrowing, &admitted, resource_type, asked)
        );
        let (ticket, (matches, next)) = (ticket?, matches?);
        let found = Found {
            matches,
            included: Vec::new(),
            included_cut: false,
            total: None,
            next,
        };
        Ok(Disclosed::new(found, ticket))
    }

    async fn versions_page(
        &self,
        narrowing: &Narrowing,
        admitted: &Admitted,
        resource_type: &str,
        asked: &Versions,
    ) -> Result<(Vec<Resource>, Option<Cursor>), AccessError> {
        let mut shown: Vec<Resource> = Vec::new();
        if !narrowing.allows_type(resource_type) {
            return Ok((shown, None));
        }
        let limit = asked.page.limit.max(1);
        let mut before = asked.page.after.as_ref().map(read_cursor).transpose()?;
        if let Some((_, id, _)) = &mut before {
            let own = admitted.own_id(resource_type, id).ok_or(NO_CURSOR)?;
            *id = own.into_owned();
        }
        let selection = Selection {
            since: asked.since,
            ..admitted.selection.clone()
        };
        let mut current: HashMap<String, bool> = HashMap::new();
        loop {
            let from = before
                .as_ref()
                .map(|(at, id, version)| (*at, id.as_str(), *version));
            let held = self
                .record
                .versions_of_type(admitted.person, resource_type, from, limit + 1, &selection)
                .await
                .map_err(AccessError::record)?;
            let is_last = held.len() <= limit;
            for stored in &held {
                before = Some(place_of(stored));
                let may = self
                    .current_may(narrowing, admitted, stored, &mut current)
                    .await?;
                if !may || !Self::narrowed(narrowing, admitted, stored) {
                    continue;
                }
                if let Some(resource) = self.shown(narrowing, admitted, stored).await? {
                    if shown.len() == limit {
                        let next = shown.last().map(cursor_after);
                        return Ok((shown, next));
                    }
                    shown.push(resource);
                }
            }
            if is_last {
                return Ok((shown, None));
            }
        }
    }

    /// Whether the version that is current now may be seen: an older one never may otherwise.
    async fn current_may(
        &self,
        narrowing: &Narrowing,
        admitted: &Admitted,
        stored: &StoredResource,
        known: &mut HashMap<String, bool>,
    ) -> Result<bool, AccessError> {
        let whole = narrowing.allows_whole_type(&stored.resource_type);
        if admitted.scope.is_even() && whole {
            // The record has asked the very same already.
            return Ok(true);
        }
        if let Some(known) = known.get(&stored.resource_id) {
            return Ok(*known);
        }
        let (name, id) = (&stored.resource_type, &stored.resource_id);
        let held = self.versions(narrowing, admitted, name, id).await?;
        known.insert(id.clone(), !held.is_empty());
        Ok(!held.is_empty())
    }
}

/// One page of the versions of one resource; the cursor is the version before.
fn page(shown: Vec<Resource>, asked: &Versions) -> Result<Found, AccessError> {
    let mut kept: Vec<Resource> = shown
        .into_iter()
        .filter(|one| asked.since.is_none_or(|since| one.updated_at >= since))
        .collect();
    let total = Some(kept.len());
    if let Some(after) = &asked.page.after {
        let version: i64 = after
            .after
            .first()
            .and_then(|version| version.parse().ok())
            .ok_or(NO_CURSOR)?;
        kept.retain(|one| one.version < version);
    }
    let limit = asked.page.limit.max(1);
    let more = kept.len() > limit;
    kept.truncate(limit);
    let next = kept.last().filter(|_| more).map(|last| Cursor {
        after: vec![last.version.to_string()],
    });
    Ok(Found {
        matches: kept,
        included: Vec::new(),
        included_cut: false,
        total,
        next,
    })
}

/// The answer to a place that no page ended at.
pub(super) const NO_CURSOR: AccessError = AccessError::Invalid {
    problem: "no page ended there",
};

fn place_of(stored: &StoredResource) -> (Timestamp, String, i64) {
    (
        stored.received_at,
        stored.resource_id.clone(),
        stored.version,
    )
}

fn cursor_after(last: &Resource) -> Cursor {
    Cursor {
        after: vec![
            last.updated_at.as_micros().to_string(),
            last.id.clone(),
            last.version.to_string(),
        ],
    }
}

fn read_cursor(cursor: &Cursor) -> Result<(Timestamp, String, i64), AccessError> {
    let [at, id, version] = cursor.after.as_slice() else {
        return Err(NO_CURSOR);
    };
    let number = |text: &str| text.parse::<i64>().map_err(|_| NO_CURSOR);
    Ok((
        Timestamp::from_micros(number(at)?),
        id.clone(),
        number(version)?,
    ))
}
