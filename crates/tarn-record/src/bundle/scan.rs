use std::ops::Range;

/// A string that is the value of an object's member.
pub(super) struct Found {
    /// The member's name.
    pub(super) key: String,
    /// How many objects and arrays it stands in: 1 for a member of the outermost object.
    pub(super) depth: usize,
    /// Where it stands, quotes included.
    pub(super) range: Range<usize>,
    /// The string, unescaped.
    pub(super) value: String,
}

/// Finds every string that is the value of a member, with its exact place in the text, in one
/// pass and without recursion.
///
/// `text` must be valid JSON (it has been through the parser); for any other text the answer is
/// a list without meaning, and never a panic.
pub(super) fn strings(text: &str) -> Vec<Found> {
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
                        found.extend(member(text, key, at..end, depth));
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

fn member(text: &str, key: &Range<usize>, range: Range<usize>, depth: usize) -> Option<Found> {
    Some(Found {
        key: unescaped(text.get(key.clone())?)?,
        depth,
        value: unescaped(text.get(range.clone())?)?,
        range,
    })
}

fn unescaped(token: &str) -> Option<String> {
    match token.strip_prefix('"')?.strip_suffix('"') {
        Some(plain) if !plain.contains('\\') => Some(plain.to_owned()),
        _ => serde_json::from_str(token).ok(),
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
        let seen: Vec<_> = strings(text)
            .into_iter()
            .map(|f| (f.key, f.depth, f.value, text[f.range].to_owned()))
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
            let _ = strings(&text);
        }
    }
}
