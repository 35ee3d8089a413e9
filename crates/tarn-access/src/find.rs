//! Finding a person.

use tarn_audit::{Action, Entry, Outcome};
use tarn_governance::{RelationshipBasis, Verdict};
use tarn_model::{Heading, HeadingSet, PersonId, RequestContext};
use tarn_record::PersonQuery;

use crate::inside::{Decided, Inside, entry};
use crate::{AccessError, AuditTicket, Candidate, Disclosed, Missing};

/// Most people a search may show. A search by name and birth date that fits more is too wide to
/// tell anybody apart, and asks for the NHS number.
const MOST_CANDIDATES: usize = 10;

impl Inside {
    /// Finds people, and shows only those whose record this asker could open, if need be by
    /// giving a reason. Absent, opted out and not for this role look alike: not in the list.
    ///
    /// Each person shown gets a row in their own access log, and the search gets one, whether or
    /// not anybody was found.
    pub(crate) async fn find(
        &self,
        ctx: &RequestContext,
        query: &PersonQuery,
    ) -> Result<Disclosed<Vec<Candidate>>, AccessError> {
        self.refuse_unless_role_may_search(ctx).await?;
        let people = self
            .record
            .find_people(query, MOST_CANDIDATES + 1)
            .await
            .map_err(AccessError::record)?;
        let too_many = people.len() > MOST_CANDIDATES;
        let mut rows = vec![search_row(ctx, query, too_many)];
        let mut candidates = Vec::new();
        if !too_many {
            for person in people {
                let decided = self.decide(&as_if_a_reason_were_given(ctx), person).await?;
                match candidate(person, &decided) {
                    Some(candidate) => {
                        rows.push(shown_row(ctx, person, &decided));
                        candidates.push(candidate);
                    }
                    None => rows.push(hidden_row(ctx, person, &decided)),
                }
            }
        }
        let receipts = self
            .audit
            .append_all(&rows, self.entropy.as_ref())
            .await
            .map_err(AccessError::audit)?;
        if too_many {
            return Err(AccessError::Invalid {
                problem: "more than 10 people fit: give the NHS number, or a first name as well",
            });
        }
        let Some(receipt) = receipts.first() else {
            return Err(AccessError::Unavailable {
                what: Missing::Audit,
                cause: "it gave no receipt".into(),
            });
        };
        Ok(Disclosed::new(
            candidates,
            AuditTicket::new(receipt, ctx.at),
        ))
    }

    /// A role that may open no record may not search either; worked out from the asker alone.
    async fn refuse_unless_role_may_search(&self, ctx: &RequestContext) -> Result<(), AccessError> {
        let decided = Decided::about_nobody(self.rule_for_nobody(ctx), self.agreement());
        match crate::refusal::answer(ctx, PersonId::DIRECTORY, &decided, true) {
            Some(refused @ AccessError::Refused { .. }) => {
                let mut row = entry(ctx, None, Action::Refused, Outcome::Refused);
                row.reason_code = Some(crate::refusal::reason_word(&decided, true).to_owned());
                row.citation = crate::refusal::citation(&decided);
                self.write(&row).await?;
                Err(refused)
            }
            _ => Ok(()),
        }
    }

    /// What the asker may see of somebody about whom everything is in order.
    fn rule_for_nobody(&self, ctx: &RequestContext) -> tarn_governance::Ruling {
        let policy = self.agreement();
        tarn_governance::scope(
            &policy,
            &tarn_governance::Question {
                actor: crate::inside::asker(ctx),
                purpose: ctx.purpose,
                relationship: RelationshipBasis::Evidenced,
                objection: tarn_governance::Objection::None,
                person_restricted: false,
                at: ctx.at,
            },
        )
    }
}

/// Searching asks: could this record be opened, if a reason were given?
fn as_if_a_reason_were_given(ctx: &RequestContext) -> RequestContext {
    let mut asked = ctx.clone();
    asked.reason.get_or_insert_with(|| "search".to_owned());
    asked
}

fn candidate(person: PersonId, decided: &Decided) -> Option<Candidate> {
    let openable = matches!(decided.ruling.outcome, Verdict::Permit)
        && decided.ruling.headings().contains(Heading::Demographics);
    let demographics = decided.demographics.first().filter(|_| openable)?.clone();
    let needs_reason = decided.basis == "self-claimed";
    let mut demographics = demographics;
    if needs_reason {
        // Enough to tell two people apart; where they live and whom they know comes with a reason.
        demographics.addresses.clear();
        demographics.contacts.clear();
        demographics.next_of_kin.clear();
    }
    Some(Candidate {
        person,
        demographics,
        location_protected: decided.restricted,
        needs_reason,
    })
}

fn search_row(ctx: &RequestContext, query: &PersonQuery, too_many: bool) -> Entry {
    let mut row = entry(ctx, None, Action::Search, Outcome::Permitted);
    row.note = Some(
        match (query, too_many) {
            (_, true) => "too many people fitted",
            (PersonQuery::NhsNumber(_), false) => "by NHS number",
            (PersonQuery::NameAndBirth { .. }, false) => "by name and date of birth",
        }
        .to_owned(),
    );
    row
}

fn shown_row(ctx: &RequestContext, person: PersonId, decided: &Decided) -> Entry {
    let mut row = entry(ctx, Some(person), Action::Shown, Outcome::Permitted);
    row.basis = Some(decided.basis.clone());
    row.headings = HeadingSet::EMPTY.with(Heading::Demographics);
    row.citation = decided
        .ruling
        .permitted
        .iter()
        .find(|grant| grant.heading == Heading::Demographics)
        .map(|grant| grant.citation.to_string());
    row
}

fn hidden_row(ctx: &RequestContext, person: PersonId, decided: &Decided) -> Entry {
    let known = !decided.demographics.is_empty();
    let mut row = entry(
        ctx,
        known.then_some(person),
        Action::Refused,
        Outcome::Refused,
    );
    row.reason_code = Some(crate::refusal::reason_word(decided, known).to_owned());
    row.citation = crate::refusal::citation(decided);
    row
}
