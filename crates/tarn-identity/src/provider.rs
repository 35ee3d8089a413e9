//! What a provider says of itself: its endpoints and keys, fetched when needed.

use std::sync::Arc;

use openidconnect::core::{CoreClient, CoreIdToken, CoreIdTokenVerifier, CoreJwsSigningAlgorithm};
use openidconnect::{
    AuthType, ClaimsVerificationError, ClientId, ClientSecret, EndpointMaybeSet, EndpointNotSet,
    EndpointSet, IssuerUrl, LogoutRequest, Nonce, PostLogoutRedirectUrl,
    ProviderMetadataWithLogout, RedirectUrl, SignatureVerificationError,
};
use serde_json::{Map, Value, json};
use tarn_model::fhir::check_limits;
use tarn_model::{Clock, Entropy, Timestamp};
use tokio::sync::Mutex;

use crate::key::TOKEN_LIMITS;
use crate::{
    Algorithm, ClientAuth, HttpClient, HttpFailure, IdentityError, PublicKey, RelyingPartyConfig,
    Secret, SigningKey, TokenFault,
};

/// RFC 7523 §2.2.
pub(crate) const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// How long a provider's description is used before it is fetched again, in seconds.
const FRESH_SECONDS: i64 = 3600;
/// How soon it may be fetched again because a key was not known, in seconds.
const RENEW_SECONDS: i64 = 30;
/// How far the provider's clock may be ahead of ours, in seconds.
const SKEW_SECONDS: i64 = 60;
/// How old an ID token may be when it is redeemed, in seconds.
const OLDEST_SECONDS: i64 = 600;

/// A client whose endpoints came from discovery.
type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// Fetches and keeps a provider's description.
pub(crate) struct Providers {
    issuer: String,
    http: Arc<dyn HttpClient>,
    known: Mutex<Option<Arc<Provider>>>,
}

/// A provider's description as it was at one moment.
pub(crate) struct Provider {
    metadata: ProviderMetadataWithLogout,
    fetched_at: Timestamp,
}

impl Providers {
    pub(crate) fn new(issuer: &str, http: Arc<dyn HttpClient>) -> Self {
        Self {
            issuer: issuer.to_owned(),
            http,
            known: Mutex::new(None),
        }
    }

    /// The description, fetched anew when it is old. An old one is better than none.
    pub(crate) async fn current(&self, clock: &dyn Clock) -> Result<Arc<Provider>, IdentityError> {
        self.younger_than(FRESH_SECONDS, clock).await
    }

    /// The description, fetched anew unless that was just done.
    pub(crate) async fn renewed(&self, clock: &dyn Clock) -> Result<Arc<Provider>, IdentityError> {
        self.younger_than(RENEW_SECONDS, clock).await
    }

    /// Sends one request over the client that this crate was given.
    pub(crate) async fn call(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> Result<http::Response<Vec<u8>>, HttpFailure> {
        self.http.send(request).await
    }

    /// The user information that an access token opens, as JSON.
    pub(crate) async fn user_info(
        &self,
        endpoint: &str,
        access_token: &str,
    ) -> Result<Map<String, Value>, IdentityError> {
        let failed = || IdentityError::Provider {
            step: "the user information request failed",
        };
        let request = http::Request::get(endpoint)
            .header(http::header::ACCEPT, "application/json")
            .header(
                http::header::AUTHORIZATION,
                format!("Bearer {access_token}"),
            )
            .body(Vec::new())
            .map_err(|_| failed())?;
        let response = self.call(request).await.map_err(|_| failed())?;
        if response.status() != http::StatusCode::OK {
            return Err(failed());
        }
        check_limits(response.body(), TOKEN_LIMITS).map_err(|_| failed())?;
        serde_json::from_slice(response.body()).map_err(|_| failed())
    }

    async fn younger_than(
        &self,
        seconds: i64,
        clock: &dyn Clock,
    ) -> Result<Arc<Provider>, IdentityError> {
        let mut known = self.known.lock().await;
        let now = clock.now();
        if let Some(provider) = &*known
            && (0..seconds).contains(&now.seconds_since(provider.fetched_at))
        {
            return Ok(Arc::clone(provider));
        }
        match (self.fetch(now).await, &*known) {
            (Ok(provider), _) => {
                let provider = Arc::new(provider);
                *known = Some(Arc::clone(&provider));
                Ok(provider)
            }
            (Err(_), Some(old)) => Ok(Arc::clone(old)),
            (Err(error), None) => Err(error),
        }
    }

    async fn fetch(&self, now: Timestamp) -> Result<Provider, IdentityError> {
        let issuer =
            IssuerUrl::new(self.issuer.clone()).map_err(|_| IdentityError::Configuration {
                problem: "the issuer is not a URL",
            })?;
        let http = |request| self.call(request);
        let metadata = ProviderMetadataWithLogout::discover_async(issuer, &http)
            .await
            .map_err(|_| IdentityError::Provider {
                step: "its description can't be had",
            })?;
        Ok(Provider {
            metadata,
            fetched_at: now,
        })
    }
}

impl Provider {
    /// The client that speaks to this provider.
    pub(crate) fn client(&self, config: &RelyingPartyConfig) -> Result<Client, IdentityError> {
        let (secret, auth) = match &config.client_auth {
            ClientAuth::SecretBasic(secret) => (Some(secret), AuthType::BasicAuth),
            ClientAuth::SecretPost(secret) => (Some(secret), AuthType::RequestBody),
            ClientAuth::None | ClientAuth::PrivateKeyJwt(_) => (None, AuthType::RequestBody),
        };
        let redirect = RedirectUrl::new(config.redirect_uri.clone()).map_err(|_| {
            IdentityError::Configuration {
                problem: "the redirect address is not a URL",
            }
        })?;
        Ok(CoreClient::from_provider_metadata(
            self.metadata.clone(),
            ClientId::new(config.client_id.clone()),
            secret.map(|secret| ClientSecret::new(secret.reveal().to_owned())),
        )
        .set_auth_type(auth)
        .set_redirect_uri(redirect))
    }

    /// A client assertion for the token endpoint.
    pub(crate) fn assertion(
        &self,
        config: &RelyingPartyConfig,
        key: &SigningKey,
        clock: &dyn Clock,
        entropy: &dyn Entropy,
    ) -> Result<String, IdentityError> {
        let endpoint = self.metadata.token_endpoint();
        let endpoint = endpoint.map_or("", |url| url.as_str());
        key.client_assertion(&config.client_id, endpoint, clock, entropy)
    }

    /// Checks an ID token by this provider's keys.
    pub(crate) fn check(
        &self,
        config: &RelyingPartyConfig,
        id_token: &CoreIdToken,
        nonce: &str,
        clock: &dyn Clock,
    ) -> Result<(), TokenFault> {
        let now = clock.now();
        let algorithms = config
            .allowed_algorithms()
            .into_iter()
            .map(|one| match one {
                Algorithm::Rs256 => CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
                Algorithm::Rs384 => CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
                Algorithm::Rs512 => CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
                Algorithm::Es384 => CoreJwsSigningAlgorithm::EcdsaP384Sha384,
            });
        let verifier = CoreIdTokenVerifier::new_public_client(
            ClientId::new(config.client_id.clone()),
            self.metadata.issuer().clone(),
            self.metadata.jwks().clone(),
        )
        .set_allowed_algs(algorithms)
        .set_time_fn(move || now.to_utc())
        .set_issue_time_verifier_fn(move |issued| {
            let age = now.seconds_since(Timestamp::from_utc(issued));
            if (-SKEW_SECONDS..=OLDEST_SECONDS).contains(&age) {
                Ok(())
            } else {
                Err(ISSUED_AT.to_owned())
            }
        });
        match id_token.claims(&verifier, &Nonce::new(nonce.to_owned())) {
            Ok(_) => Ok(()),
            Err(error) => Err(fault(&error)),
        }
    }

    /// Where user information is asked for.
    pub(crate) fn user_info_endpoint(&self) -> Option<String> {
        self.metadata.userinfo_endpoint().map(|url| url.to_string())
    }

    /// The claims of a logout token that is this provider's, for this client, and recent.
    pub(crate) fn logout_claims(
        &self,
        config: &RelyingPartyConfig,
        token: &str,
        clock: &dyn Clock,
    ) -> Result<Map<String, Value>, TokenFault> {
        let set = serde_json::to_value(self.metadata.jwks()).unwrap_or_default();
        let keys = set
            .get("keys")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        let mut verified = Err(TokenFault::Signature);
        for key in keys.filter_map(PublicKey::from_jwk) {
            verified = key.verify(token, &config.allowed_algorithms(), "logout+jwt");
            if verified.is_ok() {
                break;
            }
        }
        let claims = verified?;
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        let number = |name: &str| claims.get(name).and_then(Value::as_i64);
        if text("iss") != Some(self.metadata.issuer().as_str()) {
            return Err(TokenFault::Issuer);
        }
        let aud = claims.get("aud").unwrap_or(&Value::Null);
        let listed = aud
            .as_array()
            .is_some_and(|all| all.contains(&json!(config.client_id)));
        if aud.as_str() != Some(config.client_id.as_str()) && !listed {
            return Err(TokenFault::Audience);
        }
        let now = clock.now().as_micros() / 1_000_000;
        let age = now - number("iat").ok_or(TokenFault::Form)?;
        if !(-SKEW_SECONDS..=OLDEST_SECONDS).contains(&age) {
            return Err(TokenFault::IssuedAt);
        }
        if number("exp").is_some_and(|ends| ends <= now) {
            return Err(TokenFault::Expired);
        }
        let is_logout = claims
            .get("events")
            .and_then(|events| events.get(LOGOUT_EVENT))
            .is_some();
        // A nonce would make it an ID token in disguise.
        if !is_logout || claims.contains_key("nonce") {
            return Err(TokenFault::Form);
        }
        Ok(claims)
    }

    /// Where the browser goes so that the provider ends its session too.
    pub(crate) fn end_session_url(
        &self,
        config: &RelyingPartyConfig,
        hint: Option<&Secret>,
    ) -> Option<String> {
        let endpoint = &self.metadata.additional_metadata().end_session_endpoint;
        let mut request = LogoutRequest::from(endpoint.clone()?)
            .set_client_id(ClientId::new(config.client_id.clone()));
        if let Some(token) = hint.and_then(|hint| hint.reveal().parse::<CoreIdToken>().ok()) {
            request = request.set_id_token_hint(&token);
        }
        let back = config.post_logout_redirect_uri.clone();
        if let Some(back) = back.and_then(|back| PostLogoutRedirectUrl::new(back).ok()) {
            request = request.set_post_logout_redirect_uri(back);
        }
        Some(request.http_get_url().to_string())
    }
}

const LOGOUT_EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
const ISSUED_AT: &str = "issued at the wrong time";

fn fault(error: &ClaimsVerificationError) -> TokenFault {
    match error {
        ClaimsVerificationError::Expired(text) if text == ISSUED_AT => TokenFault::IssuedAt,
        ClaimsVerificationError::Expired(_) => TokenFault::Expired,
        ClaimsVerificationError::InvalidAudience(_) => TokenFault::Audience,
        ClaimsVerificationError::InvalidIssuer(_) => TokenFault::Issuer,
        ClaimsVerificationError::InvalidNonce(_) => TokenFault::Nonce,
        ClaimsVerificationError::SignatureVerification(
            SignatureVerificationError::DisallowedAlg(_)
            | SignatureVerificationError::UnsupportedAlg(_)
            | SignatureVerificationError::NoSignature,
        ) => TokenFault::Algorithm,
        ClaimsVerificationError::SignatureVerification(_) => TokenFault::Signature,
        _ => TokenFault::Form,
    }
}
