//! What a delivery makes of the versions of its resources, and the rows that it writes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::Value;
use tarn_model::{OdsCode, PersonId};

use super::super::{VALUES_AT_ONCE, pieces, view};
use super::attachments::following;
use super::drafts::{Draft, drafts};
use super::held::{Held, Key};
use super::identity::People;
use super::names::Names;
use super::{ByPerson, Connection};
use crate::store::derived::{
    Answers, DerivedRows, Of, directory_references, sensitivity, values_of,
};
use crate::store::matching::matches_version;
use crate::store::rows::{HistoryRow, ResourceRow};
use crate::store::schema::{resource, resource_history, resource_key};
use crate::{
    Delivery, EntryAction, EntryOutcome, IngestError, Origin, Plan, Projection, RecordError, Tally,
    project,
};

/// Everything that one delivery writes.
pub(super) struct Writes {
    /// Rows of the current versions that go into the history: by person and type.
    replaced: ByPerson,
    history: Vec<HistoryRow>,
    current: Vec<ResourceRow>,
    derived: DerivedRows,
    /// Keys that come to belong to another person, or to one at all.
    moved: ByPerson,
    /// What becomes of each entry, by its index.
    done: Vec<(usize, EntryAction, Key)>,
    /// Versions that stay current.
    stay: HashMap<Key, ResourceRow>,
    owners: BTreeSet<PersonId>,
}

impl Writes {
    /// Works out what to write.
    pub(super) async fn prepare(
        connection: &mut Connection,
        delivery: &Delivery<'_>,
        plan: Plan<'_>,
        names: &Names,
        people: &People,
    ) -> Result<Self, IngestError> {
        let one_each = plan.bundle_type.as_deref() == Some("transaction");
        let drafts = drafts(plan, names, people)?;
        let mut held = Held::read(connection, &drafts, names).await?;
        let following = following(connection, delivery.source, &drafts, names, &mut held).await?;
        let directory = directory(connection, &drafts).await?;
        let mut staging = Staging {
            one_each: one_each.then(BTreeSet::new),
            done: Vec::with_capacity(drafts.len()),
            source: delivery.source,
            received_at: delivery.received_at,
            held,
            directory,
            chains: BTreeMap::new(),
        };
        for draft in drafts {
            staging.add(draft)?;
        }
        for (file, person) in following {
            staging.file_anew(file, person)?;
        }
        Ok(staging.finish())
    }

    /// Whose the resources were that it changes or finds.
    pub(super) fn owners(&self) -> impl Iterator<Item = PersonId> {
        self.owners.iter().copied()
    }

    /// The same, of the resources of one type.
    pub(super) fn owners_of(&self, resource_type: &str) -> impl Iterator<Item = PersonId> {
        let places = self.replaced.keys();
        places
            .filter(move |(_, kind)| kind == resource_type)
            .map(|(owner, _)| *owner)
            .filter(|owner| *owner != PersonId::DIRECTORY)
    }

    /// What each message did. A single one did everything; of several, each is the one entry at its
    /// place.
    pub(super) fn tallies(&self, messages: usize) -> Vec<Tally> {
        let mut tallies = vec![Tally::default(); messages];
        for (index, action, _) in &self.done {
            let at = if messages == 1 { 0 } else { *index };
            if let Some(tally) = tallies.get_mut(at) {
                tally.count(*action);
            }
        }
        tallies
    }

    /// What becomes of each entry, in order.
    pub(super) fn outcomes(&self) -> Result<Vec<EntryOutcome>, RecordError> {
        let current: HashMap<(&str, &str), &ResourceRow> = (self.current.iter())
            .map(|row| ((row.resource_type.as_str(), row.resource_id.as_str()), row))
            .collect();
        let mut outcomes = Vec::with_capacity(self.done.len());
        for (index, action, key) in &self.done {
            let changed = current.get(&(key.0.as_str(), key.1.as_str())).copied();
            if let Some(row) = changed.or_else(|| self.stay.get(key)) {
                outcomes.push(EntryOutcome {
                    index: *index,
                    action: *action,
                    resource: row.clone().read()?,
                });
            }
        }
        outcomes.sort_by_key(|outcome| outcome.index);
        Ok(outcomes)
    }

    /// Writes it all.
    pub(super) async fn execute(self, connection: &mut Connection) -> Result<(), IngestError> {
        for ((person, resource_type), ids) in &self.replaced {
            view::clear(connection, *person, resource_type, ids).await?;
            for ids in ids.chunks(VALUES_AT_ONCE) {
                diesel::delete(resource::table)
                    .filter(resource::person_id.eq(person.as_bytes().to_vec()))
                    .filter(resource::resource_type.eq(resource_type))
                    .filter(resource::resource_id.eq_any(ids))
                    .execute(connection)
                    .await?;
            }
        }
        for rows in pieces(self.history) {
            insert_rows!(connection, rows => HistoryRow in resource_history).await?;
        }
        for rows in pieces(self.current) {
            insert_rows!(connection, rows => ResourceRow in resource).await?;
        }
        view::write(connection, self.derived).await?;
        for ((person, resource_type), ids) in &self.moved {
            for ids in ids.chunks(VALUES_AT_ONCE) {
                diesel::update(resource_key::table)
                    .filter(resource_key::resource_type.eq(resource_type))
                    .filter(resource_key::resource_id.eq_any(ids))
                    .set(resource_key::person_id.eq(Some(person.as_bytes().to_vec())))
                    .execute(connection)
                    .await?;
            }
        }
        Ok(())
    }
}

/// Directory resources that the drafts refer to: those of the delivery itself, and stored ones.
async fn directory(
    connection: &mut Connection,
    drafts: &[Draft<'_>],
) -> Result<HashMap<String, Value>, RecordError> {
    let mut wanted = BTreeSet::new();
    let mut known = HashMap::new();
    for draft in drafts {
        directory_references(&draft.entry.value, &mut wanted);
        if draft.person == PersonId::DIRECTORY && !draft.entry.value.is_null() {
            let name = format!("{}/{}", draft.entry.resource_type, draft.id);
            known.insert(name, draft.entry.value.clone());
        }
    }
    view::read_directory(connection, wanted, &mut known).await?;
    Ok(known)
}

/// The versions of one resource that a delivery adds; the last one becomes the current one.
struct Chain {
    rows: Vec<ResourceRow>,
    beside: Option<Beside>,
}

/// What is written beside the current version.
struct Beside {
    person: PersonId,
    projection: Projection,
    values: Vec<u8>,
}

struct Staging<'d> {
    source: &'d OdsCode,
    received_at: tarn_model::Timestamp,
    held: Held,
    directory: HashMap<String, Value>,
    chains: BTreeMap<Key, Chain>,
    done: Vec<(usize, EntryAction, Key)>,
    /// What was already written about, where no two entries may be about the same.
    one_each: Option<BTreeSet<Key>>,
}

impl Staging<'_> {
    fn add(&mut self, draft: Draft<'_>) -> Result<(), IngestError> {
        let key = (draft.entry.resource_type.clone(), draft.id.clone());
        if let Some(seen) = &mut self.one_each
            && !seen.insert(key.clone())
        {
            return Err(IngestError::Duplicate {
                path: draft.entry.path,
            });
        }
        let before = self
            .chains
            .get(&key)
            .and_then(|chain| chain.rows.last())
            .or_else(|| self.held.rows.get(&key));
        let (version, was_deleted) = before.map_or((0, true), |row| (row.version, row.deleted));
        if let Some(if_match) = draft.entry.action.if_match()
            && !matches_version(if_match, version, was_deleted)
        {
            return Err(IngestError::Superseded {
                path: draft.entry.path,
            });
        }
        let takes_away = draft.entry.action.takes_away();
        let action = match (takes_away, was_deleted) {
            _ if draft.already_there || draft.leaves(before) => EntryAction::Unchanged,
            (true, _) => EntryAction::Deleted,
            (false, true) => EntryAction::Created,
            (false, false) => EntryAction::Updated,
        };
        self.done.push((draft.entry.index, action, key.clone()));
        if action == EntryAction::Unchanged {
            return Ok(());
        }
        let (row, beside) = match before.filter(|_| takes_away) {
            Some(before) => (self.taken_away(before.clone()), None),
            None => self.version(draft, version + 1),
        };
        let chain = self.chains.entry(key).or_insert(Chain {
            rows: Vec::new(),
            beside: None,
        });
        chain.rows.push(row);
        chain.beside = beside;
        Ok(())
    }

    /// Files what is held with another person: the same text, as a newer version.
    fn file_anew(&mut self, before: ResourceRow, person: PersonId) -> Result<(), RecordError> {
        let mut value = serde_json::from_str(&before.body)
            .map_err(|_| RecordError::damaged("resource", "its text is not JSON"))?;
        let of = Of {
            person,
            source: self.source,
            resource_type: &before.resource_type,
            resource_id: &before.resource_id,
            source_ref: &before.source_ref,
        };
        let (headings, labels, beside) = self.beside(of, &mut value);
        let key = (before.resource_type.clone(), before.resource_id.clone());
        let row = ResourceRow {
            person_id: person.as_bytes().to_vec(),
            version: before.version + 1,
            received_at: self.received_at.as_micros(),
            headings,
            labels,
            ..before
        };
        let chain = Chain {
            rows: vec![row],
            beside: Some(beside),
        };
        self.chains.insert(key, chain);
        Ok(())
    }

    /// The headings and labels of a version, and what is written beside it.
    fn beside(&self, of: Of<'_>, value: &mut Value) -> (i32, i32, Beside) {
        let find = |reference: &str| self.directory.get(reference).cloned();
        let projection = project(
            value,
            &Origin {
                person: of.person,
                source: of.source,
                resource_id: of.resource_id,
                received_at: self.received_at,
                directory: Some(&find),
            },
        );
        let (headings, labels) = sensitivity(of, &projection);
        let beside = Beside {
            person: of.person,
            projection,
            values: values_of(value, of.source),
        };
        (headings, labels, beside)
    }

    fn version(&self, mut draft: Draft<'_>, version: i64) -> (ResourceRow, Option<Beside>) {
        let of = Of {
            person: draft.person,
            source: self.source,
            resource_type: &draft.entry.resource_type,
            resource_id: &draft.id,
            source_ref: &draft.entry.source_ref,
        };
        let (headings, labels, beside) = self.beside(of, &mut draft.entry.value);
        let row = ResourceRow {
            person_id: draft.person.as_bytes().to_vec(),
            resource_type: draft.entry.resource_type,
            resource_id: draft.id,
            version,
            source: self.source.to_string(),
            source_ref: draft.entry.source_ref,
            sha256: draft.entry.sha256.to_vec(),
            received_at: self.received_at.as_micros(),
            deleted: false,
            headings,
            labels,
            body: draft.body,
            rewrites: draft.rewrites,
        };
        (row, Some(beside))
    }

    /// The version that says that the source took the resource back: as sensitive as what it
    /// took back.
    fn taken_away(&self, before: ResourceRow) -> ResourceRow {
        use sha2::Digest as _;
        ResourceRow {
            version: before.version + 1,
            sha256: sha2::Sha256::digest(b"").to_vec(),
            received_at: self.received_at.as_micros(),
            deleted: true,
            body: String::new(),
            rewrites: None,
            ..before
        }
    }

    fn finish(mut self) -> Writes {
        let mut writes = Writes {
            replaced: BTreeMap::new(),
            history: Vec::new(),
            current: Vec::new(),
            derived: DerivedRows::default(),
            moved: BTreeMap::new(),
            done: self.done,
            owners: self.held.owners_of_rows().collect(),
            stay: HashMap::new(),
        };
        for (key, mut chain) in self.chains {
            let Some(current) = chain.rows.pop() else {
                continue;
            };
            if let Some(old) = self.held.rows.remove(&key)
                && let Some(owner) = self.held.owners.get(&key)
            {
                let place = (*owner, key.0.clone());
                writes
                    .replaced
                    .entry(place)
                    .or_default()
                    .push(key.1.clone());
                writes.history.push(old.into());
            }
            writes
                .history
                .extend(chain.rows.into_iter().map(HistoryRow::from));
            if let Some(beside) = chain.beside {
                if self.held.owners.get(&key) != Some(&beside.person) {
                    let place = (beside.person, key.0.clone());
                    writes.moved.entry(place).or_default().push(key.1.clone());
                }
                let of = Of {
                    person: beside.person,
                    source: self.source,
                    resource_type: &current.resource_type,
                    resource_id: &current.resource_id,
                    source_ref: &current.source_ref,
                };
                let answers = Answers {
                    headings: current.headings,
                    labels: current.labels,
                    received_at: current.received_at,
                    values: beside.values,
                };
                writes.derived.add(of, answers, beside.projection);
            }
            writes.current.push(current);
        }
        writes.stay = self.held.rows;
        writes
    }
}
