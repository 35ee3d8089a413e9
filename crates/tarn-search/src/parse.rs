use crate::condition::{Condition, Filter};
use crate::error::{SearchError, shown};
use crate::include::Direction;
use crate::key::{Depth, condition, include, own_filter};
use crate::registry::{self, ParameterType};
use crate::search::{Handling, Search, Summary, Total};
use crate::sort::Sort;

/// How many parameters one search may have.
pub const MOST_PARAMETERS: usize = 64;

/// How many bytes one value may have.
pub const LONGEST_VALUE: usize = 4096;

/// How many values all conditions of one search may leave to choose from, together: each row is
/// compared with each of them.
pub const MOST_ALTERNATIVES: usize = 512;

/// How many keys one `_sort` may have.
pub const MOST_SORTS: usize = 4;

/// How many `_include` and `_revinclude` one search may have.
const MOST_INCLUDES: usize = 16;

impl Search {
    /// Understands a search: the type and the decoded parameters, in their order.
    ///
    /// # Errors
    /// [`SearchError`] for the first parameter, modifier, prefix or value that is not understood,
    /// unless `handling` passes over it; for one that is too many or too long in any case.
    pub fn parse(
        resource_type: &str,
        pairs: &[(String, String)],
        handling: Handling,
    ) -> Result<Self, SearchError> {
        Self::parse_at("", resource_type, pairs, handling)
    }

    /// The same for a server that knows its own base address: a reference that is asked for by
    /// its full address there is one of its own resources.
    ///
    /// # Errors
    /// As [`Search::parse`].
    pub fn parse_at(
        base: &str,
        resource_type: &str,
        pairs: &[(String, String)],
        handling: Handling,
    ) -> Result<Self, SearchError> {
        if !registry::is_resource_type(resource_type) {
            return Err(SearchError::UnknownType);
        }
        at_most(pairs.len(), MOST_PARAMETERS, "", "parameters")?;
        let mut search = Self {
            resource_type: resource_type.to_owned(),
            count: None,
            total: Total::None,
            summary: None,
            elements: Vec::new(),
            conditions: Vec::new(),
            includes: Vec::new(),
            sort: Vec::new(),
            ignored: Vec::new(),
            used: Vec::new(),
        };
        for (name, value) in pairs {
            at_most(value.len(), LONGEST_VALUE, name, "bytes")?;
            match search.take(base, name, value) {
                Ok(Taken::Used) => search.used.push((name.clone(), value.clone())),
                Ok(Taken::NotOfTheSearch) => {}
                Err(error) if handling == Handling::Lenient && error.may_be_ignored() => {
                    search.ignored.push(shown(name));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(search)
    }

    fn take(&mut self, base: &str, name: &str, value: &str) -> Result<Taken, SearchError> {
        match name {
            // How the answer is written is not the search's business.
            "_format" | "_pretty" => return Ok(Taken::NotOfTheSearch),
            "_count" => {
                self.count = Some(count(value).ok_or_else(|| malformed(name, "a whole number"))?)
            }
            "_total" => {
                self.total = match value {
                    "none" => Total::None,
                    "estimate" => Total::Estimate,
                    "accurate" => Total::Accurate,
                    _ => return Err(malformed(name, "none, estimate or accurate")),
                }
            }
            "_summary" => {
                self.summary = Some(match value {
                    "true" => Summary::True,
                    "text" => Summary::Text,
                    "data" => Summary::Data,
                    "count" => Summary::Count,
                    "false" => Summary::False,
                    _ => return Err(malformed(name, "true, text, data, count or false")),
                });
            }
            "_elements" => self.elements.extend(elements(value)?),
            "_sort" => {
                let more = self.sorts(value)?;
                self.sort.extend(more);
                at_most(self.sort.len(), MOST_SORTS, name, "keys")?;
            }
            "_include" | "_include:iterate" | "_include:recurse" => {
                self.include(Direction::Forward, name, value)?;
            }
            "_revinclude" | "_revinclude:iterate" | "_revinclude:recurse" => {
                self.include(Direction::Backward, name, value)?;
            }
            _ => self.condition(base, name, value)?,
        }
        Ok(Taken::Used)
    }

    fn condition(&mut self, base: &str, name: &str, value: &str) -> Result<(), SearchError> {
        let condition = condition(base, &self.resource_type, name, value, Depth::OUTER)?;
        self.conditions.push(condition);
        let alternatives = self.conditions.iter().map(Condition::alternatives).sum();
        at_most(alternatives, MOST_ALTERNATIVES, name, "values")
    }

    fn include(
        &mut self,
        direction: Direction,
        name: &str,
        value: &str,
    ) -> Result<(), SearchError> {
        let include = include(direction, &self.resource_type, name, value)?;
        if !self.includes.contains(&include) {
            self.includes.push(include);
        }
        at_most(self.includes.len(), MOST_INCLUDES, name, "includes")
    }

    fn sorts(&self, value: &str) -> Result<Vec<Sort>, SearchError> {
        let sort = |key: &str| {
            let (descending, code) = key
                .strip_prefix('-')
                .map_or((false, key), |code| (true, code));
            let parameter = registry::parameter(&self.resource_type, code)
                .filter(|p| p.kind() != ParameterType::Composite)
                .ok_or_else(|| {
                    malformed("_sort", "parameters of the type, with or without a minus")
                })?;
            Ok(Sort {
                parameter,
                descending,
            })
        };
        value.split(',').map(sort).collect()
    }
}

impl Filter {
    /// One condition on a resource's own values, such as a scope of a token has
    /// (`patient/Observation.rs?category=laboratory`): without chains, `_has` and what is about the
    /// answer.
    ///
    /// # Errors
    /// [`SearchError`] if it is not understood.
    pub fn parse(resource_type: &str, name: &str, value: &str) -> Result<Self, SearchError> {
        if !registry::is_resource_type(resource_type) {
            return Err(SearchError::UnknownType);
        }
        at_most(value.len(), LONGEST_VALUE, name, "bytes")?;
        let filter = own_filter("", resource_type, name, value)?;
        at_most(filter.alternatives(), MOST_ALTERNATIVES, name, "values")?;
        Ok(filter)
    }
}

enum Taken {
    Used,
    NotOfTheSearch,
}

fn count(value: &str) -> Option<usize> {
    // Digits only: Rust would also read a plus.
    value
        .bytes()
        .all(|b| b.is_ascii_digit())
        .then(|| value.parse().ok())
        .flatten()
}

fn elements(value: &str) -> Result<Vec<String>, SearchError> {
    let is_name = |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric());
    let names: Vec<&str> = value.split(',').collect();
    if names.iter().all(|name| is_name(name)) {
        Ok(names.into_iter().map(str::to_owned).collect())
    } else {
        Err(malformed(
            "_elements",
            "names of elements, separated by commas",
        ))
    }
}

pub(crate) fn malformed(parameter: &str, expected: &'static str) -> SearchError {
    SearchError::Malformed {
        parameter: shown(parameter),
        expected,
    }
}

pub(crate) fn at_most(
    count: usize,
    most: usize,
    parameter: &str,
    what: &'static str,
) -> Result<(), SearchError> {
    if count > most {
        return Err(SearchError::TooMany {
            parameter: shown(parameter),
            what,
            most,
        });
    }
    Ok(())
}
