//! Reading what a source sent: which resources it holds, whom each is about, and which
//! references must be resolved before it is kept. Pure: no database, no clock.

mod error;
mod reference;
mod scan;
mod splice;
mod subject;
#[cfg(test)]
mod tests;

use std::ops::Range;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use tarn_model::fhir::{Limits, Resource, check_limits, not_json};

pub use error::{PlanError, PlanProblem};
use reference::{Index, references, type_and_id};
pub use splice::{Replacement, Rewrite, Rewritten, SpliceError, rewrite, undo};
pub use subject::{PersonKeys, Subject};

/// Everything that one text asks to be written, in the order in which it must be written.
#[derive(Debug, Clone)]
pub struct Plan<'a> {
    /// `Bundle.type`, or `None` for a single resource.
    pub bundle_type: Option<String>,
    /// The resources, in order of writing.
    pub entries: Vec<PlannedEntry<'a>>,
    /// Entries that ask for nothing to be kept: reads of a batch, the outcome of a search.
    pub left_out: usize,
}

/// One resource of a [`Plan`].
#[derive(Debug, Clone)]
pub struct PlannedEntry<'a> {
    /// Where it stands: `Bundle.entry[3].resource`, or the type of a single resource.
    pub path: String,
    /// What is to be done.
    pub action: Action,
    /// The exact text of the resource as sent; empty for a deletion.
    pub text: &'a str,
    /// The same, parsed; `Null` for a deletion.
    pub value: Value,
    /// SHA-256 of `text`.
    pub sha256: [u8; 32],
    /// Its `resourceType`.
    pub resource_type: String,
    /// The `id` that its sender gave it.
    pub id: Option<String>,
    /// Where the top-level `id` stands in `text`, quotes included.
    pub id_range: Option<Range<usize>>,
    /// Where a member can be put into `text`: just after the opening brace.
    pub body_start: usize,
    /// How its source knows it: its `id`, else its `fullUrl`, else the hash of its text in hex.
    pub source_ref: String,
    /// Its `fullUrl`.
    pub full_url: Option<String>,
    /// Every reference that may have to be rewritten.
    pub references: Vec<PlannedReference>,
    /// Whom it is about.
    pub subject: Subject,
}

/// What an entry asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Keep it. `if_none_exist` is the query of a conditional create: with a match already
    /// there, nothing is to be done.
    Create {
        /// `identifier=system|value`, as sent.
        if_none_exist: Option<String>,
    },
    /// Keep it as the newer version.
    Update {
        /// The version that its sender believes is current: `W/"3"`.
        if_match: Option<String>,
        /// The query of a conditional update: `identifier=system|value`.
        query: Option<String>,
    },
    /// Take it away; `id` and `resource_type` of the entry say what.
    Delete,
}

/// One reference inside a resource that can be resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedReference {
    /// Where the string stands in the resource's text, quotes included.
    pub range: Range<usize>,
    /// What it names.
    pub target: Target,
    /// What followed the name and stays: `/_history/2`, `#fragment`, or nothing.
    pub suffix: String,
}

/// What a reference names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The entry with this index in [`Plan::entries`].
    Entry(usize),
    /// A resource by its source's own type and id; it may not have been sent yet. To be
    /// rewritten only where the store gave it another id.
    Local {
        /// FHIR type.
        resource_type: String,
        /// The id by which the source knows it.
        id: String,
    },
    /// A conditional reference: the one resource that the query finds.
    Conditional {
        /// FHIR type.
        resource_type: String,
        /// `identifier=system|value`, as sent.
        query: String,
    },
}

impl PlannedReference {
    /// The replacement that makes this reference read `reference` (such as `Patient/0190…`).
    #[must_use]
    pub fn replacement(&self, reference: &str) -> Replacement {
        Replacement::text(self.range.clone(), &format!("{reference}{}", self.suffix))
    }
}

impl PlannedEntry<'_> {
    /// The replacement that gives the resource the id `id`, whether it had one or not.
    #[must_use]
    pub fn id_replacement(&self, id: &str) -> Replacement {
        match &self.id_range {
            Some(range) => Replacement::text(range.clone(), id),
            None => {
                let id = Value::from(id);
                Replacement {
                    range: self.body_start..self.body_start,
                    json: format!("\"id\":{id},"),
                }
            }
        }
    }
}

/// Reads a Bundle of any type but `subscription-notification`s, or a single resource.
///
/// `text` is one JSON value (a byte order mark before it is passed over); a caller with NDJSON
/// calls this once a line. Nothing is half read: a fault in one entry is a fault of the whole.
///
/// # Errors
/// [`PlanError`] with the JSON path of the fault and nothing of the content.
///
/// # Example
/// ```
/// let text = r#"{"resourceType":"Observation","subject":{"reference":"Patient/p"}}"#;
/// let plan = tarn_record::plan(text).unwrap();
/// assert_eq!(plan.entries[0].references.len(), 1);
/// ```
/// Source: FHIR R4 Bundle, "Resolving references in Bundles"; http, "transaction".
pub fn plan(text: &str) -> Result<Plan<'_>, PlanError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).trim();
    check_limits(text.as_bytes(), Limits::BUNDLE).map_err(|e| PlanError::envelope("$", e))?;
    let head: Head<'_> =
        serde_json::from_str(text).map_err(|e| PlanError::envelope("$", not_json(&e)))?;
    let mut plan = if head.resource_type.as_deref() == Some("Bundle") {
        entries_of(&head)?
    } else {
        let resource =
            Resource::parse(text, Limits::RESOURCE).map_err(|e| PlanError::envelope("$", e))?;
        let path = resource.resource_type().to_owned();
        let action = Action::Create {
            if_none_exist: None,
        };
        Plan {
            bundle_type: None,
            entries: vec![planned(path, action, resource, None)?],
            left_out: 0,
        }
    };
    let index = Index::of(&plan)?;
    for at in 0..plan.entries.len() {
        let found = references(&plan, at, &index);
        if let Some(entry) = plan.entries.get_mut(at) {
            entry.references = found;
        }
    }
    subject::assign(&mut plan.entries, &index);
    Ok(plan)
}

#[derive(Deserialize)]
struct Head<'a> {
    #[serde(rename = "resourceType", default)]
    resource_type: Option<std::borrow::Cow<'a, str>>,
    #[serde(rename = "type", default, borrow)]
    bundle_type: Option<&'a RawValue>,
    #[serde(default, borrow)]
    entry: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct EntryText<'a> {
    #[serde(rename = "fullUrl", default)]
    full_url: Option<String>,
    #[serde(default, borrow)]
    resource: Option<&'a RawValue>,
    #[serde(default)]
    request: Option<Request>,
    #[serde(default)]
    search: Option<Search>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    #[serde(default)]
    method: Option<String>,
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    if_none_exist: Option<String>,
    #[serde(default)]
    if_match: Option<String>,
}

#[derive(Deserialize)]
struct Search {
    #[serde(default)]
    mode: Option<String>,
}

fn entries_of<'a>(head: &Head<'a>) -> Result<Plan<'a>, PlanError> {
    let bundle_type: String = head
        .bundle_type
        .and_then(|raw| serde_json::from_str(raw.get()).ok())
        .ok_or_else(|| PlanError::new("Bundle.type", PlanProblem::NoBundleType))?;
    const READ: [&str; 7] = [
        "transaction",
        "batch",
        "collection",
        "searchset",
        "document",
        "message",
        "history",
    ];
    if !READ.contains(&bundle_type.as_str()) {
        return Err(PlanError::new("Bundle.type", PlanProblem::BundleType));
    }
    let entries: Vec<&RawValue> = match head.entry {
        None => Vec::new(),
        Some(raw) => serde_json::from_str(raw.get())
            .map_err(|_| PlanError::new("Bundle.entry", PlanProblem::NotEntries))?,
    };
    let mut plan = Plan {
        bundle_type: Some(bundle_type),
        entries: Vec::with_capacity(entries.len()),
        left_out: 0,
    };
    for (at, raw) in entries.into_iter().enumerate() {
        match entry_of(at, raw)? {
            Some(entry) => plan.entries.push(entry),
            None => plan.left_out += 1,
        }
    }
    if plan.bundle_type.as_deref() == Some("history") {
        // A history lists the newest version first.
        plan.entries.reverse();
    }
    Ok(plan)
}

fn entry_of(at: usize, raw: &RawValue) -> Result<Option<PlannedEntry<'_>>, PlanError> {
    let path = format!("Bundle.entry[{at}]");
    let entry: EntryText<'_> = serde_json::from_str(raw.get())
        .map_err(|_| PlanError::new(&path, PlanProblem::NotEntries))?;
    if entry
        .search
        .is_some_and(|s| s.mode.as_deref() == Some("outcome"))
    {
        return Ok(None);
    }
    let request_path = format!("{path}.request");
    let url = entry.request.as_ref().and_then(|r| r.url.as_deref());
    if url.is_some_and(|url| url.contains('$')) {
        return Err(PlanError::new(&request_path, PlanProblem::Operation));
    }
    let method = entry.request.as_ref().and_then(|r| r.method.as_deref());
    let action = match method {
        Some("GET" | "HEAD") => return Ok(None),
        Some("DELETE") => return deletion(&request_path, url).map(Some),
        Some("PUT") => Action::Update {
            if_match: entry.request.as_ref().and_then(|r| r.if_match.clone()),
            query: url
                .and_then(|url| url.split_once('?'))
                .map(|(_, query)| query.to_owned()),
        },
        Some("POST") | None => Action::Create {
            if_none_exist: entry.request.as_ref().and_then(|r| r.if_none_exist.clone()),
        },
        Some(_) => return Err(PlanError::new(&request_path, PlanProblem::Method)),
    };
    let path = format!("{path}.resource");
    let Some(raw) = entry.resource else {
        return Err(PlanError::new(&path, PlanProblem::NoResource));
    };
    let resource =
        Resource::parse(raw.get(), Limits::RESOURCE).map_err(|e| PlanError::envelope(&path, e))?;
    planned(path, action, resource, entry.full_url).map(Some)
}

fn deletion<'a>(path: &str, url: Option<&str>) -> Result<PlannedEntry<'a>, PlanError> {
    let Some((resource_type, id)) = url.and_then(type_and_id) else {
        return Err(PlanError::new(path, PlanProblem::Deletion));
    };
    Ok(PlannedEntry {
        path: path.to_owned(),
        action: Action::Delete,
        text: "",
        value: Value::Null,
        sha256: Sha256::digest(b"").into(),
        resource_type: resource_type.to_owned(),
        id: Some(id.to_owned()),
        id_range: None,
        body_start: 0,
        source_ref: id.to_owned(),
        full_url: None,
        references: Vec::new(),
        subject: Subject::Directory,
    })
}

fn planned(
    path: String,
    action: Action,
    resource: Resource<'_>,
    full_url: Option<String>,
) -> Result<PlannedEntry<'_>, PlanError> {
    let id = match resource.value.get("id") {
        None => None,
        Some(Value::String(id)) if (1..=128).contains(&id.len()) => Some(id.clone()),
        Some(_) => return Err(PlanError::new(&format!("{path}.id"), PlanProblem::Id)),
    };
    let sha256: [u8; 32] = Sha256::digest(resource.text.as_bytes()).into();
    let full_url = full_url.filter(|url| !url.is_empty());
    let source_ref = id
        .clone()
        .or_else(|| full_url.clone())
        .unwrap_or_else(|| hex::encode(sha256));
    Ok(PlannedEntry {
        action,
        text: resource.text,
        sha256,
        resource_type: resource.resource_type().to_owned(),
        id,
        id_range: scan::strings(resource.text, &["id"])
            .into_iter()
            .find(|found| found.depth == 1)
            .map(|found| found.range),
        body_start: resource.text.find('{').map_or(0, |at| at + 1),
        source_ref,
        full_url,
        references: Vec::new(),
        subject: Subject::Directory,
        path,
        value: resource.value,
    })
}
