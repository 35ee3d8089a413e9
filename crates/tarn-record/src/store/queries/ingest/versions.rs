//! What a delivery makes of the versions of its resources, and the rows that it writes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::Value;
use tarn_model::{OdsCode, PersonId};

use super::super::{VALUES_AT_ONCE, pieces, view};
use super::drafts::{Draft, drafts};
use super::identity::People;
use super::names::Names;
use super::{ByPerson, Connection, by_type};
use crate::store::derived::{DerivedRows, Of, directory_references, sensitivity};
use crate::store::matching::expected_version;
use crate::store::rows::{HistoryRow, ResourceRow, person_of as read_person};
use crate::store::schema::{resource, resource_history, resource_key};
use crate::{Action, Delivery, IngestError, Origin, Plan, Projection, RecordError, Tally, project};

/// A resource by type and Tarn's id.
type Key = (String, String);

/// Everything that one delivery writes.
pub(super) struct Writes {
    pub(super) tally: Tally,
    /// Rows of the current versions that go into the history: by person and type.
    replaced: ByPerson,
    history: Vec<HistoryRow>,
    current: Vec<ResourceRow>,
    derived: DerivedRows,
    /// Keys that come to belong to another person, or to one at all.
    moved: ByPerson,
}

impl Writes {
    /// Works out what to write.
    pub(super) async fn prepare(
        connection: &mut Connection,
        delivery: &Delivery<'_>,
        plan: &Plan<'_>,
        names: &Names,
        people: &People,
    ) -> Result<Self, IngestError> {
        let drafts = drafts(plan, names, people)?;
        let held = Held::read(connection, drafts.iter()).await?;
        let directory = directory(connection, &drafts).await?;
        let mut staging = Staging {
            source: delivery.source,
            received_at: delivery.received_at,
            held,
            directory,
            chains: BTreeMap::new(),
            tally: Tally::default(),
        };
        for draft in drafts {
            staging.add(draft)?;
        }
        Ok(staging.finish())
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
            execute_many!(
                connection,
                rows => diesel::insert_into(resource_history::table).values(rows)
            )
            .await?;
        }
        for rows in pieces(self.current) {
            execute_many!(connection, rows => diesel::insert_into(resource::table).values(rows))
                .await?;
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
        directory_references(&draft.value, &mut wanted);
        if draft.person == PersonId::DIRECTORY && !draft.value.is_null() {
            let name = format!("{}/{}", draft.entry.resource_type, draft.id);
            known.insert(name, draft.value.clone());
        }
    }
    view::read_directory(connection, wanted, &mut known).await?;
    Ok(known)
}

/// The versions that are current before a delivery.
struct Held {
    rows: HashMap<Key, ResourceRow>,
    owners: HashMap<Key, PersonId>,
}

impl Held {
    async fn read<'d>(
        connection: &mut Connection,
        drafts: impl Iterator<Item = &'d Draft<'d>>,
    ) -> Result<Self, RecordError> {
        let keys: BTreeSet<(&str, &str)> = drafts
            .map(|draft| (draft.entry.resource_type.as_str(), draft.id.as_str()))
            .collect();
        let mut held = Self {
            rows: HashMap::new(),
            owners: HashMap::new(),
        };
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
                    held.owners
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
                    held.rows.insert(key, row);
                }
            }
        }
        Ok(held)
    }
}

/// The versions of one resource that a delivery adds; the last one becomes the current one.
struct Chain {
    rows: Vec<ResourceRow>,
    projection: Option<(PersonId, Projection)>,
}

struct Staging<'d> {
    source: &'d OdsCode,
    received_at: tarn_model::Timestamp,
    held: Held,
    directory: HashMap<String, Value>,
    chains: BTreeMap<Key, Chain>,
    tally: Tally,
}

impl Staging<'_> {
    fn add(&mut self, draft: Draft<'_>) -> Result<(), IngestError> {
        let key = (draft.entry.resource_type.clone(), draft.id.clone());
        let before = self
            .chains
            .get(&key)
            .and_then(|chain| chain.rows.last())
            .or_else(|| self.held.rows.get(&key));
        let (version, was_deleted) = before.map_or((0, true), |row| (row.version, row.deleted));
        if let Action::Update {
            if_match: Some(if_match),
            ..
        } = &draft.entry.action
            && expected_version(if_match) != Some(version)
        {
            return Err(IngestError::Superseded {
                path: draft.entry.path.clone(),
            });
        }
        let takes_away = draft.entry.action == Action::Delete;
        let same_text = before.is_some_and(|row| {
            row.sha256 == draft.entry.sha256
                && row.body == draft.body
                && row.person_id == draft.person.as_bytes()
        });
        let same = match takes_away {
            true => was_deleted,
            false => same_text && !was_deleted,
        };
        if same || draft.already_there {
            self.tally.unchanged += 1;
            return Ok(());
        }
        match (takes_away, was_deleted) {
            (true, _) => self.tally.deleted += 1,
            (false, true) => self.tally.created += 1,
            (false, false) => self.tally.updated += 1,
        }
        let (row, projection) = match before.filter(|_| takes_away) {
            Some(before) => (self.taken_away(before.clone()), None),
            None => self.version(draft, version + 1),
        };
        let chain = self.chains.entry(key).or_insert(Chain {
            rows: Vec::new(),
            projection: None,
        });
        chain.rows.push(row);
        chain.projection = projection;
        Ok(())
    }

    fn version(
        &self,
        draft: Draft<'_>,
        version: i64,
    ) -> (ResourceRow, Option<(PersonId, Projection)>) {
        let find = |reference: &str| self.directory.get(reference).cloned();
        let projection = project(
            &draft.value,
            &Origin {
                person: draft.person,
                source: self.source,
                resource_id: &draft.id,
                received_at: self.received_at,
                directory: Some(&find),
            },
        );
        let of = Of {
            person: draft.person,
            source: self.source,
            resource_type: &draft.entry.resource_type,
            resource_id: &draft.id,
            source_ref: &draft.entry.source_ref,
        };
        let (headings, labels) = sensitivity(of, &projection);
        let row = ResourceRow {
            person_id: draft.person.as_bytes().to_vec(),
            resource_type: draft.entry.resource_type.clone(),
            resource_id: draft.id,
            version,
            source: self.source.to_string(),
            source_ref: draft.entry.source_ref.clone(),
            sha256: draft.entry.sha256.to_vec(),
            received_at: self.received_at.as_micros(),
            deleted: false,
            headings,
            labels,
            body: draft.body,
            rewrites: draft.rewrites,
        };
        (row, Some((draft.person, projection)))
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
            tally: self.tally,
            replaced: BTreeMap::new(),
            history: Vec::new(),
            current: Vec::new(),
            derived: DerivedRows::default(),
            moved: BTreeMap::new(),
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
            if let Some((person, projection)) = chain.projection {
                if self.held.owners.get(&key) != Some(&person) {
                    let place = (person, key.0.clone());
                    writes.moved.entry(place).or_default().push(key.1.clone());
                }
                let of = Of {
                    person,
                    source: self.source,
                    resource_type: &current.resource_type,
                    resource_id: &current.resource_id,
                    source_ref: &current.source_ref,
                };
                writes.derived.add(of, projection);
            }
            writes.current.push(current);
        }
        writes
    }
}
