//! What an organisation contributes to its own record.

use serde_json::json;
use tarn_access::{AccessError, Narrowing, Rejection, WriteOutcome};
use tarn_audit::{Action, Window};
use tarn_model::{RequestContext, Role};

use super::{bundle, observation, post, put, system};
use crate::harrowmere::{EDIE, Harrowmere, citizen, staff};

async fn kind_of(
    place: &Harrowmere,
    ctx: &RequestContext,
    narrowing: &Narrowing,
    text: &str,
) -> Option<Rejection> {
    let before = place.record.counts().await.unwrap();
    match place.door.contribute(ctx, narrowing, text).await {
        Ok(_) => None,
        Err(AccessError::Rejected { kind, .. }) => {
            assert_eq!(
                place.record.counts().await.unwrap(),
                before,
                "nothing was kept"
            );
            Some(kind)
        }
        Err(other) => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_linked_writes_for_their_organisation_and_it_stands_in_the_log() {
    let place = Harrowmere::new().await;
    let doctor = staff(Role::OohDoctor, "HUC01");
    let text = bundle(vec![post(&observation("x", "huc-edie", "pulse"))]);
    let written = place
        .door
        .contribute(&doctor, &Narrowing::default(), &text)
        .await
        .unwrap();
    let [only] = written.as_slice() else {
        panic!("one entry")
    };
    assert_eq!((only.outcome, only.index), (WriteOutcome::Created, 0));
    assert_eq!(only.resource.source.as_ref().unwrap().as_str(), "HUC01");
    let id = only.resource.id.clone();
    let read = place
        .door
        .read_resource(&doctor, &Narrowing::default(), "Observation", &id)
        .await
        .unwrap();
    assert!(read.json().contains("pulse"));
    let edie = place.person(EDIE).await;
    let rows = place
        .audit
        .of_person(edie, Window::default())
        .await
        .unwrap();
    let sent = rows
        .iter()
        .find(|row| row.entry.action == Action::Contribute)
        .unwrap();
    let citation = sent.entry.citation.clone().unwrap();
    assert!(citation.ends_with("#2.1") && place.door.agreement().cites(&citation));
    // The text to patch is the whole entry, and only of the own organisation.
    let base = place
        .door
        .patch_base(&doctor, &Narrowing::default(), "Observation", &id)
        .await;
    assert_eq!(base.unwrap().json(), read.json());
    let others = place
        .door
        .patch_base(&doctor, &Narrowing::default(), "AllergyIntolerance", "a1")
        .await;
    assert!(matches!(others.unwrap_err(), AccessError::NotFound));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_sent_twice_is_two_requests() {
    let place = Harrowmere::new().await;
    let doctor = staff(Role::OohDoctor, "HUC01");
    let text = bundle(vec![post(&observation("x", "huc-edie", "pulse"))]);
    let mut ids = Vec::new();
    for _ in 0..2 {
        let written = place
            .door
            .contribute(&doctor, &Narrowing::default(), &text)
            .await
            .unwrap();
        ids.push(written[0].resource.id.clone());
    }
    assert_ne!(ids[0], ids[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_contribute_is_worked_out_from_the_asker_alone() {
    let place = Harrowmere::new().await;
    let text = bundle(vec![post(&observation("x", "edie", "pulse"))]);
    let bound = Narrowing {
        patient: Some("edie".into()),
        ..system()
    };
    let read_only = Narrowing {
        types: Some(vec![("Condition".into(), Vec::new())]),
        ..system()
    };
    let forbidden = Some(Rejection::Forbidden);
    for (why, ctx, narrowing) in [
        ("no party", staff(Role::OohDoctor, "FEN01"), system()),
        ("not joined", staff(Role::SocialWorker, "H10A"), system()),
        ("no source", staff(Role::CommunityNurse, "RHC"), system()),
        ("a citizen", citizen(EDIE), Narrowing::default()),
        ("a bound token", staff(Role::OohDoctor, "HUC01"), bound),
        ("not this type", staff(Role::OohDoctor, "HUC01"), read_only),
    ] {
        assert_eq!(
            kind_of(&place, &ctx, &narrowing, &text).await,
            forbidden,
            "{why}"
        );
    }
    let feed = staff(Role::EdDoctor, "RSB");
    assert_eq!(
        kind_of(&place, &feed, &system(), &text).await,
        None,
        "the twin"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_system_writes_new_people_and_never_over_another_organisation() {
    let place = Harrowmere::new().await;
    let feed = staff(Role::EdDoctor, "RSB");
    let new = json!({ "resourceType": "Patient", "birthDate": "1960-01-01",
        "identifier": [{ "system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000034" }],
        "name": [{ "family": "Lark", "given": ["Ada"] }] });
    assert_eq!(
        kind_of(&place, &feed, &system(), &bundle(vec![post(&new)])).await,
        None
    );
    let ada = place.person("9990000034").await;
    let rows = place.audit.of_person(ada, Window::default()).await.unwrap();
    assert_eq!(rows.len(), 1, "somebody new has a row as well");
    let over = json!({ "resourceType": "AllergyIntolerance", "patient": { "reference": "Patient/rsb-edie" },
        "code": { "text": "nothing" } });
    let taken = kind_of(&place, &feed, &system(), &bundle(vec![put("a1", &over)])).await;
    assert_eq!(taken, Some(Rejection::Forbidden));
    let gp = staff(Role::Gp, "OAK01");
    let held = place
        .door
        .read_resource(&gp, &Narrowing::default(), "AllergyIntolerance", "a1")
        .await
        .unwrap();
    assert!(held.json().contains("penicillin") && held.version == 1);
}

/// Over an entry of their own organisation that they may not see, nobody writes who signed in;
/// and the answer is the one for an entry that is not there.
#[tokio::test(flavor = "multi_thread")]
async fn a_hidden_entry_is_not_written_over_and_not_told_of() {
    let place = Harrowmere::new().await;
    let mut labelled = observation("h1", "huc-edie", "hidden");
    labelled["meta"] =
        json!({ "security": [{ "system": "urn:tarn:label", "code": "sexual-health" }] });
    let open = observation("h2", "huc-edie", "open");
    place
        .send(
            "HUC01",
            &bundle(vec![put("h1", &labelled), put("h2", &open)]),
        )
        .await;
    let doctor = staff(Role::OohDoctor, "HUC01");
    let narrowing = Narrowing::default();
    let say = async |text: String| {
        let answer = place.door.contribute(&doctor, &narrowing, &text).await;
        answer.map(|_| ()).map_err(|error| format!("{error:?}"))
    };
    let change = |id: &str| bundle(vec![put(id, &observation(id, "huc-edie", "changed"))]);
    let delete = |id: &str| {
        let url = format!("Observation/{id}");
        bundle(vec![
            json!({ "request": { "method": "DELETE", "url": url } }),
        ])
    };
    for (hidden, absent) in [(change("h1"), change("h9")), (delete("h1"), delete("h9"))] {
        let hidden = say(hidden).await;
        assert!(hidden.is_err());
        assert_eq!(hidden, say(absent).await);
    }
    assert_eq!(say(change("h2")).await, Ok(()), "the twin");
    assert_eq!(say(delete("h2")).await, Ok(()), "the twin");
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_have_their_kind_and_keep_nothing() {
    let place = Harrowmere::new().await;
    let feed = staff(Role::EdDoctor, "RSB");
    let check = async |text: String, expected| {
        assert_eq!(
            kind_of(&place, &feed, &system(), &text).await,
            Some(expected),
            "{text}"
        );
    };
    check("{".into(), Rejection::Malformed).await;
    check(
        bundle(vec![post(&observation("x", "unheard-of", "pulse"))]),
        Rejection::Invalid,
    )
    .await;
    let mut stale = put(
        "m1",
        &json!({ "resourceType": "MedicationStatement", "status": "active",
        "subject": { "reference": "Patient/rsb-edie" },
        "medicationCodeableConcept": { "text": "bumetanide" } }),
    );
    stale["request"]["ifMatch"] = json!("W/\"7\"");
    check(bundle(vec![stale.clone()]), Rejection::VersionMismatch).await;
    stale["request"]["ifMatch"] = json!("W/\"1\"");
    assert_eq!(
        kind_of(&place, &feed, &system(), &bundle(vec![stale.clone()])).await,
        None
    );
    check(bundle(vec![stale.clone(), stale]), Rejection::Conflict).await;
}
