use serde_json::Value;
use tarn_model::{NhsNumber, PersonId, Precision, Timestamp, parse_fhir_date};

use super::reference::Index;
use super::{PlannedEntry, Target};

/// Whom a resource is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// Nobody in particular: organisations, staff, places, the catalogue of medicines.
    Directory,
    /// The person with these keys, who may not have been seen yet.
    Person(PersonKeys),
    /// Somebody who is held. No text says so; the store does, where a text names Tarn's own ids.
    Held(PersonId),
    /// Whoever the resource that the query finds is about (or is).
    Conditional {
        /// FHIR type.
        resource_type: String,
        /// `identifier=system|value`, as sent.
        query: String,
    },
    /// Whoever this resource of the same source is about; the directory if it is about nobody.
    SameAs {
        /// FHIR type.
        resource_type: String,
        /// The id by which the source knows it.
        id: String,
    },
}

/// How a message names a person. At least one of `nhs_number` and `source_ref` is there.
///
/// The same source and `source_ref` are the same Patient resource, whatever else it says now: a
/// source may correct a date of birth. An NHS number joins people of different sources only
/// together with a date of birth.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PersonKeys {
    /// NHS number with a good check digit that the source has not marked as unverified.
    pub nhs_number: Option<NhsNumber>,
    /// Date of birth.
    pub birth_date: Option<(Timestamp, Precision)>,
    /// The id by which the source knows its Patient resource.
    pub source_ref: Option<String>,
    /// Whether a Patient resource says so, and not just a reference to one. Only a Patient links.
    pub is_patient: bool,
}

impl std::fmt::Debug for PersonKeys {
    /// Says which keys there are, never what they are.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PersonKeys")
            .field("nhs_number", &self.nhs_number)
            .field("has_birth_date", &self.birth_date.is_some())
            .field("has_source_ref", &self.source_ref.is_some())
            .field("is_patient", &self.is_patient)
            .finish()
    }
}

/// The keys of a Patient resource that its source knows as `source_ref`.
fn keys_of_patient(patient: &Value, source_ref: &str) -> PersonKeys {
    let identifiers = patient.get("identifier").and_then(Value::as_array);
    PersonKeys {
        nhs_number: identifiers.into_iter().flatten().find_map(trusted_number),
        birth_date: patient
            .get("birthDate")
            .and_then(Value::as_str)
            .and_then(parse_fhir_date),
        source_ref: Some(source_ref.to_owned()),
        is_patient: true,
    }
}

/// Addresses under which the NHS keeps its own demographics: the last part of such a reference
/// is the NHS number.
const NATIONAL_PATIENT: [&str; 3] = [
    "https://api.service.nhs.uk/personal-demographics/FHIR/R4/Patient/",
    "https://demographics.spineservices.nhs.uk/STU3/Patient/",
    "https://pds.spineservices.nhs.uk/STU3/Patient/",
];

/// Members that name whom a resource is about, the most telling first.
const SUBJECT_MEMBERS: [&str; 12] = [
    "subject",
    "patient",
    "beneficiary",
    "for",
    "individual",
    "policyHolder",
    "participant",
    "target",
    "focus",
    "link",
    "securityContext",
    "context",
];

/// The members that hold a person rather than anybody who took part, so that a name which
/// nothing resolves is still taken for a person's.
const STRONG: [&str; 4] = ["subject", "patient", "beneficiary", "for"];

/// Types that are about nobody even where they name a person.
const DIRECTORY_TYPES: [&str; 12] = [
    "Organization",
    "Practitioner",
    "PractitionerRole",
    "Location",
    "HealthcareService",
    "Endpoint",
    "Group",
    "Medication",
    "Substance",
    "Questionnaire",
    "ValueSet",
    "CodeSystem",
];

/// Fills in the subject of every entry.
pub(super) fn assign(entries: &mut [PlannedEntry<'_>], index: &Index) {
    let named: Vec<Named> = entries.iter().map(|entry| named(entry, index)).collect();
    for (at, entry) in entries.iter_mut().enumerate() {
        entry.subject = settled(&named, at);
    }
    adopt_attachments(entries);
}

/// A Binary often says nothing of whom it is about; the document that it is attached to does.
/// Left in the directory, somebody's letter would belong to nobody.
fn adopt_attachments(entries: &mut [PlannedEntry<'_>]) {
    let adopted: Vec<(usize, Subject)> = entries
        .iter()
        .filter(|entry| entry.subject != Subject::Directory)
        .flat_map(|entry| {
            entry
                .references
                .iter()
                .map(move |to| (&to.target, &entry.subject))
        })
        .filter_map(|(target, subject)| match target {
            Target::Entry(at) => Some((*at, subject.clone())),
            Target::Local { resource_type, id } => entries
                .iter()
                .position(|other| other.resource_type == *resource_type && other.source_ref == *id)
                .map(|at| (at, subject.clone())),
            Target::Conditional { .. } => None,
        })
        .collect();
    for (at, subject) in adopted {
        if let Some(entry) = entries.get_mut(at)
            && entry.resource_type == "Binary"
            && entry.subject == Subject::Directory
        {
            entry.subject = subject;
        }
    }
}

enum Named {
    Subject(Subject),
    Entry(usize),
}

/// Follows entries to the person that they are about; a ring of entries is about nobody.
fn settled(named: &[Named], start: usize) -> Subject {
    let mut at = start;
    for _ in 0..=named.len() {
        match named.get(at) {
            Some(Named::Entry(next)) => at = *next,
            Some(Named::Subject(subject)) => return subject.clone(),
            None => break,
        }
    }
    Subject::Directory
}

fn named(entry: &PlannedEntry<'_>, index: &Index) -> Named {
    let value = &entry.value;
    if entry.action.takes_away() {
        // It says nothing of anybody; whose it is stands with what it takes away.
        return Named::Subject(Subject::Directory);
    }
    if entry.resource_type == "Patient" {
        return Named::Subject(Subject::Person(keys_of_patient(value, &entry.source_ref)));
    }
    if DIRECTORY_TYPES.contains(&entry.resource_type.as_str()) {
        return Named::Subject(Subject::Directory);
    }
    let mut indirect = None;
    for member in SUBJECT_MEMBERS {
        for reference in references_under(value.get(member)) {
            match by_reference(entry, reference, index, STRONG.contains(&member)) {
                Some(Named::Subject(subject @ Subject::SameAs { .. })) => {
                    indirect.get_or_insert(Named::Subject(subject));
                }
                Some(Named::Entry(at)) => {
                    indirect.get_or_insert(Named::Entry(at));
                }
                Some(found) => return found,
                None => {}
            }
        }
    }
    indirect
        .or_else(|| anywhere(entry, index))
        .unwrap_or(Named::Subject(Subject::Directory))
}

/// The Reference objects of a member: itself, or one level down (`participant[].actor`,
/// `link[].target`).
fn references_under(member: Option<&Value>) -> Vec<&Value> {
    let mut found = Vec::new();
    let list = match member {
        Some(Value::Array(list)) => list.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    for one in list {
        found.push(one);
        found.extend(
            ["actor", "target", "member"]
                .iter()
                .filter_map(|key| one.get(key)),
        );
    }
    found
}

fn by_reference(
    entry: &PlannedEntry<'_>,
    reference: &Value,
    index: &Index,
    strong: bool,
) -> Option<Named> {
    let text = reference.get("reference").and_then(Value::as_str);
    let number = reference.get("identifier").and_then(trusted_number);
    let person = |nhs_number: Option<NhsNumber>, source_ref: Option<String>| {
        Named::Subject(Subject::Person(PersonKeys {
            nhs_number,
            birth_date: None,
            source_ref,
            is_patient: false,
        }))
    };
    if let Some(local) = text.and_then(|text| text.strip_prefix('#')) {
        let patient = contained(&entry.value, local, "Patient")?;
        let source_ref = format!("{}/{}#{local}", entry.resource_type, entry.source_ref);
        let keys = keys_of_patient(patient, &source_ref);
        return Some(Named::Subject(Subject::Person(keys)));
    }
    match text.and_then(|text| index.read(text)) {
        Some((Target::Entry(at), _)) => return Some(Named::Entry(at)),
        Some((Target::Local { resource_type, id }, _)) if resource_type == "Patient" => {
            return Some(person(number, Some(id)));
        }
        Some((Target::Local { resource_type, id }, _)) if may_be_about_a_person(&resource_type) => {
            return Some(Named::Subject(Subject::SameAs { resource_type, id }));
        }
        Some((
            Target::Conditional {
                resource_type,
                query,
            },
            _,
        )) if resource_type == "Patient" => {
            let conditional = Subject::Conditional {
                resource_type,
                query,
            };
            return Some(Named::Subject(conditional));
        }
        _ => {}
    }
    let national = text.and_then(|text| {
        let tail = NATIONAL_PATIENT
            .iter()
            .find_map(|base| text.strip_prefix(base))?;
        tail.split('/').next()?.parse::<NhsNumber>().ok()
    });
    if let Some(number) = number.or(national) {
        return Some(person(Some(number), None));
    }
    let typed = reference.get("type").and_then(Value::as_str) == Some("Patient");
    let elsewhere = text?;
    let is_patient =
        typed || elsewhere.contains("/Patient/") || (strong && elsewhere.starts_with("urn:"));
    is_patient.then(|| person(None, Some(elsewhere.to_owned())))
}

/// A last look: any reference to a Patient anywhere in the resource, so that nothing that names
/// a person is kept as common knowledge.
fn anywhere(entry: &PlannedEntry<'_>, index: &Index) -> Option<Named> {
    let mut pending = vec![&entry.value];
    while let Some(value) = pending.pop() {
        match value {
            Value::Object(members) => {
                let text = members.get("reference").and_then(Value::as_str);
                if text.is_some_and(|text| text.starts_with("Patient/"))
                    && let Some(found) = by_reference(entry, value, index, false)
                {
                    return Some(found);
                }
                pending.extend(members.values());
            }
            Value::Array(list) => pending.extend(list),
            _ => {}
        }
    }
    None
}

fn may_be_about_a_person(resource_type: &str) -> bool {
    !DIRECTORY_TYPES.contains(&resource_type) && resource_type != "Device"
}

fn contained<'v>(resource: &'v Value, local: &str, resource_type: &str) -> Option<&'v Value> {
    resource.get("contained")?.as_array()?.iter().find(|one| {
        one.get("id").and_then(Value::as_str) == Some(local)
            && one.get("resourceType").and_then(Value::as_str) == Some(resource_type)
    })
}

/// The NHS number of an identifier, if it may be used to tell people apart.
///
/// Source: UK Core, extension NHSNumberVerificationStatus: only code 01 is "present and
/// verified". An identifier without the extension is taken as its source uses it.
fn trusted_number(identifier: &Value) -> Option<NhsNumber> {
    if identifier.get("system").and_then(Value::as_str) != Some(NhsNumber::SYSTEM) {
        return None;
    }
    let status = identifier
        .get("extension")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter(|extension| {
            extension
                .get("url")
                .and_then(Value::as_str)
                .is_some_and(|url| url.ends_with("-NHSNumberVerificationStatus"))
        })
        .filter_map(|extension| extension.pointer("/valueCodeableConcept/coding/0/code"))
        .find_map(Value::as_str);
    if status.is_some_and(|code| code != "01" && code != "number-present-and-verified") {
        return None;
    }
    identifier.get("value")?.as_str()?.parse().ok()
}
