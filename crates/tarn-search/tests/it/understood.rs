//! What a search says of itself before it runs.

use tarn_search::{Anchor, Handling, PatientKey, Search, Summary, Total};

use crate::ward::search;

#[test]
fn whom_a_search_is_about() {
    let id = |id: &str| PatientKey::Id(id.to_owned());
    let identifier = |system: Option<&str>, value: &str| PatientKey::Identifier {
        system: system.map(str::to_owned),
        value: value.to_owned(),
    };
    let of = |kind: &str, id: &str| (kind.to_owned(), id.to_owned());
    for (query, anchor) in [
        ("Observation?patient=1", Anchor::People(vec![id("1")])),
        (
            "Observation?subject=Patient/1,Patient/2&code=x",
            Anchor::People(vec![id("1"), id("2")]),
        ),
        (
            "Observation?subject:Patient=1",
            Anchor::People(vec![id("1")]),
        ),
        (
            "Observation?patient:identifier=urn:x|7",
            Anchor::People(vec![identifier(Some("urn:x"), "7")]),
        ),
        (
            "Observation?patient.identifier=urn:x|7",
            Anchor::People(vec![identifier(Some("urn:x"), "7")]),
        ),
        (
            "Observation?subject:Patient.identifier=7",
            Anchor::People(vec![identifier(None, "7")]),
        ),
        ("Observation?patient._id=1", Anchor::People(vec![id("1")])),
        ("Coverage?beneficiary=1", Anchor::People(vec![id("1")])),
        ("Patient?_id=1", Anchor::People(vec![id("1")])),
        (
            "Patient?identifier=urn:x|7&family=ash",
            Anchor::People(vec![identifier(Some("urn:x"), "7")]),
        ),
        ("Patient?identifier=urn:x|", Anchor::Nobody),
        (
            "Patient?family=Ash&birthdate=1938-04-02",
            Anchor::NameAndBirth {
                family: "Ash".into(),
                given: None,
                birth_date: "1938-04-02".into(),
            },
        ),
        (
            "Patient?name=Ash&given=Jo&birthdate=eq1938-04-02",
            Anchor::NameAndBirth {
                family: "Ash".into(),
                given: Some("Jo".into()),
                birth_date: "1938-04-02".into(),
            },
        ),
        ("Patient?family=Ash&birthdate=1938", Anchor::Nobody),
        ("Patient?family=Ash&birthdate=ge1938-04-02", Anchor::Nobody),
        ("Patient?birthdate=1938-04-02", Anchor::Nobody),
        (
            "Observation?_id=1,2",
            Anchor::Ids(vec!["1".into(), "2".into()]),
        ),
        (
            "Observation?encounter=Encounter/9",
            Anchor::Of(vec![of("Encounter", "9")]),
        ),
        (
            "Observation?encounter=9",
            Anchor::Of(vec![of("Encounter", "9"), of("EpisodeOfCare", "9")]),
        ),
        ("Observation?performer=9", Anchor::Nobody),
        (
            "Appointment?actor=Patient/9",
            Anchor::Of(vec![of("Patient", "9")]),
        ),
        ("Observation?performer=Practitioner/9", Anchor::Nobody),
        ("Observation?subject=Group/9", Anchor::Nobody),
        ("Observation?patient:missing=false", Anchor::Nobody),
        ("Observation?_id:not=1", Anchor::Nobody),
        ("Observation?code=x", Anchor::Nobody),
        ("ClaimResponse", Anchor::Nobody),
        ("Binary", Anchor::Nobody),
        ("Organization?name=x", Anchor::Directory),
        ("Practitioner", Anchor::Directory),
        ("Device", Anchor::Directory),
        ("Device?patient=1", Anchor::People(vec![id("1")])),
        ("ValueSet?_tag=x", Anchor::Directory),
    ] {
        let found = search(query).unwrap().anchor();
        assert!(found == anchor, "{query}: {found:?}");
    }
}

#[test]
fn what_a_store_can_answer_from_one_range() {
    for (query, plain) in [
        ("Observation?patient=1", true),
        ("Observation?patient=1&_count=20", true),
        ("Observation?patient=1&_elements=code", true),
        ("Observation?patient=1,2", false),
        ("Observation?patient=1&code=x", false),
        ("Observation?patient=1&_sort=date", false),
        ("Observation?patient=1&_total=accurate", false),
        (
            "Observation?patient=1&_include=Observation:encounter",
            false,
        ),
        ("Provenance?patient=1", false),
        ("Appointment?patient=1", false),
        ("Observation", false),
    ] {
        assert_eq!(search(query).unwrap().is_plain(), plain, "{query}");
    }
}

#[test]
fn types_are_those_that_are_looked_at() {
    for (query, types) in [
        ("Observation?patient=1", vec!["Observation"]),
        (
            "Observation?patient.family=1",
            vec!["Observation", "Patient"],
        ),
        (
            "Patient?_has:Observation:patient:_has:Provenance:target:_id=1",
            vec!["Observation", "Patient", "Provenance"],
        ),
        (
            "Observation?_include=Observation:subject:Patient&_include:iterate=Patient:organization",
            vec!["Observation", "Organization", "Patient"],
        ),
        (
            "Patient?_revinclude=Observation:patient",
            vec!["Observation", "Patient"],
        ),
    ] {
        assert_eq!(
            search(query)
                .unwrap()
                .types()
                .into_iter()
                .collect::<Vec<_>>(),
            types,
            "{query}"
        );
    }
    assert!(search("Observation?_include=*").unwrap().types().len() > 10);
}

#[test]
fn what_is_about_the_answer_is_kept() {
    let search = search("Observation?_count=7&_total=estimate&_summary=data&_elements=code,value&_elements=status&_pretty=true").unwrap();
    assert_eq!(
        (search.count, search.total, search.summary),
        (Some(7), Total::Estimate, Some(Summary::Data))
    );
    assert_eq!(search.elements, ["code", "value", "status"]);
    assert_eq!(search.used().len(), 5);
    let pairs = [(
        "subject".to_owned(),
        "https://me/fhir/r4/Patient/1".to_owned(),
    )];
    let at = Search::parse_at(
        "https://me/fhir/r4/",
        "Observation",
        &pairs,
        Handling::Strict,
    )
    .unwrap();
    assert!(at.anchor() == Anchor::People(vec![PatientKey::Id("1".into())]));
}
