use serde_json::{Value, json};
use tarn_model::{Heading, Label};

use super::{line, parsed, projected};
use crate::Polarity;

#[test]
fn a_medicine_says_dose_route_and_frequency() {
    let found = line(&json!({
        "resourceType": "MedicationRequest", "status": "active", "authoredOn": "2026-11-01",
        "contained": [{"resourceType": "Medication", "id": "m",
            "code": {"coding": [{"system": "http://snomed.info/sct", "code": "1", "display": "Furosemide 40mg tablets"}]},
            "form": {"text": "tablet"}}],
        "medicationReference": {"reference": "#m"},
        "requester": {"display": "Dr Asha Patel"},
        "reasonCode": [{"text": "Heart failure"}],
        "dosageInstruction": [{
            "text": "One to be taken each morning",
            "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d", "when": ["MORN"]}},
            "route": {"text": "oral"},
            "doseAndRate": [{"doseQuantity": {"value": 40, "unit": "mg"}}]}]
    }));
    assert_eq!(found.heading, Heading::Medicines);
    assert_eq!(found.display, "Furosemide 40mg tablets");
    assert_eq!(found.status, "active");
    let detail = &found.detail;
    assert_eq!(detail.dose.as_deref(), Some("40 mg"));
    assert_eq!(detail.route.as_deref(), Some("oral"));
    assert_eq!(
        detail.frequency.as_deref(),
        Some("once a day, in the morning")
    );
    assert_eq!(detail.form.as_deref(), Some("tablet"));
    assert_eq!(
        detail.dosage_text.as_deref(),
        Some("One to be taken each morning")
    );
    assert_eq!(detail.indication.as_deref(), Some("Heart failure"));
    assert_eq!(detail.who.as_deref(), Some("Dr Asha Patel"));
}

#[test]
fn timing_is_put_into_words_only_without_loss() {
    let check = |repeat: Value, words: Option<&str>| {
        let found = line(&json!({
            "resourceType": "MedicationStatement", "status": "active",
            "medicationCodeableConcept": {"text": "x"},
            "dosage": [{"timing": {"repeat": repeat}}]
        }));
        assert_eq!(found.detail.frequency.as_deref(), words, "{repeat}");
    };
    check(
        json!({"frequency": 2, "period": 1, "periodUnit": "d"}),
        Some("twice a day"),
    );
    check(
        json!({"frequency": 1, "period": 8, "periodUnit": "h"}),
        Some("every 8 hours"),
    );
    check(
        json!({"frequency": 3, "period": 2, "periodUnit": "wk"}),
        Some("3 times every 2 weeks"),
    );
    check(
        json!({"frequency": 1, "frequencyMax": 2, "period": 1, "periodUnit": "d"}),
        Some("1 to 2 times a day"),
    );
    check(
        json!({"frequency": 1, "period": 1, "periodUnit": "wk", "dayOfWeek": ["mon"]}),
        Some("once a week, Monday"),
    );
    check(
        json!({"frequency": 1, "period": 1, "periodUnit": "d", "count": 7}),
        None,
    );
    check(
        json!({"frequency": 1, "period": 1, "periodUnit": "d", "when": ["ACM"]}),
        None,
    );
    check(
        json!({"frequency": 1, "period": 1, "periodUnit": "fortnight"}),
        None,
    );
}

#[test]
fn polarity_is_the_sources() {
    let check = |resource: Value, polarity: Polarity| {
        assert_eq!(line(&resource).polarity, polarity, "{resource}");
    };
    let snomed = |code: &str| json!({"coding": [{"system": "http://snomed.info/sct", "code": code, "display": "d"}]});
    let allergy = |code: Value, verification: &str| {
        json!({"resourceType": "AllergyIntolerance", "code": code,
            "verificationStatus": {"coding": [{"code": verification}]}})
    };
    check(
        allergy(snomed("764146007"), "confirmed"),
        Polarity::Asserted,
    );
    for none in ["716186003", "409137002", "428607008", "429625007"] {
        check(allergy(snomed(none), "confirmed"), Polarity::Negated);
        check(
            allergy(snomed(none), "entered-in-error"),
            Polarity::EnteredInError,
        );
    }
    check(
        allergy(json!({"text": "No known drug allergies"}), "confirmed"),
        Polarity::Negated,
    );
    check(
        allergy(json!({"text": "No known cause, swelling"}), "confirmed"),
        Polarity::Asserted,
    );
    check(allergy(snomed("764146007"), "refuted"), Polarity::Negated);
    check(
        allergy(snomed("764146007"), "entered-in-error"),
        Polarity::EnteredInError,
    );
    check(
        json!({"resourceType": "Immunization", "status": "not-done", "vaccineCode": {"text": "MMR"}}),
        Polarity::Negated,
    );
    check(
        json!({"resourceType": "Procedure", "status": "not-done"}),
        Polarity::Negated,
    );
    check(
        json!({"resourceType": "MedicationStatement", "status": "not-taken"}),
        Polarity::Negated,
    );
    check(
        json!({"resourceType": "MedicationRequest", "status": "active", "doNotPerform": true}),
        Polarity::Negated,
    );
    check(
        json!({"resourceType": "Condition", "code": {"text": "Asthma"},
        "verificationStatus": {"coding": [{"code": "refuted"}]}}),
        Polarity::Negated,
    );
    check(
        json!({"resourceType": "DocumentReference", "status": "current", "docStatus": "entered-in-error"}),
        Polarity::EnteredInError,
    );
    check(
        json!({"resourceType": "Observation", "status": "cancelled", "code": {"text": "K"}}),
        Polarity::Asserted,
    );
}

#[test]
fn a_value_keeps_digits_comparator_unit_and_range() {
    let found = line(&parsed(
        r#"{"resourceType":"Observation","status":"final",
        "category":[{"coding":[{"code":"laboratory"}]}],
        "code":{"text":"Creatinine"},"effectiveDateTime":"2026-11-20T09:15:00Z",
        "valueQuantity":{"value":1.50,"comparator":"<","unit":"micromol/L"},
        "interpretation":[{"coding":[{"code":"H","display":"High"}]}],
        "referenceRange":[{"low":{"value":45.0,"unit":"micromol/L"},"high":{"value":84},
          "appliesTo":[{"text":"women"}],"age":{"low":{"value":18,"unit":"years"}}}]}"#,
    ));
    assert_eq!(found.heading, Heading::Results);
    assert_eq!(
        (found.value.as_deref(), found.unit.as_deref()),
        (Some("<1.50"), Some("micromol/L"))
    );
    let detail = &found.detail;
    assert_eq!(
        (detail.range_low.as_deref(), detail.range_high.as_deref()),
        (Some("45.0"), Some("84"))
    );
    assert_eq!(
        detail.range_for.as_deref(),
        Some("women, 18 years and over")
    );
    assert_eq!(detail.interpretation.as_deref(), Some("High"));
}

#[test]
fn a_range_in_another_unit_or_one_of_several_is_told_in_words() {
    let other_unit = line(&json!({
        "resourceType": "Observation", "status": "final", "code": {"text": "Glucose"},
        "valueQuantity": {"value": 5, "unit": "mmol/L"},
        "referenceRange": [{"low": {"value": 70, "unit": "mg/dL"}, "high": {"value": 99, "unit": "mg/dL"}}]
    }));
    assert_eq!(other_unit.detail.range_low, None);
    assert_eq!(
        other_unit.detail.range_text.as_deref(),
        Some("70 mg/dL to 99 mg/dL")
    );
    let several = line(&json!({
        "resourceType": "Observation", "status": "final", "code": {"text": "Haemoglobin"},
        "valueQuantity": {"value": 120, "unit": "g/L"},
        "referenceRange": [
            {"low": {"value": 130, "unit": "g/L"}, "appliesTo": [{"text": "men"}]},
            {"low": {"value": 115, "unit": "g/L"}, "appliesTo": [{"text": "women"}]}]
    }));
    assert_eq!(several.detail.range_low, None);
    assert_eq!(
        several.detail.range_text.as_deref(),
        Some("men: at least 130 g/L; women: at least 115 g/L")
    );
}

#[test]
fn every_kind_of_value_is_shown() {
    let check = |member: &str, value: Value, words: &str| {
        let mut resource =
            json!({"resourceType": "Observation", "status": "final", "code": {"text": "x"}});
        resource[member] = value;
        assert_eq!(line(&resource).value.as_deref(), Some(words), "{member}");
    };
    check("valueString", json!("clear"), "clear");
    check("valueBoolean", json!(false), "false");
    check("valueInteger", json!(3), "3");
    check(
        "valueCodeableConcept",
        json!({"text": "Never smoked"}),
        "Never smoked",
    );
    check(
        "valueRange",
        json!({"low": {"value": 1}, "high": {"value": 2, "unit": "h"}}),
        "1 to 2 h",
    );
    check(
        "valueRatio",
        json!({"numerator": {"value": 1}, "denominator": {"value": 64}}),
        "1:64",
    );
    check("valueTime", json!("10:04:00"), "10:04:00");
    check("valueDateTime", json!("2026-11"), "2026-11");
    check(
        "valuePeriod",
        json!({"start": "2026-01-01"}),
        "from 2026-01-01",
    );
    check("valueSampledData", json!({"data": "1 2 E"}), "1 2 E");
    let absent = line(
        &json!({"resourceType": "Observation", "status": "final", "code": {"text": "x"},
        "dataAbsentReason": {"text": "Sample haemolysed"}}),
    );
    assert_eq!(absent.value, None);
    assert_eq!(
        absent.detail.status_reason.as_deref(),
        Some("Sample haemolysed")
    );
}

#[test]
fn parts_of_a_measurement_are_told_each() {
    let found = line(&parsed(
        r#"{"resourceType":"Observation","status":"final","code":{"text":"Blood pressure"},
        "category":[{"coding":[{"code":"vital-signs"}]}],
        "component":[
          {"code":{"text":"Systolic"},"valueQuantity":{"value":132.0,"unit":"mmHg"}},
          {"code":{"text":"Diastolic"},"dataAbsentReason":{"text":"not heard"}}]}"#,
    ));
    assert_eq!(found.heading, Heading::Observations);
    assert_eq!(
        found.detail.components,
        ["Systolic 132.0 mmHg", "Diastolic (not heard)"]
    );
}

#[test]
fn sensitive_entries_are_kept_apart() {
    let check = |resource: Value, heading: Heading| {
        assert_eq!(line(&resource).heading, heading, "{resource}");
    };
    let label = json!({"security": [{"system": "urn:tarn:label", "code": "safeguarding"}]});
    check(
        json!({"resourceType": "Flag", "status": "active", "code": {"text": "Key safe"}}),
        Heading::Alerts,
    );
    check(
        json!({"resourceType": "Flag", "status": "active", "code": {"text": "See notes"}, "meta": label}),
        Heading::Safeguarding,
    );
    check(
        json!({"resourceType": "Flag", "status": "active", "category": [{"text": "Safeguarding"}], "code": {"text": "x"}}),
        Heading::Safeguarding,
    );
    check(
        json!({"resourceType": "Flag", "status": "active", "code": {"text": "Child protection plan"}}),
        Heading::Safeguarding,
    );
    check(
        json!({"resourceType": "CarePlan", "status": "active", "title": "Crisis plan", "category": [{"text": "Mental health"}]}),
        Heading::MentalHealth,
    );
    check(
        json!({"resourceType": "CarePlan", "status": "active", "title": "Home care", "category": [{"text": "Social care"}]}),
        Heading::SocialCare,
    );
    check(
        json!({"resourceType": "CarePlan", "status": "active", "title": "ReSPECT plan"}),
        Heading::Alerts,
    );
    check(
        json!({"resourceType": "CarePlan", "status": "active", "title": "Diabetes"}),
        Heading::CarePlans,
    );
    check(
        json!({"resourceType": "Claim", "status": "active"}),
        Heading::Other,
    );
    let unknown =
        projected(&json!({"resourceType": "Flag", "meta": {"security": [{"display": "?"}]}}));
    assert!(unknown.labels.contains(Label::Unknown));
    let inside = projected(&json!({"resourceType": "Flag", "contained": [{"meta": label}]}));
    assert!(inside.lines[0].labels.contains(Label::Safeguarding));
}

#[test]
fn the_persons_own_words_are_a_line_each() {
    let lines = projected(&json!({
        "resourceType": "QuestionnaireResponse", "status": "completed", "authored": "2026-10-01",
        "_questionnaire": {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/display", "valueString": "My top three things"}]},
        "item": [{"text": "First", "answer": [{"valueString": "Talk to me, not over me"}]},
                 {"text": "Second", "answer": [{"valueString": "My hearing aid is in the left ear"}]}]
    })).lines;
    assert_eq!(lines.len(), 2);
    assert!(lines.iter().all(|line| line.heading == Heading::AboutMe));
    assert_eq!(lines[0].display, "Talk to me, not over me");
    assert_eq!(lines[1].detail.category.as_deref(), Some("Second"));
}

#[test]
fn a_letter_opens_where_its_bytes_are() {
    let check = |attachment: Value, opens: Option<&str>| {
        let found = line(
            &json!({"resourceType": "DocumentReference", "status": "current",
            "content": [{"attachment": attachment}]}),
        );
        assert_eq!(found.detail.opens.as_deref(), opens, "{attachment}");
    };
    check(
        json!({"url": "Binary/b1", "contentType": "text/plain"}),
        Some("Binary/b1"),
    );
    check(json!({"data": "QQ=="}), Some("DocumentReference/r1"));
    check(json!({"url": "https://elsewhere.example/letter.pdf"}), None);
}

#[test]
fn a_value_that_somebody_typed_is_known_from_a_measured_one() {
    let check = |value: Value, words: bool| {
        let mut resource = json!({"resourceType": "Observation", "code": {"text": "x"}});
        let members = value.as_object().unwrap().clone();
        resource.as_object_mut().unwrap().extend(members);
        assert_eq!(line(&resource).detail.value_is_words, words, "{value}");
    };
    check(json!({"valueString": "3 Wheelwright Row"}), true);
    check(
        json!({"valueCodeableConcept": {"text": "with her sister"}}),
        true,
    );
    check(
        json!({"valueCodeableConcept": {"coding": [{"code": "8517006", "display": "Ex-smoker"}]}}),
        false,
    );
    check(
        json!({"valueQuantity": {"value": 4.1, "unit": "mmol/L"}}),
        false,
    );
    check(json!({"valueInteger": 3}), false);
    check(json!({}), false);
    check(
        json!({"component": [{"code": {"text": "Where"}, "valueString": "at home"}]}),
        true,
    );
}

#[test]
fn a_letter_is_its_sections_in_order_without_their_markup() {
    let told = |div: &str| json!({"status": "generated", "div": div});
    let letter = json!({
        "resourceType": "Composition", "title": "Discharge letter",
        "text": told("<div>Summary</div>"),
        "section": [
            {"title": "Plan", "text": told("<div><p>One</p><script>alert(1)</script></div>"),
             "section": [{"title": "Later", "text": told("<div>Two &lt;b&gt;</div>")}]},
            {"code": {"text": "Allergies"}, "emptyReason": {"text": "Nil known"}},
            {"text": {"status": "empty", "div": "<div>none</div>"}},
            {"title": "Diet"}
        ]
    });
    let expected = "Summary\n\nPlan\nOne\n\nLater\nTwo <b>\n\nAllergies\nNil known\n\nDiet";
    assert_eq!(crate::letter_words(&letter).as_deref(), Some(expected));
    let nothing = json!({"resourceType": "Composition", "title": "Letter", "section": [{}]});
    assert_eq!(crate::letter_words(&nothing), None);
}
