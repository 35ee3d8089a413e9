//! The narrative of a letter, held against what it was written from.
//!
//! A section of a Composition names entries and tells of them in words as well. Whoever may not
//! see every one of the entries may not read the words: of that section, of those that enclose it,
//! and of the letter as a whole. An entry that is not held, that the record can't resolve, or that
//! the asker's token leaves out is one that they may not see, so what is withheld tells nothing of
//! which it was. The titles and the entries' names stay; a section without entries keeps its words
//! and stands under the labels of the letter itself.

use std::collections::BTreeSet;

use serde_json::Value;
use tarn_model::PersonId;
use tarn_record::SearchRow;

use crate::AccessError;
use crate::inside::Inside;
use crate::resources::is_nobodys;
use crate::scope::Scope;

/// A type and an id.
type Name = (String, String);

/// What an entry of a section means.
enum Entry<'v> {
    /// A resource of the record.
    Named(&'v str, &'v str),
    /// Something under the letter's own labels, or that is nobody's.
    Open,
    /// Something that can't be resolved here.
    Elsewhere,
}

impl Inside {
    /// Takes out of a Composition about this person the words that tell of what the asker may not
    /// see; whether there were any. `allows` is asked beside the scope.
    pub(crate) async fn withhold_words(
        &self,
        composition: &mut Value,
        person: PersonId,
        scope: &Scope,
        allows: impl Fn(&SearchRow) -> bool,
    ) -> Result<bool, AccessError> {
        let names: Vec<Name> = named(composition).into_iter().collect();
        let mut seen = BTreeSet::new();
        if !names.is_empty() {
            let rows = self
                .record
                .search_rows_named(person, &names, &scope.selection())
                .await
                .map_err(AccessError::record)?;
            let may = |row: &SearchRow| {
                scope.allows_all(&row.source, row.headings, row.labels) && allows(row)
            };
            seen.extend(
                (rows.into_iter().filter(may)).map(|found| (found.resource_type, found.row.id)),
            );
        }
        Ok(withhold(composition, &seen))
    }
}

/// Every resource of the record that some section names.
fn named(composition: &Value) -> BTreeSet<Name> {
    let mut names = BTreeSet::new();
    let mut pending: Vec<&Value> = sections(composition).iter().collect();
    while let Some(section) = pending.pop() {
        for entry in entries(section) {
            if let Entry::Named(kind, id) = meaning(entry) {
                names.insert((kind.to_owned(), id.to_owned()));
            }
        }
        pending.extend(sections(section));
    }
    names
}

/// Takes the words out of every part that names what is not seen; whether there were any such.
fn withhold(part: &mut Value, seen: &BTreeSet<Name>) -> bool {
    let mut hides = !entries(part).iter().all(|entry| match meaning(entry) {
        Entry::Named(kind, id) => seen.contains(&(kind.to_owned(), id.to_owned())),
        Entry::Open => true,
        Entry::Elsewhere => false,
    });
    if let Some(Value::Array(sections)) = part.get_mut("section") {
        for section in sections {
            hides |= withhold(section, seen);
        }
    }
    if hides && let Some(members) = part.as_object_mut() {
        members.shift_remove("text");
    }
    hides
}

fn sections(part: &Value) -> &[Value] {
    array(part, "section")
}

fn entries(section: &Value) -> &[Value] {
    array(section, "entry")
}

fn array<'v>(part: &'v Value, member: &str) -> &'v [Value] {
    part.get(member)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn meaning(entry: &Value) -> Entry<'_> {
    let Some(reference) = entry.get("reference").and_then(Value::as_str) else {
        return Entry::Elsewhere;
    };
    if reference.starts_with('#') {
        // The labels of what a letter contains are the letter's own.
        return Entry::Open;
    }
    let mut parts = reference.split('/');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(kind), Some(id), None | Some("_history")) if !kind.is_empty() && !id.is_empty() => {
            match is_nobodys(kind) {
                true => Entry::Open,
                false => Entry::Named(kind, id),
            }
        }
        _ => Entry::Elsewhere,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn words_stay_only_where_every_entry_is_seen() {
        let check = |section: Value, whole: bool, words: usize| {
            let mut letter = json!({ "resourceType": "Composition", "text": { "div": "WORD" },
                "section": [section] });
            let names = named(&letter);
            assert!(
                names.iter().all(|(kind, _)| kind == "Condition"),
                "{letter}"
            );
            let seen = BTreeSet::from([("Condition".to_owned(), "seen".to_owned())]);
            assert_eq!(withhold(&mut letter, &seen), !whole, "{letter}");
            let told = letter.to_string().matches("WORD").count();
            assert_eq!(told, words, "{letter}");
        };
        let of = |references: &[&str]| {
            let entries: Vec<Value> = (references.iter())
                .map(|reference| json!({ "reference": reference }))
                .collect();
            json!({ "text": { "div": "WORD" }, "entry": entries })
        };
        check(json!({ "text": { "div": "WORD" } }), true, 2);
        check(of(&["Condition/seen", "#c", "Practitioner/p"]), true, 2);
        check(of(&["Condition/seen/_history/2"]), true, 2);
        for reference in [
            "Condition/hidden",
            "urn:uuid:1",
            "https://elsewhere.example/Condition/seen",
            "Condition",
            "Condition/",
            "",
        ] {
            check(of(&["Condition/seen", reference]), false, 0);
        }
        check(
            json!({ "text": { "div": "WORD" }, "entry": [{ "display": "x" }] }),
            false,
            0,
        );
        let mut nested = of(&["Condition/seen"]);
        nested["section"] = json!([of(&["Condition/seen"]), of(&["Condition/hidden"])]);
        check(nested, false, 1);
    }
}
