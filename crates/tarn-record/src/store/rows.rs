//! Between the rows of the tables and the words of the record.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use tarn_model::{
    Heading, HeadingSet, LabelSet, NhsNumber, OdsCode, PersonId, Precision, Timestamp,
};

use super::schema::{
    demographics, identifier_key, person_identifier, relationship, resource, resource_history,
    resource_key, source, source_key, view_row,
};
use crate::{
    Code, Connection, Demographics, Detail, Evidence, Line, Polarity, RecordError, Relationship,
    Source, StoredResource, When,
};

/// One version of a resource.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = resource, treat_none_as_default_value = false)]
pub(super) struct ResourceRow {
    pub(super) person_id: Vec<u8>,
    pub(super) resource_type: String,
    pub(super) resource_id: String,
    pub(super) version: i64,
    pub(super) source: String,
    pub(super) source_ref: String,
    pub(super) sha256: Vec<u8>,
    pub(super) received_at: i64,
    pub(super) deleted: bool,
    pub(super) headings: i32,
    pub(super) labels: i32,
    pub(super) body: String,
    pub(super) rewrites: Option<String>,
}

/// The same, as the history keeps it.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = resource_history, treat_none_as_default_value = false)]
pub(super) struct HistoryRow {
    pub(super) person_id: Vec<u8>,
    pub(super) resource_type: String,
    pub(super) resource_id: String,
    pub(super) version: i64,
    pub(super) source: String,
    pub(super) source_ref: String,
    pub(super) sha256: Vec<u8>,
    pub(super) received_at: i64,
    pub(super) deleted: bool,
    pub(super) headings: i32,
    pub(super) labels: i32,
    pub(super) body: String,
    pub(super) rewrites: Option<String>,
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
    pub(super) fn read(self) -> Result<StoredResource, RecordError> {
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
            body: self.body,
            rewrites: self.rewrites,
        })
    }
}

/// Tarn's id of a resource.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = resource_key, treat_none_as_default_value = false)]
pub(super) struct ResourceKeyRow {
    pub(super) resource_type: String,
    pub(super) resource_id: String,
    pub(super) source: String,
    pub(super) source_ref: String,
    pub(super) person_id: Option<Vec<u8>>,
}

/// What a source calls it.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = source_key)]
pub(super) struct SourceKeyRow {
    pub(super) source: String,
    pub(super) resource_type: String,
    pub(super) source_ref: String,
    pub(super) resource_id: String,
}

/// For references by identifier.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = identifier_key)]
pub(super) struct IdentifierKeyRow {
    pub(super) source: String,
    pub(super) resource_type: String,
    pub(super) value: String,
    pub(super) system: String,
    pub(super) resource_id: String,
}

/// An identifier as its source wrote it.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = person_identifier)]
pub(super) struct PersonIdentifierRow {
    pub(super) person_id: Vec<u8>,
    pub(super) resource_type: String,
    pub(super) resource_id: String,
    pub(super) position: i32,
    pub(super) system: String,
    pub(super) value: String,
    pub(super) source: String,
}

/// A relationship of an organisation to a person.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = relationship, treat_none_as_default_value = false)]
pub(super) struct RelationshipRow {
    pub(super) person_id: Vec<u8>,
    pub(super) organisation: String,
    pub(super) resource_type: String,
    pub(super) resource_id: String,
    pub(super) position: i32,
    pub(super) evidence: String,
    pub(super) from_at: Option<i64>,
    pub(super) until_at: Option<i64>,
}

impl RelationshipRow {
    pub(super) fn read(self) -> Result<Relationship, RecordError> {
        let evidence = [
            Evidence::Registration,
            Evidence::Encounter,
            Evidence::Appointment,
            Evidence::Referral,
            Evidence::CareTeam,
            Evidence::Task,
        ]
        .into_iter()
        .find(|evidence| evidence.word() == self.evidence)
        .ok_or(RecordError::damaged("relationship", "unknown evidence"))?;
        Ok(Relationship {
            organisation: ods("relationship", &self.organisation)?,
            evidence,
            from: self.from_at.map(Timestamp::from_micros),
            until: self.until_at.map(Timestamp::from_micros),
        })
    }
}

/// What a source says of who a person is.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = demographics, treat_none_as_default_value = false)]
pub(super) struct DemographicsRow {
    pub(super) person_id: Vec<u8>,
    pub(super) source: String,
    pub(super) resource_id: String,
    pub(super) source_ref: String,
    pub(super) received_at: i64,
    pub(super) nhs_number: Option<String>,
    pub(super) family_folded: String,
    pub(super) given_folded: String,
    pub(super) birth_at: Option<i64>,
    pub(super) birth_precision: Option<i16>,
    pub(super) restricted: bool,
    pub(super) detail: String,
}

/// What `detail` of a demographics row holds.
#[derive(Serialize, Deserialize)]
struct DemographicsDetail {
    family: String,
    given: Vec<String>,
    title: Option<String>,
    preferred_name: Option<String>,
    former_names: Vec<String>,
    gender: Option<String>,
    died: bool,
    died_at: Option<When>,
    addresses: Vec<String>,
    contacts: Vec<(String, String)>,
    registered_gp: Option<OdsCode>,
    registered_gp_name: Option<String>,
    next_of_kin: Vec<(String, String, Option<String>)>,
    communication: Vec<String>,
}

impl DemographicsRow {
    pub(super) fn new(found: Demographics, resource_id: &str, source_ref: &str) -> Self {
        let given_folded: Vec<String> = found
            .given
            .iter()
            .map(|name| tarn_model::fold_name(name))
            .collect();
        let (birth_at, birth_precision) = split(found.birth_date);
        let row = Self {
            person_id: found.person.as_bytes().to_vec(),
            source: found.source.to_string(),
            resource_id: resource_id.to_owned(),
            source_ref: source_ref.to_owned(),
            received_at: found.received_at.as_micros(),
            nhs_number: found.nhs_number.map(|number| number.as_str().to_owned()),
            family_folded: tarn_model::fold_name(&found.family),
            given_folded: given_folded.join(" "),
            birth_at,
            birth_precision,
            restricted: found.restricted,
            detail: String::new(),
        };
        let detail = DemographicsDetail {
            family: found.family,
            given: found.given,
            title: found.title,
            preferred_name: found.preferred_name,
            former_names: found.former_names,
            gender: found.gender,
            died: found.died.is_some(),
            died_at: found.died.flatten(),
            addresses: found.addresses,
            contacts: found.contacts,
            registered_gp: found.registered_gp,
            registered_gp_name: found.registered_gp_name,
            next_of_kin: found.next_of_kin,
            communication: found.communication,
        };
        Self {
            detail: json(&detail),
            ..row
        }
    }

    pub(super) fn read(self) -> Result<Demographics, RecordError> {
        let detail: DemographicsDetail = serde_json::from_str(&self.detail)
            .map_err(|_| RecordError::damaged("demographics", "the detail is not readable"))?;
        let nhs_number: Option<NhsNumber> = self
            .nhs_number
            .map(|number| number.parse())
            .transpose()
            .map_err(|_| RecordError::damaged("demographics", "the NHS number is not one"))?;
        Ok(Demographics {
            person: person_of("demographics", &self.person_id)?,
            source: ods("demographics", &self.source)?,
            received_at: Timestamp::from_micros(self.received_at),
            nhs_number,
            family: detail.family,
            given: detail.given,
            title: detail.title,
            preferred_name: detail.preferred_name,
            former_names: detail.former_names,
            gender: detail.gender,
            birth_date: join(self.birth_at, self.birth_precision),
            died: detail.died.then_some(detail.died_at),
            addresses: detail.addresses,
            contacts: detail.contacts,
            registered_gp: detail.registered_gp,
            registered_gp_name: detail.registered_gp_name,
            next_of_kin: detail.next_of_kin,
            communication: detail.communication,
            restricted: self.restricted,
        })
    }
}

/// A view line.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = view_row, treat_none_as_default_value = false)]
pub(super) struct ViewRow {
    pub(super) person_id: Vec<u8>,
    pub(super) resource_type: String,
    pub(super) resource_id: String,
    pub(super) line_no: i32,
    pub(super) source: String,
    pub(super) heading: i16,
    pub(super) clinical_at: Option<i64>,
    pub(super) clinical_precision: Option<i16>,
    pub(super) until_at: Option<i64>,
    pub(super) until_precision: Option<i16>,
    pub(super) recorded_at: Option<i64>,
    pub(super) recorded_precision: Option<i16>,
    pub(super) received_at: i64,
    pub(super) code_system: Option<String>,
    pub(super) code: Option<String>,
    pub(super) display: String,
    pub(super) status: String,
    pub(super) polarity: i16,
    pub(super) value: Option<String>,
    pub(super) unit: Option<String>,
    pub(super) labels: i32,
    pub(super) detail: String,
}

impl ViewRow {
    pub(super) fn new(line: Line, person: PersonId, line_no: i32) -> Self {
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

    pub(super) fn read(self) -> Result<Line, RecordError> {
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

/// An entry of the register of sources.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = source, treat_none_as_null = true, treat_none_as_default_value = false)]
pub(super) struct SourceRow {
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
    pub(super) fn new(source: &Source) -> Self {
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

    pub(super) fn read(self) -> Result<Source, RecordError> {
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
pub(super) const fn connection_word(connection: Connection) -> &'static str {
    match connection {
        Connection::NotConnected => "not-connected",
        Connection::Stored => "stored",
        Connection::Live => "live",
        Connection::Down => "down",
    }
}

/// The number that the store keeps for a heading; see the test that pins it.
pub(super) const fn heading_code(heading: Heading) -> i16 {
    heading as u8 as i16
}

/// One bit for each heading of the set, by [`heading_code`].
pub(super) fn heading_bits(headings: impl Iterator<Item = Heading>) -> i32 {
    headings.fold(0, |bits, heading| bits | 1 << heading_code(heading))
}

fn heading_of(code: i16) -> Result<Heading, RecordError> {
    usize::try_from(code)
        .ok()
        .and_then(|at| Heading::ALL.get(at))
        .copied()
        .ok_or(RecordError::damaged("view_row", "unknown heading"))
}

/// The person behind a key of `table`.
pub(super) fn person_of(table: &'static str, bytes: &[u8]) -> Result<PersonId, RecordError> {
    PersonId::from_slice(bytes).ok_or(RecordError::damaged(table, "a person key is not 16 bytes"))
}

/// The organisation behind a code of `table`.
pub(super) fn ods(table: &'static str, code: &str) -> Result<OdsCode, RecordError> {
    code.parse()
        .map_err(|_| RecordError::damaged(table, "an ODS code is not one"))
}

/// PostgreSQL keeps no NUL in text; JSON may name one. Derived text shows the replacement
/// character instead; the body itself keeps the escape as it was written.
pub(super) fn storable(text: String) -> String {
    if text.contains('\0') {
        text.replace('\0', "\u{fffd}")
    } else {
        text
    }
}

fn split(when: Option<When>) -> (Option<i64>, Option<i16>) {
    (
        when.map(|when| when.at.as_micros()),
        when.map(|when| when.precision.code()),
    )
}

fn join(at: Option<i64>, precision: Option<i16>) -> Option<When> {
    Some(When {
        at: Timestamp::from_micros(at?),
        precision: precision.and_then(Precision::from_code)?,
    })
}

/// The JSON of a plain struct of ours, whose serialisation cannot fail.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_of_headings_stay_what_stored_rows_say() {
        let words: Vec<&str> = Heading::ALL.iter().map(|heading| heading.word()).collect();
        assert_eq!(
            words.join(" "),
            "demographics alerts about-me allergies medicines problems results observations \
             encounters appointments documents immunisations procedures referrals care-team \
             care-plans social-care mental-health safeguarding family other"
        );
        for heading in Heading::ALL {
            assert_eq!(heading_of(heading_code(*heading)).unwrap(), *heading);
        }
        assert!(heading_of(-1).is_err() && heading_of(21).is_err());
    }

    #[test]
    fn a_date_keeps_its_precision() {
        let when = When {
            at: Timestamp::from_micros(-5),
            precision: Precision::Month,
        };
        let (at, precision) = split(Some(when));
        assert_eq!(join(at, precision), Some(when));
        assert_eq!(join(None, None), None);
    }
}
