//! The ways to read, by the leaks that they stand for.

use actix_web::http::Method;
use actix_web::test::TestRequest;
use serde_json::json;
use tarn_model::NhsNumber;
use tarn_search::registry;

use super::contents::{TYPES, WINIFRED, hidden_id, naming};
use super::{ALLOWED, Ask, DOCTOR, Worlds};
use crate::world::{EDIE, World, asks};

fn takes(kind: &str, parameter: &str) -> bool {
    registry::parameter(kind, parameter).is_some()
}

/// Every way to one entry by its name.
fn of_one(kind: &str, id: &str) -> Vec<Ask> {
    let path = format!("/{kind}/{id}");
    let later = "Sun, 22 Nov 2026 10:05:00 GMT";
    vec![
        Ask::get(&path),
        Ask::of(Method::HEAD, &path).by_difference(),
        Ask::get(&path)
            .with("if-none-match", "W/\"1\"")
            .by_difference(),
        Ask::get(&path)
            .with("if-modified-since", later)
            .by_difference(),
        Ask::get(format!("{path}?_elements=id")).by_difference(),
        Ask::get(format!("{path}?_summary=true")).by_difference(),
        Ask::get(format!("{path}/_history")),
        Ask::get(format!("{path}/_history/1")),
        Ask::in_batch(&path),
        Ask::in_batch(&format!("{path}/_history/1")),
    ]
}

/// Every way to one entry by a search.
fn found(kind: &str, id: &str, patient: &str) -> Vec<Ask> {
    let mut all = vec![
        Ask::get(format!("/{kind}?_id={id}")),
        Ask::get(format!("/{kind}?_id={id}&_summary=count")).by_difference(),
        Ask::get(format!("/{kind}?_id={id}&_elements=id&_total=accurate")).by_difference(),
        Ask::form(kind, format!("_id={id}")),
        Ask::in_batch(&format!("/{kind}?_id={id}")),
    ];
    if takes(kind, "patient") && takes(kind, "identifier") {
        let query = format!("patient={patient}&identifier=urn:x%7C{id}");
        all.push(Ask::get(format!("/{kind}?{query}")));
        all.push(Ask::form(kind, query));
    }
    all
}

/// Counts, orders and pages of all entries of a type.
fn counted(kind: &str, patient: &str) -> Vec<Ask> {
    let of = |more: &str| Ask::get(format!("/{kind}?patient={patient}{more}"));
    if !takes(kind, "patient") {
        return Vec::new();
    }
    vec![
        of(""),
        of("&_summary=count").by_difference(),
        of("&_count=0").by_difference(),
        of("&_total=accurate&_count=1").by_difference(),
        of("&_total=estimate&_elements=id").by_difference(),
        of("&_sort=-_id"),
        of("&_sort=-_lastUpdated&_total=accurate").by_difference(),
        Ask::get(format!("/{kind}/_history?patient={patient}")),
        Ask::form(kind, format!("patient={patient}&_total=accurate")),
    ]
}

/// What names a hidden entry leads to nothing: included, chained, or asked for the other way.
fn through_references() -> Vec<Ask> {
    let mut all = Vec::new();
    for one in naming() {
        let (kind, code, names) = (one.kind, one.code, &one.names);
        let id = one.resource["id"].as_str().unwrap();
        let hidden = hidden_id(names);
        let include = format!("/{kind}?_id={id}&_include={kind}:{code}");
        all.push(Ask::get(&include));
        let onward = registry::includes(names)
            .next()
            .map_or_else(|| format!("{kind}:{code}"), |include| include.clone());
        all.push(Ask::get(format!(
            "{include}&_include:iterate={onward}&_total=accurate"
        )));
        let chain = format!("/{kind}?_id={id}&{code}:{names}._id={hidden}");
        all.push(Ask::get(chain).by_difference());
        let has = format!("_has:{kind}:{code}:_id={id}");
        all.push(Ask::get(format!("/{names}?_id={hidden}&{has}")));
    }
    all
}

/// From the person to everything that names them.
fn from_the_patient() -> Vec<Ask> {
    let mut all = Vec::new();
    for include in registry::revincludes("Patient") {
        let (kind, code) = include.split_once(':').unwrap();
        if !TYPES.contains(&kind) || !matches!(code, "subject" | "patient") {
            continue;
        }
        let hidden = hidden_id(kind);
        all.push(Ask::get(format!("/Patient?_id=edie&_revinclude={include}")));
        all.push(Ask::get(format!(
            "/Patient?_id=edie&_revinclude:iterate={include}&_total=accurate"
        )));
        let has = format!("/Patient?_id=edie&_has:{kind}:{code}:_id={hidden}");
        all.push(Ask::get(has).by_difference());
    }
    all
}

fn everything() -> Vec<Ask> {
    let parameters = json!({ "resourceType": "Parameters", "parameter": [
        { "name": "_count", "valueInteger": 1000 }] });
    let of = |more: &str| Ask::get(format!("/Patient/edie/$everything{more}"));
    let mut all = vec![
        of(""),
        of("?_type=Condition"),
        of("?_since=2026-11-22T10:04:00Z"),
        of("?_count=3").by_difference(),
        of("?_elements=id").by_difference(),
        Ask::of(Method::POST, "/Patient/edie/$everything")
            .with_body("application/fhir+json", parameters.to_string()),
        Ask::get("/Patient/edie/$summary"),
        Ask::get("/Condition/_history?patient=edie&_count=2").by_difference(),
    ];
    for kind in TYPES {
        all.push(of(&format!("?_type={kind}")));
    }
    all
}

/// Somebody of whom the doctor may not know at all.
fn of_the_person() -> Vec<Ask> {
    let nhs = format!("{}%7C{WINIFRED}", NhsNumber::SYSTEM);
    let described = json!({ "resourceType": "Patient", "birthDate": "1990-02-03",
        "identifier": [{ "system": NhsNumber::SYSTEM, "value": WINIFRED }],
        "name": [{ "family": "Winterbourne" }] });
    let parameters = json!({ "resourceType": "Parameters", "parameter": [
        { "name": "resource", "resource": described }] });
    let mut all = vec![
        Ask::get(format!("/Patient?identifier={nhs}")),
        Ask::form("Patient", format!("identifier={nhs}")),
        Ask::get(format!("/Patient?identifier={nhs}&_summary=count")).by_difference(),
        Ask::get("/Patient?family=Winterbourne&birthdate=1990-02-03"),
        Ask::get("/Patient?_id=winifred&_revinclude=Observation:subject"),
        Ask::get(format!("/Observation?patient.identifier={nhs}")),
        Ask::get(format!("/Observation?subject:Patient.identifier={nhs}")),
        Ask::of(Method::POST, "/Patient/$match")
            .with_body("application/fhir+json", parameters.to_string()),
        Ask::get("/Patient/winifred/$everything"),
        Ask::get("/Patient/winifred/$summary"),
        Ask::in_batch(&format!("/Patient?identifier={nhs}")),
    ];
    all.extend(of_one("Patient", "winifred"));
    for kind in TYPES {
        let id = format!("w-{kind}");
        all.extend(of_one(kind, &id).into_iter().take(1));
        all.extend(found(kind, &id, "winifred").into_iter().take(1));
        all.extend(counted(kind, "winifred").into_iter().take(2));
    }
    all
}

/// One person’s Patient that names another’s leads to nobody, whoever asks: what is searched is
/// always one person’s.
fn links() -> Vec<Ask> {
    vec![
        Ask::get("/Patient?_id=edie-too&_include=Patient:link"),
        Ask::get("/Patient?_id=edie&_revinclude=Patient:link"),
        Ask::get("/Patient?_id=edie-too&_include:iterate=Patient:link&_total=accurate"),
        Ask::get("/Patient?_id=edie-too&link:Patient._id=winifred"),
        Ask::get("/Patient?_id=edie&_has:Patient:link:_id=winifred"),
        Ask::get("/Patient/edie-too/$everything?_type=Patient"),
    ]
}

pub(super) async fn every_read(worlds: &mut Worlds<'_>) {
    let each = |ways: fn(&str, &str) -> Vec<Ask>| -> Vec<Ask> {
        let of = |kind: &&str| ways(kind, &hidden_id(kind));
        TYPES.iter().flat_map(of).collect()
    };
    worlds
        .attempt_all("L1, L6, L9, L18 by name", each(of_one))
        .await;
    let by_search = |kind: &str, id: &str| found(kind, id, "edie");
    worlds
        .attempt_all("L5, L10, L18 by search", each(by_search))
        .await;
    let by_count = |kind: &str, _: &str| counted(kind, "edie");
    worlds
        .attempt_all("L5, L6 counts and pages", each(by_count))
        .await;
    let container = of_one("Observation", "h-container");
    worlds.attempt_all("L9 contained", container).await;
    let raised = of_one("Condition", "raised");
    worlds.attempt_all("L6 a label raised", raised).await;
    let gone = ["", "/_history", "/_history/1", "/_history/2", "/_history/4"];
    let gone = gone.map(|more| Ask::get(format!("/Condition/gone{more}")).by_difference());
    worlds.attempt_all("L6 taken back", gone.to_vec()).await;
    worlds
        .attempt_all("L2, L4 references", through_references())
        .await;
    worlds
        .attempt_all("L2, L4 from the patient", from_the_patient())
        .await;
    worlds.attempt_all("L7 everything", everything()).await;
    worlds
        .attempt_all("L1, L10 a person", of_the_person())
        .await;
    let links = links();
    for ask in &links {
        worlds.compare(DOCTOR, ask).await;
        worlds.compare(ALLOWED, ask).await;
    }
    println!("L11 links: {} attempts", 2 * links.len());
    pages(worlds).await;
}

/// A page of somebody who may see more is no page of the doctor’s.
async fn pages(worlds: &mut Worlds<'_>) {
    for path in [
        "/Observation?patient=edie&_count=1",
        "/Patient/edie/$everything?_count=3",
        "/Condition/_history?patient=edie&_count=1",
        "/Patient/winifred/$everything?_count=1",
    ] {
        let page = worlds.with.get(ALLOWED, path).await;
        let next = page.link("next");
        let next = next.unwrap_or_else(|| panic!("{path}: {}", page.body));
        worlds.attempt(&Ask::get(next).by_difference()).await;
    }
}

/// Jobs and files of another caller, and what one’s own export has of others.
pub(super) async fn exports(worlds: &mut Worlds<'_>) {
    let begin = Ask::get("/$export").with("prefer", "respond-async");
    let begun = worlds.with.send(begin.request(ALLOWED)).await;
    assert_eq!(begun.status, 202, "{}", begun.body);
    let place = begun.header("content-location").to_owned();
    let manifest = whole(worlds.with, ALLOWED, &place).await;
    let mut all = vec![Ask::get(&place).by_difference()];
    for file in manifest.json()["output"].as_array().unwrap() {
        let file = Ask::get(file["url"].as_str().unwrap());
        all.push(file.by_difference());
    }
    for ask in &all {
        worlds.attempt(ask).await;
        for other in ["other-feed", "edie", "operator"] {
            worlds.compare(other, ask).await;
        }
    }
    let cancel = Ask::of(Method::DELETE, &place);
    for other in [DOCTOR, "other-feed", "edie", "operator"] {
        worlds.compare(other, &cancel).await;
        worlds.compare(other, &begin).await;
    }
    let still = worlds.with.get(ALLOWED, &place).await;
    assert_eq!(
        still.status, 200,
        "nobody else cancelled it: {}",
        still.body
    );
}

/// Asks until the export is whole.
async fn whole(world: &World, token: &str, place: &str) -> crate::world::Reply {
    loop {
        let status = world.get(token, place).await;
        if status.status != 202 {
            assert_eq!(status.status, 200, "{}", status.body);
            return status;
        }
        actix_web::rt::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

/// What was taken for hers and is another’s: nothing of hers leads to it any more, and no version
/// of it that was hers.
pub(super) async fn misfiled(worlds: &mut Worlds<'_>) {
    let nhs = format!("{}%7C{EDIE}", NhsNumber::SYSTEM);
    let mut all = of_one("Observation", "misfiled");
    all.push(Ask::get("/Observation/misfiled/_history/2"));
    all.extend(found("Observation", "misfiled", "edie"));
    for path in [
        "/Observation?patient=rsb-edie",
        "/Observation?patient=rsb-edie&_total=accurate&_count=1",
        "/Observation/_history?patient=rsb-edie",
        "/Patient/rsb-edie/$everything?_type=Observation",
        "/Patient?_id=rsb-edie&_revinclude=Observation:subject",
        "/Patient?_id=rsb-edie&_has:Observation:patient:_id=misfiled",
    ] {
        all.push(Ask::get(path));
    }
    all.push(Ask::get(format!("/Observation?patient.identifier={nhs}")));
    for ask in &all {
        worlds.compare(DOCTOR, ask).await;
    }
    println!("L6, L11 put right: {} attempts", all.len());
    let own = asks(TestRequest::get(), "other-feed", "/Observation/misfiled")
        .insert_header(("x-tarn-reason", "He is here and unwell"));
    let told = worlds.with.send(own).await;
    assert_eq!(told.status, 200, "whoever sent it has it: {}", told.body);
}
