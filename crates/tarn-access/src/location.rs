//! Protecting where a person can be found (PDS S-flag).
//!
//! When any source marks a person as restricted, what tells where they are is taken out of
//! everything, whichever source sent it and whatever it forgot to mark. Every member of what the
//! door gives out is in one of three classes:
//!
//! - **tells where**: addresses, telephone numbers, practices, places, the names of staff and of
//!   local organisations, the numbers that a source gave its entries, and family, who live near;
//! - **free text**: what an author typed, in which an address may stand;
//! - **stays**: who the person is, times, codes, figures, and the words that name a condition, a
//!   medicine, a test or an alert. Without these nobody can treat the person. They are the
//!   source's words all the same: whoever types an address as the name of an allergy has written
//!   it where every clinician must read.
//!
//! Each type is taken apart member by member, without `..`: a new one does not compile until it
//! has been put into a class.

mod organisations;

use std::collections::HashMap;

use tarn_model::{Heading, Label, OdsCode};
use tarn_record::{Demographics, Detail, Line};

pub(crate) use organisations::Organisations;

/// Takes the location out of what sources say of who the person is, but for which source says so:
/// that goes with the ledger (see [`Organisations`]).
pub(crate) fn protect_demographics(said: &mut Demographics) {
    let Demographics {
        // Stays: who the person is, and how to talk with them.
        person: _,
        received_at: _,
        nhs_number: _,
        family: _,
        given: _,
        title: _,
        preferred_name: _,
        former_names: _,
        gender: _,
        birth_date: _,
        died: _,
        communication: _,
        restricted: _,
        updated_at: _,
        labels: _,
        // Tells where.
        source: _,
        addresses,
        contacts,
        registered_gp,
        registered_gp_name,
        next_of_kin,
        registrations,
    } = said;
    addresses.clear();
    contacts.clear();
    next_of_kin.clear();
    registrations.clear();
    *registered_gp = None;
    *registered_gp_name = None;
}

/// Takes the name of the source out of what sources say of who the person is.
pub(crate) fn protect_senders(said: &mut Vec<Demographics>, organisations: &Organisations) {
    said.retain_mut(|said| {
        let shown = organisations.shown(&said.source).cloned();
        if let Some(shown) = shown {
            said.source = shown;
            return true;
        }
        false
    });
}

/// Takes the location out of the lines of one opening, and withholds those that are mostly
/// location or free text: documents, appointments to come, the person's own words, and anything
/// labelled as location.
pub(crate) struct LineGuard<'a> {
    organisations: &'a Organisations,
    numbers: HashMap<(String, String), usize>,
}

impl<'a> LineGuard<'a> {
    pub(crate) fn new(organisations: &'a Organisations) -> Self {
        Self {
            organisations,
            numbers: HashMap::new(),
        }
    }

    pub(crate) fn protect(&mut self, lines: &mut Vec<Line>) {
        lines.retain_mut(|line| {
            let Some(shown) = self.organisations.shown(&line.source).cloned() else {
                return false;
            };
            if is_withheld(line) {
                return false;
            }
            self.protect_line(line, shown);
            true
        });
    }

    fn protect_line(&mut self, line: &mut Line, shown: OdsCode) {
        let named = named_by_what_it_is(line);
        let Line {
            // Stays.
            heading,
            clinical_at: _,
            clinical_until: _,
            recorded_at: _,
            received_at: _,
            status: _,
            polarity: _,
            unit: _,
            labels: _,
            resource_type,
            // Tells where, for some kinds of entry.
            source,
            resource_id,
            code,
            display,
            // Free text, for some.
            value,
            detail,
        } = line;
        *source = shown;
        // A list of codes of its own is often named after who keeps it.
        if code.as_ref().is_some_and(|code| !is_national(&code.system)) {
            *code = None;
        }
        // The number that a source gives its entries may begin with the source's own name.
        let next = self.numbers.len() + 1;
        let key = (resource_type.clone(), resource_id.clone());
        *resource_id = self.numbers.entry(key).or_insert(next).to_string();
        let measured = resource_type == "Observation"
            && (!detail.value_is_words || *heading == Heading::Results);
        if !measured {
            // A laboratory's "not detected" is a result; what else is typed may be anything.
            *value = None;
            detail.components.clear();
        }
        protect_detail(detail, has_role(resource_type));
        if !named {
            *display = detail
                .role
                .clone()
                .unwrap_or_else(|| kind_of_entry(resource_type).to_owned());
        }
    }
}

fn is_withheld(line: &Line) -> bool {
    line.labels.contains(Label::Location)
        || matches!(
            line.heading,
            Heading::Documents | Heading::Appointments | Heading::AboutMe
        )
}

/// `keeps_role` where the role is what somebody is to the person, and not the name of a team.
fn protect_detail(detail: &mut Detail, keeps_role: bool) {
    let Detail {
        // Stays: the words of treatment and of findings.
        dose: _,
        route: _,
        frequency: _,
        form: _,
        dosage_text: _,
        last_issued: _,
        reactions: _,
        severity: _,
        verification: _,
        category: _,
        range_low: _,
        range_high: _,
        range_text: _,
        range_for: _,
        interpretation: _,
        components: _,
        value_is_words: _,
        content_type: _,
        // Tells where.
        who,
        role,
        place,
        telephone,
        telephone_is_service,
        opens,
        // Free text.
        indication,
        status_reason,
        text,
        title,
    } = detail;
    for told in [who, place, telephone, opens] {
        *told = None;
    }
    for typed in [indication, status_reason, text, title] {
        *typed = None;
    }
    *telephone_is_service = false;
    if !keeps_role {
        *role = None;
    }
}

/// Whether `display` names a condition, a medicine, a test, an alert: not somebody, not a place,
/// and not what an author typed for want of a name.
fn named_by_what_it_is(line: &Line) -> bool {
    let detail = &line.detail;
    let of_somebody = [&detail.who, &detail.place]
        .into_iter()
        .flatten()
        .any(|name| *name == line.display);
    let clinical = match line.resource_type.as_str() {
        "AllergyIntolerance"
        | "CarePlan"
        | "Condition"
        | "DiagnosticReport"
        | "Encounter"
        | "FamilyMemberHistory"
        | "Flag"
        | "ImagingStudy"
        | "Immunization"
        | "MedicationAdministration"
        | "MedicationDispense"
        | "MedicationRequest"
        | "MedicationStatement"
        | "Observation"
        | "Procedure"
        | "QuestionnaireResponse" => true,
        "ReferralRequest" | "ServiceRequest" => line.code.is_some(),
        _ => false,
    };
    clinical && !of_somebody
}

/// Whether a code is from a list that everybody uses.
fn is_national(system: &str) -> bool {
    const LISTS: [&str; 7] = [
        "http://hl7.org/fhir/",
        "http://loinc.org",
        "http://snomed.info/sct",
        "http://terminology.hl7.org/",
        "https://dmd.nhs.uk",
        "https://fhir.hl7.org.uk/",
        "https://fhir.nhs.uk/",
    ];
    LISTS.iter().any(|list| system.starts_with(list))
}

fn has_role(resource_type: &str) -> bool {
    matches!(
        resource_type,
        "CareTeam" | "FamilyMemberHistory" | "RelatedPerson"
    )
}

fn kind_of_entry(resource_type: &str) -> &'static str {
    match resource_type {
        "CareTeam" => "Somebody who takes part in care",
        "EpisodeOfCare" => "Open case",
        "Goal" => "Goal",
        "ReferralRequest" | "ServiceRequest" => "Referral",
        "RelatedPerson" => "Family or friend",
        _ => "Another entry",
    }
}
