//! What a person does with their own record: read it, see who looked, choose.

use tarn_audit::{Action, Outcome, Window};
use tarn_consent::{Channel, Directive, NewDirective, RecordedBy};
use tarn_governance::{Objection, Question, RelationshipBasis};
use tarn_model::{Heading, IdMaker, PersonId, Realm, RequestContext, Role};
use tarn_record::{Line, PersonQuery, Polarity};

use crate::inside::{Inside, cite, entry};
use crate::scope::Scope;
use crate::{
    AccessError, AccessLog, Ask, Choices, Disclosed, Document, LogEntry, PersonRecord, Preview,
};

impl Inside {
    /// The signed-in person's own record.
    pub(crate) async fn own_record(
        &self,
        ctx: &RequestContext,
    ) -> Result<Disclosed<PersonRecord>, AccessError> {
        let person = self.own_person(ctx).await?;
        self.open(ctx, person, &Ask::default()).await
    }

    /// One of the person's own documents.
    pub(crate) async fn own_document(
        &self,
        ctx: &RequestContext,
        resource_type: &str,
        resource_id: &str,
    ) -> Result<Disclosed<Document>, AccessError> {
        let person = self.own_person(ctx).await?;
        self.read_document(ctx, person, resource_type, resource_id)
            .await
    }

    /// Who has looked at the person's record, newest first. Reading it is itself a row.
    pub(crate) async fn access_log(
        &self,
        ctx: &RequestContext,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Disclosed<AccessLog>, AccessError> {
        let person = self.own_person(ctx).await?;
        let row = entry(ctx, Some(person), Action::ReadAccessLog, Outcome::Permitted);
        let ticket = self.write(&row).await?;
        let window = Window {
            before_sequence: before,
            limit,
            ..Window::default()
        };
        // What was written under an id that they had before is theirs to read as well.
        let ids = self.ids_of(person).await?;
        let events = self
            .audit
            .of_person_under(&ids, window)
            .await
            .map_err(AccessError::audit)?;
        let total = events.iter().map(|(place, _)| *place).max();
        let entries: Vec<_> = events
            .into_iter()
            .map(|(place, event)| self.log_entry(place, event))
            .collect();
        let complete = entries
            .iter()
            .zip(entries.iter().skip(1))
            .all(|(later, earlier)| later.person_sequence == earlier.person_sequence + 1);
        let log = AccessLog {
            entries,
            total: total.unwrap_or(0),
            complete,
        };
        Ok(Disclosed::new(log, ticket))
    }

    pub(crate) fn log_entry(&self, place: i64, event: tarn_audit::Event) -> LogEntry {
        let policy = self.agreement();
        let organisation = event.entry.actor.organisation.clone().map(|code| {
            (
                code,
                event
                    .entry
                    .actor
                    .organisation_name
                    .clone()
                    .unwrap_or_default(),
            )
        });
        let clause = event.entry.citation.as_deref().map(|citation| {
            let number = citation.rsplit_once('#').map_or("", |(_, number)| number);
            let of_this_text = policy.cites(citation);
            let clause = tarn_governance::Citation {
                agreement: policy.id().to_owned(),
                version: policy.version().to_owned(),
                hash: policy.hash().to_owned(),
                clause: number.to_owned(),
            };
            let mut cited = cite(&policy, &clause, event.entry.headings);
            citation.clone_into(&mut cited.citation);
            if !of_this_text {
                // The words may have changed since: only the number is certain.
                cited.text.clear();
            }
            cited
        });
        LogEntry {
            sequence: event.sequence,
            person_sequence: place,
            at: event.entry.at,
            action: event.entry.action.word().to_owned(),
            permitted: event.entry.outcome == Outcome::Permitted,
            who: event.entry.actor.display_name,
            role: event.entry.actor.role,
            organisation,
            purpose: event.entry.purpose,
            basis: event.entry.basis,
            reason: event.entry.reason,
            headings: event.entry.headings,
            clause,
            reason_code: event.entry.reason_code,
            note: event.entry.note,
            alert: event.entry.alert,
        }
    }

    /// The person's choices, now and before.
    pub(crate) async fn choices(
        &self,
        ctx: &RequestContext,
    ) -> Result<Disclosed<Choices>, AccessError> {
        let person = self.own_person(ctx).await?;
        let ids = self.ids_of(person).await?;
        let choices = self
            .consent
            .choices_under(&ids)
            .await
            .map_err(AccessError::choices)?;
        let row = entry(ctx, Some(person), Action::ReadChoices, Outcome::Permitted);
        let ticket = self.write(&row).await?;
        let sharing = !choices.objects_at(ctx.at);
        let history = choices.into_history();
        Ok(Disclosed::new(Choices { sharing, history }, ticket))
    }

    /// What somebody in `as_role`, involved in the person's care, would see before and after an
    /// opt-out: worked out by the same policy and the same query as a real opening.
    pub(crate) async fn preview_choice(
        &self,
        ctx: &RequestContext,
        as_role: Role,
    ) -> Result<Disclosed<Preview>, AccessError> {
        let person = self.own_person(ctx).await?;
        let own = self.open(ctx, person, &Ask::default()).await?;
        let policy = self.agreement();
        let organisation = policy
            .party_for_role(as_role)
            .map(|party| party.ods.clone());
        let seen = |objection: Objection| {
            let ruling = tarn_governance::scope(
                &policy,
                &Question {
                    actor: tarn_governance::Asker {
                        realm: Realm::Staff,
                        role: as_role,
                        organisation: organisation.as_ref(),
                        assurance: tarn_model::Assurance::High,
                    },
                    purpose: tarn_model::Purpose::DirectCare,
                    relationship: RelationshipBasis::Evidenced,
                    objection,
                    person_restricted: own.demographics.iter().any(|said| said.restricted),
                    at: ctx.at,
                },
            );
            let scope = Scope::new(&ruling, None);
            Heading::ALL
                .iter()
                .map(|heading| {
                    // "No known allergies" and mistakes are lines too, but nothing to miss.
                    let asserted = |line: &&Line| line.polarity == Polarity::Asserted;
                    let lines = own.under(*heading).filter(asserted);
                    (*heading, lines.filter(|line| scope.allows(line)).count())
                })
                .filter(|(_, count)| *count > 0)
                .collect::<Vec<_>>()
        };
        let preview = Preview {
            role: as_role,
            sharing: seen(Objection::None),
            opted_out: seen(Objection::WholeRecord),
            not_answering: own
                .ledger
                .sources
                .iter()
                .filter(|s| matches!(s.state, tarn_record::SourceState::Unavailable { .. }))
                .map(|s| s.source.name.clone())
                .collect(),
        };
        Ok(own.map(|_| preview))
    }

    /// Records the person's choice: to share, or to opt out of sharing. It holds from the very
    /// next request on, and stands in their access log.
    ///
    /// The audit row is written first: a choice that could not be audited is not taken.
    pub(crate) async fn choose(
        &self,
        ctx: &RequestContext,
        share: bool,
        consequences_read: bool,
    ) -> Result<Disclosed<Directive>, AccessError> {
        let person = self.own_person(ctx).await?;
        let former: Vec<PersonId> = self
            .ids_of(person)
            .await?
            .into_iter()
            .filter(|id| *id != person)
            .collect();
        let mut row = entry(
            ctx,
            Some(person),
            Action::ChoiceRecorded,
            Outcome::Permitted,
        );
        row.note = Some(if share { "opted back in" } else { "opted out" }.to_owned());
        let ticket = self.write(&row).await?;
        let by = RecordedBy {
            name: ctx.actor.display_name.clone(),
            role: ctx.actor.role,
        };
        let new = NewDirective::whole_record(share, Channel::Portal, consequences_read, ctx.at);
        let ids = IdMaker::new(self.clock.as_ref(), self.entropy.as_ref());
        let recorded = self
            .consent
            .record_under(person, &former, &new, &by, &ids, ctx.at);
        match recorded.await {
            Ok(directive) => Ok(Disclosed::new(directive, ticket)),
            Err(error) => {
                // The log must not say that a choice holds which was never saved.
                let mut failed = entry(ctx, Some(person), Action::ChoiceRecorded, Outcome::Refused);
                failed.reason_code = Some("not-saved".to_owned());
                failed.note = row.note.map(|note| format!("{note}: not saved"));
                self.write(&failed).await?;
                Err(AccessError::choices(error))
            }
        }
    }

    /// The person that the signed-in citizen is, by the number their provider proved.
    async fn own_person(&self, ctx: &RequestContext) -> Result<PersonId, AccessError> {
        let Some(number) = ctx
            .actor
            .own_nhs_number
            .filter(|_| ctx.actor.realm == Realm::Citizen)
        else {
            return self.nobody(ctx).await;
        };
        let people = self
            .record
            .find_people(&PersonQuery::NhsNumber(number), 1)
            .await
            .map_err(AccessError::record)?;
        match people.first() {
            Some(person) => Ok(*person),
            None => self.nobody(ctx).await,
        }
    }

    /// Writes down that somebody asked for a record of their own and there is none.
    async fn nobody(&self, ctx: &RequestContext) -> Result<PersonId, AccessError> {
        let mut row = entry(ctx, None, Action::Refused, Outcome::Refused);
        row.reason_code = Some("no-such-person".to_owned());
        self.write(&row).await?;
        Err(AccessError::NotFound)
    }
}
