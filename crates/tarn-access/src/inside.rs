use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tarn_audit::{Action, AuditLog, Entry, Outcome};
use tarn_consent::ChoiceRegister;
use tarn_governance::{
    Asker, Citation, Objection, Policy, Question, RelationshipBasis, Ruling, Verdict,
};
use tarn_model::{
    Clock, Entropy, Heading, HeadingSet, Label, LabelSet, OdsCode, PersonId, Purpose, Realm,
    RequestContext,
};
use tarn_record::{Demographics, PersonQuery, RecordSource, RecordStore};

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
    /// The person, by the id that holds now, whichever was asked for.
    pub(crate) person: PersonId,
    /// Whether there is such a person, whatever of them may be shown.
    pub(crate) known: bool,
    /// What may be said of who they are.
    pub(crate) demographics: Vec<Demographics>,
    pub(crate) restricted: bool,
    pub(crate) objecting: bool,
    pub(crate) relationship: RelationshipBasis,
    pub(crate) basis: String,
    pub(crate) ruling: Ruling,
    /// Whether a reason in the asker's own words would be enough of a link.
    pub(crate) claimable: bool,
    pub(crate) policy: Arc<Policy>,
}

/// What may link the asker with the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Linked {
    /// Their care, as the record shows it or as the asker says.
    ByCare,
    /// Something about the person that was reported to the asker.
    ByAlert,
}

impl Linked {
    /// The word that the audit row keeps where care is not what links them.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::ByCare => "none",
            Self::ByAlert => "alert",
        }
    }
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
    /// An id that a person no longer has (a page left open, a kept address) is taken for the one
    /// they have now, and their choices are read under every id that they ever had. Without the
    /// choices there is no decision at all.
    pub(crate) async fn decide(
        &self,
        ctx: &RequestContext,
        asked: PersonId,
    ) -> Result<Decided, AccessError> {
        self.decide_linked(ctx, asked, Linked::ByCare).await
    }

    /// The same, where something else than care may link the asker with the person.
    pub(crate) async fn decide_linked(
        &self,
        ctx: &RequestContext,
        asked: PersonId,
        linked: Linked,
    ) -> Result<Decided, AccessError> {
        let ids = self.ids_of(asked).await?;
        let person = ids.first().copied().unwrap_or(asked);
        // Asked at the same time, so that looking the ids up makes nobody wait longer.
        let (choices, demographics) = tokio::join!(
            self.consent.choices_under(&ids),
            self.record.demographics(person)
        );
        let choices = choices.map_err(AccessError::choices)?;
        let mut demographics = demographics.map_err(AccessError::record)?;
        let restricted = demographics.iter().any(|said| said.restricted);
        let own = self.is_own(ctx, person, &demographics).await?;
        let evidence = self.evidence(ctx, person, &demographics, linked).await?;
        let (relationship, basis) = match (own, evidence, &ctx.reason) {
            (true, _, _) => (RelationshipBasis::Own, "own"),
            (false, Some(word), _) => (RelationshipBasis::Evidenced, word),
            (false, None, Some(_)) => (RelationshipBasis::SelfClaimed, "self-claimed"),
            (false, None, None) => (RelationshipBasis::None, "none"),
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
        let claimable = relationship == RelationshipBasis::None && {
            let claimed = tarn_governance::scope(&policy, &with_claim);
            claimed.outcome == Verdict::Permit
                && demographics.iter().any(|said| names(&claimed, said, own))
        };
        // What a source may not share of the record, it may not say of the person either. A row
        // without a date of birth never stands in front of one that has it.
        let known = !demographics.is_empty();
        if ruling.outcome == Verdict::Permit {
            demographics.retain(|said| names(&ruling, said, own));
            demographics.sort_by_key(|said| said.birth_date.is_none());
        }
        if restricted && !own {
            demographics
                .iter_mut()
                .for_each(crate::location::protect_demographics);
        }
        Ok(Decided {
            person,
            known,
            demographics,
            restricted: restricted && !own,
            objecting,
            relationship,
            basis: basis.to_owned(),
            ruling,
            claimable,
            policy,
        })
    }

    /// Every id that a person has or had, the one that holds now first; just the one asked for if
    /// there is no such person.
    pub(crate) async fn ids_of(&self, person: PersonId) -> Result<Vec<PersonId>, AccessError> {
        let ids = self
            .record
            .same_person(person)
            .await
            .map_err(AccessError::record)?;
        Ok(if ids.is_empty() { vec![person] } else { ids })
    }

    /// Whether the asker is this very person, by an NHS number that the identity provider proved.
    ///
    /// A source that says the number is not enough: the record must be the one that the number
    /// is linked with, or somebody's mistyped number would open a stranger's record to its owner.
    async fn is_own(
        &self,
        ctx: &RequestContext,
        person: PersonId,
        demographics: &[Demographics],
    ) -> Result<bool, AccessError> {
        let Some(own) = ctx
            .actor
            .own_nhs_number
            .filter(|_| ctx.actor.realm == Realm::Citizen)
        else {
            return Ok(false);
        };
        if !demographics.iter().any(|said| said.nhs_number == Some(own)) {
            return Ok(false);
        }
        let linked = self
            .record
            .find_people(&PersonQuery::NhsNumber(own), 1)
            .await
            .map_err(AccessError::record)?;
        Ok(linked.first() == Some(&person))
    }

    /// The word of what shows that the asker has to do with the person.
    ///
    /// Care is no link for checking accesses: that somebody was once a patient of the hospital
    /// opens nothing of theirs to the hospital's privacy officer.
    async fn evidence(
        &self,
        ctx: &RequestContext,
        person: PersonId,
        demographics: &[Demographics],
        linked: Linked,
    ) -> Result<Option<&'static str>, AccessError> {
        match (linked, &ctx.actor.organisation, ctx.actor.realm) {
            (Linked::ByAlert, _, _) => Ok(Some(linked.word())),
            (Linked::ByCare, Some(organisation), Realm::Staff)
                if ctx.purpose != Purpose::AuditReview =>
            {
                let links = self
                    .record
                    .relationships(person, organisation)
                    .await
                    .map_err(AccessError::record)?;
                let found = crate::relationship::current(&links, demographics, ctx.at);
                Ok(found.map(|evidence| evidence.word()))
            }
            (Linked::ByCare, _, Realm::Citizen | Realm::Staff) => Ok(None),
        }
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
            person: PersonId::DIRECTORY,
            known: true,
            demographics: Vec::new(),
            restricted: false,
            objecting: false,
            relationship: RelationshipBasis::None,
            basis: "none".to_owned(),
            ruling,
            claimable: false,
            policy,
        }
    }

    /// Whether there is somebody to show.
    pub(crate) fn is_shown(&self) -> bool {
        !self.demographics.is_empty()
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
        alert: None,
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

/// Whether the ruling lets the asker read what this source says of who the person is, labels
/// included.
///
/// Restricted (PDS S-flag) and location labels say where a person can be found is protected. They
/// are met by taking that out (see `location`), which is not done for the person themselves.
fn names(ruling: &Ruling, said: &Demographics, own: bool) -> bool {
    let protected = LabelSet::EMPTY
        .with(Label::Location)
        .with(Label::Restricted);
    let labels = if own {
        said.labels
    } else {
        said.labels.without(protected)
    };
    ruling.permitted.iter().any(|grant| {
        grant.heading == Heading::Demographics
            && grant.sources.contains(&said.source)
            && labels.within(grant.cleared)
    })
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
