use serde_json::{Value, json};

use super::projected;
use crate::Evidence;

#[test]
fn a_person_is_described_as_their_source_does() {
    let found = projected(&json!({
        "resourceType": "Patient", "gender": "female", "birthDate": "1945-07-14",
        "meta": {"security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}]},
        "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"}, {"value": "L1"}],
        "name": [{"use": "official", "family": "Hargreaves", "given": ["Edna", "May"], "prefix": ["Mrs"]},
                 {"use": "nickname", "given": ["Edie"]},
                 {"use": "maiden", "family": "Green", "given": ["Edna"]}],
        "telecom": [{"system": "phone", "use": "mobile", "value": "07700 900123"}, {"system": "email", "value": "e@example.org"}],
        "address": [{"use": "old", "line": ["9 Gone"]}, {"use": "home", "line": ["1 Mill Lane"], "city": "Harrowmere", "postalCode": "ZZ99 1AA"}],
        "generalPractitioner": [{"identifier": {"system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": "A83008"}, "display": "Oak Lane Surgery"}],
        "contact": [{"name": {"text": "Tom Hargreaves"}, "relationship": [{"text": "Son"}], "telecom": [{"system": "phone", "value": "07700 900456"}]}],
        "deceasedDateTime": "2026-01"
    }));
    let who = found.demographics.unwrap();
    assert_eq!(
        (who.family.as_str(), who.given.join(" ").as_str()),
        ("Hargreaves", "Edna May")
    );
    assert_eq!(who.preferred_name.as_deref(), Some("Edie"));
    assert_eq!(who.former_names, ["Edna GREEN"]);
    assert_eq!(who.addresses, ["1 Mill Lane, Harrowmere, ZZ99 1AA"]);
    assert_eq!(
        who.contacts[0],
        ("mobile".to_owned(), "07700 900123".to_owned())
    );
    assert_eq!(who.next_of_kin[0].1, "Son");
    assert_eq!(who.registered_gp_name.as_deref(), Some("Oak Lane Surgery"));
    assert!(who.died.unwrap().is_some());
    assert!(who.restricted && found.restricted);
    assert!(found.lines.is_empty());
    assert_eq!(found.identifiers[1], (String::new(), "L1".to_owned()));
    assert_eq!(found.relationships[0].evidence, Evidence::Registration);
    assert_eq!(who.registrations[0].practice.as_str(), "A83008");
}

#[test]
fn registrations_are_told_with_their_dates_and_none_of_a_record_out_of_use() {
    let practice = |active: bool| {
        let patient = json!({
            "resourceType": "Patient", "active": active,
            "meta": {"lastUpdated": "2026-10-06T09:00:00Z"},
            "generalPractitioner": [{"identifier": {
                "system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": "A83008",
                "period": {"start": "2024-01-01", "end": "2025-12-31"}}}]
        });
        projected(&patient).demographics.unwrap()
    };
    let who = practice(true);
    let day = |text| tarn_model::parse_fhir_date(text).unwrap().0;
    assert_eq!(who.updated_at, Some(day("2026-10-06T09:00:00Z")));
    assert_eq!(who.registrations[0].from, Some(day("2024-01-01")));
    assert!(who.registrations[0].until > Some(day("2025-12-31")));
    assert!(practice(false).registrations.is_empty());
}

#[test]
fn evidence_names_the_organisation_and_ends_when_it_must() {
    let ods = |code: &str| json!({"identifier": {"system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": code}});
    let check = |resource: Value, expected: &[(&str, Evidence, bool)]| {
        let found: Vec<_> = projected(&resource)
            .relationships
            .into_iter()
            .map(|one| {
                (
                    one.organisation.as_str().to_owned(),
                    one.evidence,
                    one.until.is_some(),
                )
            })
            .collect();
        let expected: Vec<_> = expected
            .iter()
            .map(|(code, evidence, ends)| ((*code).to_owned(), *evidence, *ends))
            .collect();
        assert_eq!(found, expected, "{resource}");
    };
    let period = json!({"start": "2026-11-20", "end": "2026-11-21"});
    let encounter = |status: &str| json!({"resourceType": "Encounter", "status": status, "period": period, "serviceProvider": ods("RXX")});
    check(
        encounter("in-progress"),
        &[("RXX", Evidence::Encounter, false)],
    );
    check(encounter("finished"), &[("RXX", Evidence::Encounter, true)]);
    check(encounter("cancelled"), &[]);
    check(encounter("entered-in-error"), &[]);
    check(
        json!({"resourceType": "Encounter", "status": "finished"}),
        &[("A83008", Evidence::Encounter, true)],
    );
    check(
        json!({"resourceType": "Encounter", "status": "finished",
        "serviceProvider": {"reference": "Organization/ac8356a5-78f8-3a63-8a1e-59e832fd54e7"}}),
        &[],
    );
    check(
        json!({"resourceType": "Encounter", "status": "in-progress", "serviceProvider": {"reference": "#o"},
        "contained": [{"resourceType": "Organization", "id": "o", "identifier": [{"system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": "RYY"}]}]}),
        &[("RYY", Evidence::Encounter, false)],
    );
    check(
        json!({"resourceType": "ServiceRequest", "status": "active", "performer": [ods("RZZ")]}),
        &[("RZZ", Evidence::Referral, false)],
    );
    check(
        json!({"resourceType": "ServiceRequest", "status": "completed", "performer": [ods("RZZ")]}),
        &[("RZZ", Evidence::Referral, true)],
    );
    check(
        json!({"resourceType": "ServiceRequest", "status": "revoked", "performer": [ods("RZZ")]}),
        &[],
    );
    check(
        json!({"resourceType": "Appointment", "status": "booked", "start": "2026-12-01T10:00:00Z", "participant": [{"actor": ods("RZZ")}]}),
        &[("RZZ", Evidence::Appointment, true)],
    );
    check(
        json!({"resourceType": "CareTeam", "status": "active", "managingOrganization": [ods("RZZ")], "participant": [{"member": ods("RAA"), "onBehalfOf": ods("RZZ")}]}),
        &[
            ("RZZ", Evidence::CareTeam, false),
            ("RAA", Evidence::CareTeam, false),
        ],
    );
    check(
        json!({"resourceType": "Task", "status": "in-progress", "owner": ods("RZZ")}),
        &[("RZZ", Evidence::Task, false)],
    );
    check(
        json!({"resourceType": "Task", "status": "completed", "owner": ods("RZZ")}),
        &[("RZZ", Evidence::Task, true)],
    );
}

#[test]
fn each_member_of_a_team_is_a_line_with_the_number_to_ring() {
    let lines = projected(&json!({
        "resourceType": "CareTeam", "status": "active", "name": "District nursing",
        "contained": [
            {"resourceType": "PractitionerRole", "id": "n", "practitioner": {"display": "Sister Joy Bell"},
             "organization": {"display": "Harrowmere Community"}, "code": [{"text": "District nurse"}],
             "telecom": [{"system": "phone", "value": "01632 960001"}]},
            {"resourceType": "RelatedPerson", "id": "s", "name": [{"text": "Tom Hargreaves"}],
             "telecom": [{"system": "phone", "value": "07700 900456"}]}],
        "participant": [{"member": {"reference": "#n"}}, {"member": {"reference": "#s"}, "role": [{"text": "Son"}]},
                        {"member": {"reference": "Patient/p"}}]
    })).lines;
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0].display, "Sister Joy Bell");
    assert_eq!(lines[0].detail.role.as_deref(), Some("District nurse"));
    assert_eq!(lines[0].detail.telephone.as_deref(), Some("01632 960001"));
    assert!(lines[0].detail.telephone_is_service);
    assert_eq!(lines[1].detail.role.as_deref(), Some("Son"));
    assert!(!lines[1].detail.telephone_is_service);
}

#[test]
fn a_search_fits_what_one_source_says() {
    let said = projected(&json!({
        "resourceType": "Patient", "birthDate": "1945-07-14",
        "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"}],
        "name": [{"use": "official", "family": "O’Brien", "given": ["Zoë", "May"]}]
    }))
    .demographics
    .unwrap();
    let check = |family: &str, given: Option<&str>, born: &str, fits: bool| {
        let query = crate::PersonQuery::NameAndBirth {
            family: family.to_owned(),
            given: given.map(str::to_owned),
            birth_date: tarn_model::parse_fhir_date(born).unwrap().0,
        };
        assert_eq!(query.fits(&said), fits, "{query:?}");
    };
    check("o’brien", None, "1945-07-14", true);
    check("O’BRIEN", Some("zo"), "1945-07-14", true);
    check("O’Brien", Some("May"), "1945-07-14", true);
    check("O’Brien", Some("oe"), "1945-07-14", false);
    check("Brien", None, "1945-07-14", false);
    check("O’Brien", None, "1945-07-15", false);
    let number = |text: &str| crate::PersonQuery::NhsNumber(text.parse().unwrap());
    assert!(number("9990000018").fits(&said));
    assert!(!number("9990000026").fits(&said));
}
