//! A small Harrowmere behind the interface, on either backend, and callers with tokens.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use actix_web::http::header::HeaderMap;
use actix_web::middleware::from_fn;
use actix_web::test::{self, TestRequest};
use actix_web::{App, web};
use async_trait::async_trait;
use futures_util::future::LocalBoxFuture;
use serde_json::Value;
use tarn_access::{Door, DoorParts};
use tarn_audit::AuditLog;
use tarn_consent::ChoiceRegister;
use tarn_fhir::{Api, ApiParts, Authorisation, Settings, Tokens};
use tarn_identity::{AccessGrant, BearerError, BearerFault, ScopeLevel, ScopeSet};
use tarn_model::{
    Actor, Assurance, Entropy, ManualClock, NhsNumber, Realm, Role, SeededEntropy, Timestamp,
};
use tarn_record::{RecordStore, StoredRecords};
use tokio::runtime::Runtime;
use tokio::sync::OnceCell;

pub(crate) use crate::contents::{observation, patient, transaction};

/// 22-Nov-2026 10:04.
pub(crate) const NOW: Timestamp = Timestamp::from_micros(1_795_341_840_000_000);
/// With an open case at the out-of-hours service.
pub(crate) const EDIE: &str = "9990000018";
/// With nothing that links them with the out-of-hours service.
pub(crate) const ARTHUR: &str = "9990000034";

pub(crate) const AGREEMENT: &str =
    include_str!("../../../../governance/agreements/harrowmere/agreement.md");
pub(crate) const ORIGIN: &str = "http://127.0.0.1:8083";
pub(crate) const BASE: &str = "http://127.0.0.1:8083/fhir/r4";

/// Databases and the door live here; each test's requests run on their own.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

/// The whole application, as a function from a request to what came back.
type Application = Box<dyn Fn(TestRequest) -> LocalBoxFuture<'static, Reply>>;

pub(crate) struct World {
    _folder: tempfile::TempDir,
    pub(crate) backend: &'static str,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) entropy: Arc<TrippingEntropy>,
    pub(crate) door: Arc<Door>,
    pub(crate) record: Arc<RecordStore>,
    pub(crate) audit: Arc<AuditLog>,
    api: web::Data<Api>,
    application: OnceCell<Application>,
}

/// Randomness that a test can make fail where files are sealed, as a defect would.
pub(crate) struct TrippingEntropy {
    entropy: SeededEntropy,
    pub(crate) armed: AtomicBool,
}

impl Entropy for TrippingEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        let is_nonce = bytes.len() == 12;
        assert!(!(is_nonce && self.armed.load(Ordering::SeqCst)), "tripped");
        self.entropy.fill(bytes);
    }
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {} {}", self.status, self.body))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().unwrap())
    }

    /// Everything that a caller can see, but for the request's own id.
    pub(crate) fn seen(&self) -> (u16, BTreeMap<String, String>, &str) {
        let headers = self.headers.iter().map(|(name, value)| {
            let value = value.to_str().unwrap().to_owned();
            (name.as_str().to_owned(), value)
        });
        let headers = headers.filter(|(name, _)| name != "x-request-id").collect();
        (self.status, headers, &self.body)
    }

    /// Ids of a Bundle's entries, in order.
    pub(crate) fn ids(&self) -> Vec<String> {
        let bundle = self.json();
        let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
        let ids = entries
            .iter()
            .map(|entry| entry["resource"]["id"].as_str().unwrap().to_owned());
        ids.collect()
    }

    pub(crate) fn link(&self, relation: &str) -> Option<String> {
        let bundle = self.json();
        let links = bundle["link"].as_array()?;
        let link = links.iter().find(|link| link["relation"] == relation)?;
        link["url"].as_str().map(str::to_owned)
    }
}

/// Runs `check` in a fresh world on each backend.
pub(crate) fn on_both(check: impl AsyncFn(&World)) {
    for backend in backends() {
        let world = backend.world();
        actix_web::rt::System::new().block_on(check(&world));
    }
}

/// Runs `check` in a fresh world on SQLite, where the database makes no difference.
pub(crate) fn on_one(check: impl AsyncFn(&World)) {
    let world = Backend::Sqlite.world();
    actix_web::rt::System::new().block_on(check(&world));
}

/// Runs `check` with two fresh worlds on each backend.
pub(crate) fn with_two_on_both(check: impl AsyncFn(&World, &World)) {
    for backend in backends() {
        let (one, other) = (backend.world(), backend.world());
        actix_web::rt::System::new().block_on(check(&one, &other));
    }
}

enum Backend {
    Sqlite,
    Postgres,
}

/// The backends that can be reached.
fn backends() -> Vec<Backend> {
    if RUNTIME
        .block_on(tarn_database::testing::fresh_postgres())
        .is_some()
    {
        return vec![Backend::Sqlite, Backend::Postgres];
    }
    println!("left out: PostgreSQL (TARN_TEST_POSTGRES not set)");
    vec![Backend::Sqlite]
}

impl Backend {
    fn world(&self) -> World {
        let folder = tempfile::tempdir().unwrap();
        let (backend, addresses) = match self {
            Self::Sqlite => {
                let of_sqlite = |noun: &str| {
                    let path = folder.path().join(format!("{noun}.db"));
                    format!("sqlite:{}", path.display())
                };
                ("SQLite", ["record", "audit", "consent"].map(of_sqlite))
            }
            Self::Postgres => {
                let server = RUNTIME.block_on(tarn_database::testing::fresh_postgres());
                let server = server.unwrap();
                ("PostgreSQL", [(); 3].map(|()| server.clone()))
            }
        };
        RUNTIME.block_on(World::open(backend, addresses, folder))
    }
}

impl World {
    async fn open(
        backend: &'static str,
        [record, audit, consent]: [String; 3],
        folder: tempfile::TempDir,
    ) -> Self {
        let clock = Arc::new(ManualClock::new(NOW));
        let record = Arc::new(RecordStore::connect(&record).await.unwrap());
        let audit = Arc::new(AuditLog::connect(&audit).await.unwrap());
        let consent = Arc::new(ChoiceRegister::connect(&consent).await.unwrap());
        record.migrate().await.unwrap();
        audit.migrate().await.unwrap();
        consent.migrate().await.unwrap();
        crate::contents::fill(&record).await;
        let stored = StoredRecords::open(Arc::clone(&record), Arc::clone(&clock) as _)
            .await
            .unwrap();
        let entropy = Arc::new(TrippingEntropy {
            entropy: SeededEntropy::new(4),
            armed: AtomicBool::new(false),
        });
        let door = Arc::new(Door::new(DoorParts {
            record: Arc::clone(&record),
            sources: vec![Arc::new(stored)],
            consent,
            audit: Arc::clone(&audit),
            policy: Arc::new(tarn_governance::compile(AGREEMENT).unwrap()),
            clock: Arc::clone(&clock) as _,
            entropy: Arc::new(SeededEntropy::new(3)),
            deadline: Duration::from_secs(5),
            runtime: RUNTIME.handle().clone(),
        }));
        let api = Api::new(ApiParts {
            settings: Settings {
                origin: ORIGIN.to_owned(),
                locality: "Harrowmere care record".to_owned(),
                authorisation: vec![Authorisation {
                    issuer: "https://id.example/staff".to_owned(),
                    authorize: Some("https://id.example/staff/authorize".to_owned()),
                    token: Some("https://id.example/staff/token".to_owned()),
                    jwks: Some("https://id.example/staff/jwks".to_owned()),
                }],
                cors_origins: vec!["https://app.example".to_owned()],
                exports: folder.path().join("exports"),
            },
            door: Arc::clone(&door),
            tokens: Arc::new(NamedTokens),
            clock: Arc::clone(&clock) as _,
            entropy: Arc::clone(&entropy) as _,
            ready: Vec::new(),
            metrics: tarn_web::Metrics::new().unwrap(),
            page_key: None,
        })
        .unwrap();
        Self {
            _folder: folder,
            backend,
            clock,
            entropy,
            door,
            record,
            audit,
            api: web::Data::new(api),
            application: OnceCell::new(),
        }
    }

    pub(crate) async fn send(&self, request: TestRequest) -> Reply {
        let application = self.application.get_or_init(|| self.application()).await;
        application(request).await
    }

    async fn application(&self) -> Application {
        let app = App::new()
            .wrap(from_fn(tarn_fhir::every_request))
            .app_data(self.api.clone())
            .configure(tarn_fhir::configure);
        let service = Rc::new(test::init_service(app).await);
        Box::new(move |request| {
            let service = Rc::clone(&service);
            Box::pin(async move {
                let reply = test::call_service(&*service, request.to_request()).await;
                let (status, headers) = (reply.status().as_u16(), reply.headers().clone());
                let body = test::read_body(reply).await;
                Reply {
                    status,
                    headers,
                    body: String::from_utf8(body.to_vec()).unwrap(),
                }
            })
        })
    }

    pub(crate) async fn get(&self, token: &str, path: &str) -> Reply {
        self.send(asks(TestRequest::get(), token, path)).await
    }

    /// Sends JSON.
    pub(crate) async fn with_body(
        &self,
        request: TestRequest,
        token: &str,
        path: &str,
        body: &str,
    ) -> Reply {
        let request = asks(request, token, path)
            .insert_header(("content-type", "application/fhir+json"))
            .set_payload(body.to_owned());
        self.send(request).await
    }

    pub(crate) async fn post(&self, token: &str, path: &str, body: &Value) -> Reply {
        self.with_body(TestRequest::post(), token, path, &body.to_string())
            .await
    }

    pub(crate) async fn put(&self, token: &str, path: &str, body: &Value) -> Reply {
        self.with_body(TestRequest::put(), token, path, &body.to_string())
            .await
    }

    /// The id of the Patient resource of this number that OAK01 sent.
    pub(crate) async fn patient(&self, token: &str, number: &str) -> String {
        let path = format!("/Patient?identifier={}|{number}", NhsNumber::SYSTEM);
        let found = self.get(token, &path).await;
        assert_eq!(found.status, 200, "{}", found.body);
        found
            .ids()
            .first()
            .unwrap_or_else(|| panic!("{}", found.body))
            .clone()
    }
}

/// A request by the bearer of a token, to a path below the base.
pub(crate) fn asks(request: TestRequest, token: &str, path: &str) -> TestRequest {
    let address = path.strip_prefix(BASE).unwrap_or(path);
    let request = request.uri(&format!("/fhir/r4{address}"));
    if token.is_empty() {
        return request;
    }
    request.insert_header(("authorization", format!("Bearer {token}")))
}

/// Tokens by name: who, and with which scopes.
struct NamedTokens;

#[async_trait]
impl Tokens for NamedTokens {
    async fn grant(&self, token: &str) -> Result<Arc<AccessGrant>, BearerError> {
        let (level, role, organisation, scopes) = match token {
            "doctor" | "other-doctor" => (ScopeLevel::User, Role::OohDoctor, "HUC01", "user/*.rs"),
            "doctor-who-writes" | "doctor-with-edie" => {
                (ScopeLevel::User, Role::OohDoctor, "HUC01", "user/*.cruds")
            }
            "no-scope" => (ScopeLevel::User, Role::OohDoctor, "HUC01", "openid"),
            "only-patients" => (
                ScopeLevel::User,
                Role::OohDoctor,
                "HUC01",
                "user/Patient.rs",
            ),
            "only-vital-signs" => (
                ScopeLevel::User,
                Role::OohDoctor,
                "HUC01",
                "user/Patient.rs user/Observation.rs?category=vital-signs",
            ),
            "operator" => (ScopeLevel::User, Role::Operator, "HUC01", "user/*.rs"),
            "feed" => (ScopeLevel::System, Role::Gp, "OAK01", "system/*.cruds"),
            "hospital-doctor-who-writes" => {
                (ScopeLevel::User, Role::EdDoctor, "RSB", "user/*.cruds")
            }
            "other-feed" => (ScopeLevel::System, Role::EdDoctor, "RSB", "system/*.cruds"),
            "edie" => (ScopeLevel::Patient, Role::Citizen, "", "patient/*.rs"),
            _ => return Err(BearerFault::Signature.into()),
        };
        let realm = if role == Role::Citizen {
            Realm::Citizen
        } else {
            Realm::Staff
        };
        Ok(Arc::new(AccessGrant {
            actor: Actor {
                realm,
                user_id: format!("user-{token}"),
                display_name: "Somebody".to_owned(),
                role,
                organisation: organisation.parse().ok(),
                organisation_name: None,
                assurance: Assurance::High,
                own_nhs_number: (realm == Realm::Citizen).then(|| EDIE.parse().unwrap()),
            },
            level,
            scopes: ScopeSet::granted(scopes).unwrap(),
            patient: (token == "doctor-with-edie").then(|| "edie".to_owned()),
            client_id: "a-client".to_owned(),
            token_id: "1".to_owned(),
            expires_at: NOW.plus_seconds(3600),
        }))
    }
}
