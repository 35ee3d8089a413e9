//! The sign-in desk of a running part: the identity desk, with a row in the audit log for every
//! sign-in and sign-out.

use std::sync::Arc;

use async_trait::async_trait;
use tarn_audit::{Action, AuditLog, Entry, Outcome};
use tarn_model::{Actor, Clock, Entropy, ErrorKind, HeadingSet, IdMaker, Purpose, Realm};
use tarn_web::{Begun, Callback, DeskError, Finished, IdentityDesk, Reach, Session, SignInDesk};

/// One part's desk. Without its audit row, nobody is signed in.
pub(crate) struct AuditedDesk {
    pub(crate) desk: IdentityDesk,
    pub(crate) audit: Arc<AuditLog>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
}

#[async_trait(?Send)]
impl SignInDesk for AuditedDesk {
    async fn begin(&self, realm: Realm, to: &str, fresh: bool) -> Result<Begun, DeskError> {
        self.desk.begin(realm, to, fresh).await
    }

    async fn finish(
        &self,
        realm: Realm,
        attempt: &str,
        callback: &Callback,
        replaces: Option<&str>,
    ) -> Result<Finished, DeskError> {
        let finished = self.desk.finish(realm, attempt, callback, replaces).await?;
        let session = self.desk.resolve(realm, &finished.token).await?;
        let written = match &session {
            Some(session) => self.write(&session.actor, Action::SignIn).await,
            None => Err(unaudited()),
        };
        if let Err(error) = written {
            self.desk.end(realm, &finished.token, Reach::Here).await?;
            return Err(error);
        }
        Ok(finished)
    }

    async fn resolve(&self, realm: Realm, token: &str) -> Result<Option<Session>, DeskError> {
        self.desk.resolve(realm, token).await
    }

    async fn end(
        &self,
        realm: Realm,
        token: &str,
        reach: Reach,
    ) -> Result<Option<String>, DeskError> {
        // Ending a session comes first: a full audit log must not keep anybody signed in.
        let session = self.desk.resolve(realm, token).await?;
        let to = self.desk.end(realm, token, reach).await?;
        if let Some(session) = session {
            self.write(&session.actor, Action::SignOut).await?;
        }
        Ok(to)
    }
}

impl AuditedDesk {
    async fn write(&self, actor: &Actor, action: Action) -> Result<(), DeskError> {
        let ids = IdMaker::new(self.clock.as_ref(), self.entropy.as_ref());
        let entry = Entry {
            at: self.clock.now(),
            request_id: ids.uuid(),
            person: None,
            actor: actor.clone(),
            action,
            purpose: Purpose::AuditReview,
            reason: None,
            outcome: Outcome::Permitted,
            basis: None,
            headings: HeadingSet::EMPTY,
            citation: None,
            reason_code: None,
            sources: Vec::new(),
            note: None,
            alert: None,
        };
        match self.audit.append(&entry, self.entropy.as_ref()).await {
            Ok(_) => Ok(()),
            Err(error) => {
                tracing::error!(%error, "a sign-in could not be audited");
                Err(unaudited())
            }
        }
    }
}

fn unaudited() -> DeskError {
    DeskError {
        kind: ErrorKind::Unavailable,
        reason: "The audit log didn’t answer, so nobody can sign in.".to_owned(),
    }
}
