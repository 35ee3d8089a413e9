use serde_json::Value;

use crate::codec::Writer;
use crate::path::Compiled;
use crate::registry::{self, Parameter, ParameterType};
use crate::take;
use crate::values::{Builder, Values};

/// Takes the values of a resource out of it: those under every parameter that is offered for its
/// type. What stands in `contained` has none; `_id` and `_lastUpdated` are the row's own.
///
/// A value that is not of its FHIR type is left out, as nobody can search for it.
#[must_use]
pub fn extract(resource: &Value) -> Values {
    let resource_type = resource
        .get("resourceType")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let mut values = Builder::default();
    for parameter in registry::parameters(resource_type) {
        match parameter.kind() {
            _ if is_of_the_row(parameter.code()) => {}
            ParameterType::Composite => {
                values.put_tuples(parameter.number(), tuples(parameter, resource))
            }
            kind => values.put(
                parameter.number(),
                block(kind, parameter.compiled(), resource),
            ),
        }
    }
    values.finish()
}

/// Whether a row says it beside its values.
pub(crate) fn is_of_the_row(code: &str) -> bool {
    matches!(code, "_id" | "_lastUpdated")
}

fn block(kind: ParameterType, compiled: &Compiled, from: &Value) -> Vec<u8> {
    let mut to = Writer::default();
    match compiled {
        Compiled::Union(paths) => {
            for path in paths {
                let is_postcode = path.steps.last().is_some_and(|s| s.name == "postalCode");
                path.visit(from, &mut |value| match value.as_str() {
                    Some(code) if is_postcode => take::postcode(code, &mut to),
                    _ => take::take(kind, &path.kind, path.system.is_some(), value, &mut to),
                });
            }
        }
        Compiled::Holds(paths) => {
            let mut yes = false;
            for path in paths {
                path.visit(from, &mut |value| yes |= *value != Value::Bool(false));
            }
            take::holds(yes, &mut to);
        }
    }
    to.done()
}

/// For each place of a composite where all its components have values: a block for each.
fn tuples(parameter: &Parameter, resource: &Value) -> Vec<Vec<Vec<u8>>> {
    let mut tuples = Vec::new();
    for (nth, focus) in parameter.compiled().paths().iter().enumerate() {
        focus.visit(resource, &mut |place| {
            let blocks: Option<Vec<Vec<u8>>> = parameter
                .components()
                .iter()
                .map(|c| Some(block(c.kind(), c.compiled.get(nth)?, place)))
                .collect();
            if let Some(blocks) = blocks.filter(|b| b.iter().all(|b| !b.is_empty())) {
                tuples.push(blocks);
            }
        });
    }
    tuples
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The types of elements that an expression leads to and that have nothing to say to a search
    /// of its kind. An update of the definitions that adds one is looked at by a person.
    #[test]
    fn every_parameter_has_values_and_what_has_none_is_known() {
        let mut none = BTreeSet::new();
        for parameter in registry::all() {
            let pairs: Vec<(ParameterType, &str)> = match parameter.kind() {
                ParameterType::Composite => parameter
                    .components()
                    .iter()
                    .flat_map(|c| {
                        c.compiled
                            .iter()
                            .flat_map(|d| d.paths())
                            .map(|p| (c.kind(), p.kind.as_str()))
                    })
                    .collect(),
                kind => parameter
                    .compiled()
                    .paths()
                    .iter()
                    .map(|p| (kind, p.kind.as_str()))
                    .collect(),
            };
            let taken = pairs
                .iter()
                .filter(|(kind, element)| take::is_taken(*kind, element))
                .count();
            let holds = matches!(parameter.compiled(), Compiled::Holds(_));
            assert!(
                taken > 0 || holds,
                "{} {}",
                parameter.base(),
                parameter.code()
            );
            if !holds {
                none.extend(
                    pairs
                        .into_iter()
                        .filter(|(kind, element)| !take::is_taken(*kind, element)),
                );
            }
        }
        // A consent's attached source, an age or a word where a date is asked for, a waveform.
        let known = [
            (ParameterType::Reference, "Attachment"),
            (ParameterType::Date, "Age"),
            (ParameterType::Date, "Range"),
            (ParameterType::Date, "string"),
            (ParameterType::Quantity, "SampledData"),
        ];
        assert_eq!(none.into_iter().collect::<Vec<_>>(), known);
    }
}
