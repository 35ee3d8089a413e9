#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test suite")]

use tarn_audit::{Action, AuditLog, Entry, Outcome, Window};
use tarn_model::{
    Actor, Assurance, ErrorKind, Heading, PersonId, Purpose, Realm, Role, SeededEntropy, Timestamp,
};
use uuid::Uuid;

use crate::database::Place;

pub(crate) const NOON: Timestamp = Timestamp::from_micros(1_764_000_000_000_000);

pub(crate) fn person(number: u128) -> PersonId {
    PersonId::new(Uuid::from_u128(number))
}

pub(crate) fn entry(number: u128, at: Timestamp) -> Entry {
    Entry {
        at,
        request_id: Uuid::from_u128(7),
        person: (number > 0).then(|| person(number)),
        actor: Actor {
            realm: Realm::Staff,
            user_id: "u-ooh".into(),
            display_name: "Dr Sam O'Neill".into(),
            role: Role::OohDoctor,
            organisation: Some("X26".parse().unwrap()),
            organisation_name: Some("Harrowmere Out of Hours".into()),
            assurance: Assurance::High,
            own_nhs_number: None,
        },
        action: Action::Open,
        purpose: Purpose::DirectCare,
        reason: Some("called at night\0; \"quoted\"".into()),
        outcome: Outcome::Permitted,
        basis: Some("self-claimed".into()),
        headings: [Heading::Allergies, Heading::Medicines]
            .into_iter()
            .collect(),
        citation: Some("harrowmere@ab12#4.2".into()),
        reason_code: None,
        sources: vec![("A82001".parse().unwrap(), "live".into())],
        note: None,
        alert: None,
    }
}

pub(crate) async fn log(place: &Place) -> AuditLog {
    let log = AuditLog::connect(&place.url).await.unwrap();
    assert_eq!(log.pending_migrations().await.unwrap().len(), 2);
    assert_eq!(log.migrate().await.unwrap(), 2);
    assert_eq!(log.migrate().await.unwrap(), 0);
    assert!(log.pending_migrations().await.unwrap().is_empty());
    log.ping().await.unwrap();
    log
}

async fn what_is_written_is_read_back(place: Place) {
    let (log, entropy) = (log(&place).await, SeededEntropy::new(1));
    assert_eq!(log.verify().await.unwrap().events, 0);
    let first = log.append(&entry(1, NOON), &entropy).await.unwrap();
    assert_eq!((first.sequence, first.person_sequence), (1, Some(1)));
    let nobody = log.append(&entry(0, NOON), &entropy).await.unwrap();
    assert_eq!((nobody.sequence, nobody.person_sequence), (2, None));
    let later = NOON.plus_seconds(60);
    let shown = [entry(1, later), entry(2, later), entry(1, later)];
    let receipts = log.append_all(&shown, &entropy).await.unwrap();
    let places: Vec<_> = receipts
        .iter()
        .map(|r| (r.sequence, r.person_sequence))
        .collect();
    assert_eq!(places, [(3, Some(2)), (4, Some(1)), (5, Some(3))]);
    assert!(log.append_all(&[], &entropy).await.unwrap().is_empty());

    let all = log.of_person(person(1), Window::default()).await.unwrap();
    assert_eq!(
        all.iter().map(|e| e.sequence).collect::<Vec<_>>(),
        [5, 3, 1]
    );
    assert_eq!(all[2].entry, entry(1, NOON));
    assert_eq!(all[2].id, first.id);
    assert_eq!(all[1].person_previous, Some(all[2].leaf));
    assert_eq!(all[2].person_previous, None);
    assert_eq!(
        log.of_person(person(9), Window::default()).await.unwrap(),
        []
    );

    let sequences = async |window| {
        let events = log.of_person(person(1), window).await.unwrap();
        events.iter().map(|e| e.sequence).collect::<Vec<_>>()
    };
    let all = Window::default();
    assert_eq!(sequences(Window { limit: 1, ..all }).await, [5]);
    assert_eq!(
        sequences(Window {
            before_sequence: Some(3),
            ..all
        })
        .await,
        [3, 1]
    );
    assert_eq!(
        sequences(Window {
            from: Some(later),
            ..all
        })
        .await,
        [5, 3]
    );
    assert_eq!(
        sequences(Window {
            until: Some(later),
            ..all
        })
        .await,
        [1]
    );
    let verified = log.verify().await.unwrap();
    assert_eq!((verified.events, verified.people), (5, 2));

    let again = AuditLog::connect(&place.url).await.unwrap();
    assert_eq!(again.verify().await.unwrap(), verified);
}

async fn several_ids_are_one_log(place: Place) {
    let (log, entropy) = (log(&place).await, SeededEntropy::new(5));
    for (minute, number) in [1, 2, 9, 1, 3, 2, 1].into_iter().enumerate() {
        let at = NOON.plus_seconds(60 * i64::try_from(minute).unwrap());
        log.append(&entry(number, at), &entropy).await.unwrap();
    }
    let read = async |numbers: &[u128], window| {
        let ids: Vec<_> = numbers.iter().map(|number| person(*number)).collect();
        let events = log.of_person_under(&ids, window).await.unwrap();
        let places = events.iter().map(|(place, event)| (*place, event.sequence));
        places.collect::<Vec<_>>()
    };
    let all = Window::default();
    let whole = [(6, 7), (5, 6), (4, 5), (3, 4), (2, 2), (1, 1)];
    assert_eq!(read(&[1, 2, 3], all).await, whole);
    assert_eq!(read(&[3, 1, 2], all).await, whole, "in whatever order");
    let mut paged = Vec::new();
    let mut before_sequence = None;
    loop {
        let page = Window {
            before_sequence,
            limit: 2,
            ..all
        };
        let page = read(&[1, 2, 3], page).await;
        let Some((last, _)) = page.last() else { break };
        before_sequence = Some(*last);
        paged.extend(page);
        if paged.len() == 2 {
            // What happens between two pages moves no place.
            let later = entry(2, NOON.plus_seconds(3600));
            log.append(&later, &entropy).await.unwrap();
        }
    }
    assert_eq!(paged, whole);
    let early = Window {
        until: Some(NOON.plus_seconds(120)),
        ..all
    };
    assert_eq!(read(&[1, 2], early).await, [(2, 2), (1, 1)]);
    assert_eq!(read(&[1], all).await, [(3, 7), (2, 4), (1, 1)]);
    assert_eq!(read(&[], all).await, []);
}

async fn writers_leave_no_gap(place: Place) {
    let one = log(&place).await;
    // A second log on the same database stands for a second server.
    let two = AuditLog::connect(&place.url).await.unwrap();
    let mut tasks = Vec::new();
    for task in 0..16_u64 {
        let log = if task % 2 == 0 {
            one.clone()
        } else {
            two.clone()
        };
        tasks.push(tokio::spawn(async move {
            let entropy = SeededEntropy::new(100 + task);
            let mut sequences = Vec::new();
            for _ in 0..20 {
                let about = u128::from(task % 3);
                sequences.push(
                    log.append(&entry(about, NOON), &entropy)
                        .await
                        .unwrap()
                        .sequence,
                );
            }
            sequences
        }));
    }
    let mut sequences = Vec::new();
    for task in tasks {
        let own = task.await.unwrap();
        assert!(own.is_sorted(), "a caller's own entries keep their order");
        sequences.extend(own);
    }
    sequences.sort_unstable();
    assert_eq!(sequences, (1..=320).collect::<Vec<_>>());
    assert_eq!(one.verify().await.unwrap().events, 320);
}

async fn without_its_table_nothing_is_written(place: Place) {
    let (log, entropy) = (log(&place).await, SeededEntropy::new(2));
    log.append(&entry(1, NOON), &entropy).await.unwrap();
    place
        .tamper("DROP TABLE event", "DROP TABLE event")
        .await
        .unwrap();
    let error = log.append(&entry(1, NOON), &entropy).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    let error = log
        .of_person(person(1), Window::default())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(!format!("{error}").contains("Sam"));
}

#[tokio::test(flavor = "multi_thread")]
async fn written_is_read_back() {
    what_is_written_is_read_back(Place::sqlite()).await;
    if let Some(place) = Place::postgres().await {
        what_is_written_is_read_back(place).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_of_one_person_may_stand_under_several_ids() {
    several_ids_are_one_log(Place::sqlite()).await;
    if let Some(place) = Place::postgres().await {
        several_ids_are_one_log(place).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sixteen_writers_on_two_servers_leave_no_gap() {
    writers_leave_no_gap(Place::sqlite()).await;
    if let Some(place) = Place::postgres().await {
        writers_leave_no_gap(place).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_table_means_unavailable() {
    without_its_table_nothing_is_written(Place::sqlite()).await;
    if let Some(place) = Place::postgres().await {
        without_its_table_nothing_is_written(place).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_file_means_unavailable() {
    let place = Place::sqlite();
    let entropy = SeededEntropy::new(3);
    let writable = log(&place).await;
    writable.append(&entry(1, NOON), &entropy).await.unwrap();
    let path = place.url.replacen("sqlite:", "sqlite:file:", 1);
    let log = AuditLog::connect(&format!("{path}?mode=ro")).await.unwrap();
    let error = log.append(&entry(1, NOON), &entropy).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(writable.verify().await.unwrap().events, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_cannot_be_opened_is_said() {
    for (url, kind) in [
        ("mysql://localhost/x", ErrorKind::Invalid),
        ("sqlite:/no/such/folder/audit.db", ErrorKind::Unavailable),
        ("postgres:///x?host=/no/such/socket", ErrorKind::Unavailable),
    ] {
        assert_eq!(
            AuditLog::connect(url).await.unwrap_err().kind(),
            kind,
            "{url}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_as_fhir_names_who_and_why_but_no_nhs_number() {
    let (place, entropy) = (Place::sqlite(), SeededEntropy::new(4));
    let log = log(&place).await;
    log.append(&entry(1, NOON), &entropy).await.unwrap();
    let events = log.of_person(person(1), Window::default()).await.unwrap();
    let fhir = events[0].to_fhir(&"X26".parse().unwrap());
    let text = |path: &str| {
        fhir.pointer(path)
            .and_then(serde_json::Value::as_str)
            .unwrap()
    };
    assert_eq!(text("/resourceType"), "AuditEvent");
    assert_eq!(text("/type/code"), "rest");
    assert_eq!(text("/action"), "R");
    assert_eq!(text("/outcome"), "0");
    assert_eq!(text("/agent/0/who/display"), "Dr Sam O'Neill");
    assert_eq!(text("/agent/0/purposeOfUse/0/coding/0/code"), "TREAT");
    assert_eq!(
        text("/agent/0/policy/0"),
        "urn:tarn:agreement:harrowmere@ab12#4.2"
    );
    assert_eq!(text("/agent/1/type/coding/0/code"), "110153");
    assert_eq!(
        text("/entity/0/what/reference"),
        format!("Patient/{}", person(1))
    );
}
