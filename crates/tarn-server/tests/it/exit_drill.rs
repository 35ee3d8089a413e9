//! The exit drill: what the organisations of the demo locality take out by `$export`, loaded into
//! an empty Tarn as `tarn load` loads it, is the same record.
//!
//! The same means: the same people, each with the same resources of the same sources under the
//! same ids, equal as JSON; the same identifiers, demographics and links with organisations; and
//! the same lines for pages. Tarn's own are left out of the comparison, since they belong to the
//! house and not to what is moved: a person's key, the number and time of a version
//! (`meta.versionId`, `meta.lastUpdated`), and the word of `meta.source` that says in a resource
//! which organisation's it is, which the source of the load says anew.
//!
//! People's choices and the access log are not an organisation's contribution, so no
//! organisation's export has them.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first thing that is not as it should be"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use actix_web::middleware::from_fn;
use actix_web::test::{self, TestRequest};
use actix_web::{App, web};
use async_trait::async_trait;
use serde_json::{Map, Value};
use tarn_access::{Connection, Door, DoorParts, Source};
use tarn_fhir::{Api, ApiParts, Settings, Tokens};
use tarn_identity::{AccessGrant, BearerError, BearerFault, ScopeLevel, ScopeSet};
use tarn_model::{
    Actor, Assurance, FixedClock, IdMaker, OdsCode, PersonId, Purpose, Realm, RequestContext, Role,
    SeededEntropy, Timestamp,
};
use tarn_record::{Delivery, RecordStore, Selection};
use tarn_server::config::Config;
use tarn_server::stores::Stores;
use tarn_synth::{Feed, Locality, Options};
use tokio::runtime::Runtime;

use crate::store_state::load_as;

/// 22-Nov-2026 10:04.
const NOW: Timestamp = Timestamp::from_micros(1_795_341_840_000_000);
const AGREEMENT: &str = include_str!("../../../../governance/agreements/harrowmere/agreement.md");
const ORIGIN: &str = "http://127.0.0.1:8083";

/// Stores and the door live here; the requests of the drill run on their own.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

#[test]
fn what_is_exported_from_one_tarn_is_the_same_record_in_another() {
    let mut backends = vec![("SQLite", None, None)];
    let fresh = || RUNTIME.block_on(tarn_database::testing::fresh_postgres());
    match (fresh(), fresh()) {
        (Some(one), Some(other)) => backends.push(("PostgreSQL", Some(one), Some(other))),
        _ => println!("left out: PostgreSQL (TARN_TEST_POSTGRES not set)"),
    }
    for (backend, one, other) in backends {
        let folder = tempfile::tempdir().unwrap();
        let (old, new) = (folder.path().join("old"), folder.path().join("new"));
        let old = RUNTIME.block_on(open(&old, one));
        let new = RUNTIME.block_on(open(&new, other));
        let locality = tarn_synth::locality(&Options {
            seed: 42,
            people: 36,
            now: NOW,
        });
        RUNTIME.block_on(fill(&old, &locality));

        let taken = folder.path().join("taken");
        let api = RUNTIME.block_on(interface(&old, folder.path()));
        let senders: Vec<OdsCode> = (locality.organisations.iter())
            .filter(|organisation| organisation.sends())
            .map(|organisation| organisation.ods.clone())
            .collect();
        let mut lines = 0;
        actix_web::rt::System::new().block_on(async {
            for organisation in &senders {
                lines += take_out(&api, organisation, &taken).await;
            }
        });
        RUNTIME.block_on(bring_in(&old.record, &new.record, &senders, &taken));

        let before = RUNTIME.block_on(told(&old.record));
        let after = RUNTIME.block_on(told(&new.record));
        let counts = RUNTIME.block_on(old.record.counts()).unwrap();
        assert!(
            counts.people >= 30 && counts.resources > counts.people && counts.lines > counts.people,
            "{counts:?}"
        );
        assert_eq!(lines, counts.resources, "everything was in one export");
        let people = |told: &Told| told.keys().cloned().collect::<Vec<_>>();
        assert_eq!(people(&before), people(&after), "{backend}: the people");
        for (person, told) in &before {
            for (part, entries) in told {
                same(
                    &format!("{backend}: {part} of {person}"),
                    entries,
                    &after[person][part],
                );
            }
        }
        println!(
            "{backend}: {} people, {} resources and {} lines are the same in another Tarn",
            counts.people, counts.resources, counts.lines
        );
    }
}

fn same(what: &str, before: &[String], after: &[String]) {
    let (before, after): (BTreeSet<_>, BTreeSet<_>) =
        (before.iter().collect(), after.iter().collect());
    let lost: Vec<_> = before.difference(&after).collect();
    let new: Vec<_> = after.difference(&before).collect();
    assert!(
        lost.is_empty() && new.is_empty(),
        "{what}\nlost {lost:#?}\nnew {new:#?}"
    );
}

async fn open(folder: &Path, database: Option<String>) -> Stores {
    let mut config = Config::default();
    config.storage.data = folder.to_owned();
    config.storage.database = database;
    let stores = Stores::open(&config).await.unwrap();
    stores.migrate().await.unwrap();
    stores
}

/// Puts the locality in, as the demo does, with the choices that its stories tell of.
async fn fill(stores: &Stores, locality: &Locality) {
    for organisation in &locality.organisations {
        let connection = match organisation.feed {
            Feed::Stored { .. } => Connection::Stored,
            Feed::Down { .. } => Connection::Down,
            Feed::NotConnected => Connection::NotConnected,
        };
        let source = Source {
            organisation: organisation.ods.clone(),
            name: organisation.name.clone(),
            short_name: organisation.short_name.clone(),
            kind: organisation.kind.clone(),
            telephone: Some(organisation.telephone.clone()),
            headings: organisation.headings,
            connection,
            cadence_seconds: organisation.cadence_seconds,
            last_heard_at: Some(NOW),
            complete_to: Some(NOW),
        };
        stores.record.save_source(&source).await.unwrap();
    }
    for (number, (source, text)) in (1..).zip(tarn_synth::fhir_bundles(locality)) {
        let delivery = Delivery {
            source: &source,
            message_id: &Delivery::id_of_text(&text),
            text: &text,
            received_at: NOW,
        };
        let (clock, entropy) = (FixedClock(NOW), SeededEntropy::new(number));
        let ids = IdMaker::new(&clock, &entropy);
        stores.record.ingest(&delivery, ids).await.unwrap();
    }
    let door = door(stores, 1).await;
    let choices = locality.choices();
    assert!(!choices.is_empty(), "somebody objects to sharing");
    for choice in choices {
        let mut ctx = asker(Realm::Citizen, Role::Citizen, None);
        ctx.actor.own_nhs_number = Some(choice.nhs_number);
        door.choose(&ctx, false, true).await.unwrap();
    }
}

/// Each door has a seed of its own, or it would make the ids of another’s log rows again.
async fn door(stores: &Stores, seed: u64) -> Door {
    let clock = Arc::new(FixedClock(NOW));
    Door::new(DoorParts {
        record: Arc::clone(&stores.record),
        sources: Vec::new(),
        consent: Arc::clone(&stores.consent),
        audit: Arc::clone(&stores.audit),
        policy: Arc::new(tarn_governance::compile(AGREEMENT).unwrap()),
        clock,
        entropy: Arc::new(SeededEntropy::new(seed)),
        deadline: Duration::from_secs(5),
        runtime: RUNTIME.handle().clone(),
    })
}

async fn interface(stores: &Stores, folder: &Path) -> web::Data<Api> {
    let parts = ApiParts {
        settings: Settings {
            origin: ORIGIN.to_owned(),
            locality: "Harrowmere care record".to_owned(),
            authorisation: Vec::new(),
            cors_origins: Vec::new(),
            exports: folder.join("exports"),
        },
        door: Arc::new(door(stores, 2).await),
        tokens: Arc::new(SystemTokens),
        clock: Arc::new(FixedClock(NOW)),
        entropy: Arc::new(SeededEntropy::new(4)),
        ready: Vec::new(),
        metrics: tarn_web::Metrics::new().unwrap(),
        page_key: None,
    };
    web::Data::new(Api::new(parts).unwrap())
}

/// A token is the code of the organisation whose system bears it.
struct SystemTokens;

#[async_trait]
impl Tokens for SystemTokens {
    async fn grant(&self, token: &str) -> Result<Arc<AccessGrant>, BearerError> {
        let organisation = token.parse().map_err(|_| BearerFault::Signature)?;
        Ok(Arc::new(AccessGrant {
            actor: asker(Realm::Staff, Role::Operator, Some(organisation)).actor,
            level: ScopeLevel::System,
            scopes: ScopeSet::granted("system/*.rs").unwrap(),
            patient: None,
            client_id: format!("feed-of-{token}"),
            token_id: "1".to_owned(),
            expires_at: NOW.plus_seconds(3600),
        }))
    }
}

fn asker(realm: Realm, role: Role, organisation: Option<OdsCode>) -> RequestContext {
    RequestContext {
        actor: Actor {
            realm,
            user_id: "somebody".to_owned(),
            display_name: "Somebody".to_owned(),
            role,
            organisation,
            organisation_name: None,
            assurance: Assurance::High,
            own_nhs_number: None,
        },
        purpose: match realm {
            Realm::Staff => Purpose::DirectCare,
            Realm::Citizen => Purpose::SubjectAccess,
        },
        reason: None,
        at: NOW,
        request_id: uuid::Uuid::nil(),
    }
}

/// Exports what one organisation contributed into a folder of files; how many lines there are.
async fn take_out(api: &web::Data<Api>, organisation: &OdsCode, taken: &Path) -> u64 {
    let begun = get(api, organisation, &format!("{}/$export", tarn_fhir::BASE)).await;
    assert_eq!(begun.0, 202, "{organisation}: {}", begun.2);
    let place = begun.1.strip_prefix(ORIGIN).unwrap().to_owned();
    let manifest = loop {
        let (status, _, body) = get(api, organisation, &place).await;
        if status != 202 {
            assert_eq!(status, 200, "{organisation}: {body}");
            break serde_json::from_str::<Value>(&body).unwrap();
        }
        actix_web::rt::time::sleep(Duration::from_millis(20)).await;
    };
    let folder = taken.join(organisation.as_str());
    std::fs::create_dir_all(&folder).unwrap();
    let mut lines = 0;
    for file in manifest["output"].as_array().unwrap() {
        let address = file["url"].as_str().unwrap().strip_prefix(ORIGIN).unwrap();
        let (status, _, text) = get(api, organisation, address).await;
        assert_eq!(status, 200, "{text}");
        assert_eq!(file["count"].as_u64(), Some(text.lines().count() as u64));
        lines += file["count"].as_u64().unwrap();
        let name = format!("{}.ndjson", file["type"].as_str().unwrap());
        std::fs::write(folder.join(name), text).unwrap();
    }
    lines
}

/// Status, where it points to, body.
async fn get(api: &web::Data<Api>, token: &OdsCode, path: &str) -> (u16, String, String) {
    let app = test::init_service(
        App::new()
            .wrap(from_fn(tarn_fhir::every_request))
            .app_data(api.clone())
            .configure(tarn_fhir::configure),
    )
    .await;
    let request = TestRequest::get()
        .uri(path)
        .insert_header(("authorization", format!("Bearer {token}")))
        .insert_header(("prefer", "respond-async"));
    let reply = test::call_service(&app, request.to_request()).await;
    let status = reply.status().as_u16();
    let place = reply.headers().get("content-location");
    let place = place.map_or("", |place| place.to_str().unwrap()).to_owned();
    let body = test::read_body(reply).await;
    (status, place, String::from_utf8(body.to_vec()).unwrap())
}

/// Loads each organisation's files as that organisation's contribution.
async fn bring_in(old: &RecordStore, new: &Arc<RecordStore>, senders: &[OdsCode], taken: &Path) {
    for source in old.sources().await.unwrap() {
        new.save_source(&source).await.unwrap();
    }
    for organisation in senders {
        let folder = taken.join(organisation.as_str());
        let report = load_as(new, organisation.as_str(), &[&folder], false).await;
        assert!(
            report.rejections.is_empty(),
            "{organisation}: {:#?}",
            report.rejections
        );
    }
}

/// What a store says of each person, part by part: by the ids of their Patients, which are the
/// sources' own.
type Told = BTreeMap<String, BTreeMap<&'static str, Vec<String>>>;

async fn told(store: &RecordStore) -> Told {
    let sources = store.sources().await.unwrap();
    let codes: Vec<OdsCode> = sources.into_iter().map(|one| one.organisation).collect();
    let selection = Selection::everything_of(codes.clone());
    let mut people = vec![PersonId::DIRECTORY];
    people.extend(store.people(None, 10_000).await.unwrap());
    let mut all = Told::new();
    for person in people {
        let mut parts = BTreeMap::new();
        let held = store.resources(person, &selection).await.unwrap();
        let patients = held.iter().filter(|one| one.resource_type == "Patient");
        let key: Vec<&str> = patients.map(|one| one.resource_id.as_str()).collect();
        let key = key.join(" ");
        let resources = held.iter().map(|one| {
            let mut json: Value = serde_json::from_str(&one.body).unwrap();
            leave_out_tarns_own(&mut json);
            format!(
                "{} {}/{} {json}",
                one.source, one.resource_type, one.resource_id
            )
        });
        parts.insert("resources", resources.collect());
        let lines = store.lines(person, &selection).await.unwrap();
        let lines = lines.into_iter().map(|line| tarn_record::Line {
            received_at: NOW,
            ..line
        });
        parts.insert("lines", each(lines));
        parts.insert(
            "identifiers",
            each(store.identifiers(person).await.unwrap()),
        );
        let demographics = store.demographics(person).await.unwrap().into_iter();
        let demographics = demographics.map(|said| tarn_record::Demographics {
            person: PersonId::DIRECTORY,
            received_at: NOW,
            ..said
        });
        parts.insert("demographics", each(demographics));
        let mut links = Vec::new();
        for code in &codes {
            let known = store.relationships(person, code).await.unwrap();
            links.extend(each(known));
        }
        parts.insert("links", links);
        assert!(all.insert(key.clone(), parts).is_none(), "{key} twice");
    }
    all
}

fn each<T: Debug>(all: impl IntoIterator<Item = T>) -> Vec<String> {
    all.into_iter().map(|one| format!("{one:?}")).collect()
}

fn leave_out_tarns_own(resource: &mut Value) {
    let Some(meta) = resource.get_mut("meta").and_then(Value::as_object_mut) else {
        return;
    };
    for own in ["versionId", "lastUpdated", "source"] {
        meta.remove(own);
    }
    if meta.is_empty() {
        resource
            .as_object_mut()
            .map(|all: &mut Map<String, Value>| all.remove("meta"));
    }
}
