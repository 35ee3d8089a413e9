//! FHIR R4 in UK Core shapes: one transaction Bundle per person and organisation.

mod care;
mod clinical;
mod directory;
mod letter;
mod medicine;
mod patient;
mod results;
mod scribe;

use serde_json::Value;
use tarn_model::OdsCode;

use crate::{Locality, Organisation, Person, What, Writer};
use scribe::Scribe;

/// Writes FHIR R4 transaction Bundles. Every entry is a PUT under a lasting id, so that loading
/// a Bundle again changes nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct FhirBundles;

/// Every Bundle of the locality, each with the organisation that sends it: first the directory of
/// each organisation, then each person's part of each. Organisations that have not joined send
/// none.
pub fn fhir_bundles(locality: &Locality) -> impl Iterator<Item = (OdsCode, String)> + '_ {
    let senders = || locality.organisations.iter().filter(|one| one.sends());
    let directories = senders().filter_map(|organisation| {
        let bundle = FhirBundles.directory(locality, organisation)?;
        Some((organisation.ods.clone(), bundle))
    });
    let people = locality.people().flat_map(move |person| {
        let of = |organisation: &Organisation| {
            let bundles = FhirBundles.person(locality, organisation, &person);
            let ods = organisation.ods.clone();
            bundles.into_iter().map(move |bundle| (ods.clone(), bundle))
        };
        senders().flat_map(of).collect::<Vec<_>>()
    });
    directories.chain(people)
}

impl Writer for FhirBundles {
    type Output = String;

    fn directory(&self, locality: &Locality, organisation: &Organisation) -> Option<String> {
        Some(directory::bundle(locality, organisation))
    }

    fn person(
        &self,
        locality: &Locality,
        organisation: &Organisation,
        person: &Person,
    ) -> Vec<String> {
        if !person.known_to(organisation.partner) {
            return Vec::new();
        }
        let mut scribe = Scribe::new(locality, organisation, person);
        let patient = patient::patient(&scribe);
        scribe.put(patient);
        let own = person.facts.iter();
        for fact in own.filter(|fact| fact.source == organisation.partner) {
            write(&mut scribe, fact);
        }
        vec![scribe.bundle()]
    }
}

fn write(scribe: &mut Scribe<'_>, fact: &crate::Fact) {
    let resources: Vec<Value> = match &fact.what {
        What::Allergy(allergy) => vec![clinical::allergy(scribe, fact, allergy)],
        What::Problem(problem) => vec![clinical::problem(scribe, fact, problem)],
        What::Procedure(procedure) => vec![clinical::procedure(scribe, fact, procedure)],
        What::Vaccination(given) => vec![clinical::vaccination(scribe, fact, given)],
        What::FamilyHistory(family) => vec![clinical::family(scribe, fact, family)],
        What::Medicine(medicine) => vec![medicine::medicine(scribe, fact, medicine)],
        What::Report(report) => results::report(scribe, fact, report),
        What::Measurement(measured) => vec![results::measurement(scribe, fact, measured)],
        What::Contact(contact) => vec![care::contact(scribe, fact, contact)],
        What::Appointment(booked) => vec![care::appointment(scribe, fact, booked)],
        What::Referral(referral) => vec![care::referral(scribe, fact, referral)],
        What::CareCircle(circle) => vec![care::circle(scribe, fact, circle)],
        What::Plan(plan) => vec![care::plan(scribe, fact, plan)],
        What::AboutMe(about) => vec![care::about_me(scribe, fact, about)],
        What::Alert(alert) => letter::alert(scribe, fact, alert),
        What::Letter(letter) => letter::letter(scribe, fact, letter),
    };
    for resource in resources {
        scribe.put(resource);
    }
}
