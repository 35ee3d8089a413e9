//! What the privacy officer is told of: looks that the agreement, or the protection of where
//! somebody lives, puts before them.

use tarn_audit::{Action, AlertKind, AlertWindow, Entry, Outcome};
use tarn_governance::{Reason, RelationshipBasis, Verdict};
use tarn_model::{Heading, HeadingSet, PersonId, Purpose, RequestContext, Role};
use uuid::Uuid;

use crate::inside::{Decided, Inside, Linked, entry};
use crate::{AccessError, Acknowledgement, Alert, Alerts, AuditTicket, Demographics, Disclosed};

/// Most alerts that one page shows.
const MOST_ALERTS: u32 = 20;

/// Longest note that an answer keeps, in characters.
const LONGEST_NOTE: usize = 2000;

/// Why the privacy officer is to be told that this record is opened; `None` if they are not.
pub(crate) fn alert(ctx: &RequestContext, decided: &Decided) -> Option<AlertKind> {
    if !decided.ruling.duties.alert_privacy_officer {
        return None;
    }
    Some(if decided.objecting {
        AlertKind::DespiteObjection
    } else if decided.restricted && decided.relationship == RelationshipBasis::SelfClaimed {
        AlertKind::ProtectedPlace
    } else if ctx.purpose == Purpose::Emergency {
        AlertKind::Emergency
    } else {
        AlertKind::Clause
    })
}

impl Inside {
    /// What the privacy officer was told of, newest first. Reading it is itself an event, and so
    /// is each person whose name it shows, in their own log.
    pub(crate) async fn alerts(
        &self,
        ctx: &RequestContext,
        acknowledged: bool,
        before: Option<i64>,
    ) -> Result<Disclosed<Alerts>, AccessError> {
        self.refuse_unless_alerts_are_for(ctx).await?;
        let window = AlertWindow {
            acknowledged,
            before_sequence: before,
            // One more than is shown tells whether there are older ones.
            limit: MOST_ALERTS + 1,
        };
        let mut found = self
            .audit
            .alerts(window)
            .await
            .map_err(AccessError::audit)?;
        let most = usize::try_from(MOST_ALERTS).unwrap_or(usize::MAX);
        let more = found.len() > most;
        found.truncate(most);
        let mut rows = vec![entry(ctx, None, Action::ReadAlerts, Outcome::Permitted)];
        let mut entries = Vec::with_capacity(found.len());
        for alert in found {
            let shown = self.whom(ctx, alert.event.entry.person, &mut rows).await?;
            entries.push(self.shown_alert(alert, shown));
        }
        let older = entries
            .last()
            .filter(|_| more)
            .map(|last| last.look.sequence);
        let receipts = self
            .audit
            .append_all(&rows, self.entropy.as_ref())
            .await
            .map_err(AccessError::audit)?;
        let receipt = receipts.first().ok_or_else(AccessError::no_receipt)?;
        let ticket = AuditTicket::new(receipt, ctx.at);
        Ok(Disclosed::new(Alerts { entries, older }, ticket))
    }

    /// Answers an alert, with what was found. An alert that somebody else has answered, or that
    /// is none, gives [`AccessError::NotFound`].
    pub(crate) async fn acknowledge_alert(
        &self,
        ctx: &RequestContext,
        event: Uuid,
        note: &str,
    ) -> Result<(), AccessError> {
        self.refuse_unless_alerts_are_for(ctx).await?;
        let note: String = note.trim().chars().take(LONGEST_NOTE).collect();
        if note.is_empty() {
            return Err(AccessError::Invalid {
                problem: "say in a few words what you found",
            });
        }
        let open = self.audit.open_alert(event).await;
        let Some(of) = open.map_err(AccessError::audit)? else {
            return Err(AccessError::NotFound);
        };
        let action = Action::AlertAcknowledged;
        let mut row = entry(ctx, of.entry.person, action, Outcome::Permitted);
        row.basis = Some(Linked::ByAlert.word().to_owned());
        row.note = Some(event.to_string());
        let written = self
            .audit
            .acknowledge(event, &note, &row, self.entropy.as_ref())
            .await
            .map_err(AccessError::audit)?;
        match written {
            Some(_) => Ok(()),
            None => Err(AccessError::NotFound),
        }
    }

    /// Alerts are for the privacy officer, as the word of the duty says, and the agreement's
    /// clause for them must hold. For anybody else there is no such page.
    async fn refuse_unless_alerts_are_for(&self, ctx: &RequestContext) -> Result<(), AccessError> {
        let ruling = self.rule_for_nobody(ctx);
        let named = ctx.actor.role == Role::PrivacyOfficer && ctx.purpose == Purpose::AuditReview;
        if named && ruling.headings().contains(Heading::Demographics) {
            return Ok(());
        }
        let mut row = entry(ctx, None, Action::Refused, Outcome::Refused);
        let reason = match &ruling.outcome {
            Verdict::Deny(reason, _) if named => *reason,
            Verdict::Deny(..) | Verdict::Permit => Reason::RoleNotNamed,
        };
        row.reason_code = Some(reason.word().to_owned());
        self.write(&row).await?;
        Err(AccessError::NotFound)
    }

    /// Who an alert is about, as far as the agreement lets its reader see; with the row that says
    /// so in that person's log.
    async fn whom(
        &self,
        ctx: &RequestContext,
        person: Option<PersonId>,
        rows: &mut Vec<Entry>,
    ) -> Result<Option<Demographics>, AccessError> {
        let Some(asked) = person else {
            return Ok(None);
        };
        let decided = self.decide_linked(ctx, asked, Linked::ByAlert).await?;
        let person = decided.person;
        let permitted = decided.ruling.outcome == Verdict::Permit
            && decided.ruling.headings().contains(Heading::Demographics);
        let Some(said) = decided.demographics.first().filter(|_| permitted) else {
            return Ok(None);
        };
        let about = |row: &Entry| row.person == Some(person);
        if !rows.iter().any(about) {
            let mut row = entry(ctx, Some(person), Action::ReadAlerts, Outcome::Permitted);
            row.basis = Some(decided.basis.clone());
            row.headings = HeadingSet::EMPTY.with(Heading::Demographics);
            row.citation = decided
                .ruling
                .permitted
                .iter()
                .find(|grant| grant.heading == Heading::Demographics)
                .map(|grant| grant.citation.to_string());
            rows.push(row);
        }
        Ok(Some(who_they_are(said)))
    }

    fn shown_alert(&self, alert: tarn_audit::Alert, person: Option<Demographics>) -> Alert {
        Alert {
            event: alert.event.id,
            began_at: alert.began_at,
            events: alert.events,
            acknowledgement: alert.acknowledgement.map(|answer| Acknowledgement {
                at: answer.at,
                who: answer.by.display_name,
                organisation: answer.by.organisation_name,
                note: answer.note,
            }),
            look: self.log_entry(alert.event.person_sequence.unwrap_or_default(), alert.event),
            person,
        }
    }
}

/// Enough to know who somebody is, and no more: no address, telephone, practice or relatives.
fn who_they_are(said: &Demographics) -> Demographics {
    Demographics {
        former_names: Vec::new(),
        gender: None,
        died: None,
        addresses: Vec::new(),
        contacts: Vec::new(),
        registered_gp: None,
        registered_gp_name: None,
        registrations: Vec::new(),
        next_of_kin: Vec::new(),
        communication: Vec::new(),
        ..said.clone()
    }
}
