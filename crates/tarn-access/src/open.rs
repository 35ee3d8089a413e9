//! Opening one person's record.

use tarn_audit::{Action, Outcome};
use tarn_model::{PersonId, Realm, RequestContext};

use crate::fetch::{Gathered, gather};
use crate::inside::{Decided, Inside, entry, states_for_audit};
use crate::scope::Scope;
use crate::{AccessError, Ask, AuditTicket, Disclosed, Ledger, PersonRecord, SourceStanding};

impl Inside {
    /// Opens a person's record for whoever `ctx` says is asking.
    ///
    /// Decides, then writes the audit row and asks the sources at the same time, and gives
    /// nothing out before both are done.
    pub(crate) async fn open(
        &self,
        ctx: &RequestContext,
        person: PersonId,
        ask: &Ask,
    ) -> Result<Disclosed<PersonRecord>, AccessError> {
        let decided = self.decide(ctx, person).await?;
        self.refuse_unless_permitted(ctx, person, &decided).await?;
        let register = self.sources().await?;
        let scope = Scope::new(&decided.ruling, ask.headings);
        let (ticket, gathered) = self
            .audit_and_gather(ctx, person, &decided, &register, &scope, ask)
            .await?;
        Ok(Disclosed::new(
            assemble(ctx, person, decided, register, &scope, gathered),
            ticket,
        ))
    }

    /// Writes the refusal, if it is one, and turns it into the answer.
    pub(crate) async fn refuse_unless_permitted(
        &self,
        ctx: &RequestContext,
        person: PersonId,
        decided: &Decided,
    ) -> Result<(), AccessError> {
        let known = !decided.demographics.is_empty();
        let Some(answer) = crate::refusal::answer(ctx, person, decided, known) else {
            return Ok(());
        };
        if let AccessError::ReasonNeeded { .. } = answer {
            return Err(answer);
        }
        let mut row = entry(
            ctx,
            known.then_some(person),
            Action::Refused,
            Outcome::Refused,
        );
        row.basis = Some(decided.basis.clone());
        row.reason_code = Some(crate::refusal::reason_word(decided, known).to_owned());
        row.citation = crate::refusal::citation(decided);
        self.write(&row).await?;
        Err(answer)
    }

    async fn audit_and_gather(
        &self,
        ctx: &RequestContext,
        person: PersonId,
        decided: &Decided,
        register: &[SourceStanding],
        scope: &Scope,
        ask: &Ask,
    ) -> Result<(AuditTicket, Gathered), AccessError> {
        let action = match ctx.actor.realm {
            Realm::Staff => Action::Open,
            Realm::Citizen => Action::ReadOwnRecord,
        };
        let mut row = entry(ctx, Some(person), action, Outcome::Permitted);
        row.basis = Some(decided.basis.clone());
        row.headings = scope.headings();
        row.citation = scope
            .citations()
            .first()
            .map(|(citation, _)| citation.to_string());
        row.sources = states_for_audit(register);
        let sources: Vec<_> = register.iter().map(|s| s.source.clone()).collect();
        let (written, gathered) = tokio::join!(
            self.write(&row),
            gather(
                &self.sources,
                &sources,
                person,
                scope,
                ask.held_copies,
                self.deadline
            ),
        );
        Ok((written?, gathered))
    }
}

fn assemble(
    ctx: &RequestContext,
    person: PersonId,
    decided: Decided,
    mut register: Vec<SourceStanding>,
    scope: &Scope,
    mut gathered: Gathered,
) -> PersonRecord {
    for standing in &mut register {
        if let Some(state) = gathered.states.get(&standing.source.organisation) {
            standing.state = *state;
        }
    }
    if decided.restricted {
        crate::location::protect_lines(&mut gathered.lines);
        crate::location::protect_lines(&mut gathered.held);
    }
    let newest_first = |line: &tarn_record::Line| {
        let when = line.clinical_at.or(line.recorded_at).map(|when| when.at);
        (
            line.heading,
            std::cmp::Reverse(when),
            line.resource_id.clone(),
        )
    };
    gathered.lines.sort_by_cached_key(newest_first);
    gathered.held.sort_by_cached_key(newest_first);
    let permitted = decided.ruling.headings();
    let hidden_from_others = ctx.actor.realm == Realm::Citizen && decided.objecting;
    let opening = decided.opening(ctx, &scope.citations());
    PersonRecord {
        person,
        demographics: decided.demographics,
        location_protected: decided.restricted,
        ledger: Ledger::build(register, permitted, hidden_from_others, &gathered.lines),
        lines: gathered.lines,
        held: gathered.held,
        permitted,
        opening,
    }
}
