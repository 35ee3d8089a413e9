//! The contract of the choice register, run on both backends.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use tarn_consent::{Channel, ChoiceRegister, Decision, NewDirective, RecordedBy};
use tarn_database::{Database, Home, MigrationSource, Settings};
use tarn_model::{ErrorKind, FixedClock, IdMaker, PersonId, Role, SeededEntropy, Timestamp};
use uuid::Uuid;

const AT: Timestamp = Timestamp::from_micros(1_795_341_840_000_000);

fn person(n: u128) -> PersonId {
    PersonId::new(Uuid::from_u128(n))
}

async fn choose(register: &ChoiceRegister, n: u128, share: bool, seed: u64) -> Decision {
    let (clock, entropy) = (FixedClock(AT), SeededEntropy::new(seed));
    let by = RecordedBy {
        name: "Edna Hargreaves".into(),
        role: Role::Citizen,
    };
    let new = NewDirective::whole_record(share, Channel::Portal, true, AT);
    let ids = IdMaker::new(&clock, &entropy);
    register
        .record(person(n), &new, &by, &ids, AT)
        .await
        .unwrap()
        .decision
}

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");
const MIGRATIONS: MigrationSource = MigrationSource {
    sqlite: || SQLITE,
    postgres: || POSTGRES,
};

async fn contract(url: &str) {
    let register = ChoiceRegister::connect(url).await.unwrap();
    assert!(
        register.choices(person(1)).await.is_err(),
        "no table is not 'no objection'"
    );
    assert_eq!(register.pending_migrations().await.unwrap().len(), 1);
    assert_eq!(register.migrate().await.unwrap(), 1);
    assert_eq!(register.migrate().await.unwrap(), 0);
    register.ping().await.unwrap();

    assert!(!register.choices(person(1)).await.unwrap().objects_at(AT));
    choose(&register, 1, false, 1).await;
    assert!(
        register.choices(person(1)).await.unwrap().objects_at(AT),
        "on the next read"
    );
    assert!(
        !register.choices(person(2)).await.unwrap().objects_at(AT),
        "nobody else's"
    );
    choose(&register, 1, true, 2).await;
    let history = register.history(person(1)).await.unwrap();
    let decisions: Vec<_> = history
        .iter()
        .map(|one| (one.sequence, one.decision))
        .collect();
    assert_eq!(
        decisions,
        [(2, Decision::Allow), (1, Decision::Object)],
        "both are kept"
    );
    assert!(
        history
            .iter()
            .all(|one| one.recorded_by == "Edna Hargreaves")
    );

    let writers = (10..26).map(|seed| {
        let register = register.clone();
        tokio::spawn(async move {
            // Losing eight races in a row is a conflict that is said, never a lost choice.
            for _ in 0..20 {
                let (clock, entropy) = (FixedClock(AT), SeededEntropy::new(seed));
                let by = RecordedBy {
                    name: "Adviser".into(),
                    role: Role::ContactCentre,
                };
                let new = NewDirective::whole_record(false, Channel::Telephone, true, AT);
                let ids = IdMaker::new(&clock, &entropy);
                match register.record(person(3), &new, &by, &ids, AT).await {
                    Ok(_) => return,
                    Err(error) => assert_eq!(error.kind(), ErrorKind::Conflict, "{error}"),
                }
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    let places: Vec<_> = register
        .history(person(3))
        .await
        .unwrap()
        .iter()
        .rev()
        .map(|one| one.sequence)
        .collect();
    assert_eq!(places, (1..=16).collect::<Vec<_>>(), "no gap, no double");

    former_ids(&register).await;
    append_only(url).await;
}

/// A choice under an id that a person no longer has holds, and can be taken back.
async fn former_ids(register: &ChoiceRegister) {
    let (now, former, other) = (person(20), person(21), person(22));
    let objects = async || {
        let choices = register.choices_under(&[now, former, other]).await;
        choices.unwrap().objects_at(AT)
    };
    assert!(!objects().await);
    choose(register, 20, true, 40).await;
    choose(register, 21, false, 41).await;
    assert!(objects().await, "whichever was recorded later");
    assert!(!register.choices(now).await.unwrap().objects_at(AT));
    choose(register, 20, true, 42).await;
    assert!(
        objects().await,
        "under the id of now alone nothing is taken back"
    );

    let (clock, entropy) = (FixedClock(AT), SeededEntropy::new(43));
    let by = RecordedBy {
        name: "Edna Hargreaves".into(),
        role: Role::Citizen,
    };
    let ids = IdMaker::new(&clock, &entropy);
    let record = async |share| {
        let new = NewDirective::whole_record(share, Channel::Portal, true, AT);
        let former = [former, other];
        let recorded = register.record_under(now, &former, &new, &by, &ids, AT);
        recorded.await.unwrap()
    };
    let shared = record(true).await;
    assert!(!objects().await);
    assert_eq!((shared.person, shared.sequence), (now, 3));
    let under = async |id| register.history(id).await.unwrap();
    let last = under(former).await.first().map(|one| one.reference.clone());
    assert_eq!(last, Some(shared.reference));
    assert!(under(other).await.is_empty(), "nothing to take back there");
    let choices = register.choices_under(&[now, former, other]).await.unwrap();
    assert_eq!(choices.into_history().len(), 4, "the same choice once");

    record(false).await;
    assert!(objects().await);
    assert_eq!(under(former).await.len(), 2, "one objection is enough");
}

/// The database itself refuses to change or delete a directive.
async fn append_only(url: &str) {
    use diesel_async::SimpleAsyncConnection as _;
    let home = Home {
        schema: "consent",
        migrations: MIGRATIONS,
        settings: Settings::DEFAULT,
    };
    let database = Database::open(url, home).unwrap();
    for change in [
        "UPDATE directive SET decision = 'allow'",
        "DELETE FROM directive",
    ] {
        let answer = match database.pools() {
            tarn_database::Pools::Sqlite(pool) => {
                pool.get().await.unwrap().batch_execute(change).await
            }
            tarn_database::Pools::Postgres(pool) => {
                pool.get().await.unwrap().batch_execute(change).await
            }
            _ => panic!("a backend without a test"),
        };
        assert!(
            answer.unwrap_err().to_string().contains("append-only"),
            "{change}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    contract(&format!(
        "sqlite:{}",
        folder.path().join("consent.db").display()
    ))
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres() {
    match tarn_database::testing::fresh_postgres().await {
        Some(url) => contract(&url).await,
        None => println!("left out: PostgreSQL (TARN_TEST_POSTGRES not set)"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreachable_register_is_unavailable() {
    let error = ChoiceRegister::connect("sqlite:/nowhere/at/all/consent.db")
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    let error = ChoiceRegister::connect("mysql://somewhere")
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
}
