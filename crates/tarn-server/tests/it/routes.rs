//! Every route of every part: who gets nothing from it.
//!
//! The lists that are walked are the crates' own `ROUTES`; that they are whole is shown from the
//! text of each `configure`, so that a route added there alone fails here.
#![expect(
    clippy::expect_used,
    reason = "a test stops at the first thing that is not as it should be"
)]

use std::collections::BTreeSet;
use std::sync::OnceLock;

use crate::browser::{Browser, Reply};
use crate::demo::{Demo, STORY_NUMBER, expect_nothing_of_the_record};
use crate::whole::without_references;

const VIEWER: &str = include_str!("../../../tarn-viewer/src/lib.rs");
const PORTAL: &str = include_str!("../../../tarn-portal/src/lib.rs");
const WEB: &str = include_str!("../../../tarn-web/src/lib.rs");
const FHIR: &str = include_str!("../../../tarn-fhir/src/lib.rs");
const SIGN_IN: &str = include_str!("../../src/signin/mod.rs");
const OPEN: &str = include_str!("open_routes.txt");

/// Lists of the viewer, which one route serves.
const LISTS: &[&str] = &[
    "medicines",
    "results",
    "timeline",
    "letters",
    "care-circle",
    "more",
];

#[test]
fn the_tables_of_routes_are_whole() {
    assert_eq!(
        configured(VIEWER),
        listed(tarn_viewer::ROUTES),
        "tarn_viewer::ROUTES"
    );
    assert_eq!(
        configured(PORTAL),
        listed(tarn_portal::ROUTES),
        "tarn_portal::ROUTES"
    );
    let mut open = configured(WEB)
        .into_iter()
        .map(|route| format!("every {route}"))
        .collect::<BTreeSet<_>>();
    for route in configured(SIGN_IN) {
        let (method, path) = route.split_once(' ').unwrap();
        let inside = if path == "/" { "" } else { "/{realm}" };
        open.insert(format!("signin {method} {inside}{path}"));
    }
    // The rest of that interface is one table, each of whose routes asks for a token.
    let open_of_fhir = configured(&fhir_written_out());
    let named = tarn_fhir::OPEN.iter();
    let named: BTreeSet<String> = named.map(|(path, _)| format!("GET {path}")).collect();
    assert_eq!(open_of_fhir, named, "tarn_fhir::OPEN");
    for route in open_of_fhir {
        open.insert(format!("fhir {route}"));
    }
    let reviewed = reviewed().into_iter();
    let staff = |route: &String| route.starts_with("staff ");
    let (staff, reviewed): (BTreeSet<_>, BTreeSet<_>) = reviewed.partition(staff);
    assert_eq!(open, reviewed, "open_routes.txt");
    for route in staff {
        let route = route.strip_prefix("staff ").unwrap();
        assert!(
            listed(tarn_viewer::ROUTES).contains(route),
            "open_routes.txt names {route}"
        );
    }
}

#[test]
fn nobody_who_has_not_signed_in_gets_anything() {
    let world = World::shared();
    for (origin, method, path) in world.requests() {
        let reply = ask(&mut Browser::default(), &origin, method, &path, "made-up");
        expect_sent_to_sign_in(&reply, method, &path);
    }
}

/// Neither without a token, nor with one that is made up, nor with a session of the pages: their
/// cookies reach every port of a host.
#[test]
fn nobody_without_a_token_gets_anything_from_the_fhir_interface() {
    let world = World::shared();
    let fhir = world.demo.fhir();
    let mut doctor = Browser::signed_in(&world.demo.viewer(), "ooh-doctor");
    let mut routes = 0;
    for (method, pattern) in tarn_fhir::routes() {
        let path = pattern
            .replace("{type}", "Patient")
            .replace("{id}", "1")
            .replace("{version}", "1");
        let what = format!("{method} {path}");
        assert!(
            !path.contains('{'),
            "{what} has a part this test does not know"
        );
        let forged = [("Authorization", "Bearer made-up")];
        let mut nobody = Browser::default();
        for reply in [
            nobody.send(&fhir, method, &path, &[], ""),
            nobody.send(&fhir, method, &path, &forged, ""),
            doctor.send(&fhir, method, &path, &[], ""),
        ] {
            assert_eq!(reply.status, 401, "{what}: {}", reply.body);
            assert!(reply.header("www-authenticate").is_some(), "{what}");
            assert!(reply.body.contains("OperationOutcome"), "{what}");
            expect_nothing_of_the_record(&reply.body, &what);
        }
        routes += 1;
    }
    assert!(routes >= 20, "{routes} routes");
    for (path, _) in tarn_fhir::OPEN {
        let reply = Browser::default().get(&fhir, path);
        assert_eq!(reply.status, 200, "{path}: {}", reply.body);
        expect_nothing_of_the_record(&reply.body, path);
    }
}

#[test]
fn a_session_of_one_realm_opens_nothing_in_the_other() {
    let world = World::shared();
    let mut doctor = Browser::signed_in(&world.demo.viewer(), "ooh-doctor");
    let mut edie = Browser::signed_in(&world.demo.portal(), "story-person");
    let doctor_csrf = doctor.get(&world.demo.viewer(), "/").csrf().unwrap();
    let edie_csrf = edie.get(&world.demo.portal(), "/").csrf().unwrap();
    // The other part's cookie as browsers send it, and its secret under this part's name.
    let cookie = |part: &str| format!("__Host-tarn-{part}");
    let doctor_token = doctor.cookies.get(&cookie("viewer")).unwrap().clone();
    let edie_token = edie.cookies.get(&cookie("portal")).unwrap().clone();
    for forged in [false, true] {
        if forged {
            doctor
                .cookies
                .insert(cookie("portal"), doctor_token.clone());
            edie.cookies.insert(cookie("viewer"), edie_token.clone());
        }
        for (origin, method, path) in world.requests() {
            let at_viewer = origin == world.demo.viewer();
            let (browser, csrf) = if at_viewer {
                (&mut edie, &edie_csrf)
            } else {
                (&mut doctor, &doctor_csrf)
            };
            let reply = ask(browser, &origin, method, &path, csrf);
            expect_sent_to_sign_in(&reply, method, &path);
        }
    }
}

#[test]
fn roles_that_no_clause_lets_in_read_no_record() {
    let world = World::shared();
    let open = reviewed();
    for role in ["operator", "ig-lead"] {
        let mut browser = Browser::signed_in(&world.demo.viewer(), role);
        let csrf = browser.get(&world.demo.viewer(), "/").csrf().unwrap();
        let mut refused = 0;
        for &(method, pattern) in tarn_viewer::ROUTES {
            for path in world.paths(pattern) {
                let reply = ask(&mut browser, &world.demo.viewer(), method, &path, &csrf);
                let what = format!("{method} {path} as {role}");
                expect_nothing_of_the_record(&reply.body, &what);
                if open.contains(&format!("staff {method} {pattern}")) {
                    continue;
                }
                if is_for_privacy_officers(&path) {
                    continue;
                }
                assert_eq!(reply.status, 403, "{what}: {}", reply.words());
                assert!(
                    reply.words().contains("No clause of the agreement"),
                    "{what}: {}",
                    reply.words()
                );
                refused += 1;
            }
        }
        assert!(refused >= 10, "{role} was refused {refused} pages");
    }
}

/// For every role but one, and before and after something is reported, the pages of alerts are
/// pages that are not there.
#[test]
fn alerts_are_there_for_the_privacy_officer_alone() {
    let world = World::shared();
    let viewer = world.demo.viewer();
    let mut officer = Browser::signed_in(&viewer, "privacy-officer");
    let home = officer.get(&viewer, "/");
    assert_eq!((home.status, home.location()), (303, "/alerts"));
    let alerts = officer.get(&viewer, "/alerts");
    assert_eq!(alerts.status, 200, "{}", alerts.words());
    assert!(alerts.words().contains("Opened with emergency access"));
    let event = alerts.values("value").into_iter().find(|it| it.len() == 36);
    let event = event.expect("an alert to answer");

    for persona in tarn_model::Role::ALL.iter().map(|role| role.word()) {
        if matches!(persona, "privacy-officer" | "citizen") {
            continue;
        }
        let mut browser = Browser::signed_in(&viewer, persona);
        let page = browser.get(&viewer, "/");
        assert!(!page.body.contains("/alerts"), "{persona} sees a link");
        let csrf = page.csrf().unwrap();
        let absent = "/people/01900000-0000-7000-8000-000000000000/nothing";
        let nowhere = browser.get(&viewer, absent);
        assert_eq!(nowhere.status, 404, "{}", nowhere.words());
        let form = [("csrf", csrf.as_str()), ("event", &event), ("note", "Mine")];
        for reply in [
            browser.get(&viewer, "/alerts"),
            browser.get(&viewer, "/alerts?list=answered"),
            browser.post(&viewer, "/alerts/acknowledge", &form),
        ] {
            assert_eq!(reply.status, 404, "{persona}: {}", reply.words());
            assert_eq!(
                without_references(&reply.words()),
                without_references(&nowhere.words()),
                "{persona}"
            );
        }
    }
    let after = officer.get(&viewer, "/alerts");
    assert!(after.body.contains(&event), "nobody of them answered it");
    // Their own pages open no record.
    let record = officer.get(&viewer, &world.person);
    assert_eq!(record.status, 404, "{}", record.words());
    expect_nothing_of_the_record(&record.body, "the record, to a privacy officer");
}

#[test]
fn an_emergency_opens_nothing_for_a_role_that_no_clause_lets_in() {
    let world = World::shared();
    let mut operator = Browser::signed_in(&world.demo.viewer(), "operator");
    let csrf = operator.get(&world.demo.viewer(), "/").csrf().unwrap();
    let form = [
        ("csrf", csrf.as_str()),
        ("why", "serious-risk"),
        ("words", "Breathless and alone"),
    ];
    let path = format!("{}/emergency", world.person);
    let kept = operator.post(&world.demo.viewer(), &path, &form);
    assert_eq!(kept.status, 303, "{}", kept.words());
    let record = operator.get(&world.demo.viewer(), &world.person);
    assert_eq!(record.status, 403, "{}", record.words());
    expect_nothing_of_the_record(&record.body, "the record after an emergency");
}

#[test]
fn the_same_requests_do_open_the_record_for_those_it_is_meant_for() {
    // Without this, the tests above could pass on addresses that show nothing to anybody.
    // `letters` opens the letters.
    let world = World::shared();
    let mut doctor = Browser::signed_in(&world.demo.viewer(), "ooh-doctor");
    for &(method, pattern) in tarn_viewer::ROUTES {
        for path in world.paths(pattern) {
            let is_record = path.starts_with("/people/") && !path.ends_with("/emergency");
            if method == "GET" && is_record && !path.contains("/documents/") {
                let reply = doctor.get(&world.demo.viewer(), &path);
                assert_eq!(reply.status, 200, "{path}: {}", reply.words());
                let shown = reply.body.contains("HARGREAVES");
                assert!(shown, "{path}: {}", reply.words());
            }
        }
    }
    let mut edie = Browser::signed_in(&world.demo.portal(), "story-person");
    for &(method, pattern) in tarn_portal::ROUTES {
        for path in world.paths(pattern) {
            if method == "GET" && path != "/choices/done" && !path.contains("/letters/") {
                let reply = edie.get(&world.demo.portal(), &path);
                assert_eq!(reply.status, 200, "{path}: {}", reply.words());
            }
        }
    }
}

/// Pages that are there for one role alone; for the others they are not refused but absent.
fn is_for_privacy_officers(path: &str) -> bool {
    path.starts_with("/alerts")
}

/// The shared demo, with addresses at which there is something to see.
struct World {
    demo: &'static Demo,
    person: String,
    letter: (String, String),
}

impl World {
    fn shared() -> &'static Self {
        static SHARED: OnceLock<World> = OnceLock::new();
        SHARED.get_or_init(|| {
            let demo = Demo::shared();
            let (mut doctor, person) = demo.open_story();
            let letters = doctor.get(&demo.viewer(), &format!("{person}/letters"));
            let beginning = format!("{person}/documents/");
            let letter = letters.link(&beginning).expect("a letter");
            let (kind, id) = letter
                .strip_prefix(&beginning)
                .and_then(|rest| rest.split_once('/'))
                .expect("the address of a letter");
            Self {
                demo,
                letter: (kind.to_owned(), id.to_owned()),
                person,
            }
        })
    }

    /// Every address that a route stands for in this test.
    fn paths(&self, pattern: &str) -> Vec<String> {
        let path = pattern
            .replace("/people/{person}", &self.person)
            .replace("{type}", &self.letter.0)
            .replace("{id}", &self.letter.1);
        let paths: Vec<String> = if path.contains("{list}") {
            let each = |list: &&str| path.replace("{list}", list);
            LISTS.iter().map(each).collect()
        } else {
            vec![path]
        };
        for path in &paths {
            assert!(
                !path.contains('{'),
                "{pattern} has a part this test does not know"
            );
        }
        paths
    }

    /// Every request on pages of the viewer and the portal: origin, method, address.
    fn requests(&self) -> Vec<(String, &'static str, String)> {
        let mut all = Vec::new();
        for (origin, routes) in [
            (self.demo.viewer(), tarn_viewer::ROUTES),
            (self.demo.portal(), tarn_portal::ROUTES),
        ] {
            for &(method, pattern) in routes {
                for path in self.paths(pattern) {
                    all.push((origin.clone(), method, path));
                }
            }
        }
        all
    }
}

/// Sends a request that would be answered if whoever asks were let in.
fn ask(browser: &mut Browser, origin: &str, method: &str, path: &str, csrf: &str) -> Reply {
    match method {
        "GET" => browser.get(origin, path),
        "POST" => {
            let form = [
                ("csrf", csrf),
                ("nhs_number", STORY_NUMBER),
                ("share", "yes"),
                ("why", "present"),
                ("words", "They rang"),
            ];
            browser.post(origin, path, &form)
        }
        other => panic!("this test cannot send {other}"),
    }
}

fn expect_sent_to_sign_in(reply: &Reply, method: &str, path: &str) {
    let what = format!("{method} {path}");
    expect_nothing_of_the_record(&reply.body, &what);
    assert_eq!(reply.status, 303, "{what}: {}", reply.words());
    assert!(
        reply.location().starts_with("/sign-in?to="),
        "{what} leads to {}",
        reply.location()
    );
    expect_nothing_of_the_record(reply.location(), &what);
    assert_eq!(reply.body, "", "{what}");
}

/// The routes that the text of a `configure` names, as `METHOD path`.
fn configured(text: &str) -> BTreeSet<String> {
    let (_, rest) = text.split_once("fn configure(").expect("a `configure`");
    let (body, _) = rest.split_once("\n}\n").expect("its end");
    for way in [".resource(", "#[get", "#[post", "web::resource"] {
        assert!(!body.contains(way), "`configure` uses {way}, unknown here");
    }
    let routes: BTreeSet<String> = body.split(".route(").skip(1).map(one_route).collect();
    assert!(!routes.is_empty());
    routes
}

/// The text of the FHIR interface’s `configure` with its base written into each path.
fn fhir_written_out() -> String {
    let base = format!("\"{}", tarn_fhir::BASE);
    FHIR.replace("&below(\"", &base).replace("\"),", "\",")
}

fn one_route(call: &str) -> String {
    let (path, rest) = call
        .trim_start()
        .strip_prefix('"')
        .and_then(|rest| rest.split_once('"'))
        .expect("a path written out");
    let method = rest.trim_start_matches([',', ' ', '\n']);
    let method = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"]
        .into_iter()
        .find(|word| method.starts_with(&format!("web::{}()", word.to_lowercase())))
        .expect("a method written out");
    format!("{method} {path}")
}

fn listed(routes: &[(&str, &str)]) -> BTreeSet<String> {
    routes
        .iter()
        .map(|(method, path)| format!("{method} {path}"))
        .collect()
}

/// The lines of the reviewed list, each of which gives its reason.
fn reviewed() -> BTreeSet<String> {
    let lines = OPEN.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let (route, why) = line.split_once(" | ").expect("a route and its reason");
            assert!(why.len() > 10, "{route} has no reason");
            route.to_owned()
        })
        .collect()
}
