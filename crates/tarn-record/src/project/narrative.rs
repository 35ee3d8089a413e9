//! The words of a narrative (`text.div`): XHTML read as plain text.

use serde_json::Value;

use super::words::text;

/// Elements that stand on a line of their own.
const BLOCKS: [&str; 20] = [
    "blockquote",
    "br",
    "caption",
    "dd",
    "div",
    "dl",
    "dt",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "li",
    "ol",
    "p",
    "pre",
    "tr",
    "ul",
];

/// How often a `<` may begin nothing before all others are taken as words too; it keeps the time
/// that reading takes in line with the text's length, whatever somebody sends.
const STRAY: usize = 64;

/// The words of a resource's narrative, a line for each block; `None` if there are none.
///
/// What is not well-formed markup is kept as words: nothing that a reader might need is lost, and
/// the answer is plain text, which a page has to escape like any other. White space is joined, as
/// XHTML reads it.
pub(super) fn narrative(resource: &Value) -> Option<String> {
    let narrative = resource.get("text")?;
    // FHIR has a narrative say "empty" rather than leave it out.
    if text(narrative, "status") == Some("empty") {
        return None;
    }
    let words = plain(text(narrative, "div")?);
    (!words.is_empty()).then_some(words)
}

/// XHTML as plain text.
fn plain(xhtml: &str) -> String {
    let mut said = String::with_capacity(xhtml.len());
    let mut rest = xhtml;
    let mut stray = 0;
    while stray < STRAY
        && let Some((words, markup)) = rest.split_once('<')
    {
        push_decoded(&mut said, words);
        match after_markup(markup) {
            Some((name, behind)) => {
                let name = name.to_ascii_lowercase();
                if BLOCKS.contains(&name.as_str()) {
                    said.push('\n');
                } else if matches!(name.as_str(), "td" | "th") {
                    said.push(' ');
                }
                rest = match name.as_str() {
                    "script" | "style" if !markup.starts_with('/') => behind_content(behind, &name),
                    _ => behind,
                };
            }
            None => {
                stray += 1;
                said.push('<');
                rest = markup;
            }
        }
    }
    push_decoded(&mut said, rest);
    let lines = said
        .split('\n')
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    let lines: Vec<_> = lines.filter(|line| !line.is_empty()).collect();
    lines.join("\n")
}

/// The element's name, and what follows its tag or comment, of the text behind a `<`; `None` if
/// that begins no markup.
fn after_markup(markup: &str) -> Option<(&str, &str)> {
    if let Some(comment) = markup.strip_prefix("!--") {
        return comment.split_once("-->").map(|(_, behind)| ("", behind));
    }
    if markup.starts_with(['!', '?']) {
        return markup.split_once('>').map(|(_, behind)| ("", behind));
    }
    let tag = markup.strip_prefix('/').unwrap_or(markup);
    if !tag.starts_with(|first: char| first.is_ascii_alphabetic()) {
        return None;
    }
    let name_ends = tag.find(|c: char| !c.is_ascii_alphanumeric())?;
    let (name, attributes) = tag.split_at_checked(name_ends)?;
    let mut quote = None;
    for (at, letter) in attributes.char_indices() {
        match (quote, letter) {
            (None, '>') => return attributes.get(at + 1..).map(|behind| (name, behind)),
            (None, '"' | '\'') => quote = Some(letter),
            (Some(open), _) if open == letter => quote = None,
            _ => {}
        }
    }
    None
}

/// What follows the content of a `script` or `style`, which is no text for people.
fn behind_content<'t>(content: &'t str, name: &str) -> &'t str {
    let mut ends = content.match_indices("</").filter(|(at, _)| {
        let ending = content.get(at + 2..at + 2 + name.len());
        ending.is_some_and(|ending| ending.eq_ignore_ascii_case(name))
    });
    let end = ends.next().and_then(|(at, _)| content.get(at..));
    end.unwrap_or_default()
}

/// Adds words with their character references read; one that is unknown stays as it is written.
/// A line break of the source's text is white space.
fn push_decoded(said: &mut String, words: &str) {
    let mut rest = words;
    while let Some((before, reference)) = rest.split_once('&') {
        push_spaced(said, before);
        // The longest name that is known has six letters, the longest number eight digits.
        let ends = reference.bytes().take(10).position(|byte| byte == b';');
        let read = ends
            .and_then(|ends| reference.split_at_checked(ends))
            .and_then(|(name, behind)| Some((character(name)?, behind.get(1..)?)));
        match read {
            Some((character, behind)) => {
                said.push(character);
                rest = behind;
            }
            None => {
                said.push('&');
                rest = reference;
            }
        }
    }
    push_spaced(said, rest);
}

fn push_spaced(said: &mut String, words: &str) {
    said.extend(words.chars().map(|c| if c == '\n' { ' ' } else { c }));
}

/// The character that `&name;` stands for; control characters stand for a space.
fn character(name: &str) -> Option<char> {
    let character = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        "pound" => '£',
        "deg" => '°',
        "micro" => 'µ',
        "ndash" => '–',
        "mdash" => '—',
        "lsquo" => '‘',
        "rsquo" => '’',
        "ldquo" => '“',
        "rdquo" => '”',
        "bull" => '•',
        _ => {
            let digits = name.strip_prefix('#')?;
            let number = match digits.strip_prefix(['x', 'X']) {
                Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16),
                None => digits.parse(),
            };
            char::from_u32(number.ok()?)?
        }
    };
    Some(if character.is_control() {
        ' '
    } else {
        character
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::{narrative, plain};

    #[test]
    fn a_narrative_reads_as_plain_text() {
        let check = |xhtml: &str, expected: &str| assert_eq!(plain(xhtml), expected, "{xhtml}");
        check(
            r#"<div xmlns="http://www.w3.org/1999/xhtml">Apixaban &amp; falls. </div>"#,
            "Apixaban & falls.",
        );
        check(
            "<div>\n  <p>One\n   line</p><p>Next</p></div>",
            "One line\nNext",
        );
        check("<ul><li>a</li><li><b>b</b>c</li></ul>", "a\nbc");
        check(
            "<table><tr><td>Key</td><td>safe</td></tr></table>",
            "Key safe",
        );
        check("Ring first<br/>then knock", "Ring first\nthen knock");
        check(
            "&lt;b&gt;not bold&lt;/b&gt; &#163;5 &#x2019;&nbsp;x",
            "<b>not bold</b> £5 ’ x",
        );
        check("&amp;lt;", "&lt;");
        check(
            "AT&T &unknown; &#xFFFFFFFF; &#10;x",
            "AT&T &unknown; &#xFFFFFFFF; x",
        );
        check("weight < 40 kg, INR > 5", "weight < 40 kg, INR > 5");
        check(
            "cut <b short and <i title=\"never closed",
            "cut <b short and <i title=\"never closed",
        );
        check(r#"<img alt="a > b" src="x"/>seen"#, "seen");
        check("a<!-- <p>no</p> -->b<?pi x?>c", "abc");
        check("a<SCRIPT>alert('x')</script>b<style>p{}</style>c", "abc");
        check("Zoë – 5 µg <em>täglich</em>", "Zoë – 5 µg täglich");
        check("", "");
    }

    #[test]
    fn markup_that_never_ends_is_read_in_one_go() {
        let unclosed = "<a b=\"".repeat(200_000);
        assert_eq!(plain(&unclosed).len(), unclosed.len());
        let comments = "<!--".repeat(200_000);
        assert_eq!(plain(&comments), comments);
    }

    #[test]
    fn a_narrative_that_says_nothing_is_none() {
        let check = |text| assert_eq!(narrative(&json!({ "text": text })), None, "{text}");
        check(json!({"status": "generated", "div": "<div> \n </div>"}));
        check(json!({"status": "empty", "div": "<div>none</div>"}));
        check(json!({"status": "additional"}));
        check(json!("words"));
        check(json!(null));
    }

    proptest! {
        #[test]
        fn words_without_markup_survive_and_nothing_panics(
            any in "(?s).{0,60}",
            words in "[a-zA-Z0-9éß.,:;()]{1,12}( [a-zA-Z0-9éß.,:;()]{1,12}){0,5}",
        ) {
            prop_assert!(!plain(&any).contains("\n\n"));
            prop_assert_eq!(plain(&words), words.clone());
            prop_assert_eq!(plain(&format!("<div><p>{words}</p></div>")), words.clone());
            let escaped = format!("<div>&lt;{words}&gt;</div>");
            prop_assert_eq!(plain(&escaped), format!("<{words}>"));
        }
    }
}
