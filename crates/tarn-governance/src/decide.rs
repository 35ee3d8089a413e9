//! The decision. Pure and total: every input has an answer, and what no clause permits is
//! refused.
//!
//! Precedence, strongest first: a clause that holds despite an objection and names its roles; the
//! person's objection; a prohibition; a permit; refusal.

use tarn_model::{LabelSet, OdsCode, Realm};

use crate::agreement::{Duties, Effect};
use crate::policy::{Grant, Row};
use crate::{
    Decision, Entry, Objection, Policy, Question, Reason, RelationshipBasis, Ruling, Verdict,
};

/// Decides on one entry of a record.
///
/// It answers the same as [`scope`] for every entry there can be; a property test holds the two
/// together.
#[must_use]
pub fn decide(policy: &Policy, question: &Question<'_>, entry: &Entry<'_>) -> Decision {
    if let Some(reason) = refused_whoever_the_person_is(policy, question) {
        return Decision::Deny(reason, None);
    }
    if !policy.is_party(entry.source) {
        return Decision::Deny(Reason::SourceNotParty, None);
    }
    let permits = |despite: bool| {
        policy.table.iter().find(|row| {
            row.rule.despite_objection == despite && applies(row, question) && row.permits(entry)
        })
    };
    if let Some(row) = permits(true) {
        return Decision::Permit(policy.cite(&row.rule.clause));
    }
    if objects(question) {
        return Decision::Deny(Reason::PersonObjected, objection_clause(policy));
    }
    let forbidding = policy
        .table
        .iter()
        .find(|row| applies(row, question) && row.forbids(entry));
    if let Some(row) = forbidding {
        return Decision::Deny(Reason::Prohibited, Some(policy.cite(&row.rule.clause)));
    }
    match permits(false) {
        Some(row) => Decision::Permit(policy.cite(&row.rule.clause)),
        None => Decision::Deny(why_not(policy, question, entry), None),
    }
}

/// Decides on a whole record: what may be seen of it, as sets that go into a query.
#[must_use]
pub fn scope(policy: &Policy, question: &Question<'_>) -> Ruling {
    if let Some(reason) = refused_whoever_the_person_is(policy, question) {
        return nothing(reason, policy, question);
    }
    let mut permitted = Vec::new();
    let mut duties = Duties::default();
    for row in &policy.table {
        let in_play = row.rule.effect == Effect::Permit
            && applies(row, question)
            && (row.rule.despite_objection || !objects(question));
        if !in_play {
            continue;
        }
        let before = permitted.len();
        for heading in row.rule.headings.iter() {
            permitted.extend(grants(policy, question, row, heading));
        }
        if permitted.len() > before {
            duties.tell_person = true;
            duties.reason_required |= row.rule.duties.reason_required;
            duties.alert_privacy_officer |= row.rule.duties.alerts_for(question.purpose);
        }
    }
    if permitted.is_empty() {
        let reason = if objects(question) {
            Reason::PersonObjected
        } else if linked_enough(policy, question) {
            Reason::HeadingNotNamed
        } else {
            Reason::RelationshipNeeded
        };
        return nothing(reason, policy, question);
    }
    // A record whose place is protected, opened on the asker's own word, is always looked into.
    duties.alert_privacy_officer |=
        question.person_restricted && question.relationship == RelationshipBasis::SelfClaimed;
    Ruling {
        outcome: Verdict::Permit,
        permitted,
        duties,
    }
}

/// What one rule grants under one heading, less what prohibitions take away: sources with the
/// same clearance are granted together.
fn grants(
    policy: &Policy,
    question: &Question<'_>,
    row: &Row,
    heading: tarn_model::Heading,
) -> Vec<Grant> {
    let mut grants: Vec<Grant> = Vec::new();
    for source in &row.sources {
        let Some(cleared) = clearance(policy, question, row, heading, source) else {
            continue;
        };
        match grants.iter_mut().find(|grant| grant.cleared == cleared) {
            Some(grant) => grant.sources.push(source.clone()),
            None => grants.push(Grant {
                heading,
                sources: vec![source.clone()],
                cleared,
                citation: policy.cite(&row.rule.clause),
            }),
        }
    }
    grants
}

/// The labels that entries of one source may carry, or `None` if all its entries are prohibited.
fn clearance(
    policy: &Policy,
    question: &Question<'_>,
    row: &Row,
    heading: tarn_model::Heading,
    source: &OdsCode,
) -> Option<LabelSet> {
    let mut cleared = row.rule.labels;
    if row.rule.despite_objection {
        return Some(cleared);
    }
    let prohibitions = policy.table.iter().filter(|other| {
        other.rule.effect == Effect::Forbid
            && applies(other, question)
            && other.rule.headings.contains(heading)
            && other.sources.contains(source)
    });
    for prohibition in prohibitions {
        if prohibition.rule.labels == LabelSet::EMPTY {
            return None;
        }
        cleared = cleared.without(prohibition.rule.labels);
    }
    Some(cleared)
}

/// The reasons that depend on the asker, the purpose and the day alone, weakest claim first. They
/// may be told to the asker, since they are the same for every person.
fn refused_whoever_the_person_is(policy: &Policy, question: &Question<'_>) -> Option<Reason> {
    if !policy.in_force_at(question.at) {
        return Some(Reason::NotInForce);
    }
    match (question.actor.realm, question.actor.organisation) {
        (Realm::Staff, Some(organisation)) if policy.is_party(organisation) => {}
        (Realm::Staff, _) => return Some(Reason::OrganisationNotParty),
        (Realm::Citizen, _) => {}
    }
    let permits = || {
        policy
            .table
            .iter()
            .filter(|row| row.rule.effect == Effect::Permit)
    };
    let named = |row: &&Row| row.names(question);
    if !permits().any(|row| named(&row)) {
        return Some(Reason::RoleNotNamed);
    }
    let purposed = |row: &&Row| named(row) && row.rule.purposes.contains(&question.purpose);
    if !permits().any(|row| purposed(&row)) {
        return Some(Reason::PurposeNotNamed);
    }
    if !permits().any(|row| purposed(&row) && question.actor.assurance >= row.rule.assurance) {
        return Some(Reason::AssuranceTooLow);
    }
    None
}

/// Whether everything about the rule fits but the entry.
fn applies(row: &Row, question: &Question<'_>) -> bool {
    row.names(question)
        && row.rule.purposes.contains(&question.purpose)
        && question.actor.assurance >= row.rule.assurance
        && row.rule.link.is_met_by(question.relationship)
        && row.rule.until.is_none_or(|until| question.at < until)
}

/// An objection is to sharing with others; it hides nothing from the person themselves.
fn objects(question: &Question<'_>) -> bool {
    match question.objection {
        Objection::None => false,
        Objection::WholeRecord => question.relationship != RelationshipBasis::Own,
    }
}

/// Whether some rule for this asker and purpose needs no more of a link than there is.
fn linked_enough(policy: &Policy, question: &Question<'_>) -> bool {
    policy
        .table
        .iter()
        .any(|row| row.rule.effect == Effect::Permit && applies(row, question))
}

fn why_not(policy: &Policy, question: &Question<'_>, entry: &Entry<'_>) -> Reason {
    let cleared_by = |row: &&Row| applies(row, question) && row.shows(entry);
    let permits = || {
        policy
            .table
            .iter()
            .filter(|row| row.rule.effect == Effect::Permit)
    };
    if permits().any(|row| cleared_by(&row)) {
        Reason::LabelNotCleared
    } else if linked_enough(policy, question) {
        Reason::HeadingNotNamed
    } else {
        Reason::RelationshipNeeded
    }
}

fn nothing(reason: Reason, policy: &Policy, question: &Question<'_>) -> Ruling {
    let citation = match reason {
        Reason::PersonObjected if question.objection == Objection::WholeRecord => {
            objection_clause(policy)
        }
        _ => None,
    };
    Ruling {
        outcome: Verdict::Deny(reason, citation),
        permitted: Vec::new(),
        duties: Duties::default(),
    }
}

fn objection_clause(policy: &Policy) -> Option<crate::Citation> {
    policy
        .agreement
        .objection_clause
        .as_deref()
        .map(|clause| policy.cite(clause))
}

impl Row {
    /// Whether the rule names the asker: role, and kind of organisation for staff.
    fn names(&self, question: &Question<'_>) -> bool {
        self.rule.roles.contains(&question.actor.role)
            && match (question.actor.realm, question.actor.organisation) {
                (Realm::Staff, Some(organisation)) => self.organisations.contains(organisation),
                (Realm::Staff, None) => false,
                (Realm::Citizen, _) => self.rule.kinds.is_empty(),
            }
    }

    fn shows(&self, entry: &Entry<'_>) -> bool {
        self.rule.headings.contains(entry.heading) && self.sources.contains(entry.source)
    }

    fn permits(&self, entry: &Entry<'_>) -> bool {
        self.rule.effect == Effect::Permit
            && self.shows(entry)
            && entry.labels.within(self.rule.labels)
    }

    fn forbids(&self, entry: &Entry<'_>) -> bool {
        self.rule.effect == Effect::Forbid
            && self.shows(entry)
            && (self.rule.labels == LabelSet::EMPTY || entry.labels.meets(self.rule.labels))
    }
}
