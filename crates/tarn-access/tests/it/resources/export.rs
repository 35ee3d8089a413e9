//! An organisation takes back what it contributed, and nothing of anybody else.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::json;
use tarn_access::{AccessError, ExportAsk, ExportedPart, Narrowing};
use tarn_audit::{Action, Outcome, Window};
use tarn_model::{Clock as _, Role};

use super::{bundle, observation, put, system};
use crate::harrowmere::{AGREEMENT, EDIE, Harrowmere, citizen, staff};

#[tokio::test(flavor = "multi_thread")]
async fn person_by_person_whole_and_only_the_own() {
    let place = Harrowmere::new().await;
    place
        .send(
            "OAK01",
            &bundle(vec![put("o1", &observation("o1", "edie", "one"))]),
        )
        .await;
    place
        .send(
            "OAK01",
            &bundle(vec![put("o1", &observation("o1", "edie", "two"))]),
        )
        .await;
    // Opting out of sharing with others takes nothing from the organisation's own record.
    place
        .door
        .choose(&citizen(EDIE), false, true)
        .await
        .unwrap();
    let oak = staff(Role::Gp, "OAK01");
    let take = async |history: bool| {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let asked = ExportAsk {
                after,
                people: 1,
                history,
                ..ExportAsk::default()
            };
            let page = place
                .door
                .export_page(&oak, &system(), &asked)
                .await
                .unwrap();
            found.extend(page.people.iter().flat_map(|one| one.resources.clone()));
            after = page.next.clone();
            if after.is_none() {
                return found;
            }
        }
    };
    let copy = take(false).await;
    assert!(
        copy.iter()
            .all(|one| one.source.as_ref().unwrap().as_str() == "OAK01")
    );
    let names: BTreeSet<&str> = copy.iter().map(|one| one.id.as_str()).collect();
    let expected = [
        "a1",
        "b1",
        "c1",
        "c2",
        "d1",
        "d3",
        "edie",
        "o1",
        "protected",
    ];
    assert_eq!(names, BTreeSet::from(expected));
    assert_eq!(copy.len(), names.len());
    let whole = copy.iter().find(|one| one.id == "protected").unwrap();
    assert!(
        whole.json().contains("Wheelwright"),
        "the own entry is whole"
    );
    assert_eq!(
        take(true).await.len(),
        copy.len() + 1,
        "with the version before"
    );
    let edie = place.person(EDIE).await;
    let rows = place
        .audit
        .of_person(edie, Window::default())
        .await
        .unwrap();
    let exported = rows.iter().filter(|row| row.entry.action == Action::Export);
    let citations: Vec<_> = exported
        .map(|row| row.entry.citation.clone().unwrap())
        .collect();
    assert!(citations.len() == 2 && citations.iter().all(|cited| cited.ends_with("#2.1")));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_registered_system_of_a_party_takes_a_copy() {
    let place = Harrowmere::new().await;
    let asked = ExportAsk {
        people: 9,
        ..ExportAsk::default()
    };
    for (ctx, narrowing) in [
        (staff(Role::Gp, "OAK01"), Narrowing::default()),
        (staff(Role::Gp, "FEN01"), system()),
        (staff(Role::SocialWorker, "H10A"), system()),
        (citizen(EDIE), system()),
        (
            staff(Role::Gp, "OAK01"),
            Narrowing {
                patient: Some("edie".into()),
                ..system()
            },
        ),
    ] {
        let copy = place.door.export_page(&ctx, &narrowing, &asked).await;
        assert!(matches!(copy, Err(AccessError::Refused { .. })), "{copy:?}");
    }
}

/// What was taken back is named to whoever keeps a copy up to date, so that the copy can follow.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_back_since_is_named_and_nothing_else_is() {
    let place = Harrowmere::new().await;
    let (oak, before) = (staff(Role::Gp, "OAK01"), place.clock.now());
    place.clock.advance_seconds(60);
    let take_back = |name: &str| json!({ "request": { "method": "DELETE", "url": name } });
    for (source, name) in [
        ("OAK01", "AllergyIntolerance/a1"),
        ("OAK01", "Condition/c1"),
        ("RSB", "MedicationStatement/m1"),
    ] {
        place.send_now(source, &bundle(vec![take_back(name)])).await;
    }
    let ask = async |narrowing: &Narrowing, types: &[&str], since| {
        let asked = ExportAsk {
            people: 50,
            types: types.iter().map(|name| (*name).to_owned()).collect(),
            since,
            ..ExportAsk::default()
        };
        let page = place
            .door
            .export_page(&oak, narrowing, &asked)
            .await
            .unwrap();
        let gone = page.people.iter().flat_map(|one| {
            assert!(
                one.deleted
                    .iter()
                    .all(|gone| gone.deleted && gone.json().is_empty())
            );
            one.deleted.iter().map(|gone| gone.id.clone())
        });
        let stands = page.people.iter().flat_map(|one| &one.resources);
        (gone.collect::<Vec<_>>(), stands.count())
    };
    let since = Some(before.plus_seconds(1));
    let whole = system();
    assert_eq!(
        ask(&whole, &[], since).await.0,
        ["a1", "c1"],
        "labels hide none of one’s own"
    );
    assert_eq!(ask(&whole, &[], since).await.1, 0, "nothing else changed");
    assert_eq!(ask(&whole, &["Condition"], since).await.0, ["c1"]);
    let narrow = Narrowing {
        types: Some(vec![("AllergyIntolerance".to_owned(), Vec::new())]),
        ..system()
    };
    assert_eq!(ask(&narrow, &[], since).await.0, ["a1"]);
    let later = Some(place.clock.now().plus_seconds(1));
    assert!(ask(&whole, &[], later).await.0.is_empty());
    assert!(
        ask(&whole, &[], None).await.0.is_empty(),
        "a first copy has nothing to follow"
    );
    let asked = ExportAsk {
        people: 50,
        history: true,
        types: vec!["Condition".to_owned()],
        ..ExportAsk::default()
    };
    let page = place.door.export_page(&oak, &whole, &asked).await.unwrap();
    let of_c1 = page.people.iter().flat_map(|one| &one.resources);
    let of_c1: Vec<bool> = of_c1
        .filter(|one| one.id == "c1")
        .map(|one| one.deleted)
        .collect();
    assert_eq!(of_c1, [true, false], "its history says so too");
}

#[tokio::test(flavor = "multi_thread")]
async fn handing_a_copy_over_is_decided_on_again() {
    let place = Harrowmere::new().await;
    let (oak, edie) = (staff(Role::Gp, "OAK01"), place.person(EDIE).await);
    let part = ExportedPart {
        types: vec!["Condition".to_owned()],
        people: vec![edie],
    };
    let rows = async || {
        let rows = place
            .audit
            .of_person(edie, Window::default())
            .await
            .unwrap();
        let exported = rows
            .into_iter()
            .filter(|row| row.entry.action == Action::Export);
        exported
            .map(|row| (row.entry.outcome, row.entry.note))
            .collect::<Vec<_>>()
    };
    assert!(rows().await.is_empty());
    place
        .door
        .export_again(&oak, &system(), &part)
        .await
        .unwrap();
    let handed_over = Some("the copy was handed over".to_owned());
    assert_eq!(rows().await, [(Outcome::Permitted, handed_over)]);

    let narrow = Narrowing {
        types: Some(vec![("Patient".to_owned(), Vec::new())]),
        ..system()
    };
    let refused = |answer| matches!(answer, Err(AccessError::Refused { .. }));
    assert!(refused(place.door.export_again(&oak, &narrow, &part).await));
    let user = Narrowing::default();
    assert!(refused(place.door.export_again(&oak, &user, &part).await));
    let without = AGREEMENT.replace("contribution-clause: 2.1\n", "");
    let without = tarn_governance::compile(&without).unwrap();
    place.door.replace_agreement(Arc::new(without));
    assert!(refused(
        place.door.export_again(&oak, &system(), &part).await
    ));
    assert_eq!(rows().await.len(), 1, "nothing was handed over");
}

/// A copy that is loaded again must tell which of two registrations is the newer one: it keeps the
/// source's own word for when it last changed what it says, which a reader is not given.
#[tokio::test(flavor = "multi_thread")]
async fn the_sources_own_time_stays_in_its_copy() {
    let place = Harrowmere::new().await;
    let oak = staff(Role::Gp, "OAK01");
    let mut sent = observation("o1", "edie", "one");
    sent["meta"] = json!({ "lastUpdated": "2026-01-02T03:04:05Z" });
    place.send("OAK01", &bundle(vec![put("o1", &sent)])).await;
    let asked = ExportAsk {
        people: 50,
        types: vec!["Observation".to_owned()],
        ..ExportAsk::default()
    };
    let copy = place
        .door
        .export_page(&oak, &system(), &asked)
        .await
        .unwrap();
    let copied = copy
        .people
        .iter()
        .flat_map(|one| &one.resources)
        .next()
        .unwrap();
    assert!(copied.json().contains("2026-01-02T03:04:05Z"));
    let read = place
        .door
        .read_resource(&oak, &Narrowing::default(), "Observation", "o1")
        .await
        .unwrap();
    assert!(!read.json().contains("2026-01-02T03:04:05Z"));
}
