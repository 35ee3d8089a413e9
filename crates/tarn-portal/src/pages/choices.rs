use std::sync::Arc;

use actix_web::http::header::LOCATION;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use tarn_access::{AccessError, Choices, Directive, Door, Preview};
use tarn_model::{ErrorKind, Precision, Purpose};
use tarn_web::{CitizenSession, Failure, Posted, RealmSession, citizen_date, citizen_date_time};

use crate::choice::{Change, LOOKS, allergies, changes, consequence, look};
use crate::{Place, page, refusal, words};

/// `GET /choices`: the choice today, what it does, and how it was before.
pub(crate) async fn show(
    session: CitizenSession,
    door: web::Data<Arc<Door>>,
) -> Result<HttpResponse, Failure> {
    let ctx = session.context(Purpose::SubjectAccess);
    match door.choices(&ctx).await {
        Ok(choices) => {
            page(&session, "My choices", Place::Choices).body(&ChoicesBody::of(&choices))
        }
        Err(error) => refusal::reply(&session, Place::Choices, &error),
    }
}

#[derive(Deserialize)]
pub(crate) struct ChangeQuery {
    #[serde(default, rename = "as")]
    look: String,
}

/// `GET /choices/change?as=…`: what would change, through the eyes of a role. Nothing is changed.
pub(crate) async fn change(
    session: CitizenSession,
    door: web::Data<Arc<Door>>,
    query: web::Query<ChangeQuery>,
) -> Result<HttpResponse, Failure> {
    let ctx = session.context(Purpose::SubjectAccess);
    let asked = async {
        let choices = door.choices(&ctx).await?;
        let preview = door.preview_choice(&ctx, look(&query.look)).await?;
        Ok::<_, AccessError>((choices, preview))
    };
    match asked.await {
        Ok((choices, preview)) => page(&session, "See what they’d see", Place::Choices)
            .body(&ChangeBody::of(choices.sharing, &preview)),
        Err(error) => refusal::reply(&session, Place::Choices, &error),
    }
}

#[derive(Deserialize)]
pub(crate) struct CheckQuery {
    #[serde(default)]
    read: String,
}

/// `GET /choices/check`: the answers, before they are saved. Nothing is changed.
pub(crate) async fn check(
    session: CitizenSession,
    door: web::Data<Arc<Door>>,
    query: web::Query<CheckQuery>,
) -> Result<HttpResponse, Failure> {
    let ctx = session.context(Purpose::SubjectAccess);
    match door.choices(&ctx).await {
        Ok(choices) => {
            let body = CheckBody {
                share: !choices.sharing,
                read: query.read == "yes",
                csrf: session.csrf().to_owned(),
            };
            page(&session, "Check your answer", Place::Choices).body(&body)
        }
        Err(error) => refusal::reply(&session, Place::Choices, &error),
    }
}

#[derive(Deserialize)]
pub(crate) struct ConfirmForm {
    share: String,
    #[serde(default)]
    read: String,
}

/// `POST /choices/confirm`: saves the choice. It holds from the next request on.
pub(crate) async fn confirm(
    posted: Posted<CitizenSession, ConfirmForm>,
    door: web::Data<Arc<Door>>,
) -> Result<HttpResponse, Failure> {
    let session = &posted.session;
    let share = match posted.form.share.as_str() {
        "yes" => true,
        "no" => false,
        _ => return Err(Failure::of(ErrorKind::Invalid)),
    };
    let reading = session.context(Purpose::SubjectAccess);
    let choosing = session.context(Purpose::ChoiceRecording);
    let saved = async {
        // A page left open in another window could ask for what already holds.
        if door.choices(&reading).await?.sharing != share {
            door.choose(&choosing, share, posted.form.read == "yes")
                .await?;
        }
        Ok::<_, AccessError>(())
    };
    match saved.await {
        Ok(()) => Ok(HttpResponse::SeeOther()
            .insert_header((LOCATION, "/choices/done"))
            .finish()),
        Err(error) => refusal::reply(session, Place::Choices, &error),
    }
}

/// `GET /choices/done`: the choice that holds, its reference, and the way back.
pub(crate) async fn done(
    session: CitizenSession,
    door: web::Data<Arc<Door>>,
) -> Result<HttpResponse, Failure> {
    let ctx = session.context(Purpose::SubjectAccess);
    match door.choices(&ctx).await {
        Ok(choices) => match latest(&choices) {
            Some(latest) => {
                page(&session, "Your choice is saved", Place::Choices).body(&DoneBody {
                    sharing: choices.sharing,
                    choice: Past::of(latest),
                })
            }
            None => Ok(HttpResponse::SeeOther()
                .insert_header((LOCATION, "/choices"))
                .finish()),
        },
        Err(error) => refusal::reply(&session, Place::Choices, &error),
    }
}

/// One choice of the history, in words.
pub(crate) struct Past {
    pub(crate) words: &'static str,
    pub(crate) saved: String,
    pub(crate) from: String,
    pub(crate) channel: &'static str,
    pub(crate) reference: String,
}

impl Past {
    /// A directive of the register.
    pub(crate) fn of(directive: &Directive) -> Self {
        Self {
            words: match (directive.in_error, directive.decision.word()) {
                (true, _) => "Entered by mistake, without effect",
                (false, "object") => "Don’t share my record",
                (false, _) => "Share my record",
            },
            saved: citizen_date(directive.recorded_at, Precision::Time),
            from: citizen_date_time(directive.effective_from),
            channel: match directive.channel.word() {
                "portal" => "Here, online",
                "telephone" => "By telephone",
                "paper" => "On paper",
                _ => "Sent by another service",
            },
            reference: directive.reference.clone(),
        }
    }
}

/// The choices about sharing through this record, newest first. The register also keeps what
/// other schemes sent; those are not this choice.
fn of_this_record(choices: &Choices) -> impl Iterator<Item = &Directive> {
    choices
        .history
        .iter()
        .filter(|directive| directive.kind.word() == "local-objection")
}

/// The latest of them that was not a mistake.
pub(crate) fn latest(choices: &Choices) -> Option<&Directive> {
    of_this_record(choices).find(|directive| !directive.in_error)
}

#[derive(Template)]
#[template(path = "choices.html")]
pub(crate) struct ChoicesBody {
    sharing: bool,
    latest: Option<Past>,
    history: Vec<Past>,
}

impl ChoicesBody {
    pub(crate) fn of(choices: &Choices) -> Self {
        Self {
            sharing: choices.sharing,
            latest: latest(choices).map(Past::of),
            history: of_this_record(choices).map(Past::of).collect(),
        }
    }
}

#[derive(Template)]
#[template(path = "choice_change.html")]
pub(crate) struct ChangeBody {
    sharing: bool,
    somebody: &'static str,
    looks: Vec<(&'static str, &'static str, bool)>,
    changes: Vec<Change>,
    consequence: Option<String>,
    allergies: Option<String>,
    not_answering: Vec<String>,
}

impl ChangeBody {
    pub(crate) fn of(sharing: bool, preview: &Preview) -> Self {
        Self {
            sharing,
            somebody: words::somebody(preview.role),
            looks: LOOKS
                .iter()
                .map(|(role, name)| (role.word(), *name, *role == preview.role))
                .collect(),
            changes: changes(preview, sharing),
            consequence: consequence(preview, sharing),
            allergies: allergies(preview, sharing),
            not_answering: preview.not_answering.clone(),
        }
    }

    /// `"an A&E doctor"`, inside a sentence.
    fn somebody_within(&self) -> String {
        let mut letters = self.somebody.chars();
        letters.next().map_or_else(String::new, |first| {
            first.to_lowercase().chain(letters).collect()
        })
    }
}

#[derive(Template)]
#[template(path = "choice_check.html")]
pub(crate) struct CheckBody {
    pub(crate) share: bool,
    pub(crate) read: bool,
    pub(crate) csrf: String,
}

#[derive(Template)]
#[template(path = "choice_done.html")]
pub(crate) struct DoneBody {
    pub(crate) sharing: bool,
    pub(crate) choice: Past,
}
