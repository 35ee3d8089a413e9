//! A small Harrowmere: three people, four sources, one agreement.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tarn_access::{Connection, Door, DoorParts, PersonQuery, RecordSource, Source};
use tarn_audit::AuditLog;
use tarn_consent::{Channel, ChoiceRegister, NewDirective, RecordedBy};
use tarn_model::{
    Actor, Assurance, Clock as _, FixedClock, HeadingSet, IdMaker, ManualClock, NhsNumber, OdsCode,
    PersonId, Purpose, Realm, RequestContext, Role, SeededEntropy, Timestamp,
};
use tarn_record::{Delivery, RecordStore, StoredRecords};

/// 22-Nov-2026 10:04.
pub(crate) const NOW: Timestamp = Timestamp::from_micros(1_795_341_840_000_000);
pub(crate) const EDIE: &str = "9990000018";
pub(crate) const PROTECTED: &str = "9990000026";
pub(crate) const CANARY: &str = "ZZ99 9QX";

pub(crate) const AGREEMENT: &str =
    include_str!("../../../../governance/agreements/harrowmere/agreement.md");

pub(crate) struct Harrowmere {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) record: Arc<RecordStore>,
    pub(crate) audit: Arc<AuditLog>,
    pub(crate) consent: Arc<ChoiceRegister>,
    pub(crate) door: Door,
}

impl Harrowmere {
    pub(crate) async fn new() -> Self {
        Self::with_sources(|stored| vec![stored]).await
    }

    pub(crate) async fn with_sources(
        sources: impl FnOnce(Arc<dyn RecordSource>) -> Vec<Arc<dyn RecordSource>>,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = |noun: &str| address(&folder, noun);
        let clock = Arc::new(ManualClock::new(NOW));
        let record = Arc::new(RecordStore::connect(&url("record")).await.unwrap());
        let audit = Arc::new(AuditLog::connect(&url("audit")).await.unwrap());
        let consent = Arc::new(ChoiceRegister::connect(&url("consent")).await.unwrap());
        record.migrate().await.unwrap();
        audit.migrate().await.unwrap();
        consent.migrate().await.unwrap();
        fill(&record).await;
        let stored = StoredRecords::open(Arc::clone(&record), Arc::clone(&clock) as _)
            .await
            .unwrap();
        let door = Door::new(DoorParts {
            record: Arc::clone(&record),
            sources: sources(Arc::new(stored)),
            consent: Arc::clone(&consent),
            audit: Arc::clone(&audit),
            policy: Arc::new(tarn_governance::compile(AGREEMENT).unwrap()),
            clock: Arc::clone(&clock) as _,
            entropy: Arc::new(SeededEntropy::new(3)),
            deadline: Duration::from_millis(200),
            runtime: tokio::runtime::Handle::current(),
        });
        Self {
            folder,
            clock,
            record,
            audit,
            consent,
            door,
        }
    }

    pub(crate) async fn person(&self, number: &str) -> PersonId {
        let query = PersonQuery::NhsNumber(number.parse().unwrap());
        self.record.find_people(&query, 1).await.unwrap()[0]
    }

    /// The person says by telephone that their record is not to be shared.
    pub(crate) async fn object(&self, person: PersonId) {
        let (clock, entropy) = (FixedClock(NOW), SeededEntropy::new(9));
        let by = RecordedBy {
            name: "Adviser".into(),
            role: Role::ContactCentre,
        };
        let new = NewDirective::whole_record(false, Channel::Telephone, true, NOW);
        let ids = IdMaker::new(&clock, &entropy);
        let recorded = self.consent.record(person, &new, &by, &ids, NOW).await;
        recorded.unwrap();
    }

    pub(crate) async fn send(&self, source: &str, text: &str) {
        send(&self.record, source, text, NOW).await;
    }

    /// The same at what the clock says.
    pub(crate) async fn send_now(&self, source: &str, text: &str) {
        send(&self.record, source, text, self.clock.now()).await;
    }

    pub(crate) async fn break_store(&self, noun: &'static str, sql: &str) {
        let url = address(&self.folder, noun);
        tarn_database::testing::execute(&url, noun, sql)
            .await
            .unwrap();
    }
}

fn address(folder: &tempfile::TempDir, noun: &str) -> String {
    format!(
        "sqlite:{}",
        folder.path().join(format!("{noun}.db")).display()
    )
}

pub(crate) fn ods(code: &str) -> OdsCode {
    code.parse().unwrap()
}

pub(crate) fn staff(role: Role, organisation: &str) -> RequestContext {
    RequestContext {
        actor: Actor {
            realm: Realm::Staff,
            user_id: format!("user-{role}"),
            display_name: "Dr Nadia Achterberg".into(),
            role,
            organisation: Some(ods(organisation)),
            organisation_name: Some("Harrowmere Urgent Care".into()),
            assurance: Assurance::High,
            own_nhs_number: None,
        },
        purpose: Purpose::DirectCare,
        reason: None,
        at: NOW,
        request_id: uuid::Uuid::nil(),
    }
}

pub(crate) fn because(ctx: &RequestContext, reason: &str) -> RequestContext {
    RequestContext {
        reason: Some(reason.into()),
        ..ctx.clone()
    }
}

pub(crate) fn citizen(number: &str) -> RequestContext {
    let own: NhsNumber = number.parse().unwrap();
    let mut ctx = staff(Role::Citizen, "OAK01");
    ctx.actor.realm = Realm::Citizen;
    ctx.actor.organisation = None;
    ctx.actor.organisation_name = None;
    ctx.actor.display_name = "Edna Hargreaves".into();
    ctx.actor.own_nhs_number = Some(own);
    ctx.purpose = Purpose::SubjectAccess;
    ctx
}

async fn fill(record: &RecordStore) {
    for (code, name, kind) in [
        ("OAK01", "Oak Lane Surgery", "gp-practice"),
        ("RSB", "St Brannoc’s Hospital", "acute-trust"),
        ("HUC01", "Harrowmere Urgent Care", "out-of-hours"),
        ("H10A", "Adult social care", "council-adult-social-care"),
    ] {
        let source = Source {
            organisation: ods(code),
            name: name.into(),
            short_name: name.into(),
            kind: kind.into(),
            telephone: Some("01632 960 100".into()),
            headings: HeadingSet::all(),
            connection: if code == "H10A" {
                Connection::NotConnected
            } else {
                Connection::Stored
            },
            cadence_seconds: 3600,
            last_heard_at: Some(NOW),
            complete_to: Some(NOW),
        };
        record.save_source(&source).await.unwrap();
    }
    for (source, bundle) in bundles() {
        send(record, source, &bundle.to_string(), NOW).await;
    }
}

async fn send(record: &RecordStore, source: &str, text: &str, at: Timestamp) {
    let source = ods(source);
    let (clock, entropy) = (
        tarn_model::FixedClock(NOW),
        SeededEntropy::new(text.len() as u64),
    );
    let delivery = Delivery {
        source: &source,
        message_id: &Delivery::id_of_text(text),
        text,
        received_at: at,
    };
    record
        .ingest(&delivery, IdMaker::new(&clock, &entropy))
        .await
        .unwrap();
}

fn bundles() -> Vec<(&'static str, Value)> {
    let edie = patient("edie", EDIE, "Hargreaves", "1945-07-14", &json!({}));
    let protected = patient(
        "protected",
        PROTECTED,
        "Winterbourne",
        "1990-02-03",
        &json!({ "security": [{
            "system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R" }] }),
    );
    let label = |word: &str| json!({ "security": [{ "system": "urn:tarn:label", "code": word }] });
    let subject = json!({ "reference": "Patient/edie" });
    vec![
        (
            "OAK01",
            bundle(vec![
                edie.clone(),
                json!({ "resourceType": "AllergyIntolerance", "id": "a1", "patient": subject,
                        "clinicalStatus": { "coding": [{ "code": "active" }] },
                        "code": { "text": "penicillin" } }),
                json!({ "resourceType": "Condition", "id": "c1", "subject": subject,
                        "meta": label("sexual-health"), "code": { "text": "chlamydia" } }),
                json!({ "resourceType": "Condition", "id": "c2", "subject": subject,
                        "meta": label("a-label-nobody-knows"), "code": { "text": "hidden" } }),
                json!({ "resourceType": "DocumentReference", "id": "d1", "status": "current",
                        "subject": subject, "type": { "text": "Clinic letter" },
                        "content": [{ "attachment": {
                            "contentType": "text/plain", "data": "RGVhciBkb2N0b3I=" } }] }),
                json!({ "resourceType": "DocumentReference", "id": "d3", "status": "current",
                        "subject": subject, "type": { "text": "Discharge summary" },
                        "content": [{ "attachment": {
                            "contentType": "text/plain", "url": "Binary/b1" } }] }),
                json!({ "resourceType": "Binary", "id": "b1", "contentType": "text/plain",
                        "data": "RGVhciBHUA==" }),
            ]),
        ),
        (
            "RSB",
            bundle(vec![
                patient("rsb-edie", EDIE, "Hargreaves", "1945-07-14", &json!({})),
                json!({ "resourceType": "MedicationStatement", "id": "m1", "status": "active",
                        "subject": { "reference": "Patient/rsb-edie" },
                        "medicationCodeableConcept": { "text": "furosemide" } }),
            ]),
        ),
        (
            "HUC01",
            bundle(vec![
                patient("huc-edie", EDIE, "Hargreaves", "1945-07-14", &json!({})),
                json!({ "resourceType": "Encounter", "id": "e1", "status": "in-progress",
                        "class": { "code": "VR" },
                        "subject": { "reference": "Patient/huc-edie" },
                        "period": { "start": "2026-11-22T07:52:00Z" },
                        "serviceProvider": { "identifier": {
                            "system": OdsCode::SYSTEM, "value": "HUC01" } } }),
            ]),
        ),
        ("OAK01", bundle(vec![protected])),
        (
            "HUC01",
            bundle(vec![
                // This source forgot to mark the person and sends where they live.
                patient(
                    "huc-protected",
                    PROTECTED,
                    "Winterbourne",
                    "1990-02-03",
                    &json!({}),
                ),
                json!({ "resourceType": "Encounter", "id": "e2", "status": "in-progress",
                        "class": { "code": "AMB" },
                        "subject": { "reference": "Patient/huc-protected" },
                        "period": { "start": "2026-11-22T07:00:00Z" },
                        "location": [{ "location": { "display": format!("Home, {CANARY}") } }],
                        "reasonCode": [{ "text": "Cough" }] }),
            ]),
        ),
    ]
}

fn patient(id: &str, number: &str, family: &str, born: &str, meta: &Value) -> Value {
    json!({
        "resourceType": "Patient", "id": id, "meta": meta,
        "identifier": [{ "system": NhsNumber::SYSTEM, "value": number }],
        "name": [{ "use": "official", "family": family, "given": ["Edna"] }],
        "birthDate": born,
        "address": [{ "line": ["3 Wheelwright Row"], "postalCode": CANARY }],
        "telecom": [{ "system": "phone", "use": "home", "value": "01632 960 184" }],
        "generalPractitioner": [{ "identifier": { "system": OdsCode::SYSTEM, "value": "OAK01" } }],
    })
}

fn bundle(resources: Vec<Value>) -> Value {
    let entries: Vec<Value> = resources
        .into_iter()
        .map(|resource| {
            let url = format!(
                "{}/{}",
                resource["resourceType"].as_str().unwrap(),
                resource["id"].as_str().unwrap()
            );
            json!({ "resource": resource, "request": { "method": "PUT", "url": url } })
        })
        .collect();
    json!({ "resourceType": "Bundle", "type": "transaction", "entry": entries })
}
