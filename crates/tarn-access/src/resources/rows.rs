//! What a search may look at: the rows of entries that the asker may see, and no others.

use std::collections::{BTreeSet, HashMap};

use tarn_model::PersonId;
use tarn_record::{Selection, StoredResource};
use tarn_search::{Row, Rows, extract};

use super::admit::Admitted;
use super::protected::{protected, types as protected_types};
use crate::inside::Inside;
use crate::{AccessError, Narrowing};

/// The rows of everybody a search is about, by type.
#[derive(Default)]
pub(super) struct Visible {
    by_type: HashMap<String, Vec<Row>>,
    owners: HashMap<(String, String), PersonId>,
    /// Every Patient id of those the search is about, be it shown or not: each organisation has
    /// its own Patient of the same person, and names it in what it sends.
    patients: HashMap<String, PersonId>,
}

impl Visible {
    pub(super) fn add(&mut self, person: PersonId, resource_type: &str, row: Row) {
        let name = (resource_type.to_owned(), row.id.clone());
        self.owners.insert(name, person);
        self.by_type
            .entry(resource_type.to_owned())
            .or_default()
            .push(row);
    }

    /// Whose it is.
    pub(super) fn owner(&self, name: &(String, String)) -> Option<PersonId> {
        self.owners.get(name).copied()
    }
}

impl Rows for Visible {
    fn of_type(&self, resource_type: &str) -> &[Row] {
        self.by_type
            .get(resource_type)
            .map_or(&[], |rows| rows.as_slice())
    }

    fn same_person(&self, a: &str, b: &str) -> bool {
        let whose = |id: &str| self.patients.get(id);
        a == b || whose(a).is_some_and(|person| whose(b) == Some(person))
    }
}

impl Inside {
    /// Notes under which Patient ids a person is known, so that each of them means the person.
    /// The ids are compared and never given out.
    pub(super) async fn add_patients(
        &self,
        visible: &mut Visible,
        admitted: &Admitted,
    ) -> Result<(), AccessError> {
        let person = admitted.person;
        let policy = self.agreement();
        let parties = policy.parties().iter().map(|party| party.ods.clone());
        let any = Selection::everything_of(parties);
        let rows = self.record.search_rows(person, &["Patient"], &any).await;
        let rows = rows.map_err(AccessError::record)?;
        for found in rows {
            if let Some(id) = admitted.given_id("Patient", &found.row.id) {
                visible.patients.insert(id.into_owned(), person);
            }
        }
        Ok(())
    }

    /// Adds the rows of one person's entries of these types that the asker may see.
    pub(super) async fn add_rows(
        &self,
        visible: &mut Visible,
        narrowing: &Narrowing,
        admitted: &Admitted,
        types: &BTreeSet<String>,
    ) -> Result<(), AccessError> {
        let types: Vec<&str> = types
            .iter()
            .map(String::as_str)
            .filter(|name| narrowing.allows_type(name))
            .collect();
        if types.is_empty() {
            return Ok(());
        }
        let Admitted {
            person, selection, ..
        } = admitted;
        if admitted.decided.restricted {
            return self
                .add_protected_rows(visible, narrowing, admitted, &types)
                .await;
        }
        let rows = self
            .record
            .search_rows(*person, &types, selection)
            .await
            .map_err(AccessError::record)?;
        for found in rows {
            if admitted.allows_row(&found) && narrowing.allows_row(&found.resource_type, &found.row)
            {
                visible.add(*person, &found.resource_type, found.row);
            }
        }
        Ok(())
    }

    /// Of a person whose place is protected a search may match only what could be shown: the
    /// stored values hold addresses as well, and each match would tell a little of them.
    async fn add_protected_rows(
        &self,
        visible: &mut Visible,
        narrowing: &Narrowing,
        admitted: &Admitted,
        types: &[&str],
    ) -> Result<(), AccessError> {
        let types: Vec<&str> = protected_types()
            .filter(|name| types.contains(name))
            .collect();
        if types.is_empty() {
            return Ok(());
        }
        let stored = self
            .record
            .resources_page(
                admitted.person,
                &types,
                None,
                usize::MAX,
                &admitted.selection,
            )
            .await
            .map_err(AccessError::record)?;
        for stored in stored.iter().filter(|stored| admitted.allows(stored)) {
            if let Some(row) = values_of(admitted, stored)
                && narrowing.allows_row(&stored.resource_type, &row)
            {
                visible.add(admitted.person, &stored.resource_type, row);
            }
        }
        Ok(())
    }
}

/// What a stored version answers to, as its source sent it.
pub(super) fn values_as_sent(stored: &StoredResource) -> Option<Row> {
    let sent = serde_json::from_str(&stored.body).ok()?;
    row_of(stored, &stored.resource_id, &sent)
}

/// What a stored version answers to, by what of it may be shown.
pub(super) fn values_of(admitted: &Admitted, stored: &StoredResource) -> Option<Row> {
    match &admitted.outward {
        Some(outward) => {
            let id = outward.given(&stored.resource_type, &stored.resource_id)?;
            row_of(stored, &id, &protected(stored, outward)?)
        }
        None => values_as_sent(stored),
    }
}

fn row_of(stored: &StoredResource, id: &str, shown: &serde_json::Value) -> Option<Row> {
    Some(Row {
        id: id.to_owned(),
        updated_at_micros: stored.received_at.as_micros(),
        values: extract(shown),
    })
}
