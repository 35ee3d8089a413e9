//! What is written beside a resource: its lines, who the person is, relationships, identifiers.

use std::collections::BTreeSet;

use serde_json::Value;
use tarn_model::{Heading, OdsCode, PersonId};

use super::matching::source_system;
use super::rows::{
    AnswersRow, DemographicsRow, IdentifierKeyRow, PersonIdentifierRow, RelationshipRow, ViewRow,
    heading_bits, storable,
};
use crate::Projection;

/// Which resource a projection is of.
#[derive(Clone, Copy)]
pub(super) struct Of<'a> {
    pub(super) person: PersonId,
    pub(super) source: &'a OdsCode,
    pub(super) resource_type: &'a str,
    pub(super) resource_id: &'a str,
    pub(super) source_ref: &'a str,
}

/// What a resource answers to, as its readers see it: its source stands in `meta`, whatever the
/// source itself wrote there.
pub(super) fn values_of(resource: &mut Value, source: &OdsCode) -> Vec<u8> {
    if let Some(members) = resource.as_object_mut() {
        let meta = members
            .entry("meta")
            .or_insert_with(|| Value::Object(serde_json::Map::new()));
        if let Some(meta) = meta.as_object_mut() {
            meta.insert("source".to_owned(), source_system(source).into());
        }
    }
    tarn_search::extract(resource).to_bytes()
}

/// What a search needs of a resource.
pub(super) struct Answers {
    pub(super) headings: i32,
    pub(super) labels: i32,
    pub(super) received_at: i64,
    pub(super) values: Vec<u8>,
}

/// Rows to be written beside resources.
#[derive(Default)]
pub(super) struct DerivedRows {
    pub(super) answers: Vec<AnswersRow>,
    pub(super) lines: Vec<ViewRow>,
    pub(super) demographics: Vec<DemographicsRow>,
    pub(super) relationships: Vec<RelationshipRow>,
    pub(super) identifiers: Vec<PersonIdentifierRow>,
    pub(super) identifier_keys: Vec<IdentifierKeyRow>,
}

impl DerivedRows {
    /// Adds the rows of one resource.
    pub(super) fn add(&mut self, of: Of<'_>, answers: Answers, projection: Projection) {
        let person_id = of.person.as_bytes().to_vec();
        self.answers.push(AnswersRow {
            person_id: person_id.clone(),
            resource_type: of.resource_type.to_owned(),
            resource_id: of.resource_id.to_owned(),
            source: of.source.to_string(),
            headings: answers.headings,
            labels: answers.labels,
            received_at: answers.received_at,
            answers: answers.values,
        });
        let numbered = |at: usize| i32::try_from(at).unwrap_or(i32::MAX);
        self.lines.extend(
            (projection.lines.into_iter().enumerate())
                .map(|(at, line)| ViewRow::new(line, of.person, numbered(at))),
        );
        self.demographics.extend(
            projection
                .demographics
                .map(|found| DemographicsRow::new(found, of.resource_id, of.source_ref)),
        );
        self.relationships
            .extend(
                projection
                    .relationships
                    .into_iter()
                    .enumerate()
                    .map(|(at, found)| RelationshipRow {
                        person_id: person_id.clone(),
                        organisation: found.organisation.to_string(),
                        resource_type: of.resource_type.to_owned(),
                        resource_id: of.resource_id.to_owned(),
                        position: numbered(at),
                        evidence: found.evidence.word().to_owned(),
                        from_at: found.from.map(|at| at.as_micros()),
                        until_at: found.until.map(|at| at.as_micros()),
                    }),
            );
        let identifiers: BTreeSet<(String, String)> = projection
            .identifiers
            .into_iter()
            .map(|(system, value)| (storable(system), storable(value)))
            .collect();
        for (at, (system, value)) in identifiers.into_iter().enumerate() {
            self.identifiers.push(PersonIdentifierRow {
                person_id: person_id.clone(),
                resource_type: of.resource_type.to_owned(),
                resource_id: of.resource_id.to_owned(),
                position: numbered(at),
                system: system.clone(),
                value: value.clone(),
                source: of.source.to_string(),
            });
            self.identifier_keys.push(IdentifierKeyRow {
                source: of.source.to_string(),
                resource_type: of.resource_type.to_owned(),
                value,
                system,
                resource_id: of.resource_id.to_owned(),
            });
        }
    }
}

/// The headings and labels that decide on a resource as a whole: those of all its lines. A
/// Patient is demographics; a person's resource without a line counts as an other entry; a
/// resource about nobody has no heading.
pub(super) fn sensitivity(of: Of<'_>, projection: &Projection) -> (i32, i32) {
    let mut headings = heading_bits(projection.lines.iter().map(|line| line.heading));
    if of.resource_type == "Patient" {
        headings |= heading_bits([Heading::Demographics].into_iter());
    } else if headings == 0 && of.person != PersonId::DIRECTORY {
        headings = heading_bits([Heading::Other].into_iter());
    }
    let labels = projection
        .lines
        .iter()
        .fold(projection.labels, |all, line| all.or(line.labels));
    (headings, labels.bits())
}

/// The types of resource that other resources take a name from.
const DIRECTORY_TYPES: [&str; 7] = [
    "Organization",
    "Practitioner",
    "PractitionerRole",
    "Location",
    "HealthcareService",
    "Medication",
    "Device",
];

/// The directory resources that a resource refers to, as type and id.
pub(super) fn directory_references(resource: &Value, found: &mut BTreeSet<(String, String)>) {
    match resource {
        Value::Object(members) => {
            if let Some((resource_type, id)) = members
                .get("reference")
                .and_then(Value::as_str)
                .and_then(|reference| reference.split_once('/'))
                && DIRECTORY_TYPES.contains(&resource_type)
            {
                found.insert((resource_type.to_owned(), id.to_owned()));
            }
            for member in members.values() {
                directory_references(member, found);
            }
        }
        Value::Array(list) => {
            for one in list {
                directory_references(one, found);
            }
        }
        _ => {}
    }
}
