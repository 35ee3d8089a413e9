use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tarn_audit::{Action, AuditLog, Entry, Outcome};
use tarn_consent::ChoiceRegister;
use tarn_governance::{
    Asker, Citation, Objection, Policy, Question, RelationshipBasis, Ruling, Verdict,
};
use tarn_model::{Clock, Entropy, Heading, HeadingSet, OdsCode, PersonId, Realm, RequestContext};
use tarn_record::{Demographics, RecordSource, RecordStore};

use crate::{AccessError, AuditTicket, CitedClause, DoorParts, Opening, SourceStanding};

/// What stands behind the door: the stores, the sources and the agreement.
pub(crate) struct Inside {
    pub(crate) record: Arc<RecordStore>,
    pub(crate) sources: Vec<Arc<dyn RecordSource>>,
    pub(crate) consent: Arc<ChoiceRegister>,
    pub(crate) audit: Arc<AuditLog>,
    policy: RwLock<Arc<Policy>>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) deadline: Duration,
}

/// What the door worked out about one asker and one person.
pub(crate) struct Decided {
    pub(crate) demographics: Vec<Demographics>,
    pub(crate) restricted: bool,
    pub(crate) objecting: bool,
    pub(crate) basis: String,
    pub(crate) ruling: Ruling,
    /// Whether a reason in the asker's own words would be enough of a link.
    pub(crate) claimable: bool,
    pub(crate) policy: Arc<Policy>,
}

impl Inside {
    pub(crate) fn new(parts: DoorParts) -> Self {
        Self {
            record: parts.record,
            sources: parts.sources,
            consent: parts.consent,
            audit: parts.audit,
            policy: RwLock::new(parts.policy),
            clock: parts.clock,
            entropy: parts.entropy,
            deadline: parts.deadline,
        }
    }

    /// The agreement in force, for its words.
    #[must_use]
    pub(crate) fn agreement(&self) -> Arc<Policy> {
        Arc::clone(&self.policy.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts another agreement in force, from the next request on.
    pub(crate) fn replace_agreement(&self, policy: Arc<Policy>) {
        *self.policy.write().unwrap_or_else(PoisonError::into_inner) = policy;
    }

    /// Every source and how it stands now. Holds nothing about any person.
    ///
    /// # Errors
    /// [`AccessError::Unavailable`] if the register does not answer.
    pub(crate) async fn sources(&self) -> Result<Vec<SourceStanding>, AccessError> {
        let now = self.clock.now();
        let sources = self.record.sources().await.map_err(AccessError::record)?;
        Ok(sources
            .into_iter()
            .map(|source| SourceStanding {
                state: source.state_at(now),
                source,
            })
            .collect())
    }

    /// Gathers what the decision needs and decides. Gives nothing out and writes nothing.
    ///
    /// The choices are read first: without them there is no decision at all.
    pub(crate) async fn decide(
        &self,
        ctx: &RequestContext,
        person: PersonId,
    ) -> Result<Decided, AccessError> {
        let choices = self
            .consent
            .choices(person)
            .await
            .map_err(AccessError::choices)?;
        let mut demographics = self
            .record
            .demographics(person)
            .await
            .map_err(AccessError::record)?;
        let restricted = demographics.iter().any(|said| said.restricted);
        let own = is_own(ctx, &demographics);
        let evidence = match (&ctx.actor.organisation, ctx.actor.realm) {
            (Some(organisation), Realm::Staff) => self
                .record
                .relationships(person, organisation)
                .await
                .map_err(AccessError::record)?,
            (_, Realm::Citizen) | (None, Realm::Staff) => Vec::new(),
        };
        let linked = crate::relationship::current(&evidence, ctx.at);
        let (relationship, basis) = match (own, linked, &ctx.reason) {
            (true, _, _) => (RelationshipBasis::Own, "own".to_owned()),
            (false, Some(evidence), _) => {
                (RelationshipBasis::Evidenced, evidence.word().to_owned())
            }
            (false, None, Some(_)) => (RelationshipBasis::SelfClaimed, "self-claimed".to_owned()),
            (false, None, None) => (RelationshipBasis::None, "none".to_owned()),
        };
        let objecting = choices.objects_at(ctx.at);
        let policy = self.agreement();
        let question = Question {
            actor: asker(ctx),
            purpose: ctx.purpose,
            relationship,
            objection: if objecting {
                Objection::WholeRecord
            } else {
                Objection::None
            },
            person_restricted: restricted,
            at: ctx.at,
        };
        let ruling = tarn_governance::scope(&policy, &question);
        let with_claim = Question {
            relationship: RelationshipBasis::SelfClaimed,
            ..question
        };
        let claimable = relationship == RelationshipBasis::None
            && tarn_governance::scope(&policy, &with_claim).outcome == Verdict::Permit;
        // What a source may not share of the record, it may not say of the person either. A row
        // without a date of birth never stands in front of one that has it.
        if ruling.outcome == Verdict::Permit {
            let demographics_of = |source: &OdsCode| {
                ruling.permitted.iter().any(|grant| {
                    grant.heading == Heading::Demographics && grant.sources.contains(source)
                })
            };
            demographics.retain(|said| demographics_of(&said.source));
            demographics.sort_by_key(|said| said.birth_date.is_none());
        }
        if restricted && !own {
            demographics
                .iter_mut()
                .for_each(crate::location::protect_demographics);
        }
        Ok(Decided {
            demographics,
            restricted: restricted && !own,
            objecting,
            basis,
            ruling,
            claimable,
            policy,
        })
    }

    /// Writes one audit row and waits until it is on disk.
    pub(crate) async fn write(&self, entry: &Entry) -> Result<AuditTicket, AccessError> {
        let receipt = self
            .audit
            .append(entry, self.entropy.as_ref())
            .await
            .map_err(AccessError::audit)?;
        Ok(AuditTicket::new(&receipt, entry.at))
    }
}

impl Decided {
    /// A decision that is about the asker alone.
    pub(crate) fn about_nobody(ruling: Ruling, policy: Arc<Policy>) -> Self {
        Self {
            demographics: Vec::new(),
            restricted: false,
            objecting: false,
            basis: "none".to_owned(),
            ruling,
            claimable: false,
            policy,
        }
    }

    /// How and why the record was opened, for the page.
    pub(crate) fn opening(
        &self,
        ctx: &RequestContext,
        citations: &[(Citation, HeadingSet)],
    ) -> Opening {
        Opening {
            at: ctx.at,
            purpose: ctx.purpose,
            basis: self.basis.clone(),
            reason: ctx.reason.clone(),
            clauses: citations
                .iter()
                .map(|(citation, headings)| cite(&self.policy, citation, *headings))
                .collect(),
        }
    }
}

/// An audit row about this request, to be filled in.
pub(crate) fn entry(
    ctx: &RequestContext,
    person: Option<PersonId>,
    action: Action,
    outcome: Outcome,
) -> Entry {
    Entry {
        at: ctx.at,
        request_id: ctx.request_id,
        person,
        actor: ctx.actor.clone(),
        action,
        purpose: ctx.purpose,
        reason: ctx.reason.clone(),
        outcome,
        basis: None,
        headings: HeadingSet::EMPTY,
        citation: None,
        reason_code: None,
        sources: Vec::new(),
        note: None,
    }
}

/// The words of a cited clause.
pub(crate) fn cite(policy: &Policy, citation: &Citation, headings: HeadingSet) -> CitedClause {
    let text = policy
        .clauses()
        .iter()
        .find(|clause| clause.number == citation.clause)
        .map(|clause| clause.text.clone())
        .unwrap_or_default();
    CitedClause {
        number: citation.clause.clone(),
        citation: citation.to_string(),
        text,
        headings,
    }
}

pub(crate) fn asker(ctx: &RequestContext) -> Asker<'_> {
    Asker {
        realm: ctx.actor.realm,
        role: ctx.actor.role,
        organisation: ctx.actor.organisation.as_ref(),
        assurance: ctx.actor.assurance,
    }
}

/// Whether the asker is this very person, by an NHS number that the identity provider proved.
fn is_own(ctx: &RequestContext, demographics: &[Demographics]) -> bool {
    ctx.actor.realm == Realm::Citizen
        && ctx
            .actor
            .own_nhs_number
            .is_some_and(|own| demographics.iter().any(|said| said.nhs_number == Some(own)))
}

/// The states of the sources as the audit row keeps them.
pub(crate) fn states_for_audit(standings: &[SourceStanding]) -> Vec<(OdsCode, String)> {
    standings
        .iter()
        .map(|standing| {
            let word = match standing.state {
                tarn_record::SourceState::Live { .. } => "live",
                tarn_record::SourceState::Late { .. } => "late",
                tarn_record::SourceState::Unavailable { .. } => "unavailable",
                tarn_record::SourceState::NotConnected => "not-connected",
            };
            (standing.source.organisation.clone(), word.to_owned())
        })
        .collect()
}
