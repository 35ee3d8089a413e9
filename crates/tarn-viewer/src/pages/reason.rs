//! `/people/{person}/reason` and `/people/{person}/emergency`: opening a record that nothing in
//! it links the reader with.
//!
//! Neither page reads the record first, so neither has a banner: they look the same for every
//! address.

use actix_web::http::header::LOCATION;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use tarn_access::Door;
use tarn_model::{PersonId, Purpose, Role};
use tarn_web::{Failure, Posted, RealmSession, StaffSession};

use super::{Reasons, TheDoor, person_of, purpose};
use crate::dates;
use crate::reasons::{GivenReason, HOLDS_SECONDS};

/// Longest text that is kept with a reason, in characters.
const LONGEST: usize = 500;

/// `POST /people/{person}/reason`
pub(crate) async fn give(
    posted: Posted<StaffSession, ReasonForm>,
    door: Option<TheDoor>,
    reasons: Reasons,
    path: web::Path<String>,
) -> Result<HttpResponse, Failure> {
    let asked = Asked::usual(posted.session.actor().role, behind(&door));
    keep(asked, posted, &reasons, &path)
}

/// `GET /people/{person}/emergency`
pub(crate) async fn emergency(
    staff: StaffSession,
    door: Option<TheDoor>,
    path: web::Path<String>,
) -> Result<HttpResponse, Failure> {
    let asked = Asked::in_emergency(staff.actor().role, behind(&door));
    draw(
        &staff,
        asked,
        person_of(&path)?,
        ReasonForm::default(),
        Vec::new(),
    )
}

/// `POST /people/{person}/emergency`
pub(crate) async fn open_in_emergency(
    posted: Posted<StaffSession, ReasonForm>,
    door: Option<TheDoor>,
    reasons: Reasons,
    path: web::Path<String>,
) -> Result<HttpResponse, Failure> {
    let role = posted.session.actor().role;
    let asked = Asked::in_emergency(role, behind(&door));
    keep(asked, posted, &reasons, &path)
}

/// The page that asks for a reason, in place of the record.
pub(crate) fn ask(
    staff: &StaffSession,
    door: &Door,
    person: PersonId,
) -> Result<HttpResponse, Failure> {
    let asked = Asked::usual(staff.actor().role, Some(door));
    draw(staff, asked, person, ReasonForm::default(), Vec::new())
}

fn behind(door: &Option<TheDoor>) -> Option<&Door> {
    door.as_ref().map(|door| door.get_ref().as_ref())
}

/// Which page it is, and what opening the record then comes to: worked out from the reader's role
/// alone.
#[derive(Debug, Clone, Copy)]
struct Asked {
    kind: Kind,
    what_for: Purpose,
    /// Whether the privacy officer is told.
    reported: bool,
}

impl Asked {
    fn usual(role: Role, door: Option<&Door>) -> Self {
        Self::of(Kind::Reason, role, purpose(role), door)
    }

    /// Where the agreement gives a role no emergency clause, the reason counts for the role's own
    /// purpose: pressing the button must never show less than not pressing it.
    fn in_emergency(role: Role, door: Option<&Door>) -> Self {
        let named =
            door.is_some_and(|door| door.agreement().names_purpose(role, Purpose::Emergency));
        let what_for = if named {
            Purpose::Emergency
        } else {
            purpose(role)
        };
        Self::of(Kind::Emergency, role, what_for, door)
    }

    fn of(kind: Kind, role: Role, what_for: Purpose, door: Option<&Door>) -> Self {
        Self {
            kind,
            what_for,
            reported: door.is_some_and(|door| door.agreement().alerts_for(role, what_for)),
        }
    }
}

/// What was chosen and typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ReasonForm {
    why: String,
    words: String,
}

/// Which of the two pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Reason,
    Emergency,
}

impl Kind {
    /// The reasons to choose from: word of the form, words of the page and the audit row.
    const fn choices(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Reason => &[
                ("present", "The person is with me, or has called me"),
                (
                    "asked",
                    "Another professional asked me to see or advise them",
                ),
                ("arranging", "I am planning or arranging their care"),
                ("other", "Something else"),
            ],
            Self::Emergency => &[
                (
                    "cannot-speak",
                    "They can’t speak for themselves, and treatment can’t wait",
                ),
                ("serious-risk", "Serious risk to their life or health"),
                ("risk-to-others", "Serious risk to somebody else"),
            ],
        }
    }

    const fn address(self) -> &'static str {
        match self {
            Self::Reason => "reason",
            Self::Emergency => "emergency",
        }
    }
}

fn keep(
    asked: Asked,
    posted: Posted<StaffSession, ReasonForm>,
    reasons: &Reasons,
    path: &str,
) -> Result<HttpResponse, Failure> {
    let person = person_of(path)?;
    let kind = asked.kind;
    let Posted {
        session: staff,
        form,
    } = posted;
    let chosen = kind.choices().iter().find(|(word, _)| *word == form.why);
    let typed: String = form.words.trim().chars().take(LONGEST).collect();
    let mistakes = mistakes(kind, chosen.is_some(), &form.why, &typed);
    let Some((_, words)) = chosen.filter(|_| mistakes.is_empty()) else {
        return draw(&staff, asked, person, form, mistakes);
    };
    let given = GivenReason {
        purpose: asked.what_for,
        words: if typed.is_empty() {
            (*words).to_owned()
        } else {
            format!("{words}: {typed}")
        },
        at: staff.signed_in().at,
    };
    reasons.keep(staff.csrf(), person, given);
    Ok(HttpResponse::SeeOther()
        .insert_header((LOCATION, format!("/people/{person}")))
        .finish())
}

fn mistakes(
    kind: Kind,
    is_chosen: bool,
    why: &str,
    typed: &str,
) -> Vec<(&'static str, &'static str)> {
    let mut mistakes = Vec::new();
    if !is_chosen {
        mistakes.push(("why", "Choose why you need this record"));
    }
    if typed.chars().count() < 3 && (kind == Kind::Emergency || why == "other") {
        mistakes.push(("words", "Say in a few words what is happening"));
    }
    mistakes
}

fn draw(
    staff: &StaffSession,
    asked: Asked,
    person: PersonId,
    form: ReasonForm,
    mistakes: Vec<(&'static str, &'static str)>,
) -> Result<HttpResponse, Failure> {
    let kind = asked.kind;
    let title = match kind {
        Kind::Reason => "Why do you need this record?",
        Kind::Emergency => "Open with emergency access?",
    };
    let page = staff.page(title).stylesheet("viewer.css").single_message();
    let page = if mistakes.is_empty() {
        page.status(status(kind))
    } else {
        page.with_mistakes()
    };
    page.body(&ReasonBody {
        csrf: staff.csrf().to_owned(),
        title,
        kind,
        reported: asked.reported,
        person,
        until: dates::time(staff.signed_in().at.plus_seconds(HOLDS_SECONDS)),
        form,
        mistakes,
    })
}

/// The question stands in the place of a record that was not shown: 403. The emergency page is a
/// page of its own: 200.
const fn status(kind: Kind) -> u16 {
    match kind {
        Kind::Reason => 403,
        Kind::Emergency => 200,
    }
}

#[derive(Template)]
#[template(path = "pages/reason.html")]
struct ReasonBody {
    csrf: String,
    title: &'static str,
    kind: Kind,
    reported: bool,
    person: PersonId,
    until: String,
    form: ReasonForm,
    mistakes: Vec<(&'static str, &'static str)>,
}

impl ReasonBody {
    fn mistake(&self, field: &str) -> Option<&'static str> {
        self.mistakes
            .iter()
            .find(|(of, _)| *of == field)
            .map(|(_, words)| *words)
    }

    fn first_choice(&self) -> &'static str {
        self.kind.choices().first().map_or("", |(word, _)| *word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(kind: Kind, mistakes: Vec<(&'static str, &'static str)>) -> String {
        let body = ReasonBody {
            csrf: "secret".to_owned(),
            title: "A title",
            kind,
            reported: kind == Kind::Emergency,
            person: PersonId::DIRECTORY,
            until: "11:04".to_owned(),
            form: ReasonForm::default(),
            mistakes,
        };
        body.render().unwrap()
    }

    #[test]
    fn the_way_back_comes_first_and_nothing_is_chosen() {
        for kind in [Kind::Reason, Kind::Emergency] {
            let html = body(kind, Vec::new());
            let back = html.find("without opening anything").unwrap();
            assert!(back < html.find("<h1").unwrap());
            assert!(
                !html.contains(" checked"),
                "nothing is chosen before the reader chooses"
            );
            assert!(html.contains(&format!(
                "/people/{}/{}",
                PersonId::DIRECTORY,
                kind.address()
            )));
            assert!(!html.contains("banner"));
        }
        let emergency = body(Kind::Emergency, Vec::new());
        assert!(emergency.contains("Open for 60 minutes"));
        assert!(emergency.contains("The privacy officer is told"));
        assert!(!body(Kind::Reason, Vec::new()).contains("privacy officer"));
    }

    #[test]
    fn an_emergency_needs_words_and_another_reason_needs_them_too() {
        let check = |kind, is_chosen, why, typed, expected: usize| {
            assert_eq!(
                mistakes(kind, is_chosen, why, typed).len(),
                expected,
                "{why} {typed}"
            );
        };
        check(Kind::Reason, false, "", "", 1);
        check(Kind::Reason, true, "present", "", 0);
        check(Kind::Reason, true, "other", "", 1);
        check(Kind::Emergency, true, "serious-risk", "", 1);
        check(
            Kind::Emergency,
            true,
            "serious-risk",
            "Breathless, alone",
            0,
        );
        check(Kind::Emergency, false, "made-up", "", 2);
        let html = body(Kind::Emergency, mistakes(Kind::Emergency, false, "", ""));
        assert!(html.contains("There is a problem") && html.contains(r##"href="#words""##));
    }
}
