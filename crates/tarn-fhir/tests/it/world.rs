//! A small Harrowmere behind the interface, on either backend, and callers with tokens.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use actix_web::http::header::HeaderMap;
use actix_web::middleware::from_fn;
use actix_web::test::{self, TestRequest};
use actix_web::{App, web};
use async_trait::async_trait;
use serde_json::{Value, json};
use tarn_access::{Connection, Door, DoorParts, Source};
use tarn_audit::AuditLog;
use tarn_consent::ChoiceRegister;
use tarn_fhir::{Api, ApiParts, Authorisation, Settings, Tokens};
use tarn_identity::{AccessGrant, BearerError, BearerFault, ScopeLevel, ScopeSet};
use tarn_model::{
    Actor, Assurance, HeadingSet, IdMaker, ManualClock, NhsNumber, OdsCode, Realm, Role,
    SeededEntropy, Timestamp,
};
use tarn_record::{Delivery, RecordStore, StoredRecords};
use tokio::runtime::Runtime;

/// 22-Nov-2026 10:04.
pub(crate) const NOW: Timestamp = Timestamp::from_micros(1_795_341_840_000_000);
/// With an open case at the out-of-hours service.
pub(crate) const EDIE: &str = "9990000018";
/// With nothing that links them with the out-of-hours service.
pub(crate) const ARTHUR: &str = "9990000034";

const AGREEMENT: &str = include_str!("../../../../governance/agreements/harrowmere/agreement.md");
pub(crate) const ORIGIN: &str = "http://127.0.0.1:8083";
pub(crate) const BASE: &str = "http://127.0.0.1:8083/fhir/r4";

/// Databases and the door live here; each test's requests run on their own.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

pub(crate) struct World {
    _folder: tempfile::TempDir,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) api: web::Data<Api>,
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
    on_one(&check);
    let Some(server) = RUNTIME.block_on(tarn_database::testing::fresh_postgres()) else {
        println!("left out: PostgreSQL (TARN_TEST_POSTGRES not set)");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let world = RUNTIME.block_on(World::open([(); 3].map(|()| server.clone()), folder));
    actix_web::rt::System::new().block_on(check(&world));
}

/// Runs `check` in a fresh world on SQLite, where the database makes no difference.
pub(crate) fn on_one(check: impl AsyncFn(&World)) {
    let folder = tempfile::tempdir().unwrap();
    let of_sqlite = |noun: &str| {
        let path = folder.path().join(format!("{noun}.db"));
        format!("sqlite:{}", path.display())
    };
    let addresses = ["record", "audit", "consent"].map(of_sqlite);
    let world = RUNTIME.block_on(World::open(addresses, folder));
    actix_web::rt::System::new().block_on(check(&world));
}

impl World {
    async fn open([record, audit, consent]: [String; 3], folder: tempfile::TempDir) -> Self {
        let clock = Arc::new(ManualClock::new(NOW));
        let record = Arc::new(RecordStore::connect(&record).await.unwrap());
        let audit = Arc::new(AuditLog::connect(&audit).await.unwrap());
        let consent = Arc::new(ChoiceRegister::connect(&consent).await.unwrap());
        record.migrate().await.unwrap();
        audit.migrate().await.unwrap();
        consent.migrate().await.unwrap();
        fill(&record).await;
        let stored = StoredRecords::open(Arc::clone(&record), Arc::clone(&clock) as _)
            .await
            .unwrap();
        let door = Door::new(DoorParts {
            record,
            sources: vec![Arc::new(stored)],
            consent,
            audit,
            policy: Arc::new(tarn_governance::compile(AGREEMENT).unwrap()),
            clock: Arc::clone(&clock) as _,
            entropy: Arc::new(SeededEntropy::new(3)),
            deadline: Duration::from_secs(5),
            runtime: RUNTIME.handle().clone(),
        });
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
            door: Arc::new(door),
            tokens: Arc::new(NamedTokens),
            clock: Arc::clone(&clock) as _,
            entropy: Arc::new(SeededEntropy::new(4)),
            ready: Vec::new(),
            metrics: tarn_web::Metrics::new().unwrap(),
            page_key: None,
        })
        .unwrap();
        Self {
            _folder: folder,
            clock,
            api: web::Data::new(api),
        }
    }

    pub(crate) async fn send(&self, request: TestRequest) -> Reply {
        let app = test::init_service(
            App::new()
                .wrap(from_fn(tarn_fhir::every_request))
                .app_data(self.api.clone())
                .configure(tarn_fhir::configure),
        )
        .await;
        let reply = test::call_service(&app, request.to_request()).await;
        let (status, headers) = (reply.status().as_u16(), reply.headers().clone());
        let body = test::read_body(reply).await;
        Reply {
            status,
            headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
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
            "doctor-who-writes" => (ScopeLevel::User, Role::OohDoctor, "HUC01", "user/*.cruds"),
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
            client_id: "a-client".to_owned(),
            token_id: "1".to_owned(),
            expires_at: NOW.plus_seconds(3600),
        }))
    }
}

async fn fill(record: &RecordStore) {
    for (code, name) in [
        ("OAK01", "Oakfield Surgery"),
        ("RSB", "St Brannoc’s Hospital"),
        ("HUC01", "Harrowmere Urgent Care"),
    ] {
        let source = Source {
            organisation: code.parse().unwrap(),
            name: name.into(),
            short_name: name.into(),
            kind: "gp-practice".into(),
            telephone: None,
            headings: HeadingSet::all(),
            connection: Connection::Stored,
            cadence_seconds: 3600,
            last_heard_at: Some(NOW),
            complete_to: Some(NOW),
        };
        record.save_source(&source).await.unwrap();
    }
    for (number, (source, bundle)) in (1u64..).zip(bundles()) {
        let source: OdsCode = source.parse().unwrap();
        let text = bundle.to_string();
        let delivery = Delivery {
            source: &source,
            message_id: &Delivery::id_of_text(&text),
            text: &text,
            received_at: NOW.plus_seconds(-60),
        };
        let (clock, entropy) = (tarn_model::FixedClock(NOW), SeededEntropy::new(number));
        record
            .ingest(&delivery, IdMaker::new(&clock, &entropy))
            .await
            .unwrap();
    }
}

fn bundles() -> Vec<(&'static str, Value)> {
    let mut of_edie = vec![
        patient("edie", EDIE, "Hargreaves", "1945-07-14"),
        json!({ "resourceType": "AllergyIntolerance", "id": "a1",
                "patient": { "reference": "Patient/edie" },
                "clinicalStatus": { "coding": [{ "code": "active" }] },
                "code": { "text": "penicillin" } }),
        json!({ "resourceType": "Condition", "id": "c1", "subject": { "reference": "Patient/edie" },
                "clinicalStatus": { "coding": [{ "code": "active" }] },
                "code": { "text": "Atrial fibrillation" } }),
    ];
    for number in 1..=25 {
        let category = if number % 5 == 0 {
            "vital-signs"
        } else {
            "laboratory"
        };
        of_edie.push(observation("edie", &format!("o{number:02}"), category));
    }
    let of_arthur = vec![
        patient("arthur", ARTHUR, "Pemberton", "1938-04-02"),
        observation("arthur", "p01", "laboratory"),
        json!({ "resourceType": "Condition", "id": "c9",
                "subject": { "reference": "Patient/arthur" }, "code": { "text": "Gout" } }),
    ];
    let case = vec![
        patient("huc-edie", EDIE, "Hargreaves", "1945-07-14"),
        json!({ "resourceType": "Encounter", "id": "e1", "status": "in-progress",
                "class": { "code": "VR" }, "subject": { "reference": "Patient/huc-edie" },
                "period": { "start": "2026-11-22T07:52:00Z" },
                "serviceProvider": { "identifier": {
                    "system": OdsCode::SYSTEM, "value": "HUC01" } } }),
    ];
    vec![
        ("OAK01", transaction(of_edie)),
        ("OAK01", transaction(of_arthur)),
        ("HUC01", transaction(case)),
    ]
}

pub(crate) fn patient(id: &str, number: &str, family: &str, born: &str) -> Value {
    json!({
        "resourceType": "Patient", "id": id,
        "identifier": [{ "system": NhsNumber::SYSTEM, "value": number }],
        "name": [{ "use": "official", "family": family, "given": ["Edna"] }],
        "birthDate": born, "gender": "female",
        "generalPractitioner": [{ "identifier": { "system": OdsCode::SYSTEM, "value": "OAK01" } }],
    })
}

pub(crate) fn observation(patient: &str, id: &str, category: &str) -> Value {
    let value: Value = serde_json::from_str("4.50").unwrap();
    json!({
        "resourceType": "Observation", "id": id, "status": "final",
        "category": [{ "coding": [{ "code": category }] }],
        "code": { "text": "Potassium" },
        "subject": { "reference": format!("Patient/{patient}") },
        "effectiveDateTime": "2026-11-20",
        "valueQuantity": { "value": value, "unit": "mmol/L" },
    })
}

pub(crate) fn transaction(resources: Vec<Value>) -> Value {
    let entries = resources.into_iter().map(|resource| {
        let (kind, id) = (
            resource["resourceType"].as_str().unwrap(),
            resource["id"].as_str(),
        );
        let url = format!("{kind}/{}", id.unwrap());
        json!({ "resource": resource, "request": { "method": "PUT", "url": url } })
    });
    let entries: Vec<Value> = entries.collect();
    json!({ "resourceType": "Bundle", "type": "transaction", "entry": entries })
}
