//! `/people/{person}/documents/{type}/{id}`: one letter.
//!
//! Only plain text is drawn; nothing that a source formatted is run or rendered here. Other kinds
//! are handed over as a file, if they are of a kind that a reader's machine opens safely.

use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::{HttpResponse, web};
use askama::Template;
use tarn_access::{AccessError, Disclosed, Document, Ledger};
use tarn_model::{Heading, PersonId};
use tarn_web::{Failure, StaffSession};

use super::{Frame, Reasons, TheDoor, context, failure, person_of, reason};
use crate::dates;
use crate::source::{Chip, Sources};

/// Kinds of file that are handed over, with the end of the file's name.
const FILES: &[(&str, &str, &str)] = &[
    ("application/pdf", "pdf", "a PDF file"),
    ("image/jpeg", "jpg", "a picture (JPEG)"),
    ("image/png", "png", "a picture (PNG)"),
    ("text/plain", "txt", "plain text"),
];

/// Address of a document: person, resource type, resource id.
type Place = web::Path<(String, String, String)>;

/// `GET /people/{person}/documents/{type}/{id}`
pub(crate) async fn show(
    staff: StaffSession,
    door: TheDoor,
    reasons: Reasons,
    path: Place,
) -> Result<HttpResponse, Failure> {
    let (person, kind, id) = path.into_inner();
    let person = person_of(&person)?;
    let ctx = context(&staff, &reasons, person);
    match door.read_document(&ctx, person, &kind, &id).await {
        Ok(document) => {
            let sources = door.sources().await.map_err(failure)?;
            let ledger = Ledger {
                sources,
                cells: Vec::new(),
            };
            let frame = Frame::of_document(&staff, &document, &ledger)?;
            let body = DocumentBody::new(&document, person, &ledger);
            frame
                .page(&staff, title(&document), &here(&document, person))?
                .body(&body)
        }
        Err(AccessError::ReasonNeeded { person }) => reason::ask(&staff, &door, person),
        Err(error) => Err(failure(error)),
    }
}

/// `GET /people/{person}/documents/{type}/{id}/file`
pub(crate) async fn file(
    staff: StaffSession,
    door: TheDoor,
    reasons: Reasons,
    path: Place,
) -> Result<HttpResponse, Failure> {
    let (person, kind, id) = path.into_inner();
    let person = person_of(&person)?;
    let ctx = context(&staff, &reasons, person);
    match door.read_document(&ctx, person, &kind, &id).await {
        Ok(document) => hand_over(&document).ok_or_else(Failure::not_found),
        Err(AccessError::ReasonNeeded { person }) => reason::ask(&staff, &door, person),
        Err(error) => Err(failure(error)),
    }
}

/// The page's title, which names neither person nor letter: titles stay in a browser's history.
fn title(document: &Document) -> &'static str {
    match document.line.heading {
        Heading::Alerts => "Alert",
        _ => "Letter",
    }
}

/// The page that the document was opened from.
fn here(document: &Document, person: PersonId) -> String {
    match document.line.heading {
        Heading::Alerts => format!("/people/{person}"),
        _ => format!("/people/{person}/letters"),
    }
}

/// The file as an attachment; its name tells nothing. Never shown inside a page of ours.
fn hand_over(document: &Disclosed<Document>) -> Option<HttpResponse> {
    let (kind, ending, _) = file_kind(&document.content_type)?;
    Some(
        HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, kind))
            .insert_header((
                CONTENT_DISPOSITION,
                format!("attachment; filename=\"letter.{ending}\""),
            ))
            .body(document.bytes.clone()),
    )
}

#[derive(Template)]
#[template(path = "pages/document.html")]
struct DocumentBody {
    title: String,
    context: Vec<String>,
    chip: Chip,
    text: Option<String>,
    words_only: bool,
    file: Option<(String, &'static str)>,
    source: String,
    telephone: Option<String>,
}

impl DocumentBody {
    fn new(document: &Disclosed<Document>, person: PersonId, ledger: &Ledger) -> Self {
        Self::of(document, person, ledger)
    }

    fn of(document: &Document, person: PersonId, ledger: &Ledger) -> Self {
        let line = &document.line;
        let sources = Sources::new(ledger);
        let text = is_plain_text(&document.content_type)
            .then(|| String::from_utf8_lossy(&document.bytes).into_owned());
        let address = format!(
            "/people/{person}/documents/{}/{}/file",
            line.resource_type, line.resource_id
        );
        let dated = line.clinical_at.as_ref().or(line.recorded_at.as_ref());
        let mut context = vec![dated.map_or("Date not recorded".to_owned(), |when| {
            format!("Dated {}", dates::when(when))
        })];
        context.push(format!("arrived {}", dates::date_time(line.received_at)));
        context.extend(
            [&line.detail.who, &line.detail.place]
                .into_iter()
                .flatten()
                .cloned(),
        );
        Self {
            title: line
                .detail
                .title
                .clone()
                .unwrap_or_else(|| line.display.clone()),
            context,
            chip: sources.chip(&line.source, line.received_at),
            file: file_kind(&document.content_type)
                .filter(|_| text.is_none())
                .map(|(_, _, words)| (address, words)),
            text,
            words_only: document.words_only,
            source: sources.name(&line.source).to_owned(),
            telephone: ledger
                .standing(&line.source)
                .and_then(|standing| standing.source.telephone.clone()),
        }
    }
}

fn is_plain_text(content_type: &str) -> bool {
    essence(content_type) == "text/plain"
}

fn file_kind(content_type: &str) -> Option<(&'static str, &'static str, &'static str)> {
    let wanted = essence(content_type);
    FILES.iter().find(|(kind, _, _)| *kind == wanted).copied()
}

/// The type without its parameters: `text/plain` of `text/plain; charset=utf-8`.
fn essence(content_type: &str) -> String {
    content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    fn document(content_type: &str, bytes: &str) -> Document {
        let mut line = samples::line("A1", "Discharge summary");
        line.resource_type = "DocumentReference".to_owned();
        let record = samples::record();
        Document {
            line,
            content_type: content_type.to_owned(),
            bytes: bytes.as_bytes().to_vec(),
            words_only: false,
            demographics: record.demographics,
            opening: record.opening,
        }
    }

    fn html(content_type: &str, bytes: &str) -> String {
        let ledger = samples::ledger(&["A1"]);
        DocumentBody::of(&document(content_type, bytes), PersonId::DIRECTORY, &ledger)
            .render()
            .unwrap()
    }

    #[test]
    fn text_is_shown_and_nothing_in_it_runs() {
        let shown = html(
            "text/plain; charset=utf-8",
            "Dear <script>alert(1)</script>\nDoctor",
        );
        assert!(
            shown.contains("&#60;script&#62;") && !shown.contains("<script>"),
            "{shown}"
        );
        assert!(shown.contains("as at 22-Nov-2026"));
    }

    #[test]
    fn words_without_their_layout_are_said_to_be_so() {
        let ledger = samples::ledger(&["A1"]);
        let mut letter = document("text/plain; charset=utf-8", "Plan\nRest");
        let html = |letter: &Document| {
            let body = DocumentBody::of(letter, PersonId::DIRECTORY, &ledger);
            body.render().unwrap()
        };
        assert!(!html(&letter).contains("section by section"));
        letter.words_only = true;
        assert!(html(&letter).contains("section by section"));
        letter.line.heading = Heading::Alerts;
        assert_eq!(title(&letter), "Alert");
        letter.line.heading = Heading::Documents;
        assert_eq!(title(&letter), "Letter");
    }

    #[test]
    fn other_kinds_are_named_and_what_may_run_is_not_handed_over() {
        let pdf = html("application/pdf", "%PDF");
        assert!(pdf.contains("a PDF file") && pdf.contains("/file\""));
        for kind in [
            "text/html",
            "image/svg+xml",
            "application/xml",
            "text/rtf",
            "",
        ] {
            let shown = html(kind, "<b>x</b>");
            assert!(
                !shown.contains("/file\"") && shown.contains("01632 960 140"),
                "{kind}"
            );
        }
    }
}
