//! Opening one person's record.

use tarn_audit::{Action, Outcome};
use tarn_model::{Heading, OdsCode, PersonId, Realm, RequestContext};

use crate::fetch::{Gathered, gather};
use crate::inside::{Decided, Inside, entry, states_for_audit};
use crate::location::{LineGuard, Organisations, protect_senders};
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
        let person = decided.person;
        self.refuse_unless_permitted(ctx, &decided).await?;
        let mut register = self.sources().await?;
        let scope = Scope::new(&decided.ruling, ask.headings);
        let (ticket, gathered) = self
            .audit_and_gather(ctx, person, &decided, &register, &scope, ask)
            .await?;
        let expected = states_for_audit(&register);
        for standing in &mut register {
            if let Some(state) = gathered.states.get(&standing.source.organisation) {
                standing.state = *state;
            }
        }
        self.correct_states(ctx, person, &ticket, &expected, &register)
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
        decided: &Decided,
    ) -> Result<(), AccessError> {
        let Some(answer) = crate::refusal::answer(ctx, decided) else {
            return Ok(());
        };
        let mut row = entry(
            ctx,
            decided.known.then_some(decided.person),
            Action::Refused,
            Outcome::Refused,
        );
        row.basis = Some(decided.basis.clone());
        row.reason_code = Some(crate::refusal::reason_word(decided, &answer).to_owned());
        row.citation = crate::refusal::citation(decided);
        self.write(&row).await?;
        Err(answer)
    }

    /// The row of an opening is written while the sources are asked, so it says how they stood
    /// before. Where one met the asker differently (it failed, or came late) a second row says
    /// how, before anything is given out; it belongs to the first and is no look of its own.
    async fn correct_states(
        &self,
        ctx: &RequestContext,
        person: PersonId,
        opening: &AuditTicket,
        expected: &[(OdsCode, String)],
        met: &[SourceStanding],
    ) -> Result<(), AccessError> {
        let met = states_for_audit(met);
        if met == expected {
            return Ok(());
        }
        let mut row = entry(ctx, Some(person), Action::SourcesMet, Outcome::Permitted);
        row.note = Some(format!("of entry {}", opening.sequence()));
        row.sources = met;
        self.write(&row).await?;
        Ok(())
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
        row.alert = crate::alerts::alert(ctx, decided);
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
    mut decided: Decided,
    mut register: Vec<SourceStanding>,
    scope: &Scope,
    mut gathered: Gathered,
) -> PersonRecord {
    if decided.restricted {
        let lines = gathered.lines.iter().chain(&gathered.held);
        let senders = lines
            .map(|line| &line.source)
            .chain(decided.demographics.iter().map(|said| &said.source));
        let organisations = Organisations::protect(&mut register, senders);
        let mut guard = LineGuard::new(&organisations);
        guard.protect(&mut gathered.lines);
        guard.protect(&mut gathered.held);
        protect_senders(&mut decided.demographics, &organisations);
    }
    let newest_first = |line: &tarn_record::Line| {
        let when = line.clinical_at.or(line.recorded_at).map(|when| when.at);
        (
            line.heading,
            std::cmp::Reverse(when),
            line.resource_id.clone(),
        )
    };
    for line in gathered.lines.iter_mut().chain(&mut gathered.held) {
        if !opens(line, &decided) {
            line.detail.opens = None;
        }
    }
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

/// Whether what the line points to can open for this asker. What an alert points to may be a
/// letter, which is read by the rules for letters.
fn opens(line: &tarn_record::Line, decided: &Decided) -> bool {
    let Some((kind, _)) = line
        .detail
        .opens
        .as_deref()
        .and_then(|to| to.split_once('/'))
    else {
        return false;
    };
    match (line.heading, kind) {
        (Heading::Alerts, "Composition" | "DocumentReference") => {
            decided.ruling.permitted.iter().any(|grant| {
                grant.heading == Heading::Documents && grant.sources.contains(&line.source)
            })
        }
        (Heading::Alerts, "Binary") | (Heading::Documents, _) => true,
        _ => false,
    }
}
