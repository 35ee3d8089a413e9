//! A stored text as it leaves: the source's own words, with what only the store knows put in.
//!
//! Nothing is parsed and written again: a decimal keeps its digits, a member its place. Only the
//! beginning of the text is looked at, up to the members that are replaced.

use std::ops::Range;

use serde_json::Value;
use tarn_model::{OdsCode, Timestamp};

/// What the store knows of a version, to be put into its text.
#[derive(Clone, Copy)]
pub(crate) struct Stamp<'a> {
    pub(crate) id: &'a str,
    pub(crate) version: i64,
    pub(crate) updated_at: Timestamp,
    /// None where the source must not be named.
    pub(crate) source: Option<&'a OdsCode>,
}

impl Stamp<'_> {
    /// The members of `meta` that are the store's, without braces.
    pub(crate) fn meta(&self) -> String {
        self.meta_at(&format!("\"{}\"", self.updated_at.to_fhir()))
    }

    /// The same with another `lastUpdated`, which is JSON.
    fn meta_at(&self, last_updated: &str) -> String {
        let mut meta = format!(
            r#""versionId":"{}","lastUpdated":{last_updated}"#,
            self.version
        );
        if let Some(source) = self.source {
            meta.push_str(&format!(r#","source":"urn:tarn:source:{source}""#));
        }
        meta
    }
}

/// The members of `meta` that only the store says.
const STORES_OWN: [&str; 3] = ["versionId", "lastUpdated", "source"];

/// `text` with the stamp's id and meta in it; `None` if it is no resource's text.
pub(crate) fn stamped(text: &str, stamp: Stamp<'_>) -> Option<String> {
    put_in(text, stamp, false)
}

/// The same for a copy that is its source's to keep: where the source said when it last changed
/// the resource, that stays. Who reads the copy back, here or elsewhere, decides by it which of
/// two registrations is the newer one.
pub(crate) fn stamped_for_its_source(text: &str, stamp: Stamp<'_>) -> Option<String> {
    put_in(text, stamp, true)
}

fn put_in(text: &str, stamp: Stamp<'_>, keeps_time: bool) -> Option<String> {
    let mut id = None;
    let mut meta = None;
    let mut members = Members::of(text, 0)?;
    let first = members.at;
    for (key, value) in members.by_ref() {
        match key {
            "id" => id = Some(value),
            "meta" => meta = Some(value),
            _ => {}
        }
        if id.is_some() && meta.is_some() {
            break;
        }
    }
    if members.is_empty {
        return None;
    }
    let new_id = Value::from(stamp.id).to_string();
    let new_meta = match &meta {
        Some(range) => merged(text, range.clone(), stamp, keeps_time)?,
        None => format!("{{{}}}", stamp.meta()),
    };
    let mut changes: Vec<(Range<usize>, String)> = vec![
        match id {
            Some(range) => (range, new_id),
            None => (first..first, format!(r#""id":{new_id},"#)),
        },
        match meta {
            Some(range) => (range, new_meta),
            None => (first..first, format!(r#""meta":{new_meta},"#)),
        },
    ];
    changes.sort_by_key(|(range, _)| range.start);
    let mut stamped = String::with_capacity(text.len() + 160);
    let mut from = 0;
    for (range, new) in changes {
        stamped.push_str(text.get(from..range.start)?);
        stamped.push_str(&new);
        from = range.end;
    }
    stamped.push_str(text.get(from..)?);
    Some(stamped)
}

/// The `meta` at `range` with the store's members in front and the source's others behind them.
fn merged(text: &str, range: Range<usize>, stamp: Stamp<'_>, keeps_time: bool) -> Option<String> {
    let members: Vec<_> = Members::of(text, range.start)?.collect();
    let mut times = members.iter().filter(|(key, _)| *key == "lastUpdated");
    let own = match (keeps_time, times.next()) {
        (true, Some((_, value))) => stamp.meta_at(text.get(value.clone())?),
        _ => stamp.meta(),
    };
    let mut meta = format!("{{{own}");
    for (key, value) in members {
        if !STORES_OWN.contains(&key) {
            meta.push_str(&format!(r#","{key}":{}"#, text.get(value)?));
        }
    }
    meta.push('}');
    Some(meta)
}

/// The members of one object, by name and place of the value. The text has been through the
/// parser when it was stored; for any other text there is no meaning, and never a panic.
struct Members<'a> {
    text: &'a str,
    at: usize,
    is_empty: bool,
}

impl<'a> Members<'a> {
    /// The members of the object that begins at or after `from`.
    fn of(text: &'a str, from: usize) -> Option<Self> {
        let bytes = text.as_bytes();
        let open = after_space(bytes, from);
        (bytes.get(open) == Some(&b'{')).then_some(Self {
            text,
            at: open + 1,
            is_empty: true,
        })
    }
}

impl<'a> Iterator for Members<'a> {
    type Item = (&'a str, Range<usize>);

    fn next(&mut self) -> Option<Self::Item> {
        let bytes = self.text.as_bytes();
        let mut at = after_space(bytes, self.at);
        if bytes.get(at) == Some(&b',') {
            at = after_space(bytes, at + 1);
        }
        if bytes.get(at) != Some(&b'"') {
            return None;
        }
        let key_end = end_of_string(bytes, at);
        let key = self.text.get(at + 1..key_end.checked_sub(1)?)?;
        let colon = after_space(bytes, key_end);
        if bytes.get(colon) != Some(&b':') {
            return None;
        }
        let start = after_space(bytes, colon + 1);
        let end = end_of_value(bytes, start);
        self.at = end;
        self.is_empty = false;
        Some((key, start..end))
    }
}

fn after_space(bytes: &[u8], from: usize) -> usize {
    let space = |byte: &&u8| byte.is_ascii_whitespace();
    let rest = bytes.get(from..).unwrap_or_default();
    from + rest.iter().take_while(space).count()
}

/// The place behind the string whose opening quote is at `from`.
fn end_of_string(bytes: &[u8], from: usize) -> usize {
    let mut at = from + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// The place behind the value that begins at `from`.
fn end_of_value(bytes: &[u8], from: usize) -> usize {
    let mut depth = 0_usize;
    let mut at = from;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => at = end_of_string(bytes, at),
            b'{' | b'[' => {
                depth += 1;
                at += 1;
            }
            b'}' | b']' if depth == 0 => return at,
            b'}' | b']' => {
                depth -= 1;
                at += 1;
            }
            b',' if depth == 0 => return at,
            byte if byte.is_ascii_whitespace() && depth == 0 => return at,
            _ => {
                at += 1;
                continue;
            }
        }
        if depth == 0 {
            return at;
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let source = "RSB".parse().unwrap();
        let stamp = Stamp {
            id: "o1",
            version: 3,
            updated_at: Timestamp::from_micros(1_795_341_840_000_000),
            source: Some(&source),
        };
        let ours = r#""versionId":"3","lastUpdated":"2026-11-22T10:04:00.000Z","source":"urn:tarn:source:RSB""#;
        let found = stamped(text, stamp).unwrap();
        assert_eq!(found, expected.replace("OURS", ours), "{text}");
        serde_json::from_str::<Value>(&found).unwrap();
    }

    #[test]
    fn the_stores_members_are_put_in_and_the_rest_stays() {
        check(
            r#"{"resourceType":"Observation","id":"x","valueQuantity":{"value":1.50}}"#,
            r#"{"meta":{OURS},"resourceType":"Observation","id":"o1","valueQuantity":{"value":1.50}}"#,
        );
        check(
            r#"{ "resourceType" : "Basic" , "meta" : { "profile" : ["a,}"] , "versionId":"9" } }"#,
            r#"{"id":"o1", "resourceType" : "Basic" , "meta" : {OURS,"profile":["a,}"]} }"#,
        );
        check(
            r#"{"contained":[{"id":"c","meta":{"source":"s"}}],"note":[{"text":"\"id\":\\"}],"id":"x","meta":{"source":"s","tag":[{"code":"\"}"}]}}"#,
            r#"{"contained":[{"id":"c","meta":{"source":"s"}}],"note":[{"text":"\"id\":\\"}],"id":"o1","meta":{OURS,"tag":[{"code":"\"}"}]}}"#,
        );
    }

    #[test]
    fn what_is_no_resource_has_no_stamped_text() {
        let stamp = Stamp {
            id: "o1",
            version: 1,
            updated_at: Timestamp::from_micros(0),
            source: None,
        };
        for text in ["", "[]", "{}", "{\"a", "{\"meta\":7}", "\u{e9}{"] {
            assert_eq!(stamped(text, stamp), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_answered_without_a_panic(text in "[{}\\[\\],:\"\\\\a-c \u{e9}0]{0,40}") {
            let source = None;
            let stamp = Stamp { id: "i", version: 1, updated_at: Timestamp::from_micros(0), source };
            let _ = stamped(&text, stamp);
        }
    }
}
