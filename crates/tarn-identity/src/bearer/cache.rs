//! Tokens that were checked a moment ago.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use lru::LruCache;
use sha2::{Digest, Sha256};
use tarn_model::Timestamp;

use super::AccessGrant;

/// How long a checked token is taken without being checked again, in seconds. This also bounds
/// how long a key that the issuer took back, or a changed list of systems, is still believed.
pub(super) const BELIEVED_SECONDS: i64 = 60;
/// The most tokens that are remembered; the one not used for the longest time goes first. Only
/// valid tokens are, so that made-up ones push nothing out.
const MOST: NonZeroUsize = match NonZeroUsize::new(10_000) {
    Some(most) => most,
    None => NonZeroUsize::MIN,
};

/// Checked tokens, by their SHA-256: a signature check costs some ten times as much.
pub(super) struct Checked {
    tokens: Mutex<LruCache<[u8; 32], Entry>>,
}

struct Entry {
    grant: Arc<AccessGrant>,
    checked_at: Timestamp,
}

impl Checked {
    pub(super) fn new() -> Self {
        Self {
            tokens: Mutex::new(LruCache::new(MOST)),
        }
    }

    /// What the token grants, if that was found out just now and its time is not over.
    pub(super) fn recall(&self, token: &str, now: Timestamp) -> Option<Arc<AccessGrant>> {
        let key = key(token);
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = tokens.get(&key)?;
        let age = now.seconds_since(entry.checked_at);
        if (0..BELIEVED_SECONDS).contains(&age) && now < entry.grant.expires_at {
            return Some(Arc::clone(&entry.grant));
        }
        tokens.pop(&key);
        None
    }

    pub(super) fn remember(&self, token: &str, grant: &Arc<AccessGrant>, now: Timestamp) {
        let entry = Entry {
            grant: Arc::clone(grant),
            checked_at: now,
        };
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.put(key(token), entry);
    }
}

fn key(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}
