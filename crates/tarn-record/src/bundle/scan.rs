use std::borrow::Cow;
use std::ops::Range;

/// A string that is the value of an object's member.
pub(super) struct Found<'a> {
    /// The member's name.
    pub(super) key: Cow<'a, str>,
    /// How many objects and arrays it stands in: 1 for a member of the outermost object.
    pub(super) depth: usize,
    /// Where it stands, quotes included.
    pub(super) range: Range<usize>,
    /// The string, unescaped.
    pub(super) value: Cow<'a, str>,
}

/// Finds every string that is the value of a member with a wanted name, with its exact place in
/// the text, in one pass and without recursion.
///
/// `text` must be valid JSON (it has been through the parser); for any other text the answer is
/// a list without meaning, and never a panic.
pub(super) fn strings<'a>(text: &'a str, wanted: &[&str]) -> Vec<Found<'a>> {
    let bytes = text.as_bytes();
    // One element for every open object (`Some`: the range of the key last read) or array.
    let mut open: Vec<Option<Range<usize>>> = Vec::new();
    let mut expects_key = false;
    let mut after_colon = false;
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'{' => {
                open.push(Some(0..0));
                expects_key = true;
                after_colon = false;
            }
            b'[' => {
                open.push(None);
                expects_key = false;
                after_colon = false;
            }
            b'}' | b']' => {
                open.pop();
                expects_key = false;
                after_colon = false;
            }
            b',' => {
                expects_key = matches!(open.last(), Some(Some(_)));
                after_colon = false;
            }
            b':' => after_colon = true,
            b'"' => {
                let end = end_of_string(bytes, at);
                let depth = open.len();
                if let Some(Some(key)) = open.last_mut() {
                    if expects_key {
                        *key = at..end;
                        expects_key = false;
                    } else if after_colon {
                        found.extend(member(text, key, at..end, depth, wanted));
                    }
                }
                at = end;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    found
}

fn member<'a>(
    text: &'a str,
    key: &Range<usize>,
    range: Range<usize>,
    depth: usize,
    wanted: &[&str],
) -> Option<Found<'a>> {
    let key = unescaped(text.get(key.clone())?)?;
    if !wanted.contains(&key.as_ref()) {
        return None;
    }
    Some(Found {
        key,
        depth,
        value: unescaped(text.get(range.clone())?)?,
        range,
    })
}

fn unescaped(token: &str) -> Option<Cow<'_, str>> {
    match token.strip_prefix('"')?.strip_suffix('"') {
        Some(plain) if !plain.contains('\\') => Some(Cow::Borrowed(plain)),
        _ => serde_json::from_str(token).ok().map(Cow::Owned),
    }
}

/// The offset just behind the closing quote of the string that opens at `start`.
fn end_of_string(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_found_where_they_stand() {
        let text =
            r##"{"a":["x",{"reference":"P\/1"}], "reference" : "#c", "k\"" :{"id":"2"},"id":"9"}"##;
        let seen: Vec<_> = strings(text, &["reference", "id"])
            .into_iter()
            .map(|f| {
                (
                    f.key.into_owned(),
                    f.depth,
                    f.value.into_owned(),
                    text[f.range].to_owned(),
                )
            })
            .collect();
        let row = |key: &str, depth, value: &str, token: &str| {
            (key.to_owned(), depth, value.to_owned(), token.to_owned())
        };
        assert_eq!(
            seen,
            [
                row("reference", 3, "P/1", r#""P\/1""#),
                row("reference", 1, "#c", r##""#c""##),
                row("id", 2, "2", r#""2""#),
                row("id", 1, "9", r#""9""#),
            ]
        );
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_answered(text in ".{0,200}") {
            let _ = strings(&text, &["id"]);
        }
    }
}
