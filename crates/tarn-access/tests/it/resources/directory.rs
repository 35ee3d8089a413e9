//! What is about nobody.

use serde_json::json;
use tarn_access::{Everything, Narrowing};
use tarn_model::Role;

use super::{bundle, page, put, search};
use crate::harrowmere::{EDIE, Harrowmere, citizen, staff};

#[tokio::test(flavor = "multi_thread")]
async fn the_directory_is_for_staff_of_parties_and_holds_nobodys_letters() {
    let place = Harrowmere::new().await;
    let text = bundle(vec![
        put(
            "oak",
            &json!({ "resourceType": "Organization", "name": "Oak Lane Surgery" }),
        ),
        put(
            "stray",
            &json!({ "resourceType": "Binary", "contentType": "text/plain", "data": "eA==" }),
        ),
        put(
            "p1",
            &json!({ "resourceType": "Practitioner", "name": [{ "family": "Osei" }] }),
        ),
        put(
            "with",
            &json!({ "resourceType": "Observation", "status": "final",
            "subject": { "reference": "Patient/edie" }, "code": { "text": "pulse" },
            "performer": [{ "reference": "Practitioner/p1" }] }),
        ),
    ]);
    place.send("OAK01", &text).await;
    let narrowing = Narrowing::default();
    let doctor = staff(Role::OohDoctor, "HUC01");
    let door = &place.door;
    let read = async |ctx: &tarn_model::RequestContext, kind: &str, id: &str| {
        let found = door.read_resource(ctx, &narrowing, kind, id).await;
        found
            .map(|found| found.id.clone())
            .map_err(|error| error.to_string())
    };
    assert_eq!(
        read(&doctor, "Organization", "oak").await.as_deref(),
        Ok("oak")
    );
    let absent = read(&doctor, "Organization", "none").await;
    assert_eq!(absent, Err("there is no record to show".into()));
    assert_eq!(read(&doctor, "Binary", "stray").await, absent);
    assert!(
        read(&staff(Role::OohDoctor, "FEN01"), "Organization", "oak")
            .await
            .is_err()
    );
    assert!(read(&citizen(EDIE), "Organization", "oak").await.is_err());
    let named = search("Organization", &[("name", "oak")]);
    let found = door
        .search_resources(&doctor, &narrowing, &named, &page(10))
        .await
        .unwrap();
    assert_eq!(found.matches.len(), 1);
    let with = search(
        "Observation",
        &[("patient", "edie"), ("_include", "Observation:performer")],
    );
    let found = door
        .search_resources(&doctor, &narrowing, &with, &page(10))
        .await
        .unwrap();
    assert_eq!(found.included[0].id, "p1");
    let chained = search(
        "Observation",
        &[
            ("patient", "edie"),
            ("performer:Practitioner.family", "osei"),
        ],
    );
    let found = door
        .search_resources(&doctor, &narrowing, &chained, &page(10))
        .await
        .unwrap();
    assert_eq!(found.matches.len(), 1);
    let asked = Everything {
        types: Vec::new(),
        since: None,
        page: page(100),
    };
    let found = door
        .everything(&doctor, &narrowing, "edie", &asked)
        .await
        .unwrap();
    assert_eq!(
        found
            .included
            .iter()
            .map(|one| one.id.as_str())
            .collect::<Vec<_>>(),
        ["p1"]
    );
}

fn device(id: &str) -> super::Target<'_> {
    super::Target {
        kind: "Device",
        id,
        patient: "edie",
        number: EDIE,
    }
}

/// A device may be somebody's: whether it is there is told to nobody who may not read it, whoever
/// asks and however.
#[tokio::test(flavor = "multi_thread")]
async fn somebodys_device_looks_like_one_that_is_not_there() {
    let place = Harrowmere::new().await;
    let text = bundle(vec![
        put(
            "scanner",
            &json!({ "resourceType": "Device", "status": "active" }),
        ),
        put(
            "pacemaker",
            &json!({ "resourceType": "Device", "status": "active",
            "patient": { "reference": "Patient/edie" } }),
        ),
    ]);
    place.send("OAK01", &text).await;
    let gp = staff(Role::Gp, "OAK01");
    let narrowing = Narrowing::default();
    let shown = super::every_read(&place, &gp, &narrowing, device("pacemaker")).await;
    for (way, answer) in super::of_the_entry(shown) {
        assert!(answer.is_ok_and(|found| !found.is_empty()), "{way}");
    }
    let asks = async |ctx: &tarn_model::RequestContext, id: &str| {
        super::of_the_entry(super::every_read(&place, ctx, &narrowing, device(id)).await)
    };
    let both = async |ctx: &tarn_model::RequestContext, id: &str| {
        let ids = format!("scanner,{id}");
        let by_id = search("Device", &[("_id", &ids)]);
        let found = place
            .door
            .search_resources(ctx, &narrowing, &by_id, &page(9))
            .await;
        found
            .map(|found| found.matches.len())
            .map_err(|error| error.to_string())
    };
    for (why, ctx, opens) in [
        ("another citizen", citizen("9990000034"), false),
        ("an unnamed role", staff(Role::Operator, "RSB"), true),
        ("no party", staff(Role::OohDoctor, "FEN01"), false),
        ("no link", staff(Role::CommunityNurse, "RHC"), true),
    ] {
        let absent = asks(&ctx, "nothing").await;
        assert_eq!(asks(&ctx, "pacemaker").await, absent, "{why}");
        assert_eq!(
            both(&ctx, "pacemaker").await,
            both(&ctx, "nothing").await,
            "{why}"
        );
        let common = asks(&ctx, "scanner").await;
        match opens {
            true => assert!(
                common.iter().all(|(_, found)| found.is_ok()),
                "{why}: {common:?}"
            ),
            false => assert_eq!(common, absent, "{why}"),
        }
    }
    assert_eq!(
        both(&staff(Role::CommunityNurse, "RHC"), "nothing").await,
        Ok(1)
    );
}

/// Whatever somebody types for an id stays out of the log, unless it is one.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_typed_for_an_id_is_not_written_into_the_log() {
    let place = Harrowmere::new().await;
    let shut = format!(
        "CREATE TRIGGER shut BEFORE INSERT ON event WHEN NEW.body LIKE '%{EDIE}%' \
         BEGIN SELECT RAISE(ABORT, 'no'); END"
    );
    place.break_store("audit", &shut).await;
    let doctor = staff(Role::OohDoctor, "HUC01");
    let narrowing = Narrowing::default();
    for kind in ["Device", "Observation"] {
        let typed = super::Target {
            kind,
            id: EDIE,
            patient: EDIE,
            number: "9990000034",
        };
        for (way, answer) in super::every_read(&place, &doctor, &narrowing, typed).await {
            let said = answer.err().unwrap_or_default();
            assert!(!said.contains("audit"), "{kind}, {way}: {said}");
        }
    }
    let versions = tarn_access::Versions {
        since: None,
        page: page(9),
    };
    let door = &place.door;
    let kind = "Organization";
    for said in [
        door.read_resource(&doctor, &narrowing, kind, EDIE)
            .await
            .err(),
        door.read_version(&doctor, &narrowing, kind, EDIE, 1)
            .await
            .err(),
        door.history(&doctor, &narrowing, kind, EDIE, &versions)
            .await
            .err(),
    ] {
        assert_eq!(said.unwrap().to_string(), "there is no record to show");
    }
}
