//! Access tokens of issuers that say and do whatever a test wants.
#![expect(clippy::unwrap_used, reason = "test support")]

mod envelope;
mod forged;
mod grants;
mod issuer_keys;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::{Request, Response};
use ring::rand::SystemRandom;
use ring::signature::{self, EcdsaKeyPair, KeyPair, RsaKeyPair};
use serde_json::{Value, json};
use tarn_identity::{
    AccessGrant, BearerAlgorithm, BearerConfig, BearerError, BearerFault, BearerIssuer,
    BearerValidator, ClaimNames, HttpFailure, Profile, SystemClient,
};
use tarn_model::{ManualClock, Realm, Role, Timestamp};

use crate::world::{NOON, keys};

pub(crate) const STAFF: &str = "https://id.example/staff";
pub(crate) const CITIZENS: &str = "https://id.example/citizen";
pub(crate) const API: &str = "https://api.example/fhir/r4";
pub(crate) const NOW: i64 = 1_764_000_000;
/// What no error, log line or header may hold.
pub(crate) const PERSONAL: [&str; 4] = ["9990000018", "Hargreaves", "user-77", "X26"];

/// Signs any header with any claims.
pub(crate) enum Signer {
    Rsa { pair: RsaKeyPair, jwk: Value },
    Ec { pair: EcdsaKeyPair, jwk: Value },
}

/// The staff issuer's RSA key, its P-256 key, and the RSA key of the other issuer.
pub(crate) fn signers() -> &'static [Signer; 3] {
    static SIGNERS: OnceLock<[Signer; 3]> = OnceLock::new();
    SIGNERS.get_or_init(|| {
        let rsa = |key: &tarn_identity::SigningKey| {
            let pem = key.to_pem().unwrap();
            let lines: String = pem.lines().filter(|line| !line.contains('-')).collect();
            Signer::Rsa {
                pair: RsaKeyPair::from_pkcs8(&STANDARD.decode(lines).unwrap()).unwrap(),
                jwk: key.public().to_jwk(),
            }
        };
        let curve = &signature::ECDSA_P256_SHA256_FIXED_SIGNING;
        let random = SystemRandom::new();
        let document = EcdsaKeyPair::generate_pkcs8(curve, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(curve, document.as_ref(), &random).unwrap();
        let (x, y) = pair.public_key().as_ref().split_at(1).1.split_at(32);
        let jwk = json!({ "kty": "EC", "crv": "P-256", "use": "sig", "kid": "ec-1",
            "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y) });
        [rsa(&keys().0), Signer::Ec { pair, jwk }, rsa(&keys().1)]
    })
}

impl Signer {
    pub(crate) fn jwk(&self) -> &Value {
        match self {
            Self::Rsa { jwk, .. } | Self::Ec { jwk, .. } => jwk,
        }
    }

    pub(crate) fn id(&self) -> &str {
        self.jwk().get("kid").and_then(Value::as_str).unwrap()
    }

    pub(crate) fn sign(&self, header: &Value, claims: &Value) -> String {
        self.sign_text(&header.to_string(), &claims.to_string())
    }

    pub(crate) fn sign_text(&self, header: &str, claims: &str) -> String {
        let signed = format!("{}.{}", encode(header), encode(claims));
        let random = SystemRandom::new();
        let signature = match self {
            Self::Rsa { pair, .. } => {
                let padding: &dyn signature::RsaEncoding = if header.contains("RS512") {
                    &signature::RSA_PKCS1_SHA512
                } else {
                    &signature::RSA_PKCS1_SHA256
                };
                let mut bytes = vec![0; pair.public().modulus_len()];
                pair.sign(padding, &random, signed.as_bytes(), &mut bytes)
                    .unwrap();
                bytes
            }
            Self::Ec { pair, .. } => pair
                .sign(&random, signed.as_bytes())
                .unwrap()
                .as_ref()
                .into(),
        };
        format!("{signed}.{}", encode(signature))
    }
}

pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The header of a staff token.
pub(crate) fn header() -> Value {
    json!({ "alg": "RS256", "typ": "at+jwt", "kid": signers()[0].id() })
}

/// The claims of a staff token.
pub(crate) fn claims() -> Value {
    json!({
        "iss": STAFF, "aud": API, "sub": "user-77", "client_id": "app", "jti": "t-1",
        "iat": NOW, "exp": NOW + 300, "scope": "user/*.rs", "name": "Edna Hargreaves",
        "role": "ooh-doctor", "organisation": "X26", "assurance": "high",
    })
}

/// A value with some members changed; null takes one out.
pub(crate) fn with(mut value: Value, changes: Value) -> Value {
    let members = value.as_object_mut().unwrap();
    for (name, change) in changes.as_object().unwrap().clone() {
        if change.is_null() {
            members.remove(&name);
        } else {
            members.insert(name, change);
        }
    }
    value
}

/// A staff token with changed claims.
pub(crate) fn token(changes: Value) -> String {
    signers()[0].sign(&header(), &with(claims(), changes))
}

/// A citizen's token with changed claims, by the rules of NHS login.
pub(crate) fn citizen_token(changes: Value) -> String {
    let own = json!({
        "iss": CITIZENS, "scope": "patient/*.rs", "role": null, "organisation": null,
        "assurance": null, "vot": "P9.Cp.Cd", "nhs_number": "9990000018",
        "given_name": "Edna", "family_name": "Hargreaves",
    });
    let header = with(header(), json!({ "kid": signers()[2].id() }));
    signers()[2].sign(&header, &with(with(claims(), own), changes))
}

/// A validator, its clock, and the issuers' side of the network.
pub(crate) struct Desk {
    pub(crate) validator: BearerValidator,
    pub(crate) clock: ManualClock,
    pub(crate) net: Arc<Net>,
}

/// What the issuers answer.
pub(crate) struct Net {
    pub(crate) up: Mutex<bool>,
    pub(crate) staff_keys: Mutex<Value>,
    /// Members of the staff issuer's description.
    pub(crate) description: Mutex<Value>,
    pub(crate) fetches: AtomicUsize,
}

pub(crate) fn config() -> BearerConfig {
    let issuer = |issuer: &str, realm, profile| BearerIssuer {
        issuer: issuer.to_owned(),
        realm,
        profile,
        claims: ClaimNames::default(),
        client_claim: "client_id".to_owned(),
        roles: [("R8003".to_owned(), Role::CommunityNurse)].into(),
        system_clients: [].into(),
    };
    let nhs_login = Profile::NhsLogin {
        vtr: vec!["P9.Cp.Cd".to_owned(), "P5.Cp.Cd".to_owned()],
    };
    let mut staff = issuer(STAFF, Realm::Staff, Profile::Generic);
    let system = |subject: Option<&str>| SystemClient {
        name: "Ward board".to_owned(),
        organisation: "RSB".parse().unwrap(),
        organisation_name: None,
        role: Role::EdDoctor,
        subject: subject.map(str::to_owned),
    };
    staff
        .system_clients
        .insert("ward-board".to_owned(), system(None));
    staff.system_clients.insert(
        "keycloak-board".to_owned(),
        system(Some("service-account-1")),
    );
    BearerConfig {
        algorithms: vec![BearerAlgorithm::Rs256, BearerAlgorithm::Es256],
        ..BearerConfig::new(
            API,
            vec![staff, issuer(CITIZENS, Realm::Citizen, nhs_login)],
        )
    }
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self::of(config())
    }

    pub(crate) fn of(config: BearerConfig) -> Self {
        let net = Arc::new(Net {
            up: Mutex::new(true),
            staff_keys: Mutex::new(json!([signers()[0].jwk(), signers()[1].jwk()])),
            description: Mutex::new(
                json!({ "issuer": STAFF, "jwks_uri": "https://id.example/staff-keys" }),
            ),
            fetches: AtomicUsize::new(0),
        });
        let answers = Arc::clone(&net);
        let http = move |request| std::future::ready(answers.answer(&request));
        Self {
            validator: BearerValidator::new(config, Arc::new(http)).unwrap(),
            clock: ManualClock::new(NOON),
            net,
        }
    }

    pub(crate) async fn validate(&self, token: &str) -> Result<Arc<AccessGrant>, BearerError> {
        self.validator.validate(token, &self.clock).await
    }

    pub(crate) async fn fault(&self, token: &str) -> Option<BearerFault> {
        match self.validate(token).await {
            Ok(_) => None,
            Err(BearerError::Token { fault }) => Some(fault),
            Err(other) => panic!("{other}"),
        }
    }
}

impl Net {
    pub(crate) fn set_up(&self, up: bool) {
        *self.up.lock().unwrap() = up;
    }

    pub(crate) fn fetches(&self) -> usize {
        self.fetches.load(Ordering::SeqCst)
    }

    fn answer(&self, request: &Request<Vec<u8>>) -> Result<Response<Vec<u8>>, HttpFailure> {
        self.fetches.fetch_add(1, Ordering::SeqCst);
        if !*self.up.lock().unwrap() {
            return Err(HttpFailure("not reached"));
        }
        let body = match request.uri().to_string().as_str() {
            "https://id.example/staff/.well-known/openid-configuration" => {
                self.description.lock().unwrap().clone()
            }
            "https://id.example/staff-keys" => json!({ "keys": *self.staff_keys.lock().unwrap() }),
            "https://id.example/citizen/.well-known/openid-configuration" => {
                json!({ "issuer": CITIZENS, "jwks_uri": "https://id.example/citizen-keys" })
            }
            "https://id.example/citizen-keys" => json!({ "keys": [signers()[2].jwk()] }),
            _ => return Err(HttpFailure("no such page")),
        };
        Ok(Response::new(body.to_string().into_bytes()))
    }
}

#[test]
fn the_clock_of_these_tests_stands_at_noon() {
    assert_eq!(NOON, Timestamp::from_micros(NOW * 1_000_000));
}
