//! Finding resources: whom the search is about, each of them decided on, and then a search over
//! what may be seen of them alone.

use std::collections::{BTreeSet, HashMap};

use tarn_audit::{Action, Entry, Outcome};
use tarn_model::{Heading, HeadingSet, PersonId, RequestContext};
use tarn_record::{Selection, StoredResource};
use tarn_search::{Cursor, Hits, RunError, Search};

use super::admit::{Admitted, Considered, resource};
use super::directory::{directory_row, is_common};
use super::everything::Stretch;
use super::history::NO_CURSOR;
use super::rows::Visible;
use crate::inside::{Inside, entry};
use crate::{AccessError, Disclosed, Found, Missing, Narrowing, PageOf, Resource};

/// Those a search is about, after the door has decided on each.
pub(super) struct Party {
    pub(super) admitted: Vec<Admitted>,
    /// The rows of those who were refused, not written yet.
    pub(super) refused: Vec<Entry>,
}

impl Inside {
    pub(crate) async fn search_resources(
        &self,
        ctx: &RequestContext,
        narrowing: &Narrowing,
        search: &Search,
        page: &PageOf,
    ) -> Result<Disclosed<Found>, AccessError> {
        let anchor = search.anchor();
        if self.is_of_directory(ctx, search, &anchor).await? {
            return self.search_directory(ctx, narrowing, search, page).await;
        }
        let people = self.named(ctx, narrowing, search, anchor).await?;
        let what = format!("a search of {}", search.resource_type);
        let Party { admitted, refused } = self.party(ctx, narrowing, people, &what).await?;
        let mut rows = refused;
        if search.resource_type == "Patient" {
            // Whose name is shown is known only after the search.
            let (found, shown) = self
                .find_in(ctx, narrowing, search, &admitted, page)
                .await?;
            rows.insert(0, entry(ctx, None, Action::Search, Outcome::Permitted));
            if search.types().iter().any(|kind| kind != "Patient") {
                // It asks more than who they are, and finding nothing is an answer as well.
                rows.extend(admitted.iter().map(|one| one.row(ctx, &what)));
            } else {
                let shown = admitted.iter().filter(|one| shown.contains(&one.person));
                rows.extend(shown.map(|one| one.shown_row(ctx)));
            }
            let ticket = self.write_all(&rows).await?;
            return Ok(Disclosed::new(found, ticket));
        }
        rows.extend(admitted.iter().map(|one| one.row(ctx, &what)));
        let (ticket, found) = tokio::join!(
            self.write_all(&rows),
            self.find_in(ctx, narrowing, search, &admitted, page)
        );
        let (ticket, (found, _)) = (ticket?, found?);
        Ok(Disclosed::new(found, ticket))
    }

    /// Decides on each of `people`; nobody is decided on as well, so that an empty answer takes
    /// the same way whether there is nobody or somebody the asker may not know of.
    pub(super) async fn party(
        &self,
        ctx: &RequestContext,
        narrowing: &Narrowing,
        people: Vec<PersonId>,
        what: &str,
    ) -> Result<Party, AccessError> {
        let mut party = Party {
            admitted: Vec::new(),
            refused: Vec::new(),
        };
        let mut asked: Vec<Option<PersonId>> = Vec::new();
        for person in people {
            asked.push(self.bound(narrowing, Some(person)).await?);
        }
        if asked.is_empty() {
            asked.push(None);
        }
        for person in asked {
            match self.consider(ctx, person, what).await? {
                Considered::Admitted(admitted) => party.admitted.push(*admitted),
                Considered::Refused(answer @ AccessError::Refused { .. }, row) => {
                    self.write(&row).await?;
                    return Err(answer);
                }
                Considered::Refused(_, row) => party.refused.push(*row),
            }
        }
        Ok(party)
    }

    /// Searches what may be seen of those who were admitted; also says whose Patient matched.
    async fn find_in(
        &self,
        ctx: &RequestContext,
        narrowing: &Narrowing,
        search: &Search,
        admitted: &[Admitted],
        page: &PageOf,
    ) -> Result<(Found, BTreeSet<PersonId>), AccessError> {
        if let [only] = admitted
            && search.is_plain()
            // By which id the person may be named has to be held against each entry then.
            && only.outward.is_none()
        {
            let found = self.find_plainly(narrowing, search, only, page).await?;
            let shown = (!found.matches.is_empty()).then_some(only.person);
            return Ok((found, shown.into_iter().collect()));
        }
        let types = search.types();
        let mut visible = Visible::default();
        for one in admitted {
            self.add_rows(&mut visible, narrowing, one, &types).await?;
            self.add_patients(&mut visible, one).await?;
        }
        let common = is_common(&search.resource_type);
        let directory = self
            .directory_of(ctx)
            .filter(|_| common || !admitted.is_empty());
        if let Some(selection) = &directory {
            self.add_directory_rows(&mut visible, narrowing, selection, &types)
                .await?;
        }
        let hits = run(search, &visible, page)?;
        let shown = hits.matches.iter().filter_map(|name| visible.owner(name));
        let shown = shown.collect();
        let bodies = self
            .bodies(
                narrowing,
                admitted,
                directory.as_ref(),
                &visible,
                &hits.matches,
            )
            .await?;
        let included = self
            .bodies(
                narrowing,
                admitted,
                directory.as_ref(),
                &visible,
                &hits.included,
            )
            .await?;
        let found = Found {
            matches: bodies,
            included,
            included_cut: hits.included_cut,
            total: hits.total,
            next: hits.next,
        };
        Ok((found, shown))
    }

    /// One person's entries of one type in the order of their ids: one read of one range.
    async fn find_plainly(
        &self,
        narrowing: &Narrowing,
        search: &Search,
        admitted: &Admitted,
        page: &PageOf,
    ) -> Result<Found, AccessError> {
        let kind = search.resource_type.as_str();
        let after = match &page.after {
            None => None,
            Some(cursor) => {
                let id = cursor.after.first().ok_or(NO_CURSOR)?.clone();
                Some((kind.to_owned(), id))
            }
        };
        let stretch = Stretch {
            types: Some(vec![kind]),
            after,
            since: None,
            limit: page.limit,
        };
        let (matches, more) = self.stretch(narrowing, admitted, stretch).await?;
        let next = matches.last().filter(|_| more).map(|last| Cursor {
            after: vec![last.id.clone()],
        });
        Ok(Found {
            matches,
            included: Vec::new(),
            included_cut: false,
            total: None,
            next,
        })
    }

    /// The resources with these names, in this order, each within what its own person's decision
    /// allows: between the search and this a label may have been raised.
    async fn bodies(
        &self,
        narrowing: &Narrowing,
        admitted: &[Admitted],
        directory: Option<&Selection>,
        visible: &Visible,
        names: &[(String, String)],
    ) -> Result<Vec<Resource>, AccessError> {
        let mut shown: HashMap<(String, String), Resource> = HashMap::new();
        let of = |person: PersonId| -> Vec<(String, String)> {
            let own = names
                .iter()
                .filter(|name| visible.owner(name) == Some(person));
            own.cloned().collect()
        };
        for one in admitted {
            let own = of(one.person);
            let own: Vec<(String, String)> = own
                .into_iter()
                .filter_map(|(kind, id)| {
                    let own = one.own_id(&kind, &id)?.into_owned();
                    Some((kind, own))
                })
                .collect();
            let held = self.named_bodies(one.person, &own, &one.selection);
            for stored in held.await? {
                if Self::narrowed(narrowing, one, &stored) {
                    let found = self.shown(narrowing, one, &stored).await?;
                    shown.extend(found.map(named));
                }
            }
        }
        if let Some(selection) = directory {
            let common = of(PersonId::DIRECTORY);
            let held = self.named_bodies(PersonId::DIRECTORY, &common, selection);
            for stored in held.await? {
                shown.extend(resource(&stored).map(named));
            }
        }
        Ok(names.iter().filter_map(|name| shown.remove(name)).collect())
    }

    pub(super) async fn named_bodies(
        &self,
        person: PersonId,
        names: &[(String, String)],
        selection: &Selection,
    ) -> Result<Vec<StoredResource>, AccessError> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        self.record
            .bodies(person, names, selection)
            .await
            .map_err(AccessError::record)
    }

    async fn search_directory(
        &self,
        ctx: &RequestContext,
        narrowing: &Narrowing,
        search: &Search,
        page: &PageOf,
    ) -> Result<Disclosed<Found>, AccessError> {
        let what = format!("a search of {}", search.resource_type);
        let selection = self.directory(ctx, &what).await?;
        let mut visible = Visible::default();
        self.add_directory_rows(&mut visible, narrowing, &selection, &search.types())
            .await?;
        let hits = run(search, &visible, page)?;
        let row = directory_row(ctx, &what);
        let directory = Some(&selection);
        let (ticket, matches, included) = tokio::join!(
            self.write(&row),
            self.bodies(narrowing, &[], directory, &visible, &hits.matches),
            self.bodies(narrowing, &[], directory, &visible, &hits.included),
        );
        let (ticket, matches, included) = (ticket?, matches?, included?);
        let found = Found {
            matches,
            included,
            included_cut: hits.included_cut,
            total: hits.total,
            next: hits.next,
        };
        Ok(Disclosed::new(found, ticket))
    }
}

/// A resource under its type and id.
fn named(found: Resource) -> ((String, String), Resource) {
    ((found.resource_type.clone(), found.id.clone()), found)
}

fn run(search: &Search, visible: &Visible, page: &PageOf) -> Result<Hits, AccessError> {
    let hits = search.run(visible, page.after.as_ref(), page.limit);
    hits.map_err(|error| match error {
        RunError::Cursor => NO_CURSOR,
        RunError::Values(cause) => AccessError::Unavailable {
            what: Missing::Record,
            cause: Box::new(cause),
        },
    })
}

impl Admitted {
    /// The row of somebody who was shown in what a search found.
    pub(super) fn shown_row(&self, ctx: &RequestContext) -> Entry {
        let mut row = entry(ctx, Some(self.person), Action::Shown, Outcome::Permitted);
        row.basis = Some(self.decided.basis.clone());
        row.headings = HeadingSet::EMPTY.with(Heading::Demographics);
        row.citation = (self.decided.ruling.permitted.iter())
            .find(|grant| grant.heading == Heading::Demographics)
            .map(|grant| grant.citation.to_string());
        // A whole Patient leaves, not a name in a list.
        row.alert = crate::alerts::alert(ctx, &self.decided);
        row
    }
}
