//! Which resource each name in a delivery stands for: ids kept, given, found by search, or held
//! back for what has not arrived yet.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel_async::RunQueryDsl;
use tarn_model::{IdMaker, OdsCode};

use super::super::{VALUES_AT_ONCE, pieces};
use super::identity::People;
use super::{Connection, by_type};
use crate::store::matching::{IdentifierQuery, identifier_query, is_fhir_id};
use crate::store::rows::{ResourceKeyRow, SourceKeyRow};
use crate::store::schema::{identifier_key, resource_key, source_key};
use crate::{Action, IngestError, Plan, PlannedEntry, Subject, Target};

/// A type and how a source, or Tarn, names a resource of it.
type Name = (String, String);

/// What the names of one delivery stand for.
pub(super) struct Names {
    /// By type and the source's own name: Tarn's id.
    known: HashMap<Name, String>,
    /// By type and search: Tarn's ids of what it finds.
    found: HashMap<Name, Vec<String>>,
}

impl Names {
    /// Looks up every name that the plan holds.
    pub(super) async fn read(
        connection: &mut Connection,
        source: &OdsCode,
        plan: &Plan<'_>,
    ) -> Result<Self, IngestError> {
        let mut names = Self {
            known: HashMap::new(),
            found: search_all(connection, source, plan).await?,
        };
        let all: BTreeSet<Name> = named(plan).collect();
        let all = all
            .iter()
            .map(|(kind, name)| (kind.as_str(), name.as_str()));
        for (resource_type, refs) in by_type(all) {
            let refs: Vec<&str> = refs.into_iter().collect();
            for refs in refs.chunks(VALUES_AT_ONCE) {
                let rows: Vec<(String, String)> = source_key::table
                    .filter(source_key::source.eq(source.as_str()))
                    .filter(source_key::resource_type.eq(resource_type))
                    .filter(source_key::source_ref.eq_any(refs))
                    .select((source_key::source_ref, source_key::resource_id))
                    .load(connection)
                    .await?;
                for (source_ref, id) in rows {
                    names
                        .known
                        .insert((resource_type.to_owned(), source_ref), id);
                }
            }
        }
        Ok(names)
    }

    /// Claims an id for every name that has none yet. A source's own id is kept where it is free
    /// for that type; what is only referred to gets its id held back, so that the reference
    /// never comes to mean another source's resource.
    pub(super) async fn claim(
        &mut self,
        connection: &mut Connection,
        source: &OdsCode,
        plan: &Plan<'_>,
        people: &People,
        ids: IdMaker<'_>,
    ) -> Result<(), IngestError> {
        let mut wanted: BTreeMap<Name, Option<Vec<u8>>> = BTreeMap::new();
        for (at, entry) in plan.entries.iter().enumerate() {
            let name = (entry.resource_type.clone(), entry.source_ref.clone());
            let is_new = !self.known.contains_key(&name) && self.matched(entry)?.is_none();
            if is_new && entry.action != Action::Delete {
                wanted.insert(name, Some(people.of(at).as_bytes().to_vec()));
            }
        }
        for name in referred(plan) {
            if !self.known.contains_key(&name) {
                wanted.entry(name).or_insert(None);
            }
        }
        let row = |(kind, name): &Name, id: String, person: &Option<Vec<u8>>| ResourceKeyRow {
            resource_type: kind.clone(),
            resource_id: id,
            source: source.to_string(),
            source_ref: name.clone(),
            person_id: person.clone(),
        };
        let keep = wanted
            .iter()
            .filter(|((_, name), _)| is_fhir_id(name))
            .map(|(name, person)| row(name, name.1.clone(), person))
            .collect();
        self.claim_free(connection, source, keep).await?;
        let give: Vec<ResourceKeyRow> = wanted
            .iter()
            .filter(|(name, _)| !self.known.contains_key(*name))
            .map(|(name, person)| row(name, ids.uuid().to_string(), person))
            .collect();
        self.claim_free(connection, source, give).await?;
        let rows: Vec<SourceKeyRow> = wanted
            .into_keys()
            .filter_map(|name| {
                let resource_id = self.known.get(&name)?.clone();
                Some(SourceKeyRow {
                    source: source.to_string(),
                    resource_type: name.0,
                    source_ref: name.1,
                    resource_id,
                })
            })
            .collect();
        for rows in pieces(rows) {
            execute_many!(connection, rows => diesel::insert_into(source_key::table).values(rows))
                .await?;
        }
        Ok(())
    }

    /// Tarn's id of an entry: what its condition found, else what its name stands for.
    pub(super) fn id_of(&self, entry: &PlannedEntry<'_>) -> Result<Option<&str>, IngestError> {
        let name = (entry.resource_type.clone(), entry.source_ref.clone());
        Ok(self
            .matched(entry)?
            .or_else(|| self.known.get(&name).map(String::as_str)))
    }

    /// What the condition of a conditional create or update found.
    pub(super) fn matched(&self, entry: &PlannedEntry<'_>) -> Result<Option<&str>, IngestError> {
        match query_of(entry) {
            Some(query) => self.one(&entry.path, &entry.resource_type, query),
            None => Ok(None),
        }
    }

    /// Tarn's id of what a source calls `name`.
    pub(super) fn local(&self, resource_type: &str, name: &str) -> Option<&str> {
        let name = (resource_type.to_owned(), name.to_owned());
        self.known.get(&name).map(String::as_str)
    }

    /// The one resource that a search finds.
    pub(super) fn one(
        &self,
        path: &str,
        resource_type: &str,
        query: &str,
    ) -> Result<Option<&str>, IngestError> {
        let search = (resource_type.to_owned(), query.to_owned());
        match self.found.get(&search).map(Vec::as_slice) {
            None | Some([]) => Ok(None),
            Some([one]) => Ok(Some(one)),
            Some(_) => Err(IngestError::Unreadable {
                path: path.to_owned(),
                problem: "a search by identifier finds more than one resource".to_owned(),
            }),
        }
    }

    /// Inserts what is free and learns the ids of all rows that are this source's.
    async fn claim_free(
        &mut self,
        connection: &mut Connection,
        source: &OdsCode,
        rows: Vec<ResourceKeyRow>,
    ) -> QueryResult<()> {
        for rows in pieces(rows) {
            let keys: Vec<(String, String)> = rows
                .iter()
                .map(|row| (row.resource_type.clone(), row.resource_id.clone()))
                .collect();
            execute_many!(
                connection,
                rows => diesel::insert_into(resource_key::table)
                    .values(rows)
                    .on_conflict_do_nothing()
            )
            .await?;
            let keys = keys.iter().map(|(kind, id)| (kind.as_str(), id.as_str()));
            for (resource_type, ids) in by_type(keys) {
                let mine: Vec<(String, String)> = resource_key::table
                    .filter(resource_key::resource_type.eq(resource_type))
                    .filter(resource_key::resource_id.eq_any(ids))
                    .filter(resource_key::source.eq(source.as_str()))
                    .select((resource_key::source_ref, resource_key::resource_id))
                    .load(connection)
                    .await?;
                for (name, id) in mine {
                    self.known.insert((resource_type.to_owned(), name), id);
                }
            }
        }
        Ok(())
    }
}

/// Every name of the source's own in a plan.
fn named<'p>(plan: &'p Plan<'_>) -> impl Iterator<Item = Name> + 'p {
    let entries = plan
        .entries
        .iter()
        .map(|entry| (entry.resource_type.clone(), entry.source_ref.clone()));
    let subjects = plan
        .entries
        .iter()
        .filter_map(|entry| match &entry.subject {
            Subject::SameAs { resource_type, id } => Some((resource_type.clone(), id.clone())),
            _ => None,
        });
    entries.chain(subjects).chain(referred(plan))
}

/// Names of the source's own that references use.
fn referred<'p>(plan: &'p Plan<'_>) -> impl Iterator<Item = Name> + 'p {
    plan.entries
        .iter()
        .flat_map(|entry| &entry.references)
        .filter_map(|reference| match &reference.target {
            Target::Local { resource_type, id } => Some((resource_type.clone(), id.clone())),
            Target::Entry(_) | Target::Conditional { .. } => None,
        })
}

fn query_of<'e>(entry: &'e PlannedEntry<'_>) -> Option<&'e str> {
    match &entry.action {
        Action::Create { if_none_exist } => if_none_exist.as_deref(),
        Action::Update { query, .. } => query.as_deref(),
        Action::Delete => None,
    }
}

/// Every search in a plan, with where it stands.
fn searches<'p>(plan: &'p Plan<'_>) -> impl Iterator<Item = (&'p str, &'p str, &'p str)> {
    plan.entries.iter().flat_map(|entry| {
        let own = query_of(entry).map(|query| (entry.resource_type.as_str(), query));
        let subject = match &entry.subject {
            Subject::Conditional {
                resource_type,
                query,
            } => Some((resource_type.as_str(), query.as_str())),
            _ => None,
        };
        let references = entry
            .references
            .iter()
            .filter_map(|reference| match &reference.target {
                Target::Conditional {
                    resource_type,
                    query,
                } => Some((resource_type.as_str(), query.as_str())),
                _ => None,
            });
        own.into_iter()
            .chain(subject)
            .chain(references)
            .map(|(resource_type, query)| (entry.path.as_str(), resource_type, query))
    })
}

/// Runs every search of a plan among what the source has sent.
async fn search_all(
    connection: &mut Connection,
    source: &OdsCode,
    plan: &Plan<'_>,
) -> Result<HashMap<Name, Vec<String>>, IngestError> {
    let mut wanted: BTreeMap<&str, BTreeMap<&str, IdentifierQuery>> = BTreeMap::new();
    for (path, resource_type, query) in searches(plan) {
        let read = identifier_query(query).ok_or_else(|| IngestError::Unreadable {
            path: path.to_owned(),
            problem: "only a search by one identifier can be resolved".to_owned(),
        })?;
        wanted.entry(resource_type).or_default().insert(query, read);
    }
    let mut found: HashMap<Name, Vec<String>> = HashMap::new();
    for (resource_type, queries) in wanted {
        let values: BTreeSet<&str> = queries.values().map(|query| query.value.as_str()).collect();
        let values: Vec<&str> = values.into_iter().collect();
        let mut rows: Vec<(String, String, String)> = Vec::new();
        for values in values.chunks(VALUES_AT_ONCE) {
            let more: Vec<(String, String, String)> = identifier_key::table
                .filter(identifier_key::source.eq(source.as_str()))
                .filter(identifier_key::resource_type.eq(resource_type))
                .filter(identifier_key::value.eq_any(values))
                .select((
                    identifier_key::value,
                    identifier_key::system,
                    identifier_key::resource_id,
                ))
                .load(connection)
                .await?;
            rows.extend(more);
        }
        let mut by_value: HashMap<&str, Vec<(&str, &str)>> = HashMap::new();
        for (value, system, id) in &rows {
            by_value.entry(value).or_default().push((system, id));
        }
        for (text, query) in queries {
            let ids: BTreeSet<&str> = by_value
                .get(query.value.as_str())
                .into_iter()
                .flatten()
                .filter(|(system, _)| query.system.as_deref().is_none_or(|asked| asked == *system))
                .map(|(_, id)| *id)
                .collect();
            let ids = ids.into_iter().map(str::to_owned).collect();
            found.insert((resource_type.to_owned(), text.to_owned()), ids);
        }
    }
    Ok(found)
}
