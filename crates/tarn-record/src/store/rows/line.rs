use diesel::prelude::*;
#[cfg(feature = "postgres")]
use diesel::sql_types::{BigInt, Binary, Integer, Nullable, SmallInt, Text};
use tarn_model::{LabelSet, PersonId, Timestamp};

use super::{columns::columns, heading_code, heading_of, join, json, ods, split, storable};
use crate::store::schema::view_row;
use crate::{Code, Detail, Line, Polarity, RecordError};

/// A view line.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = view_row, treat_none_as_default_value = false)]
pub(in crate::store) struct ViewRow {
    pub(in crate::store) person_id: Vec<u8>,
    pub(in crate::store) resource_type: String,
    pub(in crate::store) resource_id: String,
    pub(in crate::store) line_no: i32,
    pub(in crate::store) source: String,
    pub(in crate::store) heading: i16,
    pub(in crate::store) clinical_at: Option<i64>,
    pub(in crate::store) clinical_precision: Option<i16>,
    pub(in crate::store) until_at: Option<i64>,
    pub(in crate::store) until_precision: Option<i16>,
    pub(in crate::store) recorded_at: Option<i64>,
    pub(in crate::store) recorded_precision: Option<i16>,
    pub(in crate::store) received_at: i64,
    pub(in crate::store) code_system: Option<String>,
    pub(in crate::store) code: Option<String>,
    pub(in crate::store) display: String,
    pub(in crate::store) status: String,
    pub(in crate::store) polarity: i16,
    pub(in crate::store) value: Option<String>,
    pub(in crate::store) unit: Option<String>,
    pub(in crate::store) labels: i32,
    pub(in crate::store) detail: String,
}

impl ViewRow {
    pub(in crate::store) fn new(line: Line, person: PersonId, line_no: i32) -> Self {
        let (clinical_at, clinical_precision) = split(line.clinical_at);
        let (until_at, until_precision) = split(line.clinical_until);
        let (recorded_at, recorded_precision) = split(line.recorded_at);
        let (code_system, code) = match line.code {
            Some(code) => (Some(storable(code.system)), Some(storable(code.code))),
            None => (None, None),
        };
        Self {
            person_id: person.as_bytes().to_vec(),
            resource_type: line.resource_type,
            resource_id: line.resource_id,
            line_no,
            source: line.source.to_string(),
            heading: heading_code(line.heading),
            clinical_at,
            clinical_precision,
            until_at,
            until_precision,
            recorded_at,
            recorded_precision,
            received_at: line.received_at.as_micros(),
            code_system,
            code,
            display: storable(line.display),
            status: storable(line.status),
            polarity: line.polarity.code(),
            value: line.value.map(storable),
            unit: line.unit.map(storable),
            labels: line.labels.bits(),
            detail: json(&line.detail),
        }
    }

    pub(in crate::store) fn read(self) -> Result<Line, RecordError> {
        let detail: Detail = serde_json::from_str(&self.detail)
            .map_err(|_| RecordError::damaged("view_row", "the detail is not readable"))?;
        let code = self.code.map(|code| Code {
            system: self.code_system.unwrap_or_default(),
            code,
        });
        Ok(Line {
            source: ods("view_row", &self.source)?,
            heading: heading_of(self.heading)?,
            resource_type: self.resource_type,
            resource_id: self.resource_id,
            clinical_at: join(self.clinical_at, self.clinical_precision),
            clinical_until: join(self.until_at, self.until_precision),
            recorded_at: join(self.recorded_at, self.recorded_precision),
            received_at: Timestamp::from_micros(self.received_at),
            code,
            display: self.display,
            status: self.status,
            polarity: Polarity::from_code(self.polarity),
            value: self.value,
            unit: self.unit,
            labels: LabelSet::from_bits(self.labels),
            detail,
        })
    }
}

columns! {
    InsertLines of ViewRow into view_row {
        person_id: Vec<u8> as Binary,
        resource_type: String as Text,
        resource_id: String as Text,
        line_no: i32 as Integer,
        source: String as Text,
        heading: i16 as SmallInt,
        clinical_at: Option<i64> as Nullable<BigInt>,
        clinical_precision: Option<i16> as Nullable<SmallInt>,
        until_at: Option<i64> as Nullable<BigInt>,
        until_precision: Option<i16> as Nullable<SmallInt>,
        recorded_at: Option<i64> as Nullable<BigInt>,
        recorded_precision: Option<i16> as Nullable<SmallInt>,
        received_at: i64 as BigInt,
        code_system: Option<String> as Nullable<Text>,
        code: Option<String> as Nullable<Text>,
        display: String as Text,
        status: String as Text,
        polarity: i16 as SmallInt,
        value: Option<String> as Nullable<Text>,
        unit: Option<String> as Nullable<Text>,
        labels: i32 as Integer,
        detail: String as Text,
    }
}
