//! Who gets nothing from any route, and that nothing tells absent from forbidden.

use actix_web::http::Method;
use actix_web::test::TestRequest;
use serde_json::json;

use crate::world::{ARTHUR, EDIE, Reply, World, asks, on_both, on_one};

/// A request that would be answered if whoever asks were let in.
fn request(method: &str, pattern: &str, token: &str) -> TestRequest {
    let path = pattern
        .replace("/fhir/r4", "")
        .replace("{type}", "Observation")
        .replace("{id}", "o01")
        .replace("{version}", "1");
    let request = TestRequest::default().method(method.parse::<Method>().unwrap());
    let request = asks(request, token, &path);
    let entry = json!({ "request": { "method": "GET", "url": "Observation/o01" } });
    let (content_type, body) = match (method, pattern) {
        ("POST", _) if pattern.ends_with("_search") => (
            "application/x-www-form-urlencoded",
            "patient=edie".to_owned(),
        ),
        ("POST", "/fhir/r4" | "/fhir/r4/") => (
            "application/fhir+json",
            json!({ "resourceType": "Bundle", "type": "transaction", "entry": [entry] })
                .to_string(),
        ),
        ("POST", _) if pattern.contains('$') => (
            "application/fhir+json",
            json!({ "resourceType": "Parameters", "parameter": [
                { "name": "resource", "resource": { "resourceType": "Patient" } }] })
            .to_string(),
        ),
        ("POST" | "PUT", _) => (
            "application/fhir+json",
            json!({ "resourceType": "Observation", "id": "o01" }).to_string(),
        ),
        ("PATCH", _) => ("application/json-patch+json", "[]".to_owned()),
        _ => return request.insert_header(("prefer", "respond-async")),
    };
    request
        .insert_header(("content-type", content_type))
        .set_payload(body)
}

#[test]
fn nobody_without_a_valid_token_gets_anything_from_any_route() {
    on_one(async |world| {
        let mut routes = 0;
        for (method, pattern) in tarn_fhir::routes() {
            for token in ["", "forged"] {
                let reply = world.send(request(method, &pattern, token)).await;
                assert_eq!(reply.status, 401, "{method} {pattern}: {}", reply.body);
                let challenge = reply.header("www-authenticate");
                assert!(challenge.starts_with("Bearer realm="), "{challenge}");
                assert_eq!(challenge.contains("invalid_token"), token == "forged");
                assert_eq!(reply.json()["issue"][0]["code"], "login");
                assert_eq!(reply.header("cache-control"), "no-store");
                routes += 1;
            }
        }
        assert!(routes > 40, "{routes}");
    });
}

#[test]
fn a_token_without_the_scope_is_refused_before_anything_is_looked_at() {
    on_one(async |world| {
        for (method, pattern) in tarn_fhir::routes() {
            let reply = world.send(request(method, &pattern, "no-scope")).await;
            // A job of an export belongs to who began it; nobody else's exists.
            let of_a_job = pattern.contains("export-");
            let expected = if of_a_job { 404 } else { 403 };
            assert_eq!(reply.status, expected, "{method} {pattern}: {}", reply.body);
            if !of_a_job {
                let challenge = reply.header("www-authenticate");
                assert!(challenge.contains("insufficient_scope"), "{challenge}");
            }
        }
    });
}

#[test]
fn what_is_open_tells_nothing_of_anybody() {
    on_one(async |world| {
        for (path, _) in tarn_fhir::OPEN {
            let reply = world.send(TestRequest::get().uri(path)).await;
            assert_eq!(reply.status, 200, "{path}: {}", reply.body);
            for canary in [EDIE, ARTHUR, "Hargreaves", "Pemberton"] {
                assert!(!reply.body.contains(canary), "{path} tells {canary}");
            }
        }
    });
}

/// Arthur has nothing that links him with the out-of-hours service.
#[test]
fn absent_and_forbidden_are_one_answer_by_every_verb() {
    on_both(async |world| {
        let arthur = world.patient("feed", ARTHUR).await;
        let own = world
            .get("feed", &format!("/Observation?patient={arthur}"))
            .await;
        let observation = own.ids()[0].clone();
        for (kind, held) in [("Patient", &arthur), ("Observation", &observation)] {
            // The allowed twin: whoever contributed it reads it.
            let allowed = world.get("feed", &format!("/{kind}/{held}")).await;
            assert_eq!(allowed.status, 200, "{}", allowed.body);
            for path in ["", "/_history", "/_history/1", "/$everything", "/$summary"] {
                if path.contains('$') && kind != "Patient" {
                    continue;
                }
                let forbidden = world.get("doctor", &format!("/{kind}/{held}{path}")).await;
                let absent = world
                    .get("doctor", &format!("/{kind}/{}{path}", gone(held)))
                    .await;
                assert_eq!(forbidden.seen(), absent.seen(), "{kind}{path}");
                assert_eq!(forbidden.status, 404, "{kind}{path}");
            }
            for method in [Method::PUT, Method::DELETE, Method::PATCH] {
                let forbidden = write(world, &method, kind, held).await;
                let absent = write(world, &method, kind, &gone(held)).await;
                assert_eq!(forbidden.seen(), absent.seen(), "{method} {kind}");
                assert_ne!(forbidden.status, 200, "{method} {kind}");
            }
        }
        let searches = [
            "/Observation?patient=ID",
            "/Observation?patient=ID&_total=accurate&_sort=-date",
            "/Observation?subject=Patient/ID&_summary=count",
            "/Patient?_id=ID",
            "/Patient?_id=ID&_revinclude=Observation:subject",
            "/Patient?_id=ID&_has:Observation:patient:status=final",
        ];
        for search in searches {
            let forbidden = world.get("doctor", &search.replace("ID", &arthur)).await;
            let absent = world
                .get("doctor", &search.replace("ID", &gone(&arthur)))
                .await;
            assert_eq!(forbidden.status, 200, "{search}: {}", forbidden.body);
            let same = |reply: &Reply, id: &str| reply.body.replace(id, "ID");
            assert_eq!(
                same(&forbidden, &arthur),
                same(&absent, &gone(&arthur)),
                "{search}"
            );
            assert!(forbidden.ids().is_empty(), "{search}");
        }
    });
}

async fn write(world: &World, method: &Method, kind: &str, id: &str) -> Reply {
    let request = TestRequest::default().method(method.clone());
    let request = asks(request, "doctor-who-writes", &format!("/{kind}/{id}"));
    let request = match *method {
        Method::PATCH => request
            .insert_header(("content-type", "application/json-patch+json"))
            .set_payload(r#"[{"op":"add","path":"/language","value":"en"}]"#),
        Method::PUT => request
            .insert_header(("content-type", "application/fhir+json"))
            .set_payload(
                json!({ "resourceType": kind, "id": id,
                        "subject": { "reference": "Patient/nobody-of-this-name" } })
                .to_string(),
            ),
        _ => request,
    };
    world.send(request).await
}

/// An id of the same length that nobody has.
fn gone(id: &str) -> String {
    let (first, rest) = id.split_at(1);
    format!("{}{rest}", if first == "0" { "1" } else { "0" })
}

#[test]
fn a_role_that_no_clause_names_is_told_so_alike_for_everybody() {
    on_one(async |world| {
        let arthur = world.patient("feed", ARTHUR).await;
        let held = world.get("operator", &format!("/Patient/{arthur}")).await;
        let absent = world
            .get("operator", &format!("/Patient/{}", gone(&arthur)))
            .await;
        assert_eq!(held.seen(), absent.seen());
        assert!(matches!(held.status, 403 | 404), "{}", held.body);
    });
}

#[test]
fn the_scope_of_a_token_narrows_what_is_found() {
    on_both(async |world| {
        let edie = world.patient("doctor", EDIE).await;
        let all = world
            .get("doctor", &format!("/Observation?patient={edie}&_count=100"))
            .await;
        assert_eq!(all.ids().len(), 25);
        let path = format!("/Observation?patient={edie}&_count=100&_total=accurate");
        let vital = world.get("only-vital-signs", &path).await;
        assert_eq!(vital.ids().len(), 5, "{}", vital.body);
        assert_eq!(vital.json()["total"], 5);
        let inside: Vec<String> = vital.ids();
        let outside = all
            .ids()
            .into_iter()
            .find(|id| !inside.contains(id))
            .unwrap();
        let read = |id: String| async move {
            world
                .get("only-vital-signs", &format!("/Observation/{id}"))
                .await
        };
        assert_eq!(read(inside[0].clone()).await.status, 200);
        let forbidden = read(outside.clone()).await;
        assert_eq!(forbidden.seen(), read(gone(&outside)).await.seen());
        let other = world
            .get("only-patients", &format!("/Observation?patient={edie}"))
            .await;
        assert_eq!(other.status, 403);
        let everything = world
            .get("only-patients", &format!("/Patient/{edie}/$everything"))
            .await;
        let bundle = everything.json();
        let entries = bundle["entry"].as_array().unwrap();
        let only = entries
            .iter()
            .all(|entry| entry["resource"]["resourceType"] == "Patient");
        assert!(only && !entries.is_empty(), "{}", everything.body);
    });
}

#[test]
fn a_citizen_reads_their_own_record_and_no_other() {
    on_both(async |world| {
        let edie = world.patient("edie", EDIE).await;
        let own = world
            .get("edie", &format!("/Patient/{edie}/$everything"))
            .await;
        assert_eq!(own.status, 200, "{}", own.body);
        assert!(own.body.contains("penicillin"));
        let arthur = world.patient("feed", ARTHUR).await;
        let other = world.get("edie", &format!("/Patient/{arthur}")).await;
        let absent = world
            .get("edie", &format!("/Patient/{}", gone(&arthur)))
            .await;
        assert_eq!(other.seen(), absent.seen());
        let staff = asks(TestRequest::get(), "edie", &format!("/Patient/{edie}"))
            .insert_header(("x-tarn-purpose", "direct-care"));
        assert_eq!(world.send(staff).await.status, 403);
    });
}

#[test]
fn a_reason_and_a_purpose_are_taken_from_their_headers() {
    on_one(async |world| {
        let arthur = world.patient("feed", ARTHUR).await;
        let path = format!("/Patient/{arthur}");
        assert_eq!(world.get("doctor", &path).await.status, 404);
        let ask = |purpose: &'static str, reason: &'static str| {
            asks(TestRequest::get(), "doctor", &path)
                .insert_header(("x-tarn-purpose", purpose))
                .insert_header(("x-tarn-reason", reason))
        };
        let told = world
            .send(ask("direct-care", "He is here and unwell"))
            .await;
        assert_eq!(told.status, 200, "{}", told.body);
        assert_eq!(world.send(ask("curiosity", "x")).await.status, 400);
        assert_eq!(world.send(ask("subject-access", "x")).await.status, 403);
        assert_eq!(world.send(ask("direct-care", " ")).await.status, 400);
    });
}

#[test]
fn a_page_of_another_origin_may_call_only_where_it_is_allowed() {
    on_one(async |world| {
        let preflight = |origin: &'static str| {
            let request = TestRequest::default().method(Method::OPTIONS);
            asks(request, "", "/Patient").insert_header(("origin", origin))
        };
        let allowed = world.send(preflight("https://app.example")).await;
        assert_eq!(allowed.status, 204);
        let origin = "access-control-allow-origin";
        assert_eq!(allowed.header(origin), "https://app.example");
        let other = world.send(preflight("https://other.example")).await;
        assert_eq!((other.status, other.header(origin)), (405, ""));
    });
}

/// An application that was launched with one person reaches nobody else, whoever its user is.
#[test]
fn a_token_of_a_launch_reaches_its_person_and_no_other() {
    on_both(async |world| {
        let bound = "doctor-with-edie";
        let own = world.get(bound, "/Observation?_count=100").await;
        assert_eq!(own.ids().len(), 25, "the token says whom: {}", own.body);
        assert_eq!(world.get(bound, "/Patient/huc-edie").await.status, 200);
        let arthur = asks(TestRequest::get(), "doctor", "/Patient/arthur")
            .insert_header(("x-tarn-reason", "He is here and unwell"));
        assert_eq!(world.send(arthur).await.status, 200, "a reason opens it");
        for path in [
            "/Patient/ID",
            "/Patient/ID/$everything",
            "/Patient/ID/_history",
        ] {
            let ask = |id: &str| {
                asks(TestRequest::get(), bound, &path.replace("ID", id))
                    .insert_header(("x-tarn-reason", "He is here and unwell"))
            };
            let other = world.send(ask("arthur")).await;
            let absent = world.send(ask("nobody")).await;
            assert_eq!(other.status, 404, "{path}: {}", other.body);
            assert_eq!(other.seen(), absent.seen(), "{path}");
        }
        let page = world
            .get("doctor", "/Observation?patient=edie&_count=1")
            .await;
        let next = page.link("next").unwrap();
        assert_eq!(
            world.get(bound, &next).await.status,
            404,
            "another token’s page"
        );
        let write = json!({ "resourceType": "Condition", "code": { "text": "Gout" },
                            "subject": { "reference": "Patient/edie" } });
        assert_eq!(world.post(bound, "/Condition", &write).await.status, 403);
    });
}
