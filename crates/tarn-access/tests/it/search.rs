//! Finding a person shows no more than could be opened.

use tarn_access::{AccessError, PersonQuery};
use tarn_model::{Role, parse_fhir_date};

use crate::harrowmere::{CANARY, EDIE, Harrowmere, PROTECTED, staff};

fn number(text: &str) -> PersonQuery {
    PersonQuery::NhsNumber(text.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn by_number_and_by_name_with_birth_date() {
    let place = Harrowmere::new().await;
    let doctor = staff(Role::OohDoctor, "HUC01");
    let by_number = place.door.find(&doctor, &number(EDIE)).await.unwrap();
    let named = |given: Option<&str>| PersonQuery::NameAndBirth {
        family: "hargreaves".into(),
        given: given.map(str::to_owned),
        birth_date: parse_fhir_date("1945-07-14").unwrap().0,
    };
    let by_name = place.door.find(&doctor, &named(None)).await.unwrap();
    assert_eq!(by_number[0].person, by_name[0].person);
    assert!(!by_number[0].needs_reason);
    assert_eq!(
        place
            .door
            .find(&doctor, &named(Some("ed")))
            .await
            .unwrap()
            .len(),
        1
    );
    assert!(
        place
            .door
            .find(&doctor, &named(Some("x")))
            .await
            .unwrap()
            .is_empty()
    );
    let edie = place.person(EDIE).await;
    let rows = place
        .audit
        .of_person(edie, tarn_audit::Window::default())
        .await
        .unwrap();
    assert_eq!(rows.len(), 3, "each showing is in the person's own log");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_people_that_could_be_opened_are_shown() {
    let place = Harrowmere::new().await;
    let nurse = staff(Role::CommunityNurse, "RHC");
    assert!(place.door.find(&nurse, &number(EDIE)).await.unwrap()[0].needs_reason);
    // A practice administrator needs evidence of a link, and a claim is none.
    let mut admin = staff(Role::PracticeAdmin, "MIL01");
    admin.purpose = tarn_model::Purpose::CareAdministration;
    assert!(
        place
            .door
            .find(&admin, &number(EDIE))
            .await
            .unwrap()
            .is_empty()
    );
    admin.actor.organisation = Some("OAK01".parse().unwrap());
    assert_eq!(
        place.door.find(&admin, &number(EDIE)).await.unwrap().len(),
        1
    );
    let operator = staff(Role::Operator, "RSB");
    let refused = place.door.find(&operator, &number(EDIE)).await.unwrap_err();
    assert!(
        matches!(refused, AccessError::Refused { .. }),
        "{refused:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_protected_person_is_found_without_their_address() {
    let place = Harrowmere::new().await;
    let doctor = staff(Role::OohDoctor, "HUC01");
    let found = place.door.find(&doctor, &number(PROTECTED)).await.unwrap();
    assert!(found[0].location_protected);
    assert!(!format!("{:?}", found[0]).contains(CANARY));
}
