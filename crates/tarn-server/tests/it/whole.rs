//! The whole system as people meet it: one process, its pages over HTTP, on both backends.
#![expect(
    clippy::unwrap_used,
    reason = "a test stops at the first thing that is not as it should be"
)]

use std::time::Duration;

use crate::browser::Browser;
use crate::demo::{Demo, STORY_NUMBER, expect_nothing_of_the_record};

#[test]
fn a_doctor_reads_the_record_and_the_person_reads_who_looked() {
    for demo in Demo::on_each_backend() {
        let (mut doctor, person) = demo.open_story();
        let record = doctor.get(&demo.viewer(), &person);
        assert_eq!(record.status, 200, "{}", record.words());
        let sources = record.sources();
        assert!(sources.len() >= 4, "lines come from {sources:?}");
        for said in ["HARGREAVES, Edna", "penicillin", "apixaban", "Fenbridge"] {
            assert!(record.words().contains(said), "{said}");
        }

        let mut edie = Browser::signed_in(&demo.portal(), "story-person");
        let looked = edie.get(&demo.portal(), "/who-looked");
        assert_eq!(looked.status, 200, "{}", looked.words());
        let words = looked.words();
        for said in [
            "Harrowmere Urgent Care",
            "Dr Nadia Achterberg",
            "Opened your record",
            "Saw your name in a list of search results",
            "none missing",
        ] {
            assert!(words.contains(said), "{said}: {words}");
        }
        let own = edie.get(&demo.portal(), "/record").words();
        assert!(own.contains("penicillin") && own.contains("St Brannoc’s Hospital"));
    }
}

#[test]
fn every_page_names_the_person_it_is_about_and_no_other() {
    let demo = Demo::shared();
    let mut other = Browser::signed_in(&demo.portal(), "in-hospital");
    for path in ["/", "/record", "/who-looked", "/choices", "/choices/change"] {
        let page = other.get(&demo.portal(), path);
        assert_eq!(page.status, 200, "{path}: {}", page.words());
        assert!(!page.words().contains("Hargreaves"), "{path}");
    }
    let record = other.get(&demo.portal(), "/record").words();
    assert!(record.contains("Pemberton"), "it is Arthur Pemberton’s");
}

#[test]
fn it_says_ready_last_stops_at_ctrl_c_and_starts_again_on_the_same_data() {
    for mut demo in Demo::on_each_backend() {
        // Whatever would be printed after "ready" has had its time.
        std::thread::sleep(Duration::from_millis(300));
        let printed = demo.printed();
        assert!(
            printed
                .iter()
                .any(|line| line.starts_with("made Harrowmere"))
        );
        let expected = format!(
            "ready viewer={} portal={} signin={} fhir={}/fhir/r4",
            demo.viewer(),
            demo.portal(),
            demo.sign_in(),
            demo.fhir()
        );
        assert_eq!(printed.last(), Some(&expected));
        let (mut doctor, person) = demo.open_story();
        let before = doctor.get(&demo.viewer(), &person).sources();

        assert_eq!(demo.interrupt(), Some(0), "{}", demo.logged());
        assert_eq!(demo.printed().last().map(String::as_str), Some("stopped"));

        let again = Demo::start(demo.place.clone(), &[]);
        let printed = again.printed();
        assert!(
            printed
                .iter()
                .any(|line| line.starts_with("reusing the data that is there: Harrowmere")),
            "{printed:?}"
        );
        let (mut doctor, same) = again.open_story();
        assert_eq!(same, person, "nobody was made twice");
        assert_eq!(doctor.get(&again.viewer(), &same).sources(), before);
    }
}

#[test]
fn signing_out_ends_the_session_and_not_only_the_cookie() {
    let demo = Demo::shared();
    let mut doctor = Browser::signed_in(&demo.viewer(), "ooh-doctor");
    let form = doctor.get(&demo.viewer(), "/");
    assert_eq!(form.status, 200);
    let kept = doctor.cookies.clone();
    let csrf = form.csrf().unwrap();

    let forged = doctor.post(&demo.viewer(), "/sign-out", &[("csrf", "made-up")]);
    assert_eq!(forged.status, 403, "a form without the session's secret");
    assert_eq!(doctor.get(&demo.viewer(), "/").status, 200);

    let out = doctor.post(&demo.viewer(), "/sign-out", &[("csrf", &csrf)]);
    assert_eq!(out.status, 303);
    doctor.cookies = kept;
    let stale = doctor.get(&demo.viewer(), "/");
    assert_eq!((stale.status, stale.location()), (303, "/sign-in?to=/"));
}

#[test]
fn a_choice_works_on_the_next_request_and_both_ways() {
    for demo in Demo::on_each_backend() {
        let (mut doctor, person) = demo.open_story();
        let shown = doctor.get(&demo.viewer(), &person);
        assert_eq!(shown.status, 200, "{}", shown.words());
        let absent = "/people/01900000-0000-7000-8000-000000000000";

        let mut edie = Browser::signed_in(&demo.portal(), "story-person");
        choose(&demo, &mut edie, false);
        let hidden = doctor.get(&demo.viewer(), &person);
        expect_nothing_of_the_record(&hidden.body, "the record after the choice");
        let nobody = doctor.get(&demo.viewer(), absent);
        assert_eq!((hidden.status, nobody.status), (404, 404));
        assert_eq!(
            without_references(&hidden.words()),
            without_references(&nobody.words()),
            "hidden looks like absent"
        );
        let (found, none) = doctor.find(&demo.viewer(), STORY_NUMBER);
        assert_eq!((found.status, none), (200, None));
        expect_nothing_of_the_record(&found.body, "the search after the choice");
        let own = edie.get(&demo.portal(), "/record").words();
        assert!(own.contains("penicillin"), "one’s own record stays open");

        choose(&demo, &mut edie, true);
        let restored = doctor.get(&demo.viewer(), &person);
        assert_eq!(restored.status, 200);
        assert_eq!(restored.sources(), shown.sources());
        assert_eq!(
            doctor.find(&demo.viewer(), STORY_NUMBER).1.as_deref(),
            Some(&*person)
        );

        let log = edie.get(&demo.portal(), "/who-looked").words();
        assert!(log.contains("they saw nothing"), "the refusal: {log}");
        assert!(log.contains("Opened your record"), "the opening: {log}");
        let history = edie.get(&demo.portal(), "/choices").words();
        assert!(history.contains("Don’t share my record") && history.contains("Share my record"));
    }
}

/// Makes a choice the way the portal's pages lead: look, check, confirm, done.
pub(crate) fn choose(demo: &Demo, edie: &mut Browser, share: bool) {
    for path in ["/choices", "/choices/change"] {
        assert_eq!(edie.get(&demo.portal(), path).status, 200, "{path}");
    }
    let check = edie.get(&demo.portal(), "/choices/check");
    assert_eq!(check.status, 200);
    let csrf = check.csrf().unwrap();
    let share = if share { "yes" } else { "no" };
    let saved = edie.post(
        &demo.portal(),
        "/choices/confirm",
        &[("csrf", &csrf), ("share", share), ("read", "yes")],
    );
    assert_eq!(
        (saved.status, saved.location()),
        (303, "/choices/done"),
        "{}",
        saved.words()
    );
    let done = edie.get(&demo.portal(), "/choices/done");
    assert!(done.words().contains("Your choice is saved"));
}

/// The page's words without the reference of the reply and its time, which differ for each.
pub(crate) fn without_references(words: &str) -> String {
    match words.split_once("Reference TRN") {
        Some((before, _)) => before.to_owned(),
        None => words.to_owned(),
    }
}
