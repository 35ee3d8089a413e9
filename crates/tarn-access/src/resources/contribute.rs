//! Taking what an organisation contributes to its own record.
//!
//! Who may is decided by one clause of the agreement, the one that makes each organisation
//! responsible for what it records and says that data is changed only at its source. So the door
//! writes as the asker's own organisation and as no other, and cites that clause. The language of
//! rules has no verb for it: there is nothing to permit beyond an organisation's own entries.
//! Inside the organisation its registered systems write as feeds do, whole records and new
//! people; somebody who signed in writes only about people with whom the record already shows a
//! link (see `writer`).
//!
//! Every row is on disk before anything is written, those of people who are not held yet among
//! them: the door makes their ids, and the record takes no others. So whatever breaks in between,
//! the log may say too much, which it then corrects, and never too little.

use std::collections::BTreeSet;

use tarn_audit::{Action, Entry, Outcome};
use tarn_governance::Citation;
use tarn_model::{IdMaker, OdsCode, PersonId, Realm, RequestContext};
use tarn_record::{Admission, Connection, Delivery, EntryAction, EntryOutcome, IngestError};

use super::writer::{KeptOut, Unseen, Writer};
use crate::inside::{Inside, entry};
use crate::{AccessError, Disclosed, Narrowing, Rejection, Resource, WriteOutcome, Written};

/// How often it is found anew whom a contribution is about when that changes meanwhile.
const ATTEMPTS: usize = 8;

/// What is said to whom the agreement, or their token, does not let write at all.
const FORBIDDEN: &str = "this may not be written by whoever asks";

/// Who contributes, and by which clause.
pub(super) struct Contributor {
    pub(super) organisation: OdsCode,
    pub(super) clause: Citation,
}

impl Inside {
    pub(crate) async fn contribute(
        &self,
        ctx: &RequestContext,
        narrowing: &Narrowing,
        bundle: &str,
    ) -> Result<Disclosed<Vec<Written>>, AccessError> {
        let contributor = match self.contributor(ctx, narrowing).await? {
            Some(contributor) => contributor,
            None => return Err(self.keep_out(ctx, KeptOut::ByToken).await?),
        };
        let ids = IdMaker::new(self.clock.as_ref(), self.entropy.as_ref());
        // A message of its own each time: the same text sent twice is two requests.
        let message_id = format!("fhir:{}", ids.uuid());
        let delivery = Delivery {
            source: &contributor.organisation,
            message_id: &message_id,
            text: bundle,
            received_at: self.clock.now(),
        };
        for attempt in 0..ATTEMPTS {
            let written = self.take(ctx, narrowing, &contributor, &delivery, ids, attempt);
            if let Some(written) = written.await? {
                return Ok(written);
            }
        }
        Err(rejected(
            "whom it is about kept changing while it was taken",
            None,
            Rejection::Conflict,
        ))
    }

    /// Takes a contribution; `None` if whom it is about changed meanwhile.
    async fn take(
        &self,
        ctx: &RequestContext,
        narrowing: &Narrowing,
        contributor: &Contributor,
        delivery: &Delivery<'_>,
        ids: IdMaker<'_>,
        attempt: usize,
    ) -> Result<Option<Disclosed<Vec<Written>>>, AccessError> {
        let writer = Writer::new(self, ctx, narrowing, contributor);
        let seen = match writer.seen(delivery).await {
            Ok(seen) => seen,
            Err(Unseen::Door(error)) => return Err(error),
            Err(Unseen::Delivery(error)) => {
                return Err(self.reject(ctx, &[], as_seen(narrowing, error)).await?);
            }
        };
        let named = match self.record.subjects(delivery, seen.as_deref()).await {
            Ok(named) => named,
            Err(error) => return Err(self.reject(ctx, &[], as_seen(narrowing, error)).await?),
        };
        let writable = match writer.admit(delivery.text, &named.held).await? {
            Ok(writable) => writable,
            Err(kept_out) => return Err(self.keep_out(ctx, kept_out).await?),
        };
        let decided: Vec<PersonId> = named.held.into_iter().map(|(person, _)| person).collect();
        // What others write meanwhile may make more people of it than were counted.
        let newcomers: Vec<PersonId> = (0..named.newcomers + attempt)
            .map(|_| ids.person())
            .collect();
        let about: Vec<PersonId> = decided.iter().chain(&newcomers).copied().collect();
        // The rows come first: what could not be audited is not taken.
        let rows = contribution_rows(ctx, contributor, &about);
        let ticket = self.write_all(&rows).await?;
        let admission = Admission {
            decided: &decided,
            newcomers: &newcomers,
            seen: seen.as_deref(),
        };
        match self.record.write(delivery, ids, &admission).await {
            Ok(outcomes) => {
                self.note_never_made(ctx, &newcomers, &outcomes).await?;
                let written = outcomes.iter().map(|outcome| writable.written(outcome));
                Ok(Some(Disclosed::new(written.collect(), ticket)))
            }
            Err(IngestError::NotDecided) => {
                self.not_saved(ctx, &about).await?;
                Ok(None)
            }
            Err(error) => Err(self.reject(ctx, &about, as_seen(narrowing, error)).await?),
        }
    }

    /// Whether the asker's organisation may contribute at all: a party with the clause for it,
    /// and a source that has joined. A token that is bound to one person is for reading.
    pub(super) async fn contributor(
        &self,
        ctx: &RequestContext,
        narrowing: &Narrowing,
    ) -> Result<Option<Contributor>, AccessError> {
        let organisation = ctx
            .actor
            .organisation
            .as_ref()
            .filter(|_| ctx.actor.realm == Realm::Staff && narrowing.patient.is_none());
        let Some(organisation) = organisation else {
            return Ok(None);
        };
        let Some(clause) = self.agreement().contribution(organisation, ctx.at) else {
            return Ok(None);
        };
        let register = self.record.sources().await.map_err(AccessError::record)?;
        let joined = register.iter().any(|source| {
            source.organisation == *organisation && source.connection != Connection::NotConnected
        });
        Ok(joined.then(|| Contributor {
            organisation: organisation.clone(),
            clause,
        }))
    }

    /// Writes the row of a contribution that may not be, and says so: of somebody of whom the
    /// asker may not know, what the record says of somebody who is not held.
    async fn keep_out(
        &self,
        ctx: &RequestContext,
        kept_out: KeptOut,
    ) -> Result<AccessError, AccessError> {
        let (person, answer) = match kept_out {
            KeptOut::ByToken => (None, rejected(FORBIDDEN, None, Rejection::Forbidden)),
            KeptOut::At { path, person } => (person, rejection(IngestError::Unresolved { path })),
        };
        let mut row = entry(ctx, person, Action::Refused, Outcome::Refused);
        row.reason_code = Some("not-to-be-written".to_owned());
        row.note = Some("a contribution".to_owned());
        self.write(&row).await?;
        Ok(answer)
    }

    /// Corrects the log, which must not say that something is held which was never saved.
    async fn not_saved(&self, ctx: &RequestContext, about: &[PersonId]) -> Result<(), AccessError> {
        let rows: Vec<Entry> = everybody(about)
            .map(|person| not_saved_row(ctx, person))
            .collect();
        self.write_all(&rows).await.map(|_| ())
    }

    async fn reject(
        &self,
        ctx: &RequestContext,
        about: &[PersonId],
        error: IngestError,
    ) -> Result<AccessError, AccessError> {
        self.not_saved(ctx, about).await?;
        Ok(rejection(error))
    }

    /// Corrects the log where fewer people were made than were counted beforehand.
    async fn note_never_made(
        &self,
        ctx: &RequestContext,
        newcomers: &[PersonId],
        outcomes: &[EntryOutcome],
    ) -> Result<(), AccessError> {
        let made: BTreeSet<PersonId> = outcomes
            .iter()
            .map(|outcome| outcome.resource.person)
            .collect();
        let rows: Vec<Entry> = newcomers
            .iter()
            .filter(|person| !made.contains(person))
            .map(|person| not_saved_row(ctx, Some(*person)))
            .collect();
        if rows.is_empty() {
            return Ok(());
        }
        self.write_all(&rows).await.map(|_| ())
    }
}

/// One row about nobody, which stands for the contribution as a whole, and one for each person
/// it is about.
fn contribution_rows(
    ctx: &RequestContext,
    contributor: &Contributor,
    about: &[PersonId],
) -> Vec<Entry> {
    everybody(about)
        .map(|person| contribution_row(ctx, contributor, person))
        .collect()
}

fn everybody(about: &[PersonId]) -> impl Iterator<Item = Option<PersonId>> + '_ {
    let people = about
        .iter()
        .filter(|person| **person != PersonId::DIRECTORY);
    std::iter::once(None).chain(people.map(|person| Some(*person)))
}

fn not_saved_row(ctx: &RequestContext, person: Option<PersonId>) -> Entry {
    let mut row = entry(ctx, person, Action::Contribute, Outcome::Refused);
    row.reason_code = Some("not-saved".to_owned());
    row
}

fn contribution_row(
    ctx: &RequestContext,
    contributor: &Contributor,
    person: Option<PersonId>,
) -> Entry {
    let mut row = entry(ctx, person, Action::Contribute, Outcome::Permitted);
    row.citation = Some(contributor.clause.to_string());
    row.sources = vec![(contributor.organisation.clone(), "contributes".to_owned())];
    row
}

/// What became of an entry, in the words of the door.
pub(super) fn written(outcome: &EntryOutcome, resource: Resource) -> Written {
    Written {
        index: outcome.index,
        outcome: match outcome.action {
            EntryAction::Created => WriteOutcome::Created,
            EntryAction::Updated => WriteOutcome::Updated,
            EntryAction::Unchanged => WriteOutcome::Unchanged,
            EntryAction::Deleted => WriteOutcome::Deleted,
        },
        resource,
    }
}

fn rejected(problem: impl Into<String>, path: Option<String>, kind: Rejection) -> AccessError {
    AccessError::Rejected {
        problem: problem.into(),
        path,
        kind,
    }
}

/// To somebody who signed in, another organisation's entry is what no entry is: that it is held
/// would say that there is somebody. A feed knows its own ids, and is told that one is taken.
fn as_seen(narrowing: &Narrowing, error: IngestError) -> IngestError {
    match error {
        IngestError::AnothersResource { path } if !narrowing.system => {
            IngestError::Unresolved { path }
        }
        error => error,
    }
}

/// What an answer of the record means to whoever contributed.
fn rejection(error: IngestError) -> AccessError {
    match error {
        IngestError::Unreadable { path, problem } => {
            rejected(problem, Some(path), Rejection::Malformed)
        }
        IngestError::Unresolved { path } => {
            let problem = "it refers to something that is not held";
            rejected(problem, Some(path), Rejection::Invalid)
        }
        IngestError::Identity { path, problem } => {
            rejected(problem, Some(path), Rejection::Invalid)
        }
        IngestError::Superseded { path } => {
            let problem = "it changes a version that is not the current one";
            rejected(problem, Some(path), Rejection::VersionMismatch)
        }
        IngestError::MultipleMatches { path } => {
            let problem = "more than one entry fits its condition";
            rejected(problem, Some(path), Rejection::MultipleMatches)
        }
        IngestError::Duplicate { path } => {
            let problem = "another entry of the same bundle is about the same resource";
            rejected(problem, Some(path), Rejection::Conflict)
        }
        IngestError::AnothersResource { path } => {
            let problem = "another organisation's entry can be changed only at its source";
            rejected(problem, Some(path), Rejection::Forbidden)
        }
        IngestError::MessageReused | IngestError::NotDecided => rejected(
            "somebody else wrote the same at the same time",
            None,
            Rejection::Conflict,
        ),
        IngestError::Store(error) => AccessError::record(error),
    }
}
