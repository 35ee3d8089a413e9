//! What a plan says of Bundles of every type, and of texts that are none.

use proptest::prelude::*;
use tarn_model::fhir::EnvelopeError;

use super::{Action, Plan, PlanProblem, Replacement, Subject, Target, plan, rewrite, undo};

const NUMBER: &str = r#"{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}"#;

fn bundle(bundle_type: &str, entries: &[&str]) -> String {
    format!(
        r#"{{"resourceType":"Bundle","type":"{bundle_type}","entry":[{}]}}"#,
        entries.join(",")
    )
}

fn targets(plan: &Plan<'_>, at: usize) -> Vec<Target> {
    plan.entries[at]
        .references
        .iter()
        .map(|one| one.target.clone())
        .collect()
}

fn local(resource_type: &str, id: &str) -> Target {
    Target::Local {
        resource_type: resource_type.to_owned(),
        id: id.to_owned(),
    }
}

#[test]
fn the_text_of_a_resource_is_exactly_what_was_sent() {
    let patient = r#"{ "resourceType":"Patient", "id" : "p1","_birthDate":{"id":"x"},
        "extension":[{"url":"http://x","valueDecimal":1.50}] }"#;
    for bundle_type in [
        "transaction",
        "batch",
        "collection",
        "searchset",
        "document",
        "message",
        "history",
    ] {
        let text = bundle(bundle_type, &[&format!(r#"{{"resource":{patient}}}"#)]);
        let plan = plan(&text).unwrap();
        assert_eq!(plan.entries[0].text, patient, "{bundle_type}");
        assert_eq!(plan.entries[0].source_ref, "p1");
        assert_eq!(
            &patient[plan.entries[0].id_range.clone().unwrap()],
            "\"p1\""
        );
    }
    let single = format!("\u{feff}{patient}\n");
    assert_eq!(plan(&single).unwrap().entries[0].text, patient);
}

#[test]
fn references_are_resolved_in_every_spelling() {
    let text = bundle(
        "transaction",
        &[
            r#"{"fullUrl":"urn:uuid:1","resource":{"resourceType":"Patient"},"request":{"method":"POST","url":"Patient"}}"#,
            r##"{"fullUrl":"http://x/Organization/o","resource":{"resourceType":"Organization","id":"o"}}"##,
            r##"{"resource":{"resourceType":"Observation",
            "subject":{"reference":"urn:uuid:1"},
            "performer":[{"reference":"Organization/o"},{"reference":"http:\/\/x\/Organization\/o"},
                {"reference":"Practitioner?identifier=npi|99"},{"reference":"#c"},{"display":"Dr"}],
            "encounter":{"reference":"Encounter/e/_history/2"},
            "device":{"reference":"urn:uuid:gone"},
            "extension":[{"url":"urn:uuid:1","valueUri":"urn:uuid:1"}]}}"##,
        ],
    );
    let plan = plan(&text).unwrap();
    let conditional = Target::Conditional {
        resource_type: "Practitioner".to_owned(),
        query: "identifier=npi|99".to_owned(),
    };
    assert_eq!(
        targets(&plan, 2),
        [
            Target::Entry(0),
            Target::Entry(1),
            Target::Entry(1),
            conditional,
            local("Encounter", "e"),
            Target::Entry(0),
            Target::Entry(0),
        ]
    );
    let entry = &plan.entries[2];
    let changes: Vec<Replacement> = entry
        .references
        .iter()
        .map(|one| one.replacement("Thing/9"))
        .collect();
    let new = rewrite(entry.text, &changes).unwrap();
    assert!(
        new.text
            .contains(r#""encounter":{"reference":"Thing/9/_history/2"}"#)
    );
    assert!(new.text.contains(r#"{"reference":"urn:uuid:gone"}"#));
    assert_eq!(undo(&new.text, &new.rewrites).unwrap(), entry.text);
}

#[test]
fn an_id_can_be_given_or_replaced() {
    for text in [
        r#"{"resourceType":"Basic","id":"a"}"#,
        r#" { "resourceType":"Basic"}"#,
    ] {
        let plan = plan(text).unwrap();
        let entry = &plan.entries[0];
        let new = rewrite(entry.text, &[entry.id_replacement("b\"c")]).unwrap();
        let value: serde_json::Value = serde_json::from_str(&new.text).unwrap();
        assert_eq!(value["id"], "b\"c");
        assert_eq!(undo(&new.text, &new.rewrites).unwrap(), entry.text);
    }
}

#[test]
fn requests_become_actions() {
    let check = |request: &str, action: Option<Action>| {
        let text = bundle(
            "batch",
            &[&format!(
                r#"{{"resource":{{"resourceType":"Basic","id":"a"}},"request":{request}}}"#
            )],
        );
        let plan = plan(&text).unwrap();
        assert_eq!(
            plan.entries.first().map(|one| one.action.clone()),
            action,
            "{request}"
        );
        assert_eq!(plan.left_out, usize::from(action.is_none()));
    };
    let create = |query: Option<&str>| Action::Create {
        if_none_exist: query.map(str::to_owned),
    };
    check(r#"{"method":"POST","url":"Basic"}"#, Some(create(None)));
    check(
        r#"{"method":"POST","url":"Basic","ifNoneExist":"identifier=a|b"}"#,
        Some(create(Some("identifier=a|b"))),
    );
    check(
        r#"{"method":"PUT","url":"Basic/a","ifMatch":"W/\"2\""}"#,
        Some(Action::Update {
            if_match: Some("W/\"2\"".to_owned()),
            query: None,
        }),
    );
    check(
        r#"{"method":"PUT","url":"Basic?identifier=a|b"}"#,
        Some(Action::Update {
            if_match: None,
            query: Some("identifier=a|b".to_owned()),
        }),
    );
    check(
        r#"{"method":"DELETE","url":"Basic/a"}"#,
        Some(Action::Delete {
            if_match: None,
            query: None,
        }),
    );
    check(
        r#"{"method":"DELETE","url":"Basic/a","ifMatch":"W/\"2\""}"#,
        Some(Action::Delete {
            if_match: Some("W/\"2\"".to_owned()),
            query: None,
        }),
    );
    check(
        r#"{"method":"DELETE","url":"Basic?identifier=a|b"}"#,
        Some(Action::Delete {
            if_match: None,
            query: Some("identifier=a|b".to_owned()),
        }),
    );
    check(r#"{"method":"GET","url":"Basic/a"}"#, None);
}

#[test]
fn faults_are_named_by_path_and_reject_the_whole() {
    let check = |entries: &[&str], path: &str, problem: PlanProblem| {
        let text = bundle("transaction", entries);
        let refused = plan(&text).unwrap_err();
        assert_eq!((refused.path.as_str(), refused.problem), (path, problem));
    };
    let good = r#"{"fullUrl":"urn:uuid:1","resource":{"resourceType":"Patient","id":"a"}}"#;
    check(
        &[good, "{}"],
        "Bundle.entry[1].resource",
        PlanProblem::NoResource,
    );
    check(&[good, "7"], "Bundle.entry[1]", PlanProblem::NotEntries);
    check(
        &[good, good],
        "Bundle.entry[1].resource",
        PlanProblem::Twice,
    );
    check(
        &[r#"{"resource":{"resourceType":"Patient","id":5}}"#],
        "Bundle.entry[0].resource.id",
        PlanProblem::Id,
    );
    check(
        &[r#"{"request":{"method":"DELETE","url":"Patient"}}"#],
        "Bundle.entry[0].request",
        PlanProblem::Deletion,
    );
    check(
        &[r#"{"request":{"method":"PATCH","url":"Patient/1"}}"#],
        "Bundle.entry[0].request",
        PlanProblem::Method,
    );
    check(
        &[r#"{"request":{"method":"POST","url":"Patient/$match"}}"#],
        "Bundle.entry[0].request",
        PlanProblem::Operation,
    );
    let deep = format!(
        r#"{{"resource":{{"resourceType":"Basic","x":{}{}}}}}"#,
        "[".repeat(64),
        "]".repeat(64)
    );
    check(
        &[good, &deep],
        "Bundle.entry[1].resource",
        PlanProblem::Envelope(EnvelopeError::TooDeep { limit: 64 }),
    );
    let refused = plan(&"[".repeat(100_000)).unwrap_err();
    assert_eq!(
        refused.problem,
        PlanProblem::Envelope(EnvelopeError::TooDeep { limit: 68 })
    );
    for text in [
        "",
        "7",
        "{}",
        r#"{"resourceType":"Bundle"}"#,
        r#"{"resourceType":"Bundle","type":"subscription-notification"}"#,
    ] {
        assert!(plan(text).is_err(), "{text}");
    }
    let said = plan(r#"{"resourceType":"Patient","name":"Edna" "Hargreaves"}"#)
        .unwrap_err()
        .to_string();
    assert!(
        !said.contains("Edna") && !said.contains("Hargreaves"),
        "{said}"
    );
}

#[test]
fn everything_about_a_person_is_kept_with_the_person() {
    let about = |text: &str| plan(text).unwrap().entries[0].subject.clone();
    let person = |text: &str| match about(text) {
        Subject::Person(keys) => (
            keys.nhs_number.map(|n| n.as_str().to_owned()),
            keys.source_ref,
        ),
        other => panic!("{other:?} for {text}"),
    };
    let number = Some("9990000018".to_owned());
    let named = |reference: &str| Some(reference.to_owned());
    assert_eq!(
        person(&format!(
            r#"{{"resourceType":"Patient","id":"p","identifier":[{NUMBER}]}}"#
        )),
        (number.clone(), named("p"))
    );
    assert_eq!(
        person(r#"{"resourceType":"Condition","subject":{"reference":"Patient/p"}}"#),
        (None, named("p"))
    );
    assert_eq!(
        person(&format!(
            r#"{{"resourceType":"Task","for":{{"identifier":{NUMBER}}}}}"#
        )),
        (number.clone(), None)
    );
    assert_eq!(
        person(&format!(
            r##"{{"resourceType":"Immunization","id":"i","patient":{{"reference":"#x"}},"contained":[{{"resourceType":"Patient","id":"x","identifier":[{NUMBER}]}}]}}"##
        )),
        (number.clone(), named("Immunization/i#x"))
    );
    assert_eq!(
        person(
            r#"{"resourceType":"Appointment","participant":[{"actor":{"reference":"Practitioner/d"}},{"actor":{"reference":"Patient/p"}}]}"#
        ),
        (None, named("p"))
    );
    assert_eq!(
        person(
            r#"{"resourceType":"Slot","extension":[{"url":"x","valueReference":{"reference":"Patient/p"}}]}"#
        ),
        (None, named("p"))
    );
    assert_eq!(
        person(
            r#"{"resourceType":"Condition","subject":{"reference":"https://api.service.nhs.uk/personal-demographics/FHIR/R4/Patient/9990000018"}}"#
        ),
        (number, None)
    );
    assert_eq!(
        person(r#"{"resourceType":"Immunization","patient":{"reference":"urn:uuid:7"}}"#),
        (None, named("urn:uuid:7"))
    );
    let unverified = NUMBER.replace('}', r#","extension":[{"url":"https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus","valueCodeableConcept":{"coding":[{"code":"02"}]}}]}"#);
    assert_eq!(
        person(&format!(
            r#"{{"resourceType":"Patient","id":"p","identifier":[{unverified}]}}"#
        )),
        (None, named("p"))
    );

    assert_eq!(
        about(r#"{"resourceType":"Organization","contact":[{"x":{"reference":"Patient/p"}}]}"#),
        Subject::Directory
    );
    assert_eq!(
        about(r#"{"resourceType":"Provenance","target":[{"reference":"Observation/o"}]}"#),
        Subject::SameAs {
            resource_type: "Observation".to_owned(),
            id: "o".to_owned()
        }
    );
    assert_eq!(
        about(r#"{"resourceType":"Condition","subject":{"reference":"Patient?identifier=a|b"}}"#),
        Subject::Conditional {
            resource_type: "Patient".to_owned(),
            query: "identifier=a|b".to_owned()
        }
    );
}

#[test]
fn entries_follow_one_another_to_the_person() {
    let text = bundle(
        "collection",
        &[
            r#"{"fullUrl":"urn:uuid:3","resource":{"resourceType":"Provenance","target":[{"reference":"urn:uuid:2"}]}}"#,
            r#"{"fullUrl":"urn:uuid:2","resource":{"resourceType":"Condition","subject":{"reference":"urn:uuid:1"}}}"#,
            r#"{"fullUrl":"urn:uuid:1","resource":{"resourceType":"Patient","id":"p"}}"#,
            r#"{"fullUrl":"urn:uuid:5","resource":{"resourceType":"Provenance","target":[{"reference":"urn:uuid:6"}]}}"#,
            r#"{"fullUrl":"urn:uuid:6","resource":{"resourceType":"Provenance","target":[{"reference":"urn:uuid:5"}]}}"#,
        ],
    );
    let plan = plan(&text).unwrap();
    for at in 0..3 {
        assert!(
            matches!(&plan.entries[at].subject, Subject::Person(keys) if keys.source_ref.as_deref() == Some("p"))
        );
    }
    assert_eq!(plan.entries[3].subject, Subject::Directory);
}

#[test]
fn a_history_is_written_oldest_first() {
    let text = bundle(
        "history",
        &[
            r#"{"request":{"method":"DELETE","url":"Basic/a"}}"#,
            r#"{"resource":{"resourceType":"Basic","id":"a","x":2},"request":{"method":"PUT","url":"Basic/a"}}"#,
            r#"{"resource":{"resourceType":"Basic","id":"a"},"request":{"method":"POST","url":"Basic"}}"#,
        ],
    );
    let plan = plan(&text).unwrap();
    assert!(matches!(plan.entries[0].action, Action::Create { .. }));
    assert!(plan.entries[2].action.takes_away());
}

proptest! {
    #[test]
    fn any_text_is_answered(text in ".{0,200}") {
        let _ = plan(&text);
    }

    #[test]
    fn any_entry_is_answered(
        reference in "(urn:uuid:|Patient/|#|http://x/|Patient\\?)?[a-z/|?=#]{0,12}",
        member in prop::sample::select(vec!["subject", "patient", "target", "participant", "x"]),
        resource_type in prop::sample::select(vec!["Patient", "Condition", "Provenance", "Group"]),
    ) {
        let text = bundle("batch", &[&format!(
            r#"{{"fullUrl":"urn:uuid:a","resource":{{"resourceType":"{resource_type}","{member}":{{"reference":"{reference}"}}}}}}"#
        )]);
        let plan = plan(&text).unwrap();
        for one in &plan.entries[0].references {
            prop_assert_eq!(&plan.entries[0].text[one.range.clone()], format!("\"{reference}\""));
        }
    }
}
