//! The versions that are current before a delivery.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use tarn_model::PersonId;

use super::super::VALUES_AT_ONCE;
use super::drafts::Draft;
use super::names::Names;
use super::{ByPerson, Connection, by_type};
use crate::RecordError;
use crate::store::rows::{ResourceRow, person_of as read_person};
use crate::store::schema::{resource, resource_key};

/// A resource by type and Tarn's id.
pub(super) type Key = (String, String);

/// The versions that are current before a delivery.
#[derive(Default)]
pub(super) struct Held {
    pub(super) rows: HashMap<Key, ResourceRow>,
    pub(super) owners: HashMap<Key, PersonId>,
}

impl Held {
    /// Reads what the drafts may change. A person's resources are safe behind the person's lock;
    /// what is about nobody is locked here, if it is to be changed, and read once more.
    pub(super) async fn read(
        connection: &mut Connection,
        drafts: &[Draft<'_>],
        names: &Names,
    ) -> Result<Self, RecordError> {
        let mut held = Self::default();
        let mut keys: BTreeSet<(&str, &str)> = BTreeSet::new();
        for key in drafts.iter().map(Draft::key) {
            match names.fresh(key) {
                Some(owner) => {
                    held.owners
                        .insert((key.0.to_owned(), key.1.to_owned()), owner);
                }
                None => {
                    keys.insert(key);
                }
            }
        }
        held.learn(connection, keys.clone()).await?;
        let changed: BTreeSet<(&str, &str)> = drafts
            .iter()
            .filter(|draft| draft.person == PersonId::DIRECTORY && held.is_changed_by(draft))
            .map(Draft::key)
            .filter(|key| keys.contains(key))
            .collect();
        if lock(connection, &changed).await? {
            held.learn(connection, changed).await?;
        }
        Ok(held)
    }

    /// Whose the resources are that are held; a key that was only just claimed has none.
    pub(super) fn owners_of_rows(&self) -> impl Iterator<Item = PersonId> {
        let owners = self.rows.keys().filter_map(|key| self.owners.get(key));
        owners.copied()
    }

    /// The current version of what a draft is about.
    pub(super) fn of(&self, draft: &Draft<'_>) -> Option<&ResourceRow> {
        let (resource_type, id) = draft.key();
        self.rows.get(&(resource_type.to_owned(), id.to_owned()))
    }

    /// From whom a draft takes what it is about to somebody else, if it does.
    pub(super) fn moves(&self, draft: &Draft<'_>) -> Option<PersonId> {
        let row = self.of(draft).filter(|_| self.is_changed_by(draft))?;
        let (resource_type, id) = draft.key();
        let owner = self
            .owners
            .get(&(resource_type.to_owned(), id.to_owned()))?;
        let nobody = [*owner, draft.person].contains(&PersonId::DIRECTORY);
        let taken_back = row.deleted || draft.entry.action.takes_away();
        (*owner != draft.person && !nobody && !taken_back).then_some(*owner)
    }

    fn is_changed_by(&self, draft: &Draft<'_>) -> bool {
        !draft.already_there && !draft.leaves(self.of(draft))
    }

    /// Reads the current versions of these, and whose they are.
    pub(super) async fn learn(
        &mut self,
        connection: &mut Connection,
        keys: BTreeSet<(&str, &str)>,
    ) -> Result<(), RecordError> {
        let mut places: ByPerson = BTreeMap::new();
        for (resource_type, ids) in by_type(keys.into_iter()) {
            let ids: Vec<&str> = ids.into_iter().collect();
            for ids in ids.chunks(VALUES_AT_ONCE) {
                let rows: Vec<(String, Option<Vec<u8>>)> = resource_key::table
                    .filter(resource_key::resource_type.eq(resource_type))
                    .filter(resource_key::resource_id.eq_any(ids))
                    .select((resource_key::resource_id, resource_key::person_id))
                    .load(connection)
                    .await?;
                for (id, person) in rows {
                    let Some(person) = person else { continue };
                    let person = read_person("resource_key", &person)?;
                    self.owners
                        .insert((resource_type.to_owned(), id.clone()), person);
                    let place = (person, resource_type.to_owned());
                    places.entry(place).or_default().push(id);
                }
            }
        }
        for ((person, resource_type), ids) in places {
            for ids in ids.chunks(VALUES_AT_ONCE) {
                let rows: Vec<ResourceRow> = resource::table
                    .filter(resource::person_id.eq(person.as_bytes().to_vec()))
                    .filter(resource::resource_type.eq(&resource_type))
                    .filter(resource::resource_id.eq_any(ids))
                    .select(ResourceRow::as_select())
                    .load(connection)
                    .await?;
                for row in rows {
                    let key = (row.resource_type.clone(), row.resource_id.clone());
                    self.rows.insert(key, row);
                }
            }
        }
        Ok(())
    }
}

/// Keeps other writers from these resources until the end of the transaction, in one order.
/// Whether there was anything to lock.
async fn lock(
    connection: &mut Connection,
    keys: &BTreeSet<(&str, &str)>,
) -> Result<bool, RecordError> {
    let mut by_type: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (resource_type, id) in keys {
        by_type.entry(resource_type).or_default().push(id);
    }
    for (resource_type, ids) in by_type {
        for ids in ids.chunks(VALUES_AT_ONCE) {
            let rows = resource_key::table
                .filter(resource_key::resource_type.eq(resource_type))
                .filter(resource_key::resource_id.eq_any(ids))
                .order(resource_key::resource_id)
                .select(resource_key::resource_id);
            let _: Vec<String> = for_update!(rows).load(connection).await?;
        }
    }
    Ok(!keys.is_empty())
}
