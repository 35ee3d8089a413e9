//! Everything that may not be seen answers as if it were not there: the same question about an
//! entry that does not exist gets the same answer, and the allowed twin gets data.

use serde_json::json;
use tarn_access::{Narrowing, PersonQuery};
use tarn_model::{RequestContext, Role};

use super::{Answer, Target, bundle, every_read, observation, of_the_entry, put};
use crate::harrowmere::{EDIE, Harrowmere, because, citizen, staff};

/// A number that nobody here has.
const NOBODY: &str = "9990000034";

const ALLERGY: Target<'_> = Target {
    kind: "AllergyIntolerance",
    id: "a1",
    patient: "edie",
    number: EDIE,
};

async fn answers(
    place: &Harrowmere,
    ctx: &RequestContext,
    target: Target<'_>,
) -> Vec<(&'static str, Answer)> {
    every_read(place, ctx, &Narrowing::default(), target).await
}

fn absent(target: Target<'_>) -> Target<'_> {
    Target {
        id: "nothing",
        patient: "nobody",
        number: NOBODY,
        ..target
    }
}

fn all_give_data(answers: &[(&'static str, Answer)]) {
    for (way, answer) in answers {
        assert!(
            answer.as_ref().is_ok_and(|found| !found.is_empty()),
            "{way}: {answer:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_may_not_open_the_record_finds_nothing_in_it() {
    let place = Harrowmere::new().await;
    let doctor = staff(Role::OohDoctor, "HUC01");
    all_give_data(&answers(&place, &doctor, ALLERGY).await);
    let nurse = staff(Role::CommunityNurse, "RHC");
    all_give_data(&answers(&place, &because(&nurse, "Rang me"), ALLERGY).await);
    for (why, ctx) in [
        ("no party", staff(Role::OohDoctor, "FEN01")),
        ("no clause for the role", staff(Role::Operator, "RSB")),
        ("no link", nurse),
        ("another person", citizen(NOBODY)),
    ] {
        let forbidden = answers(&place, &ctx, ALLERGY).await;
        assert_eq!(
            forbidden,
            answers(&place, &ctx, absent(ALLERGY)).await,
            "{why}"
        );
        for (way, answer) in forbidden {
            assert!(answer.unwrap_or_default().is_empty(), "{why}, {way}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_objection_closes_every_way_in_at_once() {
    let place = Harrowmere::new().await;
    let doctor = staff(Role::OohDoctor, "HUC01");
    all_give_data(&answers(&place, &doctor, ALLERGY).await);
    place
        .door
        .choose(&citizen(EDIE), false, true)
        .await
        .unwrap();
    let forbidden = answers(&place, &doctor, ALLERGY).await;
    assert_eq!(forbidden, answers(&place, &doctor, absent(ALLERGY)).await);
    all_give_data(&answers(&place, &citizen(EDIE), ALLERGY).await);
    place.door.choose(&citizen(EDIE), true, true).await.unwrap();
    all_give_data(&answers(&place, &doctor, ALLERGY).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_label_or_a_heading_takes_the_entry_out_of_every_answer() {
    let place = Harrowmere::new().await;
    place
        .send(
            "OAK01",
            &bundle(vec![put(
                "c3",
                &json!({ "resourceType": "Condition",
                "subject": { "reference": "Patient/edie" }, "code": { "text": "asthma" } }),
            )]),
        )
        .await;
    let gp = staff(Role::Gp, "OAK01");
    let doctor = staff(Role::OohDoctor, "HUC01");
    let worker = because(&staff(Role::SocialWorker, "H10A"), "Visit planned");
    let condition = |id| Target {
        kind: "Condition",
        id,
        ..ALLERGY
    };
    all_give_data(&answers(&place, &gp, condition("c1")).await);
    all_give_data(&answers(&place, &doctor, condition("c3")).await);
    for (why, ctx, hidden) in [
        ("label", &doctor, "chlamydia"),
        ("unknown label", &gp, "hidden"),
        ("heading", &worker, "asthma"),
    ] {
        let id = match hidden {
            "chlamydia" => "c1",
            "hidden" => "c2",
            _ => "c3",
        };
        let forbidden = answers(&place, ctx, condition(id)).await;
        for (way, answer) in &forbidden {
            let texts = answer.clone().unwrap_or_default().join("\n");
            assert!(!texts.contains(hidden), "{why}, {way}");
        }
        let twin = answers(&place, ctx, condition("nothing")).await;
        assert_eq!(of_the_entry(forbidden), of_the_entry(twin), "{why}");
    }
}

/// The count, an order and a chain are worked out over what may be seen, and over nothing else.
#[tokio::test(flavor = "multi_thread")]
async fn thirty_two_questions_learn_nothing_of_a_hidden_entry() {
    let place = Harrowmere::new().await;
    let doctor = staff(Role::OohDoctor, "HUC01");
    let gp = staff(Role::Gp, "OAK01");
    let ask = async |ctx: &RequestContext, kind: &str, pairs: &[(&str, &str)]| {
        let found = place
            .door
            .search_resources(
                ctx,
                &Narrowing::default(),
                &super::search(kind, pairs),
                &super::page(10),
            )
            .await
            .unwrap();
        (found.matches.len() + found.included.len(), found.total)
    };
    let mut learnt = 0;
    for letter in 'a'..='z' {
        let beginning = format!("c{letter}");
        let by_code = [
            ("patient", "edie"),
            ("code:text", beginning.as_str()),
            ("_total", "accurate"),
        ];
        let (count, total) = ask(&doctor, "Condition", &by_code).await;
        learnt += count + total.unwrap_or_default();
    }
    for pairs in [
        vec![("_id", "edie"), ("_revinclude", "Condition:patient")],
        vec![("_id", "edie"), ("_has:Condition:patient:_id", "c1")],
        vec![
            ("_id", "edie"),
            (
                "_has:Condition:patient:_security",
                "urn:tarn:label|sexual-health",
            ),
        ],
    ] {
        let (seen, _) = ask(&doctor, "Patient", &pairs).await;
        let (whole, _) = ask(&gp, "Patient", &pairs).await;
        let bare = usize::from(pairs[1].0 == "_revinclude");
        assert_eq!(seen, bare, "{pairs:?}");
        assert!(whole > seen, "{pairs:?}");
    }
    let security = [
        ("patient", "edie"),
        ("_security", "urn:tarn:label|sexual-health"),
    ];
    learnt += ask(&doctor, "Condition", &security).await.0;
    assert_eq!(ask(&gp, "Condition", &security).await.0, 1);
    let sorted = [
        ("patient", "edie"),
        ("_sort", "-_lastUpdated"),
        ("_total", "accurate"),
    ];
    learnt += ask(&doctor, "Condition", &sorted).await.1.unwrap();
    assert_eq!(learnt, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_label_that_is_raised_takes_the_older_versions_with_it() {
    let place = Harrowmere::new().await;
    let doctor = staff(Role::OohDoctor, "HUC01");
    let target = Target {
        kind: "Observation",
        id: "o1",
        ..ALLERGY
    };
    for version in 1..=2 {
        let text = format!("version {version}");
        let sent = bundle(vec![put("o1", &observation("o1", "edie", &text))]);
        place.send("OAK01", &sent).await;
    }
    let seen = answers(&place, &doctor, target).await;
    all_give_data(&seen);
    assert_eq!(seen[2].1.as_ref().unwrap().len(), 2, "both versions");
    let mut labelled = observation("o1", "edie", "version 3");
    labelled["meta"] =
        json!({ "security": [{ "system": "urn:tarn:label", "code": "sexual-health" }] });
    place
        .send("OAK01", &bundle(vec![put("o1", &labelled)]))
        .await;
    let hidden = answers(&place, &doctor, target).await;
    let twin = answers(
        &place,
        &doctor,
        Target {
            id: "nothing",
            ..target
        },
    )
    .await;
    assert_eq!(of_the_entry(hidden.clone()), of_the_entry(twin));
    for (way, answer) in hidden {
        let texts = answer.unwrap_or_default().join("\n");
        assert!(!texts.contains("version "), "{way}");
    }
    let gp = answers(&place, &staff(Role::Gp, "OAK01"), target).await;
    assert_eq!(
        gp[2].1.as_ref().unwrap().len(),
        3,
        "the twin sees all three"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_back_is_gone_only_to_whom_it_could_be_shown() {
    let place = Harrowmere::new().await;
    let take_back = |name: &str| {
        bundle(vec![
            json!({ "request": { "method": "DELETE", "url": name } }),
        ])
    };
    place
        .send("OAK01", &take_back("AllergyIntolerance/a1"))
        .await;
    place.send("OAK01", &take_back("Condition/c1")).await;
    let read = async |ctx: &RequestContext, kind: &str, id: &str| {
        let found = place
            .door
            .read_resource(ctx, &Narrowing::default(), kind, id)
            .await;
        found.unwrap_err().to_string()
    };
    let doctor = staff(Role::OohDoctor, "HUC01");
    let gp = staff(Role::Gp, "OAK01");
    let gone = "it was deleted";
    let none = "there is no record to show";
    assert_eq!(read(&doctor, "AllergyIntolerance", "a1").await, gone);
    assert_eq!(read(&gp, "Condition", "c1").await, gone);
    assert_eq!(read(&doctor, "Condition", "c1").await, none);
    assert_eq!(
        read(
            &staff(Role::CommunityNurse, "RHC"),
            "AllergyIntolerance",
            "a1"
        )
        .await,
        none
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_bound_to_one_person_reaches_no_other() {
    let place = Harrowmere::new().await;
    let doctor = staff(Role::OohDoctor, "HUC01");
    let bound = |patient: &str| Narrowing {
        patient: Some(patient.to_owned()),
        ..Narrowing::default()
    };
    all_give_data(&every_read(&place, &doctor, &bound("rsb-edie"), ALLERGY).await);
    let elsewhere = every_read(&place, &doctor, &bound("protected"), ALLERGY).await;
    let twin = every_read(&place, &doctor, &bound("protected"), absent(ALLERGY)).await;
    assert_eq!(elsewhere, twin);
    let named = place
        .door
        .find(&doctor, &PersonQuery::NhsNumber(EDIE.parse().unwrap()))
        .await;
    assert_eq!(named.unwrap().len(), 1);
}
