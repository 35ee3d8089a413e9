//! Access tokens for the API (RFC 9068).

use serde_json::{Map, Value, json};
use tarn_model::Realm;

use super::algorithm;
use super::token::{ACCESS_SECONDS, Grant, SERVER_ERROR};
use super::{AuthorizeParams, DemoClient, DemoClientAuth, DemoProvider, OAuthError, TokenForm};
use crate::secret::random_token;
use crate::{BearerConfig, ScopeLevel, ScopeSet};

const INVALID_SCOPE: OAuthError = OAuthError {
    status: 400,
    error: "invalid_scope",
};
const UNAUTHORIZED_CLIENT: OAuthError = OAuthError {
    status: 400,
    error: "unauthorized_client",
};

impl DemoProvider {
    /// What is wrong with what a request asks of the API, if it asks for anything.
    pub(super) fn api_fault(
        &self,
        client: &DemoClient,
        params: &AuthorizeParams,
    ) -> Option<&'static str> {
        let asked = ScopeSet::granted(&params.scope);
        let clinical = asked.is_ok_and(|scopes| scopes.is_clinical());
        if params.aud.is_empty() {
            // A token whose audience nobody named could be meant for anybody.
            return clinical.then_some("invalid_request");
        }
        if self.api.as_deref() != Some(params.aud.as_str()) {
            return Some("invalid_target");
        }
        self.api_grant(client, params)
            .is_none()
            .then_some("invalid_scope")
    }

    /// What a persona's client gets at the API: what it asks for, as far as it is registered
    /// for it and the realm has that level. `None` if it asks for nothing or gets nothing.
    pub(super) fn api_grant(
        &self,
        client: &DemoClient,
        params: &AuthorizeParams,
    ) -> Option<ScopeSet> {
        if params.aud.is_empty() {
            return None;
        }
        let asked = ScopeSet::granted(&params.scope).ok()?;
        let granted = asked
            .within(&client.api_scopes)
            .of_level(level(client.realm));
        granted.is_clinical().then_some(granted)
    }

    /// A persona's access token.
    pub(super) fn access_token_of(
        &self,
        grant: &Grant,
        scopes: &ScopeSet,
    ) -> Result<String, OAuthError> {
        let mut claims = grant.claims.clone();
        let signed_in_at = grant.signed_in_at.as_micros() / 1_000_000;
        claims.insert("auth_time".to_owned(), Value::from(signed_in_at));
        self.access_token(grant.realm, &grant.client_id, &grant.sub, scopes, claims)
    }

    /// A system's own token. Only a client with a key gets one, and only `system` scopes.
    ///
    /// Source: SMART Backend Services (App Launch 2.2); RFC 6749 §4.4; RFC 7523.
    pub(super) fn answer_system(
        &self,
        realm: Realm,
        form: &TokenForm,
        authorization: Option<&str>,
    ) -> Result<Value, OAuthError> {
        let client_id = self.authenticate(realm, form, authorization)?;
        let client = self
            .client(realm, &client_id)
            .filter(|client| matches!(client.auth, DemoClientAuth::PrivateKeyJwt(_)))
            .ok_or(UNAUTHORIZED_CLIENT)?;
        let asked: ScopeSet = form.scope.parse().map_err(|_| INVALID_SCOPE)?;
        let granted = asked
            .within(&client.api_scopes)
            .of_level(ScopeLevel::System);
        if !granted.is_clinical() {
            return Err(INVALID_SCOPE);
        }
        let access_token =
            self.access_token(realm, &client_id, &client_id, &granted, Map::new())?;
        Ok(json!({
            "access_token": access_token, "token_type": "Bearer",
            "expires_in": ACCESS_SECONDS, "scope": granted.to_string(),
        }))
    }

    fn access_token(
        &self,
        realm: Realm,
        client_id: &str,
        sub: &str,
        scopes: &ScopeSet,
        mut claims: Map<String, Value>,
    ) -> Result<String, OAuthError> {
        let api = self.api.as_ref().ok_or(UNAUTHORIZED_CLIENT)?;
        let now = self.clock.now().as_micros() / 1_000_000;
        let own = json!({
            "iss": self.issuer(realm), "aud": api, "sub": sub, "client_id": client_id,
            "iat": now, "exp": now + ACCESS_SECONDS, "scope": scopes.to_string(),
            "jti": random_token(self.entropy.as_ref()),
        });
        // Last, so that no persona's extra claim can stand in their place.
        claims.extend(own.as_object().cloned().unwrap_or_default());
        self.key
            .sign(algorithm(realm), BearerConfig::AT_JWT, &claims)
            .map_err(|_| SERVER_ERROR)
    }
}

/// An example for the description: every scope there is cannot be listed.
pub(super) const fn example_scope(realm: Realm) -> &'static str {
    match realm {
        Realm::Staff => "user/*.rs",
        Realm::Citizen => "patient/*.rs",
    }
}

const fn level(realm: Realm) -> ScopeLevel {
    match realm {
        Realm::Staff => ScopeLevel::User,
        Realm::Citizen => ScopeLevel::Patient,
    }
}
