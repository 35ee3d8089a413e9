use std::borrow::Cow;

use serde_json::Value;

use super::scan::unescaped;
use super::{PlannedEntry, PlannedReference};

/// A reference that reads otherwise from now on.
pub(crate) struct Renamed<'t> {
    member: &'static str,
    old: Cow<'t, str>,
    new: String,
}

impl<'t> Renamed<'t> {
    /// `reference` of `entry` names `name` now. `None` if it is not where it was said to be.
    pub(crate) fn new(
        entry: &PlannedEntry<'t>,
        reference: &PlannedReference,
        name: &str,
    ) -> Option<Self> {
        Some(Self {
            member: reference.member,
            old: unescaped(entry.text.get(reference.range.clone())?)?,
            new: format!("{name}{}", reference.suffix),
        })
    }
}

/// Makes of a parsed resource what parsing the rewritten text would give, without parsing it
/// again: one member with one text means the same wherever it stands.
pub(crate) fn rename(value: &mut Value, names: &[Renamed<'_>]) {
    match value {
        Value::Object(members) => {
            for (key, member) in members.iter_mut() {
                let Value::String(text) = member else {
                    rename(member, names);
                    continue;
                };
                let fits = |one: &&Renamed<'_>| one.member == key && one.old == text.as_str();
                if let Some(found) = names.iter().find(fits) {
                    text.clone_from(&found.new);
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|one| rename(one, names)),
        _ => {}
    }
}
