//! Exports: who may, whose they are, and what is in them.

use actix_web::test::TestRequest;
use serde_json::Value;

use crate::world::{BASE, Reply, World, asks, on_both, on_one};

async fn begin(world: &World, token: &str, path: &str) -> Reply {
    let request = asks(TestRequest::get(), token, path).insert_header(("prefer", "respond-async"));
    world.send(request).await
}

/// Asks until it is whole.
async fn whole(world: &World, token: &str, place: &str) -> Reply {
    for _ in 0..600 {
        let status = world.get(token, place).await;
        if status.status != 202 {
            return status;
        }
        assert!(status.header("x-progress").contains("resources"));
        assert_eq!(status.header("retry-after"), "2");
        actix_web::rt::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the export never ended");
}

#[test]
fn an_organisations_system_takes_a_copy_of_what_it_contributed() {
    on_both(async |world| {
        let begun = begin(world, "feed", "/$export").await;
        assert_eq!(begun.status, 202, "{}", begun.body);
        let place = begun.header("content-location").to_owned();
        assert!(
            place.starts_with(&format!("{BASE}/$export-status/")),
            "{place}"
        );
        let manifest = whole(world, "feed", &place).await;
        assert_eq!(manifest.status, 200, "{}", manifest.body);
        assert!(manifest.header("expires").ends_with("GMT"));
        let manifest = manifest.json();
        assert_eq!(manifest["requiresAccessToken"], true);
        assert_eq!(manifest["request"], format!("{BASE}/$export"));
        let output = manifest["output"].as_array().unwrap();
        let of = |kind: &str| output.iter().find(|file| file["type"] == kind).unwrap();
        assert_eq!(of("Observation")["count"], 26);
        assert_eq!(of("Patient")["count"], 2);
        assert!(
            output.iter().all(|file| file["type"] != "Encounter"),
            "another's entry"
        );

        let address = of("Observation")["url"].as_str().unwrap();
        let file = world.get("feed", address).await;
        assert_eq!(file.status, 200);
        assert_eq!(file.header("content-type"), "application/fhir+ndjson");
        let lines: Vec<Value> = file
            .body
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(lines.len(), 26);
        assert!(
            lines
                .iter()
                .all(|line| line["resourceType"] == "Observation")
        );
        assert!(file.body.contains("4.50"));

        // To anybody else neither the job nor its files exist.
        let absent = world.get("feed", "/$export-status/0123").await;
        for address in [place.as_str(), address] {
            for other in ["other-feed", "doctor", "edie"] {
                let reply = world.get(other, address).await;
                assert_eq!(reply.seen(), absent.seen(), "{other} {address}");
            }
            assert_eq!(world.get("", address).await.status, 401);
        }
        let foreign = world
            .send(asks(TestRequest::delete(), "other-feed", &place))
            .await;
        assert_eq!(foreign.status, 404);
        let nowhere = world
            .get("feed", &address.replace("Observation", "..%2FPatient"))
            .await;
        assert_eq!(nowhere.status, 404);

        assert_eq!(
            world
                .send(asks(TestRequest::delete(), "feed", &place))
                .await
                .status,
            202
        );
        assert_eq!(world.get("feed", &place).await.status, 404);
        assert_eq!(world.get("feed", address).await.status, 404);
    });
}

#[test]
fn an_export_ends_and_is_then_gone() {
    on_one(async |world| {
        let begun = begin(world, "feed", "/Patient/$export?_type=Patient,Condition").await;
        let place = begun.header("content-location").to_owned();
        let manifest = whole(world, "feed", &place).await.json();
        let types = manifest["output"].as_array().unwrap().iter();
        let types: Vec<_> = types.map(|file| file["type"].as_str().unwrap()).collect();
        assert_eq!(types, ["Condition", "Patient"]);
        world.clock.advance_seconds(3600);
        assert_eq!(world.get("feed", &place).await.status, 404);
    });
}

#[test]
fn exports_are_for_systems_and_one_at_a_time() {
    on_one(async |world| {
        assert_eq!(begin(world, "doctor", "/$export").await.status, 403);
        assert_eq!(begin(world, "edie", "/$export").await.status, 403);
        assert_eq!(
            world.get("feed", "/$export").await.status,
            400,
            "without respond-async"
        );
        assert_eq!(
            begin(world, "feed", "/$export?_outputFormat=csv")
                .await
                .status,
            400
        );
        assert_eq!(
            begin(world, "feed", "/$export?_typeFilter=x").await.status,
            400
        );
        assert_eq!(begin(world, "feed", "/$export").await.status, 202);
        let second = begin(world, "feed", "/$export").await;
        assert_eq!((second.status, second.header("retry-after")), (429, "10"));
    });
}
