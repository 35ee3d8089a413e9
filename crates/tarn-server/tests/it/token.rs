//! `tarn token` against a running demo: what it prints is what the API's own checker takes.
#![expect(
    clippy::unwrap_used,
    reason = "a test stops at the first thing that is not as it should be"
)]

use std::process::Output;
use std::sync::Arc;

use tarn_identity::{AccessGrant, BearerError, BearerValidator, Interaction, ScopeLevel};
use tarn_model::Role;
use tarn_server::access_tokens;
use tarn_server::clock::SystemClock;
use tarn_server::config::Config;

use crate::demo::{CANARIES, Demo, block_on, said, tarn};

fn base(demo: &Demo) -> u16 {
    demo.viewer().rsplit_once(':').unwrap().1.parse().unwrap()
}

/// The checker that the API of this demo has.
fn checker(demo: &Demo) -> BearerValidator {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut config = Config::default();
    for realm in ["staff", "citizen"] {
        let issuer = format!("{}/{realm}", demo.sign_in());
        config
            .set(&format!("{realm}_sign_in.issuer"), &issuer)
            .unwrap();
    }
    let systems = demo.place.folder().join("systems/clients.toml");
    let systems = systems.display().to_string();
    config
        .set("access_tokens.system_clients", &systems)
        .unwrap();
    let api = format!("http://127.0.0.1:{}/fhir/r4", base(demo) + 3);
    access_tokens::validator(&config, &api).unwrap()
}

pub(crate) fn check(demo: &Demo, output: &Output) -> Result<Arc<AccessGrant>, BearerError> {
    let checker = checker(demo);
    let printed = String::from_utf8(output.stdout.clone()).unwrap();
    assert!(output.status.success(), "{}", said(output).1);
    let token = printed.strip_suffix('\n').unwrap();
    assert!(
        !token.contains(char::is_whitespace),
        "one token and nothing else"
    );
    assert!(output.stderr.is_empty(), "{}", said(output).1);
    block_on(checker.validate(token, &SystemClock))
}

#[test]
fn a_persona_gets_a_token_that_the_api_takes() {
    let demo = Demo::shared();
    let doctor = check(demo, &demo.tarn(&["token", "--persona", "ooh-doctor"])).unwrap();
    assert_eq!(
        (doctor.level, doctor.actor.role),
        (ScopeLevel::User, Role::OohDoctor)
    );
    assert!(doctor.actor.organisation.is_some());
    assert!(doctor.allows("Observation", Interaction::Search));
    assert!(!doctor.allows("Observation", Interaction::Update));

    let edie = check(demo, &demo.tarn(&["token", "--persona", "story-person"])).unwrap();
    assert_eq!(edie.level, ScopeLevel::Patient);
    assert_eq!(edie.actor.own_nhs_number.unwrap().as_str(), "9990000018");

    let scope = "user/Patient.r";
    let arguments = ["token", "--persona", "ooh-doctor", "--scope", scope];
    let narrow = check(demo, &demo.tarn(&arguments)).unwrap();
    assert!(narrow.allows("Patient", Interaction::Read));
    assert!(!narrow.allows("Patient", Interaction::Search));
    assert!(!narrow.allows("Observation", Interaction::Read));

    // Where the data is not in a folder, the demo is found by its first port.
    let base = base(demo).to_string();
    let by_port = tarn(&["token", "--persona", "gp", "--port-base", &base]);
    assert_eq!(check(demo, &by_port).unwrap().actor.role, Role::Gp);
    assert!(!demo.logged().contains("eyJ"), "no token is in the log");
}

#[test]
fn what_gives_no_token_says_why_in_one_sentence() {
    let demo = Demo::shared();
    let refused = |output: Output, why: &str| {
        let (worked, text) = said(&output);
        assert!(!worked && output.stdout.is_empty(), "{text}");
        assert!(text.contains(why) && text.lines().count() == 1, "{text}");
        assert!(
            CANARIES.iter().all(|canary| !text.contains(canary)),
            "{text}"
        );
    };
    refused(
        demo.tarn(&["token", "--persona", "nobody"]),
        "no persona of this name",
    );
    for scope in ["patient/*.rs", "user/*.sr", "everything", "system/*.rs"] {
        let arguments = ["token", "--persona", "gp", "--scope", scope];
        refused(demo.tarn(&arguments), "gives no such scope");
    }
    let nowhere = tempfile::tempdir().unwrap();
    let folder = nowhere.path().display().to_string();
    let not_running = "the demo is not running on this data";
    refused(
        tarn(&["token", "--persona", "gp", "--data", &folder]),
        not_running,
    );
    // A demo that was killed left its file behind.
    let left = r#"{"sign_in":"127.0.0.1:9","api":"http://127.0.0.1:3/fhir/r4"}"#;
    std::fs::write(nowhere.path().join("demo-signin.json"), left).unwrap();
    refused(
        tarn(&["token", "--persona", "gp", "--data", &folder]),
        not_running,
    );
}
