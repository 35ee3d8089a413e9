use diesel::prelude::*;
#[cfg(feature = "postgres")]
use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, SmallInt, Text};
use serde::{Deserialize, Serialize};
use tarn_model::{LabelSet, NhsNumber, OdsCode, Timestamp};

use super::{columns::columns, join, json, ods, person_of, split};
use crate::store::schema::{demographics, relationship};
use crate::{Demographics, Evidence, RecordError, Registration, Relationship, When};

/// A relationship of an organisation to a person.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = relationship, treat_none_as_default_value = false)]
pub(in crate::store) struct RelationshipRow {
    pub(in crate::store) person_id: Vec<u8>,
    pub(in crate::store) organisation: String,
    pub(in crate::store) resource_type: String,
    pub(in crate::store) resource_id: String,
    pub(in crate::store) position: i32,
    pub(in crate::store) evidence: String,
    pub(in crate::store) from_at: Option<i64>,
    pub(in crate::store) until_at: Option<i64>,
}

impl RelationshipRow {
    pub(in crate::store) fn read(self) -> Result<Relationship, RecordError> {
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
pub(in crate::store) struct DemographicsRow {
    pub(in crate::store) person_id: Vec<u8>,
    pub(in crate::store) source: String,
    pub(in crate::store) resource_id: String,
    pub(in crate::store) source_ref: String,
    pub(in crate::store) received_at: i64,
    pub(in crate::store) nhs_number: Option<String>,
    pub(in crate::store) family_folded: String,
    pub(in crate::store) given_folded: String,
    pub(in crate::store) birth_at: Option<i64>,
    pub(in crate::store) birth_precision: Option<i16>,
    pub(in crate::store) restricted: bool,
    pub(in crate::store) detail: String,
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
    // Rows written before these were read have neither until the view is built anew.
    #[serde(default)]
    registrations: Vec<Registration>,
    #[serde(default)]
    updated_at: Option<Timestamp>,
    next_of_kin: Vec<(String, String, Option<String>)>,
    communication: Vec<String>,
}

impl DemographicsRow {
    pub(in crate::store) fn new(found: Demographics, resource_id: &str, source_ref: &str) -> Self {
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
            registrations: found.registrations,
            updated_at: found.updated_at,
            next_of_kin: found.next_of_kin,
            communication: found.communication,
        };
        Self {
            detail: json(&detail),
            ..row
        }
    }

    /// What the source says, with the labels that its resource bears.
    pub(in crate::store) fn read(self, labels: i32) -> Result<Demographics, RecordError> {
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
            registrations: detail.registrations,
            updated_at: detail.updated_at,
            next_of_kin: detail.next_of_kin,
            communication: detail.communication,
            restricted: self.restricted,
            labels: LabelSet::from_bits(labels),
        })
    }
}

columns! {
    InsertRelationships of RelationshipRow into relationship {
        person_id: Vec<u8> as Binary,
        organisation: String as Text,
        resource_type: String as Text,
        resource_id: String as Text,
        position: i32 as Integer,
        evidence: String as Text,
        from_at: Option<i64> as Nullable<BigInt>,
        until_at: Option<i64> as Nullable<BigInt>,
    }
}

columns! {
    InsertDemographics of DemographicsRow into demographics {
        person_id: Vec<u8> as Binary,
        source: String as Text,
        resource_id: String as Text,
        source_ref: String as Text,
        received_at: i64 as BigInt,
        nhs_number: Option<String> as Nullable<Text>,
        family_folded: String as Text,
        given_folded: String as Text,
        birth_at: Option<i64> as Nullable<BigInt>,
        birth_precision: Option<i16> as Nullable<SmallInt>,
        restricted: bool as Bool,
        detail: String as Text,
    }
}
