use diesel::prelude::*;
use tarn_model::{HeadingSet, Timestamp};

use super::{json, ods};
use crate::store::schema::source;
use crate::{Connection, RecordError, Source};

/// An entry of the register of sources.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = source, treat_none_as_null = true, treat_none_as_default_value = false)]
pub(in crate::store) struct SourceRow {
    organisation: String,
    name: String,
    short_name: String,
    kind: String,
    telephone: Option<String>,
    headings: String,
    connection: String,
    cadence_seconds: i64,
    last_heard_at: Option<i64>,
    complete_to: Option<i64>,
}

impl SourceRow {
    pub(in crate::store) fn new(source: &Source) -> Self {
        Self {
            organisation: source.organisation.to_string(),
            name: source.name.clone(),
            short_name: source.short_name.clone(),
            kind: source.kind.clone(),
            telephone: source.telephone.clone(),
            headings: json(&source.headings),
            connection: connection_word(source.connection).to_owned(),
            cadence_seconds: source.cadence_seconds,
            last_heard_at: source.last_heard_at.map(Timestamp::as_micros),
            complete_to: source.complete_to.map(Timestamp::as_micros),
        }
    }

    pub(in crate::store) fn read(self) -> Result<Source, RecordError> {
        let headings: HeadingSet = serde_json::from_str(&self.headings)
            .map_err(|_| RecordError::damaged("source", "the headings are not readable"))?;
        let connection = [
            Connection::NotConnected,
            Connection::Stored,
            Connection::Live,
            Connection::Down,
        ]
        .into_iter()
        .find(|connection| connection_word(*connection) == self.connection)
        .ok_or(RecordError::damaged("source", "unknown connection"))?;
        Ok(Source {
            organisation: ods("source", &self.organisation)?,
            name: self.name,
            short_name: self.short_name,
            kind: self.kind,
            telephone: self.telephone,
            headings,
            connection,
            cadence_seconds: self.cadence_seconds,
            last_heard_at: self.last_heard_at.map(Timestamp::from_micros),
            complete_to: self.complete_to.map(Timestamp::from_micros),
        })
    }
}

/// The word that the store keeps.
pub(in crate::store) const fn connection_word(connection: Connection) -> &'static str {
    match connection {
        Connection::NotConnected => "not-connected",
        Connection::Stored => "stored",
        Connection::Live => "live",
        Connection::Down => "down",
    }
}
