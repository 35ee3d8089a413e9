use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};
use tarn_search::{Cursor, Filter, Hits, MOST_INCLUDED, Row, RunError, Values, extract};

use crate::ward::{Ward, search};

/// Two patients of one person, one of another, and what is about them.
fn ward() -> Ward {
    let about = |patient: &str| json!({"reference": format!("Patient/{patient}")});
    let mut ward = Ward::of([
        json!({"resourceType": "Patient", "id": "gp", "name": [{"family": "Ash"}], "managingOrganization": {"reference": "Organization/o1"},
            "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"}]}),
        json!({"resourceType": "Patient", "id": "trust", "name": [{"family": "Ashe"}], "identifier": [{"system": "urn:trust", "value": "77"}]}),
        json!({"resourceType": "Patient", "id": "other", "name": [{"family": "Birch"}]}),
        json!({"resourceType": "Organization", "id": "o1", "name": "Surgery", "partOf": {"reference": "Organization/o2"}}),
        json!({"resourceType": "Organization", "id": "o2", "name": "Network", "partOf": {"reference": "Organization/o1"}}),
        json!({"resourceType": "Encounter", "id": "e1", "status": "finished", "subject": about("trust"), "serviceProvider": {"reference": "Organization/o1"}}),
        json!({"resourceType": "Observation", "id": "b", "subject": about("gp"), "effectiveDateTime": "2020", "code": {"text": "weight"}}),
        json!({"resourceType": "Observation", "id": "a", "subject": about("trust"), "encounter": {"reference": "Encounter/e1"},
            "effectiveDateTime": "2021-05-01", "code": {"coding": [{"code": "w"}]}}),
        json!({"resourceType": "Observation", "id": "c", "subject": about("other"), "encounter": {"reference": "Encounter/gone"}}),
        json!({"resourceType": "Provenance", "id": "p", "target": [{"reference": "Observation/a"}, {"reference": "Observation/b"}]}),
    ]);
    ward.same = vec!["gp".into(), "trust".into()];
    ward
}

fn names(found: &[(String, String)]) -> Vec<String> {
    found
        .iter()
        .map(|(kind, id)| format!("{kind}/{id}"))
        .collect()
}

#[test]
fn patient_means_the_person() {
    let ward = ward();
    for (query, ids) in [
        ("Observation?patient=Patient/gp", vec!["a", "b"]),
        ("Observation?patient=trust", vec!["a", "b"]),
        ("Observation?subject=Patient/gp", vec!["a", "b"]),
        ("Observation?patient=other", vec!["c"]),
        ("Observation?patient=nobody", vec![]),
        (
            "Observation?patient.identifier=urn:trust|77",
            vec!["a", "b"],
        ),
        ("Observation?subject:Patient.family=ashe", vec!["a", "b"]),
        (
            "Patient?_has:Observation:patient:code=w",
            vec!["gp", "trust"],
        ),
    ] {
        assert_eq!(ward.ids(query), ids, "{query}");
    }
}

#[test]
fn chains_and_has_look_at_other_resources() {
    let ward = ward();
    for (query, ids) in [
        ("Observation?encounter.status=finished", vec!["a"]),
        ("Observation?encounter.status:not=finished", vec![]),
        (
            "Observation?encounter:Encounter.status=finished&date=2021",
            vec!["a"],
        ),
        ("Observation?patient.family=birch", vec!["c"]),
        ("Observation?patient.organization=o1", vec!["a", "b"]),
        ("Encounter?_has:Observation:encounter:date=2021", vec!["e1"]),
        ("Encounter?_has:Observation:encounter:date=2020", vec![]),
        (
            "Encounter?_has:Observation:encounter:_has:Provenance:target:_id=p",
            vec!["e1"],
        ),
        ("Observation?_has:Provenance:target:_id=p", vec!["a", "b"]),
        ("Observation?_has:Provenance:target:_id=q", vec![]),
    ] {
        assert_eq!(ward.ids(query), ids, "{query}");
    }
}

#[test]
fn includes_come_along_once() {
    let ward = ward();
    for (query, included) in [
        (
            "Observation?patient=gp&_include=Observation:subject",
            vec!["Patient/gp", "Patient/trust"],
        ),
        (
            "Observation?patient=gp&_include=Observation:subject:Group",
            vec![],
        ),
        (
            "Observation?_id=a&_include=*",
            vec!["Encounter/e1", "Patient/trust"],
        ),
        (
            "Observation?_id=a&_include=Observation:*",
            vec!["Encounter/e1", "Patient/trust"],
        ),
        (
            "Observation?_id=a,b&_revinclude=Provenance:target",
            vec!["Provenance/p"],
        ),
        (
            "Observation?_id=b&_include=Observation:subject&_include:iterate=Patient:organization",
            vec!["Organization/o1", "Patient/gp"],
        ),
        // Round and round, once each.
        (
            "Observation?_id=b&_include=Observation:subject&_include:iterate=Patient:organization&_include:iterate=Organization:partof",
            vec!["Organization/o1", "Organization/o2", "Patient/gp"],
        ),
        (
            "Organization?_id=o1&_include:iterate=Organization:partof",
            vec!["Organization/o2"],
        ),
        (
            "Patient?_id=gp&_revinclude=Observation:patient&_revinclude:iterate=Provenance:target",
            vec!["Observation/a", "Observation/b", "Provenance/p"],
        ),
        ("Encounter?_id=e1&_revinclude=*", vec!["Observation/a"]),
        ("Observation?_id=c&_include=Observation:encounter", vec![]),
    ] {
        let hits = ward.hits(query);
        assert_eq!(names(&hits.included), included, "{query}");
        assert!(!hits.included_cut);
    }
}

#[test]
fn what_is_included_is_bounded() {
    let mut ward = Ward::of([json!({"resourceType": "Patient", "id": "p"})]);
    for id in 0..=MOST_INCLUDED {
        ward.add(&json!({"resourceType": "Observation", "id": format!("o{id:05}"), "subject": {"reference": "Patient/p"}}));
    }
    let hits = ward.hits("Patient?_id=p&_revinclude=Observation:patient");
    assert_eq!(
        (hits.included.len(), hits.included_cut),
        (MOST_INCLUDED, true)
    );
    assert_eq!(hits.included[0].1, "o00000");
}

#[test]
fn the_order_is_total_and_rows_without_a_value_come_last() {
    let ward = ward();
    for (query, ids) in [
        ("Observation", vec!["a", "b", "c"]),
        ("Observation?_sort=date", vec!["b", "a", "c"]),
        ("Observation?_sort=-date", vec!["a", "b", "c"]),
        ("Observation?_sort=-_id", vec!["c", "b", "a"]),
        ("Observation?_sort=_lastUpdated,-_id", vec!["c", "b", "a"]),
        ("Observation?_sort=code", vec!["a", "b", "c"]),
        ("Observation?_sort=-code", vec!["b", "a", "c"]),
        ("Patient?_sort=-family", vec!["other", "trust", "gp"]),
        ("Observation?_sort=subject", vec!["b", "c", "a"]),
    ] {
        assert_eq!(ward.ids(query), ids, "{query}");
    }
}

#[test]
fn the_total_is_counted_when_asked_for() {
    let ward = ward();
    let total = |query: &str| ward.page(query, None, 1).total;
    assert_eq!(total("Observation?patient=gp"), None);
    assert_eq!(total("Observation?patient=gp&_total=none"), None);
    assert_eq!(total("Observation?patient=gp&_total=accurate"), Some(2));
    assert_eq!(total("Observation?patient=gp&_total=estimate"), Some(2));
    assert_eq!(total("Observation?patient=gp&_summary=count"), Some(2));
    let none: Hits = ward.page("Observation?patient=gp&_total=accurate", None, 0);
    assert_eq!((none.matches.len(), none.next), (0, None));
}

/// Rows that come or go between two pages move no other row over the edge, the last one of the
/// first page included.
#[test]
fn pages_go_on_where_they_ended() {
    for query in [
        "Observation?patient=p",
        "Observation?patient=p&_sort=-date",
        "Observation?patient=p&_sort=date,code",
    ] {
        let row = |id: u32| {
            let mut row = json!({"resourceType": "Observation", "id": format!("o{id:02}"), "subject": {"reference": "Patient/p"}});
            if !id.is_multiple_of(3) {
                row["effectiveDateTime"] = json!(format!("20{:02}", 10 + id % 7));
            }
            row
        };
        let mut ward = Ward::of((0..20).map(|id| row(id * 2)));
        let all = ward.ids(query);
        let mut seen = Vec::new();
        let mut after: Option<Cursor> = None;
        let mut added = 1;
        loop {
            let hits = ward.page(query, after.as_ref(), 3);
            seen.extend(hits.matches.iter().map(|(_, id)| id.clone()));
            let Some(next) = hits.next else { break };
            let stored = serde_json::to_string(&next).unwrap();
            after = Some(serde_json::from_str(&stored).unwrap());
            // The last row of the page goes, and another comes.
            ward.remove("Observation", seen.last().unwrap());
            ward.add(&row(added));
            added += 2;
        }
        let old: Vec<&String> = seen.iter().filter(|id| all.contains(id)).collect();
        assert_eq!(old, all.iter().collect::<Vec<_>>(), "{query}");
        assert_eq!(
            seen.iter().collect::<BTreeSet<_>>().len(),
            seen.len(),
            "{query}"
        );
    }
    let default = ward().page("Observation", None, 1).next.unwrap();
    assert_eq!(
        default,
        Cursor {
            after: vec!["a".into()]
        }
    );
}

#[test]
fn a_cursor_of_another_search_is_refused() {
    let ward = ward();
    for after in [
        vec![],
        vec!["x".to_owned(), "a".into()],
        vec!["n1".into(), "n2".into(), "a".into()],
        vec!["a".into()],
        vec!["nx".into(), "a".into()],
    ] {
        let run = search("Observation?_sort=date")
            .unwrap()
            .run(&ward, Some(&Cursor { after }), 1);
        assert_eq!(run, Err(RunError::Cursor));
    }
}

#[test]
fn a_row_that_does_not_read_back_fails_the_search() {
    let good = extract(
        &json!({"resourceType": "Observation", "code": {"text": "weight"}, "subject": {"reference": "Patient/p"}}),
    );
    assert!(Values::from_bytes([]).is_err());
    assert!(Values::from_bytes([99, 0]).is_err());
    let query = search("Observation?code=x&patient=q").unwrap();
    let mut failed = 0;
    for length in 1..good.as_bytes().len() {
        let values = Values::from_bytes(&good.as_bytes()[..length]).unwrap();
        let mut ward = Ward::of([json!({"resourceType": "Observation", "id": "o"})]);
        ward.rows_mut()
            .for_each(|rows| rows[0].values = values.clone());
        let run = query.run(&ward, None, 1);
        failed += usize::from(run.is_err());
        // Cut off behind everything that the search looks at.
        assert!(run.is_err() || run == Ok(Hits::default()), "{length}");
    }
    assert!(failed > 10, "{failed}");
    assert_eq!(Values::from_bytes(good.to_bytes()).unwrap(), good);
}

#[test]
fn a_scope_is_asked_of_a_row() {
    let lab =
        json!({"resourceType": "Observation", "category": [{"coding": [{"code": "laboratory"}]}]});
    let row = |resource: &Value| Row {
        id: "1".into(),
        updated_at_micros: 0,
        values: extract(resource),
    };
    let filter = Filter::parse("Observation", "category", "laboratory").unwrap();
    assert_eq!(filter.matches(&row(&lab)), Ok(true));
    assert_eq!(
        filter.matches(&row(&json!({"resourceType": "Observation"}))),
        Ok(false)
    );
}

proptest! {
    /// The same rows in another order give the same hits.
    #[test]
    fn hits_do_not_depend_on_the_order_of_rows(seed in any::<u64>(), limit in 1_usize..4) {
        let ward = ward();
        let mut shuffled = ward.clone();
        for rows in shuffled.rows_mut() {
            let length = rows.len();
            rows.rotate_left(usize::try_from(seed).unwrap_or(usize::MAX) % length);
            if seed.is_multiple_of(2) {
                rows.reverse();
            }
        }
        for query in [
            "Observation?patient=gp&_total=accurate&_include=*&_revinclude=Provenance:target",
            "Observation?_sort=-date", "Observation?_sort=code", "Observation?encounter.status=finished",
            "Patient?_has:Observation:patient:code=w&_include:iterate=Organization:partof&_include=Patient:organization",
        ] {
            prop_assert_eq!(ward.page(query, None, limit), shuffled.page(query, None, limit));
        }
    }
}
