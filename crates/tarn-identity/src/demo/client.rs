//! How a client proves that it is itself.

use std::collections::HashMap;
use std::sync::PoisonError;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use openidconnect::url::form_urlencoded;
use serde_json::Value;
use tarn_model::Realm;

use super::token::INVALID_CLIENT;
use super::{DemoClientAuth, DemoProvider, OAuthError, TokenForm};
use crate::key::payload;
use crate::provider::ASSERTION_TYPE;
use crate::secret::{digest, same};
use crate::{Algorithm, PublicKey};

/// By which algorithms assertions may be signed; SMART wants RS384 and ES384 to be taken.
pub(super) const ASSERTION_ALGORITHMS: [Algorithm; 3] =
    [Algorithm::Rs384, Algorithm::Es384, Algorithm::Rs512];
/// How long an assertion may be good, in seconds.
const LONGEST_ASSERTION_SECONDS: i64 = 300;

/// Assertions that were used and whose time is not over: client, hash of `jti` → `exp`.
pub(super) type UsedAssertions = HashMap<(String, Vec<u8>), i64>;

impl DemoProvider {
    /// The id of the client that asks, once it has proved it.
    ///
    /// # Errors
    /// `invalid_client`.
    pub(super) fn authenticate(
        &self,
        realm: Realm,
        form: &TokenForm,
        authorization: Option<&str>,
    ) -> Result<String, OAuthError> {
        let basic = authorization
            .map(|header| basic(header).ok_or(INVALID_CLIENT))
            .transpose()?;
        let (named, secret) = match basic {
            Some((id, secret)) => (id, Some(secret)),
            None => (
                form.client_id
                    .clone()
                    .or_else(|| named_by_assertion(form))
                    .ok_or(INVALID_CLIENT)?,
                form.client_secret.clone(),
            ),
        };
        let client = self.client(realm, &named).ok_or(INVALID_CLIENT)?;
        let proven = match &client.auth {
            DemoClientAuth::None => true,
            DemoClientAuth::Secret(known) => {
                secret.is_some_and(|secret| same(&secret, known.reveal()))
            }
            DemoClientAuth::PrivateKeyJwt(key) => self.asserted(realm, form, key, &named),
        };
        proven.then_some(named).ok_or(INVALID_CLIENT)
    }

    /// Whether the client's assertion is signed by its key, for this endpoint, in time, and new.
    ///
    /// Source: RFC 7523 §3; SMART App Launch 2.2, "Asymmetric Authentication".
    fn asserted(&self, realm: Realm, form: &TokenForm, key: &PublicKey, client_id: &str) -> bool {
        let assertion = form.client_assertion.as_deref().unwrap_or_default();
        let Ok(claims) = key.verify(assertion, &ASSERTION_ALGORITHMS, "JWT") else {
            return false;
        };
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        let ends = claims
            .get("exp")
            .and_then(Value::as_i64)
            .unwrap_or_default();
        let now = self.clock.now().as_micros() / 1_000_000;
        let endpoint = format!("{}/token", self.issuer(realm));
        let right = form.client_assertion_type.as_deref() == Some(ASSERTION_TYPE)
            && text("iss") == Some(client_id)
            && text("sub") == Some(client_id)
            && text("aud") == Some(endpoint.as_str())
            && (now + 1..=now + LONGEST_ASSERTION_SECONDS).contains(&ends);
        let jti = text("jti").filter(|jti| !jti.is_empty());
        // Last: an assertion that is wrong otherwise must not use up somebody's id.
        right && jti.is_some_and(|jti| self.is_first_use(client_id, jti, ends, now))
    }

    fn is_first_use(&self, client_id: &str, jti: &str, ends: i64, now: i64) -> bool {
        let mut used = self
            .assertions
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        used.retain(|_, ends| *ends > now);
        let key = (client_id.to_owned(), digest(jti));
        used.insert(key, ends).is_none()
    }
}

/// The client that an assertion says to be from; its own key has yet to prove it.
fn named_by_assertion(form: &TokenForm) -> Option<String> {
    let claims = payload(form.client_assertion.as_deref()?).ok()?;
    claims.get("sub")?.as_str().map(str::to_owned)
}

/// Client id and secret of a Basic header; both are form-encoded inside (RFC 6749 §2.3.1).
fn basic(header: &str) -> Option<(String, String)> {
    let bytes = STANDARD.decode(header.strip_prefix("Basic ")?).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (id, secret) = text.split_once(':')?;
    let plain = |part: &str| {
        let form = format!("v={part}");
        let pair = form_urlencoded::parse(form.as_bytes()).next();
        pair.map(|(_, value)| value.into_owned())
    };
    Some((plain(id)?, plain(secret)?))
}
