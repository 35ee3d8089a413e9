//! Patient: who the person is.

use serde_json::Value;
use tarn_model::{Label, NhsNumber};

use super::read::Reader;
use super::words::{
    concept, concepts_of, extension, human_name, is_true, items, moment, period, telephone, text,
};
use crate::{Demographics, Evidence, Registration, Relationship};

pub(super) fn demographics(read: &Reader<'_>) -> Demographics {
    let resource = read.resource;
    let names = Names::of(read);
    let practice = practice(read);
    let mut demographics = Demographics {
        person: read.origin.person,
        source: read.origin.source.clone(),
        received_at: read.origin.received_at,
        nhs_number: read
            .identifiers()
            .iter()
            .filter(|(system, _)| system == NhsNumber::SYSTEM)
            .find_map(|(_, value)| value.parse().ok()),
        family: String::new(),
        given: Vec::new(),
        title: None,
        preferred_name: names.preferred,
        former_names: names.former,
        gender: text(resource, "gender").map(str::to_owned),
        birth_date: moment(resource, "birthDate"),
        died: died(resource),
        addresses: addresses(resource),
        contacts: contacts(resource),
        registered_gp: practice.and_then(|one| read.organisation(one)),
        registered_gp_name: practice.and_then(|one| read.name_of(one)),
        registrations: relationships(read)
            .into_iter()
            .map(|link| Registration {
                practice: link.organisation,
                from: link.from,
                until: link.until,
            })
            .collect(),
        updated_at: resource
            .get("meta")
            .and_then(|meta| moment(meta, "lastUpdated"))
            .map(|when| when.at),
        next_of_kin: items(resource, "contact")
            .iter()
            .filter_map(contact)
            .collect(),
        communication: communication(resource),
        restricted: is_restricted(read),
        labels: read.labels,
    };
    if let Some(name) = names.current {
        demographics.family = text(name, "family")
            .or_else(|| text(name, "text"))
            .unwrap_or_default()
            .to_owned();
        demographics.given = strings(name, "given");
        let titles = strings(name, "prefix");
        demographics.title = (!titles.is_empty()).then(|| titles.join(" "));
    }
    demographics
}

/// Registration with a GP practice, from and until when the practice's identifier says so. A
/// record that is no longer in use shows none.
pub(super) fn relationships(read: &Reader<'_>) -> Vec<Relationship> {
    if read.resource.get("active").and_then(Value::as_bool) == Some(false) {
        return Vec::new();
    }
    items(read.resource, "generalPractitioner")
        .iter()
        .filter_map(|practice| {
            let (from, until) = practice
                .get("identifier")
                .map_or((None, None), |identifier| period(identifier, "period"));
            read.evidence(practice, Evidence::Registration, from, until)
        })
        .collect()
}

/// Whether the source marks where the person can be found as protected. A label that is not
/// understood counts as one that does.
///
/// Source: PDS FHIR API, Patient `meta.security` (R restricted, V very restricted, REDACTED).
pub(super) fn is_restricted(read: &Reader<'_>) -> bool {
    [
        Label::Restricted,
        Label::VeryRestricted,
        Label::Location,
        Label::Unknown,
    ]
    .into_iter()
    .any(|label| read.labels.contains(label))
}

struct Names<'v> {
    current: Option<&'v Value>,
    preferred: Option<String>,
    former: Vec<String>,
}

impl<'v> Names<'v> {
    fn of(read: &Reader<'v>) -> Self {
        let all = items(read.resource, "name");
        let by_use = |wanted: &'static str| {
            all.iter()
                .filter(move |name| text(name, "use") == Some(wanted))
        };
        let is_over = |name: &Value| {
            matches!(text(name, "use"), Some("old" | "maiden"))
                || period(name, "period")
                    .1
                    .is_some_and(|end| super::words::last_moment(end) < read.origin.received_at)
        };
        let is_own = |name: &&Value| {
            !matches!(
                text(name, "use"),
                Some("nickname" | "anonymous" | "old" | "maiden")
            )
        };
        let candidates: Vec<&Value> = {
            let now: Vec<_> = all
                .iter()
                .filter(is_own)
                .filter(|name| !is_over(name))
                .collect();
            if now.is_empty() {
                all.iter().collect()
            } else {
                now
            }
        };
        let rank = |name: &&&Value| match text(name, "use") {
            Some("official") => 0,
            Some("usual") => 1,
            None => 2,
            Some("temp") => 3,
            Some("nickname") => 4,
            Some(_) => 5,
        };
        let current = candidates.iter().min_by_key(rank).copied();
        let given = |name: &Value| strings(name, "given").first().cloned();
        let preferred = by_use("nickname")
            .find_map(|name| given(name).or_else(|| human_name(name)))
            .or_else(|| {
                let usual = by_use("usual").find_map(given)?;
                (current.and_then(given) != Some(usual.clone())).then_some(usual)
            });
        let former = all
            .iter()
            .filter(|name| is_over(name) && current.is_none_or(|current| current != *name))
            .filter_map(given_and_family)
            .collect();
        Self {
            current,
            preferred,
            former,
        }
    }
}

/// `"Edna GREEN"`, as former names are written.
fn given_and_family(name: &Value) -> Option<String> {
    let given = strings(name, "given").join(" ");
    match text(name, "family") {
        Some(family) => Some(
            format!("{given} {}", family.to_uppercase())
                .trim()
                .to_owned(),
        ),
        None => human_name(name),
    }
}

fn strings(value: &Value, member: &str) -> Vec<String> {
    items(value, member)
        .iter()
        .filter_map(Value::as_str)
        .filter(|text| !text.trim().is_empty())
        .map(str::to_owned)
        .collect()
}

/// `Some(None)` is "died, date not given"; a date that cannot be read is still a death.
fn died(resource: &Value) -> Option<Option<crate::When>> {
    if resource
        .get("deceasedDateTime")
        .is_some_and(|date| !date.is_null())
    {
        return Some(moment(resource, "deceasedDateTime"));
    }
    is_true(resource, "deceasedBoolean").then_some(None)
}

/// Current first; addresses that the source calls old are left out, since a line on a page could
/// not tell them from where the person lives.
fn addresses(resource: &Value) -> Vec<String> {
    let mut all: Vec<&Value> = items(resource, "address")
        .iter()
        .filter(|one| text(one, "use") != Some("old"))
        .collect();
    all.sort_by_key(|one| match text(one, "use") {
        Some("home") => 0,
        None => 1,
        Some("temp") => 2,
        Some(_) => 3,
    });
    all.into_iter().filter_map(address).collect()
}

fn address(address: &Value) -> Option<String> {
    let mut parts = strings(address, "line");
    for member in ["city", "district", "state", "postalCode"] {
        let part = text(address, member).map(str::to_owned);
        parts.extend(part.filter(|part| !parts.contains(part)));
    }
    if parts.is_empty() {
        return text(address, "text").map(str::to_owned);
    }
    Some(parts.join(", "))
}

fn contacts(resource: &Value) -> Vec<(String, String)> {
    items(resource, "telecom")
        .iter()
        .filter(|one| text(one, "use") != Some("old"))
        .filter_map(|one| {
            let kind = match text(one, "system") {
                Some("email") => "email",
                Some("phone" | "sms") | None => text(one, "use").unwrap_or("phone"),
                Some(other) => other,
            };
            Some((kind.to_owned(), text(one, "value")?.to_owned()))
        })
        .collect()
}

fn contact(contact: &Value) -> Option<(String, String, Option<String>)> {
    let name = contact.get("name").and_then(human_name);
    let organisation = contact
        .get("organization")
        .and_then(|one| text(one, "display"));
    let relationship = concepts_of(contact, "relationship");
    let name = name.or_else(|| organisation.map(str::to_owned));
    if name.is_none() && relationship.is_none() {
        return None;
    }
    Some((
        name.unwrap_or_default(),
        relationship.unwrap_or_default(),
        telephone(contact),
    ))
}

/// The reference to the practice: an organisation before a practitioner.
fn practice<'v>(read: &Reader<'v>) -> Option<&'v Value> {
    let all = items(read.resource, "generalPractitioner");
    all.iter()
        .find(|one| read.organisation(one).is_some())
        .or_else(|| all.first())
}

fn communication(resource: &Value) -> Vec<String> {
    let mut told = Vec::new();
    for one in items(resource, "communication") {
        let Some(language) = one.get("language").and_then(concept) else {
            continue;
        };
        let preferred = if is_true(one, "preferred") {
            " (preferred)"
        } else {
            ""
        };
        told.push(format!("{language}{preferred}"));
    }
    for one in items(resource, "extension") {
        let url = text(one, "url").unwrap_or_default();
        if url.ends_with("NHSCommunication") {
            let sub = |name: &str| extension(one, name);
            let words = |name: &str| sub(name)?.get("valueCodeableConcept").and_then(concept);
            told.extend(words("language"));
            told.extend(words("modeOfCommunication"));
            if sub("interpreterRequired").is_some_and(|found| is_true(found, "valueBoolean")) {
                told.push("Interpreter required".to_owned());
            }
        } else if url.ends_with("patient-interpreterRequired") && is_true(one, "valueBoolean") {
            told.push("Interpreter required".to_owned());
        }
    }
    told
}
