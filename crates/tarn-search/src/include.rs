use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::condition::references;
use crate::registry::{self, Parameter, ParameterType};
use crate::rows::{Row, Rows};
use crate::search::PATIENT;
use crate::values::ValuesError;

/// How many resources are included in one page at most.
pub const MOST_INCLUDED: usize = 1000;

/// How often an `:iterate` goes on from what it found.
const MOST_ROUNDS: usize = 5;

/// `_include` or `_revinclude`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Include {
    pub(crate) direction: Direction,
    /// The type whose parameter it is; none is every type.
    pub(crate) source: Option<String>,
    /// None is every reference parameter.
    pub(crate) parameter: Option<&'static Parameter>,
    /// Only references to this type.
    pub(crate) target: Option<String>,
    pub(crate) iterate: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    /// What a resource names.
    Forward,
    /// What names a resource.
    Backward,
}

impl Include {
    fn parameters(&self, source: &str) -> Vec<&'static Parameter> {
        match self.parameter {
            Some(parameter) => vec![parameter],
            None => registry::parameters(source)
                .filter(|p| p.kind() == ParameterType::Reference)
                .collect(),
        }
    }

    /// The types that it may lead to from a type.
    pub(crate) fn targets(&self, source: &str) -> Vec<&'static str> {
        let all = self
            .parameters(source)
            .into_iter()
            .flat_map(Parameter::targets);
        all.filter(|t| self.target.as_deref().is_none_or(|only| only == *t))
            .collect()
    }

    fn leaves(&self, kind: &str) -> bool {
        self.source.as_deref().is_none_or(|source| source == kind)
    }
}

type Name<'a> = (&'a str, &'a str);

/// What comes along with the matches of a page: type and id, in order, and whether it was cut.
pub(crate) fn included(
    includes: &[Include],
    matches: &[Name<'_>],
    types: &BTreeSet<String>,
    rows: &dyn Rows,
) -> Result<(Vec<(String, String)>, bool), ValuesError> {
    if includes.is_empty() || matches.is_empty() {
        return Ok((Vec::new(), false));
    }
    let table = Table::new(types, rows);
    let mut known: BTreeSet<Name<'_>> = table.names(matches);
    let first = known.clone();
    let mut fresh = known.clone();
    for round in 0..=MOST_ROUNDS {
        let mut found = BTreeSet::new();
        for include in includes.iter().filter(|i| round == 0 || i.iterate) {
            match include.direction {
                Direction::Forward => table.forward(include, &fresh, &mut found)?,
                Direction::Backward => table.backward(include, &fresh, &mut found)?,
            }
        }
        fresh = found.difference(&known).copied().collect();
        known.extend(&fresh);
        if fresh.is_empty() || known.len() - first.len() > MOST_INCLUDED {
            break;
        }
    }
    let all: Vec<_> = known
        .difference(&first)
        .map(|(kind, id)| ((*kind).to_owned(), (*id).to_owned()))
        .collect();
    let cut = all.len() > MOST_INCLUDED;
    Ok((all.into_iter().take(MOST_INCLUDED).collect(), cut))
}

/// The rows by name.
struct Table<'a> {
    rows: &'a dyn Rows,
    by_type: BTreeMap<&'a str, HashMap<&'a str, &'a Row>>,
}

impl<'a> Table<'a> {
    fn new(types: &'a BTreeSet<String>, rows: &'a dyn Rows) -> Self {
        let of_type = |kind: &'a String| {
            let by_id = rows
                .of_type(kind)
                .iter()
                .map(|row| (row.id.as_str(), row))
                .collect();
            (kind.as_str(), by_id)
        };
        Self {
            rows,
            by_type: types.iter().map(of_type).collect(),
        }
    }

    fn row(&self, kind: &str, id: &str) -> Option<(Name<'a>, &'a Row)> {
        let (kind, rows) = self.by_type.get_key_value(kind)?;
        let (id, row) = rows.get_key_value(id)?;
        Some(((kind, id), row))
    }

    fn names(&self, names: &[Name<'_>]) -> BTreeSet<Name<'a>> {
        names
            .iter()
            .filter_map(|(kind, id)| self.row(kind, id))
            .map(|(name, _)| name)
            .collect()
    }

    fn forward(
        &self,
        include: &Include,
        from: &BTreeSet<Name<'a>>,
        found: &mut BTreeSet<Name<'a>>,
    ) -> Result<(), ValuesError> {
        for (kind, id) in from.iter().filter(|(kind, _)| include.leaves(kind)) {
            let Some((_, row)) = self.row(kind, id) else {
                continue;
            };
            for parameter in include.parameters(kind) {
                let named = references(parameter, row)?
                    .into_iter()
                    .filter_map(|r| r.local);
                let named = named
                    .filter(|(kind, _)| include.target.as_deref().is_none_or(|only| only == *kind));
                found.extend(
                    named
                        .filter_map(|(kind, id)| self.row(kind, id))
                        .map(|(name, _)| name),
                );
            }
        }
        Ok(())
    }

    fn backward(
        &self,
        include: &Include,
        to: &BTreeSet<Name<'a>>,
        found: &mut BTreeSet<Name<'a>>,
    ) -> Result<(), ValuesError> {
        let is_named = |kind: &str, id: &str| {
            to.contains(&(kind, id))
                || kind == PATIENT
                    && to
                        .iter()
                        .any(|(k, i)| *k == PATIENT && self.rows.same_person(i, id))
        };
        for (source, rows) in self.by_type.iter().filter(|(kind, _)| include.leaves(kind)) {
            for parameter in include.parameters(source) {
                for (id, row) in rows {
                    let names = references(parameter, row)?
                        .into_iter()
                        .filter_map(|r| r.local)
                        .any(|(kind, id)| {
                            include.target.as_deref().is_none_or(|only| only == kind)
                                && is_named(kind, id)
                        });
                    if names {
                        found.insert((source, id));
                    }
                }
            }
        }
        Ok(())
    }
}
