//! An organisation's own system: its token, what it may write with it, and what gives none.
#![expect(
    clippy::unwrap_used,
    reason = "a test stops at the first thing that is not as it should be"
)]

use std::process::Output;

use serde_json::{Map, Value, json};
use tarn_identity::{Algorithm, Interaction, ScopeLevel, SigningKey};
use tarn_model::{Clock as _, OdsCode};
use tarn_server::clock::{SystemClock, SystemEntropy};

use crate::browser::{Browser, Reply};
use crate::demo::{Demo, said, tarn};
use crate::token::check;

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The key of an organisation's system, as the demo keeps it.
fn key(demo: &Demo, organisation: &str) -> SigningKey {
    let path = demo
        .place
        .folder()
        .join(format!("systems/{organisation}.pem"));
    SigningKey::from_pem(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// What the token endpoint answers to an assertion.
fn answer(demo: &Demo, assertion: &str) -> Reply {
    let form = [
        ("grant_type", "client_credentials"),
        ("scope", "system/*.cruds"),
        ("client_assertion_type", ASSERTION_TYPE),
        ("client_assertion", assertion),
    ];
    Browser::default().post(&demo.sign_in(), "/staff/token", &form)
}

/// Asks the FHIR interface with the token that the command prints.
fn ask(demo: &Demo, token: &Output, method: &str, path: &str, body: &str) -> Reply {
    let token = String::from_utf8(token.stdout.clone()).unwrap();
    let bearer = format!("Bearer {}", token.trim());
    let headers = [
        ("Authorization", bearer.as_str()),
        ("Content-Type", "application/fhir+json"),
    ];
    let path = format!("/fhir/r4{path}");
    Browser::default().send(&demo.fhir(), method, &path, &headers, body)
}

#[test]
fn a_system_writes_its_own_organisations_record_with_a_token_of_its_own() {
    for demo in Demo::on_each_backend() {
        let token = demo.tarn(&["token", "--system", "OAK01"]);
        let grant = check(&demo, &token).unwrap();
        let oak_lane: OdsCode = "OAK01".parse().unwrap();
        assert_eq!(grant.level, ScopeLevel::System);
        assert_eq!(grant.actor.organisation, Some(oak_lane));
        assert!(grant.allows("Observation", Interaction::Create));

        let organisation = r#"{"resourceType":"Organization","name":"Oak Lane branch"}"#;
        let written = ask(&demo, &token, "POST", "/Organization", organisation);
        assert_eq!(written.status, 201, "{}", written.body);
        let (_, path) = written.location().split_once("/fhir/r4").unwrap();
        let read = ask(&demo, &token, "GET", path, "");
        assert_eq!(read.status, 200, "{}", read.body);
        let read: Value = serde_json::from_str(&read.body).unwrap();
        assert_eq!(read["meta"]["source"], "urn:tarn:source:OAK01");

        // Another organisation's system may not change it, and a narrower token may not write.
        let (own, _) = path.split_once("/_history").unwrap();
        let id = read["id"].as_str().unwrap();
        let body = organisation.replacen('{', &format!("{{\"id\":\"{id}\","), 1);
        let other = demo.tarn(&["token", "--system", "RSB"]);
        assert_eq!(ask(&demo, &other, "PUT", own, &body).status, 403);
        let narrow = ["token", "--system", "OAK01", "--scope", "system/*.rs"];
        let narrow = demo.tarn(&narrow);
        assert_eq!(ask(&demo, &narrow, "GET", own, "").status, 200);
        assert_eq!(ask(&demo, &narrow, "PUT", own, &body).status, 403);
        assert_eq!(ask(&demo, &token, "PUT", own, &body).status, 200);

        let verified = said(&demo.tarn(&["verify"]));
        assert!(verified.0, "{}", verified.1);
    }
}

#[test]
fn an_assertion_is_refused_unless_it_is_the_systems_own_new_and_for_this_endpoint() {
    let demo = Demo::shared();
    let own = key(demo, "OAK01");
    let endpoint = format!("{}/staff/token", demo.sign_in());
    let sign = |key: &SigningKey, change: Value| {
        let now = SystemClock.now().as_micros() / 1_000_000;
        let mut claims = json!({
            "iss": "system-OAK01", "sub": "system-OAK01", "aud": endpoint,
            "jti": format!("{change}"), "iat": now, "exp": now + 60,
        });
        let claims = claims.as_object_mut().unwrap();
        claims.extend(change.as_object().unwrap().clone());
        key.sign(Algorithm::Es384, "JWT", claims).unwrap()
    };
    let refused = |assertion: &str, why: &str| {
        let reply = answer(demo, assertion);
        assert_eq!(reply.status, 401, "{why}: {}", reply.body);
        assert_eq!(reply.body, r#"{"error":"invalid_client"}"#, "{why}");
    };
    let now = SystemClock.now().as_micros() / 1_000_000;
    refused(&sign(&key(demo, "RSB"), json!({})), "another's key");
    let made_up = SigningKey::generate_p384().unwrap();
    refused(&sign(&made_up, json!({})), "a key that nobody registered");
    for audience in [
        format!("{}/citizen/token", demo.sign_in()),
        format!("{}/staff", demo.sign_in()),
        format!("{}/fhir/r4", demo.fhir()),
    ] {
        refused(&sign(&own, json!({ "aud": audience })), "another audience");
    }
    refused(&sign(&own, json!({ "exp": now - 1 })), "expired");
    refused(
        &sign(&own, json!({ "exp": now + 3600 })),
        "good for too long",
    );
    refused(
        &sign(&own, json!({ "sub": "system-RSB" })),
        "another subject",
    );
    refused(&sign(&own, json!({ "jti": null })), "without an id");

    let good = sign(&own, json!({ "jti": "once" }));
    let reply = answer(demo, &good);
    assert_eq!(reply.status, 200, "{}", reply.body);
    refused(&good, "a replay");
    refused(
        &sign(&own, json!({ "jti": "once", "exp": now + 61 })),
        "its id again",
    );

    let by_the_library = own
        .client_assertion("system-OAK01", &endpoint, &SystemClock, &SystemEntropy)
        .unwrap();
    assert_eq!(answer(demo, &by_the_library).status, 200);
}

#[test]
fn an_access_token_of_a_system_is_no_assertion_and_an_assertion_no_access_token() {
    let demo = Demo::shared();
    let token = demo.tarn(&["token", "--system", "RSB"]);
    let text = String::from_utf8(token.stdout.clone()).unwrap();
    assert_eq!(answer(demo, text.trim()).status, 401);

    let claims = json!({ "sub": "system-RSB", "aud": format!("{}/fhir/r4", demo.fhir()) });
    let claims: &Map<String, Value> = claims.as_object().unwrap();
    let assertion = key(demo, "RSB")
        .sign(Algorithm::Es384, "at+jwt", claims)
        .unwrap();
    let token = Output {
        stdout: assertion.into_bytes(),
        ..token
    };
    assert_eq!(ask(demo, &token, "GET", "/Organization", "").status, 401);
}

#[test]
fn what_gives_a_system_no_token_says_why_in_one_sentence() {
    let demo = Demo::shared();
    let refused = |output: Output, why: &str| {
        let (worked, text) = said(&output);
        assert!(!worked && output.stdout.is_empty(), "{text}");
        assert!(text.contains(why) && text.lines().count() == 1, "{text}");
        assert!(
            !text.contains("PRIVATE KEY") && !text.contains("eyJ"),
            "{text}"
        );
    };
    for nobody in ["FEN01", "ZZZ", "oak01x"] {
        refused(
            demo.tarn(&["token", "--system", nobody]),
            "the demo has no system of this organisation",
        );
    }
    refused(
        demo.tarn(&["token", "--system", "../signin"]),
        "--system is no organisation code",
    );
    for scope in ["user/*.rs", "system/*.sr", "everything"] {
        refused(
            demo.tarn(&["token", "--system", "OAK01", "--scope", scope]),
            "gives no such scope",
        );
    }

    // The keys of another demo, with this one running at the named ports.
    let elsewhere = tempfile::tempdir().unwrap();
    let systems = elsewhere.path().join("systems");
    std::fs::create_dir(&systems).unwrap();
    let pem = SigningKey::generate_p384().unwrap().to_pem().unwrap();
    std::fs::write(systems.join("OAK01.pem"), pem).unwrap();
    let folder = elsewhere.path().display().to_string();
    let base = demo.viewer();
    let base = base.rsplit_once(':').unwrap().1;
    let place = ["--data", &folder, "--port-base", base];
    refused(
        tarn(&[&["token", "--system", "OAK01"][..], &place].concat()),
        "does not know this system's key",
    );
    refused(
        tarn(&["token", "--system", "OAK01", "--data", &folder]),
        "the demo is not running on this data",
    );
    let both = ["token", "--system", "OAK01", "--persona", "gp"];
    assert!(!demo.tarn(&both).status.success());
    assert!(!demo.tarn(&["token"]).status.success());

    let log = demo.logged();
    assert!(!log.contains("PRIVATE KEY") && !log.contains("eyJ"));
}
