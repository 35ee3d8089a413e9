//! An organisation takes back what it contributed, and nothing of anybody else.

use std::collections::BTreeSet;

use tarn_access::{AccessError, ExportAsk, Narrowing};
use tarn_audit::{Action, Window};
use tarn_model::Role;

use super::{bundle, observation, put, system};
use crate::harrowmere::{EDIE, Harrowmere, citizen, staff};

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
            found.extend(page.resources.clone());
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
