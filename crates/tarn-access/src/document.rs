//! Reading one document.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::Value;
use tarn_audit::{Action, Outcome};
use tarn_model::{Heading, HeadingSet, PersonId, RequestContext};
use tarn_record::Line;

use crate::inside::{Decided, Inside, entry};
use crate::scope::Scope;
use crate::{AccessError, Ask, Disclosed, Document};

/// Largest attachment that is opened in the browser, in bytes.
const LARGEST: usize = 32 << 20;

/// A document that was found, before it is written down that it was read.
struct Found {
    line: Line,
    scope: Scope,
    opened: Opened,
}

/// What a document holds.
struct Opened {
    content_type: String,
    bytes: Vec<u8>,
    words_only: bool,
}

impl Inside {
    /// Reads the document that the line of this resource opens: a letter, or what an alert points
    /// to.
    pub(crate) async fn read_document(
        &self,
        ctx: &RequestContext,
        person: PersonId,
        resource_type: &str,
        resource_id: &str,
    ) -> Result<Disclosed<Document>, AccessError> {
        let decided = self.decide(ctx, person).await?;
        let person = decided.person;
        self.refuse_unless_permitted(ctx, &decided).await?;
        let found = match self
            .find_document(person, &decided, resource_type, resource_id)
            .await
        {
            Ok(found) => found,
            Err(AccessError::NotFound) => {
                self.refuse_document(ctx, &decided, resource_type, resource_id)
                    .await?;
                return Err(AccessError::NotFound);
            }
            Err(error) => return Err(error),
        };
        let citations = found.scope.citations();
        let mut row = entry(ctx, Some(person), Action::ReadDocument, Outcome::Permitted);
        row.basis = Some(decided.basis.clone());
        row.headings = found.scope.headings();
        row.citation = citations.first().map(|(citation, _)| citation.to_string());
        row.note = Some(format!("{resource_type}/{resource_id}"));
        row.alert = crate::alerts::alert(ctx, &decided);
        let ticket = self.write(&row).await?;
        let opening = decided.opening(ctx, &citations);
        let Decided { demographics, .. } = decided;
        Ok(Disclosed::new(
            Document {
                line: found.line,
                content_type: found.opened.content_type,
                bytes: found.opened.bytes,
                words_only: found.opened.words_only,
                demographics,
                opening,
            },
            ticket,
        ))
    }

    /// Writes down that a document was asked for and not given. The row is the same whether there
    /// is none or it is kept from the asker, and so is the work before it.
    async fn refuse_document(
        &self,
        ctx: &RequestContext,
        decided: &Decided,
        resource_type: &str,
        resource_id: &str,
    ) -> Result<(), AccessError> {
        let mut row = entry(ctx, Some(decided.person), Action::Refused, Outcome::Refused);
        row.basis = Some(decided.basis.clone());
        row.reason_code = Some("no-such-document".to_owned());
        // What was typed into an address goes into the log only if it can be a resource's name.
        row.note = (is_name(resource_type) && is_name(resource_id))
            .then(|| format!("{resource_type}/{resource_id}"));
        self.write(&row).await?;
        Ok(())
    }

    async fn find_document(
        &self,
        person: PersonId,
        decided: &Decided,
        resource_type: &str,
        resource_id: &str,
    ) -> Result<Found, AccessError> {
        if decided.restricted {
            // Free text may say where the person is: withheld as a whole (see `location`).
            return Err(AccessError::NotFound);
        }
        let opening = HeadingSet::EMPTY
            .with(Heading::Documents)
            .with(Heading::Alerts);
        let scope = Scope::new(&decided.ruling, Some(opening));
        let sources = self.sources().await?.into_iter();
        let register: Vec<_> = sources.map(|standing| standing.source).collect();
        let ask = Ask::default();
        let gathered = crate::fetch::gather(
            &self.sources,
            &register,
            person,
            &scope,
            ask.held_copies,
            self.deadline,
        )
        .await;
        let named = |kind: &str, id: &str| {
            let lines = gathered.lines.iter();
            lines
                .filter(|line| line.resource_type == kind && line.resource_id == id)
                .find(|line| line.detail.opens.is_some())
        };
        let line = named(resource_type, resource_id).ok_or(AccessError::NotFound)?;
        // Each resource on the way is held against the clearance of the heading it is read under.
        let of_line = Scope::new(&decided.ruling, Some(HeadingSet::EMPTY.with(line.heading)));
        let whole = Scope::new(&decided.ruling, None);
        let opens = line.detail.opens.as_deref().unwrap_or_default();
        let opened = match (line.heading, opens.split_once('/')) {
            (Heading::Alerts, Some(("Binary", id))) => {
                self.open_binary(person, &of_line, line, id, None).await?
            }
            (Heading::Alerts, Some((kind, id))) => {
                let target = named(kind, id)
                    .filter(|target| target.heading == Heading::Documents)
                    .filter(|target| target.source == line.source)
                    .ok_or(AccessError::NotFound)?;
                let documents = HeadingSet::EMPTY.with(Heading::Documents);
                let of_target = Scope::new(&decided.ruling, Some(documents));
                self.open_letter(person, &of_target, &whole, target).await?
            }
            _ => self.open_letter(person, &of_line, &whole, line).await?,
        };
        Ok(Found {
            line: line.clone(),
            scope: of_line,
            opened,
        })
    }

    /// What a Composition or DocumentReference holds; `whole` is all that the asker may see.
    async fn open_letter(
        &self,
        person: PersonId,
        scope: &Scope,
        whole: &Scope,
        line: &Line,
    ) -> Result<Opened, AccessError> {
        let mut body = self
            .body_of(person, scope, line, &line.resource_type, &line.resource_id)
            .await?;
        if line.resource_type == "Composition" {
            self.withhold_words(&mut body, person, whole, |_| true)
                .await?;
            return letter(&body).ok_or(AccessError::NotFound);
        }
        let (content_type, held) = attachment(&body).ok_or(AccessError::NotFound)?;
        match held {
            Held::Here(bytes) => opened(scope, content_type, bytes),
            Held::Elsewhere(reference) => {
                let (kind, id) = reference.rsplit_once('/').ok_or(AccessError::NotFound)?;
                if kind.rsplit('/').next() != Some("Binary") {
                    return Err(AccessError::NotFound);
                }
                self.open_binary(person, scope, line, id, Some(content_type))
                    .await
            }
        }
    }

    /// What a Binary holds; `content_type` is what the document that points to it says.
    async fn open_binary(
        &self,
        person: PersonId,
        scope: &Scope,
        line: &Line,
        id: &str,
        content_type: Option<String>,
    ) -> Result<Opened, AccessError> {
        let binary = self.body_of(person, scope, line, "Binary", id).await?;
        let own = || binary.get("contentType").and_then(Value::as_str);
        let content_type = content_type
            .or_else(|| own().map(str::to_owned))
            .unwrap_or_else(|| UNKNOWN_TYPE.to_owned());
        let data = binary.get("data").and_then(Value::as_str);
        let bytes = data.and_then(decode).ok_or(AccessError::NotFound)?;
        opened(scope, content_type, bytes)
    }

    /// The stored resource, if it came from the line's own source and the scope allows it.
    ///
    /// A Binary belongs to no heading of its own: it is reached through a document that may be
    /// seen, and its own labels must be cleared as well.
    async fn body_of(
        &self,
        person: PersonId,
        scope: &Scope,
        line: &Line,
        resource_type: &str,
        resource_id: &str,
    ) -> Result<Value, AccessError> {
        let source = &line.source;
        let headings = match resource_type {
            "Binary" => scope.headings_of(source).with(Heading::Other),
            _ => scope.headings_of(source),
        };
        let selection = tarn_record::Selection {
            sources: vec![(source.clone(), headings)],
            cleared: scope.widest_clearance(),
            since: None,
        };
        let stored = self
            .record
            .resource(person, resource_type, resource_id, &selection)
            .await
            .map_err(AccessError::record)?
            .ok_or(AccessError::NotFound)?;
        serde_json::from_str(&stored.body).map_err(|_| AccessError::NotFound)
    }
}

/// The content type of bytes of which nobody says what they are.
const UNKNOWN_TYPE: &str = "application/octet-stream";

/// Whether this can be the type or id of a resource.
///
/// Source: FHIR R4, datatype id.
fn is_name(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.'))
}

/// The bytes as they are shown: of a FHIR document its words, of anything else the file itself.
fn opened(scope: &Scope, content_type: String, bytes: Vec<u8>) -> Result<Opened, AccessError> {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    if !matches!(essence, "application/fhir+json" | "application/json+fhir") {
        return Ok(Opened {
            content_type,
            bytes,
            words_only: false,
        });
    }
    let document: Value = serde_json::from_slice(&bytes).map_err(|_| AccessError::NotFound)?;
    let entries = document.get("entry").and_then(Value::as_array);
    let resources = || {
        let entries = entries.into_iter().flatten();
        entries.filter_map(|entry| entry.get("resource"))
    };
    // One entry that the asker is not cleared for keeps the whole letter from them: its words may
    // stand in any section.
    let cleared = std::iter::once(&document)
        .chain(resources())
        .all(|one| tarn_record::labels(one).within(scope.widest_clearance()));
    let is_letter = |one: &&Value| one.get("resourceType") == Some(&Value::from("Composition"));
    std::iter::once(&document)
        .chain(resources().take(1))
        .find(is_letter)
        .filter(|_| cleared)
        .and_then(letter)
        .ok_or(AccessError::NotFound)
}

/// A Composition as its words.
fn letter(composition: &Value) -> Option<Opened> {
    Some(Opened {
        content_type: "text/plain; charset=utf-8".to_owned(),
        bytes: tarn_record::letter_words(composition)?.into_bytes(),
        words_only: true,
    })
}

enum Held {
    Here(Vec<u8>),
    Elsewhere(String),
}

/// The first attachment of a DocumentReference: its content type, and its bytes or where they
/// are.
fn attachment(document: &Value) -> Option<(String, Held)> {
    let attachment = document.get("content")?.get(0)?.get("attachment")?;
    let content_type = attachment
        .get("contentType")
        .and_then(Value::as_str)
        .unwrap_or(UNKNOWN_TYPE)
        .to_owned();
    if let Some(data) = attachment.get("data").and_then(Value::as_str) {
        return decode(data).map(|bytes| (content_type, Held::Here(bytes)));
    }
    let url = attachment.get("url").and_then(Value::as_str)?;
    Some((content_type, Held::Elsewhere(url.to_owned())))
}

fn decode(data: &str) -> Option<Vec<u8>> {
    if data.len() > LARGEST / 3 * 4 {
        return None;
    }
    let unbroken: String = data.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    BASE64.decode(unbroken).ok()
}
