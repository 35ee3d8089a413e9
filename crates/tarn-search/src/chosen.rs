//! `parameters.json` as it stands in the file.

use serde::Deserialize;

use crate::path::Elements;
use crate::registry::ParameterType;

#[derive(Debug, Deserialize)]
pub(crate) struct File {
    pub(crate) record_types: Vec<String>,
    pub(crate) left_out: Vec<LeftOut>,
    pub(crate) all_types: Vec<String>,
    pub(crate) about_a_person: Vec<String>,
    #[serde(flatten)]
    pub(crate) elements: Elements,
    pub(crate) parameters: Vec<Chosen>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct LeftOut {
    pub(crate) code: String,
    pub(crate) base: Option<String>,
    pub(crate) why: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Chosen {
    pub(crate) number: u16,
    pub(crate) base: String,
    pub(crate) code: String,
    #[serde(rename = "type")]
    pub(crate) kind: ParameterType,
    pub(crate) expression: String,
    #[serde(default)]
    pub(crate) targets: Targets,
    #[serde(default)]
    pub(crate) components: Vec<ChosenComponent>,
    pub(crate) definition: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ChosenComponent {
    #[serde(rename = "type")]
    pub(crate) kind: ParameterType,
    pub(crate) expression: String,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Targets {
    These(Vec<String>),
    Any(AnyType),
}

#[derive(Debug, Deserialize)]
pub(crate) enum AnyType {
    #[serde(rename = "*")]
    Star,
}

impl Default for Targets {
    fn default() -> Self {
        Self::These(Vec::new())
    }
}
