//! An application of one page, one form and one failure of each kind.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where its ground gives way"
)]

use actix_web::middleware::from_fn;
use actix_web::{App, HttpResponse, test, web};
use tarn_model::{ErrorKind, Purpose, Realm};
use tarn_web::testing::{OpenDesk, citizen, doctor};
use tarn_web::{CitizenSession, Failure, Posted, RealmSession, StaffSession, Web};

#[derive(askama::Template)]
#[template(source = "<h1>{{ words }}</h1>", ext = "html")]
pub(crate) struct Body {
    pub(crate) words: String,
}

#[derive(serde::Deserialize)]
pub(crate) struct NoteForm {
    note: String,
}

async fn start(staff: StaffSession) -> Result<HttpResponse, Failure> {
    let words = staff.context(Purpose::DirectCare).actor.display_name;
    staff.page("Start").body(&Body { words })
}

async fn mine(citizen: CitizenSession) -> Result<HttpResponse, Failure> {
    citizen.page("Mine").body(&Body {
        words: "mine".to_owned(),
    })
}

async fn note(posted: Posted<StaffSession, NoteForm>) -> Result<HttpResponse, Failure> {
    posted.session.page("Noted").body(&Body {
        words: posted.form.note,
    })
}

async fn fail(path: web::Path<String>) -> Result<HttpResponse, Failure> {
    Err(Failure::of(match path.as_str() {
        "denied" => ErrorKind::Denied,
        "invalid" => ErrorKind::Invalid,
        "conflict" => ErrorKind::Conflict,
        "unavailable" => ErrorKind::Unavailable,
        "internal" => ErrorKind::Internal,
        _ => ErrorKind::NotFound,
    }))
}

/// A desk where a doctor holds the token `doctor` and a citizen the token `citizen`.
pub(crate) fn desk() -> OpenDesk {
    OpenDesk::new()
        .with("doctor", doctor())
        .with("citizen", citizen())
}

pub(crate) fn viewer() -> Web {
    tarn_web::testing::web(Realm::Staff, desk()).unwrap()
}

pub(crate) fn portal() -> Web {
    tarn_web::testing::web(Realm::Citizen, desk()).unwrap()
}

/// One reply, taken apart.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: actix_web::http::header::HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn cookies(&self) -> Vec<String> {
        self.headers
            .get_all("set-cookie")
            .map(|v| v.to_str().unwrap().to_owned())
            .collect()
    }
}

pub(crate) async fn ask(web: Web, request: test::TestRequest) -> Answer {
    ask_in_turn(web, vec![request]).await.remove(0)
}

pub(crate) async fn ask_in_turn(web: Web, requests: Vec<test::TestRequest>) -> Vec<Answer> {
    let app = test::init_service(
        App::new()
            .wrap(from_fn(tarn_web::every_request))
            .app_data(web::Data::new(web))
            .route("/", web::get().to(start))
            .route("/people/{person}", web::get().to(start))
            .route("/mine", web::get().to(mine))
            .route("/note", web::post().to(note))
            .route("/fail/{kind}", web::get().to(fail))
            .route("/fhir/fail/{kind}", web::get().to(fail))
            .configure(tarn_web::configure),
    )
    .await;
    let mut answers = Vec::new();
    for request in requests {
        let reply = test::call_service(&app, request.to_request()).await;
        let status = reply.status().as_u16();
        let headers = reply.headers().clone();
        let body = test::read_body(reply).await;
        let body = String::from_utf8(body.to_vec()).unwrap();
        answers.push(Answer {
            status,
            headers,
            body,
        });
    }
    answers
}

pub(crate) fn get(path: &str) -> test::TestRequest {
    test::TestRequest::get()
        .uri(path)
        .insert_header(("accept", "text/html"))
}

pub(crate) fn as_doctor(request: test::TestRequest) -> test::TestRequest {
    request.insert_header(("cookie", "__Host-tarn-viewer=doctor"))
}

/// A form sent by one of the viewer's own pages.
pub(crate) fn post(path: &str, body: &str) -> test::TestRequest {
    as_doctor(test::TestRequest::post())
        .uri(path)
        .insert_header(("sec-fetch-site", "same-origin"))
        .insert_header(("content-type", "application/x-www-form-urlencoded"))
        .set_payload(body.to_owned())
}
