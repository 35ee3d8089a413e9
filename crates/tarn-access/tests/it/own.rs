//! What a person does with their own record.

use tarn_access::{AccessError, Ask, Cell, PersonQuery};
use tarn_model::{Assurance, Heading, RequestContext, Role};

use crate::harrowmere::{EDIE, Harrowmere, NOW, PROTECTED, citizen, staff};

/// REQ-050
#[tokio::test(flavor = "multi_thread")]
async fn an_objection_works_on_the_next_request_and_so_does_its_end() {
    let place = Harrowmere::new().await;
    let edie = place.person(EDIE).await;
    let (doctor, own) = (staff(Role::OohDoctor, "HUC01"), citizen(EDIE));
    let query = PersonQuery::NhsNumber(EDIE.parse().unwrap());
    assert!(
        place
            .door
            .open(&doctor, edie, &Ask::default())
            .await
            .is_ok()
    );
    assert_eq!(place.door.find(&doctor, &query).await.unwrap().len(), 1);

    place.door.choose(&own, false, true).await.unwrap();
    let refused = place
        .door
        .open(&doctor, edie, &Ask::default())
        .await
        .unwrap_err();
    assert!(matches!(refused, AccessError::NotFound), "{refused:?}");
    assert!(place.door.find(&doctor, &query).await.unwrap().is_empty());
    let record = place.door.own_record(&own).await.unwrap();
    let hidden = |cell: &Cell| matches!(cell, Cell::HiddenByYourChoice { .. });
    assert!(
        record
            .ledger
            .heading(Heading::Allergies)
            .any(|cell| hidden(&cell.cell))
    );

    let later = |ctx: &RequestContext| RequestContext {
        at: NOW.plus_seconds(60),
        ..ctx.clone()
    };
    let (doctor, own) = (later(&doctor), later(&own));
    place.door.choose(&own, true, true).await.unwrap();
    assert!(
        place
            .door
            .open(&doctor, edie, &Ask::default())
            .await
            .is_ok()
    );
    let log = place.door.access_log(&own, None, 100).await.unwrap();
    let choices: Vec<_> = log
        .entries
        .iter()
        .filter(|entry| entry.action == "choice-recorded")
        .filter_map(|entry| entry.note.as_deref())
        .collect();
    assert_eq!(choices, ["opted back in", "opted out"]);
    let refusals = log.entries.iter().filter(|entry| !entry.permitted).count();
    assert_eq!(refusals, 2, "the person sees both attempts");
    assert!(log.complete);
    assert_eq!(place.door.choices(&own).await.unwrap().history.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn opted_out_and_absent_look_alike() {
    let place = Harrowmere::new().await;
    let edie = place.person(EDIE).await;
    place
        .door
        .choose(&citizen(EDIE), false, true)
        .await
        .unwrap();
    let doctor = staff(Role::OohDoctor, "HUC01");
    let nobody = tarn_model::PersonId::new(uuid::Uuid::from_u128(77));
    let hidden = place
        .door
        .open(&doctor, edie, &Ask::default())
        .await
        .unwrap_err();
    let absent = place
        .door
        .open(&doctor, nobody, &Ask::default())
        .await
        .unwrap_err();
    assert_eq!(format!("{hidden:?}"), format!("{absent:?}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_reads_another_persons_record_as_their_own() {
    let place = Harrowmere::new().await;
    let own = citizen(EDIE);
    let other = place.person(PROTECTED).await;
    let refused = place
        .door
        .open(&own, other, &Ask::default())
        .await
        .unwrap_err();
    assert!(matches!(refused, AccessError::NotFound), "{refused:?}");
    let mut unproven = citizen(EDIE);
    unproven.actor.own_nhs_number = None;
    assert!(matches!(
        place.door.own_record(&unproven).await,
        Err(AccessError::NotFound)
    ));
    let mut weak = citizen(EDIE);
    weak.actor.assurance = Assurance::Medium;
    assert!(matches!(
        place.door.own_record(&weak).await,
        Err(AccessError::Refused { .. })
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_is_what_really_happens() {
    let place = Harrowmere::new().await;
    let own = citizen(EDIE);
    let preview = place
        .door
        .preview_choice(&own, Role::EdDoctor)
        .await
        .unwrap();
    assert!(
        preview.sharing.contains(&(Heading::Allergies, 1)),
        "{preview:?}"
    );
    assert!(preview.opted_out.is_empty(), "{preview:?}");
    let safeguarding = place
        .door
        .preview_choice(&own, Role::Safeguarding)
        .await
        .unwrap();
    assert_eq!(safeguarding.role, Role::Safeguarding);
}

#[tokio::test(flavor = "multi_thread")]
async fn reading_the_access_log_is_in_it() {
    let place = Harrowmere::new().await;
    let own = citizen(EDIE);
    let log = place.door.access_log(&own, None, 10).await.unwrap();
    assert_eq!(log.entries.len(), 1);
    assert_eq!(log.entries[0].action, "read-access-log");
}
