//! Every search parameter that is claimed, asked for over HTTP of a store that holds what it finds.

use std::collections::BTreeSet;

use actix_web::test::TestRequest;
use serde_json::{Value, json};
use tarn_search::fixtures::{Case, cases};
use tarn_search::registry::{self, About, about};

use crate::contents::name_edie;
use crate::world::{World, asks, on_both, on_one};

/// How many resources are sent at once.
const AT_ONCE: usize = 100;
/// The one source of everything here, as `_source` has it.
const SOURCE: &str = "urn:tarn:source:OAK01";

const USUAL: &str = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";

/// A case with an id of its own, since all of them are held at the same time.
struct Held {
    id: String,
    case: Case,
}

fn held() -> Vec<Held> {
    let numbered = (0..).zip(cases("edie"));
    let with_own_id = numbered.map(|(number, mut case): (usize, Case)| {
        let id = format!("case-{number:04}");
        case.resource["id"] = json!(id);
        name_edie(&mut case.resource);
        match case.code {
            "_id" => case.finds.clone_from(&id),
            // Who sent it is the server’s to say, whatever a resource says of itself.
            "_source" => SOURCE.clone_into(&mut case.finds),
            // A label that nobody knows is nobody’s to see; the usual confidentiality is known.
            "_security" => {
                case.resource["meta"]["security"] = json!([{ "system": USUAL, "code": "N" }]);
                case.finds = format!("{USUAL}|N");
                case.misses = format!("{USUAL}|L");
            }
            "confidentiality" => {
                case.resource["confidentiality"] = json!("N");
                "N".clone_into(&mut case.finds);
                "L".clone_into(&mut case.misses);
            }
            "security-label" if case.resource_type == "DocumentReference" => {
                let coding = json!([{ "system": USUAL, "code": "N" }]);
                case.resource["securityLabel"] = json!([{ "coding": coding }]);
                case.finds = format!("{USUAL}|N");
                case.misses = format!("{USUAL}|L");
            }
            _ => {}
        }
        Held { id, case }
    });
    with_own_id.collect()
}

async fn contribute(world: &World, all: &[Held]) {
    for some in all.chunks(AT_ONCE) {
        let entries: Vec<Value> = some
            .iter()
            .map(|one| {
                let url = format!("{}/{}", one.case.resource_type, one.id);
                json!({ "resource": one.case.resource,
                        "request": { "method": "PUT", "url": url } })
            })
            .collect();
        let bundle = json!({ "resourceType": "Bundle", "type": "transaction", "entry": entries });
        let taken = world.post("feed", "", &bundle).await;
        assert_eq!(taken.status, 200, "{}", taken.body);
    }
}

/// The ids that a search of this case’s parameter finds. A record is searched of one person: by
/// `patient` where the type has it, else by the id of the very resource.
async fn found(world: &World, held: &Held, value: &str) -> Vec<String> {
    let case = &held.case;
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query
        .append_pair(case.code, value)
        .append_pair("_count", "1000");
    let by_patient = registry::parameter(case.resource_type, "patient").is_some();
    match about(case.resource_type) {
        About::Nobody if case.resource_type != "Task" => {}
        _ if case.code == "patient" => {}
        _ if by_patient => {
            query.append_pair("patient", "Patient/edie");
        }
        _ => {
            query.append_pair("_id", &held.id);
        }
    }
    let path = format!("/{}?{}", case.resource_type, query.finish());
    // The Patients of the cases say nothing of where they are registered.
    let request = asks(TestRequest::get(), "feed", &path)
        .insert_header(("x-tarn-reason", "They are here and the record is tried"));
    let reply = world.send(request).await;
    assert_eq!(reply.status, 200, "{path}: {}", reply.body);
    assert!(reply.link("next").is_none(), "{path}");
    reply.ids()
}

/// Among hundreds of others, each case is found by its own value and not by another one.
#[test]
fn every_claimed_parameter_finds_what_has_its_value_and_not_what_has_another() {
    on_both(async |world| {
        let all = held();
        contribute(world, &all).await;
        let mut failed = Vec::new();
        for one in &all {
            let case = &one.case;
            let finds = found(world, one, &case.finds).await.contains(&one.id);
            let misses = !found(world, one, &case.misses).await.contains(&one.id);
            if !(finds && misses) {
                failed.push(format!(
                    "{}?{}={} (finds: {finds}) and {} (misses: {misses}): {}",
                    case.resource_type, case.code, case.finds, case.misses, case.resource
                ));
            }
        }
        let tested: BTreeSet<_> = all
            .iter()
            .map(|one| (one.case.resource_type, one.case.code))
            .collect();
        let claimed: BTreeSet<_> = registry::record_types()
            .flat_map(|name| registry::parameters(name).map(move |one| (name, one.code())))
            .collect();
        assert_eq!(tested, claimed);
        assert!(
            failed.is_empty(),
            "{} failed:\n{}",
            failed.len(),
            failed.join("\n")
        );
        println!(
            "{}: {} parameters of {} types found and missed over HTTP by {} cases",
            world.backend,
            tested.len(),
            registry::record_types().count(),
            all.len()
        );
    });
}

/// A search that quietly leaves a condition out finds too much: a wrong name is an error, of every
/// type, unless the caller says that they know.
#[test]
fn a_misspelt_parameter_is_an_error_of_every_type() {
    on_one(async |world| {
        let mut types = 0;
        for name in registry::record_types() {
            for parameter in registry::parameters(name) {
                let path = format!("/{name}?_id=nothing&{}x=1", parameter.code());
                let strict = world.get("feed", &path).await;
                assert_eq!(strict.status, 400, "{path}: {}", strict.body);
                assert_eq!(strict.json()["issue"][0]["code"], "not-supported", "{path}");
            }
            let path = format!("/{name}?_id=nothing&misspelt=1");
            let lenient = asks(TestRequest::get(), "feed", &path)
                .insert_header(("prefer", "handling=lenient"));
            let lenient = world.send(lenient).await;
            assert_eq!(lenient.status, 200, "{path}: {}", lenient.body);
            let used = lenient.link("self").unwrap();
            assert!(!used.contains("misspelt"), "{used}");
            types += 1;
        }
        assert!(types >= 40, "{types}");
    });
}
