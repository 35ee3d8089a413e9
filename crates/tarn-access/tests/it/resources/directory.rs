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
