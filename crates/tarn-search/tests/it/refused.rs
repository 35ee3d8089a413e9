use tarn_search::{
    Filter, Handling, LONGEST_VALUE, MOST_ALTERNATIVES, MOST_PARAMETERS, Search, SearchError,
};

use crate::ward::{pairs, search};

#[test]
fn what_is_not_understood_is_refused_by_name() {
    let unknown = [
        "Patient?brithdate=2000",
        "Patient?Birthdate=2000",
        "Observation?near=1",
        "Patient?phonetic=x",
        "Observation?_text=x",
        "Observation?_content=x",
        "Observation?_filter=x",
        "Observation?_query=x",
        "Observation?_list=x",
        "Observation?subject.nonsense=1",
        "Observation?_has:Nonsense:patient:code=1",
        "ValueSet?name=x",
        "Observation?patient=1&=x",
        "Observation?_sort:x=code",
        "Patient?_count:x=1",
    ];
    let modifier = [
        "Patient?birthdate:exact=2000",
        "Patient?family:text=x",
        "Observation?code:in=http://x",
        "Observation?code:not-in=http://x",
        "Observation?code:above=x",
        "Observation?code:below=x",
        "Observation?_profile:below=http://x",
        "Observation?subject:Nonsense=1",
        "Observation?patient:Group=1",
        "Observation?subject:Practitioner.name=x",
        "Observation?_id:text=x",
        "Patient?family:=x",
    ];
    let malformed = [
        "Patient?birthdate=20000",
        "Patient?birthdate=xx2000-01-01",
        "Patient?birthdate=",
        "Patient?birthdate=2000,",
        "Observation?code=",
        "Observation?code=|",
        "Observation?code=a|b|c",
        "Observation?code=a\\b",
        "Observation?code=a,",
        "Observation?subject=Patient/1/2",
        "Observation?subject=",
        "Observation?subject=a b",
        "Observation?subject:Patient=Group/1",
        "Patient?family=",
        "Patient?family=--",
        "Observation?value-quantity=five",
        "Observation?value-quantity=5|mg",
        "Observation?value-quantity=~5",
        "Observation?value-quantity=1e99",
        "Observation?_profile=",
        "Observation?_id=a/b",
        "Observation?code:missing=yes",
        "Observation?identifier:of-type=MR|1",
        "Observation?code-value-quantity=a",
        "Observation?code-value-quantity=a$b$c",
        "Observation?_sort=nonsense",
        "Observation?_sort=code-value-quantity",
        "Observation?_count=-1",
        "Observation?_count=+1",
        "Observation?_count=x",
        "Observation?_count=",
        "Observation?_total=all",
        "Observation?_summary=yes",
        "Observation?_elements=a b",
        "Observation?_elements=",
        "Observation?_include=Observation",
        "Observation?_include=Nonsense:subject",
        "Observation?_include=Observation:code",
        "Observation?_include=Observation:subject:Nonsense",
        "Patient?_revinclude=Observation:patient:Group",
        "Observation?_lastUpdated=yesterday",
    ];
    let not_offered = [
        "Observation?code.text=x",
        "Observation?subject:Patient.organization.name=x",
        "Observation?patient._has:Observation:patient:code=x",
        "Patient?_has:Observation:code:code=1",
        "Patient?_has:Observation=1",
        "Practitioner?_has:Observation:patient:code=1",
        "Patient?_has:Observation:patient:encounter.status=x",
        "Observation?focus._tag=x",
        "Patient?_has:Observation:patient:_has:Provenance:target:_has:Task:focus:code=x",
        "Observation?_include=Encounter:location",
        "Observation?_revinclude=Encounter:patient",
    ];
    let mut count = 0;
    type Is = fn(&SearchError) -> bool;
    let tables: [(&[&str], Is); 4] = [
        (&unknown, |e| {
            matches!(e, SearchError::UnknownParameter { .. })
        }),
        (&modifier, |e| {
            matches!(e, SearchError::UnknownModifier { .. })
        }),
        (&malformed, |e| matches!(e, SearchError::Malformed { .. })),
        (&not_offered, |e| {
            matches!(e, SearchError::NotOffered { .. })
        }),
    ];
    for (queries, is) in tables {
        for query in queries {
            let error = search(query).expect_err(query);
            assert!(is(&error), "{query}: {error:?}");
            let name = query
                .split_once('?')
                .unwrap()
                .1
                .rsplit('&')
                .next()
                .unwrap()
                .split_once('=')
                .unwrap()
                .0;
            assert_eq!(
                error.parameter(),
                Some(name).filter(|n| !n.is_empty()),
                "{query}"
            );
            count += 1;
        }
    }
    println!("{count} searches refused");
    assert_eq!(search("Nonsense?_id=1"), Err(SearchError::UnknownType));
    assert_eq!(search("Bundle?_id=1"), Err(SearchError::UnknownType));
}

/// What stands in an error is shown and logged: a value never does, and no name that is a value.
#[test]
fn no_error_repeats_what_might_be_somebodys() {
    for query in [
        "Patient?birthdate=Canary",
        "Patient?identifier=Canary||x",
        "Patient?9990000018=1",
        "Patient?Canary O'Brien=1",
    ] {
        let error = search(query).unwrap_err();
        let text = format!("{error} {error:?}");
        assert!(
            !text.contains("Canary") && !text.contains("9990000018"),
            "{text}"
        );
    }
    let understood = search("Patient?family=Canary&identifier=Canary").unwrap();
    assert!(!format!("{understood:?} {:?}", understood.anchor()).contains("Canary"));
    let filter = Filter::parse("Patient", "family", "Canary").unwrap();
    assert!(!format!("{filter:?}").contains("Canary"));
}

#[test]
fn lenient_passes_over_and_says_so() {
    let (kind, pairs) =
        pairs("Observation?code=a&brithdate=1&date=x&_sort=nonsense&_format=json&_count=5");
    let search = Search::parse(&kind, &pairs, Handling::Lenient).unwrap();
    assert_eq!(search.ignored(), ["brithdate", "date", "_sort"]);
    let used: Vec<&str> = search
        .used()
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(used, ["code", "_count"]);
}

const INCLUDES: [&str; 18] = [
    "_include=*",
    "_include=Observation:*",
    "_include:iterate=*",
    "_revinclude=*",
    "_revinclude:iterate=*",
    "_include=Observation:subject",
    "_include=Observation:patient",
    "_include=Observation:encounter",
    "_include=Observation:performer",
    "_include=Observation:device",
    "_include=Observation:specimen",
    "_include=Observation:focus",
    "_include=Observation:based-on",
    "_include=Observation:part-of",
    "_include=Observation:derived-from",
    "_revinclude=List:item",
    "_include=Observation:has-member",
    "_revinclude=Provenance:target",
];

/// Limits stand whatever the caller asks for.
#[test]
fn too_much_is_refused_even_from_the_lenient() {
    let long = "x".repeat(LONGEST_VALUE + 1);
    let many = vec!["x"; MOST_ALTERNATIVES + 1].join(",");
    let half = vec!["x"; MOST_ALTERNATIVES / 2].join(",");
    let parameters = vec!["code=x"; MOST_PARAMETERS + 1].join("&");
    for query in [
        format!("Observation?code={long}"),
        format!("Observation?code={many}"),
        format!("Observation?code={half}&category={half}x,x"),
        format!("Observation?patient.identifier={many}"),
        format!("Observation?{parameters}"),
        format!("Observation?{}", INCLUDES.join("&")),
        "Observation?_sort=code,date,status,category,_id".to_owned(),
    ] {
        let (kind, pairs) = pairs(&query);
        let error = Search::parse(&kind, &pairs, Handling::Lenient).unwrap_err();
        assert!(matches!(error, SearchError::TooMany { .. }), "{error:?}");
    }
    let most = vec!["x"; MOST_ALTERNATIVES].join(",");
    assert!(search(&format!("Observation?code={most}")).is_ok());
    let twice = ["_include=*"; 17].join("&");
    assert!(search(&format!("Observation?{twice}")).is_ok());
}

#[test]
fn a_scope_has_conditions_on_the_resource_alone() {
    for (name, value) in [
        ("subject:Patient.name", "x"),
        ("_has:Provenance:target:_id", "x"),
        ("_count", "1"),
        ("_include", "*"),
        ("x", "y"),
    ] {
        assert!(Filter::parse("Observation", name, value).is_err(), "{name}");
    }
    assert_eq!(
        Filter::parse("Observation", "category", "laboratory")
            .unwrap()
            .code(),
        "category"
    );
}
