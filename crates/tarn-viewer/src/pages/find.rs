//! `/`: find a person, by NHS number or by name and date of birth.
//!
//! Searches are sent by POST, so that nothing personal stands in an address.

use actix_web::HttpResponse;
use actix_web::http::header::LOCATION;
use askama::Template;
use serde::Deserialize;
use tarn_access::{AccessError, Candidate, Disclosed, PersonQuery};
use tarn_model::{NhsNumber, NhsNumberError, PersonId, Role, parse_fhir_date};
use tarn_web::{Failure, Posted, RealmSession, StaffSession};

use super::{TheDoor, failure, purpose};
use crate::banner::{display_name, gender};
use crate::dates;

/// `GET /`
///
/// A privacy officer has nobody to find: they land on what was reported to them, where the
/// agreement lets them read it.
pub(crate) async fn show(
    staff: StaffSession,
    door: Option<TheDoor>,
) -> Result<HttpResponse, Failure> {
    let role = staff.actor().role;
    let names = |door: TheDoor| door.agreement().names_purpose(role, purpose(role));
    if role == Role::PrivacyOfficer && door.is_some_and(names) {
        return Ok(HttpResponse::SeeOther()
            .insert_header((LOCATION, "/alerts"))
            .finish());
    }
    draw_form(&staff, Search::default(), Vec::new())
}

/// `POST /find`
pub(crate) async fn find(
    posted: Posted<StaffSession, Search>,
    door: TheDoor,
) -> Result<HttpResponse, Failure> {
    let Posted {
        session: staff,
        form,
    } = posted;
    let query = match form.query() {
        Ok(query) => query,
        Err(mistakes) => return draw_form(&staff, form, mistakes),
    };
    let ctx = staff.context(purpose(staff.actor().role));
    match door.find(&ctx, &query).await {
        Ok(found) => staff
            .page("People found")
            .stylesheet("viewer.css")
            .body(&FoundBody {
                people: people(&found),
            }),
        Err(AccessError::Invalid { problem }) => {
            let field = if form.by_name { "family" } else { "nhs-number" };
            draw_form(
                &staff,
                form,
                vec![Mistake {
                    field,
                    words: sentence(problem),
                }],
            )
        }
        Err(error) => Err(failure(error)),
    }
}

/// What was typed. Everything may be missing or hostile.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Search {
    by_name: bool,
    nhs_number: String,
    family: String,
    given: String,
    birth_day: String,
    birth_month: String,
    birth_year: String,
}

/// A mistake in one field: its id and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mistake {
    field: &'static str,
    words: String,
}

impl Search {
    fn query(&self) -> Result<PersonQuery, Vec<Mistake>> {
        if self.by_name {
            self.name_and_birth()
        } else {
            self.number()
        }
    }

    fn number(&self) -> Result<PersonQuery, Vec<Mistake>> {
        let typed = self.nhs_number.trim();
        let words = match typed.parse::<NhsNumber>() {
            Ok(number) => return Ok(PersonQuery::NhsNumber(number)),
            Err(_) if typed.is_empty() => "Enter an NHS number".to_owned(),
            Err(NhsNumberError::NotDigits) => {
                "NHS number can have only digits, spaces and dashes".to_owned()
            }
            Err(NhsNumberError::WrongLength { found }) => {
                format!("NHS number must have 10 digits. You gave {found}.")
            }
            Err(NhsNumberError::WrongCheckDigit) => {
                "Check the NHS number. One or more digits are mistyped.".to_owned()
            }
        };
        Err(vec![Mistake {
            field: "nhs-number",
            words,
        }])
    }

    fn name_and_birth(&self) -> Result<PersonQuery, Vec<Mistake>> {
        let mut mistakes = Vec::new();
        let family = self.family.trim().to_owned();
        if family.is_empty() {
            mistakes.push(Mistake {
                field: "family",
                words: "Enter a family name".to_owned(),
            });
        }
        let born = birth_date(&self.birth_day, &self.birth_month, &self.birth_year);
        if born.is_none() {
            let words =
                "Date of birth must be a real date, like 14 7 1945 or 14 Jul 1945".to_owned();
            mistakes.push(Mistake {
                field: "birth-day",
                words,
            });
        }
        let given = Some(self.given.trim().to_owned()).filter(|given| !given.is_empty());
        match born {
            Some(birth_date) if mistakes.is_empty() => Ok(PersonQuery::NameAndBirth {
                family,
                given,
                birth_date,
            }),
            _ => Err(mistakes),
        }
    }
}

/// The first page, as typed, with its mistakes.
fn draw_form(
    staff: &StaffSession,
    search: Search,
    mistakes: Vec<Mistake>,
) -> Result<HttpResponse, Failure> {
    let page = staff.page("Find a person").stylesheet("viewer.css");
    let page = if mistakes.is_empty() {
        page
    } else {
        page.with_mistakes()
    };
    page.body(&FindBody {
        csrf: staff.csrf().to_owned(),
        search,
        mistakes,
    })
}

#[derive(Template)]
#[template(path = "pages/find.html")]
struct FindBody {
    csrf: String,
    search: Search,
    mistakes: Vec<Mistake>,
}

impl FindBody {
    fn mistake(&self, field: &str) -> Option<&str> {
        self.mistakes
            .iter()
            .find(|mistake| mistake.field == field)
            .map(|mistake| mistake.words.as_str())
    }
}

#[derive(Template)]
#[template(path = "pages/found.html")]
struct FoundBody {
    people: Vec<FoundRow>,
}

impl FoundBody {
    fn count(&self) -> String {
        let number = i64::try_from(self.people.len()).unwrap_or(i64::MAX);
        tarn_web::count(number, "person", "people")
    }
}

/// One person of the list: name and NHS number are never cut (PAL-0590). There is no banner on a
/// page about several people (PAB-0015).
struct FoundRow {
    person: PersonId,
    name: String,
    preferred: Option<String>,
    born: String,
    gender: String,
    nhs_number: String,
    address: String,
    needs_reason: bool,
}

fn people(found: &Disclosed<Vec<Candidate>>) -> Vec<FoundRow> {
    let mut rows: Vec<FoundRow> = found.iter().map(found_row).collect();
    rows.sort_by(|a, b| (&a.name, &a.born, &a.person).cmp(&(&b.name, &b.born, &b.person)));
    rows
}

fn found_row(candidate: &Candidate) -> FoundRow {
    let said = &candidate.demographics;
    FoundRow {
        person: candidate.person,
        name: display_name(said),
        preferred: said.preferred_name.clone(),
        born: said
            .birth_date
            .as_ref()
            .map_or("Not known".to_owned(), dates::day),
        gender: gender(said.gender.as_deref()),
        nhs_number: said
            .nhs_number
            .as_ref()
            .map_or("Not known".to_owned(), tarn_web::nhs_number),
        address: match (candidate.location_protected, said.addresses.first()) {
            (true, _) => "Address protected".to_owned(),
            (false, Some(address)) => address.clone(),
            (false, None) => "Not known".to_owned(),
        },
        needs_reason: candidate.needs_reason,
    }
}

/// Reads a date of birth; the month may be a number or its English name.
fn birth_date(day: &str, month: &str, year: &str) -> Option<tarn_model::Timestamp> {
    const MONTHS: [&str; 12] = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ];
    let month = month.trim().to_lowercase();
    let month: usize = match month.parse() {
        Ok(number) => number,
        Err(_) => {
            let short: String = month.chars().take(3).collect();
            MONTHS.iter().position(|name| *name == short)? + 1
        }
    };
    let day: u32 = day.trim().parse().ok()?;
    let year = year.trim();
    if year.len() != 4 {
        return None;
    }
    parse_fhir_date(&format!("{year}-{month:02}-{day:02}")).map(|(at, _)| at)
}

/// The door's words as a sentence: first letter large.
pub(super) fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistakes(search: &Search) -> Vec<String> {
        let found = search.query().err().unwrap_or_default();
        found.into_iter().map(|mistake| mistake.words).collect()
    }

    #[test]
    fn num_0010_to_0018_the_number_is_taken_as_typed_and_each_mistake_has_its_words() {
        let check = |typed: &str, words: Option<&str>| {
            let search = Search {
                nhs_number: typed.to_owned(),
                ..Search::default()
            };
            assert_eq!(
                mistakes(&search).first().map(String::as_str),
                words,
                "{typed}"
            );
        };
        check("999 000 0018", None);
        check(" 999-000-0018 ", None);
        check("9990000018", None);
        check("", Some("Enter an NHS number"));
        check(
            "999 041 872",
            Some("NHS number must have 10 digits. You gave 9."),
        );
        check(
            "999 000 0019",
            Some("Check the NHS number. One or more digits are mistyped."),
        );
        check(
            "QQ 12 34 56 C",
            Some("NHS number can have only digits, spaces and dashes"),
        );
    }

    #[test]
    fn a_name_needs_a_date_of_birth_and_a_date_may_be_written_in_words() {
        let search = |family: &str, day: &str, month: &str, year: &str| Search {
            by_name: true,
            family: family.to_owned(),
            birth_day: day.to_owned(),
            birth_month: month.to_owned(),
            birth_year: year.to_owned(),
            ..Search::default()
        };
        assert_eq!(mistakes(&search("", "", "", "")).len(), 2);
        assert_eq!(mistakes(&search("Hargreaves", "31", "2", "1945")).len(), 1);
        assert_eq!(mistakes(&search("Hargreaves", "14", "7", "45")).len(), 1);
        for month in ["7", "07", "Jul", "july"] {
            assert!(
                search("Hargreaves", "14", month, "1945").query().is_ok(),
                "{month}"
            );
        }
    }

    #[test]
    fn the_form_keeps_what_was_typed_and_leads_to_the_mistake() {
        let search = Search {
            nhs_number: "999 041 872".to_owned(),
            ..Search::default()
        };
        let mistakes = search.query().err().unwrap();
        let html = FindBody {
            csrf: "secret".to_owned(),
            search,
            mistakes,
        }
        .render()
        .unwrap();
        assert!(
            html.contains(r##"href="#nhs-number""##) && html.contains(r#"value="999 041 872""#)
        );
        assert!(html.contains("There is a problem") && html.contains("You gave 9."));
        assert!(html.contains(r#"aria-describedby="nhs-number-hint nhs-number-mistake""#));
    }

    #[test]
    fn pab_0015_a_list_of_people_has_no_banner_and_no_number_in_an_address() {
        let candidate = Candidate {
            person: PersonId::new(uuid::Uuid::from_u128(5)),
            demographics: crate::samples::edie(),
            location_protected: true,
            needs_reason: true,
        };
        let html = FoundBody {
            people: vec![found_row(&candidate)],
        }
        .render()
        .unwrap();
        assert!(!html.contains("banner") && html.contains("HARGREAVES, Edna (Mrs)"));
        assert!(html.contains("Address protected") && !html.contains("Wheelwright"));
        assert!(html.contains("999\u{a0}000\u{a0}0018") && !html.contains("9990000018"));
        let none = FoundBody { people: Vec::new() }.render().unwrap();
        assert!(none.contains("looks the same whether or not"));
    }
}
