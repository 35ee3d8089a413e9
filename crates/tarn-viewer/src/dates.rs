//! Dates as clinicians read them: a thin layer over `tarn-web`'s formatters, for the record's
//! own types.

use tarn_access::When;
use tarn_model::{Precision, Timestamp};

/// A moment of the record, as precise as it was given: `22-Nov-2026` or `22-Nov-2026 10:04`.
pub(crate) fn when(when: &When) -> String {
    unbroken(&tarn_web::clinical_moment(when.at, when.precision))
}

/// The day of a moment of the record: `22-Nov-2026`, even where a time was given.
pub(crate) fn day(when: &When) -> String {
    unbroken(&tarn_web::clinical_date(when.at, when.precision))
}

/// The day that something happened here: `22-Nov-2026`.
pub(crate) fn day_of(at: Timestamp) -> String {
    unbroken(&tarn_web::clinical_date(at, Precision::Time))
}

/// Day and time that something happened here: `22-Nov-2026 10:04`.
pub(crate) fn date_time(at: Timestamp) -> String {
    unbroken(&tarn_web::clinical_date_time(at))
}

/// Time of day: `10:04`.
pub(crate) fn time(at: Timestamp) -> String {
    tarn_web::clock_time(at)
}

/// How far a source is behind: `14 h late`.
pub(crate) fn late_by(seconds: i64) -> String {
    format!("{}\u{a0}late", tarn_web::lateness(seconds))
}

/// An age by CUI's table; none where the birth was not given to the day.
pub(crate) fn age(born: &When, until: Timestamp) -> Option<String> {
    tarn_web::age(born.at, born.precision, until)
}

/// The text as HTML, with each date held together: a browser would break one after its hyphens.
/// The text itself keeps plain hyphens, so that a copied date is still a date.
pub(crate) fn html(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + 32);
    let mut rest = text;
    while let Some(hyphen) = rest.find('-') {
        match date_around(rest, hyphen) {
            Some((from, to)) => {
                escape(rest.get(..from).unwrap_or_default(), &mut html);
                html.push_str("<span class=\"nowrap\">");
                escape(rest.get(from..to).unwrap_or_default(), &mut html);
                html.push_str("</span>");
                rest = rest.get(to..).unwrap_or_default();
            }
            None => {
                escape(rest.get(..=hyphen).unwrap_or_default(), &mut html);
                rest = rest.get(hyphen + 1..).unwrap_or_default();
            }
        }
    }
    escape(rest, &mut html);
    html
}

/// Begin and end of `22-Nov-2026` around its first hyphen.
fn date_around(text: &str, hyphen: usize) -> Option<(usize, usize)> {
    let from = hyphen.checked_sub(2)?;
    let date = text.get(from..hyphen.checked_add(9)?)?;
    let shape = date.bytes().enumerate().all(|(at, byte)| match at {
        0 | 1 | 7..=10 => byte.is_ascii_digit(),
        2 | 6 => byte == b'-',
        _ => byte.is_ascii_alphabetic(),
    });
    shape.then_some((from, from + date.len()))
}

fn escape(text: &str, html: &mut String) {
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            other => html.push(other),
        }
    }
}

/// A date and its time never part at a line's end.
fn unbroken(text: &str) -> String {
    text.replace(' ', "\u{a0}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_hold_together_and_everything_is_escaped() {
        let check = |text: &str, shown: &str| assert_eq!(html(text), shown, "{text}");
        check(
            "on 22-Nov-2026.",
            "on <span class=\"nowrap\">22-Nov-2026</span>.",
        );
        check(
            "co-codamol <b> & \"x\"",
            "co-codamol &lt;b&gt; &amp; &quot;x&quot;",
        );
        check(
            "1-2 é-22-Nov-2026",
            "1-2 é-<span class=\"nowrap\">22-Nov-2026</span>",
        );
        check("22-Nov-", "22-Nov-");
        check("", "");
    }

    proptest::proptest! {
        #[test]
        fn any_text_becomes_harmless_html(text in ".{0,40}") {
            let inner = html(&text).replace("<span class=\"nowrap\">", "").replace("</span>", "");
            assert!(!inner.contains(['<', '>', '"']));
        }
    }
}
