use std::fmt;
use std::sync::PoisonError;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256, Sha384, Sha512};
use tarn_model::{Realm, Timestamp};

use super::{DemoProvider, algorithm};
use crate::secret::{digest, random_token, same};
use crate::{Algorithm, ScopeSet};

/// How long an access token is good, in seconds.
pub(super) const ACCESS_SECONDS: i64 = 300;
/// How long an ID token is good, in seconds.
const ID_TOKEN_SECONDS: i64 = 3600;

/// What a client posts to `{issuer}/token`.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct TokenForm {
    /// `authorization_code`, or `client_credentials` for a system's own token.
    pub grant_type: String,
    /// The code.
    pub code: String,
    /// The one that the code was sent to.
    pub redirect_uri: String,
    /// The PKCE verifier.
    pub code_verifier: String,
    /// What a system asks for.
    pub scope: String,
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

pub(super) const INVALID_CLIENT: OAuthError = OAuthError {
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
pub(super) const SERVER_ERROR: OAuthError = OAuthError {
    status: 500,
    error: "server_error",
};

/// What a code stands for.
#[derive(Clone)]
pub(crate) struct Grant {
    pub(crate) realm: Realm,
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) openid: bool,
    /// What is granted at the API, if its access was asked for.
    pub(crate) api_scopes: Option<ScopeSet>,
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
    /// Redeems a code, or gives a system its own token. `authorization` is the request's header of that name.
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
        match form.grant_type.as_str() {
            "authorization_code" => {
                let client_id = self.authenticate(realm, form, authorization)?;
                let grant = self.take_code(realm, form, &client_id)?;
                self.answer_code(grant, form)
            }
            "client_credentials" => self.answer_system(realm, form, authorization),
            _ => Err(OAuthError {
                status: 400,
                error: "unsupported_grant_type",
            }),
        }
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

    /// An access token for the API, or one that opens the user information; never one for both,
    /// since whoever may read the one could use it for the other.
    fn answer_code(&self, grant: Grant, form: &TokenForm) -> Result<Value, OAuthError> {
        let access_token = match &grant.api_scopes {
            Some(scopes) => self.access_token_of(&grant, scopes)?,
            None => random_token(self.entropy.as_ref()),
        };
        let scope = match &grant.api_scopes {
            Some(scopes) => scopes.to_string(),
            None => "openid profile".to_owned(),
        };
        let mut answer = json!({
            "access_token": access_token, "token_type": "Bearer",
            "expires_in": ACCESS_SECONDS, "scope": scope,
        });
        if let (true, Some(answer)) = (grant.openid, answer.as_object_mut()) {
            let claims = self.id_claims(&grant, &access_token);
            let id_token = self.key.sign(algorithm(grant.realm), "JWT", &claims);
            let id_token = id_token.map_err(|_| SERVER_ERROR)?;
            answer.insert("id_token".to_owned(), Value::from(id_token));
        }
        if grant.api_scopes.is_none() {
            self.open_user_info(grant, &access_token, &form.code);
        }
        Ok(answer)
    }

    fn open_user_info(&self, grant: Grant, access_token: &str, code: &str) {
        let now = self.clock.now();
        let mut claims = grant.claims;
        claims.insert("sub".to_owned(), Value::from(grant.sub));
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        opened.retain(|_, opened| opened.ends_at > now);
        opened.insert(
            digest(access_token),
            Opened {
                realm: grant.realm,
                code: digest(code),
                claims,
                ends_at: now.plus_seconds(ACCESS_SECONDS),
            },
        );
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
}

/// `at_hash`: the left half of the access token's hash (OpenID Connect Core §3.1.3.6).
fn half_hash(algorithm: Algorithm, access_token: &str) -> String {
    let hash = match algorithm {
        Algorithm::Rs256 => Sha256::digest(access_token).to_vec(),
        Algorithm::Rs384 | Algorithm::Es384 => Sha384::digest(access_token).to_vec(),
        Algorithm::Rs512 => Sha512::digest(access_token).to_vec(),
    };
    URL_SAFE_NO_PAD.encode(hash.get(..hash.len() / 2).unwrap_or_default())
}

impl fmt::Debug for TokenForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenForm(…)")
    }
}
