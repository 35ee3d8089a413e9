//! What the pages say while something behind them is gone: never a record byte without an audit
//! row, never a guess in place of a choice, never silence about a source.
#![expect(
    clippy::unwrap_used,
    reason = "a test stops at the first thing that is not as it should be"
)]

use crate::browser::{Browser, Reply};
use crate::demo::{Demo, STORY_NUMBER, expect_nothing_of_the_record, said};

/// Who was signed in before the fault, and where the record is.
struct Readers {
    doctor: Browser,
    officer: Browser,
    edie: Browser,
    person: String,
}

impl Readers {
    fn of(demo: &Demo) -> Self {
        let (doctor, person) = demo.open_story();
        let edie = Browser::signed_in(&demo.portal(), "story-person");
        let officer = Browser::signed_in(&demo.viewer(), "privacy-officer");
        Self {
            doctor,
            officer,
            edie,
            person,
        }
    }

    /// Every page with record content on it, fetched: what it is, and the reply.
    fn record_pages(&mut self, demo: &Demo) -> Vec<(String, Reply)> {
        let mut pages = Vec::new();
        for &(method, pattern) in tarn_viewer::ROUTES {
            let path = pattern
                .replace("/people/{person}", &self.person)
                .replace("{list}", "medicines");
            match (method, pattern) {
                // These show nothing of a record to anybody.
                (_, "/" | "/people/{person}/emergency" | "/people/{person}/reason") => {}
                // Answers an alert; shows nothing either.
                ("POST", "/alerts/acknowledge") => {}
                // `letters` asks for these.
                (_, pattern) if pattern.contains("/documents/") => {}
                // To the doctor there is no such page.
                ("GET", "/alerts") => {
                    let reply = self.officer.get(&demo.viewer(), &path);
                    pages.push((path, reply));
                }
                ("GET", _) => {
                    let reply = self.doctor.get(&demo.viewer(), &path);
                    pages.push((path, reply));
                }
                ("POST", "/find") => {
                    let (reply, _) = self.doctor.find(&demo.viewer(), STORY_NUMBER);
                    pages.push((path, reply));
                }
                (method, _) => panic!("{method} {pattern} is not known here"),
            }
        }
        for &(method, pattern) in tarn_portal::ROUTES {
            let what = format!("{method} {pattern} of the portal");
            let reply = match (method, pattern) {
                (_, pattern) if pattern.starts_with("/record/letters/") => continue,
                ("GET", pattern) => self.edie.get(&demo.portal(), pattern),
                ("POST", "/choices/confirm") => self.confirm(demo),
                (method, _) => panic!("{method} {pattern} is not known here"),
            };
            pages.push((what, reply));
        }
        pages
    }

    fn confirm(&mut self, demo: &Demo) -> Reply {
        let form = self.edie.get(&demo.portal(), "/choices/check");
        let csrf = form.csrf().unwrap_or_default();
        self.edie.post(
            &demo.portal(),
            "/choices/confirm",
            &[("csrf", &csrf), ("share", "no"), ("read", "yes")],
        )
    }
}

#[test]
fn without_the_audit_log_every_record_page_answers_503_and_shows_nothing() {
    for demo in Demo::on_each_backend() {
        let mut readers = Readers::of(&demo);
        // The same requests, before: each of them is answered. One of them opts out.
        for (what, reply) in readers.record_pages(&demo) {
            assert!(reply.status < 400, "{what}: {}", reply.words());
        }
        crate::whole::choose(&demo, &mut readers.edie, true);

        demo.place
            .execute("audit", "ALTER TABLE event RENAME TO event_gone");
        for (what, reply) in readers.record_pages(&demo) {
            assert_eq!(reply.status, 503, "{what}: {}", reply.words());
            expect_nothing_of_the_record(&reply.body, &what);
        }
        let signing_in = sign_in_status(&demo);
        assert_eq!(signing_in, 503, "nobody signs in without an audit row");

        demo.place
            .execute("audit", "ALTER TABLE event_gone RENAME TO event");
        let record = readers.doctor.get(&demo.viewer(), &readers.person);
        assert_eq!(record.status, 200, "{}", record.words());
    }
}

#[test]
fn without_the_choice_register_nothing_is_shown_and_the_page_says_why() {
    for demo in Demo::on_each_backend() {
        let mut readers = Readers::of(&demo);
        demo.place
            .execute("consent", "ALTER TABLE directive RENAME TO directive_gone");
        for path in [
            readers.person.clone(),
            format!("{}/medicines", readers.person),
            format!("{}/handover", readers.person),
        ] {
            let reply = readers.doctor.get(&demo.viewer(), &path);
            assert_eq!(reply.status, 503, "{path}: {}", reply.words());
            expect_nothing_of_the_record(&reply.body, &path);
            let words = reply.words();
            assert!(
                words.contains("Without the register of people's choices"),
                "{path}: {words}"
            );
            assert!(words.contains("Do not read this as"), "{path}: {words}");
        }
        let (found, person) = readers.doctor.find(&demo.viewer(), STORY_NUMBER);
        assert_eq!((found.status, person), (503, None), "{}", found.words());
        expect_nothing_of_the_record(&found.body, "the search");

        demo.place
            .execute("consent", "ALTER TABLE directive_gone RENAME TO directive");
        let record = readers.doctor.get(&demo.viewer(), &readers.person);
        assert_eq!(record.status, 200, "{}", record.words());
    }
}

#[test]
fn a_source_taken_down_is_named_with_when_it_was_last_heard_and_the_rest_still_shows() {
    for demo in Demo::on_each_backend() {
        let (mut doctor, person) = demo.open_story();
        let before = doctor.get(&demo.viewer(), &person);
        assert!(before.sources().contains(&"Oak Lane Surgery".to_owned()));

        let (down, words) = said(&demo.tarn(&["source", "down", "OAK01"]));
        assert!(down && words.contains("is unavailable"), "{words}");
        let page = doctor.get(&demo.viewer(), &person);
        assert_eq!(page.status, 200, "{}", page.words());
        let words = page.words();
        let (_, ledger) = words.split_once("Oak Lane Surgery Unavailable").unwrap();
        let ledger: String = ledger.chars().take(60).collect();
        assert!(ledger.contains("Last heard "), "{ledger}");
        let allergies = panel(&page, "Known allergies");
        assert!(allergies.contains("Unavailable at"), "{allergies}");
        assert!(allergies.contains("do not read as"), "{allergies}");
        assert!(
            allergies.contains("from a copy: the source is unavailable"),
            "{allergies}"
        );
        assert!(words.contains("unavailable: there may be others"));
        assert!(!words.contains("No known allergies"), "{words}");
        let others: Vec<String> = before
            .sources()
            .into_iter()
            .filter(|name| name != "Oak Lane Surgery")
            .collect();
        let shown = page.sources();
        for other in others {
            assert!(shown.contains(&other), "{other} still shows: {shown:?}");
        }
        let list = String::from_utf8(demo.tarn(&["source"]).stdout).unwrap();
        let line = list.lines().find(|line| line.starts_with("OAK01"));
        assert!(line.unwrap().contains("unavailable, last heard"), "{list}");

        let (up, words) = said(&demo.tarn(&["source", "up", "OAK01"]));
        assert!(up && words.contains("is back"), "{words}");
        let again = doctor.get(&demo.viewer(), &person);
        assert_eq!(again.sources(), before.sources());
        assert!(!panel(&again, "Known allergies").contains("from a copy"));
    }
}

/// The words of the panel with this title.
fn panel(page: &Reply, title: &str) -> String {
    let mut panels = page.body.split("<h2").map(|text| Reply {
        status: page.status,
        headers: Vec::new(),
        body: format!("<h2{text}"),
    });
    let titled = panels.find(|panel| panel.words().starts_with(title));
    titled.map(|panel| panel.words()).unwrap_or_default()
}

/// What the end of a sign-in answers while it cannot be written to the audit log.
fn sign_in_status(demo: &Demo) -> u16 {
    let mut browser = Browser::default();
    let (provider, path) = {
        let begun = browser.get(&demo.viewer(), "/sign-in");
        crate::browser::split(begun.location())
    };
    let (address, parameters) = path.split_once('?').unwrap();
    let mut form: Vec<(String, String)> = url::form_urlencoded::parse(parameters.as_bytes())
        .into_owned()
        .collect();
    form.push(("persona".to_owned(), "ooh-doctor".to_owned()));
    let form: Vec<(&str, &str)> = form.iter().map(|(k, v)| (&**k, &**v)).collect();
    let chosen = browser.post(&provider, address, &form);
    let (back, path) = crate::browser::split(chosen.location());
    let answered = browser.get(&back, &path);
    assert!(browser.cookies.keys().all(|name| name.ends_with("attempt")));
    answered.status
}
