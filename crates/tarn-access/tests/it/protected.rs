//! What a protected person's record may hold, proved with a word of its own in every member of
//! everything that the door gives out.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::json;
use tarn_access::{
    AccessError, Ask, Code, Connection, Detail, Fetched, Line, PersonQuery, Polarity, RecordSource,
    Selection, Source, SourceError, When,
};
use tarn_model::{Heading, HeadingSet, LabelSet, NhsNumber, OdsCode, PersonId, Precision, Role};

use crate::harrowmere::{EDIE, Harrowmere, NOW, PROTECTED, ods, staff};

/// What entries are planted: type, heading, and whether the value is its author's own words.
const PLANTED: [(&str, Heading, bool); 12] = [
    ("AllergyIntolerance", Heading::Allergies, true),
    ("Condition", Heading::Problems, true),
    ("CareTeam", Heading::CareTeam, true),
    ("Communication", Heading::Other, true),
    ("DocumentReference", Heading::Documents, true),
    ("Encounter", Heading::Encounters, true),
    ("Flag", Heading::Alerts, true),
    ("Goal", Heading::CarePlans, true),
    ("Observation", Heading::Observations, false),
    ("Observation", Heading::Results, true),
    ("QuestionnaireResponse", Heading::AboutMe, true),
    ("ServiceRequest", Heading::Referrals, true),
];

/// The words of treatment and of findings: without them nobody can treat the person.
const STAYS: [&str; 18] = [
    "status",
    "unit",
    "dose",
    "route",
    "frequency",
    "form",
    "dosagetext",
    "reactions",
    "severity",
    "verification",
    "category",
    "rangelow",
    "rangehigh",
    "rangetext",
    "rangefor",
    "interpretation",
    "contenttype",
    "communication",
];

/// Members that stay in some kinds of entry.
const STAYS_IN: [(&str, &[&str]); 4] = [
    (
        "display",
        &[
            "AllergyIntolerance",
            "Condition",
            "Encounter",
            "Flag",
            "Observation",
            "ServiceRequest",
        ],
    ),
    ("role", &["CareTeam"]),
    ("value", &["Observation"]),
    ("components", &["Observation"]),
];

/// A local source that answers with a canary in every member of every line.
struct Planted;

#[async_trait]
impl RecordSource for Planted {
    fn organisations(&self) -> Vec<OdsCode> {
        vec![ods("RHC")]
    }

    async fn fetch(&self, _: PersonId, _: &Selection) -> Result<Fetched, SourceError> {
        Ok(Fetched {
            lines: PLANTED
                .iter()
                .map(|(kind, heading, words)| line(kind, *heading, *words))
                .collect(),
            states: Vec::new(),
        })
    }
}

fn canary(member: &str, kind: &str) -> String {
    format!("canary-{member}-{kind}-")
}

fn line(kind: &str, heading: Heading, value_is_words: bool) -> Line {
    let planted = |member: &str| Some(canary(member, kind));
    let word = |member: &str| canary(member, kind);
    let when = Some(When {
        at: NOW,
        precision: Precision::Day,
    });
    Line {
        source: ods("RHC"),
        heading,
        resource_type: kind.to_owned(),
        resource_id: word("resourceid"),
        clinical_at: when,
        clinical_until: when,
        recorded_at: when,
        received_at: NOW,
        code: Some(Code {
            system: word("system"),
            code: word("code"),
        }),
        display: word("display"),
        status: word("status"),
        polarity: Polarity::Asserted,
        value: planted("value"),
        unit: planted("unit"),
        labels: LabelSet::EMPTY,
        // Every member is named: one that is new has to be planted here to compile.
        detail: Detail {
            dose: planted("dose"),
            route: planted("route"),
            frequency: planted("frequency"),
            form: planted("form"),
            dosage_text: planted("dosagetext"),
            last_issued: when,
            indication: planted("indication"),
            status_reason: planted("statusreason"),
            reactions: vec![word("reactions")],
            severity: planted("severity"),
            verification: planted("verification"),
            category: planted("category"),
            range_low: planted("rangelow"),
            range_high: planted("rangehigh"),
            range_text: planted("rangetext"),
            range_for: planted("rangefor"),
            interpretation: planted("interpretation"),
            components: vec![word("components")],
            who: planted("who"),
            role: planted("role"),
            place: planted("place"),
            telephone: planted("telephone"),
            telephone_is_service: true,
            value_is_words,
            text: planted("text"),
            content_type: planted("contenttype"),
            title: planted("title"),
            opens: Some(format!("Binary/{}", word("opens"))),
        },
    }
}

async fn planted() -> Harrowmere {
    let place = Harrowmere::with_sources(|stored| vec![stored, Arc::new(Planted)]).await;
    let source = Source {
        organisation: ods("RHC"),
        name: canary("name", "Source"),
        short_name: canary("shortname", "Source"),
        kind: "community-trust".to_owned(),
        telephone: Some(canary("telephone", "Source")),
        headings: HeadingSet::all(),
        connection: Connection::Live,
        cadence_seconds: 3600,
        last_heard_at: Some(NOW),
        complete_to: Some(NOW),
    };
    place.record.save_source(&source).await.unwrap();
    for (number, family) in [(PROTECTED, "Winterbourne"), (EDIE, "Hargreaves")] {
        place
            .send("RHC", &patient(number, family).to_string())
            .await;
    }
    place
}

fn patient(number: &str, family: &str) -> serde_json::Value {
    let word = |member: &str| canary(member, "Patient");
    json!({
        "resourceType": "Patient", "id": format!("rhc-{number}"),
        "identifier": [{ "system": NhsNumber::SYSTEM, "value": number }],
        "name": [{ "use": "official", "family": family, "given": ["Edna"] }],
        "birthDate": if number == EDIE { "1945-07-14" } else { "1990-02-03" },
        "address": [{ "line": [word("address")], "city": word("city") }],
        "telecom": [{ "system": "phone", "use": "home", "value": word("telecom") }],
        "generalPractitioner": [{ "display": word("practice"),
            "identifier": { "system": OdsCode::SYSTEM, "value": "MIL01" } }],
        "contact": [{ "name": { "text": word("kin") }, "relationship": [{ "text": word("relation") }],
            "telecom": [{ "system": "phone", "value": word("kintelephone") }] }],
        "communication": [{ "language": { "text": word("communication") } }],
    })
}

/// Every canary in `shown`, as member and kind.
fn found(shown: &str) -> BTreeSet<(String, String)> {
    let after = shown.split("canary-").skip(1);
    after
        .map(|rest| {
            let mut parts = rest.split('-');
            let mut part = || parts.next().unwrap_or_default().to_owned();
            (part(), part())
        })
        .collect()
}

async fn shown(place: &Harrowmere, number: &str) -> String {
    let person = place.person(number).await;
    let doctor = staff(Role::Gp, "OAK01");
    let all = Ask {
        held_copies: true,
        ..Ask::default()
    };
    let record = place.door.open(&doctor, person, &all).await.unwrap();
    let query = PersonQuery::NhsNumber(number.parse().unwrap());
    let candidates = place.door.find(&doctor, &query).await.unwrap();
    assert_eq!(candidates.len(), 1);
    format!("{:?} {:?}", *record, *candidates)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_member_of_anything_tells_where_a_protected_person_is() {
    let place = planted().await;
    let told = shown(&place, PROTECTED).await;
    for (member, kind) in found(&told) {
        let stays = STAYS.contains(&member.as_str())
            || STAYS_IN
                .iter()
                .any(|(name, kinds)| *name == member && kinds.contains(&kind.as_str()));
        assert!(stays, "{member} of {kind} is shown");
    }
    for name in ["RHC", "OAK01", "MIL01", "Oak Lane", "rhc-"] {
        assert!(!told.contains(name), "{name} is in {told}");
    }
    assert!(told.contains("Community services") && told.contains("GP practice"));
    assert!(told.contains("St Brannoc"), "a hospital serves a county");
    assert!(told.contains("canary-display-AllergyIntolerance-"));
    assert!(told.contains("canary-role-CareTeam-"), "who else, by role");
}

/// The test above can fail: of somebody who is not protected every canary shows.
#[tokio::test(flavor = "multi_thread")]
async fn of_anybody_else_everything_shows() {
    let place = planted().await;
    let told = found(&shown(&place, EDIE).await);
    let everything = format!("{:?}", line("X", Heading::Problems, true));
    for (kind, heading, _) in PLANTED {
        for (member, _) in found(&everything) {
            let opens = matches!(heading, Heading::Documents | Heading::Alerts);
            if member != "opens" || opens {
                let key = (member.clone(), kind.to_owned());
                assert!(told.contains(&key), "{member} of {kind} is missing");
            }
        }
    }
    for member in ["address", "telecom", "practice", "kin", "kintelephone"] {
        assert!(
            told.contains(&(member.to_owned(), "Patient".to_owned())),
            "{member}"
        );
    }
    for member in ["name", "shortname", "telephone"] {
        assert!(
            told.contains(&(member.to_owned(), "Source".to_owned())),
            "{member}"
        );
    }
}

/// Two practices, one of them the person's own: neither row, count nor place tells which.
#[tokio::test(flavor = "multi_thread")]
async fn the_practices_of_a_locality_are_one_entry() {
    let place = Harrowmere::new().await;
    let register = place.record.sources().await.unwrap();
    let oak_lane = register.iter().find(|one| one.organisation == ods("OAK01"));
    let mut other = oak_lane.unwrap().clone();
    other.organisation = ods("MIL01");
    other.complete_to = Some(NOW.plus_seconds(-7200));
    place.record.save_source(&other).await.unwrap();
    let person = place.person(PROTECTED).await;
    let doctor = staff(Role::OohDoctor, "HUC01");
    let record = place
        .door
        .open(&doctor, person, &Ask::default())
        .await
        .unwrap();
    let practices: Vec<_> = record
        .ledger
        .sources
        .iter()
        .filter(|one| one.source.name == "GP practice")
        .collect();
    assert_eq!(practices.len(), 1, "{practices:?}");
    assert!(practices[0].source.telephone.is_none());
    let late = matches!(practices[0].state, tarn_access::SourceState::Late { .. });
    assert!(late, "one is behind, so neither is said to be whole");
    for line in &record.lines {
        assert!(record.ledger.standing(&line.source).is_some(), "{line:?}");
    }
    assert_eq!(record.lines[0].resource_id, "1", "no id of the store");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_document_of_a_protected_person_opens_and_the_attempt_is_logged() {
    let place = planted().await;
    let person = place.person(PROTECTED).await;
    let doctor = staff(Role::Gp, "OAK01");
    for id in ["canary-resourceid-DocumentReference-", "absent"] {
        let refused = place
            .door
            .read_document(&doctor, person, "DocumentReference", id)
            .await
            .unwrap_err();
        assert!(matches!(refused, AccessError::NotFound), "{refused:?}");
    }
    let rows = place
        .audit
        .of_person(person, tarn_audit::Window::default())
        .await
        .unwrap();
    assert_eq!(rows.len(), 2);
}

/// The mark is read at every opening. A person who is marked while somebody reads is protected
/// on the very next page.
#[tokio::test(flavor = "multi_thread")]
async fn a_mark_works_on_the_next_request() {
    let place = planted().await;
    assert!(shown(&place, EDIE).await.contains("canary-address-"));
    let mut marked = patient(EDIE, "Hargreaves");
    marked["meta"] = json!({ "security": [{
        "system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R" }] });
    place.send("RSB", &marked.to_string()).await;
    assert!(!shown(&place, EDIE).await.contains("canary-address-"));
}
