//! Without the audit log, the choices or the record nothing leaves by any of these ways.

use tarn_access::{AccessError, ExportAsk, Missing, Narrowing};
use tarn_model::Role;

use super::{Target, bundle, every_read, observation, post, system};
use crate::harrowmere::{EDIE, Harrowmere, staff};

const TARGET: Target<'_> = Target {
    kind: "AllergyIntolerance",
    id: "a1",
    patient: "edie",
    number: EDIE,
};

#[tokio::test(flavor = "multi_thread")]
async fn without_the_audit_log_nothing_is_read_and_nothing_is_taken() {
    let place = Harrowmere::new().await;
    place.break_store("audit", "DROP TABLE event").await;
    let doctor = staff(Role::OohDoctor, "HUC01");
    for (way, answer) in every_read(&place, &doctor, &Narrowing::default(), TARGET).await {
        assert_eq!(answer, Err("the audit log did not answer".into()), "{way}");
    }
    let before = place.record.counts().await.unwrap();
    let text = bundle(vec![post(&observation("x", "huc-edie", "pulse"))]);
    for narrowing in [Narrowing::default(), system()] {
        let taken = place.door.contribute(&doctor, &narrowing, &text).await;
        assert!(is_missing(taken.unwrap_err(), Missing::Audit));
    }
    assert_eq!(place.record.counts().await.unwrap(), before);
    let asked = ExportAsk {
        people: 5,
        ..ExportAsk::default()
    };
    let copy = place.door.export_page(&doctor, &system(), &asked).await;
    assert!(is_missing(copy.unwrap_err(), Missing::Audit));
    let directory = place
        .door
        .read_resource(&doctor, &Narrowing::default(), "Organization", "any")
        .await;
    assert!(is_missing(directory.unwrap_err(), Missing::Audit));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_choice_register_nothing_is_read() {
    let place = Harrowmere::new().await;
    place.break_store("consent", "DROP TABLE directive").await;
    let doctor = staff(Role::OohDoctor, "HUC01");
    for (way, answer) in every_read(&place, &doctor, &Narrowing::default(), TARGET).await {
        let expected = Err("the register of people's choices did not answer".into());
        assert_eq!(answer, expected, "{way}");
    }
    let text = bundle(vec![post(&observation("x", "huc-edie", "pulse"))]);
    let taken = place
        .door
        .contribute(&doctor, &Narrowing::default(), &text)
        .await;
    assert!(is_missing(taken.unwrap_err(), Missing::Choices));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_record_nothing_is_found() {
    let place = Harrowmere::new().await;
    place.break_store("record", "DROP TABLE resource_key").await;
    let doctor = staff(Role::OohDoctor, "HUC01");
    let read = place
        .door
        .read_resource(&doctor, &Narrowing::default(), "AllergyIntolerance", "a1")
        .await;
    assert!(is_missing(read.unwrap_err(), Missing::Record));
}

fn is_missing(error: AccessError, expected: Missing) -> bool {
    matches!(error, AccessError::Unavailable { what, .. } if what == expected)
}
