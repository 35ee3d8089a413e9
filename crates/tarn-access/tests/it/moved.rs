//! A practice whose patient has moved away.

use serde_json::{Value, json};
use tarn_access::{AccessError, Ask};
use tarn_model::{NhsNumber, OdsCode, Purpose, RequestContext, Role};

use crate::harrowmere::{EDIE, Harrowmere, because, staff};

/// A practice's own record of Edie: registered there from `from`, last changed on `updated`.
fn registered(practice: &str, from: Option<&str>, updated: &str) -> String {
    let mut identifier = json!({ "system": OdsCode::SYSTEM, "value": practice });
    if let Some(from) = from {
        identifier["period"] = json!({ "start": from });
    }
    let id = match practice {
        "OAK01" => "edie",
        _ => "mil-edie",
    };
    let patient: Value = json!({
        "resourceType": "Patient", "id": id, "meta": { "lastUpdated": updated },
        "identifier": [{ "system": NhsNumber::SYSTEM, "value": EDIE }],
        "name": [{ "family": "Hargreaves", "given": ["Edna"] }], "birthDate": "1945-07-14",
        "generalPractitioner": [{ "identifier": identifier }],
    });
    patient.to_string()
}

fn clerk(practice: &str) -> RequestContext {
    let mut clerk = staff(Role::PracticeAdmin, practice);
    clerk.purpose = Purpose::CareAdministration;
    clerk
}

/// Only the new practice is shown to be theirs; the old one may still give a reason.
async fn has_moved_to_mill(place: &Harrowmere) {
    let edie = place.person(EDIE).await;
    let open = async |ctx: &RequestContext| place.door.open(ctx, edie, &Ask::default()).await;
    let record = open(&staff(Role::Gp, "MIL01")).await.unwrap();
    assert_eq!(record.opening.basis, "registration");
    assert!(open(&clerk("MIL01")).await.is_ok());

    let old = staff(Role::Gp, "OAK01");
    let asked = open(&old).await.unwrap_err();
    assert!(
        matches!(asked, AccessError::ReasonNeeded { .. }),
        "{asked:?}"
    );
    let record = open(&because(&old, "Letter came back")).await.unwrap();
    assert_eq!(record.opening.basis, "self-claimed");
    // Who needs evidence, and may not claim, is not told that there is anybody.
    let refused = open(&clerk("OAK01")).await.unwrap_err();
    assert!(matches!(refused, AccessError::NotFound), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_registration_ends_the_older_one_whichever_arrives_first() {
    let old = registered("OAK01", Some("2011-03-01"), "2026-11-20T09:00:00Z");
    let new = registered("MIL01", Some("2026-10-05"), "2026-10-06T09:00:00Z");
    for messages in [
        [("OAK01", &old), ("MIL01", &new)],
        [("MIL01", &new), ("OAK01", &old)],
    ] {
        let place = Harrowmere::new().await;
        for (source, text) in messages {
            place.send(source, text).await;
        }
        has_moved_to_mill(&place).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_practices_own_record_ends_what_another_practice_never_ended() {
    let place = Harrowmere::new().await;
    let old = registered("OAK01", None, "2024-05-01T09:00:00Z");
    place.send("OAK01", &old).await;
    let edie = place.person(EDIE).await;
    let record = place
        .door
        .open(&staff(Role::Gp, "OAK01"), edie, &Ask::default())
        .await
        .unwrap();
    assert_eq!(record.opening.basis, "registration");
    let new = registered("MIL01", None, "2026-10-06T09:00:00Z");
    place.send("MIL01", &new).await;
    // The hospital and urgent care still name the old practice; that renews nothing.
    has_moved_to_mill(&place).await;
}
