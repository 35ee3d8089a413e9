//! Throw-away stores of both backends, and deliveries into them.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set itself up should stop"
)]

use std::sync::atomic::{AtomicU32, Ordering};

use tarn_model::{FixedClock, IdMaker, OdsCode, PersonId, SeededEntropy, Timestamp};
use tarn_record::{Delivery, IngestError, PersonQuery, Receipt, RecordStore, Selection};
use tokio_postgres::NoTls;

pub(crate) const NHS_NUMBER: &str = "9990000018";

/// Runs `check` on a fresh store of each backend.
pub(crate) async fn on_both(check: impl AsyncFn(&RecordStore)) {
    on_both_addresses(async |url| {
        let store = RecordStore::connect(url).await.unwrap();
        store.migrate().await.unwrap();
        check(&store).await;
    })
    .await;
}

/// Runs `check` with the address of an empty database of each backend.
pub(crate) async fn on_both_addresses(check: impl AsyncFn(&str)) {
    let folder = tempfile::tempdir().unwrap();
    check(&format!(
        "sqlite:{}",
        folder.path().join("record.db").display()
    ))
    .await;
    let Some(server) = server() else {
        println!("left out: PostgreSQL (TARN_TEST_POSTGRES not set)");
        return;
    };
    let name = database_name();
    let (admin, connection) = tokio_postgres::connect(&server, NoTls).await.unwrap();
    let driven = tokio::spawn(connection);
    let create = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE); CREATE DATABASE {name}");
    for statement in create.split("; ") {
        admin.batch_execute(statement).await.unwrap();
    }
    check(&database_url(&server, &name)).await;
    let drop = format!("DROP DATABASE {name} WITH (FORCE)");
    admin.batch_execute(&drop).await.unwrap();
    driven.abort();
}

/// Runs one statement past the store; the database's own answer.
pub(crate) async fn run_statement(url: &str, statement: &str) -> Result<(), String> {
    use diesel::connection::SimpleConnection as _;

    if let Some(path) = url.strip_prefix("sqlite:") {
        let mut file: diesel::SqliteConnection = diesel::Connection::establish(path).unwrap();
        return file
            .batch_execute(statement)
            .map_err(|error| error.to_string());
    }
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    let driven = tokio::spawn(connection);
    let in_schema = format!("SET search_path = record; {statement}");
    let done = client.batch_execute(&in_schema).await;
    driven.abort();
    done.map_err(|error| {
        error
            .as_db_error()
            .map_or(error.to_string(), |said| said.to_string())
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "where the test server is comes from outside"
)]
fn server() -> Option<String> {
    std::env::var("TARN_TEST_POSTGRES").ok()
}

fn database_name() -> String {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let number = MADE.fetch_add(1, Ordering::SeqCst);
    format!("tarn_record_{}_{number}", std::process::id())
}

fn database_url(server: &str, name: &str) -> String {
    let (base, options) = server.split_once('?').unwrap_or((server, ""));
    let (base, _) = base.rsplit_once('/').unwrap();
    format!("{base}/{name}?{options}")
}

pub(crate) fn ods(code: &str) -> OdsCode {
    code.parse().unwrap()
}

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(1_700_000_000_000_000).plus_seconds(seconds)
}

/// Sends a text as a file of `source`, as of `seconds` after the start of the test.
pub(crate) async fn send_at(
    store: &RecordStore,
    source: &str,
    text: &str,
    seconds: i64,
) -> Result<Receipt, IngestError> {
    let id = format!("{}-{seconds}", Delivery::id_of_text(text));
    send_as(store, source, &id, text, seconds).await
}

/// Sends a text that must be taken.
pub(crate) async fn send(store: &RecordStore, source: &str, text: &str) -> Receipt {
    send_at(store, source, text, 0).await.unwrap()
}

/// Sends a text under a message id of the sender's.
pub(crate) async fn send_as(
    store: &RecordStore,
    source: &str,
    message_id: &str,
    text: &str,
    seconds: i64,
) -> Result<Receipt, IngestError> {
    static SEED: AtomicU32 = AtomicU32::new(1);
    let clock = FixedClock(at(seconds));
    let randomness = SeededEntropy::new(SEED.fetch_add(1, Ordering::SeqCst).into());
    let delivery = Delivery {
        source: &ods(source),
        message_id,
        text,
        received_at: at(seconds),
    };
    store
        .ingest(&delivery, IdMaker::new(&clock, &randomness))
        .await
}

/// The one person with this NHS number.
pub(crate) async fn person(store: &RecordStore, number: &str) -> PersonId {
    let query = PersonQuery::NhsNumber(number.parse().unwrap());
    let found = store.find_people(&query, 5).await.unwrap();
    assert_eq!(found.len(), 1, "one person has this number");
    found.first().copied().unwrap()
}

pub(crate) fn all_of(sources: &[&str]) -> Selection {
    Selection::everything_of(sources.iter().map(|code| ods(code)))
}

/// A Patient with this id, NHS number (none if empty) and date of birth.
pub(crate) fn patient(id: &str, number: &str, birth_date: &str) -> String {
    let identifier = match number {
        "" => String::new(),
        number => format!(
            r#""identifier":[{{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"{number}"}}],"#
        ),
    };
    format!(
        r#"{{"resourceType":"Patient","id":"{id}",{identifier}"name":[{{"family":"O'Neill-Åkesson","given":["Zoë","Mae"]}}],"birthDate":"{birth_date}"}}"#
    )
}

/// A Condition of a Patient.
pub(crate) fn condition(id: &str, patient: &str, text: &str) -> String {
    format!(
        r#"{{"resourceType":"Condition","id":"{id}","clinicalStatus":{{"coding":[{{"code":"active"}}]}},"code":{{"text":"{text}"}},"subject":{{"reference":"Patient/{patient}"}}}}"#
    )
}

/// A collection Bundle of these resources.
pub(crate) fn bundle(resources: &[String]) -> String {
    let entries: Vec<String> = resources
        .iter()
        .map(|resource| format!(r#"{{"resource":{resource}}}"#))
        .collect();
    format!(
        r#"{{"resourceType":"Bundle","type":"collection","entry":[{}]}}"#,
        entries.join(",")
    )
}
