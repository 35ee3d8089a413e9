//! Which resource each name in a delivery stands for: ids kept, given, found by search, or held
//! back for what has not arrived yet.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel_async::RunQueryDsl;
use tarn_model::{IdMaker, OdsCode, PersonId};

use super::super::{VALUES_AT_ONCE, pieces};
use super::by_name::ByName;
use super::claims::{claim_conditions, release_conditions};
use super::identity::People;
use super::searches::{Condition, conditions, query_of, search_all, search_own};
use super::{Connection, by_type};
use crate::store::matching::is_fhir_id;
use crate::store::rows::{ResourceKeyRow, SourceKeyRow, person_of};
use crate::store::schema::{resource_key, source_key};
use crate::{Action, IngestError, Plan, PlannedEntry, RecordError, Subject, Target};

/// A type and how a source, or Tarn, names a resource of it.
type Name = (String, String);

/// What the names of one delivery stand for.
pub(super) struct Names {
    /// By type and the source's own name: Tarn's id.
    known: ByName<String>,
    /// By type and search: Tarn's ids of what it finds.
    found: HashMap<Name, Vec<String>>,
    /// Entries whose condition an earlier entry makes true: the index of each, and that one's
    /// name.
    repeats: HashMap<usize, Name>,
    /// By type and Tarn's id: whose each resource is to be whose id this delivery claimed first.
    fresh: ByName<PersonId>,
    /// The only resources that a search may find; all if `None`.
    seen: Option<BTreeSet<Name>>,
    /// Conditions that this delivery has to itself.
    claims: Vec<(String, String)>,
}

impl Names {
    /// Looks up every name that the plan holds.
    pub(super) async fn read(
        connection: &mut Connection,
        source: &OdsCode,
        plan: &Plan<'_>,
        seen: Option<&[Name]>,
    ) -> Result<Self, IngestError> {
        let mut names = Self {
            known: ByName::new(),
            found: HashMap::new(),
            repeats: HashMap::new(),
            fresh: ByName::new(),
            seen: seen.map(|seen| seen.iter().cloned().collect()),
            claims: Vec::new(),
        };
        names.found = names.only_seen(search_all(connection, source, plan).await?);
        let all: BTreeSet<Name> = named(plan).collect();
        let all = (all.iter()).map(|(kind, name)| (kind.as_str(), name.as_str()));
        for (resource_type, refs) in by_type(all) {
            let refs: Vec<&str> = refs.into_iter().collect();
            for refs in refs.chunks(VALUES_AT_ONCE) {
                names
                    .read_refs(connection, source, resource_type, refs)
                    .await?;
            }
        }
        Ok(names)
    }

    /// Learns what the source means by these names of one type. Most are Tarn's ids as well; only
    /// the others stand in a table of their own.
    async fn read_refs(
        &mut self,
        connection: &mut Connection,
        source: &OdsCode,
        resource_type: &str,
        refs: &[&str],
    ) -> QueryResult<()> {
        let kept: Vec<String> = resource_key::table
            .filter(resource_key::resource_type.eq(resource_type))
            .filter(resource_key::resource_id.eq_any(refs))
            .filter(resource_key::source.eq(source.as_str()))
            .filter(resource_key::source_ref.eq(resource_key::resource_id))
            .select(resource_key::resource_id)
            .load(connection)
            .await?;
        for name in kept {
            self.known.insert(resource_type, name.clone(), name);
        }
        let others: Vec<&str> = (refs.iter().copied())
            .filter(|name| self.local(resource_type, name).is_none())
            .collect();
        let given: Vec<(String, String)> = source_key::table
            .filter(source_key::source.eq(source.as_str()))
            .filter(source_key::resource_type.eq(resource_type))
            .filter(source_key::source_ref.eq_any(others))
            .select((source_key::source_ref, source_key::resource_id))
            .load(connection)
            .await?;
        for (name, id) in given {
            self.known.insert(resource_type, name, id);
        }
        Ok(())
    }

    /// Makes sure that what a condition did not find cannot come to be while this delivery is
    /// taken, by another one or by another entry of its own.
    pub(super) async fn settle(
        &mut self,
        connection: &mut Connection,
        source: &OdsCode,
        plan: &Plan<'_>,
    ) -> Result<(), IngestError> {
        let all = conditions(plan)?;
        if plan.bundle_type.as_deref() == Some("transaction") {
            let mut seen = BTreeSet::new();
            for Condition {
                entry, identity, ..
            } in &all
            {
                if !seen.insert((&entry.resource_type, identity)) {
                    return Err(IngestError::Duplicate {
                        path: entry.path.clone(),
                    });
                }
            }
        }
        let mut open = Vec::new();
        for condition in all {
            let found = self.matched(condition.entry)?;
            if found.is_none() && !condition.entry.action.takes_away() {
                open.push(condition);
            }
        }
        if open.is_empty() {
            return Ok(());
        }
        self.claims = claim_conditions(connection, source, &open).await?;
        // Whoever had one of them before has finished: what it brought is seen now.
        let asked = open.iter().map(Condition::asked);
        let again = self.only_seen(search_own(connection, source, asked).await?);
        self.found.extend(again);
        let mut first: HashMap<(&str, &_), Name> = HashMap::new();
        for Condition {
            entry, identity, ..
        } in &open
        {
            if self.matched(entry)?.is_some() {
                continue;
            }
            let name = (entry.resource_type.clone(), entry.source_ref.clone());
            match first.get(&(entry.resource_type.as_str(), identity)) {
                Some(earlier) => {
                    self.repeats.insert(entry.index, earlier.clone());
                }
                None => {
                    first.insert((&entry.resource_type, identity), name);
                }
            }
        }
        Ok(())
    }

    /// Looks once more at what conditional updates and deletions found, now that it is locked:
    /// somebody may have given the identifier to another resource in between.
    pub(super) async fn verify(
        &self,
        connection: &mut Connection,
        source: &OdsCode,
        plan: &Plan<'_>,
    ) -> Result<(), IngestError> {
        let updates: Vec<Condition<'_, '_>> = conditions(plan)?
            .into_iter()
            .filter(|condition| !matches!(condition.entry.action, Action::Create { .. }))
            .collect();
        if updates.is_empty() {
            return Ok(());
        }
        let asked = updates.iter().map(Condition::asked);
        let again = self.only_seen(search_own(connection, source, asked).await?);
        if again
            .iter()
            .all(|(search, ids)| self.found.get(search) == Some(ids))
        {
            Ok(())
        } else {
            Err(RecordError::overtaken().into())
        }
    }

    /// What searches find, without what may not be known of.
    fn only_seen(&self, mut found: HashMap<Name, Vec<String>>) -> HashMap<Name, Vec<String>> {
        if let Some(seen) = &self.seen {
            for ((resource_type, _), ids) in &mut found {
                ids.retain(|id| seen.contains(&(resource_type.clone(), id.clone())));
            }
        }
        found
    }

    /// Lets go of the conditions that this delivery had to itself; the others wait for its end.
    pub(super) async fn release(
        &self,
        connection: &mut Connection,
        source: &OdsCode,
    ) -> QueryResult<()> {
        release_conditions(connection, source, &self.claims).await
    }

    /// Whether an earlier entry brings what the condition of this one asks for.
    pub(super) fn is_repeat(&self, entry: &PlannedEntry<'_>) -> bool {
        self.repeats.contains_key(&entry.index)
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
            let is_new = self.known.get(&name.0, &name.1).is_none()
                && !self.is_repeat(entry)
                && self.matched(entry)?.is_none();
            if is_new && !entry.action.takes_away() {
                wanted.insert(name, Some(people.of(at).as_bytes().to_vec()));
            }
        }
        for name in referred(plan) {
            if self.known.get(&name.0, &name.1).is_none() {
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
            .filter(|((kind, name), _)| self.known.get(kind, name).is_none())
            .map(|(name, person)| row(name, ids.uuid().to_string(), person))
            .collect();
        self.claim_free(connection, source, give).await?;
        let rows: Vec<SourceKeyRow> = wanted
            .into_keys()
            .filter_map(|name| {
                let resource_id = self.known.get(&name.0, &name.1)?;
                let resource_id = Some(resource_id).filter(|id| **id != name.1)?.clone();
                Some(SourceKeyRow {
                    source: source.to_string(),
                    resource_type: name.0,
                    source_ref: name.1,
                    resource_id,
                })
            })
            .collect();
        for rows in pieces(rows) {
            insert_rows!(connection, rows => SourceKeyRow in source_key).await?;
        }
        Ok(())
    }

    /// Tarn's id of an entry: what its condition found, else what its name stands for.
    pub(super) fn id_of(&self, entry: &PlannedEntry<'_>) -> Result<Option<&str>, IngestError> {
        if let Some(matched) = self.matched(entry)? {
            return Ok(Some(matched));
        }
        let (kind, name) = match self.repeats.get(&entry.index) {
            Some((kind, name)) => (kind, name),
            None => (&entry.resource_type, &entry.source_ref),
        };
        Ok(self.local(kind, name))
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
        self.known.get(resource_type, name).map(String::as_str)
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
            Some(_) => Err(IngestError::MultipleMatches {
                path: path.to_owned(),
            }),
        }
    }

    /// Inserts what is free and learns the ids of all rows that are this source's.
    async fn claim_free(
        &mut self,
        connection: &mut Connection,
        source: &OdsCode,
        rows: Vec<ResourceKeyRow>,
    ) -> Result<(), RecordError> {
        for rows in pieces(rows) {
            let keys: Vec<ResourceKeyRow> = rows.clone();
            let asked = rows.len();
            let free =
                insert_rows!(connection, rows => ResourceKeyRow in resource_key, skipping).await?;
            if free == asked {
                for key in keys {
                    self.learn_new(key)?;
                }
                continue;
            }
            let keys = keys
                .iter()
                .map(|key| (key.resource_type.as_str(), key.resource_id.as_str()));
            for (resource_type, ids) in by_type(keys) {
                let mine: Vec<(String, String)> = resource_key::table
                    .filter(resource_key::resource_type.eq(resource_type))
                    .filter(resource_key::resource_id.eq_any(ids))
                    .filter(resource_key::source.eq(source.as_str()))
                    .select((resource_key::source_ref, resource_key::resource_id))
                    .load(connection)
                    .await?;
                for (name, id) in mine {
                    self.known.insert(resource_type, name, id);
                }
            }
        }
        Ok(())
    }

    fn learn_new(&mut self, key: ResourceKeyRow) -> Result<(), RecordError> {
        if let Some(person) = &key.person_id {
            let person = person_of("resource_key", person)?;
            self.fresh
                .insert(&key.resource_type, key.resource_id.clone(), person);
        }
        self.known
            .insert(&key.resource_type, key.source_ref, key.resource_id);
        Ok(())
    }

    /// Whose this resource is to be, if its id is of this very delivery: nothing is held of it.
    pub(super) fn fresh(&self, key: (&str, &str)) -> Option<PersonId> {
        self.fresh.get(key.0, key.1).copied()
    }
}

/// Every name of the source's own in a plan.
fn named<'p>(plan: &'p Plan<'_>) -> impl Iterator<Item = Name> + 'p {
    let entries = plan.entries.iter();
    let own = entries.map(|entry| (entry.resource_type.clone(), entry.source_ref.clone()));
    let subjects = plan
        .entries
        .iter()
        .filter_map(|entry| match &entry.subject {
            Subject::SameAs { resource_type, id } => Some((resource_type.clone(), id.clone())),
            _ => None,
        });
    own.chain(subjects).chain(referred(plan))
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
