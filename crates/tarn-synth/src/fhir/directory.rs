use serde_json::{Value, json};
use tarn_model::{LabelSet, OdsCode, Precision};

use super::scribe::{self, base, entry, header, organisation};
use crate::directory::EVERYBODY;
use crate::{Locality, Moment, Organisation, Partner, Professional};

/// The wards and rooms that stays name.
const PLACES: &[(Partner, &str, &str)] = &[(Partner::StBrannocs, "ward-j12", "Ward J12")];

/// The organisation's directory: every partner, its own people and its places.
pub(super) fn bundle(locality: &Locality, own: &Organisation) -> String {
    let now = locality.options().now;
    let recorded = Moment {
        at: now.plus_seconds(-365 * 86_400),
        precision: Precision::Day,
    };
    let recorded = recorded.day();
    let partners = locality.organisations.iter();
    let partners = partners.map(|one| organisation_resource(one, recorded));
    let people = EVERYBODY.iter().filter(|by| by.partner == own.partner);
    let people = people.flat_map(|by| person(own, *by, recorded));
    let places = PLACES.iter().filter(|(of, ..)| *of == own.partner);
    let places = places.map(|(of, id, name)| {
        let mut place = header("Location", id, "UKCore-Location", recorded, LabelSet::EMPTY);
        place.insert("name".to_owned(), json!(name));
        place.insert("managingOrganization".to_owned(), organisation(*of));
        Value::Object(place)
    });
    let resources = partners.chain(people).chain(places);
    scribe::bundle(resources.map(|one| entry(own, one)).collect())
}

fn organisation_resource(one: &Organisation, recorded: Moment) -> Value {
    let id = one.ods.as_str();
    let profile = "UKCore-Organization";
    let mut resource = header("Organization", id, profile, recorded, LabelSet::EMPTY);
    let mut put = |member: &str, value: Value| resource.insert(member.to_owned(), value);
    put(
        "identifier",
        json!([{ "system": OdsCode::SYSTEM, "value": id }]),
    );
    put("active", json!(true));
    put("type", json!([{ "text": one.kind }]));
    put("name", json!(one.name));
    put(
        "telecom",
        json!([{ "system": "phone", "value": one.telephone, "use": "work" }]),
    );
    Value::Object(resource)
}

fn person(own: &Organisation, by: Professional, recorded: Moment) -> [Value; 2] {
    let profile = "UKCore-Practitioner";
    let mut one = header("Practitioner", by.key, profile, recorded, LabelSet::EMPTY);
    let system = format!("{}/Id/staff-number", base(&own.ods));
    one.insert(
        "identifier".to_owned(),
        json!([{ "system": system, "value": by.key }]),
    );
    one.insert("name".to_owned(), json!([{ "text": by.name }]));
    let profile = "UKCore-PractitionerRole";
    let mut role = header(
        "PractitionerRole",
        by.key,
        profile,
        recorded,
        LabelSet::EMPTY,
    );
    if let Value::Object(rest) = role_of(by) {
        role.extend(rest);
    }
    [Value::Object(one), Value::Object(role)]
}

/// What a professional does, for whom, and their number.
pub(super) fn role_of(by: Professional) -> Value {
    json!({
        "active": true,
        "practitioner": { "reference": format!("Practitioner/{}", by.key), "display": by.name },
        "organization": organisation(by.partner),
        "code": [{ "text": by.work }],
        "telecom": [{ "system": "phone", "value": by.number(), "use": "work" }]
    })
}
