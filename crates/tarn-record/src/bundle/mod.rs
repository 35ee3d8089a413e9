//! Reading what a source sent: which resources it holds, whom each is about, and which
//! references must be resolved before it is kept. Pure: no database, no clock.

mod entries;
mod error;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod patch;
mod reference;
mod scan;
mod splice;
mod subject;
#[cfg(test)]
mod tests;

use std::ops::Range;

use serde_json::Value;
use tarn_model::fhir::{Limits, Resource, check_limits, not_json};

use entries::{Head, entries_of, planned};
pub use error::{PlanError, PlanProblem};
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(crate) use patch::{Renamed, rename};
use reference::{Index, references};
pub use splice::{Replacement, Rewrite, Rewritten, SpliceError, rewrite, undo};
pub use subject::{PersonKeys, Subject};

/// Everything that one text asks to be written, in the order in which it must be written.
#[derive(Debug, Clone)]
pub struct Plan<'a> {
    /// `Bundle.type`, or `None` for a single resource.
    pub bundle_type: Option<String>,
    /// The resources, in order of writing.
    pub entries: Vec<PlannedEntry<'a>>,
    /// Entries that ask for nothing to be kept: reads of a batch, the outcome of a search.
    pub left_out: usize,
}

/// One resource of a [`Plan`].
#[derive(Debug, Clone)]
pub struct PlannedEntry<'a> {
    /// Its index in `Bundle.entry`; 0 for a single resource.
    pub index: usize,
    /// Where it stands: `Bundle.entry[3].resource`, or the type of a single resource.
    pub path: String,
    /// What is to be done.
    pub action: Action,
    /// The exact text of the resource as sent; empty for a deletion.
    pub text: &'a str,
    /// The same, parsed; `Null` for a deletion.
    pub value: Value,
    /// SHA-256 of `text`.
    pub sha256: [u8; 32],
    /// Its `resourceType`.
    pub resource_type: String,
    /// The `id` that its sender gave it.
    pub id: Option<String>,
    /// Where the top-level `id` stands in `text`, quotes included.
    pub id_range: Option<Range<usize>>,
    /// Where a member can be put into `text`: just after the opening brace.
    pub body_start: usize,
    /// How its source knows it: its `id`, else its `fullUrl`, else the hash of its text in hex.
    pub source_ref: String,
    /// Its `fullUrl`.
    pub full_url: Option<String>,
    /// Every reference that may have to be rewritten.
    pub references: Vec<PlannedReference>,
    /// Whom it is about.
    pub subject: Subject,
}

/// What an entry asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Keep it. `if_none_exist` is the query of a conditional create: with a match already
    /// there, nothing is to be done.
    Create {
        /// `identifier=system|value`, as sent.
        if_none_exist: Option<String>,
    },
    /// Keep it as the newer version.
    Update {
        /// The version that its sender believes is current: `W/"3"`.
        if_match: Option<String>,
        /// The query of a conditional update: `identifier=system|value`.
        query: Option<String>,
    },
    /// Take it away; `id` and `resource_type` of the entry say what.
    Delete {
        /// The version that its sender believes is current: `W/"3"`.
        if_match: Option<String>,
        /// The query of a conditional deletion: `identifier=system|value`.
        query: Option<String>,
    },
}

impl Action {
    /// Whether it takes a resource away.
    #[must_use]
    pub const fn takes_away(&self) -> bool {
        matches!(self, Self::Delete { .. })
    }

    /// The version that its sender believes is current.
    #[must_use]
    pub fn if_match(&self) -> Option<&str> {
        match self {
            Self::Create { .. } => None,
            Self::Update { if_match, .. } | Self::Delete { if_match, .. } => if_match.as_deref(),
        }
    }
}

/// One reference inside a resource that can be resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedReference {
    /// The member that holds it: `reference`, or one that holds an address.
    pub member: &'static str,
    /// Where the string stands in the resource's text, quotes included.
    pub range: Range<usize>,
    /// What it names.
    pub target: Target,
    /// What followed the name and stays: `/_history/2`, `#fragment`, or nothing.
    pub suffix: String,
}

/// What a reference names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The entry with this index in [`Plan::entries`].
    Entry(usize),
    /// A resource by its source's own type and id; it may not have been sent yet. To be
    /// rewritten only where the store gave it another id.
    Local {
        /// FHIR type.
        resource_type: String,
        /// The id by which the source knows it.
        id: String,
    },
    /// A conditional reference: the one resource that the query finds.
    Conditional {
        /// FHIR type.
        resource_type: String,
        /// `identifier=system|value`, as sent.
        query: String,
    },
}

impl PlannedReference {
    /// The replacement that makes this reference read `reference` (such as `Patient/0190…`).
    #[must_use]
    pub fn replacement(&self, reference: &str) -> Replacement {
        Replacement::text(self.range.clone(), &format!("{reference}{}", self.suffix))
    }
}

impl PlannedEntry<'_> {
    /// The replacement that gives the resource the id `id`, whether it had one or not.
    #[must_use]
    pub fn id_replacement(&self, id: &str) -> Replacement {
        match &self.id_range {
            Some(range) => Replacement::text(range.clone(), id),
            None => {
                let id = Value::from(id);
                Replacement {
                    range: self.body_start..self.body_start,
                    json: format!("\"id\":{id},"),
                }
            }
        }
    }
}

/// Reads a Bundle of any type but `subscription-notification`s, or a single resource.
///
/// `text` is one JSON value (a byte order mark before it is passed over); a caller with NDJSON
/// calls this once a line. Nothing is half read: a fault in one entry is a fault of the whole.
///
/// # Errors
/// [`PlanError`] with the JSON path of the fault and nothing of the content.
///
/// # Example
/// ```
/// let text = r#"{"resourceType":"Observation","subject":{"reference":"Patient/p"}}"#;
/// let plan = tarn_record::plan(text).unwrap();
/// assert_eq!(plan.entries[0].references.len(), 1);
/// ```
/// Source: FHIR R4 Bundle, "Resolving references in Bundles"; http, "transaction".
pub fn plan(text: &str) -> Result<Plan<'_>, PlanError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).trim();
    check_limits(text.as_bytes(), Limits::BUNDLE).map_err(|e| PlanError::envelope("$", e))?;
    let head: Head<'_> =
        serde_json::from_str(text).map_err(|e| PlanError::envelope("$", not_json(&e)))?;
    let mut plan = if head.resource_type.as_deref() == Some("Bundle") {
        entries_of(&head)?
    } else {
        let resource =
            Resource::parse(text, Limits::RESOURCE).map_err(|e| PlanError::envelope("$", e))?;
        let path = resource.resource_type().to_owned();
        let action = Action::Create {
            if_none_exist: None,
        };
        Plan {
            bundle_type: None,
            entries: vec![planned(0, path, action, resource, None)?],
            left_out: 0,
        }
    };
    let index = Index::of(&plan)?;
    for at in 0..plan.entries.len() {
        let found = references(&plan, at, &index);
        if let Some(entry) = plan.entries.get_mut(at) {
            entry.references = found;
        }
    }
    subject::assign(&mut plan.entries, &index);
    Ok(plan)
}

/// Reads several deliveries, of which each but a lone one is a single resource, as one plan; the
/// index of an entry is the place of its delivery.
///
/// # Errors
/// As [`plan`] for any of them.
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(crate) fn plan_together<'a>(
    deliveries: &[crate::Delivery<'a>],
) -> Result<Plan<'a>, crate::IngestError> {
    let plans: Result<Vec<Plan<'a>>, PlanError> =
        deliveries.iter().map(|one| plan(one.text)).collect();
    together(plans?)
}

/// Makes one plan of several; see [`plan_together`].
pub(crate) fn together(plans: Vec<Plan<'_>>) -> Result<Plan<'_>, crate::IngestError> {
    let alone = plans.len() == 1;
    let mut all = Plan {
        bundle_type: None,
        entries: Vec::with_capacity(plans.len()),
        left_out: 0,
    };
    for (at, mut plan) in plans.into_iter().enumerate() {
        if alone {
            return Ok(plan);
        }
        if plan.bundle_type.is_some() {
            return Err(crate::IngestError::Unreadable {
                path: "$".to_owned(),
                problem: "a Bundle is a delivery of its own".to_owned(),
            });
        }
        for entry in &mut plan.entries {
            entry.index = at;
        }
        all.entries.append(&mut plan.entries);
    }
    keep(&mut all, |_| true);
    Ok(all)
}

/// Leaves only the deliveries at these places in a plan made by [`together`]. An entry that names
/// itself does so at its place in what is left.
pub(crate) fn keep(plan: &mut Plan<'_>, is_kept: impl Fn(usize) -> bool) {
    plan.entries.retain(|entry| is_kept(entry.index));
    for (at, entry) in plan.entries.iter_mut().enumerate() {
        for reference in &mut entry.references {
            if let Target::Entry(to) = &mut reference.target {
                *to = at;
            }
        }
    }
}
