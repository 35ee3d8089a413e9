//! Two people whom an operator made one, and two again: choices, access log and content.

use serde_json::json;
use tarn_access::{AccessError, Ask, PersonQuery};
use tarn_model::{NhsNumber, OdsCode, PersonId, Role};

use crate::harrowmere::{Harrowmere, NOW, because, citizen, ods, staff};

const IVY: &str = "9990000034";

/// The hospital knows somebody by its own number only, the practice by the NHS number: their ids.
async fn two(place: &Harrowmere) -> (PersonId, PersonId) {
    let registered = json!([{ "identifier": { "system": OdsCode::SYSTEM, "value": "OAK01" } }]);
    let patient = |id: &str, identifier: serde_json::Value| {
        json!({ "resourceType": "Patient", "id": id, "birthDate": "1950-02-03",
            "identifier": identifier, "name": [{ "family": "Marlowe", "given": ["Ivy"] }],
            "generalPractitioner": registered })
        .to_string()
    };
    let number = json!([{ "system": NhsNumber::SYSTEM, "value": IVY }]);
    place.send("OAK01", &patient("oak-ivy", number)).await;
    place.send("RSB", &patient("rsb-ivy", json!([]))).await;
    place
        .send(
            "RSB",
            r#"{"resourceType":"AllergyIntolerance","id":"ivy-1","patient":{"reference":
               "Patient/rsb-ivy"},"code":{"text":"latex"}}"#,
        )
        .await;
    let found = place.record.locate(&ods("RSB"), "Patient", "rsb-ivy").await;
    (found.unwrap().unwrap().0, place.person(IVY).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn both_ids_open_the_one_record_and_each_its_own_again() {
    let place = Harrowmere::new().await;
    let (gone, stays) = two(&place).await;
    let gp = staff(Role::Gp, "OAK01");
    let allergies = async |id| {
        let opened = place.door.open(&gp, id, &Ask::default()).await.unwrap();
        opened
            .lines
            .iter()
            .filter(|line| line.display == "latex")
            .count()
    };
    assert_eq!((allergies(gone).await, allergies(stays).await), (1, 0));
    place.record.merge_people(gone, stays, NOW).await.unwrap();
    assert_eq!((allergies(gone).await, allergies(stays).await), (1, 1));
    let query = PersonQuery::NameAndBirth {
        family: "Marlowe".into(),
        given: None,
        birth_date: tarn_model::parse_fhir_date("1950-02-03").unwrap().0,
    };
    assert_eq!(place.door.find(&gp, &query).await.unwrap().len(), 1);

    // What was looked at under either id is in the person's own log.
    let own = citizen(IVY);
    let log = place.door.access_log(&own, None, 100).await.unwrap();
    let opened = log.entries.iter().filter(|entry| entry.action == "open");
    assert_eq!(opened.count(), 4);
    assert!(log.complete);

    place.record.unmerge_people(gone, NOW).await.unwrap();
    assert_eq!((allergies(gone).await, allergies(stays).await), (1, 0));
    assert_eq!(place.door.find(&gp, &query).await.unwrap().len(), 2);
}

/// REQ-050
#[tokio::test(flavor = "multi_thread")]
async fn the_objection_of_either_holds_for_the_one_they_are() {
    for which in 0..2 {
        let place = Harrowmere::new().await;
        let (gone, stays) = two(&place).await;
        place.object([gone, stays][which]).await;
        let gp = because(&staff(Role::Gp, "MIL01"), "Called in");
        let opens = async |id| match place.door.open(&gp, id, &Ask::default()).await {
            Ok(_) => true,
            Err(AccessError::NotFound) => false,
            Err(other) => panic!("{other:?}"),
        };
        assert_eq!(opens(gone).await, which == 1);
        assert_eq!(opens(stays).await, which == 0);
        place.record.merge_people(gone, stays, NOW).await.unwrap();
        assert!(!opens(gone).await && !opens(stays).await);
        let choices = place.door.choices(&citizen(IVY)).await.unwrap();
        assert!(!choices.sharing);
        place.record.unmerge_people(gone, NOW).await.unwrap();
        assert_eq!(opens(gone).await, which == 1, "each their own again");
        assert_eq!(opens(stays).await, which == 0);
    }
}
