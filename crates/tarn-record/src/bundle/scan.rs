use std::borrow::Cow;
use std::ops::Range;

/// A string that is the value of an object's member.
pub(super) struct Found<'a> {
    /// The member's name.
    pub(super) key: &'static str,
    /// How many objects and arrays it stands in: 1 for a member of the outermost object.
    pub(super) depth: usize,
    /// Where it stands, quotes included.
    pub(super) range: Range<usize>,
    /// The string, unescaped.
    pub(super) value: Cow<'a, str>,
}

/// Finds every string that is the value of a member with a wanted name, with its exact place in
/// the text, in one pass, without recursion, and only as far as it is asked.
///
/// `text` must be valid JSON (it has been through the parser); for any other text the answer is
/// a list without meaning, and never a panic.
pub(super) fn strings<'a>(
    text: &'a str,
    wanted: &'static [&'static str],
) -> impl Iterator<Item = Found<'a>> {
    let mut scan = Scan {
        text,
        at: 0,
        open: Vec::new(),
        expects_key: false,
        after_colon: false,
    };
    std::iter::from_fn(move || {
        loop {
            let (key, range, depth) = scan.next_member()?;
            if let Some(found) = member(text, &key, range, depth, wanted) {
                return Some(found);
            }
        }
    })
}

/// How far a text was read.
struct Scan<'a> {
    text: &'a str,
    at: usize,
    /// One element for every open object (`Some`: the range of the key last read) or array.
    open: Vec<Option<Range<usize>>>,
    expects_key: bool,
    after_colon: bool,
}

impl Scan<'_> {
    /// The next member whose value is a string: where its name and its value stand, and how deep.
    fn next_member(&mut self) -> Option<(Range<usize>, Range<usize>, usize)> {
        let bytes = self.text.as_bytes();
        while let Some(byte) = bytes.get(self.at) {
            match byte {
                b'{' | b'[' => {
                    self.open.push((*byte == b'{').then_some(0..0));
                    self.expects_key = *byte == b'{';
                    self.after_colon = false;
                }
                b'}' | b']' => {
                    self.open.pop();
                    self.expects_key = false;
                    self.after_colon = false;
                }
                b',' => {
                    self.expects_key = matches!(self.open.last(), Some(Some(_)));
                    self.after_colon = false;
                }
                b':' => self.after_colon = true,
                b'"' => {
                    let start = self.at;
                    self.at = end_of_string(bytes, start);
                    let depth = self.open.len();
                    if let Some(Some(key)) = self.open.last_mut() {
                        if self.expects_key {
                            *key = start..self.at;
                            self.expects_key = false;
                        } else if self.after_colon {
                            return Some((key.clone(), start..self.at, depth));
                        }
                    }
                    continue;
                }
                _ => {}
            }
            self.at += 1;
        }
        None
    }
}

fn member<'a>(
    text: &'a str,
    key: &Range<usize>,
    range: Range<usize>,
    depth: usize,
    wanted: &'static [&'static str],
) -> Option<Found<'a>> {
    let key = unescaped(text.get(key.clone())?)?;
    Some(Found {
        key: wanted.iter().copied().find(|name| *name == key)?,
        depth,
        value: unescaped(text.get(range.clone())?)?,
        range,
    })
}

/// The string behind a JSON token.
pub(super) fn unescaped(token: &str) -> Option<Cow<'_, str>> {
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
            .map(|f| {
                (
                    f.key.to_owned(),
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
            let _ = strings(&text, &["id"]).count();
        }
    }
}
