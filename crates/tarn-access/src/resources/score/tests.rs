use tarn_model::{PersonId, Timestamp};
use tarn_record::When;

use super::*;

fn edna() -> Demographics {
    let (at, precision) = parse_fhir_date("1945-07-14").unwrap();
    Demographics {
        person: PersonId::DIRECTORY,
        source: "OAK01".parse().unwrap(),
        received_at: Timestamp::from_micros(0),
        nhs_number: Some("9990000018".parse().unwrap()),
        family: "Hargreaves".into(),
        given: vec!["Edna".into(), "Catherine".into()],
        title: None,
        preferred_name: Some("Teddy".into()),
        former_names: vec!["Edna Mary VAN DYKE".into()],
        gender: Some("female".into()),
        birth_date: Some(When { at, precision }),
        died: None,
        addresses: vec!["3 Wheelwright Row, Harrowmere, ZZ99 9QX".into()],
        contacts: Vec::new(),
        registered_gp: Some("OAK01".parse().unwrap()),
        registered_gp_name: None,
        next_of_kin: Vec::new(),
        communication: Vec::new(),
        restricted: false,
        labels: tarn_model::LabelSet::EMPTY,
        registrations: Vec::new(),
        updated_at: None,
    }
}

/// `key=value` words, as in the table of the module.
fn described(words: &str) -> MatchQuery {
    let mut query = MatchQuery::default();
    for word in words.split_whitespace() {
        let (key, value) = word.split_once('=').unwrap();
        let value = value.replace('_', " ");
        match key {
            "number" => query.nhs_number = Some(value),
            "born" => query.birth_date = Some(value),
            "family" => query.family = Some(value),
            "given" => query.given.push(value),
            "postcode" => query.postcodes.push(value),
            "gender" => query.gender = Some(value),
            "practice" => query.practice = Some(value),
            other => panic!("{other}"),
        }
    }
    query
}

#[test]
fn each_line_of_the_table_weighs_what_it_says() {
    let check = |words: &str, expected: f64, word: &str| {
        let found = score(&described(words), &edna(), false);
        assert!((found - expected).abs() < 1e-9, "{words}: {found}");
        assert_eq!(grade(found), word, "{words}");
    };
    let not = "certainly-not";
    check("number=9990000018 born=1945-07-14", 1.0, "certain");
    check("number=9990000018", 0.9, "probable");
    check(
        "number=9990000018 born=1950-01-02 family=Hargreaves",
        0.5,
        "possible",
    );
    check(
        "number=9990000026 born=1945-07-14 family=Hargreaves given=Edna",
        0.0,
        not,
    );
    check("family=Hargreaves born=1945-07-14", 0.60, "possible");
    check(
        "family=HARGREAVES given=edna born=1945-07-14",
        0.75,
        "probable",
    );
    check(
        "family=Hargreaves given=Edna born=1945-07-14 postcode=zz999qx gender=female",
        0.95,
        "probable",
    );
    check(
        "family=Hargreaves given=Edna born=1945-07-14 gender=male",
        0.65,
        "possible",
    );
    check("family=Hargreaves given=Edna born=1945-14-07", 0.40, not);
    check(
        "family=Hargreaves given=Edna born=1945-07-15",
        0.60,
        "possible",
    );
    check(
        "family=Hargreeves given=Edna born=1945-07-14",
        0.68,
        "possible",
    );
    check(
        "family=Hargreaves given=E born=1945-07-14",
        0.70,
        "possible",
    );
    check(
        "family=Hargreaves given=Catherine born=1945-07-14",
        0.70,
        "possible",
    );
    check(
        "family=Hargreaves given=Katherine born=1945-07-14",
        0.50,
        "possible",
    );
    check(
        "family=Hargreaves given=Teddy born=1945-07-14",
        0.70,
        "possible",
    );
    check(
        "family=van_Dyke given=Edna born=1945-07-14",
        0.68,
        "possible",
    );
    check(
        "family=Dyke born=1945-07-14 gender=female",
        0.58,
        "possible",
    );
    check("family=Mary_van born=1945-07-14", 0.20, not);
    check(
        "family=Edna given=Hargreaves born=1945-07-14",
        0.63,
        "possible",
    );
    check(
        "family=Hargreaves born=1945-07-14 practice=oak01",
        0.65,
        "possible",
    );
    check(
        "family=Hargreaves born=1945-07-14 practice=MIL01",
        0.60,
        "possible",
    );
    check("family=Osei given=Paul born=1945-07-14", 0.10, not);
    check("family=Hargreaves postcode=ZZ99_1AA", 0.33, not);
    check("family=Hargreaves postcode=QQ1_1AA", 0.25, not);
    check("born=1945-07-14", 0.35, not);
    check("gender=female", 0.05, not);
    check("gender=male", 0.0, not);
}

#[test]
fn day_and_month_exchanged_are_near() {
    let mut held = edna();
    let (at, precision) = parse_fhir_date("1945-07-04").unwrap();
    held.birth_date = Some(When { at, precision });
    let found = score(
        &described("family=Hargreaves given=Edna born=1945-04-07"),
        &held,
        false,
    );
    assert!((found - 0.60).abs() < 1e-9, "{found}");
}

#[test]
fn an_identifier_of_the_asker_counts_as_much_as_a_date_of_birth() {
    let found = score(&described("born=1945-07-14"), &edna(), true);
    assert!((found - 0.70).abs() < 1e-9, "{found}");
}

#[test]
fn what_a_source_does_not_say_weighs_nothing() {
    let mut bare = edna();
    bare.birth_date = None;
    bare.addresses.clear();
    bare.gender = None;
    bare.given.clear();
    let words = "family=Hargreaves given=Edna born=1945-07-14 postcode=ZZ99_9QX gender=male";
    let found = score(&described(words), &bare, false);
    assert!((found - 0.25).abs() < 1e-9, "{found}");
}
