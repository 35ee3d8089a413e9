//! Parts of a resource, for `_summary` and `_elements`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::{Map, Value};

const TABLE: &str = include_str!("elements.txt");

static TYPES: LazyLock<BTreeMap<&str, Vec<Element>>> = LazyLock::new(|| {
    let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
    let rows = lines.filter_map(|line| {
        let mut words = line.split(' ');
        Some((words.next()?, words.map(Element::read).collect()))
    });
    rows.collect()
});

/// An element that is in a summary or in every instance.
struct Element {
    name: &'static str,
    /// `value[x]`: the name goes on with a type.
    is_choice: bool,
    is_mandatory: bool,
    is_summary: bool,
}

impl Element {
    fn read(word: &'static str) -> Self {
        let name = word.trim_end_matches(['!', '*']);
        Self {
            name: name.trim_end_matches("[x]"),
            is_choice: name.ends_with("[x]"),
            is_mandatory: word.contains('!'),
            is_summary: word.ends_with('*'),
        }
    }

    fn has(&self, key: &str) -> bool {
        let key = key.strip_prefix('_').unwrap_or(key);
        match key.strip_prefix(self.name) {
            Some("") => true,
            Some(rest) => self.is_choice && rest.starts_with(|c: char| c.is_ascii_uppercase()),
            None => false,
        }
    }
}

/// Which parts of resources are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Part {
    /// The whole text, as it is stored.
    #[default]
    Whole,
    /// `_summary=true`
    Summary,
    /// `_summary=text`
    Text,
    /// `_summary=data`
    Data,
    /// `_elements`: these and what every instance has.
    Elements(Vec<String>),
}

impl Part {
    /// From the two parameters; `_elements` goes first, as the narrower wish.
    ///
    /// `None` for `_summary=count` and for a word that is none of FHIR's.
    pub(crate) fn of(summary: Option<&str>, elements: Option<&str>) -> Option<Self> {
        if let Some(elements) = elements {
            let names = elements.split(',').map(str::trim);
            let bare = names.map(|name| name.rsplit('.').next().unwrap_or(name).to_owned());
            return Some(Self::Elements(bare.collect()));
        }
        match summary {
            None | Some("false") => Some(Self::Whole),
            Some("true") => Some(Self::Summary),
            Some("text") => Some(Self::Text),
            Some("data") => Some(Self::Data),
            Some(_) => None,
        }
    }

    fn keeps(&self, elements: &[Element], key: &str) -> bool {
        let mandatory = || {
            let mut mandatory = elements.iter().filter(|element| element.is_mandatory);
            mandatory.any(|element| element.has(key))
        };
        if matches!(key, "resourceType" | "id" | "meta" | "implicitRules") {
            return true;
        }
        match self {
            Self::Whole => true,
            Self::Data => key != "text",
            Self::Text => key == "text" || mandatory(),
            Self::Summary => {
                let mut summary = elements.iter().filter(|element| element.is_summary);
                mandatory() || summary.any(|element| element.has(key))
            }
            Self::Elements(names) => {
                let named = |name: &String| {
                    let bare = key.strip_prefix('_').unwrap_or(key);
                    // `_elements=value` asks for every `value[x]`.
                    bare == name
                        || bare.strip_prefix(name.as_str()).is_some_and(|rest| {
                            rest.starts_with(|c: char| c.is_ascii_uppercase())
                                && elements.iter().any(|one| one.is_choice && one.name == name)
                        })
                };
                names.iter().any(named) || mandatory()
            }
        }
    }

    /// This part of a resource's text, tagged as such; the text itself for the whole.
    pub(crate) fn cut<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if *self == Self::Whole {
            return Cow::Borrowed(text);
        }
        let Ok(Value::Object(whole)) = serde_json::from_str::<Value>(text) else {
            return Cow::Borrowed(text);
        };
        let name = whole.get("resourceType").and_then(Value::as_str);
        let none = Vec::new();
        let elements = name.and_then(|name| TYPES.get(name)).unwrap_or(&none);
        let kept = whole
            .into_iter()
            .filter(|(key, _)| self.keeps(elements, key));
        let mut kept: Map<String, Value> = kept.collect();
        tag(&mut kept);
        Cow::Owned(Value::Object(kept).to_string())
    }
}

/// Marks a resource as incomplete, so that nobody sends it back as a whole.
fn tag(resource: &mut Map<String, Value>) {
    let meta = resource
        .entry("meta")
        .or_insert_with(|| Value::Object(Map::new()));
    let Some(meta) = meta.as_object_mut() else {
        return;
    };
    let tags = meta
        .entry("tag")
        .or_insert_with(|| Value::Array(Vec::new()));
    if let Some(tags) = tags.as_array_mut() {
        tags.push(serde_json::json!({
            "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
            "code": "SUBSETTED",
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OBSERVATION: &str = r#"{"resourceType":"Observation","id":"1","meta":{"versionId":"2"},"text":{"status":"generated"},"status":"final","code":{"text":"Pulse"},"valueQuantity":{"value":1.50},"_status":{"id":"s"},"note":[{"text":"n"}]}"#;

    #[test]
    fn every_type_that_can_be_stored_is_in_the_table() {
        for name in tarn_search::registry::resource_types() {
            assert!(TYPES.contains_key(name), "{name}");
        }
        assert_eq!(TYPES.len(), 146);
    }

    #[test]
    fn a_part_is_tagged_and_keeps_what_every_instance_has() {
        let check = |part: Part, has: &[&str], has_not: &[&str]| {
            let cut: Value = serde_json::from_str(&part.cut(OBSERVATION)).unwrap();
            for key in has {
                assert!(cut.get(key).is_some(), "{part:?} without {key}");
            }
            for key in has_not {
                assert!(cut.get(key).is_none(), "{part:?} with {key}");
            }
            assert_eq!(cut["meta"]["tag"][0]["code"], "SUBSETTED");
            assert_eq!(cut["meta"]["versionId"], "2");
        };
        check(
            Part::Summary,
            &["id", "status", "_status", "code", "valueQuantity"],
            &["text", "note"],
        );
        check(Part::Text, &["text", "status", "code"], &["note"]);
        check(Part::Data, &["note", "status"], &["text"]);
        check(
            Part::of(None, Some("note,value")).unwrap(),
            &["note", "status", "valueQuantity"],
            &["text"],
        );
    }

    #[test]
    fn decimals_of_a_part_keep_their_digits_and_the_whole_is_untouched() {
        assert!(Part::Summary.cut(OBSERVATION).contains("1.50"));
        assert_eq!(Part::Whole.cut(OBSERVATION), OBSERVATION);
        assert_eq!(Part::of(Some("count"), None), None);
    }
}
