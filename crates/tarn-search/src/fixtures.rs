//! One small resource for each place where a parameter finds its values, with a search that finds
//! it and one that does not: made from the registry, for the tests of this crate and for suites
//! that drive a whole server.

use serde_json::{Map, Value, json};

use crate::path::{Compiled, Only, Path, Property};
use crate::registry::{self, About, Parameter, ParameterType};
use crate::take;

/// A resource and two searches for it.
#[derive(Debug, Clone)]
pub struct Case {
    /// The resource. If its type is about people, it is about the patient it was made for.
    pub resource: Value,
    /// Its type.
    pub resource_type: &'static str,
    /// The parameter.
    pub code: &'static str,
    /// Kind of the parameter.
    pub kind: ParameterType,
    /// A value by which a search of `code` finds it.
    pub finds: String,
    /// A value by which it does not.
    pub misses: String,
}

/// The id of every resource made here.
pub const ID: &str = "made-for-a-search";

/// A case for every parameter of every type of the record, and for every type of element that the
/// parameter has values in; about the patient with this id.
#[must_use]
pub fn cases(patient: &str) -> Vec<Case> {
    let each = |name| registry::parameters(name).flat_map(move |p| of_parameter(name, p, patient));
    registry::record_types().flat_map(each).collect()
}

fn of_parameter(
    resource_type: &'static str,
    parameter: &'static Parameter,
    patient: &str,
) -> Vec<Case> {
    let case = |content: Value, finds: String, misses: String| Case {
        resource: whole(resource_type, content, patient),
        resource_type,
        code: parameter.code(),
        kind: parameter.kind(),
        finds,
        misses,
    };
    match (parameter.code(), parameter.compiled()) {
        ("_id", _) => return vec![case(json!({}), ID.to_owned(), "another".to_owned())],
        ("_lastUpdated", _) => {
            return vec![case(json!({}), "ge1970".to_owned(), "lt1970".to_owned())];
        }
        (_, Compiled::Holds(paths)) => {
            let yes = paths.iter().filter(|p| p.kind == "boolean");
            return yes
                .map(|p| case(at(&p.steps, json!(true)), "true".into(), "false".into()))
                .collect();
        }
        _ => {}
    }
    if parameter.kind() == ParameterType::Composite {
        return composites(parameter)
            .into_iter()
            .map(|(content, finds, misses)| case(content, finds, misses))
            .collect();
    }
    parameter
        .compiled()
        .paths()
        .iter()
        .filter_map(|path| sample(parameter.kind(), path, parameter, patient))
        .map(|(content, finds, misses)| case(content, finds, misses))
        .collect()
}

/// For each place of a composite: its first kind of value for each component, and a search that
/// misses by the last of them.
fn composites(parameter: &Parameter) -> Vec<(Value, String, String)> {
    let mut cases = Vec::new();
    for (nth, focus) in parameter.compiled().paths().iter().enumerate() {
        let mut content = json!({});
        let (mut finds, mut misses) = (Vec::new(), Vec::new());
        for component in parameter.components() {
            let paths = component.compiled.get(nth).map_or(&[][..], Compiled::paths);
            let found = paths
                .iter()
                .find_map(|path| sample(component.kind(), path, parameter, ""));
            if let Some((value, yes, no)) = found {
                merge(&mut content, value);
                misses.clone_from(&finds);
                misses.push(no);
                finds.push(yes);
            }
        }
        cases.push((at(&focus.steps, content), finds.join("$"), misses.join("$")));
    }
    cases
}

/// The rest that makes it a resource of a patient.
fn whole(resource_type: &str, content: Value, patient: &str) -> Value {
    let mut resource = json!({"resourceType": resource_type, "id": ID});
    merge(&mut resource, content);
    let about = registry::parameter(resource_type, "patient")
        .filter(|_| registry::about(resource_type) == About::Person)
        .or_else(|| registry::parameter(resource_type, "beneficiary"));
    let path = about.and_then(|p| p.compiled().paths().first());
    if let Some(path) = path {
        let name = path
            .steps
            .first()
            .map(|s| s.name.as_str())
            .unwrap_or_default();
        if resource.get(name).is_none() {
            merge(
                &mut resource,
                at(
                    &path.steps,
                    json!({"reference": format!("Patient/{patient}")}),
                ),
            );
        }
    }
    resource
}

/// A value at a path, a search that finds it and one that does not.
fn sample(
    kind: ParameterType,
    path: &Path,
    parameter: &Parameter,
    patient: &str,
) -> Option<(Value, String, String)> {
    if !take::is_taken(kind, &path.kind) {
        return None;
    }
    let (value, finds, misses) = match kind {
        ParameterType::Token => token(path),
        ParameterType::Reference => reference(path, parameter, patient),
        ParameterType::Date => date(path),
        ParameterType::String => string(path),
        ParameterType::Quantity => quantity(path),
        ParameterType::Uri => (
            json!(ADDRESS),
            ADDRESS.to_owned(),
            format!("{ADDRESS}/other"),
        ),
        ParameterType::Composite => return None,
    };
    Some((at(&path.steps, value), finds, misses))
}

const SYSTEM: &str = "https://example.org/codes";
const ADDRESS: &str = "https://example.org/fhir/something";
const UCUM: &str = "http://unitsofmeasure.org";

fn token(path: &Path) -> (Value, String, String) {
    let coding = json!({"system": SYSTEM, "code": "right", "display": "Right"});
    let (finds, misses) = (format!("{SYSTEM}|right"), format!("{SYSTEM}|wrong"));
    match path.kind.as_str() {
        "CodeableConcept" => (json!({"coding": [coding]}), finds, misses),
        "Coding" => (coding, finds, misses),
        "Identifier" => (json!({"system": SYSTEM, "value": "right"}), finds, misses),
        "ContactPoint" => (
            json!({"system": "url", "value": "right"}),
            "right".into(),
            "wrong".into(),
        ),
        "boolean" => (json!(true), "true".into(), "false".into()),
        "uri" => (
            json!(ADDRESS),
            ADDRESS.to_owned(),
            format!("{ADDRESS}/other"),
        ),
        "code" => {
            let system = path
                .system
                .as_deref()
                .map(|s| format!("{s}|"))
                .unwrap_or_default();
            (
                json!("right"),
                format!("{system}right"),
                format!("{system}wrong"),
            )
        }
        _ => (json!("right"), "right".into(), "wrong".into()),
    }
}

fn reference(path: &Path, parameter: &Parameter, patient: &str) -> (Value, String, String) {
    if path.kind != "Reference" {
        return (
            json!(format!("{ADDRESS}|1.0")),
            ADDRESS.to_owned(),
            format!("{ADDRESS}/other"),
        );
    }
    let only = path.steps.last().and_then(|step| match &step.only {
        Some(Only::ResolvesTo(kind)) => Some(kind.as_str()),
        _ => None,
    });
    let targets = parameter.targets();
    let person = only.is_none() && targets.contains(&"Patient");
    let kind = only.or_else(|| targets.first().copied()).unwrap_or("Basic");
    let kind = if person { "Patient" } else { kind };
    let id = if kind == "Patient" { patient } else { "right" };
    (
        json!({"reference": format!("{kind}/{id}")}),
        format!("{kind}/{id}"),
        format!("{kind}/wrong"),
    )
}

fn date(path: &Path) -> (Value, String, String) {
    let (day, other) = ("2021-03-04".to_owned(), "2021-03-05".to_owned());
    let moment = "2021-03-04T10:00:00Z";
    let value = match path.kind.as_str() {
        "date" => json!(day),
        "Period" => json!({"start": moment, "end": "2021-03-04T11:00:00Z"}),
        "Timing" => json!({"event": [moment]}),
        _ => json!(moment),
    };
    (value, day, other)
}

fn string(path: &Path) -> (Value, String, String) {
    let value = match path.kind.as_str() {
        "HumanName" => json!({"family": "Quixotic"}),
        "Address" => json!({"city": "Quixotic"}),
        _ => json!("Quixotic words"),
    };
    (value, "QUIXÓ".into(), "words".into())
}

fn quantity(path: &Path) -> (Value, String, String) {
    let amount = |value: f64| json!({"value": value, "unit": "kg", "system": UCUM, "code": "kg"});
    match path.kind.as_str() {
        "Range" => (
            json!({"low": amount(71.0), "high": amount(72.0)}),
            format!("gt70|{UCUM}|kg"),
            format!("gt72|{UCUM}|kg"),
        ),
        _ => (
            amount(71.5),
            format!("71.5|{UCUM}|kg"),
            format!("71.6|{UCUM}|kg"),
        ),
    }
}

/// A value at the end of a path.
fn at(steps: &[Property], value: Value) -> Value {
    steps.iter().rev().fold(value, |mut value, step| {
        if let Some(Only::Where(property, wanted)) = &step.only {
            merge(&mut value, json!({ property.as_str(): wanted }));
        }
        let value = if step.many { json!([value]) } else { value };
        json!({ step.name.as_str(): value })
    })
}

/// Adds what `more` has; lists are joined at their first place.
fn merge(into: &mut Value, more: Value) {
    match (into, more) {
        (Value::Object(into), Value::Object(more)) => more
            .into_iter()
            .for_each(|(name, value)| merge_one(into, name, value)),
        (Value::Array(into), Value::Array(more)) => {
            match (into.first_mut(), more.into_iter().next()) {
                (Some(into), Some(more)) => merge(into, more),
                (None, Some(more)) => into.push(more),
                (_, None) => {}
            }
        }
        (into, more) => *into = more,
    }
}

fn merge_one(into: &mut Map<String, Value>, name: String, value: Value) {
    match into.get_mut(&name) {
        Some(known) => merge(known, value),
        None => {
            into.insert(name, value);
        }
    }
}
