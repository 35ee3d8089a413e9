use std::sync::Arc;

use tarn_model::{Clock, Entropy, IdMaker, Realm, Timestamp};
use uuid::Uuid;

use crate::health::ReadyCheck;
use crate::metrics::Metrics;
use crate::sign_in::SignInDesk;

/// One part of the system that serves pages: the viewer or the portal.
///
/// A value of configuration; every word and address that differs between localities is here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The word for cookies and metrics: `"viewer"`, `"portal"`. Lower case letters only.
    pub name: &'static str,
    /// Who signs in here.
    pub realm: Realm,
    /// What the locality calls its record: `"Harrowmere care record"`.
    pub locality: String,
    /// Where browsers reach this part: `"https://viewer.example"`, without a slash at the end.
    pub origin: String,
    /// Origins that a form post may be redirected to: where people sign in and out.
    /// Browsers check `form-action` on redirects too.
    pub sign_in_origins: Vec<String>,
    /// Where "Leave this page quickly" goes; shown to citizens only.
    pub leave_to: String,
    /// Whom to ring when a page cannot help: `"01632 960 170"`. Left out of pages when absent.
    pub help_telephone: Option<String>,
}

impl Part {
    /// Whether browsers reach this part by TLS.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        self.origin.starts_with("https://")
    }

    /// Name of the session cookie. The part's name is in it because browsers do not keep
    /// cookies apart by port.
    #[must_use]
    pub fn session_cookie(&self) -> String {
        format!("__Host-tarn-{}", self.name)
    }

    /// Name of the cookie that ties one sign-in attempt to one browser.
    #[must_use]
    pub fn attempt_cookie(&self) -> String {
        format!("__Host-tarn-{}-attempt", self.name)
    }
}

/// What the handlers of one part share; kept as `web::Data<Web>`.
pub struct Web {
    /// The part's configuration.
    pub part: Part,
    /// Starts, finishes, looks up and ends sign-ins.
    pub desk: Arc<dyn SignInDesk>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness for request ids.
    pub entropy: Arc<dyn Entropy>,
    /// What must answer before the part counts as ready.
    pub ready: Vec<Arc<dyn ReadyCheck>>,
    /// Counts of requests, without personal data.
    pub metrics: Metrics,
}

impl Web {
    /// The time now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A new id for one request.
    #[must_use]
    pub fn request_id(&self) -> Uuid {
        IdMaker::new(&*self.clock, &*self.entropy).uuid()
    }
}
