//! What is read is the source's own text, page by page, and each look stands in the log.

use serde_json::{Value, json};
use tarn_access::{Everything, Narrowing, PageOf, Versions};
use tarn_audit::{Action, Window};
use tarn_model::Role;
use tarn_search::Filter;

use super::{bundle, observation, page, put, search};
use crate::harrowmere::{EDIE, Harrowmere, citizen, staff};

#[tokio::test(flavor = "multi_thread")]
async fn the_sources_text_stays_and_the_stores_members_are_put_in() {
    let place = Harrowmere::new().await;
    let sent = r#"{"resourceType":"Bundle","type":"transaction","entry":[{"resource":
        {"resourceType":"Observation","id":"w1","meta":{"versionId":"77","tag":[{"code":"t"}]},
         "status":"final","subject":{"reference":"Patient/edie"},"code":{"text":"weight"},
         "valueQuantity":{"value":70.10,"unit":"kg"},"_issued":{"id":"z"}},
        "request":{"method":"PUT","url":"Observation/w1"}}]}"#;
    place.send("OAK01", sent).await;
    let gp = staff(Role::Gp, "OAK01");
    let found = place
        .door
        .read_resource(&gp, &Narrowing::default(), "Observation", "w1")
        .await
        .unwrap();
    assert!(
        found.json().contains(r#""value":70.10"#),
        "decimals keep their digits"
    );
    assert!(found.json().contains(r#""_issued":{"id":"z"}"#));
    let json: Value = serde_json::from_str(found.json()).unwrap();
    assert_eq!(json["meta"]["versionId"], "1");
    assert_eq!(json["meta"]["source"], "urn:tarn:source:OAK01");
    assert_eq!(json["meta"]["tag"][0]["code"], "t");
    assert_eq!(
        (found.version, found.source.as_ref().unwrap().as_str()),
        (1, "OAK01")
    );
    let edie = place.person(EDIE).await;
    let rows = place
        .audit
        .of_person(edie, Window::default())
        .await
        .unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].id, found.ticket().event());
    assert_eq!(rows[0].entry.action, Action::ReadEntries);
    assert_eq!(rows[0].entry.note.as_deref(), Some("Observation/w1"));
    let citation = rows[0].entry.citation.clone().unwrap();
    assert!(place.door.agreement().cites(&citation) && citation.ends_with("#4.1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_join_into_the_whole_without_a_gap_or_a_double() {
    let place = Harrowmere::new().await;
    let many = (0..25).map(|at| {
        let id = format!("o{at:02}");
        put(&id, &observation(&id, "edie", &format!("number {at}")))
    });
    place.send("OAK01", &bundle(many.collect())).await;
    let gp = staff(Role::Gp, "OAK01");
    let narrowing = Narrowing::default();
    let (mut ids, mut after) = (Vec::new(), None);
    loop {
        let page = PageOf { after, limit: 10 };
        let plain = search("Observation", &[("patient", "edie")]);
        let found = place
            .door
            .search_resources(&gp, &narrowing, &plain, &page)
            .await
            .unwrap();
        ids.extend(found.matches.iter().map(|one| one.id.clone()));
        after = found.next.clone();
        if after.is_none() {
            break;
        }
    }
    let counted = search(
        "Observation",
        &[("patient", "rsb-edie"), ("_total", "accurate")],
    );
    let at_once = place
        .door
        .search_resources(&gp, &narrowing, &counted, &page(100))
        .await
        .unwrap();
    let whole: Vec<String> = at_once.matches.iter().map(|one| one.id.clone()).collect();
    assert_eq!((ids.len(), at_once.total), (25, Some(25)));
    assert_eq!(ids, whole, "any Patient of the person means the person");
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let asked = Everything {
            types: Vec::new(),
            since: None,
            page: PageOf { after, limit: 7 },
        };
        let found = place
            .door
            .everything(&gp, &narrowing, "huc-edie", &asked)
            .await
            .unwrap();
        seen.extend(
            found
                .matches
                .iter()
                .map(|one| (one.resource_type.clone(), one.id.clone())),
        );
        after = found.next.clone();
        if after.is_none() {
            break;
        }
    }
    let mut once = seen.clone();
    once.sort();
    once.dedup();
    assert_eq!(seen, once, "in order, each once");
    assert!(seen.len() > 30 && seen.iter().filter(|(kind, _)| kind == "Patient").count() == 3);
    let some = Everything {
        types: vec!["Condition".into()],
        since: None,
        page: page(50),
    };
    let found = place
        .door
        .everything(&gp, &narrowing, "edie", &some)
        .await
        .unwrap();
    assert!(!found.matches.is_empty());
    assert!(
        found
            .matches
            .iter()
            .all(|one| one.resource_type == "Condition")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_come_newest_first_with_what_was_taken_back() {
    let place = Harrowmere::new().await;
    for text in ["one", "two", "three"] {
        place
            .send(
                "OAK01",
                &bundle(vec![put("o1", &observation("o1", "edie", text))]),
            )
            .await;
    }
    let delete = json!({ "request": { "method": "DELETE", "url": "Observation/o1" } });
    place.send("OAK01", &bundle(vec![delete])).await;
    let gp = staff(Role::Gp, "OAK01");
    let narrowing = Narrowing::default();
    let asked = |after| Versions {
        since: None,
        page: PageOf { after, limit: 3 },
    };
    let (door, kind) = (&place.door, "Observation");
    let first = door
        .history(&gp, &narrowing, kind, "o1", &asked(None))
        .await
        .unwrap();
    let versions: Vec<_> = first
        .matches
        .iter()
        .map(|one| (one.version, one.deleted))
        .collect();
    assert_eq!(versions, [(4, true), (3, false), (2, false)]);
    assert_eq!(first.total, Some(4));
    let rest = door
        .history(&gp, &narrowing, kind, "o1", &asked(first.next.clone()))
        .await
        .unwrap();
    assert_eq!(
        (rest.matches.len(), rest.matches[0].version, &rest.next),
        (1, 1, &None)
    );
    let by_type = door
        .history_of_type(&gp, &narrowing, kind, "edie", &asked(None))
        .await
        .unwrap();
    assert_eq!(by_type.matches.len(), 3);
    let after = asked(by_type.next.clone());
    let by_type = door
        .history_of_type(&gp, &narrowing, kind, "edie", &after)
        .await
        .unwrap();
    assert_eq!((by_type.matches.len(), &by_type.next), (1, &None));
    let old = door
        .read_version(&gp, &narrowing, kind, "o1", 2)
        .await
        .unwrap();
    assert!(old.json().contains("two"));
}

/// A token may narrow a type by conditions; they hold in every answer, for chains and counts too.
#[tokio::test(flavor = "multi_thread")]
async fn the_conditions_of_a_token_hold_everywhere() {
    let place = Harrowmere::new().await;
    let mut laboratory = observation("lab", "edie", "sodium");
    laboratory["category"][0]["coding"][0]["code"] = json!("laboratory");
    let vital = observation("vital", "edie", "pulse");
    place
        .send(
            "OAK01",
            &bundle(vec![put("lab", &laboratory), put("vital", &vital)]),
        )
        .await;
    let gp = staff(Role::Gp, "OAK01");
    let only = vec![Filter::parse("Observation", "category", "vital-signs").unwrap()];
    let narrowing = Narrowing {
        types: Some(vec![
            ("Observation".into(), only),
            ("Patient".into(), Vec::new()),
        ]),
        ..Narrowing::default()
    };
    let door = &place.door;
    let read = async |id| {
        door.read_resource(&gp, &narrowing, "Observation", id)
            .await
            .is_ok()
    };
    assert!(read("vital").await && !read("lab").await);
    assert!(
        door.read_resource(&gp, &narrowing, "Condition", "c1")
            .await
            .is_err()
    );
    let find = async |kind: &str, pairs: &[(&str, &str)]| {
        let found = door
            .search_resources(&gp, &narrowing, &search(kind, pairs), &page(50))
            .await;
        let found = found.unwrap();
        (found.matches.len(), found.included.len(), found.total)
    };
    assert_eq!(
        find("Observation", &[("patient", "edie")]).await,
        (1, 0, None)
    );
    let counted = [("patient", "edie"), ("_total", "accurate")];
    assert_eq!(find("Observation", &counted).await, (1, 0, Some(1)));
    assert_eq!(find("Condition", &counted).await, (0, 0, Some(0)));
    let back = [("_id", "edie"), ("_revinclude", "Observation:patient")];
    assert_eq!(find("Patient", &back).await, (1, 1, None));
    let has = [
        ("_id", "edie"),
        ("_has:Observation:patient:category", "laboratory"),
    ];
    assert_eq!(find("Patient", &has).await.0, 0);
    let asked = Everything {
        types: Vec::new(),
        since: None,
        page: page(100),
    };
    let found = door
        .everything(&gp, &narrowing, "edie", &asked)
        .await
        .unwrap();
    let kinds: Vec<_> = found
        .matches
        .iter()
        .map(|one| one.resource_type.as_str())
        .collect();
    assert_eq!(kinds, ["Observation", "Patient", "Patient", "Patient"]);
    let versions = Versions {
        since: None,
        page: page(10),
    };
    assert!(
        door.history(&gp, &narrowing, "Observation", "lab", &versions)
            .await
            .is_err()
    );
    let none = Narrowing {
        types: Some(Vec::new()),
        ..Narrowing::default()
    };
    let found = door.everything(&gp, &none, "edie", &asked).await.unwrap();
    assert!(
        found.matches.is_empty(),
        "no type is no type, and not every type"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_that_names_nobody_is_refused() {
    let place = Harrowmere::new().await;
    let gp = staff(Role::Gp, "OAK01");
    let nobody = search("Observation", &[("category", "vital-signs")]);
    let found = place
        .door
        .search_resources(&gp, &Narrowing::default(), &nobody, &page(10))
        .await;
    assert!(matches!(
        found.unwrap_err(),
        tarn_access::AccessError::Invalid { .. }
    ));
    let own = place
        .door
        .search_resources(
            &citizen(EDIE),
            &Narrowing::default(),
            &search("AllergyIntolerance", &[]),
            &page(10),
        )
        .await
        .unwrap();
    assert_eq!(
        own.matches.len(),
        1,
        "a person's search is about themselves"
    );
}
