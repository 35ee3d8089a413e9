//! The interface keeps what it says of itself: every interaction that it claims is called.

use actix_web::test::TestRequest;
use serde_json::{Value, json};

use crate::world::{EDIE, Reply, World, asks, on_one};

#[test]
fn every_interaction_of_every_type_that_is_claimed_works() {
    on_one(async |world| {
        let statement = world.get("", "/metadata").await.json();
        let rest = &statement["rest"][0];
        let edie = world.patient("feed", EDIE).await;
        let (mut called, mut failed) = (0, Vec::new());
        for resource in rest["resource"].as_array().unwrap() {
            let kind = resource["type"].as_str().unwrap();
            let codes = resource["interaction"].as_array().unwrap().iter();
            let codes: Vec<_> = codes.map(|one| one["code"].as_str().unwrap()).collect();
            called += call_all(world, kind, &codes, &edie, &mut failed).await;
        }
        assert!(failed.is_empty(), "{failed:#?}");
        assert!(called > 140 * 9, "{called}");
    });
}

/// In an order in which each has something to work on: made, changed, read, taken back.
async fn call_all(
    world: &World,
    kind: &str,
    codes: &[&str],
    edie: &str,
    failed: &mut Vec<String>,
) -> usize {
    let made = world
        .post("feed", &format!("/{kind}"), &sample(kind, edie))
        .await;
    let Some(id) = made.json()["id"].as_str().map(str::to_owned) else {
        failed.push(format!("create {kind}: {}", made.body));
        return 0;
    };
    let one = format!("/{kind}/{id}");
    let all = [
        ("create", 201),
        ("update", 200),
        ("patch", 200),
        ("read", 200),
        ("vread", 200),
        ("history-instance", 200),
        ("history-type", 200),
        ("search-type", 200),
        ("delete", 204),
    ];
    for (code, expected) in all {
        assert!(codes.contains(&code), "{kind} does not claim {code}");
        let reply = call(world, code, kind, &one, &id, edie).await;
        if reply.status != expected {
            failed.push(format!("{code} {kind}: {} {}", reply.status, reply.body));
        }
    }
    assert_eq!(all.len(), codes.len(), "{kind} claims more than is called");
    all.len()
}

async fn call(world: &World, code: &str, kind: &str, one: &str, id: &str, edie: &str) -> Reply {
    let mut body = sample(kind, edie);
    match code {
        "create" => world.post("feed", &format!("/{kind}"), &body).await,
        "update" => {
            body["id"] = json!(id);
            body["language"] = json!("en-GB");
            world.put("feed", one, &body).await
        }
        "patch" => {
            let patch = r#"[{"op":"add","path":"/language","value":"en"}]"#;
            let request = asks(TestRequest::patch(), "feed", one)
                .insert_header(("content-type", "application/json-patch+json"))
                .set_payload(patch);
            world.send(request).await
        }
        "read" => world.get("feed", one).await,
        "vread" => world.get("feed", &format!("{one}/_history/1")).await,
        "history-instance" => world.get("feed", &format!("{one}/_history")).await,
        "history-type" => {
            world
                .get("feed", &format!("/{kind}/_history?patient={edie}"))
                .await
        }
        "search-type" => world.get("feed", &format!("/{kind}?_id={id}")).await,
        "delete" => world.send(asks(TestRequest::delete(), "feed", one)).await,
        other => panic!("{other} is claimed and this test cannot call it"),
    }
}

/// A resource about Edie, by whichever element its type says so with.
fn sample(kind: &str, edie: &str) -> Value {
    let about = json!({ "reference": format!("Patient/{edie}") });
    if kind == "Patient" {
        return crate::world::patient("x", "9990000042", "Featherstone", "1950-01-01");
    }
    json!({
        "resourceType": kind, "status": "active",
        "subject": about, "patient": about, "beneficiary": about, "individual": about,
        "member": [{ "entity": about }], "participant": [{ "actor": about }],
        "target": [about], "link": [{ "target": about }], "actor": [about],
        "agent": [{ "who": about }],
    })
}

#[test]
fn what_is_claimed_beside_interactions_is_kept_too() {
    on_one(async |world| {
        let statement = world.get("", "/metadata").await;
        let tag = statement.header("etag").to_owned();
        let again = asks(TestRequest::get(), "", "/metadata").insert_header(("if-none-match", tag));
        assert_eq!(world.send(again).await.status, 304);
        let statement = statement.json();
        let rest = &statement["rest"][0];
        let codes = rest["interaction"].as_array().unwrap().iter();
        let codes: Vec<_> = codes.map(|one| one["code"].as_str().unwrap()).collect();
        assert_eq!(codes, ["transaction", "batch"]);
        let routes: Vec<String> = tarn_fhir::routes().map(|(_, path)| path).collect();
        let mut operations = 0;
        let resources = rest["resource"].as_array().unwrap().iter();
        for place in resources.chain([rest]) {
            for operation in place["operation"].as_array().into_iter().flatten() {
                let end = format!("/${}", operation["name"].as_str().unwrap());
                assert!(routes.iter().any(|path| path.ends_with(&end)), "{end}");
                operations += 1;
            }
        }
        assert_eq!(operations, 5);

        let openapi = world.get("", "/openapi.json").await.json();
        assert_eq!(openapi["openapi"], "3.1.0");
        for (method, path) in tarn_fhir::routes() {
            let path = path.strip_prefix("/fhir/r4").unwrap();
            let path = if path.is_empty() { "/" } else { path };
            let method = method.to_lowercase();
            assert!(
                openapi["paths"][path][&method].is_object(),
                "{method} {path}"
            );
        }
        let smart = world
            .get("", "/.well-known/smart-configuration")
            .await
            .json();
        assert_eq!(smart["issuer"], "https://id.example/staff");
        assert_eq!(smart["token_endpoint"], "https://id.example/staff/token");
    });
}
