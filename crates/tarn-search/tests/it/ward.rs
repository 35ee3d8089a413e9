//! Rows in memory.

use std::collections::BTreeMap;

use serde_json::Value;
use tarn_search::{Cursor, Handling, Hits, Row, Rows, Search, SearchError, extract};

#[derive(Default, Clone)]
pub(crate) struct Ward {
    rows: BTreeMap<String, Vec<Row>>,
    pub(crate) same: Vec<String>,
}

impl Rows for Ward {
    fn of_type(&self, resource_type: &str) -> &[Row] {
        self.rows.get(resource_type).map_or(&[], Vec::as_slice)
    }

    fn same_person(&self, a: &str, b: &str) -> bool {
        a == b || [a, b].iter().all(|id| self.same.iter().any(|s| s == id))
    }
}

impl Ward {
    pub(crate) fn of(resources: impl IntoIterator<Item = Value>) -> Self {
        let mut ward = Self::default();
        resources.into_iter().for_each(|r| ward.add(&r));
        ward
    }

    pub(crate) fn add(&mut self, resource: &Value) {
        let kind = resource["resourceType"].as_str().unwrap().to_owned();
        let rows = self.rows.entry(kind).or_default();
        rows.push(Row {
            id: resource["id"].as_str().unwrap().to_owned(),
            updated_at_micros: 1_700_000_000_000_000,
            values: extract(resource),
        });
    }

    pub(crate) fn remove(&mut self, kind: &str, id: &str) {
        self.rows.get_mut(kind).unwrap().retain(|row| row.id != id);
    }

    pub(crate) fn rows_mut(&mut self) -> impl Iterator<Item = &mut Vec<Row>> {
        self.rows.values_mut()
    }

    pub(crate) fn hits(&self, query: &str) -> Hits {
        self.page(query, None, 1000)
    }

    pub(crate) fn page(&self, query: &str, after: Option<&Cursor>, limit: usize) -> Hits {
        search(query)
            .unwrap_or_else(|e| panic!("{query}: {e}"))
            .run(self, after, limit)
            .unwrap()
    }

    /// The ids of the matches, in order.
    pub(crate) fn ids(&self, query: &str) -> Vec<String> {
        self.hits(query)
            .matches
            .into_iter()
            .map(|(_, id)| id)
            .collect()
    }
}

/// `Observation?code=a&date=b`, not percent-encoded.
pub(crate) fn search(query: &str) -> Result<Search, SearchError> {
    let (kind, pairs) = pairs(query);
    Search::parse(&kind, &pairs, Handling::Strict)
}

pub(crate) fn pairs(query: &str) -> (String, Vec<(String, String)>) {
    let (kind, rest) = query.split_once('?').unwrap_or((query, ""));
    let pairs = rest.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap();
        (name.to_owned(), value.to_owned())
    });
    (kind.to_owned(), pairs.collect())
}
