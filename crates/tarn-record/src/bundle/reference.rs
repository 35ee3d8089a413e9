use std::collections::HashMap;

use super::{Plan, PlanError, PlanProblem, PlannedReference, Target, scan};

/// Which entry a name inside the Bundle stands for.
pub(super) struct Index {
    by_url: HashMap<String, usize>,
    by_id: HashMap<(String, String), usize>,
}

impl Index {
    pub(super) fn of(plan: &Plan<'_>) -> Result<Self, PlanError> {
        let strict = plan.bundle_type.as_deref() == Some("transaction");
        let mut index = Self {
            by_url: HashMap::new(),
            by_id: HashMap::new(),
        };
        for (at, entry) in plan.entries.iter().enumerate() {
            let url = entry.full_url.clone();
            let twice_url = url.is_some_and(|url| index.by_url.insert(url, at).is_some());
            let twice_id = entry.id.as_ref().is_some_and(|id| {
                let key = (entry.resource_type.clone(), id.clone());
                index.by_id.insert(key, at).is_some()
            });
            if strict && (twice_url || twice_id) {
                return Err(PlanError::new(&entry.path, PlanProblem::Twice));
            }
        }
        Ok(index)
    }

    /// Reads a reference: what it names, and what followed the name.
    pub(super) fn read(&self, reference: &str) -> Option<(Target, String)> {
        if reference.is_empty() || reference.starts_with('#') {
            return None;
        }
        if let Some(at) = self.by_url.get(reference) {
            return Some((Target::Entry(*at), String::new()));
        }
        if let Some((resource_type, query)) = reference.split_once('?') {
            let conditional = Target::Conditional {
                resource_type: resource_type.to_owned(),
                query: query.to_owned(),
            };
            return is_type(resource_type).then_some((conditional, String::new()));
        }
        let cut = reference
            .find("/_history/")
            .or_else(|| reference.find('#'))
            .unwrap_or(reference.len());
        let (name, suffix) = reference.split_at_checked(cut)?;
        if let Some(at) = self.by_url.get(name) {
            return Some((Target::Entry(*at), suffix.to_owned()));
        }
        let (resource_type, id) = type_and_id(name)?;
        let key = (resource_type.to_owned(), id.to_owned());
        let target = match self.by_id.get(&key) {
            Some(at) => Target::Entry(*at),
            None => Target::Local {
                resource_type: key.0,
                id: key.1,
            },
        };
        Some((target, suffix.to_owned()))
    }
}

/// Every reference in the text of an entry that can be resolved.
pub(super) fn references(plan: &Plan<'_>, at: usize, index: &Index) -> Vec<PlannedReference> {
    const LINKS: &[&str] = &["reference", "url", "valueUri", "valueUrl"];
    let Some(entry) = plan.entries.get(at) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for string in scan::strings(entry.text, LINKS) {
        let read = match string.key {
            "reference" => index.read(&string.value),
            // The standard also replaces the Bundle's own urn:uuid names where a link, not a
            // reference, carries them.
            "url" | "valueUri" | "valueUrl" if string.value.starts_with("urn:") => index
                .by_url
                .get(string.value.as_ref())
                .map(|at| (Target::Entry(*at), String::new())),
            // An attachment names the Binary that holds its bytes by an address.
            "url" if string.value.starts_with("Binary/") => index.read(&string.value),
            _ => None,
        };
        if let Some((target, suffix)) = read {
            found.push(PlannedReference {
                member: string.key,
                range: string.range,
                target,
                suffix,
            });
        }
    }
    found
}

/// Splits `Type/id`; anything else is `None`.
pub(super) fn type_and_id(text: &str) -> Option<(&str, &str)> {
    let (resource_type, id) = text.split_once('/')?;
    (is_type(resource_type) && !id.is_empty() && !id.contains('/')).then_some((resource_type, id))
}

/// Whether a text can be the name of a type.
pub(super) fn is_type(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_uppercase())
        && text.chars().all(|c| c.is_ascii_alphanumeric())
}
