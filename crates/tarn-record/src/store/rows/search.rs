use diesel::prelude::*;
#[cfg(feature = "postgres")]
use diesel::sql_types::{BigInt, Binary, Integer, Text};
use tarn_model::LabelSet;
use tarn_search::{Row, Values};

use super::{columns::columns, headings_of, ods};
use crate::store::schema::search_row;
use crate::{RecordError, SearchRow};

/// What a resource answers to, as it is written.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = search_row)]
pub(in crate::store) struct AnswersRow {
    pub(in crate::store) person_id: Vec<u8>,
    pub(in crate::store) resource_type: String,
    pub(in crate::store) resource_id: String,
    pub(in crate::store) source: String,
    pub(in crate::store) headings: i32,
    pub(in crate::store) labels: i32,
    pub(in crate::store) received_at: i64,
    pub(in crate::store) answers: Vec<u8>,
}

/// The same, as a search reads it.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = search_row)]
pub(in crate::store) struct FoundRow {
    resource_type: String,
    resource_id: String,
    source: String,
    headings: i32,
    labels: i32,
    received_at: i64,
    answers: Vec<u8>,
}

impl FoundRow {
    pub(in crate::store) fn read(self) -> Result<SearchRow, RecordError> {
        let values = Values::from_bytes(self.answers)
            .map_err(|_| RecordError::damaged("search_row", "the values are not readable"))?;
        Ok(SearchRow {
            resource_type: self.resource_type,
            source: ods("search_row", &self.source)?,
            headings: headings_of(self.headings),
            labels: LabelSet::from_bits(self.labels),
            row: Row {
                id: self.resource_id,
                updated_at_micros: self.received_at,
                values,
            },
        })
    }
}

columns! {
    InsertAnswers of AnswersRow into search_row {
        person_id: Vec<u8> as Binary,
        resource_type: String as Text,
        resource_id: String as Text,
        source: String as Text,
        headings: i32 as Integer,
        labels: i32 as Integer,
        received_at: i64 as BigInt,
        answers: Vec<u8> as Binary,
    }
}
