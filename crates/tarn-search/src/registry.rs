//! Which types there are and which parameters are offered for each: from `parameters.json`, the
//! one place where that is decided. Routes, the CapabilityStatement, extraction, parsing and the
//! generated tests all read it here.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::chosen::{AnyType, Chosen, File, LeftOut, Targets};
use crate::path::{Compiled, Elements, compile, compile_component};

/// Kind of a search parameter, as R4 names it. None of the chosen ones is a bare `number`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ParameterType {
    /// A code, an identifier, a yes or no.
    Token,
    /// Another resource.
    Reference,
    /// A date, a time, a period.
    Date,
    /// A name or another text.
    String,
    /// A measured amount with its unit.
    Quantity,
    /// An address of something, compared as a whole.
    Uri,
    /// Several of these that belong together.
    Composite,
}

impl ParameterType {
    /// The word that FHIR has for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Reference => "reference",
            Self::Date => "date",
            Self::String => "string",
            Self::Quantity => "quantity",
            Self::Uri => "uri",
            Self::Composite => "composite",
        }
    }

    /// The modifiers that are understood with it, beside the types of a reference
    /// (`subject:Patient`).
    #[must_use]
    pub fn modifiers(self) -> &'static [&'static str] {
        match self {
            Self::Token => &["missing", "not", "text", "of-type"],
            Self::Reference => &["missing", "identifier"],
            Self::String => &["missing", "exact", "contains"],
            Self::Date | Self::Quantity | Self::Uri | Self::Composite => &["missing"],
        }
    }
}

/// One search parameter of one type.
pub struct Parameter {
    chosen: Chosen,
    compiled: Compiled,
    components: Vec<Component>,
}

/// One part of a composite parameter.
#[derive(Debug)]
pub struct Component {
    /// Kind of its values.
    pub(crate) kind: ParameterType,
    /// Where its values stand, one list for each place of the composite.
    pub(crate) compiled: Vec<Compiled>,
}

/// Whether resources of a type belong to the record of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// They are of the patient compartment: each is about somebody.
    Person,
    /// Organisations, staff, places, products, definitions: about nobody.
    Nobody,
}

impl Parameter {
    /// Its number in stored values. A number is never used for another parameter.
    #[must_use]
    pub fn number(&self) -> u16 {
        self.chosen.number
    }

    /// The name that a search has it by: `birthdate`.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.chosen.code
    }

    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> ParameterType {
        self.chosen.kind
    }

    /// The type that has it; `Resource` if all have it.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.chosen.base
    }

    /// HL7's expression for where its values stand.
    #[must_use]
    pub fn expression(&self) -> &str {
        &self.chosen.expression
    }

    /// The address of its definition.
    #[must_use]
    pub fn definition(&self) -> &str {
        &self.chosen.definition
    }

    /// The types that a reference may lead to; empty for other kinds.
    #[must_use]
    pub fn targets(&self) -> Vec<&'static str> {
        match &self.chosen.targets {
            Targets::Any(AnyType::Star) => resource_types().collect(),
            Targets::These(names) => {
                let known = |name: &&'static str| names.iter().any(|n| n == *name);
                resource_types().filter(known).collect()
            }
        }
    }

    pub(crate) fn is_target(&self, name: &str) -> bool {
        match &self.chosen.targets {
            Targets::Any(AnyType::Star) => is_resource_type(name),
            Targets::These(names) => names.iter().any(|n| n == name),
        }
    }

    pub(crate) fn compiled(&self) -> &Compiled {
        &self.compiled
    }

    /// The parts of a composite; empty for other kinds.
    pub(crate) fn components(&self) -> &[Component] {
        &self.components
    }
}

impl PartialEq for Parameter {
    fn eq(&self, other: &Self) -> bool {
        self.number() == other.number()
    }
}

impl Eq for Parameter {}

impl std::fmt::Debug for Parameter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}?{}", self.base(), self.code())
    }
}

impl Component {
    pub(crate) fn kind(&self) -> ParameterType {
        self.kind
    }
}

/// Every parameter, by number.
pub fn all() -> impl Iterator<Item = &'static Parameter> {
    REGISTRY.parameters.iter()
}

/// The parameters of a type: its own, then those that every type has.
pub fn parameters(resource_type: &str) -> impl Iterator<Item = &'static Parameter> + use<> {
    let own = REGISTRY
        .by_type
        .get(resource_type)
        .map_or(&[][..], Vec::as_slice);
    let common = REGISTRY
        .by_type
        .get(EVERY_TYPE)
        .map_or(&[][..], Vec::as_slice);
    let common = if is_resource_type(resource_type) {
        common
    } else {
        &[]
    };
    own.iter()
        .chain(common)
        .filter_map(|at| REGISTRY.parameters.get(*at))
}

/// One parameter of a type, by its code.
#[must_use]
pub fn parameter(resource_type: &str, code: &str) -> Option<&'static Parameter> {
    parameters(resource_type).find(|p| p.code() == code)
}

/// Every type of resource that can be stored, in the order of the alphabet.
pub fn resource_types() -> impl Iterator<Item = &'static str> {
    REGISTRY.all_types.iter().map(String::as_str)
}

/// Whether there is such a type.
#[must_use]
pub fn is_resource_type(name: &str) -> bool {
    REGISTRY
        .all_types
        .binary_search_by(|t| t.as_str().cmp(name))
        .is_ok()
}

/// The types of the record: those that have parameters of their own.
pub fn record_types() -> impl Iterator<Item = &'static str> {
    REGISTRY.record_types.iter().map(String::as_str)
}

/// Whether resources of this type are about somebody.
#[must_use]
pub fn about(resource_type: &str) -> About {
    match REGISTRY
        .about_a_person
        .binary_search_by(|t| t.as_str().cmp(resource_type))
    {
        Ok(_) => About::Person,
        Err(_) => About::Nobody,
    }
}

/// The parameters of HL7 that are not offered, and why: code, type if it is one type's, reason.
pub fn left_out() -> impl Iterator<Item = (&'static str, Option<&'static str>, &'static str)> {
    REGISTRY
        .left_out
        .iter()
        .map(|left| (left.code.as_str(), left.base.as_deref(), left.why.as_str()))
}

/// What `_include` may name from a type: `Observation:subject`.
pub fn includes(resource_type: &str) -> impl Iterator<Item = String> + use<> {
    let references = parameters(resource_type).filter(|p| p.kind() == ParameterType::Reference);
    references.map(|p| format!("{}:{}", p.base(), p.code()))
}

/// What `_revinclude` may name towards a type: `Provenance:target` towards all of them.
pub fn revincludes(resource_type: &str) -> impl Iterator<Item = String> {
    let references = all().filter(|p| p.kind() == ParameterType::Reference);
    references
        .filter(move |p| p.is_target(resource_type))
        .map(|p| format!("{}:{}", p.base(), p.code()))
}

const EVERY_TYPE: &str = "Resource";

struct Registry {
    record_types: Vec<String>,
    all_types: Vec<String>,
    about_a_person: Vec<String>,
    left_out: Vec<LeftOut>,
    parameters: Vec<Parameter>,
    by_type: BTreeMap<String, Vec<usize>>,
}

static REGISTRY: LazyLock<Registry> = LazyLock::new(|| {
    #[expect(
        clippy::expect_used,
        reason = "the file is compiled in and every test reads it; a record without search parameters must not start"
    )]
    Registry::read(include_str!("../parameters.json")).expect("parameters.json is sound")
});

impl Registry {
    fn read(text: &str) -> Result<Self, Box<dyn std::error::Error>> {
        let File {
            record_types,
            left_out,
            mut all_types,
            mut about_a_person,
            elements,
            parameters,
        } = serde_json::from_str(text)?;
        all_types.sort();
        about_a_person.sort();
        let parameters = parameters
            .into_iter()
            .map(|chosen| Parameter::new(chosen, &elements))
            .collect::<Result<Vec<_>, _>>()?;
        let mut by_type = BTreeMap::<String, Vec<usize>>::new();
        for (at, parameter) in parameters.iter().enumerate() {
            by_type
                .entry(parameter.chosen.base.clone())
                .or_default()
                .push(at);
        }
        Ok(Self {
            record_types,
            all_types,
            about_a_person,
            left_out,
            parameters,
            by_type,
        })
    }
}

impl Parameter {
    fn new(chosen: Chosen, elements: &Elements) -> Result<Self, Box<dyn std::error::Error>> {
        let compiled = compile(&chosen.base, &chosen.expression, elements)?;
        let mut components = Vec::new();
        for component in &chosen.components {
            components.push(Component {
                kind: component.kind,
                compiled: compile_component(&compiled, &component.expression, elements)?,
            });
        }
        Ok(Self {
            chosen,
            compiled,
            components,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// All expressions compile, or the registry would not be read.
    #[test]
    fn numbers_and_codes_are_unique() {
        let numbers: BTreeSet<u16> = all().map(Parameter::number).collect();
        let codes: BTreeSet<_> = all().map(|p| (p.base(), p.code())).collect();
        assert_eq!(numbers.len(), all().count());
        assert_eq!(codes.len(), all().count());
        assert!(all().count() >= 610);
        assert!(record_types().all(is_resource_type));
        assert_eq!(parameters("NoSuchType").count(), 0);
        assert_eq!(parameters("ValueSet").count(), 6);
    }

    #[test]
    fn what_does_not_compile_is_not_read() {
        let text = include_str!("../parameters.json");
        for (right, wrong) in [
            ("Patient.birthDate", "Patient.birthdate"),
            ("Patient.birthDate", "Patient.birthDate.first()"),
            (
                "(Patient.deceased as dateTime)",
                "(Patient.deceased as time)",
            ),
            ("\"value.as(CodeableConcept)\"", "\"value.as(Quantities)\""),
        ] {
            assert!(
                Registry::read(&text.replace(right, wrong)).is_err(),
                "{wrong}"
            );
        }
    }
}
