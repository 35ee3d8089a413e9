//! Ids that a source chose, of a person whose place is protected.

use serde_json::{Value, json};
use tarn_access::{Everything, Narrowing, PageOf, Versions};
use tarn_model::{RequestContext, Role};

use super::{Target, bundle, every_read, observation, of_the_entry, page, post, put, search};
use crate::harrowmere::{EDIE, Harrowmere, PROTECTED, citizen, staff};

const RANDOM: &str = "9f1c2d3e-4b5a-4c6d-8e7f-0a1b2c3d4e5f";

async fn filled() -> Harrowmere {
    let place = Harrowmere::new().await;
    let allergy = json!({ "resourceType": "AllergyIntolerance",
        "patient": { "reference": "Patient/huc-protected" }, "code": { "text": "latex" } });
    let text = bundle(vec![
        put("huc-ward-7", &allergy),
        put(RANDOM, &observation("x", "huc-protected", "pulse")),
        put("huc-bed-3", &observation("x", "huc-protected", "weight")),
    ]);
    place.send("HUC01", &text).await;
    place
}

/// The ids of what a search finds.
async fn ids(place: &Harrowmere, kind: &str, pairs: &[(&str, &str)]) -> Vec<String> {
    let doctor = staff(Role::OohDoctor, "HUC01");
    let asked = search(kind, pairs);
    let found = place
        .door
        .search_resources(&doctor, &Narrowing::default(), &asked, &page(20))
        .await
        .unwrap();
    found.matches.iter().map(|one| one.id.clone()).collect()
}

fn target<'a>(id: &'a str, patient: &'a str) -> Target<'a> {
    Target {
        kind: "AllergyIntolerance",
        id,
        patient,
        number: PROTECTED,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn by_the_sources_own_id_nothing_is_there() {
    let place = filled().await;
    let doctor = staff(Role::OohDoctor, "HUC01");
    let ask = async |id: &str, patient: &str| {
        let all = every_read(&place, &doctor, &Narrowing::default(), target(id, patient)).await;
        // By the number the person is found, whatever else is asked.
        let own: Vec<_> = all
            .into_iter()
            .filter(|(way, _)| {
                !way.contains("number") && !way.contains("Patient") && *way != "match"
            })
            .collect();
        own
    };
    let absent = ask("nothing", "nobody").await;
    for patient in ["protected", "huc-protected"] {
        assert_eq!(ask("huc-ward-7", patient).await, absent, "{patient}");
    }
    assert!(
        ids(&place, "Patient", &[("_id", "protected,huc-protected")])
            .await
            .is_empty()
    );
    let guessed = [("patient", "huc-protected"), ("_total", "accurate")];
    assert!(ids(&place, "AllergyIntolerance", &guessed).await.is_empty());
    // The twin: of somebody whose place is not protected ids are as they are.
    let twin = Target {
        id: "a1",
        patient: "edie",
        number: EDIE,
        ..target("", "")
    };
    for (way, answer) in every_read(&place, &doctor, &Narrowing::default(), twin).await {
        assert!(answer.is_ok_and(|found| !found.is_empty()), "{way}");
    }
    // And so they are to the person themselves.
    let own = of_the_entry(
        every_read(
            &place,
            &citizen(PROTECTED),
            &Narrowing::default(),
            target("huc-ward-7", "protected"),
        )
        .await,
    );
    for (way, answer) in own {
        assert!(answer.unwrap().concat().contains("huc-ward-7"), "{way}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn by_the_id_that_it_leaves_under_everything_is_found() {
    let place = filled().await;
    let doctor = staff(Role::OohDoctor, "HUC01");
    let nhs = format!("https://fhir.nhs.uk/Id/nhs-number|{PROTECTED}");
    let patients = ids(&place, "Patient", &[("identifier", &nhs)]).await;
    assert_eq!(patients.len(), 2);
    assert_eq!(
        ids(&place, "Patient", &[("identifier", &nhs)]).await,
        patients,
        "they stay"
    );
    for patient in &patients {
        let found = ids(&place, "AllergyIntolerance", &[("patient", patient)]).await;
        let [allergy] = found.as_slice() else {
            panic!("{found:?}")
        };
        let asked = target(allergy, patient);
        for (way, answer) in every_read(&place, &doctor, &Narrowing::default(), asked).await {
            if way == "match" {
                continue;
            }
            let texts = answer.unwrap_or_else(|error| panic!("{way}: {error}"));
            assert!(!texts.is_empty(), "{way}");
            for text in texts {
                let no_id = ["huc", "protected", "oak"]
                    .iter()
                    .all(|word| !text.contains(word));
                assert!(no_id, "{way}: {text}");
            }
        }
        let mut observed = ids(&place, "Observation", &[("patient", patient)]).await;
        observed.retain(|id| id == RANDOM);
        assert_eq!(observed, [RANDOM], "what says nothing stays as it is");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_go_on_where_the_one_before_ended() {
    let place = filled().await;
    let doctor = staff(Role::OohDoctor, "HUC01");
    let nhs = format!("https://fhir.nhs.uk/Id/nhs-number|{PROTECTED}");
    let patient = ids(&place, "Patient", &[("identifier", &nhs)])
        .await
        .remove(0);
    let all = Narrowing::default();
    for way in ["everything", "history", "search"] {
        let mut after = None;
        let mut seen = Vec::new();
        loop {
            let page = PageOf { after, limit: 1 };
            let versions = Versions {
                since: None,
                page: page.clone(),
            };
            let everything = Everything {
                types: Vec::new(),
                since: None,
                page: page.clone(),
            };
            let observations = search("Observation", &[("patient", &patient)]);
            let door = &place.door;
            let found = match way {
                "everything" => door.everything(&doctor, &all, &patient, &everything).await,
                "history" => {
                    door.history_of_type(&doctor, &all, "Observation", &patient, &versions)
                        .await
                }
                _ => {
                    door.search_resources(&doctor, &all, &observations, &page)
                        .await
                }
            };
            let found = found.unwrap();
            seen.extend(found.matches.iter().map(|one| one.id.clone()));
            after = found.next.clone();
            if after.is_none() {
                break;
            }
        }
        let count = seen.len();
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), count, "{way}: none twice");
        assert_eq!(count, if way == "everything" { 5 } else { 2 }, "{way}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_writer_names_the_person_as_they_know_them() {
    let place = filled().await;
    let doctor = staff(Role::OohDoctor, "HUC01");
    let nhs = format!("https://fhir.nhs.uk/Id/nhs-number|{PROTECTED}");
    let patients = ids(&place, "Patient", &[("identifier", &nhs)]).await;
    let write = async |ctx: &RequestContext, patient: &str| {
        let text = bundle(vec![post(&observation("x", patient, "height"))]);
        let written = place
            .door
            .contribute(ctx, &Narrowing::default(), &text)
            .await;
        written
            .map(|written| written[0].resource.id.clone())
            .map_err(|error| format!("{error:?}"))
    };
    for patient in &patients {
        let id = write(&doctor, patient).await.unwrap();
        let owner = place.record.person_of("Observation", &id).await.unwrap();
        assert_eq!(owner, Some(place.person(PROTECTED).await));
        let read = place
            .door
            .read_resource(&doctor, &Narrowing::default(), "Observation", &id)
            .await
            .unwrap();
        let said: Value = serde_json::from_str(read.json()).unwrap();
        let named = said["subject"]["reference"].as_str().unwrap();
        assert_eq!(named, format!("Patient/{patient}"));
    }
    let guessed = write(&doctor, "protected").await;
    assert_eq!(guessed, write(&doctor, "nobody").await);
    assert!(guessed.is_err());
}
