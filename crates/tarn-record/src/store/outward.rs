//! The ids under which entries leave about a person whose place is protected.
//!
//! A source's own id is kept as Tarn's wherever it can be, and a source may put anything into one:
//! its own name, a ward, a number that another system looks up. So such an entry leaves under
//! another id, which is random and stays the same. It is a UUID of version 8, which nobody makes
//! who follows another scheme: so whoever asks by one is looked up here and nobody else is.

use std::collections::HashMap;

use tarn_model::{Entropy, PersonId};
use uuid::{Builder, Uuid};

use super::pool::on_backend;
use super::{Answer, RecordStore};
use crate::RecordError;

/// A type and Tarn's id.
type Name = (String, String);

/// An entry, and the id that it leaves under.
type Named = (Name, Option<String>);

impl RecordStore {
    /// The ids under which the person's entries of these types leave: (type, id, the other id).
    /// Each entry has the same one for ever; those that have none get one.
    /// # Errors
    /// [`RecordError`] if the store does not answer.
    pub fn outward_ids<'a>(
        &'a self,
        person: PersonId,
        types: &'a [&'a str],
        entropy: &'a dyn Entropy,
    ) -> Answer<'a, Vec<(String, String, String)>> {
        Box::pin(async move {
            let mut held = self.named(person, types).await?;
            let missing: Vec<(Name, String)> = held
                .iter()
                .filter(|(_, outward)| outward.is_none())
                .map(|(name, _)| (name.clone(), random(entropy)))
                .collect();
            if !missing.is_empty() {
                self.give(missing).await?;
                held = self.named(person, types).await?;
            }
            // One that came in between has none yet, and is not there yet.
            let given = held
                .into_iter()
                .filter_map(|((kind, id), outward)| Some((kind, id, outward?)));
            Ok(given.collect())
        })
    }

    /// Tarn's own ids of those (type, id) under which an entry left, by what it left under.
    /// # Errors
    /// [`RecordError`] if the store does not answer.
    pub fn own_ids<'a>(
        &'a self,
        names: &'a [(String, String)],
    ) -> Answer<'a, HashMap<(String, String), String>> {
        Box::pin(async move {
            let asked: Vec<(String, String)> = names
                .iter()
                .filter(|(_, id)| is_outward(id))
                .cloned()
                .collect();
            if asked.is_empty() {
                return Ok(HashMap::new());
            }
            on_backend!(self.pool, outward::own(&asked))
        })
    }

    async fn named(&self, person: PersonId, types: &[&str]) -> Result<Vec<Named>, RecordError> {
        on_backend!(self.pool, outward::of_person(person, types))
    }

    async fn give(&self, ids: Vec<(Name, String)>) -> Result<(), RecordError> {
        let _turn = self.pool.turn().await;
        on_backend!(self.pool, outward::give(ids))
    }
}

/// Whether an id has the form of one that entries leave under.
pub(super) fn is_outward(id: &str) -> bool {
    id.len() == 36 && Uuid::parse_str(id).is_ok_and(|id| id.get_version_num() == 8)
}

fn random(entropy: &dyn Entropy) -> String {
    let mut bytes = [0; 16];
    entropy.fill(&mut bytes);
    Builder::from_custom_bytes(bytes).into_uuid().to_string()
}
