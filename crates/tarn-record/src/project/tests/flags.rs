use serde_json::{Value, json};
use tarn_model::Heading;

use super::line;

const DETAIL: &str = "http://hl7.org/fhir/StructureDefinition/flag-detail";

#[test]
fn an_alert_carries_its_words_and_what_it_opens() {
    let found = line(&json!({
        "resourceType": "Flag", "status": "active",
        "text": {"status": "additional",
            "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\">Apixaban 5 mg &amp; a fall: scan the head</div>"},
        "extension": [{"url": DETAIL, "valueReference": {"reference": "DocumentReference/0190-d"}}],
        "category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/flag-category",
            "code": "clinical", "display": "Clinical"}]}],
        "code": {"text": "Takes an anticoagulant"},
        "period": {"start": "2024-03-01"},
        "author": {"display": "Dr Asha Patel"}
    }));
    assert_eq!(found.heading, Heading::Alerts);
    assert_eq!(found.display, "Takes an anticoagulant");
    let detail = &found.detail;
    let text = "Apixaban 5 mg & a fall: scan the head";
    assert_eq!(detail.text.as_deref(), Some(text));
    assert_eq!(detail.opens.as_deref(), Some("DocumentReference/0190-d"));
    assert_eq!(detail.category.as_deref(), Some("Clinical"));
    assert_eq!(detail.who.as_deref(), Some("Dr Asha Patel"));
}

#[test]
fn words_are_the_narrative_then_the_notes() {
    let check = |text: Value, note: Value, expected: Option<&str>| {
        let found = line(&json!({"resourceType": "Flag", "status": "active",
            "code": {"text": "Key safe"}, "text": text, "note": note}));
        assert_eq!(found.detail.text.as_deref(), expected, "{text} {note}");
    };
    let told = |div: &str| json!({"status": "additional", "div": div});
    let note = json!([{"text": "Ring first"}]);
    check(Value::Null, Value::Null, None);
    check(Value::Null, note.clone(), Some("Ring first"));
    check(
        told("<div><p>Left of the door</p></div>"),
        note,
        Some("Left of the door\nRing first"),
    );
    // A narrative that says what the name says already.
    check(told("<div><b>Key safe</b></div>"), Value::Null, None);
    // What looks like markup to a page stays words.
    check(
        told("<div>&lt;script&gt;x&lt;/script&gt;</div>"),
        Value::Null,
        Some("<script>x</script>"),
    );
}

#[test]
fn only_a_document_of_the_record_opens() {
    let check = |extension: Value, opens: Option<&str>| {
        let found = line(&json!({"resourceType": "Flag", "status": "active",
            "code": {"text": "x"}, "extension": extension}));
        assert_eq!(found.detail.opens.as_deref(), opens, "{extension}");
    };
    let to = |reference: &str| json!({"url": DETAIL, "valueReference": {"reference": reference}});
    check(json!([to("Binary/b")]), Some("Binary/b"));
    check(
        json!([to("Condition/c"), to("DocumentReference/d")]),
        Some("DocumentReference/d"),
    );
    check(json!([to("Condition/c")]), None);
    check(json!([to("https://elsewhere.example/Binary/b")]), None);
    check(json!([to("Binary/")]), None);
    check(json!([to("Binary/b/_history/1")]), None);
    check(json!([{"url": DETAIL}]), None);
    check(
        json!([{"url": "https://elsewhere.example/flag-detail",
            "valueReference": {"reference": "Binary/b"}}]),
        None,
    );
}
