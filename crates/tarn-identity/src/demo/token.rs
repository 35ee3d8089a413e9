use std::fmt;
use std::sync::PoisonError;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use openidconnect::url::form_urlencoded;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256, Sha512};
use tarn_model::{Realm, Timestamp};

use super::{DemoClientAuth, DemoProvider, algorithm};
use crate::provider::ASSERTION_TYPE;
use crate::secret::{digest, random_token, same};
use crate::{Algorithm, PublicKey};

/// How long an access token opens the user information, in seconds.
const ACCESS_SECONDS: i64 = 300;
/// How long an ID token is good, in seconds.
const ID_TOKEN_SECONDS: i64 = 3600;

/// What a client posts to `{issuer}/token`.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct TokenForm {
    /// Must be `authorization_code`.
    pub grant_type: String,
    /// The code.
    pub code: String,
    /// The one that the code was sent to.
    pub redirect_uri: String,
    /// The PKCE verifier.
    pub code_verifier: String,
    /// The client, unless the header or the assertion names it.
    pub client_id: Option<String>,
    /// `client_secret_post`.
    pub client_secret: Option<String>,
    /// `private_key_jwt`.
    pub client_assertion: Option<String>,
    /// `private_key_jwt`: what kind of assertion it is.
    pub client_assertion_type: Option<String>,
}

/// Why the token or user information endpoint refuses (RFC 6749 §5.2, RFC 6750 §3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
pub struct OAuthError {
    /// The HTTP status to answer with.
    pub status: u16,
    /// The error word.
    pub error: &'static str,
}

impl OAuthError {
    /// The JSON to answer with.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({ "error": self.error })
    }
}

const INVALID_CLIENT: OAuthError = OAuthError {
    status: 401,
    error: "invalid_client",
};
const INVALID_GRANT: OAuthError = OAuthError {
    status: 400,
    error: "invalid_grant",
};
const INVALID_TOKEN: OAuthError = OAuthError {
    status: 401,
    error: "invalid_token",
};
const SERVER_ERROR: OAuthError = OAuthError {
    status: 500,
    error: "server_error",
};

/// What a code stands for.
#[derive(Clone)]
pub(crate) struct Grant {
    pub(crate) realm: Realm,
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) nonce: String,
    pub(crate) code_challenge: String,
    pub(crate) sub: String,
    pub(crate) sid: String,
    pub(crate) claims: Map<String, Value>,
    pub(crate) signed_in_at: Timestamp,
    pub(crate) ends_at: Timestamp,
    pub(crate) used: bool,
}

/// What an access token opens.
pub(crate) struct Opened {
    realm: Realm,
    code: Vec<u8>,
    claims: Map<String, Value>,
    ends_at: Timestamp,
}

impl DemoProvider {
    /// Redeems a code. `authorization` is the request's header of that name.
    ///
    /// # Errors
    /// [`OAuthError`]. A code that comes a second time also closes what its first use opened
    /// (RFC 6749 §4.1.2).
    pub fn token(
        &self,
        realm: Realm,
        form: &TokenForm,
        authorization: Option<&str>,
    ) -> Result<Value, OAuthError> {
        if form.grant_type != "authorization_code" {
            return Err(OAuthError {
                status: 400,
                error: "unsupported_grant_type",
            });
        }
        let client_id = self.authenticate(realm, form, authorization)?;
        let grant = self.take_code(realm, form, &client_id)?;
        let access_token = random_token(self.entropy.as_ref());
        let id_token = self
            .key
            .sign(
                algorithm(realm),
                "JWT",
                &self.id_claims(&grant, &access_token),
            )
            .map_err(|_| SERVER_ERROR)?;
        let now = self.clock.now();
        let mut claims = grant.claims;
        claims.insert("sub".to_owned(), Value::from(grant.sub));
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        opened.retain(|_, opened| opened.ends_at > now);
        opened.insert(
            digest(&access_token),
            Opened {
                realm,
                code: digest(&form.code),
                claims,
                ends_at: now.plus_seconds(ACCESS_SECONDS),
            },
        );
        Ok(json!({
            "access_token": access_token, "token_type": "Bearer",
            "expires_in": ACCESS_SECONDS, "id_token": id_token, "scope": "openid profile",
        }))
    }

    /// The user information that the access token of an `Authorization: Bearer …` header opens.
    ///
    /// # Errors
    /// [`OAuthError`] with status 401.
    pub fn userinfo(&self, realm: Realm, authorization: Option<&str>) -> Result<Value, OAuthError> {
        let token = authorization
            .and_then(|header| header.strip_prefix("Bearer "))
            .ok_or(INVALID_TOKEN)?;
        let opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        opened
            .get(&digest(token))
            .filter(|opened| opened.realm == realm && opened.ends_at > now)
            .map(|opened| Value::Object(opened.claims.clone()))
            .ok_or(INVALID_TOKEN)
    }

    fn take_code(
        &self,
        realm: Realm,
        form: &TokenForm,
        client_id: &str,
    ) -> Result<Grant, OAuthError> {
        let key = digest(&form.code);
        let mut codes = self.codes.lock().unwrap_or_else(PoisonError::into_inner);
        let grant = codes.get_mut(&key).ok_or(INVALID_GRANT)?;
        if grant.used {
            let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
            opened.retain(|_, opened| opened.code != key);
            return Err(INVALID_GRANT);
        }
        // Whoever tries a code uses it up, whether or not the rest is right.
        grant.used = true;
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&form.code_verifier));
        let right = grant.realm == realm
            && grant.client_id == client_id
            && grant.redirect_uri == form.redirect_uri
            && grant.ends_at > self.clock.now()
            && (43..=128).contains(&form.code_verifier.len())
            && same(&challenge, &grant.code_challenge);
        right.then(|| grant.clone()).ok_or(INVALID_GRANT)
    }

    fn id_claims(&self, grant: &Grant, access_token: &str) -> Map<String, Value> {
        let now = self.clock.now().as_micros() / 1_000_000;
        let own = json!({
            "iss": self.issuer(grant.realm), "sub": grant.sub, "aud": grant.client_id,
            "iat": now, "exp": now + ID_TOKEN_SECONDS,
            "auth_time": grant.signed_in_at.as_micros() / 1_000_000,
            "nonce": grant.nonce, "sid": grant.sid,
            "at_hash": half_hash(algorithm(grant.realm), access_token),
        });
        let mut claims = own.as_object().cloned().unwrap_or_default();
        for (name, value) in &grant.claims {
            claims.entry(name.clone()).or_insert_with(|| value.clone());
        }
        claims
    }

    fn authenticate(
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
                form.client_id.clone().ok_or(INVALID_CLIENT)?,
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

    /// Whether the client's assertion is signed by its key, for this endpoint, and in time.
    ///
    /// Source: RFC 7523 §3. The code that it comes with can be used once, so the assertion's
    /// `jti` is not kept.
    fn asserted(&self, realm: Realm, form: &TokenForm, key: &PublicKey, client_id: &str) -> bool {
        let assertion = form.client_assertion.as_deref().unwrap_or_default();
        let Ok(claims) = key.verify(assertion, &[Algorithm::Rs512], "JWT") else {
            return false;
        };
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        let ends = claims
            .get("exp")
            .and_then(Value::as_i64)
            .unwrap_or_default();
        let now = self.clock.now().as_micros() / 1_000_000;
        let endpoint = format!("{}/token", self.issuer(realm));
        form.client_assertion_type.as_deref() == Some(ASSERTION_TYPE)
            && text("iss") == Some(client_id)
            && text("sub") == Some(client_id)
            && text("aud") == Some(endpoint.as_str())
            && text("jti").is_some_and(|jti| !jti.is_empty())
            && (now + 1..=now + 300).contains(&ends)
    }
}

/// `at_hash`: the left half of the access token's hash (OpenID Connect Core §3.1.3.6).
fn half_hash(algorithm: Algorithm, access_token: &str) -> String {
    let hash = match algorithm {
        Algorithm::Rs256 => Sha256::digest(access_token).to_vec(),
        Algorithm::Rs512 => Sha512::digest(access_token).to_vec(),
    };
    URL_SAFE_NO_PAD.encode(hash.get(..hash.len() / 2).unwrap_or_default())
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

impl fmt::Debug for TokenForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenForm(…)")
    }
}
