//! Searches, their pages, and what is not understood.

use actix_web::test::TestRequest;
use tarn_model::NhsNumber;

use crate::world::{EDIE, World, asks, on_both, on_one};

async fn search(world: &World, query: &str) -> u16 {
    world.get("doctor", query).await.status
}

#[test]
fn what_is_misspelt_is_an_error_unless_the_caller_is_lenient() {
    on_one(async |world| {
        let edie = world.patient("doctor", EDIE).await;
        let path = format!("/Observation?patient={edie}&_count=100");
        for wrong in [
            "&catgory=laboratory",
            "&category:nt=laboratory",
            "&date=xx2026",
            "&_sort=colour",
        ] {
            let strict = world.get("doctor", &format!("{path}{wrong}")).await;
            assert_eq!(strict.status, 400, "{wrong}: {}", strict.body);
            assert_eq!(strict.json()["resourceType"], "OperationOutcome");
        }
        let lenient = asks(
            TestRequest::get(),
            "doctor",
            &format!("{path}&catgory=laboratory"),
        )
        .insert_header(("prefer", "handling=lenient"));
        let lenient = world.send(lenient).await;
        assert_eq!(lenient.status, 200, "{}", lenient.body);
        assert_eq!(lenient.ids().len(), 25);
        assert!(!lenient.link("self").unwrap().contains("catgory"));
        let right = world
            .get("doctor", &format!("{path}&category=laboratory"))
            .await;
        assert_eq!(right.ids().len(), 20, "{}", right.body);
    });
}

#[test]
fn a_search_of_a_record_names_its_person() {
    on_one(async |world| {
        assert_eq!(search(world, "/Observation?status=final").await, 400);
        assert_eq!(search(world, "/Observation").await, 400);
        assert_eq!(search(world, "/Organization?name=x").await, 200);
    });
}

#[test]
fn a_form_is_searched_as_an_address_is() {
    on_both(async |world| {
        let body = format!("identifier={}|{EDIE}", NhsNumber::SYSTEM);
        let form = asks(TestRequest::post(), "doctor", "/Patient/_search")
            .insert_header(("content-type", "application/x-www-form-urlencoded"))
            .set_payload(body);
        let found = world.send(form).await;
        assert_eq!(found.status, 200, "{}", found.body);
        // Each source that may be seen has its own Patient of the same person.
        assert_eq!(found.ids().len(), 2, "{}", found.body);
        let by_number = format!(
            "/Observation?patient.identifier={}|{EDIE}",
            NhsNumber::SYSTEM
        );
        let found = world.get("doctor", &by_number).await;
        assert_eq!(found.ids().len(), 25, "{}", found.body);
    });
}

#[test]
fn pages_hold_everything_once_and_belong_to_their_caller() {
    on_both(async |world| {
        let edie = world.patient("doctor", EDIE).await;
        let path = format!("/Observation?patient={edie}&_count=10&_total=accurate");
        let mut page = world.get("doctor", &path).await;
        assert_eq!(page.json()["total"], 25);
        let first_next = page.link("next").unwrap();
        assert!(!first_next.contains(&edie), "{first_next}");
        let mut ids = page.ids();
        while let Some(next) = page.link("next") {
            page = world.get("doctor", &next).await;
            assert_eq!(page.status, 200, "{}", page.body);
            ids.extend(page.ids());
        }
        let all = ids.len();
        ids.sort();
        ids.dedup();
        assert_eq!((all, ids.len()), (25, 25));

        let absent = world.get("doctor", "/Observation?_page=AAAA").await;
        assert_eq!(absent.status, 404);
        for other in ["other-doctor", "only-vital-signs", "edie", "feed"] {
            let stolen = world.get(other, &first_next).await;
            assert_eq!(stolen.seen(), absent.seen(), "{other}");
        }
        let moved = first_next.replace("/Observation?", "/Condition?");
        assert_eq!(world.get("doctor", &moved).await.status, 404);
        let widened = format!("{first_next}&_count=100");
        assert_eq!(world.get("doctor", &widened).await.status, 400);
        world.clock.advance_seconds(3600);
        assert_eq!(world.get("doctor", &first_next).await.status, 410);
    });
}

#[test]
fn a_count_is_a_number_alone() {
    on_both(async |world| {
        let edie = world.patient("doctor", EDIE).await;
        for query in ["_summary=count", "_count=0"] {
            let path = format!("/Observation?patient={edie}&{query}");
            let counted = world.get("doctor", &path).await;
            assert_eq!(counted.status, 200, "{query}: {}", counted.body);
            assert_eq!(counted.json()["total"], 25, "{query}");
            assert!(
                counted.ids().is_empty() && counted.link("next").is_none(),
                "{query}"
            );
        }
    });
}

/// Whatever a first page is given for, its next one can be had; what no link can hold is refused
/// before anything is looked for.
#[test]
fn a_search_that_is_long_has_pages_and_one_that_is_too_long_has_none() {
    on_one(async |world| {
        let edie = world.patient("doctor", EDIE).await;
        let ids: Vec<String> = (1..=25).map(|number| format!("o{number:02}")).collect();
        let others = (0..58).map(|number| format!("{number:064}"));
        let long: Vec<String> = ids.iter().cloned().chain(others).collect();
        let long = long.join(",");
        let ask = |times: usize| {
            let one = ("_id".to_owned(), long.clone());
            let mut pairs = vec![("patient".to_owned(), edie.clone())];
            pairs.push(("_count".to_owned(), "10".to_owned()));
            pairs.extend(std::iter::repeat_n(one, times));
            let form = url::form_urlencoded::Serializer::new(String::new())
                .extend_pairs(pairs)
                .finish();
            asks(TestRequest::post(), "doctor", "/Observation/_search")
                .insert_header(("content-type", "application/x-www-form-urlencoded"))
                .set_payload(form)
        };
        let mut page = world.send(ask(4)).await;
        assert_eq!(page.status, 200, "{}", page.body);
        let mut found = page.ids();
        while let Some(next) = page.link("next") {
            assert!(next.len() > 16 << 10, "{}", next.len());
            page = world.get("doctor", &next).await;
            assert_eq!(page.status, 200, "{}", page.body);
            found.extend(page.ids());
        }
        assert_eq!(found, ids);
        let refused = world.send(ask(5)).await;
        assert_eq!(refused.status, 413, "{}", refused.body);
        assert_eq!(refused.json()["issue"][0]["code"], "too-long");
        assert!(
            !refused.body.contains("o01"),
            "what was sent is not repeated"
        );
    });
}
