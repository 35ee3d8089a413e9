//! From a resource as its source sent it to what the pages read: lines, who the person is, and
//! which organisations have to do with them. Pure: the same resource gives the same answer, and
//! any JSON at all gives some answer.
//!
//! The words, digits, units, status and polarity of the source are carried over, never changed.

mod allergy;
mod appointment;
mod care_plan;
mod care_team;
mod condition;
mod diagnostic_report;
mod document;
mod encounter;
mod family;
mod flag;
mod immunization;
mod medication;
mod narrative;
mod observation;
mod other;
mod patient;
mod procedure;
mod questionnaire;
mod read;
mod referral;
mod sensitive;
#[cfg(test)]
mod tests;
mod words;

use serde_json::Value;
use tarn_model::{LabelSet, OdsCode, PersonId, Timestamp};

use crate::{Demographics, Line, Polarity, Relationship};
pub use document::letter_words;
use read::Reader;

/// Finds a resource of the directory by its reference as written: `Organization/…`.
pub type Directory<'a> = &'a (dyn Fn(&str) -> Option<Value> + Sync);

/// Where a resource came from, and how to look up what it refers to.
#[derive(Clone, Copy)]
pub struct Origin<'a> {
    /// Whom the resource is about.
    pub person: PersonId,
    /// The organisation that sent it.
    pub source: &'a OdsCode,
    /// Tarn's id of the resource.
    pub resource_id: &'a str,
    /// When Tarn received this version.
    pub received_at: Timestamp,
    /// Finds a resource of the directory (`Organization/…`, `Medication/…`) by its reference as
    /// written in the resource; without it, only what the resource itself says is used.
    pub directory: Option<Directory<'a>>,
}

/// What the store keeps beside a resource.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Projection {
    /// The lines that the pages draw; none for a resource of the directory.
    pub lines: Vec<Line>,
    /// Who the person is, of a Patient.
    pub demographics: Option<Demographics>,
    /// Organisations that it shows to have to do with the person.
    pub relationships: Vec<Relationship>,
    /// Every identifier, system (empty if none was given) and value, verbatim.
    pub identifiers: Vec<(String, String)>,
    /// The labels of the resource and of everything contained in it.
    pub labels: LabelSet,
    /// Whether it marks where the person can be found as protected.
    pub restricted: bool,
}

/// Reads one resource.
///
/// Never fails: what cannot be read is left out, and a person's resource of a type that has no
/// heading of its own becomes one line under [`tarn_model::Heading::Other`].
#[must_use]
pub fn project(resource: &Value, origin: &Origin<'_>) -> Projection {
    let read = Reader::new(resource, origin);
    let mut projection = Projection {
        identifiers: read.identifiers(),
        labels: read.labels,
        ..Projection::default()
    };
    if origin.person == PersonId::DIRECTORY {
        return projection;
    }
    if read.resource_type == "Patient" {
        projection.restricted = patient::is_restricted(&read);
        projection.demographics = Some(patient::demographics(&read));
    }
    projection.lines = lines(&read);
    // What was entered in error shows nothing of who has to do with the person.
    if read.polarity() != Polarity::EnteredInError {
        projection.relationships = relationships(&read);
    }
    projection
}

/// The labels of a resource and of everything contained in it.
#[must_use]
pub fn labels(resource: &Value) -> LabelSet {
    read::labels(resource)
}

fn lines(read: &Reader<'_>) -> Vec<Line> {
    match read.resource_type {
        // Who the person is, and the bytes of a document, are reached by other ways than lines.
        "Patient" | "Binary" => Vec::new(),
        "AllergyIntolerance" => allergy::lines(read),
        "Appointment" => appointment::lines(read),
        "CarePlan" => care_plan::lines(read),
        "CareTeam" => care_team::lines(read),
        "Composition" => document::composition(read),
        "Condition" => condition::lines(read),
        "DiagnosticReport" => diagnostic_report::lines(read),
        "DocumentReference" => document::reference(read),
        "Encounter" => encounter::lines(read),
        "EpisodeOfCare" => encounter::episode(read),
        "FamilyMemberHistory" => family::history(read),
        "Flag" => flag::lines(read),
        "Goal" => care_plan::goal(read),
        "ImagingStudy" => diagnostic_report::imaging_study(read),
        "Immunization" => immunization::lines(read),
        "MedicationAdministration"
        | "MedicationDispense"
        | "MedicationRequest"
        | "MedicationStatement" => medication::lines(read),
        "Observation" => observation::lines(read),
        "Procedure" => procedure::lines(read),
        "QuestionnaireResponse" => questionnaire::lines(read),
        "ReferralRequest" | "ServiceRequest" => referral::lines(read),
        "RelatedPerson" => family::related_person(read),
        _ => other::lines(read),
    }
}

fn relationships(read: &Reader<'_>) -> Vec<Relationship> {
    match read.resource_type {
        "Appointment" => appointment::relationships(read),
        "CarePlan" => care_plan::relationships(read),
        "CareTeam" => care_team::relationships(read),
        "Encounter" => encounter::relationships(read),
        "EpisodeOfCare" => encounter::episode_relationships(read),
        "Patient" => patient::relationships(read),
        "ReferralRequest" | "ServiceRequest" => referral::relationships(read),
        "Task" => other::task_relationships(read),
        _ => Vec::new(),
    }
}
