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

impl Inside {
    /// Reads the document that the line of this resource opens.
    pub(crate) async fn read_document(
        &self,
        ctx: &RequestContext,
        person: PersonId,
        resource_type: &str,
        resource_id: &str,
    ) -> Result<Disclosed<Document>, AccessError> {
        let decided = self.decide(ctx, person).await?;
        self.refuse_unless_permitted(ctx, person, &decided).await?;
        if decided.restricted {
            // Free text may say where the person is: withheld as a whole (see `location`).
            return Err(AccessError::NotFound);
        }
        let only = HeadingSet::EMPTY.with(Heading::Documents);
        let scope = Scope::new(&decided.ruling, Some(only));
        let (line, content_type, bytes) = self
            .find_document(person, &scope, resource_type, resource_id)
            .await?;
        let mut row = entry(ctx, Some(person), Action::ReadDocument, Outcome::Permitted);
        row.basis = Some(decided.basis.clone());
        row.headings = only;
        row.citation = scope
            .citations()
            .first()
            .map(|(citation, _)| citation.to_string());
        row.note = Some(format!("{resource_type}/{resource_id}"));
        let ticket = self.write(&row).await?;
        let opening = decided.opening(ctx, &scope.citations());
        let Decided { demographics, .. } = decided;
        Ok(Disclosed::new(
            Document {
                line,
                content_type,
                bytes,
                demographics,
                opening,
            },
            ticket,
        ))
    }

    async fn find_document(
        &self,
        person: PersonId,
        scope: &Scope,
        resource_type: &str,
        resource_id: &str,
    ) -> Result<(Line, String, Vec<u8>), AccessError> {
        let register: Vec<_> = self
            .sources()
            .await?
            .into_iter()
            .map(|s| s.source)
            .collect();
        let ask = Ask::default();
        let gathered = crate::fetch::gather(
            &self.sources,
            &register,
            person,
            scope,
            ask.held_copies,
            self.deadline,
        )
        .await;
        let line = gathered
            .lines
            .into_iter()
            .find(|line| line.resource_type == resource_type && line.resource_id == resource_id)
            .ok_or(AccessError::NotFound)?;
        let body = self
            .body_of(person, scope, &line.source, resource_type, resource_id)
            .await?;
        let (content_type, held) = attachment(&body).ok_or(AccessError::NotFound)?;
        let bytes = match held {
            Held::Here(bytes) => bytes,
            Held::Elsewhere(reference) => {
                let (binary_type, id) = reference.rsplit_once('/').ok_or(AccessError::NotFound)?;
                let binary_type = binary_type.rsplit('/').next().unwrap_or(binary_type);
                if binary_type != "Binary" {
                    return Err(AccessError::NotFound);
                }
                let binary = self
                    .body_of(person, scope, &line.source, binary_type, id)
                    .await?;
                let data = binary.get("data").and_then(Value::as_str);
                data.and_then(decode).ok_or(AccessError::NotFound)?
            }
        };
        Ok((line, content_type, bytes))
    }

    /// The stored resource, if it came from the line's own source and the scope allows it.
    ///
    /// A Binary belongs to no heading of its own: it is reached through a document that may be
    /// seen, and its own labels must be cleared as well.
    async fn body_of(
        &self,
        person: PersonId,
        scope: &Scope,
        source: &tarn_model::OdsCode,
        resource_type: &str,
        resource_id: &str,
    ) -> Result<Value, AccessError> {
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
        .unwrap_or("application/octet-stream")
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
