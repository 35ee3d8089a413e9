//! Typed looks into FHIR JSON that keep words and digits as they were written.

use serde_json::Value;
use tarn_model::{Precision, Timestamp, parse_fhir_date};

use crate::{Code, When};

/// The elements of a repeating member; a lone object where a list should be counts as one.
pub(super) fn items<'v>(value: &'v Value, member: &str) -> &'v [Value] {
    match value.get(member) {
        Some(Value::Array(list)) => list,
        Some(Value::Null) | None => &[],
        Some(one) => std::slice::from_ref(one),
    }
}

/// The first element of a member, repeating or not.
pub(super) fn first<'v>(value: &'v Value, member: &str) -> Option<&'v Value> {
    items(value, member).first()
}

/// A text member that is not blank, verbatim.
pub(super) fn text<'v>(value: &'v Value, member: &str) -> Option<&'v str> {
    value
        .get(member)
        .and_then(Value::as_str)
        .filter(|text| !text.trim().is_empty())
}

/// Whether a boolean member is there and true.
pub(super) fn is_true(value: &Value, member: &str) -> bool {
    value.get(member).and_then(Value::as_bool) == Some(true)
}

/// The words of a CodeableConcept, Coding or plain code: its text, else the first display, else
/// the first code.
pub(super) fn concept(value: &Value) -> Option<String> {
    if let Some(plain) = value.as_str().filter(|plain| !plain.trim().is_empty()) {
        return Some(plain.to_owned());
    }
    let codings = || items(value, "coding").iter().chain(std::iter::once(value));
    text(value, "text")
        .or_else(|| codings().find_map(|coding| text(coding, "display")))
        .or_else(|| codings().find_map(|coding| text(coding, "code")))
        .map(str::to_owned)
}

/// The words of the first element of a CodeableConcept member.
pub(super) fn concept_of(value: &Value, member: &str) -> Option<String> {
    items(value, member).iter().find_map(concept)
}

/// The words of every element of a CodeableConcept member, joined with commas.
pub(super) fn concepts_of(value: &Value, member: &str) -> Option<String> {
    let all: Vec<_> = items(value, member).iter().filter_map(concept).collect();
    (!all.is_empty()).then(|| all.join(", "))
}

/// The first code of a CodeableConcept or Coding.
pub(super) fn code(value: &Value) -> Option<Code> {
    items(value, "coding")
        .iter()
        .chain(std::iter::once(value))
        .find_map(|coding| {
            Some(Code {
                system: text(coding, "system").unwrap_or_default().to_owned(),
                code: text(coding, "code")?.to_owned(),
            })
        })
}

/// The bare codes of a status-like CodeableConcept or code: `["refuted"]`.
pub(super) fn codes_of<'v>(value: &'v Value, member: &str) -> Vec<&'v str> {
    items(value, member)
        .iter()
        .flat_map(|one| {
            items(one, "coding")
                .iter()
                .filter_map(|coding| text(coding, "code"))
                .chain(one.as_str())
        })
        .collect()
}

/// A number with its digits as written: `1.50` stays `1.50`. Only an exponent is spelled the
/// parser's way (`1E3` reads `1e+3`); the stored text keeps even that.
pub(super) fn number(value: &Value) -> Option<String> {
    match value {
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
        _ => None,
    }
}

/// The value of a Quantity with its comparator: `"<1.50"`.
pub(super) fn quantity_value(quantity: &Value) -> Option<String> {
    let comparator = text(quantity, "comparator").unwrap_or_default();
    let value = number(quantity.get("value")?)?;
    Some(format!("{comparator}{value}"))
}

/// The unit of a Quantity in its source's words, else its code.
pub(super) fn quantity_unit(quantity: &Value) -> Option<String> {
    text(quantity, "unit")
        .or_else(|| text(quantity, "code"))
        .map(str::to_owned)
}

/// A Quantity in one text: `"40 mg"`.
pub(super) fn quantity(quantity: &Value) -> Option<String> {
    let value = quantity_value(quantity)?;
    Some(match quantity_unit(quantity) {
        Some(unit) => format!("{value} {unit}"),
        None => value,
    })
}

/// A Range in one text: `"1 mg to 2 mg"`, `"at least 1 mg"`, `"up to 2 mg"`.
pub(super) fn range(range: &Value) -> Option<String> {
    let low = range.get("low").and_then(quantity);
    let high = range.get("high").and_then(quantity);
    match (low, high) {
        (Some(low), Some(high)) => Some(format!("{low} to {high}")),
        (Some(low), None) => Some(format!("at least {low}")),
        (None, Some(high)) => Some(format!("up to {high}")),
        (None, None) => None,
    }
}

/// A Ratio in one text: `"1:128"`, or `"5 mg/10 mL"` where there are units.
pub(super) fn ratio(ratio: &Value) -> Option<String> {
    let numerator = ratio.get("numerator")?;
    let denominator = ratio.get("denominator")?;
    let bare = quantity_unit(numerator).is_none() && quantity_unit(denominator).is_none();
    let sign = if bare { ':' } else { '/' };
    Some(format!(
        "{}{sign}{}",
        quantity(numerator)?,
        quantity(denominator)?
    ))
}

/// A date, dateTime or instant member.
pub(super) fn moment(value: &Value, member: &str) -> Option<When> {
    let (at, precision) = parse_fhir_date(text(value, member)?)?;
    Some(When { at, precision })
}

/// The start and end of a Period member.
pub(super) fn period(value: &Value, member: &str) -> (Option<When>, Option<When>) {
    match first(value, member) {
        Some(period) => (moment(period, "start"), moment(period, "end")),
        None => (None, None),
    }
}

/// The start and end of a choice of date, Period or Timing: `effective` reads `effectiveDateTime`,
/// `effectivePeriod`, `effectiveInstant`, `effectiveDate` and `effectiveTiming`.
pub(super) fn choice(value: &Value, stem: &str) -> (Option<When>, Option<When>) {
    let at = ["DateTime", "Instant", "Date"]
        .iter()
        .find_map(|kind| moment(value, &format!("{stem}{kind}")));
    if at.is_some() {
        return (at, None);
    }
    let found = period(value, &format!("{stem}Period"));
    if found != (None, None) {
        return found;
    }
    let timing = first(value, &format!("{stem}Timing"));
    (timing.and_then(|timing| moment(timing, "event")), None)
}

/// The last moment that a date can mean: the end of the day for a date without a time.
pub(super) fn last_moment(when: When) -> Timestamp {
    let days = match when.precision {
        Precision::Time => return when.at,
        Precision::Day => 1,
        Precision::Month => 31,
        Precision::Year => 366,
    };
    when.at.plus_seconds(days * 86_400 - 1)
}

/// The texts of the notes, joined with new lines.
pub(super) fn notes(value: &Value) -> Option<String> {
    let all: Vec<_> = items(value, "note")
        .iter()
        .filter_map(|note| text(note, "text").or_else(|| note.as_str()))
        .collect();
    (!all.is_empty()).then(|| all.join("\n"))
}

/// A name as people say it: its text, or title, given names and family name.
pub(super) fn human_name(name: &Value) -> Option<String> {
    if let Some(text) = text(name, "text") {
        return Some(text.to_owned());
    }
    let mut parts: Vec<&str> = Vec::new();
    for member in ["prefix", "given"] {
        parts.extend(items(name, member).iter().filter_map(Value::as_str));
    }
    parts.extend(text(name, "family"));
    parts.retain(|part| !part.trim().is_empty());
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// The first telephone number that is still in use.
pub(super) fn telephone(value: &Value) -> Option<String> {
    items(value, "telecom")
        .iter()
        .filter(|one| text(one, "use") != Some("old"))
        .find(|one| matches!(text(one, "system"), Some("phone" | "sms")))
        .and_then(|one| text(one, "value"))
        .map(str::to_owned)
}

/// The extension with this last part in its address.
pub(super) fn extension<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    items(value, "extension").iter().find(|extension| {
        text(extension, "url").is_some_and(|url| url.rsplit('/').next() == Some(name))
    })
}

/// Whether any of the texts holds any of the words, whatever the case.
pub(super) fn mentions(texts: &[Option<String>], words: &[&str]) -> bool {
    texts.iter().flatten().any(|text| {
        let text = text.to_lowercase();
        words.iter().any(|word| text.contains(word))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn digits_stay_as_written() {
        for digits in [
            "1.50",
            "200.00",
            "0.10",
            "-0",
            "1.0e+3",
            "12345678901234567890.10",
        ] {
            let quantity: Value =
                serde_json::from_str(&format!(r#"{{"value":{digits},"comparator":"<"}}"#)).unwrap();
            assert_eq!(quantity_value(&quantity).unwrap(), format!("<{digits}"));
        }
    }

    #[test]
    fn words_come_before_codes() {
        let check = |value: Value, words: &str| {
            assert_eq!(concept(&value).as_deref(), Some(words), "{value}");
        };
        check(
            json!({"text": "Sore knee", "coding": [{"display": "Knee pain"}]}),
            "Sore knee",
        );
        check(
            json!({"text": " ", "coding": [{"code": "1"}, {"display": "Knee pain"}]}),
            "Knee pain",
        );
        check(json!({"coding": [{"code": "30989003"}]}), "30989003");
        check(
            json!({"code": "AMB", "display": "ambulatory"}),
            "ambulatory",
        );
        check(json!("high"), "high");
        assert_eq!(concept(&json!({"coding": []})), None);
    }

    #[test]
    fn a_ratio_without_units_is_a_titre() {
        let titre = json!({"numerator": {"value": 1}, "denominator": {"value": 128}});
        assert_eq!(ratio(&titre).as_deref(), Some("1:128"));
        let strength = json!({"numerator": {"value": 5, "unit": "mg"}, "denominator": {"value": 10, "unit": "mL"}});
        assert_eq!(ratio(&strength).as_deref(), Some("5 mg/10 mL"));
    }
}
