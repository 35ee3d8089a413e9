#![expect(clippy::unwrap_used, reason = "a test suite")]

use tarn_audit::{AlertKind, AuditError, AuditLog, Breach};
use tarn_model::SeededEntropy;

use crate::contract::{NOON, entry, log};
use crate::database::Place;

const UNGUARD_SQLITE: &str = "DROP TRIGGER event_is_never_changed; \
    DROP TRIGGER event_is_never_deleted; DROP TRIGGER head_only_grows; \
    DROP TRIGGER alert_is_never_changed; DROP TRIGGER alert_is_never_deleted;";
const UNGUARD_POSTGRES: &str = "ALTER TABLE event DISABLE TRIGGER ALL; ALTER TABLE head DISABLE TRIGGER ALL; \
    ALTER TABLE alert DISABLE TRIGGER ALL;";

async fn filled(place: &Place) -> AuditLog {
    let (log, entropy) = (log(place).await, SeededEntropy::new(5));
    let mut entries: Vec<_> = (0..12).map(|n| entry(n % 3, NOON)).collect();
    for reported in entries.iter_mut().skip(8) {
        reported.alert = Some(AlertKind::Clause);
    }
    log.append_all(&entries, &entropy).await.unwrap();
    assert_eq!(log.verify().await.unwrap().events, 12);
    log
}

async fn the_database_refuses_changes(place: Place) {
    let log = filled(&place).await;
    for change in [
        "UPDATE event SET at = 0 WHERE sequence = 4",
        "DELETE FROM event WHERE sequence = 12",
        "UPDATE head SET sequence = 3",
        "DELETE FROM head",
        "UPDATE alert SET kind = 'emergency' WHERE sequence = 10",
        "DELETE FROM alert WHERE sequence = 10",
    ] {
        assert!(place.tamper(change, change).await.is_err(), "{change}");
    }
    assert!(place.tamper("not SQL", "TRUNCATE event").await.is_err());
    assert_eq!(log.verify().await.unwrap().events, 12);
}

async fn found(place: Place, sqlite: &str, postgres: &str, at: i64, breach: Breach) {
    let log = filled(&place).await;
    let unguarded = (
        format!("{UNGUARD_SQLITE}{sqlite}"),
        format!("{UNGUARD_POSTGRES}{postgres}"),
    );
    place.tamper(&unguarded.0, &unguarded.1).await.unwrap();
    match log.verify().await {
        Err(AuditError::Broken {
            sequence,
            breach: what,
        }) => {
            assert_eq!((sequence, what), (at, breach), "{sqlite}");
        }
        other => panic!("{sqlite}: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn triggers_refuse_changes() {
    the_database_refuses_changes(Place::sqlite()).await;
    if let Some(place) = Place::postgres().await {
        the_database_refuses_changes(place).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn verify_finds_every_kind_of_change() {
    const SWAP: &str = "UPDATE event SET sequence = 100 WHERE sequence = 5; \
        UPDATE event SET sequence = 5 WHERE sequence = 6; \
        UPDATE event SET sequence = 6 WHERE sequence = 100";
    let same = |sql| (sql, sql);
    for ((sqlite, postgres), at, breach) in [
        (
            same("UPDATE event SET body = replace(body, 'u-ooh', 'u-oog') WHERE sequence = 4"),
            4,
            Breach::Changed,
        ),
        (
            (
                "UPDATE event SET salt = zeroblob(16) WHERE sequence = 4",
                "UPDATE event SET salt = decode(repeat('00', 16), 'hex') WHERE sequence = 4",
            ),
            4,
            Breach::Changed,
        ),
        (
            same("UPDATE event SET chain = leaf WHERE sequence = 7"),
            7,
            Breach::Unchained,
        ),
        (
            same("UPDATE event SET at = at + 1 WHERE sequence = 8"),
            8,
            Breach::Mislabelled,
        ),
        (
            same("UPDATE event SET person = NULL, person_sequence = NULL WHERE sequence = 8"),
            8,
            Breach::Mislabelled,
        ),
        (
            same("DELETE FROM event WHERE sequence = 6"),
            6,
            Breach::Missing,
        ),
        (
            same("DELETE FROM event WHERE sequence = 1"),
            1,
            Breach::Missing,
        ),
        (
            same("DELETE FROM event WHERE sequence = 12"),
            12,
            Breach::Cut,
        ),
        (same("DELETE FROM event"), 1, Breach::Cut),
        (same("UPDATE head SET sequence = 11"), 12, Breach::Cut),
        (same(SWAP), 5, Breach::Unchained),
        (
            same("DELETE FROM alert WHERE sequence = 10"),
            10,
            Breach::Unreported,
        ),
        (
            same("UPDATE alert SET look = event WHERE sequence = 11"),
            11,
            Breach::Unreported,
        ),
        (
            same("UPDATE alert SET sequence = 2 WHERE sequence = 9"),
            2,
            Breach::Unreported,
        ),
    ] {
        found(Place::sqlite(), sqlite, postgres, at, breach).await;
        if let Some(place) = Place::postgres().await {
            found(place, sqlite, postgres, at, breach).await;
        }
    }
}
