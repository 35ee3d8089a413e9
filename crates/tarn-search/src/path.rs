use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::expression::{Expression, NotUnderstood, Step};
use crate::take;

/// The elements that expressions walk through, from HL7's schema: for each definition the type of
/// each property, with a star if there may be several.
#[derive(Debug, Deserialize)]
pub(crate) struct Elements {
    elements: BTreeMap<String, BTreeMap<String, String>>,
    /// The code system that an element of type `code` has by its binding.
    code_systems: BTreeMap<String, String>,
}

/// An expression as places in JSON.
#[derive(Debug, Clone)]
pub(crate) enum Compiled {
    /// Every value at these places.
    Union(Vec<Path>),
    /// Whether there is a value other than `false` at these places.
    Holds(Vec<Path>),
}

impl Compiled {
    pub(crate) fn paths(&self) -> &[Path] {
        match self {
            Self::Union(paths) | Self::Holds(paths) => paths,
        }
    }

    /// Whether codes at any of these places have this system by the binding of their element.
    pub(crate) fn binds(&self, system: &str) -> bool {
        self.paths()
            .iter()
            .any(|path| path.system.as_deref() == Some(system))
    }
}

/// One place in JSON: which properties lead there and what stands there.
#[derive(Debug, Clone)]
pub(crate) struct Path {
    pub(crate) steps: Vec<Property>,
    /// The FHIR type of what stands there.
    pub(crate) kind: String,
    /// The code system of codes there, if the element's binding gives one.
    pub(crate) system: Option<String>,
    /// The element's name with dots.
    element: String,
}

/// A property, and which of its values are meant.
#[derive(Debug, Clone)]
pub(crate) struct Property {
    pub(crate) name: String,
    pub(crate) many: bool,
    pub(crate) only: Option<Only>,
}

/// Which values of a property are meant.
#[derive(Debug, Clone)]
pub(crate) enum Only {
    /// References to this type.
    ResolvesTo(String),
    /// Those in which a property has this value.
    Where(String, String),
}

/// An expression that leads nowhere.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CompileError {
    #[error(transparent)]
    NotUnderstood(#[from] NotUnderstood),
    #[error("{expression} leads nowhere at {step:?}")]
    Nowhere { expression: String, step: Step },
}

pub(crate) fn compile(
    base: &str,
    expression: &str,
    elements: &Elements,
) -> Result<Compiled, CompileError> {
    let start = |path: &[Step]| match path.split_first() {
        Some((Step::Into(name), rest)) if name == base => Ok((Path::at(base), rest.to_vec())),
        _ => Err(nowhere(expression, &Step::Into(base.to_owned()))),
    };
    let follow = |path: &Vec<Step>| {
        let (from, rest) = start(path)?;
        elements.follow(&from, &rest, expression)
    };
    Ok(match Expression::parse(expression)? {
        Expression::Union(paths) => Compiled::Union(
            paths
                .iter()
                .map(follow)
                .collect::<Result<Vec<_>, _>>()?
                .concat(),
        ),
        Expression::Holds(path) => Compiled::Holds(follow(&path)?),
    })
}

/// The places of a component, seen from each place of its composite.
pub(crate) fn compile_component(
    composite: &Compiled,
    expression: &str,
    elements: &Elements,
) -> Result<Vec<Compiled>, CompileError> {
    let Expression::Union(paths) = Expression::parse(expression)? else {
        return Err(nowhere(expression, &Step::As("composite".to_owned())));
    };
    let seen_from = |focus: &Path| {
        let from = Path {
            steps: Vec::new(),
            ..focus.clone()
        };
        let each = paths
            .iter()
            .map(|path| elements.follow(&from, path, expression));
        Ok(Compiled::Union(
            each.collect::<Result<Vec<_>, _>>()?.concat(),
        ))
    };
    composite.paths().iter().map(seen_from).collect()
}

fn nowhere(expression: &str, step: &Step) -> CompileError {
    CompileError::Nowhere {
        expression: expression.to_owned(),
        step: step.clone(),
    }
}

impl Elements {
    fn follow(
        &self,
        from: &Path,
        steps: &[Step],
        expression: &str,
    ) -> Result<Vec<Path>, CompileError> {
        let mut paths = vec![from.clone()];
        for step in steps {
            paths = paths
                .iter()
                .flat_map(|path| self.step(path, step))
                .collect();
            if paths.is_empty() {
                return Err(nowhere(expression, step));
            }
        }
        for path in &mut paths {
            path.system = self
                .code_systems
                .get(&path.element)
                .cloned()
                .filter(|_| path.kind == "code");
        }
        Ok(paths)
    }

    fn step(&self, path: &Path, step: &Step) -> Vec<Path> {
        match step {
            Step::Into(name) => self.property(path, name),
            Step::As(kind) if path.kind.eq_ignore_ascii_case(kind) => vec![path.clone()],
            Step::As(_) => Vec::new(),
            Step::ResolvesTo(kind) if path.kind == "Reference" => {
                path.only(Only::ResolvesTo(kind.clone()))
            }
            Step::ResolvesTo(_) => Vec::new(),
            Step::Where(property, value) => path.only(Only::Where(property.clone(), value.clone())),
        }
    }

    /// The property of this name, or the members of the choice of this name.
    fn property(&self, path: &Path, name: &str) -> Vec<Path> {
        let Some(properties) = self.elements.get(&path.kind) else {
            return Vec::new();
        };
        let is_member = |property: &str, kind: &str| {
            property
                .strip_prefix(name)
                .is_some_and(|rest| rest.eq_ignore_ascii_case(kind.trim_end_matches('*')))
        };
        let exact = properties.contains_key(name);
        properties
            .iter()
            .filter(|(property, kind)| {
                if exact {
                    *property == name
                } else {
                    is_member(property, kind)
                }
            })
            .map(|(property, kind)| path.child(property, kind, name))
            .collect()
    }
}

impl Path {
    fn at(base: &str) -> Self {
        Self {
            steps: Vec::new(),
            kind: base.to_owned(),
            system: None,
            element: base.to_owned(),
        }
    }

    fn child(&self, property: &str, kind: &str, name: &str) -> Self {
        let mut path = self.clone();
        path.steps.push(Property {
            name: property.to_owned(),
            many: kind.ends_with('*'),
            only: None,
        });
        path.kind = kind.trim_end_matches('*').to_owned();
        path.element = format!("{}.{name}", self.element);
        path
    }

    fn only(&self, only: Only) -> Vec<Self> {
        let mut path = self.clone();
        match path.steps.last_mut() {
            Some(last) if last.only.is_none() => last.only = Some(only),
            _ => return Vec::new(),
        }
        vec![path]
    }

    /// Calls `each` for every value at this place, seen from `value`.
    pub(crate) fn visit<'v>(&self, value: &'v Value, each: &mut dyn FnMut(&'v Value)) {
        visit(&self.steps, value, each);
    }
}

fn visit<'v>(steps: &[Property], value: &'v Value, each: &mut dyn FnMut(&'v Value)) {
    let Some((property, rest)) = steps.split_first() else {
        return each(value);
    };
    let mut follow = |value: &'v Value| {
        if !value.is_null() && property.only.as_ref().is_none_or(|only| only.holds(value)) {
            visit(rest, value, each);
        }
    };
    match value.get(&property.name) {
        Some(Value::Array(values)) => values.iter().for_each(follow),
        Some(value) => follow(value),
        None => {}
    }
}

impl Only {
    fn holds(&self, value: &Value) -> bool {
        match self {
            Self::ResolvesTo(kind) => take::type_of_reference(value).is_some_and(|t| t == kind),
            Self::Where(property, wanted) => value
                .get(property)
                .and_then(Value::as_str)
                .is_some_and(|v| v == wanted),
        }
    }
}
