//! Reads, versions, histories, and the forms of answers.

use actix_web::http::Method;
use actix_web::test::TestRequest;
use serde_json::json;

use crate::world::{EDIE, asks, on_both, on_one};

#[test]
fn a_read_has_its_version_and_is_not_sent_twice() {
    on_both(async |world| {
        let edie = world.patient("doctor", EDIE).await;
        let path = format!("/Patient/{edie}");
        let read = world.get("doctor", &path).await;
        assert_eq!(read.status, 200, "{}", read.body);
        assert_eq!(read.header("content-type"), "application/fhir+json");
        assert_eq!(read.header("etag"), "W/\"1\"");
        assert!(read.header("last-modified").ends_with("GMT"));
        assert_eq!(read.json()["meta"]["versionId"], "1");
        assert_eq!(read.header("cache-control"), "no-store");

        let again = |name: &'static str, value: String| {
            world.send(asks(TestRequest::get(), "doctor", &path).insert_header((name, value)))
        };
        let same = again("if-none-match", "W/\"1\"".to_owned()).await;
        assert_eq!((same.status, same.body.as_str()), (304, ""));
        assert_eq!(
            again("if-none-match", "W/\"2\"".to_owned()).await.status,
            200
        );
        let modified = read.header("last-modified").to_owned();
        assert_eq!(again("if-modified-since", modified).await.status, 304);

        let head = asks(TestRequest::default().method(Method::HEAD), "doctor", &path);
        let head = world.send(head).await;
        assert_eq!((head.status, head.header("etag")), (200, "W/\"1\""));
    });
}

#[test]
fn versions_and_histories_of_what_changed() {
    on_both(async |world| {
        let edie = world.patient("feed", EDIE).await;
        let mut one = json!({ "resourceType": "Condition", "code": { "text": "Gout" },
                              "subject": { "reference": format!("Patient/{edie}") } });
        let made = world.post("feed", "/Condition", &one).await;
        assert_eq!(made.status, 201, "{}", made.body);
        let id = made.json()["id"].as_str().unwrap().to_owned();
        one["id"] = json!(id);
        one["code"]["text"] = json!("Gout, acute");
        world.clock.advance_seconds(5);
        let path = format!("/Condition/{id}");
        assert_eq!(world.put("feed", &path, &one).await.status, 200);

        let first = world.get("feed", &format!("{path}/_history/1")).await;
        assert_eq!(first.json()["code"]["text"], "Gout");
        let history = world.get("feed", &format!("{path}/_history")).await;
        let bundle = history.json();
        let versions: Vec<_> = bundle["entry"].as_array().unwrap().iter().collect();
        let tags = versions
            .iter()
            .map(|entry| entry["response"]["etag"].as_str().unwrap());
        assert_eq!(tags.collect::<Vec<_>>(), ["W/\"2\"", "W/\"1\""]);
        assert_eq!(bundle["type"], "history");
        for nowhere in ["9", "0", "-1", "x"] {
            let reply = world
                .get("feed", &format!("{path}/_history/{nowhere}"))
                .await;
            assert_eq!(reply.status, 404, "{nowhere}");
        }

        let page = world
            .get("feed", &format!("{path}/_history?_count=1"))
            .await;
        let next = page.link("next").unwrap();
        let rest = world.get("feed", &next).await;
        assert_eq!(rest.json()["entry"][0]["response"]["etag"], "W/\"1\"");
        assert_eq!(rest.link("next"), None);

        world.clock.advance_seconds(5);
        let delete = asks(TestRequest::delete(), "feed", &path);
        assert_eq!(world.send(delete).await.status, 204);
        assert_eq!(world.get("feed", &path).await.status, 410);
        let history = world.get("feed", &format!("{path}/_history")).await.json();
        assert_eq!(history["entry"][0]["request"]["method"], "DELETE");
        assert!(history["entry"][0]["resource"].is_null());

        let of_type = format!("/Condition/_history?patient={edie}");
        let of_type = world.get("feed", &of_type).await;
        assert_eq!(of_type.status, 200, "{}", of_type.body);
        assert!(of_type.json()["entry"].as_array().unwrap().len() >= 4);
        assert_eq!(world.get("feed", "/Condition/_history").await.status, 400);
    });
}

#[test]
fn parts_of_a_resource_are_marked_and_whole_ones_are_as_they_were_sent() {
    on_one(async |world| {
        let edie = world.patient("doctor", EDIE).await;
        let path = format!("/Observation?patient={edie}&_count=1");
        let whole = world.get("doctor", &path).await;
        assert!(whole.body.contains("4.50"), "digits stay: {}", whole.body);
        assert!(!whole.body.contains("SUBSETTED"));
        let part = world.get("doctor", &format!("{path}&_elements=code")).await;
        let one = &part.json()["entry"][0]["resource"];
        assert_eq!(one["meta"]["tag"][0]["code"], "SUBSETTED");
        assert!(one["valueQuantity"].is_null() && one["status"] == "final");
        let id = whole.ids()[0].clone();
        let read = world
            .get("doctor", &format!("/Observation/{id}?_summary=true"))
            .await;
        assert!(read.body.contains("4.50") && read.body.contains("SUBSETTED"));
    });
}

#[test]
fn other_forms_than_json_are_refused_in_fhirs_words() {
    on_one(async |world| {
        let edie = world.patient("doctor", EDIE).await;
        let path = format!("/Patient/{edie}");
        let xml = asks(TestRequest::get(), "doctor", &path)
            .insert_header(("accept", "application/fhir+xml"));
        let refused = world.send(xml).await;
        assert_eq!(refused.status, 406);
        assert_eq!(refused.json()["resourceType"], "OperationOutcome");
        assert_eq!(
            world
                .get("doctor", &format!("{path}?_format=xml"))
                .await
                .status,
            406
        );
        assert_eq!(
            world
                .get("doctor", &format!("{path}?_format=json"))
                .await
                .status,
            200
        );
        let sent = asks(TestRequest::post(), "feed", "/Observation")
            .insert_header(("content-type", "application/fhir+xml"))
            .set_payload("<Observation/>");
        assert_eq!(world.send(sent).await.status, 415);
    });
}

#[test]
fn bodies_that_are_too_deep_or_no_fhir_are_refused_before_they_are_parsed() {
    on_one(async |world| {
        let check = async |body: &str, status: u16| {
            let reply = world
                .with_body(TestRequest::post(), "feed", "/Observation", body)
                .await;
            assert_eq!(reply.status, status, "{}", reply.body);
            assert_eq!(reply.json()["resourceType"], "OperationOutcome");
            assert!(!reply.body.contains("secret"), "{}", reply.body);
        };
        check(&"[".repeat(100_000), 413).await;
        check("secret", 400).await;
        check(r#"{"resourceType":"Patient","x":"secret"}"#, 400).await;
        check(r#"{"secret":1}"#, 400).await;
        let packed = asks(TestRequest::post(), "feed", "/Observation")
            .insert_header(("content-type", "application/fhir+json"))
            .insert_header(("content-encoding", "br"))
            .set_payload("x");
        assert_eq!(world.send(packed).await.status, 415);
    });
}

#[test]
fn addresses_that_are_none_answer_as_what_is_absent() {
    on_one(async |world| {
        for path in [
            "/Nothing/1",
            "/patient/1",
            "/Patient/1/$walk",
            "/$walk",
            "/Parameters/1",
        ] {
            let reply = world.get("doctor", path).await;
            assert_eq!(reply.status, 404, "{path}: {}", reply.body);
        }
        let method = asks(TestRequest::delete(), "doctor", "/Patient/1/_history");
        assert_eq!(world.send(method).await.status, 405);
    });
}
