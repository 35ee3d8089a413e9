//! How well a person fits a description, as a number that can be worked out by hand.
//!
//! An NHS number with the same date of birth is certain. Everything else adds up: what is equal
//! weighs its whole weight, what is near a part of it, what contradicts takes away, and what one
//! side does not say weighs nothing.
//!
//! | member | equal | near | different |
//! |---|---|---|---|
//! | date of birth | 0.35 | 0.20 day and month exchanged, or one digit off | −0.20 |
//! | family name | 0.25 | 0.18 sounds alike or is written alike | −0.15 |
//! | first name | 0.15 | 0.10 likewise, an initial, or another given name | −0.10 |
//! | postcode | 0.15 | 0.08 the same outward half | 0 (people move) |
//! | gender | 0.05 | | −0.10 |
//! | other identifier | 0.35 | | 0 |
//!
//! The sum is kept within 0 and 0.95: without an NHS number nobody is certain. An NHS number with
//! another date of birth is somebody else's or mistyped, and is worth 0.5 at most; one without a
//! date of birth to compare is worth 0.9. Two different NHS numbers are two people.
//!
//! `certain` is 1, `probable` from 0.75, `possible` from 0.5; less is not a match.

use rphonetic::{DoubleMetaphone, Encoder};
use tarn_model::{fold_name, parse_fhir_date};
use tarn_record::Demographics;

use crate::MatchQuery;

/// From here on a candidate is possible.
pub(super) const POSSIBLE: f64 = 0.5;
const PROBABLE: f64 = 0.75;
const CERTAIN: f64 = 1.0;
/// The most that a candidate reaches without an NHS number.
const WITHOUT_NUMBER: f64 = 0.95;
/// From here on two names are written alike (Jaro and Winkler).
const WRITTEN_ALIKE: f64 = 0.92;

/// The word of FHIR's match-grade.
pub(super) fn grade(score: f64) -> &'static str {
    if score >= CERTAIN {
        "certain"
    } else if score >= PROBABLE {
        "probable"
    } else if score >= POSSIBLE {
        "possible"
    } else {
        "certainly-not"
    }
}

/// How two values of one member compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Likeness {
    Equal,
    Near,
    Different,
    Unsaid,
}

use Likeness::{Different, Equal, Near, Unsaid};

impl Likeness {
    const fn weight(self, equal: f64, near: f64, different: f64) -> f64 {
        match self {
            Equal => equal,
            Near => near,
            Different => -different,
            Unsaid => 0.0,
        }
    }
}

/// How well what one source says of a person fits the description, from 0 to 1.
/// `other_identifier` says whether one of the description's other identifiers is the person's.
pub(super) fn score(query: &MatchQuery, said: &Demographics, other_identifier: bool) -> f64 {
    let birth = births(query.birth_date.as_deref(), said);
    let number = match (&query.nhs_number, said.nhs_number) {
        (Some(asked), Some(held)) if asked == held.as_str() => Equal,
        (Some(_), Some(_)) => Different,
        (None, _) | (_, None) => Unsaid,
    };
    match (number, birth) {
        (Equal, Equal) => return CERTAIN,
        (Equal, Unsaid) => return 0.9,
        (Different, _) => return 0.0,
        (Equal | Near | Unsaid, _) => {}
    }
    let names = names(query, said);
    let sum = birth.weight(0.35, 0.20, 0.20)
        + names.0.weight(0.25, 0.18, 0.15)
        + names.1.weight(0.15, 0.10, 0.10)
        + postcodes(&query.postcodes, &said.addresses).weight(0.15, 0.08, 0.0)
        + genders(query.gender.as_deref(), said.gender.as_deref()).weight(0.05, 0.0, 0.10)
        + if other_identifier { 0.35 } else { 0.0 };
    match number {
        Equal => POSSIBLE,
        Near | Different | Unsaid => sum.clamp(0.0, WITHOUT_NUMBER),
    }
}

fn births(asked: Option<&str>, said: &Demographics) -> Likeness {
    let asked = asked.and_then(parse_fhir_date);
    let (Some((asked, _)), Some(held)) = (asked, said.birth_date) else {
        return Unsaid;
    };
    let day = |at: tarn_model::Timestamp| at.to_utc().format("%Y%m%d").to_string();
    let (asked, held) = (day(asked), day(held.at));
    let digits_off = asked
        .bytes()
        .zip(held.bytes())
        .filter(|(one, other)| one != other)
        .count();
    let exchanged = || {
        let (Some(year), Some(month), Some(day)) =
            (asked.get(..4), asked.get(4..6), asked.get(6..))
        else {
            return false;
        };
        format!("{year}{day}{month}") == held
    };
    match digits_off {
        0 => Equal,
        1 => Near,
        _ if exchanged() => Near,
        _ => Different,
    }
}

/// Family name and first name.
fn names(query: &MatchQuery, said: &Demographics) -> (Likeness, Likeness) {
    let family = match &query.family {
        Some(family) if !said.family.is_empty() => alike(family, &said.family),
        Some(_) | None => Unsaid,
    };
    let (Some(asked), false) = (query.given.first(), said.given.is_empty()) else {
        return (family, Unsaid);
    };
    let mut held = said.given.iter();
    let first = held.next().map_or(Unsaid, |first| alike(asked, first));
    let initial = || {
        let (one, other) = (
            fold_name(asked),
            said.given.first().map(|name| fold_name(name)),
        );
        let other = other.unwrap_or_default();
        (one.chars().count() == 1 || other.chars().count() == 1)
            && one.chars().next() == other.chars().next()
    };
    let given = match first {
        Equal | Near | Unsaid => first,
        Different if initial() => Near,
        Different if held.any(|name| alike(asked, name) == Equal) => Near,
        Different => Different,
    };
    (family, given)
}

fn alike(asked: &str, held: &str) -> Likeness {
    let (asked, held) = (fold_name(asked), fold_name(held));
    if asked.is_empty() || held.is_empty() {
        return Unsaid;
    }
    if asked == held {
        return Equal;
    }
    let sound = |name: &str| DoubleMetaphone::default().encode(name);
    let written = strsim::jaro_winkler(&asked, &held) >= WRITTEN_ALIKE;
    if written || (sound(&asked) == sound(&held) && !sound(&asked).is_empty()) {
        Near
    } else {
        Different
    }
}

fn postcodes(asked: &[String], addresses: &[String]) -> Likeness {
    let plain = |text: &str| -> String {
        let kept = text.chars().filter(char::is_ascii_alphanumeric);
        kept.map(|c| c.to_ascii_uppercase()).collect()
    };
    let asked: Vec<String> = asked.iter().map(|code| plain(code)).collect();
    let asked = || asked.iter().filter(|code| code.len() >= 5);
    if asked().next().is_none() || addresses.is_empty() {
        return Unsaid;
    }
    // An address is kept as one text; its words are joined two and two to find a postcode.
    let held: Vec<String> = addresses
        .iter()
        .flat_map(|address| {
            let words: Vec<String> = address
                .split(|c: char| c.is_whitespace() || c == ',')
                .map(&plain)
                .filter(|word| !word.is_empty())
                .collect();
            let pairs = words.iter().zip(words.iter().skip(1));
            let joined: Vec<String> = pairs.map(|(one, other)| format!("{one}{other}")).collect();
            joined.into_iter().chain(words)
        })
        .collect();
    let outward = |code: &str| {
        code.len()
            .checked_sub(3)
            .and_then(|end| code.get(..end).map(str::to_owned))
    };
    if asked().any(|code| held.contains(code)) {
        Equal
    } else if asked()
        .filter_map(|code| outward(code))
        .any(|half| held.contains(&half))
    {
        Near
    } else {
        Different
    }
}

fn genders(asked: Option<&str>, held: Option<&str>) -> Likeness {
    match (asked, held) {
        (Some(asked), Some(held)) if asked == held => Equal,
        (Some("male" | "female"), Some("male" | "female")) => Different,
        _ => Unsaid,
    }
}

#[cfg(test)]
mod tests {
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
            preferred_name: None,
            former_names: Vec::new(),
            gender: Some("female".into()),
            birth_date: Some(When { at, precision }),
            died: None,
            addresses: vec!["3 Wheelwright Row, Harrowmere, ZZ99 9QX".into()],
            contacts: Vec::new(),
            registered_gp: None,
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
}
