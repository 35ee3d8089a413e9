//! Two people who turn out to be one: what was said and seen under the id that is gone.

use serde_json::{Value, json};
use tarn_access::{AccessError, Ask, PersonQuery};
use tarn_model::{NhsNumber, OdsCode, PersonId, RequestContext, Role};

use crate::harrowmere::{Harrowmere, because, citizen, ods, staff};

const IVY: &str = "9990000034";

fn ivy(id: &str, born: Option<&str>) -> String {
    let mut patient = json!({
        "resourceType": "Patient", "id": id,
        "identifier": [{ "system": NhsNumber::SYSTEM, "value": IVY }],
        "name": [{ "family": "Marlowe", "given": ["Ivy"] }],
        "generalPractitioner": [{ "identifier": { "system": OdsCode::SYSTEM, "value": "OAK01" } }],
    });
    if let Some(born) = born {
        patient["birthDate"] = Value::from(born);
    }
    patient.to_string()
}

/// The id under which the hospital's Ivy is held.
async fn at_the_hospital(place: &Harrowmere) -> PersonId {
    let found = place.record.locate(&ods("RSB"), "Patient", "rsb-ivy").await;
    found.unwrap().unwrap().0
}

/// The hospital sent Ivy without a date of birth, so that she was somebody else for a while, and
/// then with it. Meanwhile `before` happened to the one who is gone; her ids, then and now.
async fn joined(place: &Harrowmere, before: impl AsyncFn(PersonId)) -> (PersonId, PersonId) {
    place.send("RSB", &ivy("rsb-ivy", None)).await;
    place
        .send(
            "RSB",
            r#"{"resourceType":"AllergyIntolerance","id":"ivy-1","patient":{"reference":
               "Patient/rsb-ivy"},"code":{"text":"latex"}}"#,
        )
        .await;
    let former = at_the_hospital(place).await;
    before(former).await;
    place
        .send("OAK01", &ivy("oak-ivy", Some("1950-02-03")))
        .await;
    let known = place.person(IVY).await;
    assert_ne!(known, former);
    place.send("RSB", &ivy("rsb-ivy", Some("1950-02-03"))).await;
    assert_eq!(at_the_hospital(place).await, known);
    (former, known)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_without_a_date_of_birth_is_nobodys_own_record() {
    let place = Harrowmere::new().await;
    place.send("RSB", &ivy("rsb-ivy", None)).await;
    let apart = at_the_hospital(&place).await;
    let own = citizen(IVY);
    let refused = place.door.own_record(&own).await.unwrap_err();
    assert!(matches!(refused, AccessError::NotFound), "{refused:?}");
    let refused = place.door.open(&own, apart, &Ask::default()).await;
    let refused = refused.unwrap_err();
    assert!(matches!(refused, AccessError::NotFound), "{refused:?}");
    let query = PersonQuery::NhsNumber(IVY.parse().unwrap());
    let gp = staff(Role::Gp, "OAK01");
    assert!(place.door.find(&gp, &query).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_that_is_gone_opens_the_whole_record_or_none() {
    let place = Harrowmere::new().await;
    let (former, known) = joined(&place, async |_| ()).await;
    let open = async |ctx: &RequestContext, id| place.door.open(ctx, id, &Ask::default()).await;
    let gp = staff(Role::Gp, "OAK01");
    let (by_old, by_new) = (
        open(&gp, former).await.unwrap(),
        open(&gp, known).await.unwrap(),
    );
    assert_eq!(by_old.person, known);
    assert_eq!(by_old.lines, by_new.lines);
    assert!(by_old.lines.iter().any(|line| line.display == "latex"));
    assert_eq!(by_old.demographics.len(), 2);
    let rows = place
        .audit
        .of_person(known, tarn_audit::Window::default())
        .await
        .unwrap();
    assert_eq!(rows.len(), 2, "both are written under the id that holds");
    let stranger = staff(Role::CommunityNurse, "RHC");
    let asked = open(&stranger, former).await.unwrap_err();
    assert!(
        matches!(asked, AccessError::ReasonNeeded { person } if person == known),
        "{asked:?}"
    );
    assert!(
        open(&because(&stranger, "New referral"), former)
            .await
            .is_ok()
    );
}

/// REQ-050
#[tokio::test(flavor = "multi_thread")]
async fn an_objection_under_an_id_that_is_gone_still_denies_and_can_be_taken_back() {
    let place = Harrowmere::new().await;
    let (former, known) = joined(&place, async |former| place.object(former).await).await;
    let (gp, own) = (staff(Role::Gp, "MIL01"), citizen(IVY));
    let gp = because(&gp, "Called in");
    for id in [former, known] {
        let refused = place.door.open(&gp, id, &Ask::default()).await.unwrap_err();
        assert!(matches!(refused, AccessError::NotFound), "{refused:?}");
    }
    let choices = place.door.choices(&own).await.unwrap();
    assert!(!choices.sharing);
    assert_eq!(choices.history.len(), 1);

    place.door.choose(&own, true, true).await.unwrap();
    let choices = place.door.choices(&own).await.unwrap();
    assert!(choices.sharing);
    assert_eq!(choices.history.len(), 2, "one choice, though under two ids");
    for id in [former, known] {
        assert!(place.door.open(&gp, id, &Ask::default()).await.is_ok());
    }
    place.door.choose(&own, false, true).await.unwrap();
    assert!(!place.door.choices(&own).await.unwrap().sharing);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_access_log_runs_over_every_id_without_a_gap() {
    let place = Harrowmere::new().await;
    let gp = staff(Role::Gp, "OAK01");
    let look = async |id| place.door.open(&gp, id, &Ask::default()).await.unwrap();
    let (former, known) = joined(&place, async |former| {
        look(former).await;
        look(former).await;
    })
    .await;
    look(known).await;
    look(former).await;
    let own = citizen(IVY);
    let log = place.door.access_log(&own, None, 100).await.unwrap();
    let places = |log: &tarn_access::AccessLog| {
        let entries = log.entries.iter();
        entries
            .map(|entry| (entry.person_sequence, entry.action.clone()))
            .collect::<Vec<_>>()
    };
    let opened = |place| (place, "open".to_owned());
    let read = |place| (place, "read-access-log".to_owned());
    let expected = [read(5), opened(4), opened(3), opened(2), opened(1)];
    assert_eq!(places(&log), expected);
    assert!(log.complete);
    assert_eq!(log.total, 5);
    // Each page is itself an entry, and moves none of those before.
    let page = place.door.access_log(&own, Some(4), 2).await.unwrap();
    assert_eq!(places(&page), [opened(3), opened(2)]);
    assert!(page.complete);
    let page = place.door.access_log(&own, Some(2), 2).await.unwrap();
    assert_eq!(places(&page), [opened(1)]);
}
