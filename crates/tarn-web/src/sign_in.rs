use async_trait::async_trait;
pub use tarn_identity::Callback;
use tarn_model::{Actor, ErrorKind, Realm, Timestamp};

/// A signed-in person's session, as the desk keeps it.
#[derive(Clone)]
pub struct Session {
    /// Who signed in.
    pub actor: Actor,
    /// The secret that the session's own forms carry.
    pub csrf_token: String,
    /// When they signed in.
    pub started_at: Timestamp,
    /// When the session ends however much it is used.
    pub ends_at: Timestamp,
    /// How long it lives without use, in seconds.
    pub idle_seconds: i64,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("realm", &self.actor.realm)
            .field("started_at", &self.started_at)
            .finish_non_exhaustive()
    }
}

/// A sign-in that has begun: where to send the browser, and the secret it must bring back.
pub struct Begun {
    /// The provider's address to go to.
    pub redirect: String,
    /// Goes into the attempt cookie; without it the callback is refused.
    pub attempt: String,
}

/// A sign-in that was completed.
pub struct Finished {
    /// Goes into the session cookie; the store keeps only its digest.
    pub token: String,
    /// Where the person was going.
    pub to: String,
}

/// Why a sign-in did not succeed.
#[derive(Debug, Clone, thiserror::Error)]
#[error("sign-in did not succeed: {reason}")]
pub struct DeskError {
    /// The kind: `Denied` when the provider or a claim says no, `Invalid` when the attempt is
    /// not known or spent, `Unavailable` when provider or store do not answer.
    pub kind: ErrorKind,
    /// Why, in a sentence for the person who tried; no personal data.
    pub reason: String,
}

/// Where sign-ins are begun, finished, looked up and ended.
///
/// Its futures stay on the worker that began them (`#[async_trait(?Send)]`), as actix-web's
/// handlers do. [`crate::IdentityDesk`] is the one over a provider and the session store;
/// [`crate::testing::OpenDesk`] signs test people in without either.
#[async_trait(?Send)]
pub trait SignInDesk: Send + Sync {
    /// Begins a sign-in that will lead to the own path `to`. `fresh` asks the provider to let
    /// the person sign in anew even if it still knows them.
    ///
    /// # Errors
    /// [`DeskError`] of kind `Unavailable` if provider or store do not answer.
    async fn begin(&self, realm: Realm, to: &str, fresh: bool) -> Result<Begun, DeskError>;

    /// Finishes the sign-in that `attempt` began, and opens a session. `replaces` is the token of
    /// a session that the same browser still has; it ends with this, and nothing of it is kept.
    ///
    /// # Errors
    /// [`DeskError`], also when the attempt is unknown, spent, too old or another browser's.
    async fn finish(
        &self,
        realm: Realm,
        attempt: &str,
        callback: &Callback,
        replaces: Option<&str>,
    ) -> Result<Finished, DeskError>;

    /// The session of a cookie's token, and marks it as used. `None` if it is unknown, ended,
    /// over its time, or of another realm.
    ///
    /// # Errors
    /// [`DeskError`] of kind `Unavailable` if the store does not answer.
    async fn resolve(&self, realm: Realm, token: &str) -> Result<Option<Session>, DeskError>;

    /// Ends a session, or all of the same person's. Gives the provider's address for ending its
    /// own, if it has one.
    ///
    /// # Errors
    /// [`DeskError`] of kind `Unavailable` if the store does not answer.
    async fn end(
        &self,
        realm: Realm,
        token: &str,
        reach: Reach,
    ) -> Result<Option<String>, DeskError>;
}

/// How far a sign-out reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// This browser.
    Here,
    /// Every browser in which the same person is signed in to these pages.
    Everywhere,
}
