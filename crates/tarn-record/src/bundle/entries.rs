//! The entries of a Bundle, one by one.

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use tarn_model::fhir::{Limits, Resource};

use super::reference::{is_type, type_and_id};
use super::{Action, Plan, PlanError, PlanProblem, PlannedEntry, Subject, scan};

/// The outermost members of a text.
#[derive(Deserialize)]
pub(super) struct Head<'a> {
    #[serde(rename = "resourceType", default)]
    pub(super) resource_type: Option<std::borrow::Cow<'a, str>>,
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

/// Every entry of a Bundle, in order of writing.
pub(super) fn entries_of<'a>(head: &Head<'a>) -> Result<Plan<'a>, PlanError> {
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
        Some("DELETE") => {
            let if_match = entry.request.as_ref().and_then(|r| r.if_match.clone());
            return deletion(at, &request_path, url, if_match).map(Some);
        }
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
    let mut planned = planned(at, path, action, resource, entry.full_url)?;
    if let (Action::Update { .. }, Some(url)) = (&planned.action, url) {
        put_where_it_says(&mut planned, url)
            .ok_or_else(|| PlanError::new(&request_path, PlanProblem::Address))?;
    }
    Ok(Some(planned))
}

/// An update says in its address what it updates: `Type/id` or `Type?query`. The resource must
/// not contradict, and takes its id from there if it has none. Other addresses say nothing.
fn put_where_it_says(entry: &mut PlannedEntry<'_>, url: &str) -> Option<()> {
    if let Some((resource_type, _)) = url.split_once('?') {
        return (resource_type == entry.resource_type).then_some(());
    }
    let Some((resource_type, id)) = type_and_id(url) else {
        return Some(());
    };
    match &entry.id {
        _ if resource_type != entry.resource_type => None,
        Some(own) if own != id => None,
        Some(_) => Some(()),
        None => {
            entry.id = Some(id.to_owned());
            entry.source_ref = id.to_owned();
            Some(())
        }
    }
}

fn deletion<'a>(
    index: usize,
    path: &str,
    url: Option<&str>,
    if_match: Option<String>,
) -> Result<PlannedEntry<'a>, PlanError> {
    let conditional = url.and_then(|url| url.split_once('?'));
    let (resource_type, id, query) = match (conditional, url.and_then(type_and_id)) {
        (Some((kind, query)), _) if is_type(kind) && !query.is_empty() => (kind, None, Some(query)),
        (None, Some((kind, id))) => (kind, Some(id), None),
        _ => return Err(PlanError::new(path, PlanProblem::Deletion)),
    };
    Ok(PlannedEntry {
        index,
        path: path.to_owned(),
        action: Action::Delete {
            if_match,
            query: query.map(str::to_owned),
        },
        text: "",
        value: Value::Null,
        sha256: Sha256::digest(b"").into(),
        resource_type: resource_type.to_owned(),
        id: id.map(str::to_owned),
        id_range: None,
        body_start: 0,
        source_ref: id.or(query).unwrap_or_default().to_owned(),
        full_url: None,
        references: Vec::new(),
        subject: Subject::Directory,
    })
}

/// One resource that is to be kept.
pub(super) fn planned(
    index: usize,
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
        index,
        action,
        text: resource.text,
        sha256,
        resource_type: resource.resource_type().to_owned(),
        id,
        id_range: scan::strings(resource.text, &["id"])
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
