//! Which answer a refusal gets. The rule: an answer that names its reason is worked out from the
//! asker alone; everything that depends on the person gives the one answer for "absent".

use tarn_governance::{Reason, Verdict};
use tarn_model::{HeadingSet, Realm, RequestContext};

use crate::AccessError;
use crate::inside::{Decided, cite};

/// The answer to give instead of content, or `None` if the record may be opened.
pub(crate) fn answer(ctx: &RequestContext, decided: &Decided) -> Option<AccessError> {
    let (reason, clause) = match &decided.ruling.outcome {
        // Some clauses want a reason in words even where a link is shown.
        Verdict::Permit
            if decided.is_shown()
                && decided.ruling.duties.reason_required
                && ctx.reason.is_none()
                && ctx.actor.realm == Realm::Staff =>
        {
            return Some(AccessError::ReasonNeeded {
                person: decided.person,
            });
        }
        Verdict::Permit if decided.is_shown() => return None,
        Verdict::Permit => return Some(AccessError::NotFound),
        Verdict::Deny(reason, clause) => (*reason, clause),
    };
    match reason {
        // About the asker: the same for every person, so it may be said.
        Reason::NotInForce
        | Reason::OrganisationNotParty
        | Reason::RoleNotNamed
        | Reason::PurposeNotNamed
        | Reason::AssuranceTooLow => Some(AccessError::Refused {
            reason: reason.word(),
            words: reason.words().to_owned(),
            clause: clause
                .as_ref()
                .map(|citation| Box::new(cite(&decided.policy, citation, HeadingSet::EMPTY))),
        }),
        // Nothing links them: they may claim a link, if there is somebody to show them and a claim
        // would be enough; else asking would only tell that the person is known.
        Reason::RelationshipNeeded | Reason::PersonObjected if decided.claimable => {
            Some(AccessError::ReasonNeeded {
                person: decided.person,
            })
        }
        Reason::RelationshipNeeded
        | Reason::PersonObjected
        | Reason::LabelNotCleared
        | Reason::HeadingNotNamed
        | Reason::Prohibited
        | Reason::SourceNotParty => Some(AccessError::NotFound),
    }
}

/// The reason that the audit row keeps, which the person can read.
pub(crate) fn reason_word(decided: &Decided, answer: &AccessError) -> &'static str {
    match (&decided.ruling.outcome, answer) {
        (_, AccessError::ReasonNeeded { .. }) => "reason-needed",
        _ if !decided.known => "no-such-person",
        (Verdict::Deny(reason, _), _) => reason.word(),
        // They are known, but every source keeps who they are from the asker.
        (Verdict::Permit, _) => Reason::LabelNotCleared.word(),
    }
}

/// The clause that refused, as the audit row keeps it.
pub(crate) fn citation(decided: &Decided) -> Option<String> {
    match &decided.ruling.outcome {
        Verdict::Deny(_, citation) => citation.as_ref().map(ToString::to_string),
        Verdict::Permit => None,
    }
}
