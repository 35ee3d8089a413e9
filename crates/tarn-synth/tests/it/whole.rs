use std::collections::{HashMap, HashSet};

use tarn_model::{Role, parse_fhir_date};
use tarn_synth::{Feed, Options, fhir_bundles, locality};

use super::harrowmere;

#[test]
fn the_locality_has_its_organisations_staff_and_people() {
    let locality = harrowmere(30);
    let codes: Vec<&str> = locality
        .organisations
        .iter()
        .map(|one| one.ods.as_str())
        .collect();
    assert_eq!(
        codes,
        [
            "OAK01", "MIL01", "FEN01", "RSB", "RHC", "RMH", "H10A", "H10C", "HUC01", "RYH"
        ]
    );
    let kinds: HashSet<&str> = locality
        .organisations
        .iter()
        .map(|one| one.kind.as_str())
        .collect();
    assert_eq!(kinds.len(), 8);
    let roles: HashSet<Role> = locality.staff.iter().map(|one| one.role).collect();
    assert_eq!(
        roles.len(),
        Role::ALL.len() - 1,
        "every role but the citizen's"
    );
    assert!(
        locality
            .staff
            .iter()
            .all(|one| codes.contains(&one.organisation.as_str()))
    );
    assert_eq!(locality.people().count(), 30);
    let feed = |code: &str| {
        let found = locality
            .organisations
            .iter()
            .find(|one| one.ods.as_str() == code);
        found.unwrap().feed
    };
    assert_eq!(
        feed("RHC"),
        Feed::Stored {
            late_seconds: 14 * 3600
        }
    );
    assert!(matches!(feed("RMH"), Feed::Down { .. }));
    assert_eq!(feed("H10A"), Feed::NotConnected);
    assert_eq!(feed("FEN01"), Feed::NotConnected);
}

#[test]
fn the_same_options_give_the_same_bytes() {
    let all = |people| fhir_bundles(&harrowmere(people)).collect::<Vec<_>>();
    assert_eq!(all(40), all(40));
}

#[test]
fn a_person_is_the_same_whatever_the_number_of_people() {
    let (few, many) = (harrowmere(35), harrowmere(200));
    for index in 0..35 {
        assert_eq!(few.person(index), many.person(index), "{index}");
    }
    assert_eq!(few.person(35), None);
}

#[test]
fn a_thousand_people_are_all_somebody_else() {
    let locality = harrowmere(1000);
    let mut numbers = HashSet::new();
    let mut people = HashSet::new();
    let mut homes: HashMap<u64, HashSet<Option<String>>> = HashMap::new();
    let mut sizes: HashMap<u64, usize> = HashMap::new();
    for person in locality.people() {
        let who = person.demographics;
        assert!(person.nhs_number.is_synthetic());
        assert!(numbers.insert(person.nhs_number));
        let key = (
            who.name.family.clone(),
            who.name.given.clone(),
            who.birth_date,
        );
        assert!(people.insert(key), "a name and birth date twice");
        let address = who.address.map(|home| {
            assert!(home.postcode.starts_with("ZZ99 "), "{}", home.postcode);
            format!("{home:?}")
        });
        homes.entry(person.household).or_default().insert(address);
        *sizes.entry(person.household).or_default() += 1;
        let keys: HashSet<_> = person
            .facts
            .iter()
            .map(|fact| (fact.source, &fact.key))
            .collect();
        assert_eq!(keys.len(), person.facts.len(), "a key twice");
    }
    assert_eq!(numbers.len(), 1000);
    assert!(
        homes.values().all(|addresses| addresses.len() == 1),
        "a household has one address"
    );
    assert!(sizes.values().filter(|size| **size > 1).count() > 150);
}

#[test]
fn telephone_numbers_come_from_the_ranges_kept_for_drama() {
    let mut seen = 0;
    for (_, text) in fhir_bundles(&harrowmere(120)) {
        for part in text.split("\"system\":\"phone\",\"value\":\"").skip(1) {
            let number = part.split('"').next().unwrap_or_default();
            let drama = number.starts_with("01632 960 ") || number.starts_with("07700 900");
            assert!(drama, "{number}");
            seen += 1;
        }
    }
    assert!(seen > 300, "{seen}");
}

#[test]
fn nothing_happens_after_now_but_what_is_booked_at_whatever_hour_it_is_told() {
    for now in [
        "2026-11-22T10:04:00Z",
        "2026-11-25T01:10:00Z",
        "2028-02-29T23:59:00Z",
    ] {
        let (now, _) = parse_fhir_date(now).unwrap();
        let options = Options {
            seed: 7,
            people: 150,
            now,
        };
        for person in locality(&options).people() {
            assert!(person.demographics.birth_date < now.to_utc().date_naive());
            for fact in &person.facts {
                assert!(fact.recorded.at <= now, "{} of {}", fact.key, person.index);
            }
        }
    }
}

#[test]
fn the_towns_are_the_invented_ones() {
    let towns = [
        "Harrowmere",
        "Stannowick",
        "Marlhythe",
        "Fenbridge",
        "Thornmere Cross",
        "Cawdale End",
    ];
    for person in harrowmere(300).people() {
        for who in
            std::iter::once(&person.demographics).chain(person.differs.iter().map(|one| &one.1))
        {
            let home = who.address.as_ref();
            assert!(
                home.is_none_or(|home| towns.contains(&home.town.as_str())),
                "{home:?}"
            );
        }
    }
}
