//! Headers, other sites' forms, and what a failure looks like in each format.

use serde_json::Value;

use crate::support::{Answer, as_doctor, ask, ask_in_turn, get, post, viewer};

#[actix_web::test]
async fn every_reply_has_the_headers() {
    let asset = tarn_web::asset("tokens.css").to_owned();
    let requests = vec![
        as_doctor(get("/")),
        get("/"),
        get("/no-such-page"),
        get("/fail/internal"),
        get("/healthz"),
        get("/metrics"),
        get("/sign-in?to=/"),
        get("/signed-out"),
        post("/note", "note=x").insert_header(("sec-fetch-site", "cross-site")),
        get(&asset),
        get("/assets/0000000000000000/tokens.css"),
    ];
    for answer in ask_in_turn(viewer(), requests).await {
        assert_eq!(
            answer.header("content-security-policy"),
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
             form-action 'self' http://127.0.0.1:8089; frame-ancestors 'none'; base-uri 'none'"
        );
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin");
        assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin");
        assert!(answer.header("permissions-policy").contains("camera=()"));
        assert_eq!(answer.header("x-request-id").len(), 36);
        let file = answer.header("etag").len() > 2;
        let expected = if file {
            "public, max-age=31536000, immutable"
        } else {
            "no-store"
        };
        assert_eq!(answer.header("cache-control"), expected);
        assert_eq!(
            answer.header("strict-transport-security"),
            "",
            "no TLS, no promise of it"
        );
    }
}

#[actix_web::test]
async fn tls_is_promised_where_there_is_tls() {
    let mut web = viewer();
    web.part.origin = "https://viewer.example".to_owned();
    let answer = ask(web, get("/healthz")).await;
    assert_eq!(
        answer.header("strict-transport-security"),
        "max-age=63072000; includeSubDomains"
    );
}

#[actix_web::test]
async fn a_form_of_another_site_is_refused() {
    let good = "note=x&csrf=csrf-of-doctor";
    let from = |name: &'static str, value: &'static str| {
        let plain = as_doctor(actix_web::test::TestRequest::post())
            .uri("/note")
            .insert_header(("content-type", "application/x-www-form-urlencoded"))
            .insert_header(("host", "127.0.0.1:8080"))
            .set_payload(good);
        if name.is_empty() {
            plain
        } else {
            plain.insert_header((name, value))
        }
    };
    for (name, value, status) in [
        ("sec-fetch-site", "same-origin", 200),
        ("sec-fetch-site", "none", 200),
        ("sec-fetch-site", "same-site", 403),
        ("sec-fetch-site", "cross-site", 403),
        ("origin", "http://127.0.0.1:8080", 200),
        ("origin", "http://127.0.0.1:8081", 403),
        ("origin", "https://evil.example", 403),
        ("origin", "null", 403),
        ("", "", 403),
    ] {
        let answer = ask(viewer(), from(name, value)).await;
        assert_eq!(answer.status, status, "{name}: {value}");
    }
}

#[actix_web::test]
async fn a_form_without_the_sessions_secret_is_refused() {
    for (body, status) in [
        ("note=hello&csrf=csrf-of-doctor", 200),
        ("note=hello&csrf=csrf-of-citizen", 403),
        ("note=hello&csrf=", 403),
        ("note=hello", 403),
        ("csrf=csrf-of-doctor", 422),
    ] {
        let answer = ask(viewer(), post("/note", body)).await;
        assert_eq!(answer.status, status, "{body}");
        assert_eq!(answer.body.contains("<h1>hello</h1>"), status == 200);
    }
}

#[actix_web::test]
async fn one_table_says_how_each_failure_is_answered() {
    for (kind, page, json, code) in [
        ("not-found", 404, 404, "not-found"),
        ("denied", 403, 403, "forbidden"),
        ("invalid", 422, 400, "invalid"),
        ("conflict", 409, 409, "conflict"),
        ("unavailable", 503, 503, "transient"),
        ("internal", 500, 500, "exception"),
    ] {
        let path = format!("/fail/{kind}");
        let html = ask(viewer(), get(&path)).await;
        assert_eq!(html.status, page, "{kind}");
        assert!(html.header("content-type").starts_with("text/html"));
        for part in ["<!DOCTYPE html>", "What you can do", "<li>", "TRN "] {
            assert!(html.body.contains(part), "{kind}: {part}");
        }
        let problem = ask(
            viewer(),
            get(&path).insert_header(("accept", "application/json")),
        )
        .await;
        assert_eq!(problem.status, json, "{kind}");
        assert_eq!(problem.header("content-type"), "application/problem+json");
        let value: Value = serde_json::from_str(&problem.body).unwrap();
        assert_eq!(value["status"], json);
        assert_eq!(
            value["instance"],
            format!("urn:uuid:{}", problem.header("x-request-id"))
        );
        let fhir = ask(viewer(), get(&format!("/fhir/fail/{kind}"))).await;
        assert_eq!(fhir.status, json, "{kind}");
        assert_eq!(fhir.header("content-type"), "application/fhir+json");
        let value: Value = serde_json::from_str(&fhir.body).unwrap();
        assert_eq!(value["resourceType"], "OperationOutcome");
        assert_eq!(value["issue"][0]["code"], code);
        let waits = html.header("retry-after") == "10" && problem.header("retry-after") == "10";
        assert_eq!(waits, kind == "unavailable", "{kind}");
    }
}

#[actix_web::test]
async fn absent_and_forbidden_to_know_are_one_page() {
    let without_ids = |answer: &Answer| {
        let id: uuid::Uuid = answer.header("x-request-id").parse().unwrap();
        answer
            .body
            .replace(&tarn_web::short_reference(id), "TRN")
            .replace("/fail/x", "/nowhere")
    };
    let forbidden = ask(viewer(), get("/fail/x")).await;
    let absent = ask(viewer(), get("/nowhere")).await;
    assert_eq!((forbidden.status, absent.status), (404, 404));
    assert_eq!(without_ids(&forbidden), without_ids(&absent));
    assert_eq!(forbidden.headers.len(), absent.headers.len());
    let changed = tarn_web::Failure::not_found()
        .titled("x")
        .because("y")
        .next("z", None);
    assert_eq!(
        changed,
        tarn_web::Failure::not_found(),
        "nothing can be added to it"
    );
}

#[actix_web::test]
async fn metrics_count_by_pattern_and_never_by_path() {
    let person = "/people/01990000-0000-7000-8000-000000000001";
    let requests = vec![
        as_doctor(get(person)),
        get("/secret-9990000018"),
        get("/metrics"),
    ];
    let answers = ask_in_turn(viewer(), requests).await;
    let text = &answers[2].body;
    let line = "tarn_http_requests_total{method=\"GET\",part=\"viewer\",route=\"/people/{person}\",status=\"2xx\"} 1";
    assert!(text.contains(line), "{text}");
    assert!(
        text.contains("route=\"unmatched\",status=\"4xx\"} 1"),
        "{text}"
    );
    assert!(!text.contains("01990000") && !text.contains("9990000018"));
}

#[actix_web::test]
async fn a_file_is_kept_by_its_hash() {
    let address = tarn_web::asset("components.css");
    let first = ask(viewer(), get(address)).await;
    assert_eq!(
        (first.status, first.header("content-type")),
        (200, "text/css; charset=utf-8")
    );
    assert!(first.body.contains(".banner"));
    let tag = first.header("etag").to_owned();
    let again = ask(viewer(), get(address).insert_header(("if-none-match", tag))).await;
    assert_eq!((again.status, again.body.as_str()), (304, ""));
    assert_eq!(
        ask(viewer(), get("/assets/0000000000000000/components.css"))
            .await
            .status,
        404
    );
    assert_eq!(
        ask(viewer(), get("/assets/x/..%2F..%2FCargo.toml"))
            .await
            .status,
        404
    );
}
