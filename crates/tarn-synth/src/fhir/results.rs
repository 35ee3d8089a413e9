use serde_json::{Value, json};

use super::scribe::{SNOMED, Scribe, coded, concept, decimal, professional, quantity};
use crate::{Fact, Measurement, Partner, Range, Report, Test};

const LOINC: &str = "http://loinc.org";
const CATEGORY: &str = "http://terminology.hl7.org/CodeSystem/observation-category";
const INTERPRETATION: &str = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation";

/// A report and each of its tests. The hospital's laboratory does them all.
pub(super) fn report(scribe: &Scribe<'_>, fact: &Fact, report: &Report) -> Vec<Value> {
    let laboratory = json!([scribe.organisation_of(Partner::StBrannocs)]);
    let tests = report.tests.iter().enumerate();
    let tests = tests.map(|(number, test)| {
        let key = format!("{}-{}", fact.key, number + 1);
        let code = test.loinc.map(|code| (code, test.name));
        let rest = json!({
            "status": "final",
            "category": [coded(CATEGORY, "laboratory")],
            "code": concept(test.name, LOINC, code),
            "subject": scribe.subject(),
            "effectiveDateTime": report.taken.to_fhir(),
            "issued": fact.recorded.at.plus_seconds(3 * 3600).to_fhir(),
            "performer": laboratory,
            "valueQuantity": quantity(&test.value, test.unit),
            "interpretation": interpretation(test),
            "referenceRange": range(test)
        });
        scribe.resource_as(&key, fact, "Observation", "UKCore-Observation-Lab", rest)
    });
    let tests: Vec<Value> = tests.collect();
    let named = tests.iter().filter_map(|test| test.get("id")?.as_str());
    let results: Vec<Value> = named
        .map(|id| json!({ "reference": format!("Observation/{id}") }))
        .collect();
    let sections = "http://terminology.hl7.org/CodeSystem/v2-0074";
    let rest = json!({
        "status": "final",
        "category": [coded(sections, "LAB")],
        "code": { "text": report.title },
        "subject": scribe.subject(),
        "effectiveDateTime": report.taken.to_fhir(),
        "issued": fact.recorded.at.plus_seconds(3 * 3600).to_fhir(),
        "performer": laboratory,
        "result": results,
        "conclusion": report.conclusion
    });
    let whole = scribe.resource(
        fact,
        "DiagnosticReport",
        "UKCore-DiagnosticReport-Lab",
        rest,
    );
    tests.into_iter().chain(std::iter::once(whole)).collect()
}

pub(super) fn measurement(scribe: &Scribe<'_>, fact: &Fact, measured: &Measurement) -> Value {
    let mut rest = json!({
        "status": "final",
        "category": [coded(CATEGORY, "vital-signs")],
        "code": concept(measured.name, SNOMED, Some(measured.snomed)),
        "subject": scribe.subject(),
        "effectiveDateTime": measured.taken.to_fhir(),
        "performer": [professional(measured.by)]
    });
    if let Value::Object(members) = &mut rest {
        match measured.parts.as_slice() {
            [(_, _, value)] => {
                members.insert("valueQuantity".to_owned(), quantity(value, measured.unit));
            }
            parts => {
                let parts = parts.iter().map(|(name, snomed, value)| {
                    json!({
                        "code": concept(name, SNOMED, Some(*snomed)),
                        "valueQuantity": quantity(value, measured.unit)
                    })
                });
                members.insert("component".to_owned(), parts.collect());
            }
        }
    }
    scribe.resource(fact, "Observation", "UKCore-Observation", rest)
}

fn range(test: &Test) -> Value {
    let Some(range) = test.range else {
        return Value::Null;
    };
    let Range {
        low,
        high,
        population,
    } = range;
    json!([{
        "low": quantity(low, test.unit),
        "high": quantity(high, test.unit),
        "appliesTo": [{ "text": population }],
        "text": format!("{population}: {low}–{high}")
    }])
}

/// Above or below the laboratory's own range; nothing is said where it gives none.
fn interpretation(test: &Test) -> Value {
    let read = |text: &str| decimal(text).as_f64();
    let Some(range) = test.range else {
        return Value::Null;
    };
    let (Some(value), Some(low), Some(high)) =
        (read(&test.value), read(range.low), read(range.high))
    else {
        return Value::Null;
    };
    let said = if value > high {
        ("above", ("H", "High"))
    } else if value < low {
        ("below", ("L", "Low"))
    } else {
        ("within range", ("N", "Normal"))
    };
    json!([concept(said.0, INTERPRETATION, Some(said.1))])
}
