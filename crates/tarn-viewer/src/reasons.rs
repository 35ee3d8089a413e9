//! The reasons that people gave for opening a record, for as long as they hold.
//!
//! A reason belongs to one sign-in and one person. It is kept in memory only: after a restart, or
//! on another machine, the page asks again, which is the safe way to be wrong. What counts is the
//! audit row that the door writes at each opening.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use tarn_model::{PersonId, Purpose, Timestamp};

/// How long a reason holds, in seconds: one hour, as the button says.
pub const HOLDS_SECONDS: i64 = 3600;

/// Most reasons kept. Beyond it the oldest goes, and its reader is asked again.
const MOST: usize = 20_000;

/// A reason for opening one person's record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenReason {
    /// What for.
    pub purpose: Purpose,
    /// The words, as the audit row keeps them and the person reads them.
    pub words: String,
    /// When it was given.
    pub at: Timestamp,
}

/// The reasons that hold now.
#[derive(Default)]
pub struct ReasonsGiven {
    reasons: Mutex<HashMap<(String, PersonId), GivenReason>>,
}

impl ReasonsGiven {
    /// No reasons yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps a reason for the session whose form secret is `session`.
    pub fn keep(&self, session: &str, person: PersonId, reason: GivenReason) {
        let mut reasons = self.reasons.lock().unwrap_or_else(PoisonError::into_inner);
        let now = reason.at;
        if reasons.len() >= MOST {
            reasons.retain(|_, given| holds(given, now));
            let oldest = reasons
                .iter()
                .min_by_key(|(_, given)| given.at)
                .map(|(key, _)| key.clone());
            if let Some(oldest) = oldest.filter(|_| reasons.len() >= MOST) {
                reasons.remove(&oldest);
            }
        }
        reasons.insert((session.to_owned(), person), reason);
    }

    /// The reason that this session gave for this person, if it still holds at `now`.
    #[must_use]
    pub fn given(&self, session: &str, person: PersonId, now: Timestamp) -> Option<GivenReason> {
        let reasons = self.reasons.lock().unwrap_or_else(PoisonError::into_inner);
        reasons
            .get(&(session.to_owned(), person))
            .filter(|given| holds(given, now))
            .cloned()
    }
}

impl std::fmt::Debug for ReasonsGiven {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReasonsGiven").finish_non_exhaustive()
    }
}

fn holds(given: &GivenReason, now: Timestamp) -> bool {
    (0..HOLDS_SECONDS).contains(&now.seconds_since(given.at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::now;

    #[test]
    fn a_reason_holds_for_one_sign_in_one_person_and_one_hour() {
        let reasons = ReasonsGiven::new();
        let somebody = PersonId::new(uuid::Uuid::from_u128(1));
        let given = GivenReason {
            purpose: Purpose::DirectCare,
            words: "asked".to_owned(),
            at: now(),
        };
        reasons.keep("session", somebody, given.clone());
        assert_eq!(reasons.given("session", somebody, now()), Some(given));
        assert_eq!(reasons.given("another", somebody, now()), None);
        assert_eq!(reasons.given("session", PersonId::DIRECTORY, now()), None);
        assert_eq!(
            reasons.given("session", somebody, now().plus_seconds(HOLDS_SECONDS)),
            None
        );
        assert_eq!(
            reasons.given("session", somebody, now().plus_seconds(-1)),
            None
        );
    }
}
