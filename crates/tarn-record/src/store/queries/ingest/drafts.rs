//! The entries of a delivery with their names resolved, before they become versions.

use tarn_model::PersonId;

use super::identity::People;
use super::names::Names;
use crate::bundle::{Renamed, rename};
use crate::store::rows::ResourceRow;
use crate::{IngestError, Plan, PlannedEntry, RecordError, Target, rewrite};

/// One entry with its names resolved.
pub(super) struct Draft<'p> {
    /// The entry; its value is that of `body`.
    pub(super) entry: PlannedEntry<'p>,
    pub(super) person: PersonId,
    pub(super) id: String,
    /// The text to keep, and how to take the replacements back.
    pub(super) body: String,
    pub(super) rewrites: Option<String>,
    /// A conditional create whose search found something: nothing is to be done.
    pub(super) already_there: bool,
}

impl Draft<'_> {
    /// Its type and Tarn's id of it.
    pub(super) fn key(&self) -> (&str, &str) {
        (&self.entry.resource_type, &self.id)
    }

    /// Whether it leaves things as they are.
    pub(super) fn leaves(&self, before: Option<&ResourceRow>) -> bool {
        let Some(row) = before.filter(|row| !row.deleted) else {
            return self.entry.action.takes_away();
        };
        !self.entry.action.takes_away()
            && row.sha256 == self.entry.sha256
            && row.body == self.body
            && row.person_id == self.person.as_bytes()
    }
}

pub(super) fn drafts<'p>(
    plan: Plan<'p>,
    names: &Names,
    people: &People,
) -> Result<Vec<Draft<'p>>, IngestError> {
    let mut named = Vec::with_capacity(plan.entries.len());
    let mut there = Vec::with_capacity(plan.entries.len());
    for entry in &plan.entries {
        let id = names.id_of(entry)?.map(str::to_owned);
        named.push((entry.resource_type.clone(), id));
        let creates = matches!(entry.action, crate::Action::Create { .. });
        there.push(creates && (names.matched(entry)?.is_some() || names.is_repeat(entry)));
    }
    let mut drafts = Vec::with_capacity(plan.entries.len());
    for (at, (entry, already_there)) in plan.entries.into_iter().zip(there).enumerate() {
        let Some((_, Some(id))) = named.get(at) else {
            // Only what is to be taken away may have no id: it was never here.
            continue;
        };
        let mut draft = Draft {
            person: people.of(at),
            id: id.clone(),
            body: String::new(),
            rewrites: None,
            already_there,
            entry,
        };
        if !draft.entry.action.takes_away() && !already_there {
            write_names(&mut draft, &named, names)?;
        }
        drafts.push(draft);
    }
    Ok(drafts)
}

/// Puts the resolved references, and the id if it is another one, into the text. `named` holds
/// the type and id of every entry.
fn write_names(
    draft: &mut Draft<'_>,
    named: &[(String, Option<String>)],
    names: &Names,
) -> Result<(), IngestError> {
    let entry = &mut draft.entry;
    let mut replacements = Vec::new();
    let mut renamed = Vec::new();
    let other_id = entry.id.as_deref() != Some(draft.id.as_str()) || entry.id_range.is_none();
    if other_id {
        replacements.push(entry.id_replacement(&draft.id));
    }
    for reference in &entry.references {
        let (resource_type, id) = match &reference.target {
            Target::Entry(at) => {
                let Some((resource_type, id)) = named.get(*at) else {
                    continue;
                };
                (resource_type.as_str(), id.as_deref())
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
            let name = format!("{resource_type}/{id}");
            replacements.push(reference.replacement(&name));
            renamed.extend(Renamed::new(entry, reference, &name));
        }
    }
    let misfit = |_| IngestError::Store(RecordError::damaged("resource", "a reference misfits"));
    let written = rewrite(entry.text, &replacements).map_err(misfit)?;
    if !written.rewrites.is_empty() {
        rename(&mut entry.value, &renamed);
        if let Some(members) = entry.value.as_object_mut().filter(|_| other_id) {
            members.insert("id".to_owned(), draft.id.clone().into());
        }
        debug_assert_eq!(
            serde_json::from_str(&written.text).ok().as_ref(),
            Some(&entry.value),
            "the value is that of the text"
        );
        draft.rewrites = serde_json::to_string(&written.rewrites).ok();
    }
    draft.body = written.text;
    Ok(())
}
