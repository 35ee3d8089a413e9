//! A sign-in desk that needs no provider, for tests of pages.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use tarn_model::{
    Actor, Assurance, Clock, ErrorKind, FixedClock, NhsNumber, Realm, Role, SeededEntropy,
    Timestamp,
};

use crate::sign_in::{Begun, Callback, DeskError, Finished, Reach, Session, SignInDesk};
use crate::{Metrics, Part, Web};

/// Signs in whoever a test puts in, by a token the test chooses. It knows realms apart, as the
/// real desk does.
#[derive(Default)]
pub struct OpenDesk {
    sessions: Mutex<HashMap<String, Session>>,
    attempts: Mutex<HashMap<String, String>>,
}

impl OpenDesk {
    /// A desk with nobody signed in.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Signs `actor` in; `token` goes into the session cookie, and the forms' secret is
    /// `"csrf-of-"` and the token.
    #[must_use]
    pub fn with(self, token: &str, actor: Actor) -> Self {
        let session = Session {
            actor,
            csrf_token: format!("csrf-of-{token}"),
            started_at: AT,
            ends_at: AT.plus_seconds(8 * 3600),
            idle_seconds: 600,
        };
        self.sessions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(token.to_owned(), session);
        self
    }
}

/// 22-Nov-2026 10:04, when the pictures of the pages were taken.
pub const AT: Timestamp = Timestamp::from_micros(1_795_341_840_000_000);

/// A part for tests, with the clock standing at [`AT`].
///
/// # Errors
/// [`prometheus::Error`] as [`Metrics::new`].
pub fn web(realm: Realm, desk: OpenDesk) -> Result<Web, prometheus::Error> {
    let (name, origin) = match realm {
        Realm::Staff => ("viewer", "http://127.0.0.1:8080"),
        Realm::Citizen => ("portal", "http://127.0.0.1:8081"),
    };
    Ok(Web {
        part: Part {
            name,
            realm,
            locality: "Harrowmere care record".to_owned(),
            origin: origin.to_owned(),
            sign_in_origins: vec!["http://127.0.0.1:8089".to_owned()],
            leave_to: "https://www.bbc.co.uk/weather".to_owned(),
            help_telephone: Some("01632 960 170".to_owned()),
        },
        desk: Arc::new(desk),
        clock: Arc::new(FixedClock(AT)),
        entropy: Arc::new(SeededEntropy::new(7)),
        ready: Vec::new(),
        metrics: Metrics::new()?,
    })
}

/// A member of staff for tests: Dr Nadia Achterberg, out-of-hours doctor at Harrowmere Urgent Care.
#[must_use]
pub fn doctor() -> Actor {
    Actor {
        realm: Realm::Staff,
        user_id: "ooh-doctor".to_owned(),
        display_name: "Dr Nadia Achterberg".to_owned(),
        role: Role::OohDoctor,
        organisation: "HUC01".parse().ok(),
        organisation_name: Some("Harrowmere Urgent Care".to_owned()),
        assurance: Assurance::High,
        own_nhs_number: None,
    }
}

/// A citizen for tests: Edna Hargreaves.
#[must_use]
pub fn citizen() -> Actor {
    Actor {
        realm: Realm::Citizen,
        user_id: "story-person".to_owned(),
        display_name: "Edna Hargreaves".to_owned(),
        role: Role::Citizen,
        organisation: None,
        organisation_name: None,
        assurance: Assurance::High,
        own_nhs_number: NhsNumber::from_first_nine([9, 9, 9, 0, 0, 0, 0, 0, 1]),
    }
}

#[async_trait(?Send)]
impl SignInDesk for OpenDesk {
    async fn begin(&self, _: Realm, to: &str, fresh: bool) -> Result<Begun, DeskError> {
        let mut attempts = self.attempts.lock().unwrap_or_else(PoisonError::into_inner);
        let attempt = format!("attempt-{}", attempts.len());
        attempts.insert(attempt.clone(), to.to_owned());
        let prompt = if fresh { "&prompt=login" } else { "" };
        let redirect = format!("http://127.0.0.1:8089/authorize?state={attempt}{prompt}");
        Ok(Begun { redirect, attempt })
    }

    /// The code is taken as the token of a session that the test put in.
    async fn finish(
        &self,
        realm: Realm,
        attempt: &str,
        callback: &Callback,
        replaces: Option<&str>,
    ) -> Result<Finished, DeskError> {
        let refused = |reason: &str| DeskError {
            kind: ErrorKind::Invalid,
            reason: reason.to_owned(),
        };
        let to = self
            .attempts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(attempt)
            .ok_or_else(|| refused("This sign-in is not known."))?;
        if callback.state.as_deref() != Some(attempt) {
            return Err(refused("This sign-in is another browser's."));
        }
        let token = callback.code.clone().unwrap_or_default();
        match self.resolve(realm, &token).await? {
            Some(_) => {
                if let Some(old) = replaces.filter(|old| *old != token) {
                    self.end(realm, old, Reach::Here).await?;
                }
                Ok(Finished { token, to })
            }
            None => Err(refused("The code is not known.")),
        }
    }

    async fn resolve(&self, realm: Realm, token: &str) -> Result<Option<Session>, DeskError> {
        let sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(sessions
            .get(token)
            .filter(|session| session.actor.realm == realm)
            .cloned())
    }

    async fn end(
        &self,
        realm: Realm,
        token: &str,
        reach: Reach,
    ) -> Result<Option<String>, DeskError> {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(user) = sessions
            .get(token)
            .filter(|session| session.actor.realm == realm)
            .map(|session| session.actor.user_id.clone())
        else {
            return Ok(None);
        };
        match reach {
            Reach::Here => {
                sessions.remove(token);
            }
            Reach::Everywhere => sessions
                .retain(|_, session| session.actor.realm != realm || session.actor.user_id != user),
        }
        Ok(Some("http://127.0.0.1:8089/end_session".to_owned()))
    }
}

/// The clock of [`web`], for tests that compute with it.
#[must_use]
pub fn clock() -> impl Clock {
    FixedClock(AT)
}
