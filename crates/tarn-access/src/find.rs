//! Finding a person.

use tarn_audit::{Action, Entry, Outcome};
use tarn_governance::{RelationshipBasis, Verdict};
use tarn_model::{Heading, HeadingSet, PersonId, RequestContext};
use tarn_record::{Demographics, PersonQuery};

use crate::inside::{Decided, Inside, entry};
use crate::location::{Organisations, protect_senders};
use crate::resources::score::is_a_similar_name;
use crate::{AccessError, AuditTicket, Candidate, Disclosed, SourceStanding};

/// Most people a search may show. A search by name and birth date that fits more is too wide to
/// tell anybody apart, and asks for the NHS number.
const MOST_CANDIDATES: usize = 10;

/// Most people born on one day whose names are compared: some twenty in a region.
const MOST_BORN: usize = 200;

/// Whether what one source says of a person is what is looked for.
type Fits<'f> = &'f (dyn Fn(&Demographics) -> bool + Send + Sync);

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
        let register = self.sources().await?;
        let mut rows = vec![search_row(ctx, query, too_many)];
        let mut candidates = Vec::new();
        if !too_many {
            let fits = |said: &Demographics| query.fits(said);
            candidates = self
                .candidates(ctx, (query, &fits), &people, &register, &mut rows)
                .await?;
            // Only what is shown decides on whether to look further: whoever is hidden must look
            // like whoever is not there.
            if candidates.is_empty() {
                candidates = self.similar(ctx, query, &register, &mut rows).await?;
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
        let receipt = receipts.first().ok_or_else(AccessError::no_receipt)?;
        Ok(Disclosed::new(
            candidates,
            AuditTicket::new(receipt, ctx.at),
        ))
    }

    /// The first of these people who may be shown, as many as a search may show, each with a row in
    /// their log; the others have one that says so. Whoever is hidden takes nobody's place.
    async fn candidates(
        &self,
        ctx: &RequestContext,
        (query, fits): (&PersonQuery, Fits<'_>),
        people: &[PersonId],
        register: &[SourceStanding],
        rows: &mut Vec<Entry>,
    ) -> Result<Vec<Candidate>, AccessError> {
        let mut candidates = Vec::new();
        for person in people {
            if candidates.len() == MOST_CANDIDATES {
                break;
            }
            let decided = self
                .decide(&as_if_a_reason_were_given(ctx), *person)
                .await?;
            match candidate(query, &decided, fits, register) {
                Some(candidate) => {
                    rows.push(shown_row(ctx, &decided));
                    candidates.push(candidate);
                }
                None => rows.push(hidden_row(ctx, &decided)),
            }
        }
        Ok(candidates)
    }

    /// People born on the same day whose names are written or sound alike, where the name as it was
    /// typed shows nobody.
    async fn similar(
        &self,
        ctx: &RequestContext,
        query: &PersonQuery,
        register: &[SourceStanding],
        rows: &mut Vec<Entry>,
    ) -> Result<Vec<Candidate>, AccessError> {
        let PersonQuery::NameAndBirth {
            family,
            given,
            birth_date,
        } = query
        else {
            return Ok(Vec::new());
        };
        let fits = |said: &Demographics| {
            let born = said.birth_date.is_some_and(|when| when.at == *birth_date);
            born && is_a_similar_name(family, given.as_deref(), said)
        };
        let born = self.record.people_born_on(*birth_date, MOST_BORN).await;
        let mut alike = Vec::new();
        for person in born.map_err(AccessError::record)? {
            let held = self.record.demographics(person).await;
            let held = held.map_err(AccessError::record)?;
            if held.iter().any(fits) {
                alike.push(person);
            }
        }
        self.candidates(ctx, (query, &fits), &alike, register, rows)
            .await
    }

    /// A role that may open no record may not search either; worked out from the asker alone.
    pub(crate) async fn refuse_unless_role_may_search(
        &self,
        ctx: &RequestContext,
    ) -> Result<(), AccessError> {
        let decided = Decided::about_nobody(self.rule_for_nobody(ctx), self.agreement());
        match crate::refusal::answer(ctx, &decided) {
            Some(refused @ AccessError::Refused { .. }) => {
                let mut row = entry(ctx, None, Action::Refused, Outcome::Refused);
                row.reason_code = Some(crate::refusal::reason_word(&decided, &refused).to_owned());
                row.citation = crate::refusal::citation(&decided);
                self.write(&row).await?;
                Err(refused)
            }
            _ => Ok(()),
        }
    }

    /// What the asker may see of somebody about whom everything is in order.
    pub(crate) fn rule_for_nobody(&self, ctx: &RequestContext) -> tarn_governance::Ruling {
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

fn candidate(
    query: &PersonQuery,
    decided: &Decided,
    fits: Fits<'_>,
    register: &[SourceStanding],
) -> Option<Candidate> {
    let openable = matches!(decided.ruling.outcome, Verdict::Permit)
        && decided.ruling.headings().contains(Heading::Demographics);
    // A name that only a source says which is kept from the asker finds nobody: the search would
    // tell what the record does not. The NHS number is everybody's key and tells no more.
    let said = decided.demographics.iter();
    let found = match query {
        PersonQuery::NhsNumber(_) => true,
        PersonQuery::NameAndBirth { .. } => said.clone().any(fits),
    };
    let mut shown: Vec<_> = said
        .take(1)
        .filter(|_| openable && found)
        .cloned()
        .collect();
    if decided.restricted {
        let senders = shown.iter().map(|said| &said.source);
        let organisations = Organisations::protect(&mut register.to_vec(), senders);
        protect_senders(&mut shown, &organisations);
    }
    let mut demographics = shown.pop()?;
    let needs_reason = decided.basis == "self-claimed";
    if needs_reason {
        // Enough to tell two people apart; where they live and whom they know comes with a reason.
        demographics.addresses.clear();
        demographics.contacts.clear();
        demographics.next_of_kin.clear();
    }
    Some(Candidate {
        person: decided.person,
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

/// A name in a list is not yet a look: the privacy officer is told when the record is opened.
fn shown_row(ctx: &RequestContext, decided: &Decided) -> Entry {
    let mut row = entry(ctx, Some(decided.person), Action::Shown, Outcome::Permitted);
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

fn hidden_row(ctx: &RequestContext, decided: &Decided) -> Entry {
    let mut row = entry(
        ctx,
        decided.known.then_some(decided.person),
        Action::Refused,
        Outcome::Refused,
    );
    row.reason_code = Some(crate::refusal::reason_word(decided, &AccessError::NotFound).to_owned());
    row.citation = crate::refusal::citation(decided);
    row
}
