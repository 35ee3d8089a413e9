//! The sections of a patient summary: what goes into each, and its words.

use serde_json::Value;

/// One section of the summary.
pub(crate) struct Section {
    pub(crate) title: &'static str,
    /// LOINC.
    pub(crate) code: &'static str,
    types: &'static [&'static str],
    /// Statuses that keep a resource out.
    not: &'static [&'static str],
}

/// Statuses of what never was, or is over.
const ERRONEOUS: &[&str] = &["entered-in-error"];
const OVER: &[&str] = &[
    "entered-in-error",
    "stopped",
    "completed",
    "cancelled",
    "not-taken",
    "inactive",
    "resolved",
    "remission",
    "refuted",
    "draft",
];
const NOT_DONE: &[&str] = &["entered-in-error", "not-done", "preparation", "cancelled"];

/// The sections, in the order of IPS: the three required ones first.
pub(crate) const ALL: &[Section] = &[
    Section {
        title: "Medicines",
        code: "10160-0",
        types: &["MedicationStatement", "MedicationRequest"],
        not: OVER,
    },
    Section {
        title: "Allergies and intolerances",
        code: "48765-2",
        types: &["AllergyIntolerance"],
        not: OVER,
    },
    Section {
        title: "Problems",
        code: "11450-4",
        types: &["Condition"],
        not: OVER,
    },
    Section {
        title: "Immunisations",
        code: "11369-6",
        types: &["Immunization"],
        not: NOT_DONE,
    },
    Section {
        title: "Results",
        code: "30954-2",
        types: &["Observation", "DiagnosticReport"],
        not: ERRONEOUS,
    },
    Section {
        title: "Procedures",
        code: "47519-4",
        types: &["Procedure"],
        not: NOT_DONE,
    },
];

/// Codes by which a source says that there is no allergy: SNOMED CT, and IPS's own.
const NO_ALLERGY: &[&str] = &[
    "716186003",
    "409137002",
    "428607008",
    "429625007",
    "428197003",
    "716184000",
    "716220001",
    "no-known-allergies",
    "no-known-medication-allergies",
    "no-known-food-allergies",
    "no-known-environmental-allergies",
];

/// Every type that a summary reads.
pub(crate) fn types() -> Vec<String> {
    let sections = ALL.iter().flat_map(|section| section.types);
    std::iter::once(&"Patient")
        .chain(sections)
        .map(|name| (*name).to_owned())
        .collect()
}

impl Section {
    /// Whether a resource belongs into the section. While a source is missing, nothing that says
    /// "no known allergies" does: it would be read as the whole truth.
    pub(crate) fn has(&self, resource: &Value, complete: bool) -> bool {
        let name = resource.get("resourceType").and_then(Value::as_str);
        name.is_some_and(|name| self.types.contains(&name))
            && !statuses(resource).any(|status| self.not.contains(&status))
            && (complete || !says_none(resource))
    }
}

/// `status`, `clinicalStatus` and `verificationStatus`, as codes.
fn statuses(resource: &Value) -> impl Iterator<Item = &str> {
    let plain = resource.get("status").and_then(Value::as_str);
    let coded = ["clinicalStatus", "verificationStatus"].into_iter();
    let coded = coded.flat_map(|name| codings(resource.get(name)));
    plain.into_iter().chain(coded)
}

fn codings(concept: Option<&Value>) -> impl Iterator<Item = &str> {
    let list = concept.and_then(|concept| concept.get("coding"));
    let list = list.and_then(Value::as_array).into_iter().flatten();
    list.filter_map(|coding| coding.get("code").and_then(Value::as_str))
}

fn says_none(resource: &Value) -> bool {
    let code = resource.get("code");
    let worded = code
        .and_then(|code| code.get("text"))
        .and_then(Value::as_str)
        .is_some_and(|text| text.to_ascii_lowercase().starts_with("no known"));
    worded || codings(code).any(|code| NO_ALLERGY.contains(&code))
}

/// What a resource is about, in its source's own words.
pub(crate) fn words(resource: &Value) -> String {
    let concepts = ["code", "vaccineCode", "medicationCodeableConcept"];
    let concept = concepts.into_iter().find_map(|name| resource.get(name));
    let text =
        |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let named = concept.and_then(|concept| {
        text(concept, "text").or_else(|| {
            let list = concept.get("coding").and_then(Value::as_array)?;
            list.iter().find_map(|coding| text(coding, "display"))
        })
    });
    let referred = || {
        let reference = resource.get("medicationReference")?;
        text(reference, "display")
    };
    let mut words = named
        .or_else(referred)
        .unwrap_or_else(|| "Without words of its own".to_owned());
    if let Some(quantity) = resource.get("valueQuantity") {
        let value = quantity.get("value").map(Value::to_string);
        let unit = text(quantity, "unit").or_else(|| text(quantity, "code"));
        let measured = value.into_iter().chain(unit).collect::<Vec<_>>().join(" ");
        words = format!("{words}: {measured}");
    } else if let Some(value) = text(resource, "valueString") {
        words = format!("{words}: {value}");
    }
    let dates = [
        "effectiveDateTime",
        "occurrenceDateTime",
        "performedDateTime",
        "onsetDateTime",
        "recordedDate",
        "authoredOn",
    ];
    match dates.into_iter().find_map(|name| text(resource, name)) {
        Some(date) => format!("{words} ({})", date.get(..10).unwrap_or(&date)),
        None => words,
    }
}

/// A section's XHTML.
pub(crate) fn narrative(lines: impl Iterator<Item = String>, complete: bool) -> String {
    let lines: Vec<String> = lines
        .map(|line| format!("<li>{}</li>", escaped(&line)))
        .collect();
    let list = if lines.is_empty() {
        format!("<p>{}</p>", none_to_show(complete))
    } else if complete {
        format!("<ul>{}</ul>", lines.concat())
    } else {
        format!(
            "<p>Not every source could be asked, so this list may be incomplete.</p><ul>{}</ul>",
            lines.concat()
        )
    };
    format!("<div xmlns=\"http://www.w3.org/1999/xhtml\">{list}</div>")
}

/// What an empty section says.
pub(crate) const fn none_to_show(complete: bool) -> &'static str {
    if complete {
        "None to show. This does not mean that there is none."
    } else {
        "None to show, and not every source could be asked. This does not mean that there is none."
    }
}

/// Text inside XHTML. What is no character of XML is left out.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            '"' => safe.push_str("&quot;"),
            '\t' | '\n' | '\r' => safe.push(' '),
            '\u{fffe}' | '\u{ffff}' => {}
            letter if letter.is_control() => {}
            letter => safe.push(letter),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn allergies() -> &'static Section {
        ALL.iter()
            .find(|section| section.code == "48765-2")
            .unwrap()
    }

    #[test]
    fn no_known_allergies_is_said_only_when_every_source_was_asked() {
        for none in [
            json!({ "resourceType": "AllergyIntolerance", "code": { "text": "No known allergies" } }),
            json!({ "resourceType": "AllergyIntolerance",
                    "code": { "coding": [{ "system": "http://snomed.info/sct", "code": "716186003" }] } }),
        ] {
            assert!(allergies().has(&none, true));
            assert!(!allergies().has(&none, false));
        }
        let real =
            json!({ "resourceType": "AllergyIntolerance", "code": { "text": "penicillin" } });
        assert!(allergies().has(&real, true) && allergies().has(&real, false));
    }

    #[test]
    fn what_is_over_or_was_an_error_stays_out() {
        let check = |resource: Value, wanted: bool| {
            let has = ALL.iter().any(|section| section.has(&resource, true));
            assert_eq!(has, wanted, "{resource}");
        };
        let coded = |code: &str| json!({ "coding": [{ "code": code }] });
        check(
            json!({ "resourceType": "Condition", "clinicalStatus": coded("active") }),
            true,
        );
        check(
            json!({ "resourceType": "Condition", "clinicalStatus": coded("resolved") }),
            false,
        );
        check(
            json!({ "resourceType": "Condition", "verificationStatus": coded("refuted") }),
            false,
        );
        check(
            json!({ "resourceType": "MedicationStatement", "status": "active" }),
            true,
        );
        check(
            json!({ "resourceType": "MedicationStatement", "status": "stopped" }),
            false,
        );
        check(
            json!({ "resourceType": "Immunization", "status": "completed" }),
            true,
        );
        check(
            json!({ "resourceType": "Immunization", "status": "not-done" }),
            false,
        );
        check(
            json!({ "resourceType": "Appointment", "status": "booked" }),
            false,
        );
    }

    #[test]
    fn a_line_has_the_sources_words_and_digits_and_no_markup_of_theirs() {
        let observation = json!({
            "resourceType": "Observation", "code": { "text": "<b>Pulse</b>" },
            "valueQuantity": { "value": serde_json::from_str::<Value>("1.50").unwrap(), "unit": "/min" },
            "effectiveDateTime": "2026-11-22T10:04:00Z",
        });
        let line = words(&observation);
        assert_eq!(line, "<b>Pulse</b>: 1.50 /min (2026-11-22)");
        let text = narrative(std::iter::once(line), false);
        assert!(text.contains("&lt;b&gt;Pulse&lt;/b&gt;: 1.50"), "{text}");
        assert!(text.contains("may be incomplete"), "{text}");
    }
}
