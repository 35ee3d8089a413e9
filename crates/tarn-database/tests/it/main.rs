//! Opening, migrating and settings, on both backends.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set itself up should stop"
)]

use std::time::Duration;

use diesel::QueryableByName;
use diesel_async::RunQueryDsl as _;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use tarn_database::testing::{execute, fresh_postgres};
use tarn_database::{Database, DatabaseError, Durability, Home, MigrationSource, Pools, Settings};

const SQLITE: EmbeddedMigrations = embed_migrations!("tests/migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("tests/migrations/postgres");

const HOME: Home = Home {
    schema: "things",
    migrations: MigrationSource {
        sqlite: || SQLITE,
        postgres: || POSTGRES,
    },
    settings: Settings::DEFAULT,
};

/// Runs `check` with the address of an empty database of each backend.
async fn on_both(check: impl AsyncFn(&str)) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("things.db");
    check(&format!("sqlite:{}", path.display())).await;
    match fresh_postgres().await {
        Some(url) => check(&url).await,
        None => println!("left out: PostgreSQL (TARN_TEST_POSTGRES not set)"),
    }
}

/// What the database answers to a question of one text.
async fn answer(database: &Database, question: &str) -> String {
    #[derive(QueryableByName)]
    struct Answer {
        #[diesel(sql_type = diesel::sql_types::Text)]
        value: String,
    }
    let question = diesel::sql_query(format!("SELECT CAST({question} AS TEXT) AS value"));
    let answer: Answer = match database.pools() {
        Pools::Sqlite(pool) => question.get_result(&mut pool.get().await.unwrap()).await,
        Pools::Postgres(pool) => question.get_result(&mut pool.get().await.unwrap()).await,
        _ => panic!("a backend without a test"),
    }
    .unwrap();
    answer.value
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_come_go_and_come_again() {
    on_both(async |url| {
        let database = Database::open(url, HOME).unwrap();
        database.ping().await.unwrap();
        let pending = database.pending_migrations().await.unwrap();
        assert_eq!(pending, ["2026-11-24-000000_thing"]);
        assert_eq!(database.migrate().await.unwrap(), 1);
        assert_eq!(database.migrate().await.unwrap(), 0);
        assert!(database.pending_migrations().await.unwrap().is_empty());
        let one = "INSERT INTO thing VALUES (1)";
        execute(url, "things", one).await.unwrap();
        assert_eq!(database.revert_migrations().await.unwrap(), 1);
        assert!(execute(url, "things", one).await.is_err());
        assert_eq!(database.migrate().await.unwrap(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_starts_at_once_migrate_once() {
    let Some(url) = fresh_postgres().await else {
        println!("left out: PostgreSQL (TARN_TEST_POSTGRES not set)");
        return;
    };
    let starts: Vec<_> = (0..8)
        .map(|_| {
            let database = Database::open(&url, HOME).unwrap();
            tokio::spawn(async move { database.migrate().await.unwrap() })
        })
        .collect();
    let mut applied = 0;
    for start in starts {
        applied += start.await.unwrap();
    }
    assert_eq!(applied, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn asking_what_is_pending_makes_no_schema() {
    let Some(url) = fresh_postgres().await else {
        println!("left out: PostgreSQL (TARN_TEST_POSTGRES not set)");
        return;
    };
    let database = Database::open(&url, HOME).unwrap();
    assert_eq!(database.pending_migrations().await.unwrap().len(), 1);
    let drop = "DROP SCHEMA things";
    assert!(execute(&url, "things", drop).await.is_err(), "it is there");
    database.migrate().await.unwrap();
    let drop = "DROP SCHEMA things CASCADE";
    execute(&url, "things", drop).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_reach_the_database() {
    let soon = Settings {
        durability: Durability::Soon,
        lock_wait: Some(Duration::from_millis(1500)),
        ..Settings::DEFAULT
    };
    on_both(async |url| {
        let check = async |settings, question: &str, expected: &str| {
            let database = Database::open(url, Home { settings, ..HOME }).unwrap();
            assert_eq!(answer(&database, question).await, expected, "{question}");
        };
        if url.starts_with("sqlite:") {
            let synchronous = "(SELECT synchronous FROM pragma_synchronous)";
            check(Settings::DEFAULT, synchronous, "2").await;
            check(soon, synchronous, "1").await;
            let journal = "(SELECT journal_mode FROM pragma_journal_mode)";
            check(Settings::DEFAULT, journal, "wal").await;
            let keys = "(SELECT foreign_keys FROM pragma_foreign_keys)";
            check(Settings::DEFAULT, keys, "1").await;
            let busy = "(SELECT timeout FROM pragma_busy_timeout)";
            check(Settings::DEFAULT, busy, "5000").await;
        } else {
            let off = format!("{url}&options=-csynchronous_commit%3Doff");
            let database = Database::open(&off, HOME).unwrap();
            let commit = "current_setting('synchronous_commit')";
            assert_eq!(answer(&database, commit).await, "on");
            let lock = "current_setting('lock_timeout')";
            check(Settings::DEFAULT, lock, "5s").await;
            check(soon, lock, "1500ms").await;
            check(soon, "current_setting('search_path')", "things").await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_address_is_one_clear_error_without_the_password() {
    for url in [
        "",
        "mysql://u:secret@h/d",
        "sqlite:",
        "sqlite::memory:",
        "postgres://u:secret@h:no-port/d",
    ] {
        let error = Database::open(url, HOME).unwrap_err();
        assert!(matches!(error, DatabaseError::Address { .. }), "{error}");
        assert!(!format!("{error} {error:?}").contains("secret"));
    }
    for url in [
        "sqlite:/no/such/folder/things.db",
        "postgres://u:secret@127.0.0.1:1/d",
    ] {
        let error = Database::open(url, HOME).unwrap().ping().await.unwrap_err();
        assert!(
            matches!(error, DatabaseError::Unavailable { .. }),
            "{error}"
        );
        assert!(!format!("{error} {error:?}").contains("secret"));
    }
}
