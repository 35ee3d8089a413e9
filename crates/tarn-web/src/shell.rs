use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse, dev::Payload, web};
use askama::Template;
use futures_util::future::{Ready, ready};
use tarn_model::{ErrorKind, Realm, Timestamp};
use uuid::Uuid;

use crate::sign_in::Session;
use crate::{Failure, Icon, Web, asset, own_path};

/// How large a page's text is and how close its lines stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Density {
    /// Dense, for those who work with it.
    Clinician,
    /// Roomy, for those whose record it is.
    Citizen,
}

/// One link of a page's navigation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NavLink {
    /// Where it leads: an own path.
    pub to: String,
    /// Its words.
    pub words: String,
    /// Whether this is the page being looked at.
    pub current: bool,
}

impl NavLink {
    /// A link to another page.
    #[must_use]
    pub fn new(to: impl Into<String>, words: impl Into<String>) -> Self {
        Self {
            to: to.into(),
            words: words.into(),
            current: false,
        }
    }

    /// The same link, marked if it leads to where the reader is.
    #[must_use]
    pub fn current_if(self, current: bool) -> Self {
        Self { current, ..self }
    }
}

/// What a page needs to know of the request it answers. As a handler's argument it lets everybody
/// in; pages behind a sign-in begin at [`crate::RealmSession::page`] instead.
#[derive(Clone)]
pub struct Shell {
    web: web::Data<Web>,
    theme: Theme,
    path: String,
    request_id: Uuid,
    session: Option<Session>,
}

impl Shell {
    /// Begins a page with this title.
    #[must_use]
    pub fn page(&self, title: &str) -> PageBuilder {
        PageBuilder {
            density: match self.web.part.realm {
                Realm::Staff => Density::Clinician,
                Realm::Citizen => Density::Citizen,
            },
            shell: self.clone(),
            title: title.to_owned(),
            banner: None,
            nav: Vec::new(),
            footer: None,
            stylesheets: Vec::new(),
            status: StatusCode::OK,
            is_error: false,
            single_message: false,
        }
    }

    /// Id of the request; its short form stands on error pages.
    #[must_use]
    pub const fn request_id(&self) -> Uuid {
        self.request_id
    }

    /// The time now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.web.now()
    }

    pub(crate) fn of(request: &HttpRequest, web: &web::Data<Web>) -> Self {
        // Reading a cookie writes to the request's extensions, so it comes before they are read.
        let theme = Theme::of(request);
        let held = request.extensions();
        Self {
            web: web.clone(),
            theme,
            path: own_path::of(request),
            request_id: held.get::<RequestId>().map_or(Uuid::nil(), |id| id.0),
            session: held.get::<Session>().cloned(),
        }
    }
}

impl FromRequest for Shell {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(match request.app_data::<web::Data<Web>>() {
            Some(web) => Ok(Self::of(request, web)),
            None => Err(Failure::of(ErrorKind::Internal).into()),
        })
    }
}

/// A page being put together. [`PageBuilder::body`] ends it.
pub struct PageBuilder {
    shell: Shell,
    title: String,
    density: Density,
    banner: Option<String>,
    nav: Vec<NavLink>,
    footer: Option<String>,
    stylesheets: Vec<&'static str>,
    status: StatusCode,
    is_error: bool,
    single_message: bool,
}

impl PageBuilder {
    /// Puts a patient banner in front of everything else on the page. Give one only on pages
    /// about one person.
    ///
    /// # Errors
    /// A [`Failure`] of kind `Internal` if the template does not render.
    pub fn banner(mut self, banner: &impl Template) -> Result<Self, Failure> {
        self.banner = Some(render(banner)?);
        Ok(self)
    }

    /// The page's navigation.
    #[must_use]
    pub fn nav(mut self, links: Vec<NavLink>) -> Self {
        self.nav = links;
        self
    }

    /// Something constant at the page's foot, in front of the site's own.
    ///
    /// # Errors
    /// A [`Failure`] of kind `Internal` if the template does not render.
    pub fn footer(mut self, footer: &impl Template) -> Result<Self, Failure> {
        self.footer = Some(render(footer)?);
        Ok(self)
    }

    /// One more style sheet of `assets/`, by its file name.
    #[must_use]
    pub fn stylesheet(mut self, name: &str) -> Self {
        let address = asset(name);
        if !address.is_empty() {
            self.stylesheets.push(address);
        }
        self
    }

    /// Another status than 200.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        self
    }

    /// A form shown again with its mistakes: status 422, and the title begins with "Error:".
    #[must_use]
    pub fn with_mistakes(mut self) -> Self {
        self.is_error = true;
        self.status(422)
    }

    /// A page that says one thing: a failure, an interruption, a confirmation.
    #[must_use]
    pub fn single_message(mut self) -> Self {
        self.single_message = true;
        self
    }

    /// Puts the body in and gives the reply.
    ///
    /// # Errors
    /// A [`Failure`] of kind `Internal` if a template does not render.
    pub fn body(self, body: &impl Template) -> Result<HttpResponse, Failure> {
        let status = self.status;
        Ok(HttpResponse::build(status)
            .content_type("text/html; charset=utf-8")
            .body(self.html(body)?))
    }

    /// The whole page as text; for tests, and for what is not sent as a reply.
    ///
    /// # Errors
    /// A [`Failure`] of kind `Internal` if a template does not render.
    pub fn html(self, body: &impl Template) -> Result<String, Failure> {
        let inner = render(body)?;
        let part = &self.shell.web.part;
        let session = self.shell.session.as_ref();
        render(&PageTemplate {
            locality: &part.locality,
            leave_to: (part.realm == Realm::Citizen).then_some(part.leave_to.as_str()),
            who: session
                .filter(|s| s.actor.realm == Realm::Staff)
                .map(Who::of),
            csrf: session.map(|session| session.csrf_token.as_str()),
            title: &self.title,
            is_error: self.is_error,
            scale: match self.density {
                Density::Clinician => "clinician",
                Density::Citizen => "citizen",
            },
            single_message: self.single_message,
            theme: self.shell.theme,
            path: &self.shell.path,
            banner: self.banner.as_deref(),
            nav: &self.nav,
            footer: self.footer.as_deref(),
            stylesheets: &self.stylesheets,
            inner: &inner,
        })
    }
}

/// Id of one request; kept with the request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RequestId(pub(crate) Uuid);

/// Light, dark, or as the reader's system says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Theme {
    System,
    Light,
    Dark,
}

impl Theme {
    pub(crate) const COOKIE: &'static str = "__Host-tarn-theme";
    pub(crate) const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::System => "As my device",
            Self::Light => "Light",
            Self::Dark => "Dark",
        }
    }

    pub(crate) fn from_word(word: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|theme| theme.word() == word)
            .unwrap_or(Self::System)
    }

    fn of(request: &HttpRequest) -> Self {
        request
            .cookie(Self::COOKIE)
            .map_or(Self::System, |cookie| Self::from_word(cookie.value()))
    }
}

struct Who {
    name: String,
    work: String,
}

impl Who {
    fn of(session: &Session) -> Self {
        let actor = &session.actor;
        let role = actor.role.title();
        Self {
            name: actor.display_name.clone(),
            work: match &actor.organisation_name {
                Some(organisation) => format!("{role} · {organisation}"),
                None => role.to_owned(),
            },
        }
    }
}

#[derive(Template)]
#[template(path = "page.html")]
struct PageTemplate<'a> {
    locality: &'a str,
    leave_to: Option<&'a str>,
    who: Option<Who>,
    csrf: Option<&'a str>,
    title: &'a str,
    is_error: bool,
    scale: &'static str,
    single_message: bool,
    theme: Theme,
    path: &'a str,
    banner: Option<&'a str>,
    nav: &'a [NavLink],
    footer: Option<&'a str>,
    stylesheets: &'a [&'static str],
    inner: &'a str,
}

fn render(template: &impl Template) -> Result<String, Failure> {
    template.render().map_err(|error| {
        tracing::error!(%error, "a template did not render");
        Failure::of(ErrorKind::Internal)
    })
}
