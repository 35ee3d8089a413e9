//! Sources that are down, late, lying.

use std::sync::Arc;

use async_trait::async_trait;
use tarn_access::{
    Ask, Cell, Connection, Fetched, Line, RecordSource, Selection, SourceError, SourceState,
};
use tarn_model::{Heading, OdsCode, PersonId, Role};

use crate::harrowmere::{EDIE, Harrowmere, NOW, ods, staff};

/// A source beside the stored one that fails, hangs or lies.
enum Bad {
    Fails,
    Hangs,
    Lies(Arc<dyn RecordSource>),
}

#[async_trait]
impl RecordSource for Bad {
    fn organisations(&self) -> Vec<OdsCode> {
        vec![ods("RMH")]
    }

    async fn fetch(&self, person: PersonId, asked: &Selection) -> Result<Fetched, SourceError> {
        match self {
            Self::Fails => Err(SourceError {
                cause: "connection refused".into(),
            }),
            Self::Hangs => std::future::pending().await,
            Self::Lies(stored) => {
                // It gives everything it can reach, whatever was asked for.
                let everything = Selection::everything_of([ods("OAK01")]);
                let mut answer = stored.fetch(person, &everything).await?;
                assert!(
                    asked
                        .sources
                        .iter()
                        .all(|(source, _)| *source == ods("RMH"))
                );
                for line in &mut answer.lines {
                    line.heading = Heading::Safeguarding;
                }
                answer.states.clear();
                Ok(answer)
            }
        }
    }
}

async fn beside(bad: impl FnOnce(Arc<dyn RecordSource>) -> Bad) -> Harrowmere {
    let place = Harrowmere::with_sources(|stored| {
        let other = bad(Arc::clone(&stored));
        vec![stored, Arc::new(other)]
    })
    .await;
    let mut mental_health = place.record.sources().await.unwrap()[0].clone();
    mental_health.organisation = ods("RMH");
    mental_health.connection = Connection::Live;
    place.record.save_source(&mental_health).await.unwrap();
    place
}

fn shows(lines: &[Line], word: &str) -> bool {
    lines.iter().any(|line| line.display == word)
}

/// REQ-004
#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_fails_or_hangs_is_a_state_and_the_rest_still_shows() {
    for bad in [Bad::Fails, Bad::Hangs] {
        let place = beside(|_| bad).await;
        let edie = place.person(EDIE).await;
        let record = place
            .door
            .open(&staff(Role::OohDoctor, "HUC01"), edie, &Ask::default())
            .await
            .unwrap();
        assert!(shows(&record.lines, "penicillin"));
        let standing = record.ledger.standing(&ods("RMH")).unwrap();
        assert!(
            matches!(standing.state, SourceState::Unavailable { .. }),
            "{standing:?}"
        );
        let unavailable: Vec<_> = record.ledger.unavailable(Heading::Allergies).collect();
        assert_eq!(
            unavailable.len(),
            1,
            "allergies know that a source is missing"
        );
        // The opening's row was written before the source failed: another says how it stood.
        let rows = place
            .audit
            .of_person(edie, tarn_audit::Window::default())
            .await
            .unwrap();
        let said: Vec<_> = rows
            .iter()
            .map(|row| {
                let met = row
                    .entry
                    .sources
                    .iter()
                    .find(|(source, _)| *source == ods("RMH"));
                (row.entry.action, met.unwrap().1.as_str())
            })
            .collect();
        let expected = [
            (tarn_audit::Action::SourcesMet, "unavailable"),
            (tarn_audit::Action::Open, "live"),
        ];
        assert_eq!(said, expected);
        assert_eq!(
            rows[0].entry.note,
            Some(format!("of entry {}", rows[1].sequence))
        );
        assert_eq!(record.ticket().event(), rows[1].id);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_source_gives_beyond_the_scope_is_dropped() {
    let place = beside(Bad::Lies).await;
    let edie = place.person(EDIE).await;
    let record = place
        .door
        .open(&staff(Role::OohDoctor, "HUC01"), edie, &Ask::default())
        .await
        .unwrap();
    assert_eq!(record.under(Heading::Safeguarding).count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_taken_down_shows_at_once_and_keeps_a_dated_copy_of_its_allergies() {
    let place = Harrowmere::new().await;
    let edie = place.person(EDIE).await;
    let doctor = staff(Role::OohDoctor, "HUC01");
    let before = place
        .door
        .open(&doctor, edie, &Ask::default())
        .await
        .unwrap();
    assert!(shows(&before.lines, "penicillin") && before.held.is_empty());

    place
        .record
        .set_connection(&ods("OAK01"), Connection::Down, NOW)
        .await
        .unwrap();
    let after = place
        .door
        .open(&doctor, edie, &Ask::default())
        .await
        .unwrap();
    assert!(
        !shows(&after.lines, "penicillin"),
        "not as if it were current"
    );
    assert!(shows(&after.lines, "furosemide"), "the rest still shows");
    assert!(shows(&after.held, "penicillin"), "the copy, apart");
    let cells: Vec<_> = after
        .ledger
        .heading(Heading::Medicines)
        .filter(|cell| cell.organisation == ods("OAK01"))
        .collect();
    assert!(
        matches!(
            cells[0].cell,
            Cell::Unavailable {
                last_heard_at: Some(_)
            }
        ),
        "{cells:?}"
    );

    let all = Ask {
        held_copies: true,
        ..Ask::default()
    };
    let held = place.door.open(&doctor, edie, &all).await.unwrap();
    assert!(
        held.held.len() > after.held.len(),
        "the whole copy on request"
    );
    place
        .record
        .set_connection(&ods("OAK01"), Connection::Stored, NOW)
        .await
        .unwrap();
    let back = place
        .door
        .open(&doctor, edie, &Ask::default())
        .await
        .unwrap();
    assert!(shows(&back.lines, "penicillin") && back.held.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_source_says_up_to_when_it_is_complete() {
    let place = Harrowmere::new().await;
    let edie = place.person(EDIE).await;
    place.clock.advance_seconds(14 * 3600);
    let mut doctor = staff(Role::OohDoctor, "HUC01");
    doctor.at = doctor.at.plus_seconds(14 * 3600);
    let record = place
        .door
        .open(&doctor, edie, &Ask::default())
        .await
        .unwrap();
    let late = record
        .ledger
        .heading(Heading::Allergies)
        .find(|c| c.organisation == ods("OAK01"));
    assert!(
        matches!(late.unwrap().cell, Cell::Late { count: 1, .. }),
        "{late:?}"
    );
}
