//! Whole pages drawn from the sample record, and what must hold on each of them.

use actix_web::body::to_bytes;
use actix_web::cookie::Cookie;
use actix_web::middleware::from_fn;
use actix_web::{App, HttpResponse, test, web};
use tarn_access::{Cell, PersonRecord, SourceState};
use tarn_model::{Heading, HeadingSet, Realm};
use tarn_web::testing::{OpenDesk, doctor};
use tarn_web::{Failure, StaffSession};
use uuid::Uuid;

use super::frame::Frame;
use super::handover::HandoverBody;
use super::lists::{List, ListBody, Wanted};
use super::snapshot::Snapshot;
use crate::samples::{self, moment};

#[derive(Clone)]
struct Shown(PersonRecord, &'static str);

async fn draw(staff: StaffSession, shown: web::Data<Shown>) -> Result<HttpResponse, Failure> {
    let Shown(record, what) = shown.get_ref();
    let frame = Frame::of(&staff, record, Uuid::from_u128(7))?;
    let here = format!("/people/{}", record.person);
    match (*what, List::named(what)) {
        (_, Some(list)) => {
            let body = ListBody::of(record, list, &Wanted::default());
            frame
                .page(&staff, "List", &format!("{here}/{what}"))?
                .body(&body)
        }
        ("handover", None) => frame
            .page(&staff, "One-page handover", &here)?
            .body(&HandoverBody::of(record)),
        _ => frame
            .page(&staff, "Snapshot", &here)?
            .body(&Snapshot::of(record)),
    }
}

#[actix_web::test]
async fn pages_about_nobody_in_particular_need_no_door() {
    let somebody = "/people/0192f0c1-2d3e-7a4b-8c5d-6e7f80910a1b";
    let web =
        tarn_web::testing::web(Realm::Staff, OpenDesk::new().with("token", doctor())).unwrap();
    let app = test::init_service(
        App::new()
            .wrap(from_fn(tarn_web::every_request))
            .app_data(web::Data::new(web))
            .configure(crate::configure)
            .configure(tarn_web::configure),
    )
    .await;
    let cookie = || Cookie::new("__Host-tarn-viewer", "token");
    let own = ("Sec-Fetch-Site", "same-origin");
    let get = |path: &str| {
        test::TestRequest::get()
            .uri(path)
            .cookie(cookie())
            .to_request()
    };
    let post = |path: &str, form: &str| {
        let request = test::TestRequest::post()
            .uri(path)
            .cookie(cookie())
            .insert_header(own);
        request
            .set_payload(format!("csrf=csrf-of-token&{form}"))
            .to_request()
    };
    let emergency = format!("{somebody}/emergency");
    let reason = format!("{somebody}/reason");
    for (name, request, status) in [
        ("find", get("/"), 200),
        ("emergency", get(&emergency), 200),
        ("emergency-mistakes", post(&emergency, "why=&words="), 422),
        ("reason-mistakes", post(&reason, "why=other&words="), 422),
        ("not-a-person", get("/people/9990000018/emergency"), 404),
        ("reason-given", post(&reason, "why=present&words="), 303),
    ] {
        let reply = test::call_service(&app, request).await;
        assert_eq!(reply.status().as_u16(), status, "{name}");
        let html = String::from_utf8(
            to_bytes(reply.into_body())
                .await
                .unwrap_or_default()
                .to_vec(),
        )
        .unwrap();
        assert!(!html.contains("style="), "{name}");
        if status != 303 {
            assert_eq!(html.matches("<h1").count(), 1, "{name}");
            assert!(!html.contains("class=\"banner"), "{name}");
        }
        keep(name, &html);
    }
}

#[actix_web::test]
async fn nobody_reads_a_page_without_a_session() {
    let web = tarn_web::testing::web(Realm::Staff, OpenDesk::new()).unwrap();
    let app = test::init_service(
        App::new()
            .wrap(from_fn(tarn_web::every_request))
            .app_data(web::Data::new(web))
            .configure(crate::configure),
    )
    .await;
    for (method, path) in crate::ROUTES {
        let path = path
            .replace("{person}", "0192f0c1-2d3e-7a4b-8c5d-6e7f80910a1b")
            .replace("{list}", "medicines")
            .replace("{type}/{id}", "DocumentReference/1");
        let request = match *method {
            "GET" => test::TestRequest::get(),
            _ => test::TestRequest::post().insert_header(("Sec-Fetch-Site", "same-origin")),
        };
        let reply = test::call_service(&app, request.uri(&path).to_request()).await;
        let to = reply
            .headers()
            .get("location")
            .and_then(|to| to.to_str().ok())
            .unwrap_or_default();
        assert!(
            to.starts_with("/sign-in"),
            "{method} {path}: {} {to}",
            reply.status()
        );
    }
}

/// For looking at: `TARN_VIEWER_PAGES=DIR cargo test -p tarn-viewer` keeps the pages there.
fn keep(name: &str, html: &str) {
    if let Some(folder) = option_env!("TARN_VIEWER_PAGES") {
        std::fs::write(format!("{folder}/{name}.html"), html).unwrap();
    }
}

/// The whole page, as a browser would get it.
async fn page(record: PersonRecord, what: &'static str) -> String {
    let web =
        tarn_web::testing::web(Realm::Staff, OpenDesk::new().with("token", doctor())).unwrap();
    let app = test::init_service(
        App::new()
            .wrap(from_fn(tarn_web::every_request))
            .app_data(web::Data::new(web))
            .app_data(web::Data::new(Shown(record, what)))
            .route("/drawn", web::get().to(draw))
            .configure(tarn_web::configure),
    )
    .await;
    let request = test::TestRequest::get()
        .uri("/drawn")
        .cookie(Cookie::new("__Host-tarn-viewer", "token"));
    let reply = test::call_service(&app, request.to_request()).await;
    assert_eq!(reply.status(), 200);
    let bytes = to_bytes(reply.into_body()).await.unwrap_or_default();
    let html = String::from_utf8(bytes.to_vec()).unwrap();
    keep(what, &html);
    html
}

const PAGES: [&str; 8] = [
    "snapshot",
    "medicines",
    "results",
    "timeline",
    "letters",
    "care-circle",
    "more",
    "handover",
];

#[actix_web::test]
async fn every_line_names_its_source_and_its_as_at_time() {
    for what in PAGES {
        let html = page(samples::record(), what).await;
        let starts: Vec<usize> = html
            .match_indices("class=\"")
            .map(|(at, _)| at + 7)
            .filter(|at| {
                let class = html[*at..].split('"').next().unwrap();
                // Where sources differ, the rows below name them, and are lines themselves.
                class.split(' ').any(|word| word == "line") && !class.contains("differs")
            })
            .collect();
        let ends = starts.iter().skip(1).copied().chain([html.len()]);
        let lines = starts.len();
        for (from, to) in starts.iter().copied().zip(ends) {
            let row = html[from..to].split("</section>").next().unwrap();
            assert!(row.contains("class=\"chip"), "{what}: {row}");
            assert!(row.contains("as at 2"), "{what}: {row}");
        }
        assert!(lines > 0, "{what} shows lines");
    }
}

#[actix_web::test]
async fn no_page_carries_a_style_a_script_or_a_number_in_an_address() {
    for what in PAGES {
        let html = page(samples::record(), what).await;
        for never in [
            "style=",
            "<style",
            "<script",
            "onclick",
            "9990000018",
            "http://",
            "https://",
        ] {
            assert!(!html.contains(never), "{what} has {never}");
        }
    }
}

#[actix_web::test]
async fn every_page_has_one_h1_the_banner_first_and_the_constant_line() {
    for what in PAGES {
        let html = page(samples::record(), what).await;
        assert_eq!(html.matches("<h1").count(), 1, "{what}");
        let banner = html.find("class=\"banner\"").unwrap();
        assert!(
            banner < html.find("<header class=\"site\"").unwrap(),
            "PAB-0009: {what}"
        );
        assert!(
            html.contains("This view may not include everything. Ask the person."),
            "{what}"
        );
        assert!(html.contains("/emergency\""), "{what}");
        assert!(html.contains("can see that you looked, and why"), "{what}");
        assert!(html.contains("Uncontrolled when printed"), "{what}");
        assert!(html.contains("under clause 4.2, for direct care"), "{what}");
    }
}

#[actix_web::test]
async fn cui_rules_hold_on_the_drawn_snapshot() {
    let html = page(samples::record(), "snapshot").await;
    let text = html.replace('\u{a0}', " ");
    let check = |rule: &str, words: &str| assert!(text.contains(words), "{rule}: {words}");
    check("PAB-0049", "HARGREAVES, Edna (Mrs)");
    check(
        "PAB-0033, -0042",
        "<dt>Born</dt><dd>14-Jul-1945 <span class=\"banner-age\">(81y)</span></dd>",
    );
    check("PAB-0035", "<dt>Gender</dt><dd>Female</dd>");
    check(
        "PAB-0036, NUM-0001",
        "<dt>NHS No.</dt><dd class=\"number\">999 000 0018</dd>",
    );
    check("PAB-0064", ">Known allergies</a>");
    check("PAB-0065", "updated 04-Feb-2011");
    check("PAB-0066", "#allergies\"");
    check(
        "MEDi-007",
        "<span class=\"dose-label\">DOSE</span>&nbsp;<span class=\"dose\">40 mg</span>",
    );
    check("MEDi-018", "<span aria-hidden=\"true\">—</span>");
    check("MEDv-062", "aria-current=\"true\">Current 7</a>");
    check("MEDv-074", "1 ended in the last 90 d");
    check(
        "MEDv-042",
        "<b>Started</b> <span class=\"nowrap\">18-Nov-2026</span>",
    );
    check("GTAB-027", "<span class=\"result-unit\">micromol/L</span>");
    check("GTAB-047", "previous <b>138</b>");
    check("GTAB-176", "women, 18 and over: 45–84");
    check("GTAB-188", "Newest on the right");
    check("D+Ta-0006", "14-Nov-2026");
    let order = ["NHS No.", "Registered GP"].map(|words| text.find(words).unwrap());
    assert!(order[0] < order[1], "PAB-0016");
    assert!(
        !text.contains("NHS No.:") && !text.contains("Born:"),
        "PAB-0042"
    );
}

#[actix_web::test]
async fn differences_are_printed_and_no_winner_is_picked() {
    let html = page(samples::record(), "snapshot").await;
    assert!(html.contains("How often differs") && html.contains("Status differs"));
    assert!(html.contains("2 differ between sources") && html.contains('≠'));
    for words in ["once a day", "twice a day"] {
        let marked =
            format!("<mark class=\"differing\"><span class=\"part\">{words}</span></mark>");
        assert!(html.contains(&marked), "{words}");
    }
    assert!(html.contains("<mark class=\"differing\">Discontinued</mark>"));
    assert!(html.contains("Sources disagree") && html.contains("No known drug allergies"));
}

#[actix_web::test]
async fn a_silent_source_is_named_where_it_is_missing_and_nothing_reads_as_none() {
    let mut record = samples::record();
    let last_heard_at = Some(moment("2026-11-21T22:10:00Z"));
    record
        .lines
        .retain(|line| !["OAK01", "RHC"].contains(&line.source.as_str()));
    for standing in &mut record.ledger.sources {
        if standing.source.organisation.as_str() == "OAK01" {
            standing.state = SourceState::Unavailable { last_heard_at };
        }
    }
    for cell in &mut record.ledger.cells {
        if cell.organisation.as_str() == "OAK01" {
            cell.cell = Cell::Unavailable { last_heard_at };
        }
    }
    let html = page(record.clone(), "snapshot")
        .await
        .replace('\u{a0}', " ");
    assert!(html.contains(">Allergies unavailable<") && !html.contains("No known allergies"));
    let said = html
        .replace("<span class=\"nowrap\">", "")
        .replace("</span>", "");
    assert!(
        said.contains(
            "Unavailable at 10:04: do not read as “none”. GP: last heard 21-Nov-2026 22:10"
        )
    );
    let list = page(record, "medicines").await;
    assert!(list.contains("?held=yes"), "an older copy is offered");
}

#[actix_web::test]
async fn a_role_sees_only_its_headings_and_is_told_which_are_not_its_own() {
    let mut record = samples::record();
    record.permitted = HeadingSet::EMPTY
        .with(Heading::Demographics)
        .with(Heading::Appointments);
    record
        .lines
        .retain(|line| line.heading == Heading::Appointments);
    let html = page(record, "snapshot").await;
    for never in [
        "furosemide",
        "penicillin",
        "llergies</a>",
        "id=\"medicines\"",
        "id=\"allergies\"",
    ] {
        assert!(!html.contains(never), "PAB-0008: {never}");
    }
    assert!(html.contains("Not part of your role") && html.contains("The same for every person."));
}

#[actix_web::test]
async fn a_protected_address_and_a_death_change_the_banner() {
    let mut record = samples::record();
    record.location_protected = true;
    record.demographics[0].addresses.clear();
    record.demographics[0].died = Some(Some(samples::day("2026-10-19")));
    let html = page(record, "snapshot").await;
    assert!(html.contains("banner is-deceased"), "PAB-0055, -0056");
    assert!(html.contains("<dt>Died</dt><dd>19-Oct-2026</dd><dt>Age at Death</dt><dd>81y</dd>"));
    assert!(html.contains("Address protected") && !html.contains("(81y)"));
    assert!(html.contains("<dt>Next of kin</dt><dd>Protected</dd>"));
    assert!(html.contains("names of staff and local services are left out of every page"));
    for what in ["letters", "handover"] {
        let mut record = samples::record();
        record.location_protected = true;
        let html = page(record, what).await;
        assert!(html.contains("do not read as “none”"), "{what}");
    }
}

#[actix_web::test]
async fn an_alert_that_points_to_a_text_opens_it() {
    let mut record = samples::record();
    let person = record.person;
    let alert = record
        .lines
        .iter_mut()
        .find(|line| line.display == "Key safe, back door")
        .unwrap();
    alert.resource_type = "Flag".to_owned();
    alert.detail.opens = Some("Binary/1".to_owned());
    let link = format!("/people/{person}/documents/Flag/{}", alert.resource_id);
    let html = page(record, "snapshot").await;
    assert!(html.contains(&format!(
        "<a href=\"{link}\"><bdi>Key safe, back door</bdi></a>"
    )));
    let html = page(samples::record(), "snapshot").await;
    assert!(
        !html.contains("/documents/Flag/"),
        "only where it points to one"
    );
}

#[actix_web::test]
async fn a_record_without_lines_says_so_under_every_heading() {
    let mut record = samples::record();
    record.lines.clear();
    let html = page(record, "snapshot").await;
    assert!(html.matches("None to show").count() >= 8);
    assert!(!html.contains("No known allergies"));
}
