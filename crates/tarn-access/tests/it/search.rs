//! Finding a person shows no more than could be opened.

use tarn_access::{AccessError, PersonQuery};
use tarn_model::{Role, parse_fhir_date};

use crate::harrowmere::{CANARY, EDIE, Harrowmere, PROTECTED, because, citizen, staff};

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

fn spelt(family: &str, given: &str) -> PersonQuery {
    PersonQuery::NameAndBirth {
        family: family.into(),
        given: Some(given.into()),
        birth_date: parse_fhir_date("1945-07-14").unwrap().0,
    }
}

/// A name that is written or sounds alike finds whoever was born on that day, if the name as it was
/// typed shows nobody.
#[tokio::test(flavor = "multi_thread")]
async fn a_misspelt_name_finds_who_was_born_that_day() {
    let place = Harrowmere::new().await;
    let doctor = staff(Role::OohDoctor, "HUC01");
    let found = async |family: &str, given: &str| {
        let query = spelt(family, given);
        place.door.find(&doctor, &query).await.unwrap().len()
    };
    assert_eq!(found("Hargreeves", "Edna").await, 1);
    assert_eq!(found("Hargraves", "Ednah").await, 1);
    assert_eq!(found("Hargreaves", "Paul").await, 0);
    assert_eq!(found("Osei", "Edna").await, 0);
    let edie = place.person(EDIE).await;
    let window = tarn_audit::Window::default();
    let rows = place.audit.of_person(edie, window).await.unwrap();
    assert_eq!(rows.len(), 2, "each showing is in the person's own log");
}

/// Whoever is hidden looks like whoever is not there, also to a search for similar names: the exact
/// name of somebody hidden does not keep the others from being shown.
#[tokio::test(flavor = "multi_thread")]
async fn somebody_hidden_does_not_change_what_similar_names_show() {
    let place = Harrowmere::new().await;
    let patient = |id: &str, family: &str, number: &str| {
        format!(
            r#"{{"resourceType":"Patient","id":"{id}","birthDate":"1945-07-14",
            "identifier":[{{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"{number}"}}],
            "name":[{{"family":"{family}","given":["Edna"]}}]}}"#
        )
    };
    let doctor = because(&staff(Role::OohDoctor, "HUC01"), "Called in");
    let before = place.door.find(&doctor, &spelt("Hargreeves", "Edna")).await;
    let before = before.unwrap().len();
    place
        .send("OAK01", &patient("hidden", "Hargreeves", "9990000034"))
        .await;
    let exact = place.door.find(&doctor, &spelt("Hargreeves", "Edna")).await;
    assert_eq!(exact.unwrap().len(), 1, "the twin is shown, alone");
    let own = citizen("9990000034");
    place.door.choose(&own, false, true).await.unwrap();
    let hidden = place.door.find(&doctor, &spelt("Hargreeves", "Edna")).await;
    let hidden = hidden.unwrap();
    assert_eq!(hidden.len(), before);
    assert_eq!(hidden[0].person, place.person(EDIE).await);
}
