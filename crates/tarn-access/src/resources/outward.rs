//! The ids under which entries leave about a person whose place is protected (PDS S-flag).
//!
//! What could be learnt from ids: Tarn keeps an id that a source chose, so that an id may hold the
//! source's name, a ward or a local number, in the entry itself, in references to the Patient, in
//! the places of pages; and whoever guesses an id learns by any answer that this source holds the
//! person. The name of the source is withheld for the very same reason (see `protected`).
//!
//! So of such a person each entry leaves under another id, random and lasting, which the record
//! keeps beside its own; and by its own id it is not there, neither to a read nor to a condition of
//! a search. Ids that are random UUIDs themselves (versions 4 and 7, as Tarn makes them) say
//! nothing and stay. What has no other id yet is withheld. Rejected were ids made of the first by
//! a hash, since short ids can be tried out, and withholding the entries, since nobody can treat a
//! person without them. To the person themselves nothing is protected, and ids are as they are.
//! A token that is bound to one person may name the Patient by either id: no asker chooses it.

use std::borrow::Cow;
use std::collections::HashMap;

use tarn_model::PersonId;
use uuid::Uuid;

use super::admit::Admitted;
use super::protected::types;
use crate::AccessError;
use crate::inside::Inside;

/// A type and an id.
type Name = (String, String);

/// Which ids stand for which.
pub(super) struct Outward {
    given: HashMap<Name, String>,
    own: HashMap<Name, String>,
}

impl Outward {
    /// The id that may be given out; `None` if there is none.
    pub(super) fn given<'i>(&'i self, resource_type: &str, id: &'i str) -> Option<Cow<'i, str>> {
        let name = (resource_type.to_owned(), id.to_owned());
        if says_nothing(id) || self.own.contains_key(&name) {
            return Some(Cow::Borrowed(id));
        }
        self.given
            .get(&name)
            .map(|given| Cow::Borrowed(given.as_str()))
    }

    /// The id in the record of what was given out by this one; `None` if nothing was.
    fn own<'i>(&'i self, resource_type: &str, given: &'i str) -> Option<Cow<'i, str>> {
        let name = (resource_type.to_owned(), given.to_owned());
        let own = self.own.get(&name).map(|own| Cow::Borrowed(own.as_str()));
        own.or_else(|| says_nothing(given).then_some(Cow::Borrowed(given)))
    }
}

impl Inside {
    /// The ids under which a protected person's entries leave.
    pub(super) async fn outward(&self, person: PersonId) -> Result<Outward, AccessError> {
        let types: Vec<&str> = types().collect();
        let held = self
            .record
            .outward_ids(person, &types, self.entropy.as_ref())
            .await;
        let mut outward = Outward {
            given: HashMap::new(),
            own: HashMap::new(),
        };
        for (kind, id, given) in held.map_err(AccessError::record)? {
            outward
                .own
                .insert((kind.clone(), given.clone()), id.clone());
            outward.given.insert((kind, id), given);
        }
        Ok(outward)
    }

    /// Whose these are and by which id the record knows them, whichever id was asked for; in order.
    pub(super) async fn located(
        &self,
        names: &[Name],
    ) -> Result<Vec<Option<(PersonId, String)>>, AccessError> {
        let own = self
            .record
            .own_ids(names)
            .await
            .map_err(AccessError::record)?;
        let meant: Vec<Name> = names
            .iter()
            .map(|name| match own.get(name) {
                Some(own) => (name.0.clone(), own.clone()),
                None => name.clone(),
            })
            .collect();
        let people = match meant.as_slice() {
            [(kind, id)] => vec![
                self.record
                    .person_of(kind, id)
                    .await
                    .map_err(AccessError::record)?,
            ],
            meant => {
                let held = self.record.people_of_resources(meant).await;
                held.map_err(AccessError::record)?
            }
        };
        let each = people.into_iter().zip(meant);
        Ok(each.map(|(person, (_, id))| Some((person?, id))).collect())
    }

    /// The same of one.
    pub(super) async fn located_one(
        &self,
        resource_type: &str,
        id: &str,
    ) -> Result<Option<(PersonId, String)>, AccessError> {
        let names = [(resource_type.to_owned(), id.to_owned())];
        Ok(self.located(&names).await?.into_iter().next().flatten())
    }
}

impl Admitted {
    /// The id of an entry as the asker may know it.
    pub(super) fn given_id<'i>(&'i self, resource_type: &str, id: &'i str) -> Option<Cow<'i, str>> {
        match &self.outward {
            None => Some(Cow::Borrowed(id)),
            Some(outward) => outward.given(resource_type, id),
        }
    }

    /// The record's id of what the asker knows by this one; `None` if they may not know it so.
    /// To whom nothing is protected, whatever id they used before stands for the same.
    pub(super) fn own_id<'i>(
        &'i self,
        resource_type: &str,
        given: &'i str,
    ) -> Option<Cow<'i, str>> {
        match &self.outward {
            None => Some(Cow::Borrowed(given)),
            Some(outward) => outward.own(resource_type, given),
        }
    }
}

/// Whether an id is a random UUID, as Tarn and many others make them: it says nothing of where it
/// was made, at most when.
fn says_nothing(id: &str) -> bool {
    id.len() == 36 && Uuid::parse_str(id).is_ok_and(|id| matches!(id.get_version_num(), 4 | 7))
}
