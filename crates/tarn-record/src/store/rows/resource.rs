use diesel::prelude::*;
#[cfg(feature = "postgres")]
use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
use tarn_model::{LabelSet, Timestamp};

use super::{columns::columns, headings_of, ods, person_of};
use crate::store::schema::{
    identifier_key, identity_claim, person_identifier, resource, resource_history, resource_key,
    source_key,
};
use crate::{RecordError, StoredResource};

/// One version of a resource.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = resource, treat_none_as_default_value = false)]
pub(in crate::store) struct ResourceRow {
    pub(in crate::store) person_id: Vec<u8>,
    pub(in crate::store) resource_type: String,
    pub(in crate::store) resource_id: String,
    pub(in crate::store) version: i64,
    pub(in crate::store) source: String,
    pub(in crate::store) source_ref: String,
    pub(in crate::store) sha256: Vec<u8>,
    pub(in crate::store) received_at: i64,
    pub(in crate::store) deleted: bool,
    pub(in crate::store) headings: i32,
    pub(in crate::store) labels: i32,
    pub(in crate::store) body: String,
    pub(in crate::store) rewrites: Option<String>,
}

/// The same, as the history keeps it.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = resource_history, treat_none_as_default_value = false)]
pub(in crate::store) struct HistoryRow {
    pub(in crate::store) person_id: Vec<u8>,
    pub(in crate::store) resource_type: String,
    pub(in crate::store) resource_id: String,
    pub(in crate::store) version: i64,
    pub(in crate::store) source: String,
    pub(in crate::store) source_ref: String,
    pub(in crate::store) sha256: Vec<u8>,
    pub(in crate::store) received_at: i64,
    pub(in crate::store) deleted: bool,
    pub(in crate::store) headings: i32,
    pub(in crate::store) labels: i32,
    pub(in crate::store) body: String,
    pub(in crate::store) rewrites: Option<String>,
}

impl From<ResourceRow> for HistoryRow {
    fn from(row: ResourceRow) -> Self {
        Self {
            person_id: row.person_id,
            resource_type: row.resource_type,
            resource_id: row.resource_id,
            version: row.version,
            source: row.source,
            source_ref: row.source_ref,
            sha256: row.sha256,
            received_at: row.received_at,
            deleted: row.deleted,
            headings: row.headings,
            labels: row.labels,
            body: row.body,
            rewrites: row.rewrites,
        }
    }
}

impl From<HistoryRow> for ResourceRow {
    fn from(row: HistoryRow) -> Self {
        Self {
            person_id: row.person_id,
            resource_type: row.resource_type,
            resource_id: row.resource_id,
            version: row.version,
            source: row.source,
            source_ref: row.source_ref,
            sha256: row.sha256,
            received_at: row.received_at,
            deleted: row.deleted,
            headings: row.headings,
            labels: row.labels,
            body: row.body,
            rewrites: row.rewrites,
        }
    }
}

impl ResourceRow {
    pub(in crate::store) fn read(self) -> Result<StoredResource, RecordError> {
        Ok(StoredResource {
            person: person_of("resource", &self.person_id)?,
            resource_type: self.resource_type,
            resource_id: self.resource_id,
            version: self.version,
            source: ods("resource", &self.source)?,
            source_ref: self.source_ref,
            sha256: self
                .sha256
                .try_into()
                .map_err(|_| RecordError::damaged("resource", "the hash is not 32 bytes"))?,
            received_at: Timestamp::from_micros(self.received_at),
            deleted: self.deleted,
            headings: headings_of(self.headings),
            labels: LabelSet::from_bits(self.labels),
            body: self.body,
            rewrites: self.rewrites,
        })
    }
}

/// Tarn's id of a resource.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = resource_key, treat_none_as_default_value = false)]
pub(in crate::store) struct ResourceKeyRow {
    pub(in crate::store) resource_type: String,
    pub(in crate::store) resource_id: String,
    pub(in crate::store) source: String,
    pub(in crate::store) source_ref: String,
    pub(in crate::store) person_id: Option<Vec<u8>>,
}

/// What a source calls it.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = source_key)]
pub(in crate::store) struct SourceKeyRow {
    pub(in crate::store) source: String,
    pub(in crate::store) resource_type: String,
    pub(in crate::store) source_ref: String,
    pub(in crate::store) resource_id: String,
}

/// For references by identifier.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = identifier_key)]
pub(in crate::store) struct IdentifierKeyRow {
    pub(in crate::store) source: String,
    pub(in crate::store) resource_type: String,
    pub(in crate::store) value: String,
    pub(in crate::store) system: String,
    pub(in crate::store) resource_id: String,
}

/// An identifier as its source wrote it.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = person_identifier)]
pub(in crate::store) struct PersonIdentifierRow {
    pub(in crate::store) person_id: Vec<u8>,
    pub(in crate::store) resource_type: String,
    pub(in crate::store) resource_id: String,
    pub(in crate::store) position: i32,
    pub(in crate::store) system: String,
    pub(in crate::store) value: String,
    pub(in crate::store) source: String,
}

/// A condition that one delivery has to itself.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = identity_claim)]
pub(in crate::store) struct ClaimRow {
    pub(in crate::store) source: String,
    pub(in crate::store) resource_type: String,
    pub(in crate::store) value: String,
}

columns! {
    InsertResources of ResourceRow into resource {
        person_id: Vec<u8> as Binary,
        resource_type: String as Text,
        resource_id: String as Text,
        version: i64 as BigInt,
        source: String as Text,
        source_ref: String as Text,
        sha256: Vec<u8> as Binary,
        received_at: i64 as BigInt,
        deleted: bool as Bool,
        headings: i32 as Integer,
        labels: i32 as Integer,
        body: String as Text,
        rewrites: Option<String> as Nullable<Text>,
    }
}

columns! {
    InsertHistory of HistoryRow into resource_history {
        person_id: Vec<u8> as Binary,
        resource_type: String as Text,
        resource_id: String as Text,
        version: i64 as BigInt,
        source: String as Text,
        source_ref: String as Text,
        sha256: Vec<u8> as Binary,
        received_at: i64 as BigInt,
        deleted: bool as Bool,
        headings: i32 as Integer,
        labels: i32 as Integer,
        body: String as Text,
        rewrites: Option<String> as Nullable<Text>,
    }
}

columns! {
    InsertResourceKeys of ResourceKeyRow into resource_key {
        resource_type: String as Text,
        resource_id: String as Text,
        source: String as Text,
        source_ref: String as Text,
        person_id: Option<Vec<u8>> as Nullable<Binary>,
    }
}

columns! {
    InsertSourceKeys of SourceKeyRow into source_key {
        source: String as Text,
        resource_type: String as Text,
        source_ref: String as Text,
        resource_id: String as Text,
    }
}

columns! {
    InsertIdentifierKeys of IdentifierKeyRow into identifier_key {
        source: String as Text,
        resource_type: String as Text,
        value: String as Text,
        system: String as Text,
        resource_id: String as Text,
    }
}

columns! {
    InsertClaims of ClaimRow into identity_claim {
        source: String as Text,
        resource_type: String as Text,
        value: String as Text,
    }
}

columns! {
    InsertIdentifiers of PersonIdentifierRow into person_identifier {
        person_id: Vec<u8> as Binary,
        resource_type: String as Text,
        resource_id: String as Text,
        position: i32 as Integer,
        system: String as Text,
        value: String as Text,
        source: String as Text,
    }
}
