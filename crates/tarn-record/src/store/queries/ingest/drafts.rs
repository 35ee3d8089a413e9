//! The entries of a delivery with their names resolved, before they become versions.

use serde_json::Value;
use tarn_model::PersonId;

use super::identity::People;
use super::names::Names;
use crate::{Action, IngestError, Plan, PlannedEntry, RecordError, Target, rewrite};

/// One entry with its names resolved.
pub(super) struct Draft<'p> {
    pub(super) entry: &'p PlannedEntry<'p>,
    pub(super) person: PersonId,
    pub(super) id: String,
    /// The text to keep, and how to take the replacements back.
    pub(super) body: String,
    pub(super) rewrites: Option<String>,
    pub(super) value: Value,
    /// A conditional create whose search found something: nothing is to be done.
    pub(super) already_there: bool,
}

pub(super) fn drafts<'p>(
    plan: &'p Plan<'p>,
    names: &Names,
    people: &People,
) -> Result<Vec<Draft<'p>>, IngestError> {
    let mut drafts = Vec::with_capacity(plan.entries.len());
    for (at, entry) in plan.entries.iter().enumerate() {
        let Some(id) = names.id_of(entry)? else {
            // Only what is to be taken away may have no id: it was never here.
            continue;
        };
        let creates = matches!(entry.action, Action::Create { .. });
        let mut draft = Draft {
            entry,
            person: people.of(at),
            id: id.to_owned(),
            body: String::new(),
            rewrites: None,
            value: Value::Null,
            already_there: creates && names.matched(entry)?.is_some(),
        };
        if entry.action != Action::Delete && !draft.already_there {
            write_names(&mut draft, plan, names)?;
        }
        drafts.push(draft);
    }
    Ok(drafts)
}

/// Puts the resolved references, and the id if it is another one, into the text.
fn write_names(draft: &mut Draft<'_>, plan: &Plan<'_>, names: &Names) -> Result<(), IngestError> {
    let entry = draft.entry;
    let mut replacements = Vec::new();
    if entry.id.as_deref() != Some(draft.id.as_str()) {
        replacements.push(entry.id_replacement(&draft.id));
    }
    for reference in &entry.references {
        let (resource_type, id) = match &reference.target {
            Target::Entry(at) => {
                let Some(target) = plan.entries.get(*at) else {
                    continue;
                };
                (target.resource_type.as_str(), names.id_of(target)?)
            }
            Target::Local { resource_type, id } => {
                (resource_type.as_str(), names.local(resource_type, id))
            }
            Target::Conditional {
                resource_type,
                query,
            } => {
                let found = names.one(&entry.path, resource_type, query)?;
                let unresolved = || IngestError::Unresolved {
                    path: entry.path.clone(),
                };
                (resource_type.as_str(), Some(found.ok_or_else(unresolved)?))
            }
        };
        if let Some(id) = id {
            replacements.push(reference.replacement(&format!("{resource_type}/{id}")));
        }
    }
    let misfit = |_| IngestError::Store(RecordError::damaged("resource", "a reference misfits"));
    let written = rewrite(entry.text, &replacements).map_err(misfit)?;
    if written.rewrites.is_empty() {
        draft.value = entry.value.clone();
    } else {
        let misread = |_| IngestError::Store(RecordError::damaged("resource", "it is not JSON"));
        draft.value = serde_json::from_str(&written.text).map_err(misread)?;
        draft.rewrites = serde_json::to_string(&written.rewrites).ok();
    }
    draft.body = written.text;
    Ok(())
}
