//! What holds for every page, and what the program tells its operators about them.
#![expect(
    clippy::unwrap_used,
    reason = "a test stops at the first thing that is not as it should be"
)]

use crate::browser::Browser;
use crate::demo::{CANARIES, Demo, STORY_NUMBER, expect_nothing_of_the_record};
use crate::whole::choose;

/// Pages of every kind: found, refused, not there, signed out, of each part.
fn addresses(demo: &Demo, person: &str) -> Vec<(String, String)> {
    let absent = "/people/01900000-0000-7000-8000-000000000000";
    let of = |origin: String, paths: &[&str]| {
        let each = |path: &&str| (origin.clone(), (*path).to_owned());
        paths.iter().map(each).collect::<Vec<_>>()
    };
    let medicines = format!("{person}/medicines");
    let emergency = format!("{person}/emergency");
    let common = ["/signed-out", "/healthz", "/readyz", "/metrics", "/nowhere"];
    [
        of(
            demo.viewer(),
            &["/", person, &medicines, &emergency, absent, "/people/x"],
        ),
        of(demo.portal(), &["/", "/record", "/who-looked", "/choices"]),
        of(demo.viewer(), &common),
        of(demo.portal(), &common),
        of(demo.sign_in(), &["/", "/nowhere"]),
    ]
    .concat()
}

#[test]
fn every_reply_has_the_security_headers_and_nothing_inline() {
    let demo = Demo::shared();
    let (mut browser, person) = demo.open_story();
    browser.sign_in(&demo.portal(), "story-person");
    for (origin, path) in addresses(demo, &person) {
        let reply = browser.get(&origin, &path);
        let what = format!("{origin}{path}");
        let is = |name: &str, value: &str| {
            assert_eq!(reply.header(name), Some(value), "{name} of {what}");
        };
        is("x-content-type-options", "nosniff");
        is("referrer-policy", "no-referrer");
        is("cross-origin-opener-policy", "same-origin");
        is("cross-origin-resource-policy", "same-origin");
        is("cache-control", "no-store");
        assert!(reply.header("permissions-policy").is_some(), "{what}");
        let policy = reply.header("content-security-policy").unwrap_or_default();
        for part in [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'self'",
        ] {
            assert!(policy.contains(part), "{part} of {what}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{what}: {policy}");
        assert!(!policy.contains('*'), "{what}: {policy}");
        for inline in [
            "<style",
            " style=\"",
            " onclick=",
            "javascript:",
            "<script>",
        ] {
            assert!(!reply.body.contains(inline), "{inline} in {what}");
        }
        for link in [reply.values("src"), reply.values("action")].concat() {
            assert!(link.starts_with('/'), "{what} points to {link}");
        }
        assert!(reply.header("server").is_none(), "{what} names its server");
    }
}

#[test]
fn forms_of_other_sites_are_refused_and_change_nothing() {
    let demo = Demo::shared();
    let (mut doctor, person) = demo.open_story();
    let csrf = doctor.get(&demo.viewer(), "/").csrf().unwrap();
    // The portal is another origin, though browsers count it to the same site.
    let portal = demo.portal();
    let viewer = demo.viewer();
    let foreign: &[&[(&str, &str)]] = &[
        &[
            ("Sec-Fetch-Site", "cross-site"),
            ("Origin", "https://elsewhere.example"),
        ],
        &[("Sec-Fetch-Site", "same-site"), ("Origin", &portal)],
        &[("Sec-Fetch-Site", "cross-site"), ("Origin", &viewer)],
        &[("Origin", "https://elsewhere.example")],
        &[("Origin", &portal)],
        &[("Origin", "null")],
        &[],
    ];
    let emergency = format!("{person}/emergency");
    for headers in foreign {
        for path in ["/find", "/sign-out", "/switch-user", "/theme", &emergency] {
            let form = [("csrf", csrf.as_str()), ("nhs_number", STORY_NUMBER)];
            let reply = doctor.post_with(&demo.viewer(), path, &form, headers);
            assert_eq!(reply.status, 403, "{path} {headers:?}: {}", reply.words());
            assert!(reply.words().contains("This form came from another site"));
            expect_nothing_of_the_record(&reply.body, path);
        }
    }
    assert_eq!(
        doctor.get(&demo.viewer(), "/").status,
        200,
        "still signed in"
    );

    // A form of our own page without the session's secret is refused too.
    let forged = [("csrf", "made-up"), ("nhs_number", STORY_NUMBER)];
    let reply = doctor.post(&demo.viewer(), "/find", &forged);
    assert_eq!(reply.status, 403, "{}", reply.words());
    expect_nothing_of_the_record(&reply.body, "/find with a made-up secret");
}

#[test]
fn metrics_count_requests_by_route_and_know_nobody() {
    let demo = Demo::shared();
    let (mut doctor, person) = demo.open_story();
    let count = |text: &str| -> u64 {
        let wanted = |line: &&str| {
            line.starts_with("tarn_http_request_duration_seconds_count")
                && line.contains("method=\"GET\"")
                && line.contains("route=\"/people/{person}\"")
        };
        let line = text.lines().find(wanted);
        let value = line.and_then(|line| line.rsplit_once(' '));
        value.map_or(0, |(_, number)| number.parse().unwrap())
    };
    let before = count(&doctor.get(&demo.viewer(), "/metrics").body);
    assert_eq!(doctor.get(&demo.viewer(), &person).status, 200);
    let metrics = doctor.get(&demo.viewer(), "/metrics").body;
    assert!(count(&metrics) > before, "{metrics}");

    let key = person.strip_prefix("/people/").unwrap();
    assert!(!metrics.contains(key), "the person’s key is in the metrics");
    for origin in [demo.viewer(), demo.portal(), demo.sign_in()] {
        let metrics = Browser::default().get(&origin, "/metrics").body;
        assert!(metrics.contains("tarn_http"), "{origin}: {metrics}");
        expect_nothing_of_the_record(&metrics, "the metrics");
        assert!(!metrics.contains("Achterberg") && !metrics.contains("ooh-doctor"));
    }
}

#[test]
fn the_log_at_its_most_talkative_says_nothing_of_anybody() {
    for mut demo in Demo::on_each_backend_logging("trace") {
        let secrets = walk_through(&demo);
        assert_eq!(demo.interrupt(), Some(0));
        let log = demo.logged();
        assert!(log.contains("request answered"));
        for secret in secrets {
            for form in forms_of(&secret) {
                let line = log.lines().find(|line| line.contains(&form));
                assert_eq!(line, None, "{secret} is in the log as {form}");
            }
        }
    }
}

/// Everything that staff and a person do in a day; gives what no log may say of it.
fn walk_through(demo: &Demo) -> Vec<String> {
    let (mut doctor, person) = demo.open_story();
    let mut edie = Browser::signed_in(&demo.portal(), "story-person");
    for path in [
        "",
        "/medicines",
        "/results",
        "/timeline",
        "/letters",
        "/handover",
    ] {
        let reply = doctor.get(&demo.viewer(), &format!("{person}{path}"));
        assert_eq!(reply.status, 200, "{path}: {}", reply.words());
    }
    // By name, with an address that names somebody, and with a number typed into an address.
    let csrf = doctor.get(&demo.viewer(), "/").csrf().unwrap();
    let by_name = [
        ("csrf", csrf.as_str()),
        ("by_name", "true"),
        ("family", "Hargreaves"),
        ("given", "Edna"),
        ("birth_day", "14"),
        ("birth_month", "7"),
        ("birth_year", "1945"),
    ];
    let found = doctor.post(&demo.viewer(), "/find", &by_name);
    assert!(found.link("/people/").is_some(), "{}", found.words());
    doctor.get(&demo.viewer(), "/people/9990000018");
    doctor.get(&demo.viewer(), "/?nhs_number=9990000018&name=Hargreaves");
    for path in ["/", "/record", "/who-looked", "/choices/change"] {
        assert_eq!(edie.get(&demo.portal(), path).status, 200, "{path}");
    }
    choose(demo, &mut edie, false);
    doctor.get(&demo.viewer(), &person);
    let mut secrets: Vec<String> = CANARIES.iter().map(|canary| (*canary).to_owned()).collect();
    let cookies = [doctor.cookies, edie.cookies];
    secrets.extend(cookies.iter().flat_map(|jar| jar.values().cloned()));
    secrets.push(csrf);
    secrets.extend(["ZZ99 1AE", "01632 960 184", "07700 900461"].map(str::to_owned));
    assert!(secrets.iter().all(|secret| secret.len() > 3));
    secrets
}

/// The ways in which a text can stand in a log: as it is, as the list of its bytes that a
/// debugging line writes, and in hexadecimal.
fn forms_of(secret: &str) -> [String; 3] {
    let bytes = format!("{:?}", secret.as_bytes());
    [
        secret.to_owned(),
        bytes.trim_matches(['[', ']']).to_owned(),
        hex::encode(secret),
    ]
}
