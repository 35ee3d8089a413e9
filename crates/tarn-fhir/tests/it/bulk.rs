//! Exports: who may, whose they are, and what is in them.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use actix_web::test::TestRequest;
use serde_json::{Value, json};
use tarn_audit::{Action, Outcome, Window};
use tarn_model::NhsNumber;
use tarn_record::PersonQuery;

use crate::world::{AGREEMENT, BASE, EDIE, Reply, World, asks, on_both, on_one};

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

/// Begins an export and waits until it is whole; the manifest.
async fn made(world: &World, path: &str) -> Value {
    let begun = begin(world, "feed", path).await;
    assert_eq!(begun.status, 202, "{}", begun.body);
    let manifest = whole(world, "feed", begun.header("content-location")).await;
    assert_eq!(manifest.status, 200, "{}", manifest.body);
    manifest.json()
}

fn file(manifest: &Value, list: &str, kind: &str) -> String {
    let mut files = manifest[list].as_array().unwrap().iter();
    let file = files.find(|file| file["type"] == kind);
    let file = file.unwrap_or_else(|| panic!("{kind} in {manifest}"));
    file["url"].as_str().unwrap().to_owned()
}

/// The rows of Edie's log about exports: how each ended, and its note.
async fn exports_of_edie(world: &World) -> Vec<(Outcome, String)> {
    let number: NhsNumber = EDIE.parse().unwrap();
    let query = PersonQuery::NhsNumber(number);
    let person = world.record.find_people(&query, 1).await.unwrap()[0];
    let rows = world
        .audit
        .of_person(person, Window::default())
        .await
        .unwrap();
    let rows = rows.into_iter().map(|row| row.entry);
    rows.filter(|row| row.action == Action::Export)
        .map(|row| (row.outcome, row.note.unwrap_or_default()))
        .collect()
}

/// That a file lies ready is no decision: each fetch is one, with a row that the person can read.
#[test]
fn each_fetch_of_a_file_is_decided_on_and_written_down() {
    on_both(async |world| {
        let manifest = made(world, "/$export?_type=Condition,Observation").await;
        assert_eq!(exports_of_edie(world).await.len(), 1, "its making");
        let address = file(&manifest, "output", "Condition");
        for fetch in 1..=2 {
            let reply = world.get("feed", &address).await;
            assert_eq!(reply.status, 200, "{}", reply.body);
            assert_eq!(reply.body.lines().count(), 2);
            let rows = exports_of_edie(world).await;
            assert_eq!(rows.len(), 1 + fetch);
            let handed_over = (Outcome::Permitted, "the copy was handed over".to_owned());
            assert!(rows.contains(&handed_over), "{rows:?}");
        }

        // What the agreement no longer has is no longer given, though it lies ready.
        let without = AGREEMENT.replace("contribution-clause: 2.1\n", "");
        let without = tarn_governance::compile(&without).unwrap();
        world.door.replace_agreement(Arc::new(without));
        let refused = world.get("feed", &address).await;
        assert_eq!(refused.status, 403, "{}", refused.body);
        assert!(!refused.body.contains("Atrial"), "{}", refused.body);
        assert_eq!(
            exports_of_edie(world).await.len(),
            3,
            "nothing was handed over"
        );
        let other = world.get("other-feed", &address).await;
        let absent = world
            .get("other-feed", "/$export-file/0123/Condition")
            .await;
        assert_eq!(other.seen(), absent.seen());
        let again = Arc::new(tarn_governance::compile(AGREEMENT).unwrap());
        world.door.replace_agreement(again);
        assert_eq!(world.get("feed", &address).await.status, 200);
    });
}

/// A copy that is kept up to date hears of what was taken back, and of nobody else's.
#[test]
fn what_was_taken_back_since_is_in_the_manifest_as_deletions() {
    on_both(async |world| {
        let first = made(world, "/$export").await;
        assert_eq!(
            first["deleted"],
            json!([]),
            "a first copy has nothing to follow"
        );
        let since = first["transactionTime"].as_str().unwrap().to_owned();
        world.clock.advance_seconds(60);
        for name in ["/AllergyIntolerance/a1", "/Observation/o01"] {
            let reply = world.send(asks(TestRequest::delete(), "feed", name)).await;
            assert_eq!(reply.status, 204, "{}", reply.body);
        }
        let manifest = made(world, &format!("/$export?_since={since}")).await;
        assert_eq!(manifest["output"], json!([]));
        assert_eq!(manifest["deleted"][0]["count"], 1);
        let reply = world
            .get("feed", &file(&manifest, "deleted", "Bundle"))
            .await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        assert_eq!(
            reply.json(),
            json!({ "resourceType": "Bundle", "type": "transaction", "entry": [
                { "request": { "method": "DELETE", "url": "AllergyIntolerance/a1" } },
                { "request": { "method": "DELETE", "url": "Observation/o01" } },
            ] })
        );
        let narrow = made(world, &format!("/$export?_since={since}&_type=Observation")).await;
        let reply = world.get("feed", &file(&narrow, "deleted", "Bundle")).await;
        assert!(reply.body.contains("Observation/o01"), "{}", reply.body);
        assert!(!reply.body.contains("AllergyIntolerance"), "{}", reply.body);

        let begun = begin(world, "other-feed", &format!("/$export?_since={since}")).await;
        let others = whole(world, "other-feed", begun.header("content-location")).await;
        assert_eq!(others.json()["deleted"], json!([]), "another’s deletions");
    });
}

/// A defect half-way must not keep everybody out of exports until the next restart.
#[test]
fn an_export_that_broke_off_leaves_its_place_to_the_next() {
    on_one(async |world| {
        world.entropy.armed.store(true, Ordering::SeqCst);
        let begun = begin(world, "feed", "/$export").await;
        assert_eq!(begun.status, 202, "{}", begun.body);
        let broken = whole(world, "feed", begun.header("content-location")).await;
        assert_eq!(broken.status, 500, "{}", broken.body);
        world.entropy.armed.store(false, Ordering::SeqCst);
        made(world, "/$export").await;
    });
}
