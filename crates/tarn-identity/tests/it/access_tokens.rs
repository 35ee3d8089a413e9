//! The demo provider's access tokens, from the request to the validator.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "test support")]

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::Response;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use tarn_identity::{
    AccessGrant, Algorithm, AuthorizeError, AuthorizeParams, BearerAlgorithm, BearerConfig,
    BearerError, BearerFault, BearerIssuer, BearerValidator, ClaimNames, DemoClient,
    DemoClientAuth, DemoParts, DemoProvider, HttpFailure, Interaction, Profile, ScopeLevel, Secret,
    SystemClient, TokenForm,
};
use tarn_model::{ManualClock, Realm, Role, SeededEntropy};

use crate::world::{BACK, NOON, keys, pairs, persona};

pub(crate) const BASE: &str = "http://127.0.0.1:8089";
const API: &str = "http://127.0.0.1:8083/fhir/r4";
const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

pub(crate) struct World {
    provider: Arc<DemoProvider>,
    validator: BearerValidator,
    pub(crate) clock: Arc<ManualClock>,
}

fn client(realm: Realm, client_id: &str, auth: DemoClientAuth, api_scopes: &str) -> DemoClient {
    DemoClient {
        realm,
        client_id: client_id.into(),
        redirect_uris: vec![BACK.into()],
        post_logout_redirect_uris: vec![],
        auth,
        api_scopes: api_scopes.parse().unwrap(),
    }
}

impl World {
    pub(crate) fn new() -> Self {
        let clock = Arc::new(ManualClock::new(NOON));
        let key = || DemoClientAuth::PrivateKeyJwt(keys().1.public());
        let secret = || DemoClientAuth::Secret(Secret::new("right"));
        let provider = Arc::new(
            DemoProvider::new(DemoParts {
                listen: [127, 0, 0, 1].into(),
                base: BASE.into(),
                api: Some(API.into()),
                clients: vec![
                    client(
                        Realm::Staff,
                        "app",
                        DemoClientAuth::None,
                        "user/*.rs openid",
                    ),
                    client(Realm::Staff, "confidential", secret(), "user/*.rs"),
                    client(Realm::Staff, "pages", DemoClientAuth::None, ""),
                    client(Realm::Staff, "board", key(), "system/*.rs"),
                    client(
                        Realm::Staff,
                        "feed",
                        DemoClientAuth::PrivateKeyJwt(crate::client_keys::p384().public()),
                        "system/*.cruds",
                    ),
                    client(Realm::Staff, "secretive", secret(), "system/*.rs"),
                    client(Realm::Citizen, "app", DemoClientAuth::None, "patient/*.rs"),
                ],
                key: keys().0.clone(),
                clock: clock.clone(),
                entropy: Arc::new(SeededEntropy::new(7)),
            })
            .unwrap(),
        );
        let board = SystemClient {
            name: "Ward board".into(),
            organisation: "RSB".parse().unwrap(),
            organisation_name: None,
            role: Role::EdDoctor,
            subject: None,
        };
        let issuer = |realm, profile| BearerIssuer {
            issuer: provider.issuer(realm),
            realm,
            profile,
            claims: ClaimNames::default(),
            client_claim: "client_id".into(),
            roles: [].into(),
            system_clients: match realm {
                Realm::Staff => [("board".to_owned(), board.clone())].into(),
                Realm::Citizen => [].into(),
            },
        };
        let nhs_login = Profile::NhsLogin {
            vtr: vec!["P9.Cp.Cd".into()],
        };
        let issuers = vec![
            issuer(Realm::Staff, Profile::Generic),
            issuer(Realm::Citizen, nhs_login),
        ];
        let config = BearerConfig {
            algorithms: vec![BearerAlgorithm::Rs256, BearerAlgorithm::Rs512],
            ..BearerConfig::new(API, issuers)
        };
        let answers = Arc::clone(&provider);
        let http = move |request: http::Request<Vec<u8>>| {
            let url = request.uri().to_string();
            let answer = [Realm::Staff, Realm::Citizen]
                .into_iter()
                .find_map(|realm| match url.strip_prefix(&answers.issuer(realm))? {
                    "/.well-known/openid-configuration" => Some(answers.discovery(realm)),
                    "/jwks" => Some(answers.jwks(realm)),
                    _ => None,
                });
            let answer = answer.map(|body| Response::new(body.to_string().into_bytes()));
            std::future::ready(answer.ok_or(HttpFailure("no such page")))
        };
        Self {
            validator: BearerValidator::new(config, Arc::new(http)).unwrap(),
            provider,
            clock,
        }
    }

    /// The whole code flow of one client as a persona: the token endpoint's answer.
    fn by_code(
        &self,
        realm: Realm,
        change: impl Fn(&mut AuthorizeParams),
    ) -> Result<Value, String> {
        let mut params = params(realm);
        change(&mut params);
        let pending = match self.provider.check_authorize(realm, &params) {
            Ok(pending) => pending,
            Err(AuthorizeError::Redirect(back)) => {
                return Err(pairs(&back)["error"].as_str().unwrap().to_owned());
            }
            Err(AuthorizeError::Page(problem)) => return Err(problem.to_owned()),
        };
        let back = self.provider.approve(&pending, &persona(realm)).unwrap();
        let form = TokenForm {
            grant_type: "authorization_code".into(),
            code: pairs(&back)["code"].as_str().unwrap().to_owned(),
            redirect_uri: BACK.into(),
            code_verifier: verifier(),
            client_id: Some(params.client_id),
            client_secret: Some("right".into()),
            ..TokenForm::default()
        };
        let answer = self.provider.token(realm, &form, None);
        answer.map_err(|error| error.error.to_owned())
    }

    /// A system asks with an assertion of these claims.
    fn by_assertion(&self, change: Value, scope: &str) -> Result<Value, &'static str> {
        let now = NOON.as_micros() / 1_000_000;
        let mut claims = json!({
            "iss": "board", "sub": "board", "aud": format!("{BASE}/staff/token"),
            "jti": "a-1", "iat": now, "exp": now + 300,
        });
        let members = claims.as_object_mut().unwrap();
        members.extend(change.as_object().unwrap().clone());
        members.retain(|_, value| !value.is_null());
        self.by_assertion_of(
            &keys().1.sign(Algorithm::Rs384, "JWT", members).unwrap(),
            scope,
        )
    }

    pub(crate) fn by_assertion_of(
        &self,
        assertion: &str,
        scope: &str,
    ) -> Result<Value, &'static str> {
        let form = TokenForm {
            grant_type: "client_credentials".into(),
            scope: scope.into(),
            client_assertion: Some(assertion.into()),
            client_assertion_type: Some(ASSERTION.into()),
            ..TokenForm::default()
        };
        let answer = self.provider.token(Realm::Staff, &form, None);
        answer.map_err(|error| error.error)
    }

    async fn validate(&self, answer: &Value) -> Result<Arc<AccessGrant>, BearerError> {
        let token = answer["access_token"].as_str().unwrap();
        self.validator.validate(token, self.clock.as_ref()).await
    }
}

fn verifier() -> String {
    "v".repeat(43)
}

fn params(realm: Realm) -> AuthorizeParams {
    let scope = match realm {
        Realm::Staff => "user/Observation.rs user/Patient.cruds system/*.rs",
        Realm::Citizen => "patient/*.rs user/*.rs",
    };
    AuthorizeParams {
        response_type: "code".into(),
        client_id: "app".into(),
        redirect_uri: BACK.into(),
        scope: scope.into(),
        aud: API.into(),
        state: "s".into(),
        code_challenge: URL_SAFE_NO_PAD.encode(Sha256::digest(verifier())),
        code_challenge_method: "S256".into(),
        ..AuthorizeParams::default()
    }
}

#[tokio::test]
async fn a_persona_gets_a_token_for_the_api_and_no_more_than_is_registered() {
    let world = World::new();
    let answer = world.by_code(Realm::Staff, |_| {}).unwrap();
    assert_eq!(answer["scope"], "user/Observation.rs user/Patient.rs");
    assert!(answer.get("id_token").is_none(), "nobody asked for one");
    let grant = world.validate(&answer).await.unwrap();
    assert_eq!(
        (grant.level, grant.actor.role),
        (ScopeLevel::User, Role::OohDoctor)
    );
    assert_eq!(grant.actor.organisation.as_ref().unwrap().as_str(), "X26");
    assert!(grant.allows("Patient", Interaction::Read));
    assert!(!grant.allows("Patient", Interaction::Update));

    let answer = world.by_code(Realm::Citizen, |_| {}).unwrap();
    assert_eq!(answer["scope"], "patient/*.rs");
    let grant = world.validate(&answer).await.unwrap();
    assert_eq!(grant.level, ScopeLevel::Patient);
    assert_eq!(grant.actor.own_nhs_number.unwrap().as_str(), "9990000018");

    // A token is for five minutes, and every one is another.
    let again = world.by_code(Realm::Staff, |_| {}).unwrap();
    assert_ne!(again["access_token"], answer["access_token"]);
    world.clock.advance_seconds(331);
    let error = world.validate(&again).await.unwrap_err();
    assert_eq!(error, BearerFault::Expired.into());
}

#[tokio::test]
async fn the_providers_other_tokens_open_nothing_at_the_api() {
    let world = World::new();
    let with_openid = |params: &mut AuthorizeParams| {
        params.scope.push_str(" openid");
        params.nonce = "n".into();
    };
    let answer = world.by_code(Realm::Staff, with_openid).unwrap();
    let id_token = answer["id_token"].as_str().unwrap();
    let fault = world
        .validator
        .validate(id_token, world.clock.as_ref())
        .await;
    assert_eq!(fault, Err(BearerFault::Type.into()), "an ID token");
    world.validate(&answer).await.unwrap();

    // The API's token opens no user information, and the sign-in's opens no API.
    let header = format!("Bearer {}", answer["access_token"].as_str().unwrap());
    assert_eq!(
        world
            .provider
            .userinfo(Realm::Staff, Some(&header))
            .unwrap_err()
            .status,
        401
    );
    let sign_in = |params: &mut AuthorizeParams| {
        params.scope = "openid profile".into();
        params.aud.clear();
        params.nonce = "n".into();
    };
    let answer = world.by_code(Realm::Staff, sign_in).unwrap();
    let error = world.validate(&answer).await.unwrap_err();
    assert_eq!(error, BearerFault::Form.into());
    let header = format!("Bearer {}", answer["access_token"].as_str().unwrap());
    assert!(world.provider.userinfo(Realm::Staff, Some(&header)).is_ok());
}

#[test]
fn a_request_for_the_api_that_is_not_right_gets_nothing() {
    let world = World::new();
    let check = |change: fn(&mut AuthorizeParams), word: &str| {
        let answer = world.by_code(Realm::Staff, change);
        assert_eq!(answer, Err(word.to_owned()));
    };
    check(|p| p.aud.clear(), "invalid_scope");
    check(
        |p| {
            p.aud.clear();
            p.nonce = "n".into();
            p.scope.push_str(" openid");
        },
        "invalid_request",
    );
    check(|p| p.aud = "http://evil.example".into(), "invalid_target");
    check(|p| p.aud.push('/'), "invalid_target");
    check(|p| p.scope = "patient/*.rs".into(), "invalid_scope");
    check(|p| p.scope = "user/*.cud".into(), "invalid_scope");
    check(|p| p.scope = "user/*.sr".into(), "invalid_scope");
    check(|p| p.client_id = "pages".into(), "invalid_scope");
    check(|p| p.code_challenge.clear(), "invalid_request");
    check(|p| p.state.clear(), "invalid_request");
    assert!(
        world
            .by_code(Realm::Staff, |p| p.client_id = "confidential".into())
            .is_ok()
    );
}

#[tokio::test]
async fn a_system_gets_its_own_token_by_its_own_key() {
    let world = World::new();
    let answer = world
        .by_assertion(json!({}), "system/Observation.rs system/*.c")
        .unwrap();
    assert_eq!(answer["scope"], "system/Observation.rs");
    let grant = world.validate(&answer).await.unwrap();
    assert_eq!(
        (grant.level, grant.actor.role),
        (ScopeLevel::System, Role::EdDoctor)
    );
    assert_eq!(grant.actor.organisation.as_ref().unwrap().as_str(), "RSB");

    for scope in ["user/*.rs", "system/*.c", "system/*.rs?", ""] {
        let jti = json!({ "jti": format!("scope {scope}") });
        assert_eq!(world.by_assertion(jti, scope), Err("invalid_scope"));
    }
}

#[test]
fn an_assertion_works_once_in_time_and_for_its_own_endpoint() {
    let world = World::new();
    let now = NOON.as_micros() / 1_000_000;
    let scope = "system/*.rs";
    // What is wrong does not use up the id.
    for change in [
        json!({ "aud": BASE }),
        json!({ "aud": format!("{BASE}/citizen/token") }),
        json!({ "iss": "app" }),
        json!({ "sub": "nobody" }),
        json!({ "sub": null }),
        json!({ "exp": now }),
        json!({ "exp": now + 301 }),
        json!({ "exp": null }),
        json!({ "jti": null }),
        json!({ "jti": "" }),
    ] {
        let refused = world.by_assertion(change.clone(), scope);
        assert_eq!(refused, Err("invalid_client"), "{change}");
    }
    assert!(world.by_assertion(json!({}), scope).is_ok());
    assert_eq!(
        world.by_assertion(json!({}), scope),
        Err("invalid_client"),
        "a replay"
    );
    assert_eq!(
        world.by_assertion(json!({ "exp": now + 299 }), scope),
        Err("invalid_client")
    );
    assert!(world.by_assertion(json!({ "jti": "a-2" }), scope).is_ok());

    let own = json!({ "iss": "board", "sub": "board", "jti": "a-3",
        "aud": format!("{BASE}/staff/token"), "exp": now + 300 });
    let own: &Map<String, Value> = own.as_object().unwrap();
    let by_another_key = keys().0.sign(Algorithm::Rs384, "JWT", own).unwrap();
    assert_eq!(
        world.by_assertion_of(&by_another_key, scope),
        Err("invalid_client")
    );
    let weaker = keys().1.sign(Algorithm::Rs256, "JWT", own).unwrap();
    assert_eq!(world.by_assertion_of(&weaker, scope), Err("invalid_client"));
}

#[test]
fn only_a_client_with_a_key_is_a_system() {
    let world = World::new();
    for client_id in ["secretive", "confidential", "app"] {
        let form = TokenForm {
            grant_type: "client_credentials".into(),
            scope: "system/*.rs".into(),
            client_id: Some(client_id.into()),
            client_secret: Some("right".into()),
            ..TokenForm::default()
        };
        let answer = world.provider.token(Realm::Staff, &form, None);
        assert_eq!(
            answer.unwrap_err().error,
            "unauthorized_client",
            "{client_id}"
        );
    }
}

#[test]
fn the_description_says_what_the_provider_does() {
    let world = World::new();
    let said = world.provider.discovery(Realm::Staff);
    assert_eq!(
        said["grant_types_supported"],
        json!(["authorization_code", "client_credentials"])
    );
    assert_eq!(
        said["token_endpoint_auth_signing_alg_values_supported"],
        json!(["RS384", "ES384", "RS512"])
    );
    let scopes = said["scopes_supported"].as_array().unwrap();
    assert!(scopes.contains(&json!("user/*.rs")));
}
