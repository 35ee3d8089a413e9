use serde_json::{Value, json};
use tarn_model::{LabelSet, NhsNumber, Precision};

use super::scribe::{Scribe, base, coded, header, organisation};
use crate::{Address, Moment, PersonName};

const VERIFICATION: &str =
    "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus";
const VERIFICATION_CODES: &str =
    "https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatusEngland";
const CONFIDENTIALITY: &str = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";

/// The Patient as the organisation has them.
pub(super) fn patient(scribe: &Scribe<'_>) -> Value {
    let known = scribe.person.as_known_to(scribe.organisation.partner);
    let id = scribe.patient_id();
    let registered = Moment {
        at: scribe.locality.options().now.plus_seconds(-90 * 86_400),
        precision: Precision::Time,
    };
    let mut patient = header(
        "Patient",
        &id,
        "UKCore-Patient",
        registered.day(),
        LabelSet::EMPTY,
    );
    if known.restricted
        && let Some(Value::Object(meta)) = patient.get_mut("meta")
    {
        let restricted =
            json!([{ "system": CONFIDENTIALITY, "code": "R", "display": "restricted" }]);
        meta.insert("security".to_owned(), restricted);
    }
    let mut put = |member: &str, value: Value| patient.insert(member.to_owned(), value);
    put("identifier", identifiers(scribe, &id));
    put("active", json!(true));
    let mut names = vec![human_name(&known.name, "official", None)];
    if let Some(preferred) = &known.preferred {
        names.push(json!({ "use": "usual", "given": [preferred], "family": known.name.family }));
    }
    if let Some((before, until)) = &known.previous {
        names.push(human_name(before, "old", Some(*until)));
    }
    put("name", Value::Array(names));
    if let Some(number) = &known.telephone {
        let place = if number.starts_with("07") {
            "mobile"
        } else {
            "home"
        };
        put(
            "telecom",
            json!([{ "system": "phone", "value": number, "use": place }]),
        );
    }
    put("gender", json!(known.gender.word()));
    put("birthDate", json!(known.birth_date.to_string()));
    if let Some(died) = known.deceased {
        put("deceasedDateTime", json!(died.to_fhir()));
    }
    if let Some(home) = &known.address {
        put("address", json!([address(home)]));
    }
    if let Some(order) = known.birth_order {
        put("multipleBirthInteger", json!(order));
    }
    if let Some(kin) = &known.next_of_kin {
        put(
            "contact",
            json!([{
                "relationship": [{
                    "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/v2-0131", "code": "N", "display": "Next-of-Kin" }],
                    "text": kin.relationship
                }],
                "name": human_name(&kin.name, "usual", None),
                "telecom": [{ "system": "phone", "value": kin.telephone }]
            }]),
        );
    }
    if let Some((tag, language)) = known.interpreter {
        let language = json!({ "coding": [{ "system": "urn:ietf:bcp:47", "code": tag, "display": language }], "text": language });
        put(
            "communication",
            json!([{ "language": language, "preferred": true }]),
        );
        put(
            "extension",
            json!([{
                "url": "http://hl7.org/fhir/StructureDefinition/patient-interpreterRequired",
                "valueBoolean": true
            }]),
        );
    }
    put("generalPractitioner", json!([organisation(known.practice)]));
    put(
        "managingOrganization",
        organisation(scribe.organisation.partner),
    );
    Value::Object(patient)
}

fn identifiers(scribe: &Scribe<'_>, id: &str) -> Value {
    let local = format!("{}/Id/patient-number", base(&scribe.organisation.ods));
    json!([
        {
            "extension": [{
                "url": VERIFICATION,
                "valueCodeableConcept": coded(VERIFICATION_CODES, "01")
            }],
            "use": "official",
            "system": NhsNumber::SYSTEM,
            "value": scribe.person.nhs_number.as_str()
        },
        { "use": "secondary", "system": local, "value": id }
    ])
}

/// A name in FHIR's parts.
pub(super) fn human_name(name: &PersonName, usage: &str, until: Option<Moment>) -> Value {
    let mut written = json!({ "use": usage, "family": name.family, "given": name.given });
    if let Value::Object(members) = &mut written {
        if let Some(prefix) = &name.prefix {
            members.insert("prefix".to_owned(), json!([prefix]));
        }
        if let Some(until) = until {
            members.insert("period".to_owned(), json!({ "end": until.to_fhir() }));
        }
    }
    written
}

fn address(home: &Address) -> Value {
    json!({
        "use": "home",
        "line": [home.line],
        "city": home.town,
        "postalCode": home.postcode
    })
}
