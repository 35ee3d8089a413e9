//! `tarn people` and what `tarn doctor` says of people.
#![expect(
    clippy::unwrap_used,
    reason = "a test stops at the first thing that is not as it should be"
)]

use tarn_audit::{Action, AuditLog, Outcome, Window};
use tarn_consent::{Channel, ChoiceRegister, NewDirective, RecordedBy};
use tarn_model::{Clock as _, IdMaker, PersonId, Role};
use tarn_record::RecordStore;
use tarn_server::clock::{SystemClock, SystemEntropy};

use crate::demo::{Place, block_on, said, tarn, write};

const NHS: &str = "https://fhir.nhs.uk/Id/nhs-number";

struct Stand {
    place: Place,
    address: Box<dyn Fn(&str) -> String>,
}

impl Stand {
    fn tarn(&self, arguments: &[&str]) -> (bool, String) {
        let place = self.place.arguments();
        let all: Vec<&str> = (arguments.iter().copied())
            .chain(place.iter().map(String::as_str))
            .collect();
        said(&tarn(&all))
    }
}

fn stands(folder: &std::path::Path) -> Vec<Stand> {
    let data = folder.join("data");
    let mut stands = vec![Stand {
        place: Place::Folder(data.clone()),
        address: Box::new(move |noun| {
            format!("sqlite:{}", data.join(format!("{noun}.db")).display())
        }),
    }];
    match block_on(tarn_database::testing::fresh_postgres()) {
        Some(url) => stands.push(Stand {
            place: Place::Postgres(url.clone(), folder.join("beside")),
            address: Box::new(move |_| url.clone()),
        }),
        None => println!("left out: PostgreSQL (TARN_TEST_POSTGRES not set)"),
    }
    stands
}

#[test]
fn an_operator_merges_two_people_and_takes_it_back() {
    let folder = tempfile::tempdir().unwrap();
    let known = format!(
        r#"{{"resourceType":"Patient","id":"a","birthDate":"1950-01-01","identifier":[{{"system":"{NHS}","value":"9990000018"}}]}}"#
    );
    let known = write(folder.path(), "known.json", &known);
    let unknown = format!(
        r#"{{"resourceType":"Patient","id":"b","birthDate":"1950","identifier":[{{"system":"{NHS}","value":"9990000026"}}]}}"#
    );
    let unknown = write(folder.path(), "unknown.json", &unknown);
    for stand in stands(folder.path()) {
        for (file, source) in [(&known, "OAK01"), (&unknown, "RSB")] {
            let (worked, words) = stand.tarn(&["load", file, "--source", source]);
            assert!(worked, "{words}");
        }
        let apart = "apart: 1 with an NHS number that links them with nobody, 0 known by \
                     references only; 0 with two dates of birth; 0 merges";
        assert!(stand.tarn(&["doctor"]).1.contains(apart));
        let refused = [
            vec!["people", "merge", "RSB:b", "RSB:b", "--reason", "x"],
            vec!["people", "merge", "RSB:nobody", "OAK01:a", "--reason", "x"],
            vec!["people", "merge", "9990000018", "OAK01:a", "--reason", "x"],
            vec!["people", "merge", "RSB:b", "OAK01:a", "--reason", " "],
            vec!["people", "unmerge", "RSB:b", "--reason", "x"],
        ];
        for arguments in refused {
            let (worked, words) = stand.tarn(&arguments);
            assert!(!worked, "{arguments:?}: {words}");
            assert!(!words.contains("panicked"), "{words}");
        }
        let why = ["--reason", "Same address, seen passport"];
        let merge = [&["people", "merge", "RSB:b", "OAK01:a"][..], &why].concat();
        let (worked, words) = stand.tarn(&merge);
        assert!(worked, "{words}");
        let (worked, words) = stand.tarn(&merge);
        assert!(!worked && words.contains("same person already"), "{words}");
        let (_, listed) = stand.tarn(&["people"]);
        assert!(listed.contains(", operator, "), "{listed}");
        let ids: Vec<PersonId> = (listed.split([' ', ',']))
            .filter_map(|word| word.parse().ok())
            .collect();
        let [gone, stays] = ids[..] else {
            panic!("{listed}")
        };
        assert!(stand.tarn(&["doctor"]).1.contains("1 merges"));
        // Somebody objects while the two are one: it can't be told which of them.
        block_on(object(&(stand.address)("consent"), stays));
        let id = gone.to_string();
        let part = [&["people", "unmerge", &id][..], &why].concat();
        let (worked, words) = stand.tarn(&part);
        assert!(worked, "{words}");
        assert!(!stand.tarn(&part).0);
        block_on(expect_two_again(&stand, gone, stays));
    }
}

async fn object(address: &str, person: PersonId) {
    let register = ChoiceRegister::connect(address).await.unwrap();
    let now = SystemClock.now();
    let by = RecordedBy {
        name: "Adviser".into(),
        role: Role::ContactCentre,
    };
    let new = NewDirective::whole_record(false, Channel::Telephone, true, now);
    let ids = IdMaker::new(&SystemClock, &SystemEntropy);
    register.record(person, &new, &by, &ids, now).await.unwrap();
}

async fn expect_two_again(stand: &Stand, gone: PersonId, stays: PersonId) {
    let record = RecordStore::connect(&(stand.address)("record"))
        .await
        .unwrap();
    let consent = ChoiceRegister::connect(&(stand.address)("consent"))
        .await
        .unwrap();
    let audit = AuditLog::connect(&(stand.address)("audit")).await.unwrap();
    for person in [gone, stays] {
        assert_eq!(record.same_person(person).await.unwrap(), [person]);
        assert_eq!(record.demographics(person).await.unwrap().len(), 1);
        let choices = consent.choices(person).await.unwrap();
        assert!(choices.objects_at(SystemClock.now()));
        let events = audit.of_person(person, Window::default()).await.unwrap();
        let done: Vec<_> = (events.iter())
            .map(|event| (event.entry.action, event.entry.outcome))
            .collect();
        assert_eq!(
            done.first(),
            Some(&(Action::PeopleParted, Outcome::Permitted))
        );
        let merged = (Action::PeopleMerged, Outcome::Permitted);
        assert!(done.contains(&merged) && done.contains(&(merged.0, Outcome::Refused)));
        let first = events.first().unwrap();
        let reason = first.entry.reason.as_deref();
        assert_eq!(reason, Some("Same address, seen passport"));
        assert_eq!(first.entry.actor.role, Role::Operator);
    }
    audit.verify().await.unwrap();
}
