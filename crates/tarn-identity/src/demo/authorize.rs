use std::fmt;
use std::sync::PoisonError;

use openidconnect::url::Url;
use serde::{Deserialize, Serialize};
use tarn_model::Realm;

use super::token::Grant;
use super::{DemoProvider, Persona};
use crate::secret::{digest, random_token};

/// How long a code can be redeemed, in seconds.
const CODE_SECONDS: i64 = 120;
/// The longest value of any parameter, in bytes.
const LONGEST: usize = 1024;

/// What a browser brings to `{issuer}/authorize`.
///
/// A persona page carries these on in hidden fields, so that the provider keeps nothing until
/// somebody has chosen.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AuthorizeParams {
    /// Must be `code`.
    pub response_type: String,
    /// A client of this realm.
    pub client_id: String,
    /// One of the client's, exactly.
    pub redirect_uri: String,
    /// Must have `openid`, or clinical scopes with `aud`.
    pub scope: String,
    /// The API's base address, to get an access token for it (SMART App Launch 2.2).
    pub aud: String,
    /// Goes back unchanged.
    pub state: String,
    /// Goes into the ID token; required with `openid`.
    pub nonce: String,
    /// The PKCE challenge; required.
    pub code_challenge: String,
    /// Must be `S256`.
    pub code_challenge_method: String,
    /// `none` cannot be satisfied, since a persona must be chosen.
    pub prompt: String,
}

/// An authorisation request that was found right, waiting for a persona.
#[derive(Clone)]
pub struct PendingAuthorize {
    realm: Realm,
    params: AuthorizeParams,
}

/// Why an authorisation request cannot go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthorizeError {
    /// The client or its address is not known. Shown as a page: sending the browser to an
    /// address that is not registered would make the provider an open redirector.
    Page(&'static str),
    /// Anything else: the browser goes back to the client with an error word.
    Redirect(String),
}

impl DemoProvider {
    /// Checks an authorisation request, before a persona page is shown and again when a persona
    /// has been chosen.
    ///
    /// # Errors
    /// [`AuthorizeError`].
    ///
    /// Source: OpenID Connect Core 1.0 §3.1.2; RFC 7636 §4.3.
    pub fn check_authorize(
        &self,
        realm: Realm,
        params: &AuthorizeParams,
    ) -> Result<PendingAuthorize, AuthorizeError> {
        let client = self
            .client(realm, &params.client_id)
            .ok_or(AuthorizeError::Page("this application is not known here"))?;
        if !client.redirect_uris.contains(&params.redirect_uri) {
            return Err(AuthorizeError::Page(
                "this application's return address is not registered",
            ));
        }
        match fault(params).or_else(|| self.api_fault(client, params)) {
            Some(word) => Err(AuthorizeError::Redirect(
                self.back(realm, params, "error", word),
            )),
            None => Ok(PendingAuthorize {
                realm,
                params: params.clone(),
            }),
        }
    }

    /// Signs `persona` in: the address for the browser to go to, with a code in it.
    ///
    /// # Errors
    /// [`AuthorizeError::Page`] if the persona is not of the request's realm.
    pub fn approve(
        &self,
        pending: &PendingAuthorize,
        persona: &Persona,
    ) -> Result<String, AuthorizeError> {
        if persona.realm != pending.realm {
            return Err(AuthorizeError::Page("this persona can't sign in here"));
        }
        let client = self.client(pending.realm, &pending.params.client_id);
        let client = client.ok_or(AuthorizeError::Page("this application is not known here"))?;
        let code = random_token(self.entropy.as_ref());
        let now = self.clock.now();
        let grant = Grant {
            realm: pending.realm,
            client_id: pending.params.client_id.clone(),
            redirect_uri: pending.params.redirect_uri.clone(),
            openid: asks_openid(&pending.params),
            api_scopes: self.api_grant(client, &pending.params),
            nonce: pending.params.nonce.clone(),
            code_challenge: pending.params.code_challenge.clone(),
            sub: persona.sub.clone(),
            sid: random_token(self.entropy.as_ref()),
            claims: persona.claims(),
            signed_in_at: now,
            ends_at: now.plus_seconds(CODE_SECONDS),
            used: false,
        };
        let mut codes = self.codes.lock().unwrap_or_else(PoisonError::into_inner);
        codes.retain(|_, grant| grant.ends_at > now);
        codes.insert(digest(&code), grant);
        Ok(self.back(pending.realm, &pending.params, "code", &code))
    }

    /// The browser's way back when the person does not want to sign in.
    #[must_use]
    pub fn deny(&self, pending: &PendingAuthorize) -> String {
        self.back(pending.realm, &pending.params, "error", "access_denied")
    }

    fn back(&self, realm: Realm, params: &AuthorizeParams, name: &str, value: &str) -> String {
        let Ok(mut url) = Url::parse(&params.redirect_uri) else {
            return params.redirect_uri.clone();
        };
        url.query_pairs_mut()
            .append_pair(name, value)
            .append_pair("state", &params.state)
            .append_pair("iss", &self.issuer(realm));
        url.to_string()
    }
}

impl PendingAuthorize {
    /// The realm that it came to.
    #[must_use]
    pub const fn realm(&self) -> Realm {
        self.realm
    }

    /// What the browser brought, for the hidden fields of a persona page.
    #[must_use]
    pub const fn params(&self) -> &AuthorizeParams {
        &self.params
    }
}

/// Whether an ID token is asked for beside the access token.
fn asks_openid(params: &AuthorizeParams) -> bool {
    params.scope.split(' ').any(|scope| scope == "openid")
}

fn fault(params: &AuthorizeParams) -> Option<&'static str> {
    let challenge = params.code_challenge.as_bytes();
    let base64url = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_".contains(byte);
    let lengths = [&params.state, &params.nonce, &params.scope, &params.aud];
    if params.response_type != "code" {
        Some("unsupported_response_type")
    } else if !asks_openid(params) && params.aud.is_empty() {
        Some("invalid_scope")
    } else if params.prompt.split(' ').any(|prompt| prompt == "none") {
        Some("login_required")
    } else if params.code_challenge_method != "S256"
        || challenge.len() != 43
        || !challenge.iter().all(base64url)
        || (asks_openid(params) && params.nonce.is_empty())
        || params.state.is_empty()
        || lengths.iter().any(|text| text.len() > LONGEST)
    {
        Some("invalid_request")
    } else {
        None
    }
}

impl fmt::Debug for AuthorizeParams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuthorizeParams(…)")
    }
}

impl fmt::Debug for PendingAuthorize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingAuthorize")
            .field("realm", &self.realm)
            .finish_non_exhaustive()
    }
}
