use std::cmp::Ordering;

use crate::condition::{Condition, Resolved};
use crate::include::included;
use crate::rows::{Cursor, Hits, Row, Rows, RunError};
use crate::search::Search;
use crate::sort::{Key, from_text, to_text};
use crate::values::ValuesError;

impl Search {
    /// Finds, within `rows` and nowhere else. The same rows in another order give the same hits.
    ///
    /// The order is that of `_sort` and then of the ids, so it is total. A page begins behind
    /// `after`: rows that come or go between two pages move no other row from one to the other.
    ///
    /// # Errors
    /// [`RunError::Values`] if a row does not read back: a search never quietly finds less.
    /// [`RunError::Cursor`] if `after` is not of this search.
    pub fn run(
        &self,
        rows: &dyn Rows,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Hits, RunError> {
        let conditions: Vec<Resolved<'_>> = self
            .conditions
            .iter()
            .map(|c: &Condition| c.resolve(rows))
            .collect::<Result<_, _>>()?;
        let mut matches = Vec::new();
        for row in rows.of_type(&self.resource_type) {
            if self.meets_all(&conditions, row, rows)? {
                matches.push(self.ranked(row)?);
            }
        }
        if !matches.is_sorted_by(|a, b| self.order(a, b).is_le()) {
            matches.sort_by(|a, b| self.order(a, b));
        }
        let total = self.wants_total().then_some(matches.len());
        let start = match after {
            Some(cursor) => {
                let after = self.read(cursor)?;
                matches.partition_point(|m| self.order(m, &after).is_le())
            }
            None => 0,
        };
        let rest = matches.get(start..).unwrap_or_default();
        let page = rest.get(..limit).unwrap_or(rest);
        let next = page
            .last()
            .filter(|_| rest.len() > page.len())
            .map(Ranked::cursor);
        let kind = self.resource_type.as_str();
        let names: Vec<(&str, &str)> = page.iter().map(|m| (kind, m.id)).collect();
        let (included, included_cut) = if self.includes.is_empty() {
            (Vec::new(), false)
        } else {
            included(&self.includes, &names, &self.types(), rows)?
        };
        let matches = names
            .into_iter()
            .map(|(kind, id)| (kind.to_owned(), id.to_owned()))
            .collect();
        Ok(Hits {
            matches,
            included,
            included_cut,
            total,
            next,
        })
    }

    fn meets_all(
        &self,
        conditions: &[Resolved<'_>],
        row: &Row,
        rows: &dyn Rows,
    ) -> Result<bool, ValuesError> {
        for condition in conditions {
            if !condition.holds(&self.resource_type, row, rows)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn ranked<'a>(&self, row: &'a Row) -> Result<Ranked<'a>, ValuesError> {
        let keys = self
            .sort
            .iter()
            .map(|s| s.key(row))
            .collect::<Result<_, _>>()?;
        Ok(Ranked { keys, id: &row.id })
    }

    fn order(&self, a: &Ranked<'_>, b: &Ranked<'_>) -> Ordering {
        let keys = self.sort.iter().zip(a.keys.iter().zip(&b.keys));
        keys.map(|(sort, (a, b))| sort.compare(a, b))
            .find(|order| order.is_ne())
            .unwrap_or_else(|| a.id.cmp(b.id))
    }

    fn read<'a>(&self, cursor: &'a Cursor) -> Result<Ranked<'a>, RunError> {
        let (id, keys) = cursor.after.split_last().ok_or(RunError::Cursor)?;
        let keys: Vec<Option<Key>> = keys
            .iter()
            .map(|key| from_text(key))
            .collect::<Option<_>>()
            .ok_or(RunError::Cursor)?;
        if keys.len() != self.sort.len() {
            return Err(RunError::Cursor);
        }
        Ok(Ranked { keys, id })
    }
}

/// A match and what it is sorted by.
struct Ranked<'a> {
    keys: Vec<Option<Key>>,
    id: &'a str,
}

impl Ranked<'_> {
    fn cursor(&self) -> Cursor {
        let keys = self.keys.iter().map(|key| to_text(key.as_ref()));
        Cursor {
            after: keys.chain([self.id.to_owned()]).collect(),
        }
    }
}
