//! The searches in a delivery: conditions of its entries, and references that name what they mean
//! by an identifier.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use tarn_model::OdsCode;

use super::super::VALUES_AT_ONCE;
use super::Connection;
use crate::store::matching::{IdentifierQuery, identifier_query};
use crate::store::schema::identifier_key;
use crate::{Action, IngestError, Plan, PlannedEntry, Subject, Target};

/// A type and a search of it, as it was written.
type Search = (String, String);

/// Where a search stands, the type that it is of, and the search.
type Asked<'p> = (&'p str, &'p str, &'p str);

/// An entry that is to be kept only as long as its own search finds nothing, or one thing.
pub(super) struct Condition<'p, 't> {
    pub(super) entry: &'p PlannedEntry<'t>,
    pub(super) query: &'p str,
    pub(super) identity: IdentifierQuery,
}

impl<'p> Condition<'p, '_> {
    /// Its search.
    pub(super) fn asked(&self) -> Asked<'p> {
        (&self.entry.path, &self.entry.resource_type, self.query)
    }
}

/// Every entry with a condition, in order.
pub(super) fn conditions<'p, 't>(
    plan: &'p Plan<'t>,
) -> Result<Vec<Condition<'p, 't>>, IngestError> {
    let asking = plan
        .entries
        .iter()
        .filter_map(|entry| Some((entry, query_of(entry)?)));
    asking
        .map(|(entry, query)| {
            Ok(Condition {
                entry,
                query,
                identity: read(&entry.path, query)?,
            })
        })
        .collect()
}

fn read(path: &str, query: &str) -> Result<IdentifierQuery, IngestError> {
    identifier_query(query).ok_or_else(|| IngestError::Unreadable {
        path: path.to_owned(),
        problem: "only a search by one identifier can be resolved".to_owned(),
    })
}

pub(super) fn query_of<'e>(entry: &'e PlannedEntry<'_>) -> Option<&'e str> {
    match &entry.action {
        Action::Create { if_none_exist } => if_none_exist.as_deref(),
        Action::Update { query, .. } | Action::Delete { query, .. } => query.as_deref(),
    }
}

/// Every search in a plan, with where it stands.
fn searches<'p>(plan: &'p Plan<'_>) -> impl Iterator<Item = Asked<'p>> {
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
pub(super) async fn search_all(
    connection: &mut Connection,
    source: &OdsCode,
    plan: &Plan<'_>,
) -> Result<HashMap<Search, Vec<String>>, IngestError> {
    search_own(connection, source, searches(plan)).await
}

/// Runs these searches among what the source has sent: Tarn's ids of what each finds, in order.
pub(super) async fn search_own<'p>(
    connection: &mut Connection,
    source: &OdsCode,
    asked: impl Iterator<Item = Asked<'p>>,
) -> Result<HashMap<Search, Vec<String>>, IngestError> {
    let mut wanted: BTreeMap<&str, BTreeMap<&str, IdentifierQuery>> = BTreeMap::new();
    for (path, resource_type, query) in asked {
        let read = read(path, query)?;
        wanted.entry(resource_type).or_default().insert(query, read);
    }
    let mut found: HashMap<Search, Vec<String>> = HashMap::new();
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
