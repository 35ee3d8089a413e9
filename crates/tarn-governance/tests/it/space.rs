//! Every question there can be: `decide` and `scope` say the same, and the rules of precedence
//! hold.

use tarn_governance::{
    Asker, Decision, Entry, Objection, Policy, Question, Reason, RelationshipBasis, Verdict,
    compile, decide, scope,
};
use tarn_model::{
    Assurance, Heading, Label, LabelSet, OdsCode, Purpose, Realm, Role, Timestamp, parse_fhir_date,
};

use crate::agreement::TEXT;

fn day(text: &str) -> Timestamp {
    parse_fhir_date(text).unwrap().0
}

/// Every role × purpose × link × objection × assurance, at every party and at a stranger.
fn each_question(policy: &Policy, mut look: impl FnMut(&Question<'_>)) -> usize {
    let stranger: OdsCode = "FEN01".parse().unwrap();
    let mut organisations: Vec<Option<&OdsCode>> = policy
        .parties()
        .iter()
        .map(|party| Some(&party.ods))
        .collect();
    organisations.extend([None, Some(&stranger)]);
    let mut asked = 0;
    for role in Role::ALL {
        for organisation in &organisations {
            for purpose in Purpose::ALL {
                for relationship in RelationshipBasis::ALL {
                    for objection in Objection::ALL {
                        for assurance in Assurance::ALL {
                            let realm = match role {
                                Role::Citizen => Realm::Citizen,
                                _ => Realm::Staff,
                            };
                            look(&Question {
                                actor: Asker {
                                    realm,
                                    role: *role,
                                    organisation: *organisation,
                                    assurance: *assurance,
                                },
                                purpose: *purpose,
                                relationship: *relationship,
                                objection: *objection,
                                person_restricted: false,
                                at: day("2026-11-22"),
                            });
                            asked += 1;
                        }
                    }
                }
            }
        }
    }
    asked
}

#[test]
fn scope_and_decide_are_the_same_rule() {
    let policy = compile(TEXT).unwrap();
    let stranger: OdsCode = "FEN01".parse().unwrap();
    let sources: Vec<&OdsCode> = policy
        .parties()
        .iter()
        .map(|party| &party.ods)
        .chain([&stranger])
        .collect();
    let mut labels: Vec<LabelSet> = Label::ALL
        .iter()
        .map(|label| LabelSet::EMPTY.with(*label))
        .collect();
    labels.extend([LabelSet::EMPTY, LabelSet::all()]);
    labels.push(
        LabelSet::EMPTY
            .with(Label::Restricted)
            .with(Label::MentalHealth),
    );
    let (mut entries, mut permitted) = (0usize, 0usize);
    let questions = each_question(&policy, |question| {
        let ruling = scope(&policy, question);
        for heading in Heading::ALL {
            for source in &sources {
                for labels in &labels {
                    let entry = Entry {
                        heading: *heading,
                        labels: *labels,
                        source,
                    };
                    let one = matches!(decide(&policy, question, &entry), Decision::Permit(_));
                    let whole = ruling.permitted.iter().any(|grant| {
                        grant.heading == *heading
                            && grant.sources.contains(source)
                            && labels.within(grant.cleared)
                    });
                    assert_eq!(one, whole, "{question:?} {entry:?}");
                    entries += 1;
                    permitted += usize::from(one);
                }
            }
        }
    });
    println!("{questions} questions, {entries} entries decided, {permitted} permitted");
    assert!(permitted > 0);
}

#[test]
fn an_objection_stops_everything_but_the_clauses_that_say_so() {
    let policy = compile(TEXT).unwrap();
    each_question(&policy, |question| {
        if question.objection == Objection::None || question.relationship == RelationshipBasis::Own
        {
            return;
        }
        for grant in scope(&policy, question).permitted {
            let clause = grant.citation.clause.as_str();
            assert!(
                matches!(clause, "4.10" | "4.12" | "5.3"),
                "{clause} for {question:?}"
            );
            // But for safeguarding, it is who the person is and nothing of their record.
            assert!(
                clause == "5.3" || grant.heading == Heading::Demographics,
                "{clause} for {question:?}"
            );
        }
    });
}

#[test]
fn less_of_a_link_or_of_assurance_never_shows_more() {
    let policy = compile(TEXT).unwrap();
    each_question(&policy, |question| {
        let seen = |question: &Question<'_>| scope(&policy, question).headings();
        if question.relationship == RelationshipBasis::None {
            let linked = Question {
                relationship: RelationshipBasis::Evidenced,
                ..*question
            };
            assert!(
                seen(question).without(seen(&linked)).is_empty(),
                "{question:?}"
            );
        }
        if question.objection == Objection::WholeRecord {
            let sharing = Question {
                objection: Objection::None,
                ..*question
            };
            assert!(
                seen(question).without(seen(&sharing)).is_empty(),
                "{question:?}"
            );
        }
        if question.actor.assurance == Assurance::Low {
            let actor = Asker {
                assurance: Assurance::High,
                ..question.actor
            };
            let sure = Question { actor, ..*question };
            assert!(
                seen(question).without(seen(&sure)).is_empty(),
                "{question:?}"
            );
        }
    });
}

#[test]
fn out_of_its_time_an_agreement_permits_nothing() {
    let policy = compile(TEXT).unwrap();
    for outside in ["2026-03-31", "2028-04-01"] {
        each_question(&policy, |question| {
            let question = Question {
                at: day(outside),
                ..*question
            };
            let outcome = scope(&policy, &question).outcome;
            assert_eq!(outcome, Verdict::Deny(Reason::NotInForce, None));
        });
    }
}

#[test]
fn the_last_day_counts_to_its_end() {
    let policy = compile(TEXT).unwrap();
    let oak: OdsCode = "OAK01".parse().unwrap();
    let question = Question {
        actor: Asker {
            realm: Realm::Staff,
            role: Role::Gp,
            organisation: Some(&oak),
            assurance: Assurance::High,
        },
        purpose: Purpose::DirectCare,
        relationship: RelationshipBasis::Evidenced,
        objection: Objection::None,
        person_restricted: false,
        at: parse_fhir_date("2028-03-31T23:59:59Z").unwrap().0,
    };
    assert_eq!(scope(&policy, &question).outcome, Verdict::Permit);
}

/// Of looks with emergency access, of safeguarding inquiries, and of looks at a protected person
/// on the asker's own word the privacy officer is told; of nothing else.
#[test]
fn the_privacy_officer_is_told_of_what_the_clauses_say_and_of_nothing_else() {
    let policy = compile(TEXT).unwrap();
    let (mut told, mut untold) = (0, 0);
    each_question(&policy, |question| {
        for person_restricted in [false, true] {
            let question = Question {
                person_restricted,
                ..*question
            };
            let ruling = scope(&policy, &question);
            let claimed = question.relationship == RelationshipBasis::SelfClaimed;
            let expected = ruling.outcome == Verdict::Permit
                && (question.purpose == Purpose::Emergency
                    || question.actor.role == Role::Safeguarding
                    || (person_restricted && claimed));
            assert_eq!(
                ruling.duties.alert_privacy_officer, expected,
                "{question:?}"
            );
            told += usize::from(expected);
            untold += usize::from(ruling.outcome == Verdict::Permit && !expected);
        }
    });
    assert!(told > 0 && untold > 0);
    for (role, purpose, expected) in [
        (Role::OohDoctor, Purpose::Emergency, true),
        (Role::OohDoctor, Purpose::DirectCare, false),
        (Role::Safeguarding, Purpose::SafeguardingInquiry, true),
        (Role::SocialWorker, Purpose::Emergency, false),
    ] {
        assert_eq!(
            policy.alerts_for(role, purpose),
            expected,
            "{role} {purpose}"
        );
    }
}

/// Clauses in another order decide the same.
#[test]
fn the_order_of_clauses_does_not_matter() {
    let (front, rest) = TEXT.split_once("\n# 1 ").unwrap();
    let mut chapters: Vec<&str> = rest.split("\n# ").collect();
    chapters.reverse();
    let turned = format!("{front}\n# {}", chapters.join("\n# "));
    let (one, other) = (compile(TEXT).unwrap(), compile(&turned).unwrap());
    each_question(&one, |question| {
        assert_eq!(
            scope(&one, question).headings(),
            scope(&other, question).headings()
        );
    });
}
