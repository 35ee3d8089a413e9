//! One letter, opened by those it is meant for and by nobody while it can't be written down.
#![expect(
    clippy::unwrap_used,
    reason = "a test stops at the first thing that is not as it should be"
)]

use crate::browser::{Browser, Reply};
use crate::demo::{Demo, expect_nothing_of_the_record};

/// A doctor, the person herself, and a letter's address for each.
struct Readers {
    doctor: Browser,
    letter: String,
    edie: Browser,
    own_letter: String,
}

impl Readers {
    fn of(demo: &Demo) -> Self {
        let (mut doctor, person) = demo.open_story();
        let letters = doctor.get(&demo.viewer(), &format!("{person}/letters"));
        let letter = letters.link(&format!("{person}/documents/")).unwrap();
        let mut edie = Browser::signed_in(&demo.portal(), "story-person");
        let record = edie.get(&demo.portal(), "/record");
        let own_letter = record.link("/record/letters/DocumentReference/").unwrap();
        Self {
            doctor,
            letter,
            edie,
            own_letter,
        }
    }

    fn pages(&mut self, demo: &Demo) -> Vec<(String, Reply)> {
        let mut pages = Vec::new();
        for end in ["", "/file"] {
            let path = format!("{}{end}", self.letter);
            let reply = self.doctor.get(&demo.viewer(), &path);
            pages.push((path, reply));
            let path = format!("{}{end}", self.own_letter);
            let reply = self.edie.get(&demo.portal(), &path);
            pages.push((path, reply));
        }
        pages
    }
}

#[test]
fn a_letter_opens_for_the_doctor_and_for_the_person_and_hands_over_its_file() {
    let demo = Demo::shared();
    for (path, reply) in Readers::of(demo).pages(demo) {
        assert_eq!(reply.status, 200, "{path}: {}", reply.words());
        // The newest letter is the discharge summary of the stay that the story tells.
        assert!(reply.body.contains("pneumonia"), "{path}: {}", reply.body);
        if path.ends_with("/file") {
            let kind = reply.header("content-disposition").unwrap();
            assert!(kind.starts_with("attachment;"), "{path}: {kind}");
        }
    }
}

#[test]
fn without_the_audit_log_no_letter_opens() {
    for demo in Demo::on_each_backend() {
        let mut readers = Readers::of(&demo);
        demo.place
            .execute("audit", "ALTER TABLE event RENAME TO event_gone");
        for (path, reply) in readers.pages(&demo) {
            assert_eq!(reply.status, 503, "{path}: {}", reply.words());
            expect_nothing_of_the_record(&reply.body, &path);
            assert!(!reply.body.contains("pneumonia"), "{path}");
        }
    }
}
