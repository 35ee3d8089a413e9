//! Observation: laboratory and imaging results, measurements, social history.

use serde_json::Value;
use tarn_model::Heading;

use super::read::Reader;
use super::words::{
    choice, code, codes_of, concept, concept_of, concepts_of, first, items, mentions, moment,
    notes, number, quantity, quantity_unit, quantity_value, range, ratio, text,
};
use crate::Line;

pub(super) fn lines(read: &Reader<'_>) -> Vec<Line> {
    let resource = read.resource;
    let said = [
        concepts_of(resource, "category"),
        concept_of(resource, "code"),
    ];
    let heading = if mentions(&said, &super::other::OWN_WORDS) {
        Heading::AboutMe
    } else {
        read.heading(usual_heading(resource), &said)
    };
    let [category, display] = said;
    let mut line = read.line(heading, display);
    line.code = first(resource, "code").and_then(code);
    (line.clinical_at, line.clinical_until) = choice(resource, "effective");
    line.recorded_at = moment(resource, "issued");
    (line.value, line.unit) = value(resource);
    let detail = &mut line.detail;
    detail.value_is_words = std::iter::once(resource)
        .chain(items(resource, "component"))
        .any(is_words);
    if line.value.is_none() {
        detail.status_reason = concept_of(resource, "dataAbsentReason");
    }
    detail.category = category;
    detail.interpretation = concepts_of(resource, "interpretation");
    detail.components = items(resource, "component")
        .iter()
        .filter_map(component)
        .collect();
    detail.who = read.name_in(resource, "performer");
    detail.text = notes(resource).or_else(|| text(resource, "comment").map(str::to_owned));
    let ranges = items(resource, "referenceRange");
    reference_range(ranges, line.unit.as_deref(), detail);
    vec![line]
}

/// Results are what a laboratory or an imaging department found; everything else is a
/// measurement. A category says which, else a specimen does.
fn usual_heading(resource: &Value) -> Heading {
    let categories = codes_of(resource, "category");
    let is_result = |code: &&str| {
        matches!(
            code.to_ascii_lowercase().as_str(),
            "laboratory" | "lab" | "imaging" | "pathology" | "108252007" | "394914008"
        )
    };
    let worded = items(resource, "category")
        .iter()
        .any(|one| text(one, "text").is_some_and(|text| is_result(&text)));
    let has_specimen = categories.is_empty() && resource.get("specimen").is_some();
    if worded || categories.iter().any(is_result) || has_specimen {
        Heading::Results
    } else {
        Heading::Observations
    }
}

/// The value and its unit, of an Observation or one of its components.
fn value(holder: &Value) -> (Option<String>, Option<String>) {
    let member = |kind: &str| holder.get(format!("value{kind}"));
    if let Some(found) = member("Quantity") {
        return (quantity_value(found), quantity_unit(found));
    }
    let plain = |kind: &str| member(kind).and_then(Value::as_str).map(str::to_owned);
    let words = member("CodeableConcept")
        .and_then(concept)
        .or_else(|| plain("String"))
        .or_else(|| {
            member("Boolean")
                .and_then(Value::as_bool)
                .map(|yes| yes.to_string())
        })
        .or_else(|| member("Integer").and_then(number))
        .or_else(|| member("Decimal").and_then(number))
        .or_else(|| member("Range").and_then(range))
        .or_else(|| member("Ratio").and_then(ratio))
        .or_else(|| plain("Time"))
        .or_else(|| plain("DateTime"))
        .or_else(|| written_period(member("Period")?))
        .or_else(|| {
            let sampled = member("SampledData")?;
            text(sampled, "data").map(str::to_owned)
        });
    (words, None)
}

/// Whether the value is what its author typed, rather than what they measured or chose.
fn is_words(holder: &Value) -> bool {
    let coded = |concept: &Value| {
        items(concept, "coding")
            .iter()
            .any(|coding| text(coding, "display").is_some() || text(coding, "code").is_some())
    };
    holder.get("valueString").is_some()
        || holder
            .get("valueCodeableConcept")
            .is_some_and(|concept| !coded(concept))
}

fn written_period(period: &Value) -> Option<String> {
    match (text(period, "start"), text(period, "end")) {
        (Some(start), Some(end)) => Some(format!("{start} to {end}")),
        (Some(start), None) => Some(format!("from {start}")),
        (None, Some(end)) => Some(format!("until {end}")),
        (None, None) => None,
    }
}

/// `"Systolic 132 mmHg"`; a part without a value says why, in brackets.
fn component(component: &Value) -> Option<String> {
    let name = concept_of(component, "code")?;
    let (value, unit) = value(component);
    let value = match (value, unit) {
        (Some(value), Some(unit)) => format!("{value} {unit}"),
        (Some(value), None) => value,
        _ => match concept_of(component, "dataAbsentReason") {
            Some(reason) => format!("({reason})"),
            None => return Some(name),
        },
    };
    Some(match concepts_of(component, "interpretation") {
        Some(interpretation) => format!("{name} {value} ({interpretation})"),
        None => format!("{name} {value}"),
    })
}

/// Fills in the range, if there is one that surely belongs to the value: a single one, in the
/// value's own unit. Anything else is told in words, each range with whom it is for.
fn reference_range(ranges: &[Value], unit: Option<&str>, detail: &mut crate::Detail) {
    let normal: Vec<&Value> = ranges
        .iter()
        .filter(|one| one.get("type").is_none() || codes_of(one, "type").contains(&"normal"))
        .collect();
    let [only] = normal.as_slice() else {
        let told: Vec<_> = ranges.iter().filter_map(told_range).collect();
        detail.range_text = (!told.is_empty()).then(|| told.join("; "));
        return;
    };
    let end = |member: &str| first(only, member);
    let same_unit = ["low", "high"].iter().all(|member| {
        end(member)
            .and_then(quantity_unit)
            .is_none_or(|found| unit.is_none_or(|unit| unit == found))
    });
    if same_unit {
        detail.range_low = end("low").and_then(quantity_value);
        detail.range_high = end("high").and_then(quantity_value);
        detail.range_text = text(only, "text").map(str::to_owned);
    } else {
        detail.range_text = text(only, "text")
            .map(str::to_owned)
            .or_else(|| range(only));
    }
    detail.range_for = range_for(only);
}

fn told_range(one: &Value) -> Option<String> {
    let said = text(one, "text")
        .map(str::to_owned)
        .or_else(|| range(one))?;
    Some(match range_for(one).or_else(|| concept_of(one, "type")) {
        Some(whom) => format!("{whom}: {said}"),
        None => said,
    })
}

/// `"women, 18 years and over"`.
fn range_for(one: &Value) -> Option<String> {
    let age = first(one, "age").and_then(|age| {
        let low = first(age, "low").and_then(quantity);
        let high = first(age, "high").and_then(quantity);
        match (low, high) {
            (Some(low), Some(high)) => Some(format!("{low} to {high}")),
            (Some(low), None) => Some(format!("{low} and over")),
            (None, Some(high)) => Some(format!("up to {high}")),
            (None, None) => None,
        }
    });
    match (concepts_of(one, "appliesTo"), age) {
        (Some(whom), Some(age)) => Some(format!("{whom}, {age}")),
        (whom, age) => whom.or(age),
    }
}
