use std::fmt;
use std::sync::Arc;

use openidconnect::core::{CoreAuthenticationFlow, CoreIdToken, CoreTokenResponse};
use openidconnect::{
    AuthorizationCode, CsrfToken, Nonce, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier,
    Scope, TokenResponse,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tarn_model::{Actor, Clock, Entropy, Realm, Timestamp};

use crate::claims::Claims;
use crate::key::payload;
use crate::provider::{Provider, Providers};
use crate::secret::{random_token, same};
use crate::{
    ClientAuth, HttpClient, IdentityError, Profile, Refusal, RelyingPartyConfig, Secret, TokenFault,
};

/// Signs people in at one provider: code flow with PKCE (S256), state and nonce.
///
/// Source: OpenID Connect Core 1.0 §3.1; RFC 7636; RFC 9700.
pub struct RelyingParty {
    config: RelyingPartyConfig,
    providers: Providers,
}

/// A sign-in under way. Kept on the server ([`crate::SessionStore::keep_attempt`]); the browser
/// holds only a random token for it.
#[derive(Clone, Serialize, Deserialize)]
pub struct LoginAttempt {
    /// Staff or citizen.
    pub realm: Realm,
    /// When it was begun.
    pub begun_at: Timestamp,
    /// Where in Tarn the person was going: a path of the caller's own.
    pub to: String,
    state: String,
    nonce: String,
    pkce_verifier: String,
}

/// What the provider sent to the redirect address. Every member may be hostile.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Callback {
    /// The authorisation code.
    pub code: Option<String>,
    /// The state that the attempt was begun with.
    pub state: Option<String>,
    /// The provider's error word.
    pub error: Option<String>,
    /// The issuer that answered (RFC 9207).
    pub iss: Option<String>,
}

/// Somebody who has just signed in.
#[derive(Clone)]
pub struct SignedIn {
    /// Who, for every decision.
    pub actor: Actor,
    /// The ID token, for ending the provider's session later.
    pub id_token_hint: Secret,
    /// The provider's own id of its session, for back-channel logout.
    pub provider_sid: Option<String>,
}

/// Whose sessions the provider has ended.
#[derive(Clone, PartialEq, Eq)]
pub struct LogoutNotice {
    /// The provider's user: all of their sessions, when there is no `sid`.
    pub sub: Option<String>,
    /// The provider's session.
    pub sid: Option<String>,
}

impl RelyingParty {
    /// A relying party; the provider is asked only when somebody signs in.
    #[must_use]
    pub fn new(config: RelyingPartyConfig, http: Arc<dyn HttpClient>) -> Self {
        let providers = Providers::new(&config.issuer, http);
        Self { config, providers }
    }

    /// Its configuration.
    #[must_use]
    pub const fn config(&self) -> &RelyingPartyConfig {
        &self.config
    }

    /// Asks the provider for its description, so that a wrong address shows at start.
    ///
    /// # Errors
    /// [`IdentityError::Provider`].
    pub async fn discover(&self, clock: &dyn Clock) -> Result<(), IdentityError> {
        self.providers.current(clock).await.map(|_| ())
    }

    /// Begins a sign-in: the provider's address for the browser, and the attempt to keep.
    ///
    /// `fresh` asks the provider to let the person sign in anew even if it still knows them.
    ///
    /// # Errors
    /// [`IdentityError::Provider`] if the provider's description cannot be had.
    pub async fn begin(
        &self,
        to: &str,
        fresh: bool,
        clock: &dyn Clock,
        entropy: &dyn Entropy,
    ) -> Result<(String, LoginAttempt), IdentityError> {
        let provider = self.providers.current(clock).await?;
        let client = provider.client(&self.config)?;
        let attempt = LoginAttempt {
            realm: self.config.realm,
            begun_at: clock.now(),
            to: to.to_owned(),
            state: random_token(entropy),
            nonce: random_token(entropy),
            pkce_verifier: random_token(entropy),
        };
        let verifier = PkceCodeVerifier::new(attempt.pkce_verifier.clone());
        let (state, nonce) = (attempt.state.clone(), attempt.nonce.clone());
        let mut request = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                move || CsrfToken::new(state),
                move || Nonce::new(nonce),
            )
            .add_scopes(self.config.scopes.iter().cloned().map(Scope::new))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        match &self.config.profile {
            Profile::Generic => {}
            Profile::NhsLogin { vtr } => {
                let vtr = Value::from(vtr.clone()).to_string();
                request = request.add_extra_param("vtr", vtr);
            }
            Profile::Cis2 { acr_values } => {
                request = request.add_extra_param("acr_values", acr_values.join(" "));
            }
        }
        if fresh {
            request = request.add_extra_param("prompt", "login");
        }
        let (url, _, _) = request.url();
        Ok((url.to_string(), attempt))
    }

    /// Finishes the sign-in that `attempt` began: checks the answer, redeems the code, checks
    /// the ID token and the user information, and reads who it is.
    ///
    /// `attempt` must have been taken out of the store ([`crate::SessionStore::take_attempt`]),
    /// so that it cannot be used twice.
    ///
    /// # Errors
    /// [`IdentityError::Refused`] with the reason; [`IdentityError::Provider`] if the provider
    /// does not answer.
    pub async fn finish(
        &self,
        callback: &Callback,
        attempt: LoginAttempt,
        clock: &dyn Clock,
        entropy: &dyn Entropy,
    ) -> Result<SignedIn, IdentityError> {
        let code = self.check_callback(callback, &attempt, clock)?;
        let provider = self.providers.current(clock).await?;
        let tokens = self
            .redeem(&provider, code, &attempt, clock, entropy)
            .await?;
        let id_token = tokens.id_token().ok_or(TokenFault::Form)?;
        self.check_id_token(&provider, id_token, &attempt, clock)
            .await?;
        let id_claims = payload(&id_token.to_string())?;
        let user_info = match provider.user_info_endpoint() {
            Some(endpoint) => {
                let token = tokens.access_token().secret();
                self.providers.user_info(&endpoint, token).await?
            }
            None => Map::new(),
        };
        // Without this check one person's access token could bring another person's claims
        // (OpenID Connect Core §5.3.2).
        if provider.user_info_endpoint().is_some() && user_info.get("sub") != id_claims.get("sub") {
            return Err(Refusal::OtherSubject.into());
        }
        let provider_sid = id_claims
            .get("sid")
            .and_then(Value::as_str)
            .map(str::to_owned);
        let claims = Claims {
            id_token: id_claims,
            user_info,
        };
        Ok(SignedIn {
            actor: claims.actor((&self.config).into())?,
            id_token_hint: Secret::new(id_token.to_string()),
            provider_sid,
        })
    }

    /// The provider's address for ending its own session; `None` if it has none.
    ///
    /// # Errors
    /// [`IdentityError::Provider`].
    ///
    /// Source: OpenID Connect RP-Initiated Logout 1.0 §2.
    pub async fn end_session_url(
        &self,
        id_token_hint: Option<&Secret>,
        clock: &dyn Clock,
    ) -> Result<Option<String>, IdentityError> {
        let provider = self.providers.current(clock).await?;
        Ok(provider.end_session_url(&self.config, id_token_hint))
    }

    /// Checks a back-channel logout token and says whose sessions to end.
    ///
    /// # Errors
    /// [`IdentityError::Refused`] with the fault; [`IdentityError::Provider`].
    ///
    /// Source: OpenID Connect Back-Channel Logout 1.0 §2.6. A token can be sent again within
    /// its few minutes: ending an ended session changes nothing.
    pub async fn logout_notice(
        &self,
        token: &str,
        clock: &dyn Clock,
    ) -> Result<LogoutNotice, IdentityError> {
        let provider = self.providers.current(clock).await?;
        let claims = match provider.logout_claims(&self.config, token, clock) {
            Err(TokenFault::Signature) => {
                let provider = self.providers.renewed(clock).await?;
                provider.logout_claims(&self.config, token, clock)?
            }
            checked => checked?,
        };
        let text = |name: &str| claims.get(name).and_then(Value::as_str).map(str::to_owned);
        let notice = LogoutNotice {
            sub: text("sub"),
            sid: text("sid"),
        };
        if notice.sub.is_none() && notice.sid.is_none() {
            return Err(TokenFault::Form.into());
        }
        Ok(notice)
    }

    fn check_callback(
        &self,
        callback: &Callback,
        attempt: &LoginAttempt,
        clock: &dyn Clock,
    ) -> Result<AuthorizationCode, Refusal> {
        let age = clock.now().seconds_since(attempt.begun_at);
        if attempt.realm != self.config.realm || !(0..=ATTEMPT_SECONDS).contains(&age) {
            return Err(Refusal::UnknownAttempt);
        }
        let state = callback.state.as_deref().unwrap_or_default();
        if !same(state, &attempt.state) {
            return Err(Refusal::State);
        }
        if callback
            .iss
            .as_ref()
            .is_some_and(|iss| *iss != self.config.issuer)
        {
            return Err(Refusal::Issuer);
        }
        if let Some(error) = &callback.error {
            return Err(Refusal::ProviderSaid {
                word: known_error(error),
            });
        }
        match &callback.code {
            Some(code) if !code.is_empty() => Ok(AuthorizationCode::new(code.clone())),
            _ => Err(Refusal::NoCode),
        }
    }

    async fn redeem(
        &self,
        provider: &Provider,
        code: AuthorizationCode,
        attempt: &LoginAttempt,
        clock: &dyn Clock,
        entropy: &dyn Entropy,
    ) -> Result<CoreTokenResponse, IdentityError> {
        let client = provider.client(&self.config)?;
        let verifier = PkceCodeVerifier::new(attempt.pkce_verifier.clone());
        let mut request = client
            .exchange_code(code)
            .map_err(|_| IdentityError::Provider {
                step: "it has no token endpoint",
            })?
            .set_pkce_verifier(verifier);
        if let ClientAuth::PrivateKeyJwt(key) = &self.config.client_auth {
            let assertion = provider.assertion(&self.config, key, clock, entropy)?;
            request = request
                .add_extra_param("client_assertion_type", crate::provider::ASSERTION_TYPE)
                .add_extra_param("client_assertion", assertion);
        }
        let http = |request| self.providers.call(request);
        request
            .request_async(&http)
            .await
            .map_err(|error| match error {
                openidconnect::RequestTokenError::ServerResponse(_) => Refusal::Code.into(),
                openidconnect::RequestTokenError::Request(_)
                | openidconnect::RequestTokenError::Parse(..)
                | openidconnect::RequestTokenError::Other(_) => IdentityError::Provider {
                    step: "the token request failed",
                },
            })
    }

    /// Checks signature, algorithm, issuer, audience, nonce and times. A key that is not known
    /// yet makes the provider's keys be fetched once more.
    async fn check_id_token(
        &self,
        provider: &Provider,
        id_token: &CoreIdToken,
        attempt: &LoginAttempt,
        clock: &dyn Clock,
    ) -> Result<(), IdentityError> {
        match provider.check(&self.config, id_token, &attempt.nonce, clock) {
            Err(TokenFault::Signature) => {
                let provider = self.providers.renewed(clock).await?;
                Ok(provider.check(&self.config, id_token, &attempt.nonce, clock)?)
            }
            checked => Ok(checked?),
        }
    }
}

/// How long a sign-in may take, in seconds.
pub(crate) const ATTEMPT_SECONDS: i64 = 600;

/// The error word, if it is one of the standard's; a provider's free text is never shown.
fn known_error(word: &str) -> &'static str {
    const KNOWN: &[&str] = &[
        "access_denied",
        "login_required",
        "interaction_required",
        "consent_required",
        "account_selection_required",
        "sso_login_required",
        "temporarily_unavailable",
        "server_error",
        "invalid_request",
        "invalid_scope",
        "unauthorized_client",
        "unsupported_response_type",
    ];
    KNOWN
        .iter()
        .find(|known| **known == word)
        .copied()
        .unwrap_or("error")
}

impl fmt::Debug for RelyingParty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RelyingParty")
            .field("realm", &self.config.realm)
            .field("issuer", &self.config.issuer)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for LoginAttempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoginAttempt")
            .field("realm", &self.realm)
            .field("begun_at", &self.begun_at)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Callback(…)")
    }
}

impl fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedIn")
            .field("realm", &self.actor.realm)
            .field("role", &self.actor.role)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for LogoutNotice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LogoutNotice(…)")
    }
}
