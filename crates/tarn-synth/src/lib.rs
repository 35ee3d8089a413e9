#![doc = include_str!("../README.md")]

mod calendar;
mod directory;
mod fact;
mod fhir;
mod filler;
mod locality;
mod names;
mod numbers;
mod organisation;
mod person;
mod random;
mod staff;
mod stories;
mod writer;

pub use calendar::Moment;
pub use directory::Professional;
pub use fact::{
    AboutMe, Alert, Allergy, Appointment, CareCircle, Contact, ContactKind, Diagnosis, Drug, Fact,
    FamilyHistory, Letter, Measurement, Medicine, Member, Opens, PersonWords, Plan, PlanKind,
    Problem, Procedure, Range, Referral, Report, Test, Vaccination, What,
};
pub use fhir::{FhirBundles, fhir_bundles};
pub use locality::{Choice, CitizenPersona, Locality, MOST_PEOPLE, Options, locality};
pub use organisation::{Feed, Organisation, Partner};
pub use person::{Address, Demographics, Gender, NextOfKin, Person, PersonName};
pub use staff::StaffPersona;
pub use writer::Writer;
