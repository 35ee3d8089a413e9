use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse, ResponseError, web};
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use tarn_model::{Actor, ErrorKind, Purpose, Realm, RequestContext, Timestamp};
use uuid::Uuid;

use crate::shell::{PageBuilder, Shell};
use crate::sign_in::Session;
use crate::{Failure, Web, own_path};

/// A signed-in member of staff. As a handler's argument it lets nobody else in.
pub struct StaffSession(SignedIn);

/// A signed-in citizen. As a handler's argument it lets nobody else in.
pub struct CitizenSession(SignedIn);

/// A session of one realm, with the request it came with.
pub struct SignedIn {
    /// The session.
    pub session: Session,
    /// When this request came.
    pub at: Timestamp,
    /// Id of this request.
    pub request_id: Uuid,
    shell: Shell,
}

/// A kind of session that can stand as a handler's argument.
pub trait RealmSession: Sized + 'static {
    /// Who may come in.
    const REALM: Realm;

    /// Wraps a session of that realm.
    fn wrap(signed_in: SignedIn) -> Self;

    /// What was wrapped.
    fn signed_in(&self) -> &SignedIn;

    /// The person.
    fn actor(&self) -> &Actor {
        &self.signed_in().session.actor
    }

    /// Who asks, why and when: the first argument of every call on the door.
    fn context(&self, purpose: Purpose) -> RequestContext {
        RequestContext {
            actor: self.actor().clone(),
            purpose,
            reason: None,
            at: self.signed_in().at,
            request_id: self.signed_in().request_id,
        }
    }

    /// The same, with the reason the asker gave.
    fn context_because(&self, purpose: Purpose, reason: &str) -> RequestContext {
        RequestContext {
            reason: Some(reason.to_owned()),
            ..self.context(purpose)
        }
    }

    /// The secret for the hidden `csrf` field of this session's forms.
    fn csrf(&self) -> &str {
        &self.signed_in().session.csrf_token
    }

    /// Begins a page with this title.
    fn page(&self, title: &str) -> PageBuilder {
        self.signed_in().shell.page(title)
    }
}

impl RealmSession for StaffSession {
    const REALM: Realm = Realm::Staff;

    fn wrap(signed_in: SignedIn) -> Self {
        Self(signed_in)
    }

    fn signed_in(&self) -> &SignedIn {
        &self.0
    }
}

impl RealmSession for CitizenSession {
    const REALM: Realm = Realm::Citizen;

    fn wrap(signed_in: SignedIn) -> Self {
        Self(signed_in)
    }

    fn signed_in(&self) -> &SignedIn {
        &self.0
    }
}

impl FromRequest for StaffSession {
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Self::Error>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { resolve::<Self>(&request).await })
    }
}

impl FromRequest for CitizenSession {
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Self::Error>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { resolve::<Self>(&request).await })
    }
}

/// A form that one of this session's own pages sent: its `csrf` field has been compared with the
/// session's secret before the handler sees anything.
///
/// A handler of an unsafe method takes this and not `web::Form`.
pub struct Posted<S, T> {
    /// The session.
    pub session: S,
    /// The form's other fields.
    pub form: T,
}

/// Longest form, in bytes.
const FORM_LIMIT_BYTES: usize = 64 * 1024;

impl<S, T> FromRequest for Posted<S, T>
where
    S: RealmSession,
    T: DeserializeOwned + 'static,
{
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Self::Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let text = String::from_request(request, payload);
        let request = request.clone();
        Box::pin(async move {
            let session = resolve::<S>(&request).await?;
            let invalid = || Failure::of(ErrorKind::Invalid);
            let text = text.await.map_err(|_| invalid())?;
            if text.len() > FORM_LIMIT_BYTES {
                return Err(invalid().into());
            }
            check_token(&text, session.csrf())?;
            let form = web::Query::<T>::from_query(&text)
                .map_err(|_| invalid())?
                .into_inner();
            Ok(Self { session, form })
        })
    }
}

/// Nobody is signed in here: go and sign in, then come back to `to`.
#[derive(Debug)]
pub(crate) struct NobodySignedIn {
    to: String,
}

impl std::fmt::Display for NobodySignedIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("nobody is signed in")
    }
}

impl ResponseError for NobodySignedIn {
    fn status_code(&self) -> StatusCode {
        StatusCode::SEE_OTHER
    }

    fn error_response(&self) -> HttpResponse {
        let to = own_path::encode(&self.to);
        HttpResponse::SeeOther()
            .insert_header((LOCATION, format!("/sign-in?to={to}")))
            .finish()
    }
}

/// The session of the request's cookie, kept with the request so that it is looked up once.
pub(crate) async fn look_up(request: &HttpRequest, web: &Web) -> Result<Option<Session>, Failure> {
    if let Some(known) = request.extensions().get::<Session>() {
        return Ok(Some(known.clone()));
    }
    let Some(cookie) = request.cookie(&web.part.session_cookie()) else {
        return Ok(None);
    };
    let found = web
        .desk
        .resolve(web.part.realm, cookie.value())
        .await
        .map_err(|error| Failure::of(error.kind).because(error.reason))?
        .filter(|session| session.actor.realm == web.part.realm);
    if let Some(session) = &found {
        request.extensions_mut().insert(session.clone());
    }
    Ok(found)
}

async fn resolve<S: RealmSession>(request: &HttpRequest) -> Result<S, actix_web::Error> {
    let Some(web) = request.app_data::<web::Data<Web>>() else {
        return Err(Failure::of(ErrorKind::Internal).into());
    };
    match look_up(request, web).await? {
        Some(session) if session.actor.realm == S::REALM => {
            let shell = Shell::of(request, web);
            let at = web.now();
            let request_id = shell.request_id();
            Ok(S::wrap(SignedIn {
                session,
                at,
                request_id,
                shell,
            }))
        }
        _ => Err(NobodySignedIn {
            to: own_path::of(request),
        }
        .into()),
    }
}

/// Refuses a form whose `csrf` field is not the session's secret.
pub(crate) fn check_token(form: &str, secret: &str) -> Result<(), Failure> {
    let field =
        web::Query::<TokenField>::from_query(form).map_err(|_| Failure::of(ErrorKind::Invalid))?;
    if same_secret(&field.csrf, secret) {
        return Ok(());
    }
    Err(Failure::of(ErrorKind::Denied)
        .titled("This form is no longer valid")
        .because("It was opened under another sign-in. Nothing was changed.")
        .next("Open the page again and send the form once more.", None))
}

/// Compares digests, so that the time it takes says nothing of where two secrets differ.
fn same_secret(one: &str, other: &str) -> bool {
    !other.is_empty() && Sha256::digest(one) == Sha256::digest(other)
}

#[derive(serde::Deserialize)]
struct TokenField {
    #[serde(default)]
    csrf: String,
}
