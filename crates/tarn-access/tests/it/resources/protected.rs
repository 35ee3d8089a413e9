//! A person whose place is protected: a canary in every string that is not on the list of what
//! stays, in resources of every kind and of every source, comes out nowhere.

use serde_json::json;
use tarn_access::{Everything, ExportAsk, Narrowing, Versions};
use tarn_model::{RequestContext, Role};

use super::nest::{CANARY, patient, resources};
use super::{Target, bundle, every_read, page, post, put, search, system};
use crate::harrowmere::{EDIE, Harrowmere, PROTECTED, citizen, staff};

/// Two worlds side by side: the same resources, of the protected person and of Edie.
async fn filled() -> (Harrowmere, Vec<String>) {
    let place = Harrowmere::new().await;
    let mut kinds = Vec::new();
    for (source, own, number, family, born) in [
        ("OAK01", "edie", EDIE, "Hargreaves", "1945-07-14"),
        ("HUC01", "huc-edie", EDIE, "Hargreaves", "1945-07-14"),
        (
            "OAK01",
            "protected",
            PROTECTED,
            "Winterbourne",
            "1990-02-03",
        ),
        (
            "HUC01",
            "huc-protected",
            PROTECTED,
            "Winterbourne",
            "1990-02-03",
        ),
    ] {
        let restricted = own == "protected";
        let mut entries = vec![put(own, &patient(number, family, born, restricted))];
        for (at, resource) in resources(own).iter().enumerate() {
            kinds.push(resource["resourceType"].as_str().unwrap().to_owned());
            entries.push(put(&format!("{own}-{at}"), resource));
        }
        place.send(source, &bundle(entries)).await;
    }
    kinds.push("Patient".to_owned());
    kinds.sort();
    kinds.dedup();
    (place, kinds)
}

/// The id under which an entry of the protected person leaves.
async fn known_as(place: &Harrowmere, kind: &str, id: &str) -> String {
    let person = place.person(PROTECTED).await;
    let entropy = tarn_model::SeededEntropy::new(71);
    let held = place
        .record
        .outward_ids(person, &[kind], &entropy)
        .await
        .unwrap();
    let found = held.into_iter().find(|(_, own, _)| own == id);
    found.map_or_else(|| id.to_owned(), |(_, _, outward)| outward)
}

/// Every text that comes out about one person by any way, of any kind.
async fn everything_said(
    place: &Harrowmere,
    ctx: &RequestContext,
    kinds: &[String],
    own: &str,
    number: &str,
) -> Vec<(String, String)> {
    let narrowing = Narrowing::default();
    let mut said = Vec::new();
    let protected = number == PROTECTED && ctx.actor.realm == tarn_model::Realm::Staff;
    let patient = match protected {
        true => known_as(place, "Patient", own).await,
        false => own.to_owned(),
    };
    for (at, kind) in kinds.iter().enumerate() {
        let place_of = resources(own);
        let at = place_of
            .iter()
            .position(|one| one["resourceType"] == kind.as_str())
            .unwrap_or(at);
        let id = match kind.as_str() {
            "Patient" => own.to_owned(),
            _ => format!("{own}-{at}"),
        };
        let id = match protected {
            true => known_as(place, kind, &id).await,
            false => id,
        };
        let target = Target {
            kind: "Observation",
            id: &id,
            patient: &patient,
            number,
        };
        let target = Target { kind, ..target };
        for way in ["read", "version", "history", "history of the type"] {
            let door = &place.door;
            let versions = Versions {
                since: None,
                page: page(50),
            };
            let texts: Vec<String> = match way {
                "read" => door
                    .read_resource(ctx, &narrowing, kind, &id)
                    .await
                    .map(|one| vec![one.json().to_owned()]),
                "version" => door
                    .read_version(ctx, &narrowing, kind, &id, 1)
                    .await
                    .map(|one| vec![one.json().to_owned()]),
                "history" => door
                    .history(ctx, &narrowing, kind, &id, &versions)
                    .await
                    .map(|found| {
                        found
                            .matches
                            .iter()
                            .map(|one| one.json().to_owned())
                            .collect()
                    }),
                _ => door
                    .history_of_type(ctx, &narrowing, kind, target.patient, &versions)
                    .await
                    .map(|found| {
                        found
                            .matches
                            .iter()
                            .map(|one| one.json().to_owned())
                            .collect()
                    }),
            }
            .unwrap_or_default();
            said.extend(
                texts
                    .into_iter()
                    .map(|text| (format!("{kind} by {way}"), text)),
            );
        }
        let found = place
            .door
            .search_resources(ctx, &narrowing, &search(kind, &[("_id", &id)]), &page(50))
            .await
            .unwrap();
        let all = found.matches.iter().chain(&found.included);
        said.extend(all.map(|one| (format!("{kind} by search"), one.json().to_owned())));
    }
    let target = Target {
        kind: "Observation",
        id: "none",
        patient: &patient,
        number,
    };
    for (way, answer) in every_read(place, ctx, &narrowing, target).await {
        let texts = answer.unwrap_or_default().into_iter();
        said.extend(texts.map(|text| (way.to_owned(), text)));
    }
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn a_canary_in_every_string_comes_out_nowhere() {
    let (place, kinds) = filled().await;
    assert!(kinds.len() > 30, "{}", kinds.len());
    let gp = staff(Role::Gp, "OAK01");
    let doctor = staff(Role::OohDoctor, "HUC01");
    let mut withheld = 0;
    for ctx in [&gp, &doctor] {
        for own in ["protected", "huc-protected"] {
            let said = everything_said(&place, ctx, &kinds, own, PROTECTED).await;
            assert!(said.len() > 20, "something is said: {}", said.len());
            for (way, text) in &said {
                assert!(!text.contains(CANARY), "{way}: {text}");
                assert!(
                    !text.contains("protected"),
                    "{way}: an id tells where: {text}"
                );
                assert!(
                    !text.contains("urn:tarn:source"),
                    "{way}: the source tells where"
                );
                assert!(
                    text.contains("SUBSETTED") && text.contains("REDACTED"),
                    "{way}"
                );
                withheld += 1;
            }
            assert!(
                said.iter().any(|(_, text)| text.contains("one a day")),
                "the dose stays"
            );
            let named = |(_, text): &&(String, String)| text.contains("medicationCodeableConcept");
            assert!(
                said.iter().any(|one| named(&one)),
                "a contained medicine keeps its name"
            );
        }
    }
    assert!(withheld > 80);
    // The twin: the same of somebody whose place is not protected.
    let said = everything_said(&place, &gp, &kinds, "edie", EDIE).await;
    for kind in &kinds {
        let told = said
            .iter()
            .any(|(way, text)| way.starts_with(kind.as_str()) && text.contains(CANARY));
        assert!(told, "{kind}");
    }
    // And to the person themselves.
    let own = everything_said(&place, &citizen(PROTECTED), &kinds, "protected", PROTECTED).await;
    assert!(own.iter().any(|(_, text)| text.contains(CANARY)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_does_not_match_on_what_is_withheld() {
    let (place, _) = filled().await;
    let gp = staff(Role::Gp, "OAK01");
    let count = async |id: &str, name: &str, value: &str| {
        let asked = search("Patient", &[("_id", id), (name, value)]);
        let found = place
            .door
            .search_resources(&gp, &Narrowing::default(), &asked, &page(5))
            .await;
        found.unwrap().matches.len()
    };
    let known = known_as(&place, "Patient", "protected").await;
    for (name, value) in [
        ("address-postalcode", "CA1"),
        ("address", "CANARY"),
        ("phone", CANARY),
    ] {
        assert_eq!(count(&known, name, value).await, 0, "{name}");
        assert_eq!(count("edie", name, value).await, 1, "{name}");
    }
    assert_eq!(count(&known, "family", "Winterbourne").await, 1);
}

/// What was cut down cannot be put back cut down.
#[tokio::test(flavor = "multi_thread")]
async fn the_part_that_is_shown_is_no_base_for_a_change() {
    let (place, kinds) = filled().await;
    let doctor = staff(Role::OohDoctor, "HUC01");
    let at = resources("x")
        .iter()
        .position(|one| one["resourceType"] == "Condition")
        .unwrap();
    let narrowing = Narrowing::default();
    let base = async |own: &str| {
        let id = format!("{own}-{at}");
        place
            .door
            .patch_base(&doctor, &narrowing, "Condition", &id)
            .await
            .is_ok()
    };
    assert!(!base("huc-protected").await);
    assert!(base("huc-edie").await, "the twin");
    let known = known_as(&place, "Patient", "huc-protected").await;
    let asked = Everything {
        types: kinds,
        since: None,
        page: page(500),
    };
    let found = place
        .door
        .everything(&doctor, &narrowing, &known, &asked)
        .await
        .unwrap();
    assert!(
        found.included.is_empty(),
        "no staff and no organisation comes along"
    );
    assert!(found.matches.iter().all(|one| one.source.is_none()));
}

/// What a linked writer sends about a protected person they may have back; nothing else of it.
#[tokio::test(flavor = "multi_thread")]
async fn writing_gives_back_what_was_sent_and_no_more() {
    let (place, _) = filled().await;
    let doctor = staff(Role::OohDoctor, "HUC01");
    let known = known_as(&place, "Patient", "huc-protected").await;
    let mut resource = super::observation("x", &known, "pulse");
    let value = format!("{CANARY}-huc-protected");
    resource["identifier"] = json!([{ "system": CANARY, "value": value }]);
    let mut entry = post(&resource);
    entry["request"]["ifNoneExist"] = json!(format!("identifier={CANARY}|{value}"));
    let written = place
        .door
        .contribute(&doctor, &Narrowing::default(), &bundle(vec![entry]))
        .await
        .unwrap();
    assert!(
        !written[0].resource.json().contains(CANARY),
        "it was there, and is cut down"
    );
    let copy = place
        .door
        .export_page(
            &doctor,
            &system(),
            &ExportAsk {
                people: 50,
                ..ExportAsk::default()
            },
        )
        .await
        .unwrap();
    assert!(
        copy.people
            .iter()
            .flat_map(|one| &one.resources)
            .any(|one| one.json().contains(CANARY)),
        "their own, whole"
    );
}
