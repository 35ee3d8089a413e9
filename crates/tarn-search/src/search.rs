use std::collections::BTreeSet;

use crate::asked::Asked;
use crate::condition::{Condition, Filter, Test};
use crate::include::{Direction, Include};
use crate::registry::{self, About, Parameter};
use crate::sort::Sort;

/// What to do with what is not understood: `Prefer: handling=…`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Handling {
    /// It is an error. A misspelt condition must not look like one that everything meets.
    #[default]
    Strict,
    /// It is passed over, listed in [`Search::ignored`] and not among [`Search::used`].
    Lenient,
}

/// A search that was understood. Values that were asked for may be personal data, so its `Debug`
/// has the names of parameters only.
#[derive(Clone, PartialEq)]
pub struct Search {
    /// The type that is searched.
    pub resource_type: String,
    /// `_count`: how many matches on a page.
    pub count: Option<usize>,
    /// `_total`: whether the caller wants to know how many match in all.
    pub total: Total,
    /// `_summary`: which part of each resource is wanted.
    pub summary: Option<Summary>,
    /// `_elements`: which elements of each resource are wanted; empty is all.
    pub elements: Vec<String>,
    pub(crate) conditions: Vec<Condition>,
    pub(crate) includes: Vec<Include>,
    pub(crate) sort: Vec<Sort>,
    pub(crate) ignored: Vec<String>,
    pub(crate) used: Vec<(String, String)>,
}

/// `_total`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Total {
    /// Not asked for.
    #[default]
    None,
    /// An estimate is enough; it is exact all the same.
    Estimate,
    /// Exact.
    Accurate,
}

/// `_summary`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Summary {
    /// The elements that the specification marks.
    True,
    /// Narrative, id, meta and what is mandatory.
    Text,
    /// Everything but the narrative.
    Data,
    /// Only how many there are.
    Count,
    /// Everything.
    False,
}

/// Whom a search is about. Records of people are searched one person at a time: a search of
/// clinical content that names nobody is refused.
#[derive(Clone, PartialEq, Eq)]
pub enum Anchor {
    /// The people behind these Patient resources or identifiers.
    People(Vec<PatientKey>),
    /// People of this name, born on that day.
    NameAndBirth {
        /// Family name as it was given.
        family: String,
        /// First name or its beginning.
        given: Option<String>,
        /// Day of birth, as `1938-04-02`.
        birth_date: String,
    },
    /// The resource with one of these ids, whoever it is about.
    Ids(Vec<String>),
    /// The people whom any of these resources is about, by type and id: `encounter=Encounter/1`.
    Of(Vec<(String, String)>),
    /// Resources about no person: organisations, staff, places.
    Directory,
    /// Nobody is named.
    Nobody,
}

/// How a search names a patient.
#[derive(Clone, PartialEq, Eq)]
pub enum PatientKey {
    /// `Patient/123`.
    Id(String),
    /// `patient.identifier=system|value`, or an identifier in a reference.
    Identifier {
        /// The identifier's system, if it was given.
        system: Option<String>,
        /// The identifier's value.
        value: String,
    },
}

impl Search {
    /// What was passed over, by name, if the caller allowed it.
    #[must_use]
    pub fn ignored(&self) -> &[String] {
        &self.ignored
    }

    /// The parameters that were used, for the link to this page.
    #[must_use]
    pub fn used(&self) -> &[(String, String)] {
        &self.used
    }

    /// Whether the caller wants to know how many match in all.
    #[must_use]
    pub fn wants_total(&self) -> bool {
        self.total != Total::None || self.summary == Some(Summary::Count)
    }

    /// The types whose rows it looks at: its own, those of chains, of `_has` and of includes.
    #[must_use]
    pub fn types(&self) -> BTreeSet<String> {
        let mut types = BTreeSet::from([self.resource_type.clone()]);
        self.conditions.iter().for_each(|c| c.add_types(&mut types));
        // An include may lead on from what another one brings.
        for _ in 0..=self.includes.len() {
            let known = types.clone();
            self.includes
                .iter()
                .for_each(|i| i.add_types(&known, &mut types));
        }
        types
    }

    /// Whether it asks for all resources of its type of one person, in the order of their ids,
    /// and for nothing beside: a store may then read one range and need not [`Search::run`].
    #[must_use]
    pub fn is_plain(&self) -> bool {
        let only_the_person = match self.conditions.as_slice() {
            [Condition::Own(filter)] => names_the_only_person(filter) && people(filter).len() == 1,
            _ => false,
        };
        only_the_person && self.includes.is_empty() && self.sort.is_empty() && !self.wants_total()
    }

    /// Whom it is about. Every condition stays a condition: [`Search::run`] still checks it.
    #[must_use]
    pub fn anchor(&self) -> Anchor {
        let people = self.first(|condition| match condition {
            Condition::Own(filter) if self.is_of_patient(filter.parameter) => Some(people(filter)),
            Condition::Own(filter) if self.resource_type == PATIENT => patient_itself(filter),
            Condition::Chain { parameter, inner }
                if parameter.is_target(PATIENT) && inner.len() == 1 =>
            {
                inner
                    .iter()
                    .find_map(|(target, condition)| match &**condition {
                        Condition::Own(filter) if target == PATIENT => patient_itself(filter),
                        _ => None,
                    })
            }
            _ => None,
        });
        if let Some(people) = people {
            return Anchor::People(people);
        }
        if let Some(ids) = self.first(|c| own(c, "_id").map(ids)) {
            return Anchor::Ids(ids);
        }
        if let Some(resources) = self.first(|condition| match condition {
            Condition::Own(filter) => Some(about_people(filter)),
            _ => None,
        }) {
            return Anchor::Of(resources);
        }
        if registry::about(&self.resource_type) == About::Nobody {
            return Anchor::Directory;
        }
        self.name_and_birth().unwrap_or(Anchor::Nobody)
    }

    fn first<T>(&self, of: impl Fn(&Condition) -> Option<Vec<T>>) -> Option<Vec<T>> {
        self.conditions
            .iter()
            .filter_map(of)
            .find(|found| !found.is_empty())
    }

    /// Whether the parameter says whom a resource is about, as far as it leads to a Patient.
    fn is_of_patient(&self, parameter: &Parameter) -> bool {
        matches!(parameter.code(), "patient" | "subject" | "beneficiary")
            && self.resource_type != PATIENT
    }

    fn name_and_birth(&self) -> Option<Anchor> {
        if self.resource_type != PATIENT {
            return None;
        }
        let text = |code: &str| {
            self.conditions
                .iter()
                .find_map(|c| match own(c, code).map(|f| &f.test)? {
                    Test::Any(values) => match values.as_slice() {
                        [Asked::Text { raw, .. }] => Some(raw.clone()),
                        _ => None,
                    },
                    _ => None,
                })
        };
        let birth_date =
            self.conditions
                .iter()
                .find_map(|c| match own(c, "birthdate").map(|f| &f.test)? {
                    Test::Any(values) => match values.as_slice() {
                        [Asked::Date { day: Some(day), .. }] => Some(day.clone()),
                        _ => None,
                    },
                    _ => None,
                })?;
        Some(Anchor::NameAndBirth {
            family: text("family").or_else(|| text("name"))?,
            given: text("given"),
            birth_date,
        })
    }
}

pub(crate) const PATIENT: &str = "Patient";

fn own<'a>(condition: &'a Condition, code: &str) -> Option<&'a Filter> {
    match condition {
        Condition::Own(filter) if filter.parameter.code() == code => Some(filter),
        _ => None,
    }
}

/// The values of a filter that are wanted: none for `:not` and `:missing`.
fn wanted(filter: &Filter) -> &[Asked] {
    match &filter.test {
        Test::Any(values) => values,
        Test::None(_) | Test::Missing(_) => &[],
    }
}

/// All or nothing: if one alternative names no patient, the search is not about those of the others.
fn each<T>(filter: &Filter, of: impl Fn(&Asked) -> Option<T>) -> Vec<T> {
    wanted(filter)
        .iter()
        .map(of)
        .collect::<Option<_>>()
        .unwrap_or_default()
}

fn people(filter: &Filter) -> Vec<PatientKey> {
    each(filter, |asked| match asked {
        Asked::Reference { kind, id, .. } if kind.as_deref().is_none_or(|k| k == PATIENT) => {
            Some(PatientKey::Id(id.clone()))
        }
        Asked::ReferenceIdentifier(token) => token.identifier(),
        _ => None,
    })
}

/// A Patient by `_id` or `identifier`.
fn patient_itself(filter: &Filter) -> Option<Vec<PatientKey>> {
    match filter.parameter.code() {
        "_id" => Some(ids(filter).into_iter().map(PatientKey::Id).collect()),
        "identifier" => Some(each(filter, |asked| match asked {
            Asked::Token(token) => token.identifier(),
            Asked::TokenOfType { value, .. } => Some(PatientKey::Identifier {
                system: None,
                value: value.clone(),
            }),
            _ => None,
        })),
        _ => None,
    }
}

fn ids(filter: &Filter) -> Vec<String> {
    each(filter, |asked| match asked {
        Asked::Id(id) => Some(id.clone()),
        _ => None,
    })
}

/// The resources that a reference parameter names, if all are of types that are about one person.
/// An id without a type may be of any type that the parameter leads to.
fn about_people(filter: &Filter) -> Vec<(String, String)> {
    let is_about_one = |kind: &&str| registry::about(kind) == About::Person && *kind != "Group";
    let named = each(filter, |asked| match asked {
        Asked::Reference { kind, id, .. } => {
            let kinds = match kind {
                Some(kind) => vec![kind.as_str()],
                None => filter.parameter.targets(),
            };
            let named = |kind: &&str| ((*kind).to_owned(), id.clone());
            kinds
                .iter()
                .all(&is_about_one)
                .then(|| kinds.iter().map(named).collect())
        }
        _ => None,
    });
    named.into_iter().flat_map(|named: Vec<_>| named).collect()
}

/// Whether the parameter holds for every resource that is kept under a person: it is the one
/// element that says whom the resource is about.
fn names_the_only_person(filter: &Filter) -> bool {
    let parameter = filter.parameter;
    let path = parameter.compiled().paths();
    parameter.code() == "patient"
        && matches!(path, [path] if path.steps.len() == 1 && !path.steps.iter().any(|s| s.many))
}

impl Include {
    fn add_types(&self, known: &BTreeSet<String>, types: &mut BTreeSet<String>) {
        match self.direction {
            Direction::Forward => {
                for source in known
                    .iter()
                    .filter(|t| self.source.as_ref().is_none_or(|s| s == *t))
                {
                    types.extend(self.targets(source).into_iter().map(str::to_owned));
                }
            }
            Direction::Backward => match &self.source {
                Some(source) => {
                    types.insert(source.clone());
                }
                None => types.extend(registry::record_types().map(str::to_owned)),
            },
        }
    }
}

impl std::fmt::Debug for Search {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&str> = self.used.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("Search")
            .field("resource_type", &self.resource_type)
            .field("parameters", &names)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Anchor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::People(_) => "People(…)",
            Self::NameAndBirth { .. } => "NameAndBirth(…)",
            Self::Ids(_) => "Ids(…)",
            Self::Of(_) => "Of(…)",
            Self::Directory => "Directory",
            Self::Nobody => "Nobody",
        })
    }
}

impl std::fmt::Debug for PatientKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Id(_) => "Id(…)",
            Self::Identifier { .. } => "Identifier(…)",
        })
    }
}
