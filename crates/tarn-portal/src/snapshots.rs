//! Every page in every state, whole, against the pages kept in `snapshots/`.
//!
//! A page that differs is written beside the kept one as `….html.new`: look at it, and move it
//! over the old one if it is right.

use std::path::PathBuf;

use actix_web::FromRequest;
use actix_web::dev::Payload;
use actix_web::test::TestRequest;
use actix_web::web::Data;
use askama::Template;
use tarn_access::{AccessLog, LogEntry, Preview};
use tarn_model::{Purpose, Realm, Role};
use tarn_web::CitizenSession;
use tarn_web::testing::{AT, OpenDesk, citizen};

use crate::pages::choices::{ChangeBody, CheckBody, ChoicesBody, DoneBody, Past};
use crate::pages::home::HomeBody;
use crate::pages::letter::LetterBody;
use crate::pages::record::RecordBody;
use crate::pages::who_looked::WhoLookedBody;
use crate::{Place, page, sample, sample_log};

#[actix_web::test]
async fn home() {
    let (record, log) = (sample::record(), sample_log::log());
    let body = HomeBody::of(&record, &log.entries, &sample::choices_none(), AT);
    check("home", Place::Home, &body).await;
    let nothing = HomeBody::of(&sample::record_empty(), &[], &sample::choices_none(), AT);
    let html = check("home-empty", Place::Home, &nothing).await;
    assert!(html.contains("nobody looked at your record"));
}

#[actix_web::test]
async fn record() {
    let html = check(
        "record",
        Place::Record,
        &RecordBody::of(&sample::record(), AT),
    )
    .await;
    // The six kinds of empty, each in words; a mistake and a "no" never read as a fact.
    for words in [
        "14&nbsp;hours late",
        "so there may be more",
        "Ring 01632",
        "None recorded",
        "Not shown here",
        "Not sent yet",
        "Ruled out:",
        "Entered by mistake: 1",
        "an irregular heartbeat",
        "131 micromol/L",
        "Higher than usual",
        "No date given",
    ] {
        let words = words.replace("&nbsp;", "\u{a0}");
        let found = html.contains(&words) || html.replace('\u{a0}', " ").contains(&words);
        assert!(found, "{words}");
    }
    assert!(!html.contains("No known allergies"));
    let html = check(
        "record-opted-out",
        Place::Record,
        &RecordBody::of(&sample::record_opted_out(), AT),
    )
    .await;
    assert!(html.contains("You chose to hide this") && html.contains("penicillin"));
    check(
        "record-empty",
        Place::Record,
        &RecordBody::of(&sample::record_empty(), AT),
    )
    .await;
}

#[actix_web::test]
async fn a_protected_address_is_said_to_be_left_out() {
    let mut record = sample::record();
    record.location_protected = true;
    let html = whole(Place::Record, &RecordBody::of(&record, AT)).await;
    assert!(html.contains("Where you live is protected"));
}

/// How the sources stood at an opening is an entry of the log and not another look.
#[actix_web::test]
async fn how_sources_stood_is_no_look() {
    let before = sample_log::log();
    let mut after = before.clone();
    let mut met = before.entries[2].clone();
    met.action = "sources-met".to_owned();
    after.entries.insert(2, met);
    let of = |log: &AccessLog| crate::visits::Visits::of(&log.entries);
    assert_eq!(of(&before), of(&after));
}

#[actix_web::test]
async fn a_letter_without_its_layout_is_not_said_to_be_exact() {
    let mut letter = sample::letter("text/plain", b"Plan");
    letter.words_only = true;
    let body = LetterBody::of(&letter, "/record/letters/Composition/1/file".to_owned());
    let html = whole(Place::Record, &body).await;
    assert!(html.contains("without its layout") && !html.contains("exactly as it was sent"));
}

#[actix_web::test]
async fn letters() {
    let plain = sample::letter(
        "text/plain; charset=utf-8",
        b"Dear Edie\n\nYou came in with <pneumonia>.",
    );
    let html = check(
        "letter",
        Place::Record,
        &LetterBody::of(&plain, "/record/letters/Binary/1/file".to_owned()),
    )
    .await;
    assert!(!html.contains("<pneumonia>"));
    for (kind, words) in [
        ("application/pdf", "a PDF file"),
        ("text/html", "a web page"),
        ("x/y", "a file"),
    ] {
        let other = sample::letter(kind, b"<script>alert(1)</script>");
        let html = whole(Place::Record, &LetterBody::of(&other, "/f".to_owned())).await;
        assert!(html.contains(words) && !html.contains("alert(1)"), "{kind}");
    }
}

#[actix_web::test]
async fn who_looked() {
    let html = check(
        "who-looked",
        Place::WhoLooked,
        &WhoLookedBody::of(&sample_log::log(), false, AT),
    )
    .await;
    for words in [
        "<b>3 people</b> in <b>2 organisations</b>",
        "<b>2 attempts</b> were refused",
        "Harrowmere Urgent Care",
        "2 people, today",
        "Everything in your record",
        "They wrote: “Rang me from the pharmacy”",
        "The privacy officer was told of this at once, because it was emergency access.",
        "Somebody at St Brannoc’s Hospital asked for your record twice. Tarn found no link between them and your care, so <b>they saw nothing</b>",
        "Your name in a list of search results",
        "for a person whose case is open with them.”",
        "Clause 4.2",
        "Numbers 1 to 10 are here, none missing",
        "opted back in",
        "You read your own record, list or choices once",
    ] {
        assert!(html.replace('\u{a0}', " ").contains(words), "{words}");
    }
    // What the officer then reads is told too, and is not counted as looking at the record.
    let officer = |action: &str| LogEntry {
        action: action.to_owned(),
        role: Role::PrivacyOfficer,
        basis: Some("alert".to_owned()),
        purpose: Purpose::AuditReview,
        ..sample_log::log_entry(
            11,
            "2026-11-22T10:01:00Z",
            "Ingrid Falkner",
            ("RSB", "St Brannoc’s Hospital"),
        )
    };
    let looked_into = AccessLog {
        entries: vec![officer("alert-acknowledged"), officer("read-alerts")],
        total: 11,
        complete: true,
    };
    let html = whole(
        Place::WhoLooked,
        &WhoLookedBody::of(&looked_into, false, AT),
    )
    .await;
    for words in [
        "<b>nobody</b> looked at your record",
        "To check who had looked and why.",
        "A look at your record had been reported to them.",
        "Your name, date of birth and NHS number. They didn’t open your record.",
        "Read a report that your record had been opened",
        "Looked into who had opened your record",
    ] {
        assert!(html.contains(words), "{words}");
    }
    let none = AccessLog {
        entries: Vec::new(),
        total: 0,
        complete: true,
    };
    let html = check(
        "who-looked-nobody",
        Place::WhoLooked,
        &WhoLookedBody::of(&none, false, AT),
    )
    .await;
    assert!(html.contains("Nobody has looked at your record through Tarn."));
    let gap = AccessLog {
        complete: false,
        ..sample_log::log()
    };
    let html = check(
        "who-looked-gap",
        Place::WhoLooked,
        &WhoLookedBody::of(&gap, true, AT),
    )
    .await;
    assert!(html.contains("some are missing") && html.contains("Back to the newest"));
}

#[actix_web::test]
async fn choices() {
    check(
        "choices",
        Place::Choices,
        &ChoicesBody::of(&sample::choices_none()),
    )
    .await;
    let opted_out = ChoicesBody::of(&sample::choices_opted_out());
    let html = check("choices-opted-out", Place::Choices, &opted_out).await;
    for words in [
        "HRW-7F3K-22AB",
        "Entered by mistake, without effect",
        "By telephone",
    ] {
        assert!(html.contains(words), "{words}");
    }
    assert!(
        !html.contains("HRW-0000-0001"),
        "another scheme's choice is not this one"
    );
    let stop = ChangeBody::of(true, &sample::preview());
    let html = check("choice-change-stop", Place::Choices, &stop).await;
    for words in [
        "would not see your 2 allergies, 8 medicines and 14 letters",
        "Harrowmere Mental Health couldn’t be reached",
        "none, 8 fewer",
    ] {
        assert!(html.replace('\u{a0}', " ").contains(words), "{words}");
    }
    check(
        "choice-change-again",
        Place::Choices,
        &ChangeBody::of(false, &sample::preview()),
    )
    .await;
    let empty = Preview {
        sharing: Vec::new(),
        not_answering: Vec::new(),
        ..sample::preview()
    };
    check(
        "choice-change-nothing",
        Place::Choices,
        &ChangeBody::of(true, &empty),
    )
    .await;
    let asked = CheckBody {
        share: false,
        read: true,
        csrf: "csrf-of-citizen".to_owned(),
    };
    let html = check("choice-check-stop", Place::Choices, &asked).await;
    assert!(html.contains("name=\"csrf\" value=\"csrf-of-citizen\""));
    let asked = CheckBody {
        share: true,
        read: false,
        csrf: "csrf-of-citizen".to_owned(),
    };
    check("choice-check-again", Place::Choices, &asked).await;
    let past = || Past {
        words: "Don’t share my record",
        saved: "22 November 2026".to_owned(),
        from: "22 November 2026 at 10:04am".to_owned(),
        channel: "Here, online",
        reference: "HRW-7F3K-22AB".to_owned(),
    };
    check(
        "choice-done-stop",
        Place::Choices,
        &DoneBody {
            sharing: false,
            choice: past(),
        },
    )
    .await;
    check(
        "choice-done-again",
        Place::Choices,
        &DoneBody {
            sharing: true,
            choice: past(),
        },
    )
    .await;
}

async fn whole(place: Place, body: &impl Template) -> String {
    let desk = OpenDesk::new().with("citizen", citizen());
    let web = Data::new(tarn_web::testing::web(Realm::Citizen, desk).unwrap());
    let request = TestRequest::get()
        .uri("/")
        .insert_header(("cookie", "__Host-tarn-portal=citizen"))
        .app_data(web)
        .to_http_request();
    let session = CitizenSession::from_request(&request, &mut Payload::None)
        .await
        .unwrap();
    page(&session, "Sample", place).html(body).unwrap()
}

/// Renders the page, checks what every page must be, and compares it with the kept one.
async fn check(name: &str, place: Place, body: &impl Template) -> String {
    let html = without_file_hashes(&whole(place, body).await);
    every_page(name, &html);
    let kept = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("snapshots")
        .join(format!("{name}.html"));
    let new = kept.with_extension("html.new");
    if std::fs::read_to_string(&kept).unwrap_or_default() == html {
        let _ = std::fs::remove_file(&new);
    } else {
        std::fs::write(&new, &html).unwrap();
        panic!(
            "{name} differs from the page kept; the new one is {}",
            new.display()
        );
    }
    html
}

fn every_page(name: &str, html: &str) {
    assert_eq!(html.matches("<h1").count(), 1, "{name}: one title");
    assert_eq!(html.matches("<main").count(), 1, "{name}");
    for never in [
        "<script",
        "<style",
        " style=",
        "onclick",
        "None recorded.</p>",
        "()",
        "error",
    ] {
        assert!(!html.contains(never), "{name}: {never}");
    }
    assert!(html.contains("Leave this page quickly"), "{name}");
    assert_eq!(
        html.matches("aria-current=\"page\"").count(),
        1,
        "{name}: where one is"
    );
    let ids: Vec<&str> = html
        .split(" id=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    for (at, id) in ids.iter().enumerate() {
        assert!(!ids[..at].contains(id), "{name}: {id} twice");
    }
    for target in ["aria-labelledby=\"", " for=\"", "href=\"#"] {
        for id in html
            .split(target)
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
        {
            assert!(ids.contains(&id), "{name}: nothing has the id {id}");
        }
    }
}

/// A change of a style sheet is no change of a page.
fn without_file_hashes(html: &str) -> String {
    let mut parts = html.split("/assets/");
    let mut plain = parts.next().unwrap().to_owned();
    for part in parts {
        plain.push_str("/assets/-/");
        plain.push_str(part.split_once('/').unwrap().1);
    }
    plain
}
