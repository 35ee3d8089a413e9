//! The agreement's own examples, run against the decision.

use tarn_model::{Assurance, Heading, Label, LabelSet, OdsCode, Purpose, Realm, Role};

use crate::agreement::{Case, Expected};
use crate::{Asker, Decision, Entry, Objection, Policy, Question, RelationshipBasis, decide};

/// What became of one example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseResult {
    /// The clause that it stands under.
    pub clause: String,
    /// Its line in the text, from 1.
    pub line: usize,
    /// The example as written.
    pub text: String,
    /// Why it does not hold; `None` if it does.
    pub failure: Option<String>,
}

/// Runs every example of the agreement, on its first day in force. A `permit` must come from the
/// clause that the example stands under.
#[must_use]
pub fn run_cases(policy: &Policy) -> Vec<CaseResult> {
    policy
        .cases()
        .iter()
        .map(|case| CaseResult {
            clause: case.clause.clone(),
            line: case.line,
            text: case.text.clone(),
            failure: check(policy, case).err(),
        })
        .collect()
}

fn check(policy: &Policy, case: &Case) -> Result<(), String> {
    let asked = read(&case.text)?;
    let organisation = asked.organisation.as_ref();
    let question = Question {
        actor: Asker {
            realm: if asked.role == Role::Citizen {
                Realm::Citizen
            } else {
                Realm::Staff
            },
            role: asked.role,
            organisation,
            assurance: asked.assurance,
        },
        purpose: asked.purpose,
        relationship: asked.relationship,
        objection: asked.objection,
        person_restricted: false,
        at: policy.agreement.in_force_from,
    };
    let entry = Entry {
        heading: asked.heading,
        labels: asked.labels,
        source: &asked.source,
    };
    match (decide(policy, &question, &entry), &case.expected) {
        (Decision::Permit(citation), Expected::Permit) if citation.clause == case.clause => Ok(()),
        (Decision::Permit(citation), Expected::Permit) => {
            Err(format!("permitted, but by clause {}", citation.clause))
        }
        (Decision::Permit(citation), Expected::Deny(_)) => {
            Err(format!("permitted by clause {}", citation.clause))
        }
        (Decision::Deny(reason, _), Expected::Deny(Some(word))) if reason.word() != word => {
            Err(format!("denied, but because {}", reason.word()))
        }
        (Decision::Deny(..), Expected::Deny(_)) => Ok(()),
        (Decision::Deny(reason, _), Expected::Permit) => Err(format!("denied: {}", reason.word())),
    }
}

struct Asked {
    role: Role,
    organisation: Option<OdsCode>,
    relationship: RelationshipBasis,
    objection: Objection,
    heading: Heading,
    labels: LabelSet,
    source: OdsCode,
    purpose: Purpose,
    assurance: Assurance,
}

/// `ROLE at ODS, LINK, sees HEADING of ODS`, and then, as needed, `labelled LABEL`, `for PURPOSE`,
/// `objected`, `assurance LEVEL`; with commas between.
fn read(text: &str) -> Result<Asked, String> {
    let mut parts = text.split(',').map(str::trim);
    let (role, organisation) = who(parts.next().unwrap_or_default())?;
    let link = match parts.next().unwrap_or_default() {
        "no link" => RelationshipBasis::None,
        "claimed link" => RelationshipBasis::SelfClaimed,
        "evidenced link" => RelationshipBasis::Evidenced,
        "own record" => RelationshipBasis::Own,
        other => return Err(format!("`{other}` is not a link")),
    };
    let (heading, source) = what(parts.next().unwrap_or_default())?;
    let mut asked = Asked {
        role,
        organisation,
        relationship: link,
        objection: Objection::None,
        heading,
        labels: LabelSet::EMPTY,
        source,
        purpose: Purpose::DirectCare,
        assurance: Assurance::High,
    };
    for part in parts {
        match part.split_once(' ') {
            None if part == "objected" => asked.objection = Objection::WholeRecord,
            Some(("labelled", label)) => {
                let label: Label = label
                    .parse()
                    .map_err(|_| format!("`{label}` is no label"))?;
                asked.labels = asked.labels.with(label);
            }
            Some(("for", purpose)) => {
                asked.purpose = purpose
                    .parse()
                    .map_err(|_| format!("`{purpose}` is no purpose"))?;
            }
            Some(("assurance", level)) => {
                asked.assurance = level
                    .parse()
                    .map_err(|_| format!("`{level}` is no level"))?;
            }
            _ => return Err(format!("`{part}` is not understood")),
        }
    }
    Ok(asked)
}

fn who(text: &str) -> Result<(Role, Option<OdsCode>), String> {
    let (role, organisation) = match text.split_once(" at ") {
        Some((role, organisation)) => (role, Some(organisation)),
        None => (text, None),
    };
    let code = organisation
        .map(|code| {
            code.parse()
                .map_err(|_| format!("`{code}` is no organisation code"))
        })
        .transpose()?;
    Ok((
        role.parse().map_err(|_| format!("`{role}` is no role"))?,
        code,
    ))
}

fn what(text: &str) -> Result<(Heading, OdsCode), String> {
    let unclear = || format!("`{text}` is not `sees HEADING of ODS`");
    let (heading, source) = text
        .strip_prefix("sees ")
        .and_then(|t| t.split_once(" of "))
        .ok_or_else(unclear)?;
    let heading = heading
        .parse()
        .map_err(|_| format!("`{heading}` is no heading"))?;
    let source = source
        .parse()
        .map_err(|_| format!("`{source}` is no organisation code"))?;
    Ok((heading, source))
}
