//! The protocol of the built-in identity provider for demonstrations: no pages, no HTTP.

mod access;
mod authorize;
mod client;
mod token;

use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use serde_json::{Map, Value, json};
use tarn_model::{Clock, Entropy, NhsNumber, OdsCode, Realm, Role};

pub use authorize::{AuthorizeError, AuthorizeParams, PendingAuthorize};
pub use token::{OAuthError, TokenForm};

use crate::{Algorithm, IdentityError, PublicKey, ScopeSet, Secret, SigningKey};
use client::UsedAssertions;
use token::{Grant, Opened};

/// A small but real OpenID Connect provider that lets anybody be any persona.
///
/// It has two issuers, `{base}/staff` (RS256) and `{base}/citizen` (RS512, with the claims of
/// NHS login at P9), so that the relying party has one code path for demonstration and service.
/// Beside sign-in it issues access tokens for one API (RFC 9068): to a persona's client by code
/// and PKCE, to a system by its own assertion. Its signing key never leaves it. It cannot be made for an address that other machines can reach.
pub struct DemoProvider {
    base: String,
    clients: Vec<DemoClient>,
    key: SigningKey,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    api: Option<String>,
    assertions: Mutex<UsedAssertions>,
    codes: Mutex<HashMap<Vec<u8>, Grant>>,
    opened: Mutex<HashMap<Vec<u8>, Opened>>,
}

/// A client that the demo provider serves.
#[derive(Debug, Clone)]
pub struct DemoClient {
    /// At which of the two issuers.
    pub realm: Realm,
    /// Its id.
    pub client_id: String,
    /// Where it may be sent back to; compared exactly.
    pub redirect_uris: Vec<String>,
    /// Where it may be sent after sign-out; compared exactly.
    pub post_logout_redirect_uris: Vec<String>,
    /// How it proves that it is itself.
    pub auth: DemoClientAuth,
    /// What it can be granted at the API; empty for a client that only signs people in.
    pub api_scopes: ScopeSet,
}

/// How a client proves to the demo provider that it is itself.
#[derive(Debug, Clone)]
pub enum DemoClientAuth {
    /// By PKCE alone.
    None,
    /// By a secret, in a header or in the form.
    Secret(Secret),
    /// By assertions that this key signs: RS384, RS512 or ES384.
    PrivateKeyJwt(PublicKey),
}

/// Somebody whom the demo provider can sign in.
#[derive(Debug, Clone)]
pub struct Persona {
    /// Staff or citizen.
    pub realm: Realm,
    /// The stable id.
    pub sub: String,
    /// The given name.
    pub given_name: String,
    /// The family name.
    pub family_name: String,
    /// The whole name, with its title.
    pub name: String,
    /// The date of birth, `YYYY-MM-DD`.
    pub birthdate: Option<String>,
    /// Staff: the organisation's ODS code.
    pub organisation: Option<OdsCode>,
    /// Staff: the organisation's name.
    pub organisation_name: Option<String>,
    /// Staff: the role.
    pub role: Option<Role>,
    /// Citizens: the NHS number.
    pub nhs_number: Option<NhsNumber>,
    /// Claims that are added to these or stand in their place.
    pub extra: Map<String, Value>,
}

/// What a [`DemoProvider`] is made of.
pub struct DemoParts {
    /// The address that its pages listen on; must be loopback.
    pub listen: IpAddr,
    /// Where browsers and Tarn reach it: `http://127.0.0.1:8089`, without a slash at the end.
    pub base: String,
    /// The base address of the API that access tokens are for, if there is one.
    pub api: Option<String>,
    /// The clients that it serves.
    pub clients: Vec<DemoClient>,
    /// What it signs by.
    pub key: SigningKey,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness for codes and tokens.
    pub entropy: Arc<dyn Entropy>,
}

impl DemoProvider {
    /// A provider of these parts.
    ///
    /// # Errors
    /// [`IdentityError::Configuration`] if `listen` or the host of `base` is not loopback:
    /// whoever reaches this provider can be anybody.
    pub fn new(parts: DemoParts) -> Result<Self, IdentityError> {
        let problem = "the demo identity provider may only listen on a loopback address";
        if !parts.listen.is_loopback() || !is_loopback(&parts.base) {
            return Err(IdentityError::Configuration { problem });
        }
        Ok(Self {
            base: parts.base.trim_end_matches('/').to_owned(),
            clients: parts.clients,
            key: parts.key,
            clock: parts.clock,
            entropy: parts.entropy,
            api: parts.api,
            assertions: Mutex::default(),
            codes: Mutex::default(),
            opened: Mutex::default(),
        })
    }

    /// A realm's issuer.
    #[must_use]
    pub fn issuer(&self, realm: Realm) -> String {
        format!("{}/{}", self.base, realm.word())
    }

    /// The description that stands at `{issuer}/.well-known/openid-configuration`.
    ///
    /// Source: OpenID Connect Discovery 1.0 §3.
    #[must_use]
    pub fn discovery(&self, realm: Realm) -> Value {
        let issuer = self.issuer(realm);
        json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}/authorize"),
            "token_endpoint": format!("{issuer}/token"),
            "userinfo_endpoint": format!("{issuer}/userinfo"),
            "jwks_uri": format!("{issuer}/jwks"),
            "end_session_endpoint": format!("{issuer}/end-session"),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code", "client_credentials"],
            "subject_types_supported": ["public"],
            "scopes_supported": ["openid", "profile", access::example_scope(realm)],
            "id_token_signing_alg_values_supported": [algorithm(realm).name()],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported":
                ["none", "client_secret_basic", "client_secret_post", "private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported":
                client::ASSERTION_ALGORITHMS.map(Algorithm::name),
            "authorization_response_iss_parameter_supported": true,
        })
    }

    /// The keys that stand at `{issuer}/jwks`.
    #[must_use]
    pub fn jwks(&self, _realm: Realm) -> Value {
        json!({ "keys": [self.key.public().to_jwk()] })
    }

    /// Where to send the browser after sign-out: `uri`, if it is registered for the client that
    /// `id_token_hint` (or else `client_id`) names; `None` means to show the provider's own page.
    ///
    /// Source: OpenID Connect RP-Initiated Logout 1.0 §2.
    #[must_use]
    pub fn end_session(
        &self,
        realm: Realm,
        id_token_hint: Option<&str>,
        client_id: Option<&str>,
        uri: Option<&str>,
    ) -> Option<String> {
        let claims = id_token_hint.and_then(|token| {
            let known = self.key.public();
            known.verify(token, &[algorithm(realm)], "JWT").ok()
        });
        let named = claims
            .as_ref()
            .and_then(|claims| claims.get("aud")?.as_str());
        let client = self.client(realm, named.or(client_id)?)?;
        let uri = uri?;
        let registered = client
            .post_logout_redirect_uris
            .iter()
            .any(|one| one == uri);
        registered.then(|| uri.to_owned())
    }

    fn client(&self, realm: Realm, client_id: &str) -> Option<&DemoClient> {
        self.clients
            .iter()
            .find(|client| client.realm == realm && client.client_id == client_id)
    }
}

impl Persona {
    /// What the provider says of this persona.
    pub(crate) fn claims(&self) -> Map<String, Value> {
        let mut claims = Map::new();
        let mut say = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                claims.insert(name.to_owned(), Value::from(value));
            }
        };
        say("given_name", Some(self.given_name.clone()));
        say("family_name", Some(self.family_name.clone()));
        say("name", Some(self.name.clone()));
        say("birthdate", self.birthdate.clone());
        match self.realm {
            Realm::Staff => {
                say("role", self.role.map(|role| role.word().to_owned()));
                say("organisation", self.organisation.clone().map(String::from));
                say("organisation_name", self.organisation_name.clone());
                say("assurance", Some("high".to_owned()));
            }
            Realm::Citizen => {
                say(
                    "nhs_number",
                    self.nhs_number.map(|own| own.as_str().to_owned()),
                );
                say("identity_proofing_level", Some("P9".to_owned()));
                say("vot", Some("P9.Cp.Cd".to_owned()));
            }
        }
        claims.extend(self.extra.clone());
        claims
    }
}

/// How a realm's ID tokens are signed.
const fn algorithm(realm: Realm) -> Algorithm {
    match realm {
        Realm::Staff => Algorithm::Rs256,
        Realm::Citizen => Algorithm::Rs512,
    }
}

pub(crate) fn is_loopback(base: &str) -> bool {
    use openidconnect::url::{Host, Url};

    match Url::parse(base).ok().as_ref().and_then(Url::host) {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

impl fmt::Debug for DemoProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DemoProvider")
            .field("base", &self.base)
            .finish_non_exhaustive()
    }
}
