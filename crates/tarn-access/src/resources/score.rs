//! How well a person fits a description, as a number that can be worked out by hand.
//!
//! An NHS number with the same date of birth is certain. Everything else adds up: what is equal
//! weighs its whole weight, what is near a part of it, what contradicts takes away, and what one
//! side does not say weighs nothing.
//!
//! | member | equal | near | different |
//! |---|---|---|---|
//! | date of birth | 0.35 | 0.20 day and month exchanged, or one digit off | −0.20 |
//! | family name | 0.25 | 0.18 sounds alike or is written alike, or was the name before | −0.15 |
//! | first name | 0.15 | 0.10 likewise, an initial, another given name, or what they are called | −0.10 |
//! | postcode | 0.15 | 0.08 the same outward half | 0 (people move) |
//! | gender | 0.05 | | −0.10 |
//! | GP practice | 0.05 | | 0 (people move) |
//! | other identifier | 0.35 | | 0 |
//!
//! The sum is kept within 0 and 0.95: without an NHS number nobody is certain. An NHS number with
//! another date of birth is somebody else's or mistyped, and is worth 0.5 at most; one without a
//! date of birth to compare is worth 0.9. Two different NHS numbers are two people.
//!
//! Family name and first name the wrong way round count as near each. A table of pet names is not
//! used: what somebody is called stands in what their source says, and a table guesses.
//!
//! Decision 0010 says where the weights come from. `certain` is 1, `probable` from 0.75, `possible` from 0.5; less is not a match.

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
        + practices(query.practice.as_deref(), said).weight(0.05, 0.0, 0.0)
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

/// Whether what a source says is a name like this one: written or sounding alike.
pub(crate) fn is_a_similar_name(family: &str, given: Option<&str>, said: &Demographics) -> bool {
    let query = MatchQuery {
        family: Some(family.to_owned()),
        given: given.map(str::to_owned).into_iter().collect(),
        ..MatchQuery::default()
    };
    let (family, first) = names(&query, said);
    let fits = |likeness| matches!(likeness, Equal | Near);
    fits(family) && (given.is_none() || fits(first))
}

fn practices(asked: Option<&str>, said: &Demographics) -> Likeness {
    match (asked, &said.registered_gp) {
        (Some(asked), Some(held)) if asked.eq_ignore_ascii_case(held.as_str()) => Equal,
        (Some(_), Some(_)) => Different,
        (None, _) | (_, None) => Unsaid,
    }
}

/// Family name and first name.
fn names(query: &MatchQuery, said: &Demographics) -> (Likeness, Likeness) {
    let now = (family_name(query, said), first_name(query, said));
    let (Different, Different, Some(family), Some(first)) =
        (now.0, now.1, &query.family, query.given.first())
    else {
        return now;
    };
    let exchanged = alike(family, said.given.first().map_or("", String::as_str)) == Equal
        && alike(first, &said.family) == Equal;
    if exchanged { (Near, Near) } else { now }
}

fn family_name(query: &MatchQuery, said: &Demographics) -> Likeness {
    let Some(family) = query.family.as_ref().filter(|_| !said.family.is_empty()) else {
        return Unsaid;
    };
    let asked = fold_name(family);
    // "Given FAMILY": the family name is what such a name ends with.
    let before = |name: &String| !asked.is_empty() && ends_with_words(name, &asked);
    match alike(family, &said.family) {
        Different if said.former_names.iter().any(before) => Near,
        likeness => likeness,
    }
}

/// Whether the last words of a name, folded together, are this.
fn ends_with_words(name: &str, folded: &str) -> bool {
    let words: Vec<String> = name.split_whitespace().map(fold_name).collect();
    (0..words.len()).any(|from| words.iter().skip(from).cloned().collect::<String>() == folded)
}

fn first_name(query: &MatchQuery, said: &Demographics) -> Likeness {
    let (Some(asked), false) = (query.given.first(), said.given.is_empty()) else {
        return Unsaid;
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
    let mut others = held.chain(&said.preferred_name);
    match first {
        Equal | Near | Unsaid => first,
        Different if initial() => Near,
        Different if others.any(|name| alike(asked, name) == Equal) => Near,
        Different => Different,
    }
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
mod tests;
