//! A relying party and the demo provider, joined by a closure instead of a network.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "test support")]

use std::sync::{Arc, Mutex, OnceLock};

use http::{Request, Response, StatusCode};
use openidconnect::url::{Url, form_urlencoded};
use serde_json::{Map, Value, json};
use tarn_identity::{
    AuthorizeParams, Callback, ClaimNames, ClientAuth, DemoClient, DemoClientAuth, DemoParts,
    DemoProvider, HttpFailure, IdentityError, LoginAttempt, Persona, Profile, RelyingParty,
    RelyingPartyConfig, ScopeSet, SignedIn, SigningKey, TokenForm,
};
use tarn_model::{ManualClock, Realm, Role, SeededEntropy, Timestamp};

pub(crate) const NOON: Timestamp = Timestamp::from_micros(1_764_000_000_000_000);
const BASE: &str = "http://127.0.0.1:8089";
pub(crate) const BACK: &str = "http://127.0.0.1:8080/signed-in";

/// Changes the claims of an ID token before it is signed again by the provider's key.
pub(crate) type Twist = Box<dyn Fn(&mut Map<String, Value>) + Send + Sync>;

pub(crate) struct World {
    pub(crate) provider: Arc<DemoProvider>,
    pub(crate) party: RelyingParty,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) entropy: Arc<SeededEntropy>,
    pub(crate) twist: Arc<Mutex<Option<Twist>>>,
    pub(crate) user_info_twist: Arc<Mutex<Option<Twist>>>,
    pub(crate) token_key: Arc<Mutex<(SigningKey, tarn_identity::Algorithm)>>,
}

/// Making a key takes seconds in a debug build, so the tests share two.
pub(crate) fn keys() -> &'static (SigningKey, SigningKey) {
    static KEYS: OnceLock<(SigningKey, SigningKey)> = OnceLock::new();
    KEYS.get_or_init(|| {
        let entropy = SeededEntropy::new(41);
        let one = SigningKey::generate(&entropy).unwrap();
        (one, SigningKey::generate(&entropy).unwrap())
    })
}

pub(crate) fn config(
    realm: Realm,
    profile: Profile,
    client_auth: ClientAuth,
) -> RelyingPartyConfig {
    RelyingPartyConfig {
        realm,
        issuer: format!("{BASE}/{realm}"),
        client_id: "tarn".into(),
        redirect_uri: BACK.into(),
        post_logout_redirect_uri: Some("http://127.0.0.1:8080/".into()),
        scopes: vec!["profile".into()],
        client_auth,
        profile,
        algorithms: vec![],
        claims: ClaimNames::default(),
        roles: [("R8003".to_owned(), Role::CommunityNurse)].into(),
    }
}

impl World {
    pub(crate) fn new(config: RelyingPartyConfig) -> Self {
        let clock = Arc::new(ManualClock::new(NOON));
        let entropy = Arc::new(SeededEntropy::new(9));
        let auth = match &config.client_auth {
            ClientAuth::None => DemoClientAuth::None,
            ClientAuth::SecretBasic(secret) | ClientAuth::SecretPost(secret) => {
                DemoClientAuth::Secret(secret.clone())
            }
            ClientAuth::PrivateKeyJwt(key) => DemoClientAuth::PrivateKeyJwt(key.public()),
        };
        let client = DemoClient {
            realm: config.realm,
            client_id: "tarn".into(),
            redirect_uris: vec![BACK.into()],
            post_logout_redirect_uris: vec!["http://127.0.0.1:8080/".into()],
            auth,
            api_scopes: ScopeSet::default(),
        };
        let provider = Arc::new(
            DemoProvider::new(DemoParts {
                listen: [127, 0, 0, 1].into(),
                base: BASE.into(),
                api: None,
                clients: vec![client],
                key: keys().0.clone(),
                clock: clock.clone(),
                entropy: entropy.clone(),
            })
            .unwrap(),
        );
        let algorithm = match config.realm {
            Realm::Staff => tarn_identity::Algorithm::Rs256,
            Realm::Citizen => tarn_identity::Algorithm::Rs512,
        };
        let token_key = Arc::new(Mutex::new((keys().0.clone(), algorithm)));
        let (twist, user_info_twist) = (Arc::default(), Arc::default());
        let network = Network {
            provider: Arc::clone(&provider),
            realm: config.realm,
            twist: Arc::clone(&twist),
            user_info_twist: Arc::clone(&user_info_twist),
            token_key: Arc::clone(&token_key),
        };
        let http = move |request| std::future::ready(network.answer(&request));
        Self {
            provider,
            party: RelyingParty::new(config, Arc::new(http)),
            clock,
            entropy,
            twist,
            user_info_twist,
            token_key,
        }
    }

    pub(crate) fn twist(&self, twist: impl Fn(&mut Map<String, Value>) + Send + Sync + 'static) {
        *self.twist.lock().unwrap() = Some(Box::new(twist));
    }

    pub(crate) async fn begin(&self) -> (String, LoginAttempt) {
        let entropy = self.entropy.as_ref();
        self.party
            .begin("/find", false, self.clock.as_ref(), entropy)
            .await
            .unwrap()
    }

    /// What the browser brings back when `persona` is chosen.
    pub(crate) fn choose(&self, url: &str, persona: &Persona) -> Callback {
        let params = authorize_params(url);
        let pending = self
            .provider
            .check_authorize(persona.realm, &params)
            .unwrap();
        let back = self.provider.approve(&pending, persona).unwrap();
        assert!(back.starts_with(BACK));
        let query: Map<String, Value> = pairs(&back);
        serde_json::from_value(Value::Object(query)).unwrap()
    }

    pub(crate) async fn finish(
        &self,
        callback: &Callback,
        attempt: LoginAttempt,
    ) -> Result<SignedIn, IdentityError> {
        let entropy = self.entropy.as_ref();
        self.party
            .finish(callback, attempt, self.clock.as_ref(), entropy)
            .await
    }

    pub(crate) async fn sign_in(&self, persona: &Persona) -> Result<SignedIn, IdentityError> {
        let (url, attempt) = self.begin().await;
        let callback = self.choose(&url, persona);
        self.finish(&callback, attempt).await
    }
}

pub(crate) fn authorize_params(url: &str) -> AuthorizeParams {
    serde_json::from_value(Value::Object(pairs(url))).unwrap()
}

pub(crate) fn pairs(url: &str) -> Map<String, Value> {
    let url = Url::parse(url).unwrap();
    url.query_pairs()
        .map(|(name, value)| (name.into_owned(), json!(value)))
        .collect()
}

pub(crate) fn persona(realm: Realm) -> Persona {
    let staff = realm == Realm::Staff;
    Persona {
        realm,
        sub: format!("{realm}-sub"),
        given_name: "Edna".into(),
        family_name: "Hargreaves".into(),
        name: "Edna Hargreaves".into(),
        birthdate: Some("1941-03-02".into()),
        organisation: staff.then(|| "X26".parse().unwrap()),
        organisation_name: staff.then(|| "Out of Hours".into()),
        role: staff.then_some(Role::OohDoctor),
        nhs_number: (!staff).then(|| "9990000018".parse().unwrap()),
        extra: Map::new(),
    }
}

struct Network {
    provider: Arc<DemoProvider>,
    realm: Realm,
    twist: Arc<Mutex<Option<Twist>>>,
    user_info_twist: Arc<Mutex<Option<Twist>>>,
    token_key: Arc<Mutex<(SigningKey, tarn_identity::Algorithm)>>,
}

impl Network {
    fn answer(&self, request: &Request<Vec<u8>>) -> Result<Response<Vec<u8>>, HttpFailure> {
        let issuer = self.provider.issuer(self.realm);
        let header = request.headers().get(http::header::AUTHORIZATION);
        let header = header.and_then(|header| header.to_str().ok());
        let url = request.uri().to_string();
        let answer = match url
            .strip_prefix(&issuer)
            .ok_or(HttpFailure("unknown address"))?
        {
            "/.well-known/openid-configuration" => Ok(self.provider.discovery(self.realm)),
            "/jwks" => Ok(self.provider.jwks(self.realm)),
            "/token" => {
                let form = form_urlencoded::parse(request.body())
                    .map(|(name, value)| (name.into_owned(), json!(value)))
                    .collect::<Map<_, _>>();
                let form: TokenForm = serde_json::from_value(Value::Object(form)).unwrap();
                self.provider
                    .token(self.realm, &form, header)
                    .map(|answer| self.twisted(answer))
            }
            "/userinfo" => self
                .provider
                .userinfo(self.realm, header)
                .map(|mut answer| {
                    if let Some(twist) = &*self.user_info_twist.lock().unwrap() {
                        twist(answer.as_object_mut().unwrap());
                    }
                    answer
                }),
            _ => return Err(HttpFailure("no such page")),
        };
        let (status, body) = match answer {
            Ok(body) => (200, body),
            Err(error) => (error.status, error.to_json()),
        };
        Ok(Response::builder()
            .status(StatusCode::from_u16(status).unwrap())
            .header("content-type", "application/json")
            .body(body.to_string().into_bytes())
            .unwrap())
    }

    fn twisted(&self, mut answer: Value) -> Value {
        let key = self.token_key.lock().unwrap();
        let twist = self.twist.lock().unwrap();
        let token = answer["id_token"].as_str().unwrap();
        let known = [
            tarn_identity::Algorithm::Rs256,
            tarn_identity::Algorithm::Rs512,
        ];
        let mut claims = keys().0.public().verify(token, &known, "JWT").unwrap();
        if let Some(twist) = &*twist {
            twist(&mut claims);
        }
        answer["id_token"] = json!(key.0.sign(key.1, "JWT", &claims).unwrap());
        answer
    }
}
