//! `/alerts`: looks at records that were reported to the privacy officer, and their answers.
//!
//! For any other role there is no such page.

use actix_web::http::header::LOCATION;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use tarn_access::{AccessError, Alert, AlertKind, Alerts, Disclosed, Door};
use tarn_model::Purpose;
use tarn_web::{Failure, NavLink, Posted, RealmSession, StaffSession, short_reference};
use uuid::Uuid;

use super::{TheDoor, failure, purpose};
use crate::banner::display_name;
use crate::dates;

/// Longest answer that is kept, in characters; the door cuts at the same length.
const LONGEST: usize = 2000;

/// `GET /alerts`
pub(crate) async fn show(
    staff: StaffSession,
    door: TheDoor,
    query: web::Query<Wanted>,
) -> Result<HttpResponse, Failure> {
    draw(&staff, &door, &query, None).await
}

/// `POST /alerts/acknowledge`
pub(crate) async fn acknowledge(
    posted: Posted<StaffSession, Answer>,
    door: TheDoor,
) -> Result<HttpResponse, Failure> {
    let Posted {
        session: staff,
        form,
    } = posted;
    let ctx = staff.context(purpose(staff.actor().role));
    match door.acknowledge_alert(&ctx, form.event, &form.note).await {
        Ok(()) => Ok(HttpResponse::SeeOther()
            .insert_header((LOCATION, "/alerts"))
            .finish()),
        Err(AccessError::Invalid { problem }) => {
            let mistake = Mistake {
                event: form.event,
                words: super::find::sentence(problem),
            };
            let wanted = Wanted {
                before: form.before.parse().ok(),
                ..Wanted::default()
            };
            draw(&staff, &door, &wanted, Some(mistake)).await
        }
        Err(error) => Err(failure(error)),
    }
}

/// Which alerts the address asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    list: String,
    before: Option<i64>,
}

impl Wanted {
    fn answered(&self) -> bool {
        self.list == "answered"
    }
}

/// What was typed under one alert.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Answer {
    event: Uuid,
    note: String,
    before: String,
}

/// A form that was sent without words.
struct Mistake {
    event: Uuid,
    words: String,
}

async fn draw(
    staff: &StaffSession,
    door: &Door,
    wanted: &Wanted,
    mistake: Option<Mistake>,
) -> Result<HttpResponse, Failure> {
    let ctx = staff.context(purpose(staff.actor().role));
    let answered = wanted.answered();
    let alerts = door
        .alerts(&ctx, answered, wanted.before)
        .await
        .map_err(failure)?;
    let page = staff
        .page("Alerts")
        .nav(vec![
            NavLink::new("/alerts", "Waiting").current_if(!answered),
            NavLink::new("/alerts?list=answered", "Answered").current_if(answered),
        ])
        .stylesheet("viewer.css");
    let page = match mistake {
        Some(_) => page.with_mistakes(),
        None => page,
    };
    page.body(&AlertsBody::new(staff.csrf(), &alerts, wanted, mistake))
}

#[derive(Template)]
#[template(path = "pages/alerts.html")]
struct AlertsBody {
    csrf: String,
    answered: bool,
    before: Option<i64>,
    older: Option<i64>,
    rows: Vec<AlertRow>,
    mistake: Option<Mistake>,
}

impl AlertsBody {
    fn new(
        csrf: &str,
        alerts: &Disclosed<Alerts>,
        wanted: &Wanted,
        mistake: Option<Mistake>,
    ) -> Self {
        Self::of(csrf, alerts, wanted, mistake)
    }

    fn of(csrf: &str, alerts: &Alerts, wanted: &Wanted, mistake: Option<Mistake>) -> Self {
        Self {
            csrf: csrf.to_owned(),
            answered: wanted.answered(),
            before: wanted.before,
            older: alerts.older,
            rows: alerts.entries.iter().map(AlertRow::of).collect(),
            mistake,
        }
    }

    fn mistake_of(&self, row: &AlertRow) -> Option<&str> {
        let mistake = self.mistake.as_ref()?;
        (mistake.event == row.event).then_some(mistake.words.as_str())
    }
}

/// One alert in words. There is no banner on a page about several people (PAB-0015); name and
/// number are never cut.
struct AlertRow {
    event: Uuid,
    title: &'static str,
    when: String,
    who: String,
    work: String,
    person: Option<PersonRow>,
    purpose: &'static str,
    basis: &'static str,
    reason: Option<String>,
    clause: Option<(String, String)>,
    reference: String,
    answer: Option<AnswerRow>,
}

struct PersonRow {
    name: String,
    born: String,
    nhs_number: String,
}

struct AnswerRow {
    at: String,
    who: String,
    note: String,
}

impl AlertRow {
    fn of(alert: &Alert) -> Self {
        let look = &alert.look;
        let role = look.role.title();
        Self {
            event: alert.event,
            title: title(look.alert, look.purpose),
            when: when(alert),
            who: look.who.clone(),
            work: match &look.organisation {
                Some((code, name)) if name.is_empty() => format!("{role}, {code}"),
                Some((_, name)) => format!("{role}, {name}"),
                None => role.to_owned(),
            },
            person: alert.person.as_ref().map(|said| PersonRow {
                name: display_name(said),
                born: said
                    .birth_date
                    .as_ref()
                    .map_or("Not known".to_owned(), dates::day),
                nhs_number: said
                    .nhs_number
                    .as_ref()
                    .map_or("Not known".to_owned(), tarn_web::nhs_number),
            }),
            purpose: look.purpose.title(),
            basis: basis(look.basis.as_deref().unwrap_or_default()),
            reason: look.reason.clone(),
            clause: look
                .clause
                .as_ref()
                .map(|clause| (clause.number.clone(), clause.text.clone())),
            reference: short_reference(alert.event),
            answer: alert.acknowledgement.as_ref().map(|answer| AnswerRow {
                at: dates::date_time(answer.at),
                who: match &answer.organisation {
                    Some(organisation) => format!("{}, {organisation}", answer.who),
                    None => answer.who.clone(),
                },
                note: answer.note.clone(),
            }),
        }
    }
}

/// Why it was reported, as the heading says it.
const fn title(kind: Option<AlertKind>, purpose: Purpose) -> &'static str {
    match (kind, purpose) {
        (Some(AlertKind::DespiteObjection), _) => "Opened although the person objects to sharing",
        (Some(AlertKind::ProtectedPlace), _) => {
            "Opened on their own word, though where the person lives is protected"
        }
        (Some(AlertKind::Emergency), _) => "Opened with emergency access",
        (Some(AlertKind::Clause) | None, Purpose::SafeguardingInquiry) => {
            "Opened to protect somebody from harm"
        }
        (Some(AlertKind::Clause) | None, _) => "Opened under a clause that reports each look",
    }
}

/// When it was, and how much: turning the pages of a record is one look.
fn when(alert: &Alert) -> String {
    let first = dates::date_time(alert.began_at);
    match alert.events {
        ..=1 => first,
        pages => format!(
            "{first} to {}, {pages}\u{a0}pages",
            dates::date_time(alert.look.at)
        ),
    }
}

/// What linked whoever looked with the person.
fn basis(word: &str) -> &'static str {
    match word {
        "registration" => "The person is registered with them.",
        "encounter" => "The person has a visit, a stay or an open case with them.",
        "appointment" => "The person has an appointment with them.",
        "referral" => "The person was referred to them.",
        "care-team" => "They are on the person’s care team.",
        "task" => "They have a task about the person.",
        "self-claimed" => "Nothing in the record links them. They opened it on their own word.",
        _ => "No link is recorded.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    fn alert() -> Alert {
        samples::alert(Uuid::from_u128(9))
    }

    fn html(alerts: Vec<Alert>, older: Option<i64>, mistake: Option<Mistake>) -> String {
        let alerts = Alerts {
            entries: alerts,
            older,
        };
        AlertsBody::of("secret", &alerts, &Wanted::default(), mistake)
            .render()
            .unwrap()
    }

    #[test]
    fn an_alert_says_who_when_why_whose_and_by_which_clause() {
        let html = html(vec![alert()], Some(7), None);
        for words in [
            "Opened with emergency access",
            "Dr Nadia Achterberg",
            "Out-of-hours doctor, Harrowmere Urgent Care",
            "on their own word",
            "Serious risk to their life or health: Breathless",
            "HARGREAVES, Edna (Mrs)",
            "999\u{a0}000\u{a0}0018",
            "Clause 4.2",
            "3\u{a0}pages",
            "/alerts?before=7",
        ] {
            assert!(html.contains(words), "{words} in {html}");
        }
        // PAB-0015, and no number in an address; where the person lives is no part of it.
        assert!(!html.contains("banner") && !html.contains("9990000018"));
        assert!(!html.contains("Wheelwright"));
    }

    #[test]
    fn none_waiting_is_said_in_plain_words() {
        let html = html(Vec::new(), None, None);
        assert!(html.contains("Nothing is waiting for you."), "{html}");
        assert!(!html.contains("<form"));
    }

    #[test]
    fn a_form_without_words_leads_back_to_its_own_alert() {
        let mistake = Mistake {
            event: alert().event,
            words: "Say in a few words what you found".to_owned(),
        };
        let other = samples::alert(Uuid::from_u128(10));
        let html = html(vec![other, alert()], None, Some(mistake));
        let field = format!("note-{}", alert().event);
        assert!(html.contains(&format!(r##"href="#{field}""##)), "{html}");
        assert_eq!(html.matches(r#"aria-invalid="true""#).count(), 1);
        assert!(html.contains("There is a problem"));
    }

    #[test]
    fn an_answered_alert_shows_the_answer_and_no_form() {
        let mut answered = alert();
        answered.acknowledgement = Some(tarn_access::Acknowledgement {
            at: samples::now(),
            who: "Ingrid Falkner".to_owned(),
            organisation: Some("St Brannoc’s Hospital".to_owned()),
            note: "On call that night; spoke with her.".to_owned(),
        });
        let html = html(vec![answered], None, None);
        assert!(html.contains("Ingrid Falkner, St Brannoc’s Hospital"));
        assert!(html.contains("On call that night; spoke with her."));
        assert!(!html.contains("<form"));
    }

    #[test]
    fn a_person_who_may_not_be_named_is_said_to_be() {
        let mut nameless = alert();
        nameless.person = None;
        let html = html(vec![nameless], None, None);
        assert!(html.contains("can’t be named here") && !html.contains("HARGREAVES"));
    }
}
