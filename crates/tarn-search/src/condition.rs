use std::collections::{BTreeSet, HashSet};

use crate::asked::Asked;
use crate::extract::is_of_the_row;
use crate::registry::Parameter;
use crate::rows::{Row, Rows};
use crate::search::PATIENT;
use crate::stored::{Reference, Stored};
use crate::values::{Found, ValuesError};

/// One condition on a resource's own values. Its `Debug` has no values, which may be personal.
#[derive(Clone, PartialEq)]
pub struct Filter {
    pub(crate) parameter: &'static Parameter,
    pub(crate) test: Test,
}

/// What a filter asks.
#[derive(Clone, PartialEq)]
pub(crate) enum Test {
    /// One of these at least.
    Any(Vec<Asked>),
    /// None of these.
    None(Vec<Asked>),
    /// Whether there is no value.
    Missing(bool),
}

/// One condition of a search; all of them must be met.
#[derive(Clone, PartialEq)]
pub(crate) enum Condition {
    Own(Filter),
    /// `subject:Patient.name=`: a resource that it refers to meets the condition of its type.
    Chain {
        parameter: &'static Parameter,
        inner: Vec<(String, Box<Condition>)>,
    },
    /// `_has:Observation:patient:code=`: a resource that refers to it meets a condition.
    Has {
        source: String,
        via: &'static Parameter,
        inner: Box<Condition>,
    },
}

impl Filter {
    /// Whether a row meets it, without regard to which Patients are one person.
    ///
    /// # Errors
    /// [`ValuesError`] if the row's values do not read back; it must not count as one that meets
    /// the condition, nor quietly as one that does not.
    pub fn matches(&self, row: &Row) -> Result<bool, ValuesError> {
        self.holds(row, &|a, b| a == b)
    }

    /// The code of its parameter.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.parameter.code()
    }

    pub(crate) fn alternatives(&self) -> usize {
        match &self.test {
            Test::Any(asked) | Test::None(asked) => asked.len(),
            Test::Missing(_) => 1,
        }
    }

    fn holds(&self, row: &Row, same: &dyn Fn(&str, &str) -> bool) -> Result<bool, ValuesError> {
        match &self.test {
            Test::Any(asked) => self.meets_one(asked, row, same),
            Test::None(asked) => Ok(!self.meets_one(asked, row, same)?),
            Test::Missing(missing) => Ok(self.is_missing(row)? == *missing),
        }
    }

    fn meets_one(
        &self,
        asked: &[Asked],
        row: &Row,
        same: &dyn Fn(&str, &str) -> bool,
    ) -> Result<bool, ValuesError> {
        for one in asked {
            let meets = match (one, self.parameter.code()) {
                (Asked::Id(id), _) => *id == row.id,
                (one, "_lastUpdated") => one.meets_time(row.updated_at_micros),
                (one, _) => match row.values.find(self.parameter.number())? {
                    Some(found) => one.meets(self.parameter, found, same)?,
                    None => false,
                },
            };
            if meets {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn is_missing(&self, row: &Row) -> Result<bool, ValuesError> {
        Ok(!is_of_the_row(self.parameter.code())
            && row.values.find(self.parameter.number())?.is_none())
    }
}

impl std::fmt::Debug for Filter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Filter({:?})", self.parameter)
    }
}

impl Condition {
    /// The types whose rows it looks at, beside that of the row it is asked about.
    pub(crate) fn add_types(&self, types: &mut BTreeSet<String>) {
        match self {
            Self::Own(_) => {}
            Self::Chain { inner, .. } => {
                for (target, condition) in inner {
                    types.insert(target.clone());
                    condition.add_types(types);
                }
            }
            Self::Has { source, inner, .. } => {
                types.insert(source.clone());
                inner.add_types(types);
            }
        }
    }

    /// How many values it leaves to choose from: what a row has to be compared with.
    pub(crate) fn alternatives(&self) -> usize {
        match self {
            Self::Own(filter) => filter.alternatives(),
            Self::Chain { inner, .. } => inner.iter().map(|(_, c)| c.alternatives()).sum(),
            Self::Has { inner, .. } => inner.alternatives(),
        }
    }

    /// Looks at the rows of other types once, so that each row is then judged by itself.
    pub(crate) fn resolve<'a>(&'a self, rows: &'a dyn Rows) -> Result<Resolved<'a>, ValuesError> {
        Ok(match self {
            Self::Own(filter) => Resolved::Own(filter),
            Self::Chain { parameter, inner } => {
                let mut targets = HashSet::new();
                for (target, condition) in inner {
                    let condition = condition.resolve(rows)?;
                    for row in rows.of_type(target) {
                        if condition.holds(target, row, rows)? {
                            targets.insert((target.as_str(), row.id.as_str()));
                        }
                    }
                }
                Resolved::RefersTo { parameter, targets }
            }
            Self::Has { source, via, inner } => {
                let condition = inner.resolve(rows)?;
                let mut named = HashSet::new();
                for row in rows.of_type(source) {
                    if condition.holds(source, row, rows)? {
                        named.extend(references(via, row)?.into_iter().filter_map(|r| r.local));
                    }
                }
                Resolved::IsNamed { named }
            }
        })
    }
}

/// A condition after other types' rows were looked at.
pub(crate) enum Resolved<'a> {
    Own(&'a Filter),
    RefersTo {
        parameter: &'a Parameter,
        targets: HashSet<(&'a str, &'a str)>,
    },
    IsNamed {
        named: HashSet<(&'a str, &'a str)>,
    },
}

impl Resolved<'_> {
    pub(crate) fn holds(
        &self,
        kind: &str,
        row: &Row,
        rows: &dyn Rows,
    ) -> Result<bool, ValuesError> {
        match self {
            Self::Own(filter) => filter.holds(row, &|a, b| rows.same_person(a, b)),
            Self::RefersTo { parameter, targets } => Ok(references(parameter, row)?
                .iter()
                .filter_map(|r| r.local)
                .any(|(kind, id)| is_among(targets, kind, id, rows))),
            Self::IsNamed { named } => Ok(is_among(named, kind, &row.id, rows)),
        }
    }
}

/// Whether a resource, or for a Patient the person, is among these.
fn is_among(names: &HashSet<(&str, &str)>, kind: &str, id: &str, rows: &dyn Rows) -> bool {
    names.contains(&(kind, id))
        || kind == PATIENT
            && names
                .iter()
                .any(|(k, i)| *k == PATIENT && rows.same_person(i, id))
}

/// The references that a row has under a parameter.
pub(crate) fn references<'a>(
    parameter: &Parameter,
    row: &'a Row,
) -> Result<Vec<Reference<'a>>, ValuesError> {
    match row.values.find(parameter.number())? {
        Some(Found::Block(block)) => Ok(Reference::all(block).collect::<Result<_, _>>()?),
        Some(Found::Tuples(_)) => Err(ValuesError),
        None => Ok(Vec::new()),
    }
}
