use std::sync::Arc;

use actix_web::http::header::CONTENT_DISPOSITION;
use actix_web::{HttpResponse, web};
use askama::Template;
use tarn_access::{Document, Door};
use tarn_model::Purpose;
use tarn_web::{CitizenSession, Failure, RealmSession, citizen_date};

use crate::{Place, entry, page, refusal};

/// `GET /record/letters/{type}/{id}`: one letter, as its source wrote it.
pub(crate) async fn show(
    session: CitizenSession,
    door: web::Data<Arc<Door>>,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Failure> {
    let ctx = session.context(Purpose::SubjectAccess);
    match door.own_document(&ctx, &path.0, &path.1).await {
        Ok(document) => {
            let file = format!("/record/letters/{}/{}/file", path.0, path.1);
            let body = LetterBody::of(&document, file);
            page(&session, &body.title, Place::Record).body(&body)
        }
        Err(error) => refusal::reply(&session, Place::Record, &error),
    }
}

/// `GET /record/letters/{type}/{id}/file`: the same letter as a file to keep. It is never shown
/// by the browser itself: what a source sent could be a page with scripts in it.
pub(crate) async fn file(
    session: CitizenSession,
    door: web::Data<Arc<Door>>,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Failure> {
    let ctx = session.context(Purpose::SubjectAccess);
    match door.own_document(&ctx, &path.0, &path.1).await {
        Ok(document) => Ok(HttpResponse::Ok()
            .content_type("application/octet-stream")
            .insert_header((CONTENT_DISPOSITION, attachment(&document.content_type)))
            .body(document.bytes.clone())),
        Err(error) => refusal::reply(&session, Place::Record, &error),
    }
}

#[derive(Template)]
#[template(path = "letter.html")]
pub(crate) struct LetterBody {
    pub(crate) title: String,
    when: Option<String>,
    source: String,
    who: Option<String>,
    text: Option<String>,
    kind: &'static str,
    words_only: bool,
    back: &'static str,
    file: String,
}

impl LetterBody {
    pub(crate) fn of(document: &Document, file: String) -> Self {
        let line = &document.line;
        Self {
            title: line.display.clone(),
            when: entry::moment(line).map(|when| citizen_date(when.at, when.precision)),
            source: line.source.to_string(),
            who: line.detail.who.clone(),
            text: plain_text(document),
            kind: kind(&document.content_type),
            words_only: document.words_only,
            back: line.heading.word(),
            file,
        }
    }
}

/// The letter's words, if it is plain text in UTF-8.
fn plain_text(document: &Document) -> Option<String> {
    let base = document
        .content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim();
    if base != "text/plain" {
        return None;
    }
    String::from_utf8(document.bytes.clone()).ok()
}

fn kind(content_type: &str) -> &'static str {
    match content_type.split(';').next().unwrap_or_default().trim() {
        "application/pdf" => "a PDF file",
        "image/jpeg" | "image/png" | "image/tiff" => "a picture",
        "application/rtf" | "text/rtf" => "a text document (RTF)",
        "text/html" | "application/xhtml+xml" => "a web page",
        "text/plain" => "a text file",
        _ => "a file",
    }
}

/// A file name that says nothing of the person, since it stays on the computer.
fn attachment(content_type: &str) -> String {
    let ending = match content_type.split(';').next().unwrap_or_default().trim() {
        "application/pdf" => "pdf",
        "image/jpeg" => "jpg",
        "image/png" => "png",
        "image/tiff" => "tiff",
        "application/rtf" | "text/rtf" => "rtf",
        "text/plain" => "txt",
        _ => "bin",
    };
    format!("attachment; filename=\"letter.{ending}\"")
}
