//! Letters: their words against what they were written from.

use serde_json::{Value, json};
use tarn_access::Narrowing;
use tarn_model::{RequestContext, Role};

use super::{Target, bundle, every_read, put};
use crate::harrowmere::{EDIE, Harrowmere, staff};

fn section(words: &str, entries: &[&str]) -> Value {
    let entries: Vec<Value> = (entries.iter())
        .map(|entry| json!({ "reference": entry }))
        .collect();
    let text = json!({ "status": "generated",
        "div": format!("<div xmlns=\"http://www.w3.org/1999/xhtml\">{words}</div>") });
    match entries.is_empty() {
        true => json!({ "title": "Part", "text": text }),
        false => json!({ "title": "Part", "text": text, "entry": entries }),
    }
}

fn letter(id: &str, sections: Vec<Value>) -> Value {
    let mut whole = section("WHOLE", &[]);
    whole["resourceType"] = json!("Composition");
    whole["status"] = json!("final");
    whole["subject"] = json!({ "reference": "Patient/edie" });
    whole["section"] = json!(sections);
    put(id, &whole)
}

fn target(id: &str) -> Target<'_> {
    Target {
        kind: "Composition",
        id,
        patient: "edie",
        number: EDIE,
    }
}

/// Everything that any way to read says of letters.
async fn told(place: &Harrowmere, ctx: &RequestContext, narrowing: &Narrowing, id: &str) -> String {
    let mut told = String::new();
    for (way, answer) in every_read(place, ctx, narrowing, target(id)).await {
        if ["match", "search of the Patient"].contains(&way) {
            continue;
        }
        let texts = answer.unwrap_or_else(|error| panic!("{way}: {error}"));
        let letters: Vec<_> = texts
            .into_iter()
            .filter(|text| text.contains("Composition"))
            .collect();
        assert_eq!(letters.len(), 1, "{way}");
        assert!(told.is_empty() || told == letters[0], "{way}");
        told.clone_from(&letters[0]);
    }
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn the_words_of_a_section_go_with_the_last_entry_that_may_be_seen() {
    let place = Harrowmere::new().await;
    let sections = vec![
        section("ALLERGY", &["AllergyIntolerance/a1", "Practitioner/p1"]),
        section("SECRET", &["AllergyIntolerance/a1", "Condition/c1"]),
        section("PLAIN", &[]),
    ];
    place
        .send("OAK01", &bundle(vec![letter("l1", sections)]))
        .await;
    let (gp, doctor) = (staff(Role::Gp, "OAK01"), staff(Role::OohDoctor, "HUC01"));
    let all = Narrowing::default();
    let words = |text: &str| {
        ["WHOLE", "ALLERGY", "SECRET", "PLAIN", "SUBSETTED"].map(|word| text.contains(word))
    };
    let whole = told(&place, &gp, &all, "l1").await;
    assert_eq!(words(&whole), [true, true, true, true, false]);
    let part = told(&place, &doctor, &all, "l1").await;
    assert_eq!(words(&part), [false, true, false, true, true]);
    // A token that leaves the entries out leaves out what is told of them.
    let letters_only = Narrowing {
        types: Some(vec![("Composition".to_owned(), Vec::new())]),
        ..Narrowing::default()
    };
    let bare = place
        .door
        .read_resource(&gp, &letters_only, "Composition", "l1")
        .await
        .unwrap();
    assert_eq!(words(bare.json()), [false, false, false, true, true]);
    // On the pages it is the same.
    let edie = place.person(EDIE).await;
    let read = async |ctx: &RequestContext| {
        let read = place
            .door
            .read_document(ctx, edie, "Composition", "l1")
            .await;
        String::from_utf8(read.unwrap().bytes.clone()).unwrap()
    };
    assert_eq!(words(&read(&gp).await)[..4], [true, true, true, true]);
    assert_eq!(words(&read(&doctor).await)[..4], [false, true, false, true]);
    // What is withheld can't be put back in part.
    let base = place.door.patch_base(&gp, &all, "Composition", "l1").await;
    assert!(base.is_ok());
    let base = place
        .door
        .patch_base(&gp, &letters_only, "Composition", "l1")
        .await;
    assert!(base.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_is_hidden_looks_like_one_that_is_not_there() {
    let place = Harrowmere::new().await;
    let doctor = staff(Role::OohDoctor, "HUC01");
    let mut told_of = Vec::new();
    for entry in ["Condition/c1", "Condition/zz"] {
        let place = Harrowmere::new().await;
        let text = bundle(vec![letter("l1", vec![section("SECRET", &[entry])])]);
        place.send("OAK01", &text).await;
        let told = told(&place, &doctor, &Narrowing::default(), "l1").await;
        assert!(!told.contains("SECRET") && !told.contains("WHOLE"));
        told_of.push(told.replace(entry, "Condition/one"));
    }
    assert_eq!(told_of[0], told_of[1]);
    // The letter's own word for how confidential it is counts like a label.
    let mut open = letter("l2", vec![section("PLAIN", &[])]);
    place.send("OAK01", &bundle(vec![open.clone()])).await;
    let read = async |place: &Harrowmere, ctx: &RequestContext| {
        let found = place
            .door
            .read_resource(ctx, &Narrowing::default(), "Composition", "l2")
            .await;
        found.map(|_| ()).map_err(|error| error.to_string())
    };
    assert_eq!(read(&place, &doctor).await, Ok(()));
    for (code, seen) in [("N", true), ("V", false), ("?", false)] {
        open["resource"]["confidentiality"] = json!(code);
        place.send("OAK01", &bundle(vec![open.clone()])).await;
        assert_eq!(read(&place, &doctor).await.is_ok(), seen, "{code}");
    }
}
