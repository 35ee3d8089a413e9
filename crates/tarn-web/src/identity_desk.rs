use std::sync::Arc;

use async_trait::async_trait;
use tarn_database::to_its_end;
use tarn_identity::{IdentityError, RelyingParty, SessionStore};
use tarn_model::{Clock, Entropy, ErrorKind, Realm};
use tokio::runtime::Handle;

use crate::sign_in::{Begun, Callback, DeskError, Finished, Reach, Session, SignInDesk};

/// The desk over an identity provider and the session store: one per realm.
pub struct IdentityDesk {
    /// Signs people in at the realm's provider.
    pub party: Arc<RelyingParty>,
    /// Keeps sign-ins under way and sessions.
    pub sessions: SessionStore,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness for tokens.
    pub entropy: Arc<dyn Entropy>,
    /// A multi-thread runtime that outlives the desk: the session store's work is done there, to
    /// its end, even if the browser goes away meanwhile.
    pub runtime: Handle,
}

impl IdentityDesk {
    /// A desk answers for its own realm only.
    fn is_mine(&self, realm: Realm) -> bool {
        self.party.config().realm == realm
    }

    /// Does something with the session store, to its end.
    async fn kept<T: Send + 'static, W>(
        &self,
        work: impl FnOnce(SessionStore, Arc<dyn Clock>, Arc<dyn Entropy>) -> W,
    ) -> Result<T, DeskError>
    where
        W: Future<Output = Result<T, IdentityError>> + Send + 'static,
    {
        let (clock, entropy) = (Arc::clone(&self.clock), Arc::clone(&self.entropy));
        let work = work(self.sessions.clone(), clock, entropy);
        to_its_end(&self.runtime, work).await.map_err(said)
    }
}

#[async_trait(?Send)]
impl SignInDesk for IdentityDesk {
    async fn begin(&self, realm: Realm, to: &str, fresh: bool) -> Result<Begun, DeskError> {
        if !self.is_mine(realm) {
            return Err(other_realm());
        }
        let (clock, entropy) = (&*self.clock, &*self.entropy);
        let (redirect, attempt) = self
            .party
            .begin(to, fresh, clock, entropy)
            .await
            .map_err(said)?;
        let attempt = self
            .kept(move |sessions, _, entropy| async move {
                sessions.keep_attempt(&attempt, &*entropy).await
            })
            .await?;
        Ok(Begun { redirect, attempt })
    }

    async fn finish(
        &self,
        realm: Realm,
        attempt: &str,
        callback: &Callback,
        replaces: Option<&str>,
    ) -> Result<Finished, DeskError> {
        if !self.is_mine(realm) {
            return Err(other_realm());
        }
        let (clock, entropy) = (&*self.clock, &*self.entropy);
        let token = attempt.to_owned();
        let attempt = self
            .kept(move |sessions, clock, _| async move {
                sessions.take_attempt(realm, &token, &*clock).await
            })
            .await?
            .ok_or_else(|| said(tarn_identity::Refusal::UnknownAttempt.into()))?;
        let to = attempt.to.clone();
        let signed_in = self
            .party
            .finish(callback, attempt, clock, entropy)
            .await
            .map_err(said)?;
        let replaces = replaces.map(str::to_owned);
        let token = self
            .kept(move |sessions, clock, entropy| async move {
                sessions
                    .create(&signed_in, replaces.as_deref(), &*clock, &*entropy)
                    .await
            })
            .await?;
        Ok(Finished { token, to })
    }

    async fn resolve(&self, realm: Realm, token: &str) -> Result<Option<Session>, DeskError> {
        if !self.is_mine(realm) {
            return Ok(None);
        }
        let token = token.to_owned();
        let found = self
            .kept(move |sessions, clock, _| async move {
                sessions.resolve(realm, &token, &*clock).await
            })
            .await?;
        Ok(found.map(|session| Session {
            csrf_token: session.csrf_token().to_owned(),
            actor: session.actor,
            started_at: session.started_at,
            ends_at: session.ends_at,
            idle_seconds: session.idle_seconds,
        }))
    }

    async fn end(
        &self,
        realm: Realm,
        token: &str,
        reach: Reach,
    ) -> Result<Option<String>, DeskError> {
        if !self.is_mine(realm) {
            return Ok(None);
        }
        let token = token.to_owned();
        let ended = self.kept(move |sessions, _, _| async move {
            let ended = sessions.end(realm, &token).await?;
            if let (Reach::Everywhere, Some(session)) = (reach, &ended) {
                sessions
                    .end_everywhere(realm, &session.actor.user_id)
                    .await?;
            }
            Ok(ended)
        });
        let Some(ended) = ended.await? else {
            return Ok(None);
        };
        // The session here is over, whatever the provider says to that.
        let hint = ended.id_token_hint.as_ref();
        match self.party.end_session_url(hint, &*self.clock).await {
            Ok(address) => Ok(address),
            Err(error) => {
                tracing::warn!(%error, "the provider's own session could not be ended");
                Ok(None)
            }
        }
    }
}

/// What the identity crate says, as a sentence for the person who tried.
fn said(error: IdentityError) -> DeskError {
    let reason = match &error {
        IdentityError::Refused { reason } => {
            let text = reason.to_string();
            let mut letters = text.chars();
            let first = letters.next().map(char::to_uppercase);
            let sentence: String = first.into_iter().flatten().chain(letters).collect();
            format!("{sentence}.")
        }
        IdentityError::Unavailable { .. } => "The list of sign-ins didn’t answer.".to_owned(),
        IdentityError::Provider { .. } => "The sign-in service didn’t answer.".to_owned(),
        IdentityError::Address
        | IdentityError::Configuration { .. }
        | IdentityError::Key { .. } => "Sign-in isn’t set up correctly here.".to_owned(),
    };
    let kind = match error.kind() {
        // A wrong configuration is no mistake of the person who tries to sign in.
        ErrorKind::Invalid if !matches!(error, IdentityError::Refused { .. }) => {
            ErrorKind::Internal
        }
        kind => kind,
    };
    tracing::warn!(%error, "sign-in did not succeed");
    DeskError { kind, reason }
}

fn other_realm() -> DeskError {
    DeskError {
        kind: ErrorKind::Internal,
        reason: "This sign-in belongs to another part of Tarn.".to_owned(),
    }
}
