//! `$everything`, `$match` and `$summary`.

use serde_json::json;
use tarn_model::NhsNumber;

use crate::world::{ARTHUR, EDIE, on_both};

#[test]
fn everything_comes_in_pages_of_the_callers_own() {
    on_both(async |world| {
        let edie = world.patient("doctor", EDIE).await;
        let path = format!("/Patient/{edie}/$everything");
        let whole = world.get("doctor", &path).await;
        assert_eq!(whole.status, 200, "{}", whole.body);
        let mut all = whole.ids();
        assert!(all.len() >= 29, "{}", all.len());
        assert!(whole.body.contains("4.50"));

        let mut page = world.get("doctor", &format!("{path}?_count=7")).await;
        let stolen = world.get("other-doctor", &page.link("next").unwrap()).await;
        assert_eq!(stolen.status, 404);
        let mut ids = page.ids();
        while let Some(next) = page.link("next") {
            page = world.get("doctor", &next).await;
            ids.extend(page.ids());
        }
        ids.sort();
        all.sort();
        assert_eq!(ids, all);

        let some = world
            .get("doctor", &format!("{path}?_type=Condition"))
            .await;
        assert_eq!(
            some.json()["entry"][0]["resource"]["resourceType"],
            "Condition"
        );
        let body = json!({ "resourceType": "Parameters", "parameter": [
            { "name": "_type", "valueString": "Condition" }] });
        let posted = world.post("doctor", &path, &body).await;
        assert_eq!(posted.ids(), some.ids());
        let later = world
            .get("doctor", &format!("{path}?_since=2027-01-01T00:00:00Z"))
            .await;
        assert!(later.ids().is_empty(), "{}", later.body);
        for wrong in ["_type=Nothing", "_since=soon", "_count=0", "start=2026"] {
            let reply = world.get("doctor", &format!("{path}?{wrong}")).await;
            assert_eq!(reply.status, 400, "{wrong}");
        }
    });
}

#[test]
fn a_match_has_scores_and_tells_nothing_of_others() {
    on_both(async |world| {
        let ask = |number: &str, family: &str, born: &str| {
            json!({ "resourceType": "Parameters", "parameter": [
                { "name": "resource", "resource": { "resourceType": "Patient",
                  "identifier": [{ "system": NhsNumber::SYSTEM, "value": number }],
                  "name": [{ "family": family, "given": ["Edna"] }], "birthDate": born } }] })
        };
        let found = world
            .post(
                "doctor",
                "/Patient/$match",
                &ask(EDIE, "Hargreaves", "1945-07-14"),
            )
            .await;
        assert_eq!(found.status, 200, "{}", found.body);
        let first = &found.json()["entry"][0];
        assert_eq!(first["search"]["mode"], "match");
        assert!(first["search"]["score"].is_number(), "{}", found.body);
        assert_eq!(first["search"]["extension"][0]["valueCode"], "certain");
        let nobody = world
            .post(
                "doctor",
                "/Patient/$match",
                &ask("9990000077", "Nobody", "1900-01-01"),
            )
            .await;
        assert!(nobody.ids().is_empty(), "{}", nobody.body);
        assert_eq!(
            world
                .post("doctor", "/Patient/$match", &json!({}))
                .await
                .status,
            400
        );
    });
}

#[test]
fn a_summary_is_a_document_and_never_says_that_there_is_none() {
    on_both(async |world| {
        let edie = world.patient("doctor", EDIE).await;
        let summary = world
            .get("doctor", &format!("/Patient/{edie}/$summary"))
            .await;
        assert_eq!(summary.status, 200, "{}", summary.body);
        let bundle = summary.json();
        assert_eq!(bundle["type"], "document");
        assert!(bundle["identifier"]["value"].is_string() && bundle["timestamp"].is_string());
        let composition = &bundle["entry"][0]["resource"];
        assert_eq!(composition["resourceType"], "Composition");
        assert_eq!(bundle["entry"][1]["resource"]["id"], edie.as_str());
        let sections = composition["section"].as_array().unwrap();
        let codes: Vec<_> = sections
            .iter()
            .map(|one| one["code"]["coding"][0]["code"].as_str().unwrap())
            .collect();
        assert_eq!(
            codes,
            [
                "10160-0", "48765-2", "11450-4", "11369-6", "30954-2", "47519-4"
            ]
        );
        let words = sections[1]["text"]["div"].as_str().unwrap();
        assert!(words.contains("penicillin"), "{words}");
        // Edie has no medicines that may be shown: that is said, and not that there are none.
        assert_eq!(
            sections[0]["emptyReason"]["coding"][0]["code"],
            "unavailable"
        );
        assert!(!summary.body.contains("nilknown"));
        // Every entry that a section names is in the document.
        let urls: Vec<_> = bundle["entry"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["fullUrl"].clone())
            .collect();
        for section in sections {
            for entry in section["entry"].as_array().into_iter().flatten() {
                assert!(urls.contains(&entry["reference"]), "{entry}");
            }
        }
        let arthur = world.patient("feed", ARTHUR).await;
        let forbidden = world
            .get("doctor", &format!("/Patient/{arthur}/$summary"))
            .await;
        assert_eq!(forbidden.status, 404);
    });
}
