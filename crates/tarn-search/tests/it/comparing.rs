//! Dates and amounts with their prefixes: the examples of the specification, as tables.

use serde_json::{Value, json};

use crate::matching::check;

#[test]
fn date() {
    let on = |date: &str| json!({"resourceType": "Observation", "effectiveDateTime": date});
    check(
        &on("2013-01-14"),
        &[
            ("Observation?date=2013-01-14", true),
            ("Observation?date=eq2013-01-14", true),
            ("Observation?date=2013-01-14T00:00", false),
            ("Observation?date=2013", true),
            ("Observation?date=ne2013-01-14", false),
            ("Observation?date=ne2013-01-15", true),
            ("Observation?date=lt2013-01-14T10:00", true),
            ("Observation?date=gt2013-01-14T10:00", true),
            ("Observation?date=gt2013-01-14", false),
            ("Observation?date=ge2013-01-14", true),
            ("Observation?date=le2013-01-14", true),
            ("Observation?date=lt2013-01-14", false),
            ("Observation?date=sa2013-01-13", true),
            ("Observation?date=sa2013-01-14", false),
            ("Observation?date=eb2013-01-15", true),
            ("Observation?date=eb2013-01-14", false),
            ("Observation?date=ap2013-01-15", true),
            ("Observation?date=ap2013-01-16", false),
            ("Observation?date=ge2013-01-01&date=lt2013-02-01", true),
            ("Observation?date=2012,2013", true),
        ],
    );
    check(
        &on("2013-07-14T00:30:00+01:00"),
        &[
            ("Observation?date=2013-07-14", true),
            ("Observation?date=2013-07-13", false),
            ("Observation?date=2013-07-13T23:30:00Z", true),
        ],
    );
    // From 21 January 2013 onwards: the specification's example.
    let open = json!({"resourceType": "Encounter", "period": {"start": "2013-01-21"}});
    check(
        &open,
        &[
            ("Encounter?date=sa2013-01-20", true),
            ("Encounter?date=gt2999", true),
            ("Encounter?date=ge2013-03-14", true),
            ("Encounter?date=2013-01-21", false),
            ("Encounter?date=eb2999", false),
        ],
    );
    let closed = json!({"resourceType": "Encounter", "period": {"start": "2013-01-21", "end": "2013-01-25"}});
    check(
        &closed,
        &[
            ("Encounter?date=sa2013-01-21", false),
            ("Encounter?date=2013-01", true),
            ("Encounter?date=ap2013-01-25", true),
        ],
    );
    check(
        &on("not a date"),
        &[("Observation?date:missing=true", true)],
    );
}

#[test]
fn quantity() {
    let of = |value: &str| -> Value {
        let text = format!(
            r#"{{"resourceType": "Observation", "valueQuantity": {{"value": {value}, "unit": "milligram",
                "system": "http://unitsofmeasure.org", "code": "mg"}}}}"#
        );
        serde_json::from_str(&text).unwrap()
    };
    check(
        &of("5.4"),
        &[
            (
                "Observation?value-quantity=5.4|http://unitsofmeasure.org|mg",
                true,
            ),
            ("Observation?value-quantity=5.4||mg", true),
            ("Observation?value-quantity=5.4||milligram", true),
            ("Observation?value-quantity=5.4||g", false),
            (
                "Observation?value-quantity=5.4|http://example.org|mg",
                false,
            ),
            ("Observation?value-quantity=5.4", true),
            ("Observation?value-quantity=5.40", true),
            ("Observation?value-quantity=5", true),
            ("Observation?value-quantity=5.5", false),
            ("Observation?value-quantity=5.40e0", true),
            ("Observation?value-quantity=ne5.4", false),
            ("Observation?value-quantity=lt5.4", false),
            ("Observation?value-quantity=le5.4", true),
            ("Observation?value-quantity=gt5.39999999999999999", true),
            ("Observation?value-quantity=lt5.400000000000000001", true),
            ("Observation?value-quantity=ap5.9", true),
            ("Observation?value-quantity=ap6.1", false),
            ("Observation?value-quantity=sa5.3", true),
            ("Observation?value-quantity=eb5.5", true),
        ],
    );
    check(
        &of("100.4"),
        &[
            ("Observation?value-quantity=100", true),
            ("Observation?value-quantity=100.00", false),
            ("Observation?value-quantity=1e2", true),
        ],
    );
    // No binary fraction can hold these apart.
    check(
        &of("0.30000000000000001"),
        &[
            ("Observation?value-quantity=gt0.3", true),
            ("Observation?value-quantity=eq0.30000000000000001", true),
            ("Observation?value-quantity=eq0.30000000000000002", false),
        ],
    );
    check(
        &of("1e30"),
        &[
            ("Observation?value-quantity=gt999999999999999999", true),
            ("Observation?value-quantity=lt1", false),
        ],
    );
    let mut less = of("5");
    less["valueQuantity"]["comparator"] = json!("<");
    check(
        &less,
        &[
            ("Observation?value-quantity=5", false),
            ("Observation?value-quantity=lt5", true),
            ("Observation?value-quantity=ge5", false),
            ("Observation?value-quantity=lt1", true),
        ],
    );
    let range = json!({"resourceType": "Condition", "onsetRange": {"low": {"value": 20}, "high": {"value": 30}}});
    check(
        &range,
        &[
            ("Condition?onset-age=gt25", true),
            ("Condition?onset-age=lt25", true),
            ("Condition?onset-age=sa25", false),
            ("Condition?onset-age=25", false),
            ("Condition?onset-age=lt20", false),
            ("Condition?onset-age=le20", true),
        ],
    );
}
