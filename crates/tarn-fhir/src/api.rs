//! What every request of the interface shares.

use std::sync::Arc;

use tarn_access::Door;
use tarn_identity::Interaction;
use tarn_model::{Clock, Entropy, IdMaker, Timestamp};
use tarn_search::Cursor;
use tarn_web::{Metrics, ReadyCheck};
use uuid::Uuid;

use crate::asked::{Asked, Parameters};
use crate::bundle::Link;
use crate::caller::{Caller, Tokens};
use crate::export::Exports;
use crate::refusal::{Kind, Refusal};
use crate::registry::BASE;
use crate::sealed::{self, PageFault, PageToken, Sealer};

/// What differs between localities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Where clients reach this part: `https://fhir.example`, without a slash at the end.
    pub origin: String,
    /// What the locality calls its record.
    pub locality: String,
    /// Where clients get access tokens, as `/.well-known/smart-configuration` says it.
    pub authorisation: Vec<Authorisation>,
    /// Origins of web applications that may call the interface from a browser; none as a rule.
    pub cors_origins: Vec<String>,
    /// Folder for exports in the making; emptied at the start.
    pub exports: std::path::PathBuf,
}

/// A server that issues access tokens for this interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorisation {
    /// Its issuer address.
    pub issuer: String,
    /// Where users authorise clients, if it has such a place.
    pub authorize: Option<String>,
    /// Where clients ask for tokens, if that is to be said.
    pub token: Option<String>,
    /// Its keys, if that is to be said.
    pub jwks: Option<String>,
}

/// What the interface is made of; [`Api::new`] takes it.
pub struct ApiParts {
    /// What differs between localities.
    pub settings: Settings,
    /// The one door.
    pub door: Arc<Door>,
    /// Says what a token grants.
    pub tokens: Arc<dyn Tokens>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness for ids, nonces and keys.
    pub entropy: Arc<dyn Entropy>,
    /// What must answer before the part counts as ready.
    pub ready: Vec<Arc<dyn ReadyCheck>>,
    /// Counts of requests, without personal data.
    pub metrics: Metrics,
    /// Key that seals page links, where several processes serve one address; a new one is made
    /// if there is none.
    pub page_key: Option<[u8; 32]>,
}

/// The interface: kept as `web::Data<Api>`.
pub struct Api {
    pub(crate) settings: Settings,
    pub(crate) base_url: String,
    pub(crate) door: Arc<Door>,
    pub(crate) tokens: Arc<dyn Tokens>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) ready: Vec<Arc<dyn ReadyCheck>>,
    pub(crate) metrics: Metrics,
    pub(crate) sealer: Sealer,
    pub(crate) exports: Arc<Exports>,
    pub(crate) documents: crate::metadata::Documents,
}

/// Why the interface cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The folder for exports cannot be emptied or written to.
    #[error("the folder for exports can't be used")]
    Exports {
        /// What the operating system said.
        #[source]
        cause: std::io::Error,
    },
    /// The origin is not an address.
    #[error("the address of the FHIR interface is not `http(s)://host` without a path")]
    Origin,
    /// No key could be made.
    #[error("the key for page links can't be used")]
    Key,
}

impl Api {
    /// Puts the interface together.
    ///
    /// # Errors
    /// [`StartError`] says what cannot be used.
    pub fn new(parts: ApiParts) -> Result<Self, StartError> {
        let origin = url::Url::parse(&parts.settings.origin).map_err(|_| StartError::Origin)?;
        if origin.origin().ascii_serialization() != parts.settings.origin {
            return Err(StartError::Origin);
        }
        let sealer = match &parts.page_key {
            Some(key) => Sealer::with_key(key),
            None => Sealer::new(&*parts.entropy),
        };
        let exports = Exports::start(&parts.settings.exports, &*parts.entropy)?;
        let base_url = format!("{}{BASE}", parts.settings.origin);
        Ok(Self {
            documents: crate::metadata::Documents::of(&parts.settings, &base_url),
            base_url,
            sealer: sealer.ok_or(StartError::Key)?,
            exports: Arc::new(exports),
            settings: parts.settings,
            door: parts.door,
            tokens: parts.tokens,
            clock: parts.clock,
            entropy: parts.entropy,
            ready: parts.ready,
            metrics: parts.metrics,
        })
    }

    /// A new id.
    pub(crate) fn uuid(&self) -> Uuid {
        IdMaker::new(&*self.clock, &*self.entropy).uuid()
    }
}

/// One interaction being carried out.
pub(crate) struct Work<'a> {
    pub(crate) api: &'a Api,
    pub(crate) caller: &'a Caller,
    pub(crate) asked: Asked,
}

impl Work<'_> {
    /// Refuses what no scope covers, then says what the token narrows the request to.
    pub(crate) fn narrowing(
        &self,
        interaction: Interaction,
    ) -> Result<tarn_access::Narrowing, Refusal> {
        self.caller
            .require(&self.asked.resource_type, interaction)?;
        Ok(self.caller.narrowing(interaction))
    }

    /// The time of the request.
    pub(crate) fn at(&self) -> Timestamp {
        self.caller.ctx.at
    }

    /// The parameters and the place that a `_page` link stands for; the request's own if there is
    /// no such link. `path` is the address below the base.
    pub(crate) fn page(&self, path: &str) -> Result<(Parameters, Option<Cursor>), Refusal> {
        let Some(token) = self.asked.once("_page")? else {
            bounded(&self.asked.parameters)?;
            return Ok((self.asked.parameters.clone(), None));
        };
        if self.asked.parameters.len() > 1 {
            let words = "A link to a page is used as it is, without other parameters.";
            return Err(Refusal::invalid(words));
        }
        let whom = self.caller.binding(path);
        match self.api.sealer.read_page(token, &whom, self.at()) {
            Ok(PageToken {
                parameters, after, ..
            }) => Ok((parameters, Some(after))),
            Err(PageFault::Unknown) => Err(Refusal::not_found()),
            Err(PageFault::Ended) => Err(Refusal::new(
                Kind::Gone,
                "This link to a page has ended. Search again.",
            )),
        }
    }

    /// The links of a Bundle: to itself by the parameters that were used, and to the next page.
    pub(crate) fn links(
        &self,
        path: &str,
        used: &[(String, String)],
        next: Option<&Cursor>,
    ) -> Result<Vec<Link>, Refusal> {
        let mut url = format!("{}/{path}", self.api.base_url);
        if !used.is_empty() {
            let query = url::form_urlencoded::Serializer::new(String::new())
                .extend_pairs(used)
                .finish();
            url = format!("{url}?{query}");
        }
        let mut links = vec![Link {
            relation: "self",
            url,
        }];
        if let Some(after) = next {
            let whom = self.caller.binding(path);
            let token = self
                .api
                .sealer
                .page(used, after, &whom, self.at(), &*self.api.entropy)
                .ok_or_else(Refusal::internal)?;
            links.push(Link {
                relation: "next",
                url: format!("{}/{path}?_page={token}", self.api.base_url),
            });
        }
        Ok(links)
    }
}

/// Refuses parameters that no link to a next page can hold.
pub(crate) fn bounded(parameters: &[(String, String)]) -> Result<(), Refusal> {
    if sealed::fits(parameters) {
        return Ok(());
    }
    Err(Refusal::new(
        Kind::TooLarge,
        "The parameters are longer than a link to a next page can hold. Ask for less at once.",
    ))
}
