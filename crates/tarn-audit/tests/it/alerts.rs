//! What the privacy officer is told of.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test suite")]

use tarn_audit::{Action, AlertKind, AlertWindow, AuditLog, Entry, Window};
use tarn_model::{ErrorKind, Role, SeededEntropy, Timestamp};

use crate::contract::{NOON, entry, log, person};
use crate::database::Place;

const OPEN: AlertWindow = AlertWindow {
    acknowledged: false,
    before_sequence: None,
    limit: 100,
};
const ANSWERED: AlertWindow = AlertWindow {
    acknowledged: true,
    ..OPEN
};

fn reported(number: u128, at: Timestamp) -> Entry {
    Entry {
        alert: Some(AlertKind::Emergency),
        ..entry(number, at)
    }
}

fn answer(number: u128, at: Timestamp) -> Entry {
    let mut entry = Entry {
        action: Action::AlertAcknowledged,
        ..entry(number, at)
    };
    entry.actor.role = Role::PrivacyOfficer;
    entry.actor.display_name = "Ingrid Falkner".into();
    entry
}

async fn sequences(log: &AuditLog, window: AlertWindow) -> Vec<(i64, i64)> {
    let alerts = log.alerts(window).await.unwrap();
    alerts
        .iter()
        .map(|alert| (alert.event.sequence, alert.events))
        .collect()
}

async fn an_alert_stands_until_it_is_answered(place: Place) {
    let (log, entropy) = (log(&place).await, SeededEntropy::new(21));
    let later = NOON.plus_seconds(60);
    let mut other_reason = reported(1, later);
    other_reason.reason = Some("another".into());
    let entries = [
        reported(1, NOON),
        entry(1, NOON),
        reported(2, NOON),
        reported(1, later),
        other_reason,
    ];
    let receipts = log.append_all(&entries, &entropy).await.unwrap();
    assert_eq!(sequences(&log, OPEN).await, [(5, 1), (4, 2), (3, 1)]);
    let alerts = log.alerts(OPEN).await.unwrap();
    assert_eq!(alerts[1].began_at, NOON);
    assert_eq!(alerts[1].event.entry, reported(1, later));
    let second = AlertWindow {
        before_sequence: Some(5),
        limit: 1,
        ..OPEN
    };
    assert_eq!(sequences(&log, second).await, [(4, 2)]);

    // The first event of a look is answered; the second, which came later, is not.
    let first = receipts[0].id;
    assert_eq!(
        log.open_alert(first).await.unwrap().unwrap().entry,
        reported(1, NOON)
    );
    let answered = log
        .acknowledge(first, "On call that night", &answer(1, later), &entropy)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(answered.sequence, 6);
    assert_eq!(sequences(&log, OPEN).await, [(5, 1), (4, 1), (3, 1)]);
    assert_eq!(sequences(&log, ANSWERED).await, [(1, 1)]);
    let closed = log.alerts(ANSWERED).await.unwrap();
    let said = closed[0].acknowledgement.clone().unwrap();
    assert_eq!((said.at, said.note.as_str()), (later, "On call that night"));
    assert_eq!(said.by.display_name, "Ingrid Falkner");

    // Once is enough; an event without an alert has none to answer.
    for event in [first, receipts[1].id, answered.id] {
        assert_eq!(log.open_alert(event).await.unwrap(), None);
        let again = log
            .acknowledge(event, "again", &answer(1, later), &entropy)
            .await;
        assert_eq!(again.unwrap(), None);
    }
    // Answering the newest answers all before it.
    log.acknowledge(receipts[3].id, "Seen", &answer(1, later), &entropy)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(sequences(&log, OPEN).await, [(5, 1), (3, 1)]);
    assert_eq!(sequences(&log, ANSWERED).await, [(4, 2)]);
    assert_eq!(log.verify().await.unwrap().events, 7);
}

async fn without_its_alert_an_entry_is_not_written(place: Place) {
    let (log, entropy) = (log(&place).await, SeededEntropy::new(22));
    place
        .tamper("DROP TABLE alert", "DROP TABLE alert")
        .await
        .unwrap();
    let error = log.append(&reported(1, NOON), &entropy).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    // Neither half of it is there, and what needs no alert goes on.
    let receipt = log.append(&entry(1, NOON), &entropy).await.unwrap();
    assert_eq!((receipt.sequence, receipt.person_sequence), (1, Some(1)));
    let events = log.of_person(person(1), Window::default()).await.unwrap();
    assert_eq!(events.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_is_open_until_a_privacy_officer_answers_it() {
    an_alert_stands_until_it_is_answered(Place::sqlite()).await;
    if let Some(place) = Place::postgres().await {
        an_alert_stands_until_it_is_answered(place).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_whose_alert_cannot_be_written_is_not_in_the_log() {
    without_its_alert_an_entry_is_not_written(Place::sqlite()).await;
    if let Some(place) = Place::postgres().await {
        without_its_alert_an_entry_is_not_written(place).await;
    }
}
