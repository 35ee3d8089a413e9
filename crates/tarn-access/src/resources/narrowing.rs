//! What a token narrows a request to, beside what the agreement permits.

use tarn_model::PersonId;
use tarn_record::StoredResource;
use tarn_search::{Filter, Row};

use super::admit::Admitted;
use super::rows::values_of;
use crate::inside::Inside;
use crate::{AccessError, Narrowing};

/// Where an entry stands.
pub(super) enum Place {
    /// It is about nobody.
    Directory,
    /// It is about this person, and has this id in the record; `None` if it is not there, or not
    /// for this token to know of.
    Person(Option<(PersonId, String)>),
}

impl Narrowing {
    /// Whether entries of this type may be asked for.
    pub(super) fn allows_type(&self, resource_type: &str) -> bool {
        self.alternatives(resource_type)
            .is_none_or(|mut found| found.next().is_some())
    }

    /// Whether every entry of this type may be asked for.
    pub(super) fn allows_whole_type(&self, resource_type: &str) -> bool {
        self.alternatives(resource_type)
            .is_none_or(|mut found| found.any(|filters| filters.is_empty()))
    }

    /// Whether this entry may be asked for. One whose values do not read back meets nothing.
    pub(super) fn allows_row(&self, resource_type: &str, row: &Row) -> bool {
        let meets = |filter: &Filter| filter.matches(row).unwrap_or(false);
        self.alternatives(resource_type)
            .is_none_or(|mut found| found.any(|filters| filters.iter().all(meets)))
    }

    /// The types out of `types` that may be asked for; all that are named here if it is empty,
    /// and `None` if neither names any.
    pub(super) fn of_types<'a>(&'a self, types: &'a [String]) -> Option<Vec<&'a str>> {
        match (&self.types, types) {
            (None, []) => None,
            (Some(named), []) => Some(named.iter().map(|(name, _)| name.as_str()).collect()),
            (_, types) => Some(
                types
                    .iter()
                    .map(String::as_str)
                    .filter(|name| self.allows_type(name))
                    .collect(),
            ),
        }
    }

    fn alternatives(&self, resource_type: &str) -> Option<impl Iterator<Item = &Vec<Filter>>> {
        let types = self.types.as_ref()?;
        Some(
            types
                .iter()
                .filter(move |(name, _)| name == resource_type)
                .map(|(_, filters)| filters),
        )
    }
}

impl Inside {
    /// The person, unless the token is bound to another one.
    pub(super) async fn bound(
        &self,
        narrowing: &Narrowing,
        person: Option<PersonId>,
    ) -> Result<Option<PersonId>, AccessError> {
        let Some(patient) = &narrowing.patient else {
            return Ok(person);
        };
        let only = self.located_one("Patient", patient).await?;
        let only = only.map(|(person, _)| person);
        Ok(person.filter(|person| Some(*person) == only))
    }

    /// Whether the token's own conditions let the asker see this version.
    pub(super) fn narrowed(
        narrowing: &Narrowing,
        admitted: &Admitted,
        stored: &StoredResource,
    ) -> bool {
        if narrowing.allows_whole_type(&stored.resource_type) {
            return true;
        }
        // A version that was taken back answers to no condition.
        values_of(admitted, stored)
            .is_some_and(|row| narrowing.allows_row(&stored.resource_type, &row))
    }
}
