//! An issuer's public keys: fetched, kept, renewed.

use std::sync::{Arc, PoisonError, RwLock};

use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::{
    AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse,
};
use serde_json::Value;
use tarn_model::fhir::check_limits;
use tarn_model::{Clock, Timestamp};
use tokio::sync::{Mutex, MutexGuard};

use super::{BearerAlgorithm, BearerError, BearerFault};
use crate::HttpClient;
use crate::key::TOKEN_LIMITS;

/// How long keys are used before they are fetched again, in seconds. A key that the issuer took
/// back is good for no longer than this while the issuer answers.
pub(super) const FRESH_SECONDS: i64 = 600;
/// How long they are used while the issuer does not answer, in seconds.
pub(super) const STALE_SECONDS: i64 = 6 * 3600;
/// The least time between two fetches, in seconds, whatever tokens ask for.
pub(super) const BETWEEN_SECONDS: i64 = 30;
/// The most keys that are kept of one issuer.
const MOST_KEYS: usize = 64;

/// One issuer's keys as they are known at the moment.
pub(super) struct Keys {
    issuer: String,
    http: Arc<dyn HttpClient>,
    known: RwLock<Option<Arc<KeySet>>>,
    /// Held while one request fetches for all; when that was last tried, and whether it worked.
    fetching: Mutex<Option<Tried>>,
}

#[derive(Clone, Copy)]
struct Tried {
    at: Timestamp,
    worked: bool,
}

struct KeySet {
    keys: Vec<Key>,
    fetched_at: Timestamp,
}

struct Key {
    id: String,
    algorithms: Vec<BearerAlgorithm>,
    key: DecodingKey,
}

impl Keys {
    pub(super) fn new(issuer: &str, http: Arc<dyn HttpClient>) -> Self {
        Self {
            issuer: issuer.to_owned(),
            http,
            known: RwLock::default(),
            fetching: Mutex::default(),
        }
    }

    /// The key that a token names. One that is not known makes the keys be fetched again, at
    /// most once per [`BETWEEN_SECONDS`].
    ///
    /// # Errors
    /// [`BearerFault::Key`] if the issuer answered and has no such key;
    /// [`BearerError::Unavailable`] if it did not answer.
    pub(super) async fn find(
        &self,
        id: &str,
        algorithm: BearerAlgorithm,
        clock: &dyn Clock,
    ) -> Result<DecodingKey, BearerError> {
        let now = clock.now();
        if let Some(set) = self.known()
            && set.is_younger_than(FRESH_SECONDS, now)
            && let Some(key) = set.find(id, algorithm)
        {
            return Ok(key);
        }
        // Old keys are better than waiting for an issuer that hangs: only one request waits.
        let old = self.known();
        let old = old.filter(|set| set.is_younger_than(STALE_SECONDS, now));
        let usable = old.and_then(|set| set.find(id, algorithm));
        let last = match (self.fetching.try_lock(), usable) {
            (Ok(last), _) => last,
            (Err(_), Some(key)) => return Ok(key),
            (Err(_), None) => self.fetching.lock().await,
        };
        let worked = self.renew(last, now).await;
        let set = self.known().ok_or(BearerError::Unavailable)?;
        match set.find(id, algorithm) {
            Some(key) if set.is_younger_than(STALE_SECONDS, now) => Ok(key),
            None if worked => Err(BearerFault::Key.into()),
            Some(_) | None => Err(BearerError::Unavailable),
        }
    }

    /// Fetches the keys unless that was just done; whether the latest try worked.
    async fn renew(&self, mut last: MutexGuard<'_, Option<Tried>>, now: Timestamp) -> bool {
        if let Some(last) = *last
            && (0..BETWEEN_SECONDS).contains(&now.seconds_since(last.at))
        {
            return last.worked;
        }
        // Noted first: a request that goes away while it fetches has tried all the same.
        *last = Some(Tried {
            at: now,
            worked: false,
        });
        let Some(keys) = self.fetch().await else {
            return false;
        };
        let set = KeySet {
            keys,
            fetched_at: now,
        };
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(set));
        *last = Some(Tried {
            at: now,
            worked: true,
        });
        true
    }

    fn known(&self) -> Option<Arc<KeySet>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.clone()
    }

    /// Description, then keys. A description of another issuer is no answer (OpenID Connect
    /// Discovery 1.0 §4.3).
    async fn fetch(&self) -> Option<Vec<Key>> {
        let base = self.issuer.trim_end_matches('/');
        let address = format!("{base}/.well-known/openid-configuration");
        let description = self.get(&address).await?;
        let text = |name: &str| description.get(name).and_then(Value::as_str);
        if text("issuer") != Some(self.issuer.as_str()) {
            return None;
        }
        let address = text("jwks_uri").filter(|uri| is_safe(uri))?;
        let set = self.get(address).await?;
        let keys = set.get("keys")?.as_array()?;
        Some(keys.iter().take(MOST_KEYS).filter_map(Key::read).collect())
    }

    async fn get(&self, address: &str) -> Option<Value> {
        let request = http::Request::get(address)
            .header(http::header::ACCEPT, "application/json")
            .body(Vec::new())
            .ok()?;
        let answer = self.http.send(request).await.ok()?;
        if answer.status() != http::StatusCode::OK {
            return None;
        }
        check_limits(answer.body(), TOKEN_LIMITS).ok()?;
        serde_json::from_slice(answer.body()).ok()
    }
}

impl KeySet {
    fn is_younger_than(&self, seconds: i64, now: Timestamp) -> bool {
        (0..seconds).contains(&now.seconds_since(self.fetched_at))
    }

    fn find(&self, id: &str, algorithm: BearerAlgorithm) -> Option<DecodingKey> {
        let named = |key: &&Key| key.id == id && key.algorithms.contains(&algorithm);
        self.keys.iter().find(named).map(|key| key.key.clone())
    }
}

impl Key {
    /// Reads one JSON Web Key. What is not a named public signature key is left out, so that a
    /// key for encryption or of an unknown type does no harm to its neighbours.
    fn read(value: &Value) -> Option<Self> {
        let jwk: Jwk = serde_json::from_value(value.clone()).ok()?;
        let common = &jwk.common;
        let signs = common
            .public_key_use
            .as_ref()
            .is_none_or(|use_for| *use_for == PublicKeyUse::Signature);
        let verifies = common
            .key_operations
            .as_ref()
            .is_none_or(|operations| operations.contains(&KeyOperations::Verify));
        if !signs || !verifies {
            return None;
        }
        let mut algorithms = fitting(&jwk.algorithm).to_vec();
        if let Some(only) = common.key_algorithm {
            algorithms.retain(|one| KeyAlgorithm::from(one.jws()) == only);
        }
        Some(Self {
            id: common.key_id.clone().filter(|id| !id.is_empty())?,
            key: DecodingKey::from_jwk(&jwk)
                .ok()
                .filter(|_| !algorithms.is_empty())?,
            algorithms,
        })
    }
}

/// The algorithms that a key of this type and curve can have. A symmetric key has none.
fn fitting(parameters: &AlgorithmParameters) -> &'static [BearerAlgorithm] {
    match parameters {
        AlgorithmParameters::RSA(_) => &[
            BearerAlgorithm::Rs256,
            BearerAlgorithm::Rs384,
            BearerAlgorithm::Rs512,
            BearerAlgorithm::Ps256,
        ],
        AlgorithmParameters::EllipticCurve(key) => match key.curve {
            EllipticCurve::P256 => &[BearerAlgorithm::Es256],
            EllipticCurve::P384 => &[BearerAlgorithm::Es384],
            _ => &[],
        },
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => {
            &[BearerAlgorithm::EdDsa]
        }
        _ => &[],
    }
}

/// Keys come over HTTPS or from this machine.
pub(super) fn is_safe(address: &str) -> bool {
    use openidconnect::url::Url;

    let scheme = Url::parse(address).map(|url| url.scheme().to_owned());
    match scheme.as_deref() {
        Ok("https") => true,
        Ok("http") => crate::demo::is_loopback(address),
        Ok(_) | Err(_) => false,
    }
}
