//! What an organisation contributes through the interface.

use actix_web::test::TestRequest;
use serde_json::{Value, json};

use crate::world::{BASE, EDIE, Reply, World, asks, observation, on_both, on_one};

async fn made(world: &World, kind: &str, resource: &Value) -> String {
    let reply = world.post("feed", &format!("/{kind}"), resource).await;
    assert_eq!(reply.status, 201, "{}", reply.body);
    reply.json()["id"].as_str().unwrap().to_owned()
}

async fn edies(world: &World) -> (String, Value) {
    let edie = world.patient("feed", EDIE).await;
    let one = observation(&edie, "given-by-the-sender", "laboratory");
    (edie, one)
}

#[test]
fn a_create_says_where_it_is_and_each_is_another() {
    on_both(async |world| {
        let (_, one) = edies(world).await;
        let first = world.post("feed", "/Observation", &one).await;
        assert_eq!(first.status, 201, "{}", first.body);
        let id = first.json()["id"].as_str().unwrap().to_owned();
        let place = format!("{BASE}/Observation/{id}/_history/1");
        assert_eq!(first.header("location"), place);
        assert_eq!(first.header("etag"), "W/\"1\"");
        assert!(first.body.contains("4.50"));
        assert_ne!(made(world, "Observation", &one).await, id);
        for (returning, holds) in [("minimal", ""), ("OperationOutcome", "informational")] {
            let request =
                TestRequest::post().insert_header(("prefer", format!("return={returning}")));
            let reply = world
                .with_body(request, "feed", "/Observation", &one.to_string())
                .await;
            assert_eq!(reply.status, 201);
            assert!(
                reply.body.contains(holds) && !reply.body.contains("4.50"),
                "{returning}"
            );
        }
    });
}

#[test]
fn an_update_needs_the_version_it_was_made_on() {
    on_both(async |world| {
        let (_, mut one) = edies(world).await;
        let id = made(world, "Observation", &one).await;
        let path = format!("/Observation/{id}");
        let put = async |body: &Value, tag: &'static str| -> Reply {
            let request = TestRequest::put().insert_header(("if-match", tag));
            world
                .with_body(request, "feed", &path, &body.to_string())
                .await
        };
        assert_eq!(put(&one, "W/\"1\"").await.status, 400, "another id");
        one["id"] = json!(id);
        one["status"] = json!("amended");
        assert_eq!(put(&one, "W/\"7\"").await.status, 412);
        assert_eq!(put(&one, "yesterday").await.status, 400);
        let updated = put(&one, "W/\"1\"").await;
        assert_eq!(updated.status, 200, "{}", updated.body);
        assert_eq!(updated.header("etag"), "W/\"2\"");
        assert_eq!(put(&one, "W/\"1\"").await.status, 412);

        let (_, mut new) = edies(world).await;
        new["id"] = json!("made-by-an-update");
        let created = world
            .put("feed", "/Observation/made-by-an-update", &new)
            .await;
        assert_eq!(created.status, 201, "{}", created.body);
    });
}

#[test]
fn conditions_decide_between_making_changing_and_refusing() {
    on_both(async |world| {
        let (_, mut one) = edies(world).await;
        one["identifier"] = json!([{ "system": "urn:test", "value": "7" }]);
        let once = || {
            let request =
                TestRequest::post().insert_header(("if-none-exist", "identifier=urn:test|7"));
            world.with_body(
                request,
                "feed",
                "/Observation",
                Box::leak(one.to_string().into_boxed_str()),
            )
        };
        let first = once().await;
        assert_eq!(first.status, 201, "{}", first.body);
        let again = once().await;
        assert_eq!(again.status, 200, "{}", again.body);
        assert_eq!(again.json()["id"], first.json()["id"]);

        one["status"] = json!("amended");
        one.as_object_mut().unwrap().remove("id");
        let path = "/Observation?identifier=urn:test|7";
        let changed = world.put("feed", path, &one).await;
        assert_eq!(changed.status, 200, "{}", changed.body);
        assert_eq!(changed.json()["id"], first.json()["id"]);
        one["identifier"][0]["value"] = json!("8");
        let path = "/Observation?identifier=urn:test|8";
        assert_eq!(world.put("feed", path, &one).await.status, 201);

        let delete = || world.send(asks(TestRequest::delete(), "feed", path));
        assert_eq!(delete().await.status, 204);
        assert_eq!(
            delete().await.status,
            204,
            "what is not there is as good as gone"
        );
        let all = asks(TestRequest::delete(), "feed", "/Observation");
        assert_eq!(world.send(all).await.status, 400);
    });
}

#[test]
fn a_patch_changes_what_it_names_and_keeps_digits() {
    on_both(async |world| {
        let (_, one) = edies(world).await;
        let id = made(world, "Observation", &one).await;
        let path = format!("/Observation/{id}");
        let patch = |body: &'static str, tag: Option<&'static str>| {
            let mut request = asks(TestRequest::patch(), "feed", &path)
                .insert_header(("content-type", "application/json-patch+json"))
                .set_payload(body);
            if let Some(tag) = tag {
                request = request.insert_header(("if-match", tag));
            }
            world.send(request)
        };
        let amend = r#"[{"op":"replace","path":"/status","value":"amended"}]"#;
        assert_eq!(patch(amend, Some("W/\"9\"")).await.status, 412);
        let patched = patch(amend, Some("W/\"1\"")).await;
        assert_eq!(patched.status, 200, "{}", patched.body);
        assert_eq!(patched.json()["status"], "amended");
        assert!(patched.body.contains("4.50"), "{}", patched.body);
        assert_eq!(patched.header("etag"), "W/\"2\"");
        let move_away = r#"[{"op":"replace","path":"/id","value":"x"}]"#;
        assert_eq!(patch(move_away, None).await.status, 422);
        let wrong = r#"[{"op":"test","path":"/status","value":"final"}]"#;
        assert_eq!(patch(wrong, None).await.status, 422);
    });
}

#[test]
fn what_another_organisation_sent_cannot_be_changed() {
    on_both(async |world| {
        let (_, mut one) = edies(world).await;
        let id = made(world, "Observation", &one).await;
        one["id"] = json!(id);
        let path = format!("/Observation/{id}");
        let changed = world.put("other-feed", &path, &one).await;
        assert!((400..500).contains(&changed.status), "{}", changed.body);
        world
            .send(asks(TestRequest::delete(), "other-feed", &path))
            .await;
        let still = world.get("feed", &path).await;
        assert_eq!((still.status, still.header("etag")), (200, "W/\"1\""));
    });
}

fn entry(method: &str, url: &str, resource: Option<&Value>) -> Value {
    let mut entry = json!({ "request": { "method": method, "url": url } });
    if let Some(resource) = resource {
        entry["resource"] = resource.clone();
    }
    entry
}

fn statuses(reply: &Reply) -> Vec<String> {
    let bundle = reply.json();
    let entries = bundle["entry"].as_array().unwrap().iter();
    entries
        .map(|entry| entry["response"]["status"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_transaction_is_whole_or_nothing_and_reads_what_it_wrote() {
    on_both(async |world| {
        let (edie, mut one) = edies(world).await;
        let mut other = one.clone();
        other.as_object_mut().unwrap().remove("id");
        one["id"] = json!("in-a-transaction");
        let count = format!("Observation?patient={edie}&_summary=count");
        let good = json!({ "resourceType": "Bundle", "type": "transaction", "entry": [
            entry("GET", "Observation/in-a-transaction", None),
            entry("POST", "Observation", Some(&other)),
            entry("PUT", "Observation/in-a-transaction", Some(&one)),
            entry("GET", &count, None),
        ]});
        let done = world.post("feed", "", &good).await;
        assert_eq!(done.status, 200, "{}", done.body);
        assert_eq!(
            statuses(&done),
            ["200", "201", "201", "200"],
            "{}",
            done.body
        );
        let bundle = done.json();
        assert_eq!(bundle["type"], "transaction-response");
        assert_eq!(bundle["entry"][3]["resource"]["total"], 27);

        let mut bad = good.clone();
        bad["entry"][2]["request"]["ifMatch"] = json!("W/\"9\"");
        let refused = world.post("feed", "", &bad).await;
        assert_eq!(refused.status, 412, "{}", refused.body);
        let place = refused.json()["issue"][0]["expression"][0].clone();
        assert!(
            place
                .as_str()
                .is_some_and(|place| place.starts_with("Bundle.entry[2]")),
            "{place}"
        );
        let after = world.get("feed", &format!("/{count}")).await;
        assert_eq!(after.json()["total"], 27, "nothing of it was kept");
    });
}

#[test]
fn each_entry_of_a_batch_stands_by_itself() {
    on_both(async |world| {
        let (edie, one) = edies(world).await;
        let batch = json!({ "resourceType": "Bundle", "type": "batch", "entry": [
            entry("GET", &format!("Patient/{edie}"), None),
            entry("GET", "Patient/nobody", None),
            entry("POST", "Observation", Some(&one)),
            entry("POST", "Observation", Some(&json!({ "resourceType": "Patient" }))),
            entry("WALK", "Observation", None),
            entry("GET", &format!("Observation?patient={edie}&colour=red"), None),
            entry("POST", "Patient/$match", None),
        ]});
        let done = world.post("feed", "/", &batch).await;
        assert_eq!(done.status, 200, "{}", done.body);
        assert_eq!(
            statuses(&done),
            ["200", "404", "201", "400", "400", "400", "400"]
        );
        let bundle = done.json();
        assert_eq!(bundle["entry"][0]["resource"]["id"], edie.as_str());
        let absent = &bundle["entry"][1]["response"]["outcome"];
        assert_eq!(*absent, world.get("feed", "/Patient/nobody").await.json());
    });
}

#[test]
fn scopes_hold_inside_of_bundles() {
    on_one(async |world| {
        let (edie, one) = edies(world).await;
        let entries = json!([
            entry("GET", &format!("Patient/{edie}"), None),
            entry("POST", "Observation", Some(&one)),
        ]);
        let bundle =
            |kind: &str| json!({ "resourceType": "Bundle", "type": kind, "entry": entries });
        let refused = world.post("doctor", "", &bundle("transaction")).await;
        assert_eq!(refused.status, 403, "{}", refused.body);
        let batch = world.post("doctor", "", &bundle("batch")).await;
        assert_eq!(statuses(&batch), ["200", "403"], "{}", batch.body);
    });
}
