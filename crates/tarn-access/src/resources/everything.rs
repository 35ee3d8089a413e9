//! Everything that may be seen of one person, page by page.

use std::collections::BTreeSet;

use tarn_model::{PersonId, RequestContext, Timestamp};
use tarn_record::Selection;
use tarn_search::Cursor;

use super::admit::{Admitted, resource};
use super::directory::is_common;
use super::history::NO_CURSOR;
use crate::inside::Inside;
use crate::{AccessError, Disclosed, Everything, Found, Narrowing, Resource};

/// A part of one person's entries in the order of type and id.
pub(super) struct Stretch<'a> {
    /// Only these types; all if `None`.
    pub(super) types: Option<Vec<&'a str>>,
    /// Type and id of the entry before.
    pub(super) after: Option<(String, String)>,
    /// Only what was stored at or after this time.
    pub(super) since: Option<Timestamp>,
    /// How many at most.
    pub(super) limit: usize,
}

impl Inside {
    pub(crate) async fn everything(
        &self,
        ctx: &RequestContext,
        narrowing: &Narrowing,
        patient: &str,
        asked: &Everything,
    ) -> Result<Disclosed<Found>, AccessError> {
        let admitted = self
            .admit_by_patient(ctx, narrowing, patient, "everything")
            .await?;
        let after = match &asked.page.after {
            None => None,
            Some(cursor) => match cursor.after.as_slice() {
                [kind, id] => {
                    let own = admitted.own_id(kind, id).ok_or(NO_CURSOR)?;
                    Some((kind.clone(), own.into_owned()))
                }
                _ => return Err(NO_CURSOR),
            },
        };
        let stretch = Stretch {
            types: narrowing.of_types(&asked.types),
            after,
            since: asked.since,
            limit: asked.page.limit,
        };
        let row = admitted.row(ctx, "everything");
        let (ticket, found) = tokio::join!(
            self.write(&row),
            self.with_directory(ctx, narrowing, &admitted, stretch, &asked.types)
        );
        Ok(Disclosed::new(found?, ticket?))
    }

    /// Decides on the person behind a Patient; one whom the asker may not know by this id is
    /// nobody.
    pub(super) async fn admit_by_patient(
        &self,
        ctx: &RequestContext,
        narrowing: &Narrowing,
        patient: &str,
        what: &str,
    ) -> Result<Admitted, AccessError> {
        let held = self.located_one("Patient", patient).await?;
        let person = self
            .bound(narrowing, held.map(|(person, _)| person))
            .await?;
        let admitted = self.admit(ctx, person, what).await?;
        // The asker did not choose what their token is bound to.
        let bound = narrowing.patient.as_deref() == Some(patient);
        if !bound && admitted.own_id("Patient", patient).is_none() {
            self.write(&admitted.empty_row(ctx, what)).await?;
            return Err(AccessError::NotFound);
        }
        Ok(admitted)
    }

    /// A stretch, and the entries of the directory that it names.
    async fn with_directory(
        &self,
        ctx: &RequestContext,
        narrowing: &Narrowing,
        admitted: &Admitted,
        stretch: Stretch<'_>,
        types: &[String],
    ) -> Result<Found, AccessError> {
        let (matches, more) = self.stretch(narrowing, admitted, stretch).await?;
        let wanted: BTreeSet<(String, String)> = matches
            .iter()
            .flat_map(|found| directory_references(found.json()))
            .filter(|(kind, _)| narrowing.allows_whole_type(kind))
            .filter(|(kind, _)| types.is_empty() || types.contains(kind))
            .collect();
        let wanted: Vec<(String, String)> = wanted.into_iter().collect();
        let mut included = Vec::new();
        if let Some(selection) = self.directory_of(ctx) {
            let held = self.named_bodies(PersonId::DIRECTORY, &wanted, &selection);
            included.extend(held.await?.iter().filter_map(resource));
        }
        let next = matches.last().filter(|_| more).map(|last| Cursor {
            after: vec![last.resource_type.clone(), last.id.clone()],
        });
        Ok(Found {
            matches,
            included,
            included_cut: false,
            total: None,
            next,
        })
    }

    /// The entries of a stretch that may be seen, and whether more come after. It is filled up
    /// with what may be seen: how many it holds tells nothing of what it does not.
    pub(super) async fn stretch(
        &self,
        narrowing: &Narrowing,
        admitted: &Admitted,
        stretch: Stretch<'_>,
    ) -> Result<(Vec<Resource>, bool), AccessError> {
        let mut shown: Vec<Resource> = Vec::new();
        let limit = stretch.limit.max(1);
        let types = match stretch.types {
            None => Vec::new(),
            // No type at all; to the record an empty list is every type.
            Some(named) if named.is_empty() => return Ok((shown, false)),
            Some(named) => named,
        };
        let selection = Selection {
            since: stretch.since,
            ..admitted.selection.clone()
        };
        let mut after = stretch.after;
        loop {
            let from = after
                .as_ref()
                .map(|(kind, id)| (kind.as_str(), id.as_str()));
            let held = self
                .record
                .resources_page(admitted.person, &types, from, limit + 1, &selection)
                .await
                .map_err(AccessError::record)?;
            let is_last = held.len() <= limit;
            for stored in &held {
                if !Self::narrowed(narrowing, admitted, stored) {
                    continue;
                }
                if let Some(found) = self.shown(narrowing, admitted, stored).await? {
                    if shown.len() == limit {
                        return Ok((shown, true));
                    }
                    shown.push(found);
                }
            }
            if is_last {
                return Ok((shown, false));
            }
            after = held
                .last()
                .map(|last| (last.resource_type.clone(), last.resource_id.clone()));
        }
    }
}

/// The entries of the directory that a text refers to, as type and id. The text is looked
/// through for `"reference"` and is not parsed: most of a record is read this way.
fn directory_references(text: &str) -> impl Iterator<Item = (String, String)> + '_ {
    const MEMBER: &str = "\"reference\"";
    text.match_indices(MEMBER).filter_map(|(at, _)| {
        let rest = text.get(at + MEMBER.len()..)?.trim_start();
        let value = rest.strip_prefix(':')?.trim_start().strip_prefix('"')?;
        let (reference, _) = value.split_once('"')?;
        let (kind, id) = reference.split_once('/')?;
        let plain = !id.contains(['/', '\\', '#', '|']);
        (plain && is_common(kind)).then(|| (kind.to_owned(), id.to_owned()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_references_to_the_directory_are_found() {
        let text = r##"{"performer":[{"reference":"Practitioner/p1"},{ "reference" : "Patient/x"}],
            "a":{"reference":"Organization/o-1"},"b":{"reference":"#c"},"reference":7,
            "c":{"reference":"https://x/Location/l"},"d":{"reference":"Location/l/_history/2"}}"##;
        let found: Vec<_> = directory_references(text).collect();
        let name = |kind: &str, id: &str| (kind.to_owned(), id.to_owned());
        assert_eq!(
            found,
            [name("Practitioner", "p1"), name("Organization", "o-1")]
        );
    }
}
