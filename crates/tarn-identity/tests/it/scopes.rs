//! Scopes: what each word opens, that printing loses nothing, and that nothing ever widens.

use proptest::prelude::*;
use tarn_identity::{Interaction, Permission, ScopeError, ScopeLevel, ScopeSet, SessionScope};

const LEVELS: [ScopeLevel; 3] = [ScopeLevel::Patient, ScopeLevel::User, ScopeLevel::System];
const TYPES: [&str; 3] = ["Observation", "Patient", "DocumentReference"];

/// The letters that a set opens on a type.
fn letters(set: &ScopeSet, level: ScopeLevel, resource_type: &str) -> String {
    Interaction::ALL
        .into_iter()
        .filter(|interaction| set.allows(level, resource_type, *interaction))
        .map(Interaction::letter)
        .collect()
}

#[test]
fn each_word_opens_what_it_says_and_no_more() {
    let check = |text: &str, expected: &str| {
        let set: ScopeSet = text.parse().unwrap();
        assert_eq!(
            letters(&set, ScopeLevel::User, "Observation"),
            expected,
            "{text}"
        );
    };
    check("user/Observation.r", "r");
    check("user/Observation.s", "s");
    check("user/Observation.rs", "rs");
    check("user/Observation.cruds", "cruds");
    check("user/*.cd", "cd");
    check("user/Observation.r user/Observation.s", "rs");
    check("user/*.r user/Observation.u", "ru");
    check("user/Observation.read", "rs");
    check("user/Observation.write", "cud");
    check("user/Observation.*", "cruds");
    check("user/*.*", "cruds");
    check("user/Patient.cruds", "");
    check("patient/Observation.cruds system/*.cruds", "");
    check("openid fhirUser launch offline_access", "");
    check("user/Observation.rs?category=laboratory", "");
    check(
        "user/Observation.rs?category=laboratory user/Observation.r",
        "r",
    );
}

#[test]
fn what_is_not_exactly_a_scope_is_refused_and_opens_nothing() {
    let check = |word: &str, expected: ScopeError| {
        assert_eq!(word.parse::<ScopeSet>(), Err(expected), "{word}");
        assert!(!ScopeSet::granted(word).unwrap().is_clinical(), "{word}");
    };
    for word in [
        "admin",
        "user",
        "user/",
        "user/Observation",
        "User/Observation.r",
        "user//Observation.r",
        "user/observation.r",
        "user/Obser vation",
        "user/Observation2.r",
        "*/*.r",
        "*/Observation.r",
        "practitioner/Observation.r",
        "launch/practitioner",
        "user/**.r",
        "user/.r",
        "OpenID",
        "user/Observation\u{0}.r",
    ] {
        check(word, ScopeError::Unknown);
    }
    for word in [
        "user/Observation.",
        "user/Observation.sr",
        "user/Observation.rr",
        "user/Observation.R",
        "user/Observation.x",
        "user/Observation.rsx",
        "user/Observation.reads",
        "user/Observation.r.s",
        "user/Observation.Read",
        "user/Observation.r*",
    ] {
        check(word, ScopeError::Interactions);
    }
    for word in [
        "user/Observation.r?",
        "user/Observation.r?category",
        "user/Observation.r?category=",
        "user/Observation.r?=laboratory",
        "user/Observation.r?a=1&",
        "user/Observation.r?&a=1",
        "user/Observation.r?code:not=1",
        "user/Observation.r?subject.name=1",
        "user/Observation.r?_include=*",
        "user/Observation.r?_has=1",
        "user/Observation.r?_count=1",
        "user/Observation.r?_sort=date",
        "user/Observation.r?a=%FF",
        "user/Observation.r?a=\t",
        "user/Observation.r?a=\"",
        "user/Observation.read?category=laboratory",
        "user/Observation.*?category=laboratory",
        "user/Observation.r?a=é",
    ] {
        check(word, ScopeError::Restriction);
    }
}

#[test]
fn too_long_a_text_is_refused_as_a_whole() {
    let text = "user/Observation.r ".repeat(101);
    assert_eq!(ScopeSet::granted(&text), Err(ScopeError::TooLong));
    let text = format!("user/Observation.r?a={}", "x".repeat(4096));
    assert_eq!(text.parse::<ScopeSet>(), Err(ScopeError::TooLong));
}

#[test]
fn a_restriction_is_told_and_never_left_out() {
    let text = "user/Observation.rs?category=http%3A%2F%2Fexample.org%7Claboratory&status=final \
                user/Observation.r?category=vital-signs user/Patient.r";
    let set: ScopeSet = text.parse().unwrap();
    let Permission::Within(searches) =
        set.permission(ScopeLevel::User, "Observation", Interaction::Read)
    else {
        panic!("it is restricted");
    };
    let told: Vec<Vec<_>> = searches
        .iter()
        .map(|one| one.parameters().collect())
        .collect();
    assert!(told.contains(&vec![
        ("category", "http://example.org|laboratory"),
        ("status", "final")
    ]));
    assert!(told.contains(&vec![("category", "vital-signs")]));
    assert_eq!(told.len(), 2);
    let search = set.permission(ScopeLevel::User, "Observation", Interaction::Search);
    assert!(matches!(search, Permission::Within(searches) if searches.len() == 1));
    let patient = set.permission(ScopeLevel::User, "Patient", Interaction::Read);
    assert_eq!(patient, Permission::Granted);
    // What a restriction says may name a person: it is in no log.
    let debug = format!("{set:?} {searches:?}");
    assert!(
        !debug.contains("laboratory") && !debug.contains("final"),
        "{debug}"
    );
}

#[test]
fn narrowing_keeps_both_sides_limits() {
    let check = |asked: &str, limit: &str, expected: &str| {
        let asked: ScopeSet = asked.parse().unwrap();
        let within = asked.within(&limit.parse().unwrap());
        assert_eq!(within.to_string(), expected);
    };
    check("user/*.cruds", "user/Observation.rs", "user/Observation.rs");
    check("user/Observation.rs", "user/*.r", "user/Observation.r");
    check("user/Observation.c", "user/Observation.rs", "");
    check("user/Observation.rs", "patient/*.rs system/*.rs", "");
    check(
        "user/*.rs",
        "user/Observation.rs?category=laboratory",
        "user/Observation.rs?category=laboratory",
    );
    check(
        "user/Observation.r?status=final",
        "user/Observation.rs?category=laboratory",
        "user/Observation.r?status=final&category=laboratory",
    );
    check(
        "openid launch user/*.r",
        "openid user/*.r",
        "user/*.r openid",
    );
    let set: ScopeSet = "patient/*.r user/*.r openid".parse().unwrap();
    assert_eq!(
        set.of_level(ScopeLevel::Patient).to_string(),
        "patient/*.r openid"
    );
    assert!(set.has(SessionScope::OpenId) && !set.has(SessionScope::OfflineAccess));
}

/// A word that is often right and often nearly right.
fn word() -> impl Strategy<Value = String> {
    let level = prop::sample::select(vec!["patient", "user", "system", "User", "", "*"]);
    let name = prop::sample::select(vec!["*", "Observation", "Patient", "patient", "", "X1"]);
    let letters = prop_oneof![
        "c?r?u?d?s?",
        "[cruds]{0,3}",
        prop::sample::select(vec!["read", "write", "*", "x"]).prop_map(str::to_owned),
    ];
    let query = prop::sample::select(vec![
        "",
        "",
        "",
        "?category=laboratory",
        "?category=a%7Cb&status=final",
        "?",
        "?a=",
        "?a:not=1",
    ]);
    let session = prop::sample::select(vec!["openid", "launch/patient", "fhirUser", "other"]);
    prop_oneof![
        6 => (level, name, letters, query).prop_map(|(l, n, i, q)| format!("{l}/{n}.{i}{q}")),
        1 => session.prop_map(str::to_owned),
    ]
}

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(word(), 0..6).prop_map(|words| words.join(" "))
}

/// Whether one plain word, read as simply as can be, opens an interaction. Written without the
/// code under test, and without restrictions: those never open a whole type.
fn opens(word: &str, level: ScopeLevel, resource_type: &str, letter: char) -> bool {
    let Some((target, letters)) = word.rsplit_once('.') else {
        return false;
    };
    let of_type = target == format!("{}/{resource_type}", level.word());
    let of_all = target == format!("{}/*", level.word());
    let letters = match letters {
        "read" => "rs",
        "write" => "cud",
        "*" => "cruds",
        letters => letters,
    };
    (of_type || of_all)
        && letters.chars().all(|one| "cruds".contains(one))
        && letters.contains(letter)
}

proptest! {
    #[test]
    fn what_is_printed_is_read_as_the_same(text in text()) {
        let set = ScopeSet::granted(&text).unwrap();
        let printed = set.to_string();
        prop_assert_eq!(printed.parse::<ScopeSet>(), Ok(set), "{}", printed);
    }

    #[test]
    fn nothing_is_allowed_that_no_word_says(text in text()) {
        let set = ScopeSet::granted(&text).unwrap();
        for (level, resource_type) in LEVELS.into_iter().flat_map(|l| TYPES.map(|t| (l, t))) {
            for letter in letters(&set, level, resource_type).chars() {
                let said = text.split(' ').any(|word| opens(word, level, resource_type, letter));
                prop_assert!(said, "{} opens {:?}/{}.{}", text, level, resource_type, letter);
            }
        }
    }

    #[test]
    fn reading_the_whole_never_opens_more_than_its_words(one in text(), two in text()) {
        let whole = ScopeSet::granted(&format!("{one} {two}")).unwrap();
        let parts = [one, two].map(|text| ScopeSet::granted(&text).unwrap());
        for (level, resource_type) in LEVELS.into_iter().flat_map(|l| TYPES.map(|t| (l, t))) {
            for interaction in Interaction::ALL {
                let any = parts.iter().any(|set| set.allows(level, resource_type, interaction));
                prop_assert_eq!(whole.allows(level, resource_type, interaction), any);
            }
        }
    }

    #[test]
    fn narrowing_never_widens(one in text(), two in text()) {
        let [one, two] = [one, two].map(|text| ScopeSet::granted(&text).unwrap());
        let both = one.within(&two);
        for (level, resource_type) in LEVELS.into_iter().flat_map(|l| TYPES.map(|t| (l, t))) {
            for interaction in Interaction::ALL {
                let allowed = |set: &ScopeSet| set.allows(level, resource_type, interaction);
                prop_assert_eq!(allowed(&both), allowed(&one) && allowed(&two));
                let none = |set: &ScopeSet| {
                    set.permission(level, resource_type, interaction) == Permission::Refused
                };
                prop_assert_eq!(none(&both), none(&one) || none(&two));
            }
        }
    }

    #[test]
    fn any_text_at_all_is_read_without_harm(text in "\\PC{0,200}") {
        if let Ok(set) = ScopeSet::granted(&text) {
            prop_assert_eq!(set.to_string().parse::<ScopeSet>(), Ok(set));
        }
    }
}
