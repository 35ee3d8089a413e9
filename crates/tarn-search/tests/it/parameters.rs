use std::collections::BTreeSet;

use serde_json::{Value, json};
use tarn_search::fixtures::cases;
use tarn_search::registry;

use crate::ward::Ward;

/// Every parameter of every type, each with a resource made for it.
#[test]
fn every_parameter_finds_what_has_its_value_and_nothing_else() {
    let cases = cases("somebody");
    let mut failed = Vec::new();
    for case in &cases {
        let ward = Ward::of([case.resource.clone()]);
        let asked = |value: &str| {
            ward.ids(&format!("{}?{}={value}", case.resource_type, case.code))
                .len()
        };
        if (asked(&case.finds), asked(&case.misses)) != (1, 0) {
            failed.push(format!(
                "{}?{}={} {}",
                case.resource_type, case.code, case.finds, case.resource
            ));
        }
    }
    assert!(
        failed.is_empty(),
        "{} of {}:\n{}",
        failed.len(),
        cases.len(),
        failed.join("\n")
    );
    let tested: BTreeSet<_> = cases.iter().map(|c| (c.resource_type, c.code)).collect();
    let claimed: BTreeSet<_> = registry::record_types()
        .flat_map(|name| registry::parameters(name).map(move |p| (name, p.code())))
        .collect();
    assert_eq!(tested, claimed);
    println!(
        "{} parameters of {} types, {} cases",
        claimed.len(),
        registry::record_types().count(),
        cases.len()
    );
}

/// Content that is not FHIR takes nothing down and is found by nothing.
#[test]
fn what_is_not_of_its_type_is_passed_over() {
    let odd = [
        json!(null),
        json!(true),
        json!(-1e300),
        json!(""),
        json!("|$,\\\u{0}"),
        json!([]),
        json!([[{}]]),
        json!({}),
        json!({"coding": {"code": 1}, "value": "x", "reference": 7, "low": {"value": "x"}, "start": [], "event": ["x"]}),
        json!([{"coding": [null, 3, {"code": [], "system": {}}], "reference": "/", "family": {}}]),
    ];
    for case in cases("somebody")
        .iter()
        .filter(|case| !case.code.starts_with('_'))
    {
        for value in &odd {
            let mut resource = case.resource.clone();
            let content = resource.as_object_mut().unwrap();
            content
                .iter_mut()
                .skip(2)
                .for_each(|(_, element)| *element = value.clone());
            let ward = Ward::of([resource]);
            let found = ward.ids(&format!(
                "{}?{}={}",
                case.resource_type, case.code, case.finds
            ));
            let by_what_is_there = value.is_boolean() && case.finds == "true";
            assert!(
                found.is_empty() || by_what_is_there || case.code == "deceased",
                "{} {value}",
                case.code
            );
        }
    }
}

/// The resources that the test above searches for are FHIR by another reader's account, but for
/// the required elements that have nothing to do with the search.
#[test]
fn what_the_cases_search_for_is_fhir() {
    let problems: BTreeSet<String> = cases("somebody")
        .iter()
        .flat_map(|case| problems(&case.resource))
        .collect();
    assert!(problems.is_empty(), "{problems:#?}");
    let misspelt = json!({"resourceType": "Patient", "birthdate": "2021"});
    let wrong_type = json!({"resourceType": "Patient", "name": "Smith"});
    for broken in [misspelt, wrong_type] {
        assert_ne!(self::problems(&broken), Vec::<String>::new(), "{broken}");
    }
}

fn problems(resource: &Value) -> Vec<String> {
    match fhirkit::from_json_strict::<fhirkit::r4::Resource>(&resource.to_string()) {
        Ok(_) => Vec::new(),
        Err(problem) => problem
            .to_string()
            .lines()
            .filter(|line| line.contains(" at ") && !line.ends_with("required element missing"))
            .map(str::to_owned)
            .collect(),
    }
}
