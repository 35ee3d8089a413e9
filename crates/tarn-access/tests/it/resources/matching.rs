//! `$match` shows only whom the asker may know of.

use tarn_access::{MatchQuery, Narrowing};
use tarn_audit::{Action, Window};
use tarn_model::Role;

use crate::harrowmere::{CANARY, EDIE, Harrowmere, PROTECTED, because, citizen, staff};

fn edna() -> MatchQuery {
    MatchQuery {
        family: Some("Hargreeves".into()),
        given: vec!["Edna".into()],
        birth_date: Some("1945-07-14".into()),
        postcodes: vec![CANARY.into()],
        limit: 10,
        ..MatchQuery::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn near_names_are_found_and_each_showing_is_in_the_log() {
    let place = Harrowmere::new().await;
    let doctor = staff(Role::OohDoctor, "HUC01");
    let door = &place.door;
    let found = door
        .match_people(&doctor, &Narrowing::default(), &edna())
        .await
        .unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].grade, "probable");
    assert!((found[0].score - 0.83).abs() < 1e-9, "{}", found[0].score);
    let edie = place.person(EDIE).await;
    let rows = place
        .audit
        .of_person(edie, Window::default())
        .await
        .unwrap();
    assert_eq!(rows[0].entry.action, Action::Shown);
    let certain = MatchQuery {
        only_certain: true,
        ..edna()
    };
    let found = door
        .match_people(&doctor, &Narrowing::default(), &certain)
        .await
        .unwrap();
    assert!(found.is_empty());
    let numbered = MatchQuery {
        nhs_number: Some(EDIE.into()),
        ..certain
    };
    let found = door
        .match_people(&doctor, &Narrowing::default(), &numbered)
        .await
        .unwrap();
    assert_eq!((found.len(), found[0].grade), (1, "certain"));
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_the_asker_may_not_know_of_is_no_candidate() {
    let place = Harrowmere::new().await;
    let nurse = staff(Role::CommunityNurse, "RHC");
    let door = &place.door;
    let count = async |ctx: &tarn_model::RequestContext| {
        let found = door.match_people(ctx, &Narrowing::default(), &edna()).await;
        found.map(|found| found.len()).ok()
    };
    assert_eq!(count(&nurse).await, Some(0));
    assert_eq!(
        count(&because(&nurse, "Rang me")).await,
        Some(1),
        "the twin"
    );
    assert_eq!(count(&staff(Role::Operator, "RSB")).await, None);
    door.choose(&citizen(EDIE), false, true).await.unwrap();
    assert_eq!(count(&because(&nurse, "Rang me")).await, Some(0));
}

/// A postcode that may not be shown must not be found out by trying.
#[tokio::test(flavor = "multi_thread")]
async fn a_protected_address_weighs_nothing() {
    let place = Harrowmere::new().await;
    let doctor = staff(Role::OohDoctor, "HUC01");
    let score = async |postcode: &str| {
        let query = MatchQuery {
            family: Some("Winterbourne".into()),
            given: vec!["Edna".into()],
            birth_date: Some("1990-02-03".into()),
            postcodes: vec![postcode.into()],
            limit: 5,
            ..MatchQuery::default()
        };
        let found = place
            .door
            .match_people(&doctor, &Narrowing::default(), &query)
            .await
            .unwrap();
        assert!(!found[0].patient.json().contains(CANARY));
        assert!(found[0].patient.json().contains(PROTECTED));
        found[0].score
    };
    assert_eq!(
        score(CANARY).await.to_bits(),
        score("AA1 1AA").await.to_bits()
    );
}
