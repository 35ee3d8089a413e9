//! Who asks, what they were granted, and why they say they ask.

use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use async_trait::async_trait;
use sha2::{Digest as _, Sha256};
use tarn_access::Narrowing;
use tarn_identity::{
    AccessGrant, BearerError, BearerValidator, Interaction, Permission, ScopeLevel,
};
use tarn_model::{Clock, Purpose, Realm, RequestContext};
use tarn_search::{Filter, registry};
use uuid::Uuid;

use crate::refusal::{Kind, Refusal};

/// Header that says why the caller asks: a purpose's word, such as `direct-care`.
pub(crate) const PURPOSE: &str = "x-tarn-purpose";
/// Header with the reason in the asker's own words, where the agreement wants one.
pub(crate) const REASON: &str = "x-tarn-reason";
/// The longest reason, in characters.
const LONGEST_REASON: usize = 500;

/// Says what an access token grants.
#[async_trait]
pub trait Tokens: Send + Sync {
    /// What the token grants.
    ///
    /// # Errors
    /// [`BearerError`] if it is not valid here, or that cannot be found out.
    async fn grant(&self, token: &str) -> Result<Arc<AccessGrant>, BearerError>;
}

/// Access tokens as a validator checks them.
pub struct CheckedTokens {
    /// The validator.
    pub validator: BearerValidator,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

#[async_trait]
impl Tokens for CheckedTokens {
    async fn grant(&self, token: &str) -> Result<Arc<AccessGrant>, BearerError> {
        self.validator.validate(token, &*self.clock).await
    }
}

/// The caller of one request.
pub(crate) struct Caller {
    grant: Arc<AccessGrant>,
    /// Who asks, why, when.
    pub(crate) ctx: RequestContext,
}

impl Caller {
    /// The caller that a request's access token names.
    pub(crate) async fn of(
        request: &HttpRequest,
        tokens: &dyn Tokens,
        clock: &dyn Clock,
        request_id: Uuid,
    ) -> Result<Self, Refusal> {
        let mut headers = request.headers().get_all(AUTHORIZATION);
        let header = headers.next().map(|value| value.to_str().unwrap_or("?"));
        if headers.next().is_some() {
            return Err(BearerError::Header.into());
        }
        let token = BearerValidator::token_of(header)?;
        let grant = tokens.grant(token).await?;
        let headers = request.headers();
        let ctx = RequestContext {
            actor: grant.actor.clone(),
            purpose: purpose(headers, grant.actor.realm)?,
            reason: reason(headers)?,
            at: clock.now(),
            request_id,
        };
        Ok(Self { grant, ctx })
    }

    /// Refuses what no scope covers. Worked out from the token alone, so it is the same whatever
    /// is held.
    pub(crate) fn require(
        &self,
        resource_type: &str,
        interaction: Interaction,
    ) -> Result<(), Refusal> {
        self.grant.require(resource_type, interaction)?;
        Ok(())
    }

    /// Refuses what no scope covers without a condition: what is written is not looked at for
    /// conditions of a scope.
    pub(crate) fn require_all(
        &self,
        resource_type: &str,
        interaction: Interaction,
    ) -> Result<(), Refusal> {
        self.grant.require_all(resource_type, interaction)?;
        Ok(())
    }

    /// What the token narrows this request to.
    pub(crate) fn narrowing(&self, interaction: Interaction) -> Narrowing {
        self.narrowing_of(&[interaction])
    }

    /// The same for a request that does several things.
    pub(crate) fn narrowing_of(&self, interactions: &[Interaction]) -> Narrowing {
        let mut types = Some(Vec::new());
        for interaction in interactions {
            types = match (types, self.types(*interaction)) {
                (Some(known), Some(more)) => Some([known, more].concat()),
                _ => None,
            };
        }
        Narrowing {
            types,
            // Whose record a citizen's token opens is the door's to know: their own. A launch
            // with one person narrows any token to them.
            patient: self.grant.patient.clone(),
            system: self.grant.level == ScopeLevel::System,
        }
    }

    /// The types that the token covers, each with the conditions of one scope; several entries
    /// of one type are alternatives. `None` is every type.
    fn types(&self, interaction: Interaction) -> Option<Vec<(String, Vec<Filter>)>> {
        let scopes = &self.grant.scopes;
        // A name that is no type's is covered by the scopes of `*` alone.
        if scopes.allows(self.grant.level, "*", interaction) {
            return None;
        }
        let mut types = Vec::new();
        for name in registry::resource_types() {
            match scopes.permission(self.grant.level, name, interaction) {
                Permission::Refused => {}
                Permission::Granted => types.push((name.to_owned(), Vec::new())),
                Permission::Within(restrictions) => {
                    for restriction in restrictions {
                        // A condition that cannot be applied here takes its scope with it.
                        let filters = restriction
                            .parameters()
                            .map(|(key, value)| Filter::parse(name, key, value));
                        if let Ok(filters) = filters.collect::<Result<Vec<_>, _>>() {
                            types.push((name.to_owned(), filters));
                        }
                    }
                }
            }
        }
        Some(types)
    }

    /// The types of `asked` (all, if none is) that the token covers for `interaction`.
    pub(crate) fn covered(&self, asked: &[String], interaction: Interaction) -> Vec<String> {
        let covers = |name: &&str| {
            let permission = self
                .grant
                .scopes
                .permission(self.grant.level, name, interaction);
            permission != Permission::Refused
        };
        if asked.is_empty() {
            return registry::resource_types()
                .filter(covers)
                .map(str::to_owned)
                .collect();
        }
        let named = asked.iter().map(String::as_str).filter(covers);
        named.map(str::to_owned).collect()
    }

    /// Names the caller, the client, what was granted and why they ask, and the address: a page
    /// or an export made for one is nothing to another.
    pub(crate) fn binding(&self, address: &str) -> [u8; 32] {
        let grant = &self.grant;
        let organisation = grant.actor.organisation.as_ref();
        let scopes = grant.scopes.to_string();
        let mut digest = Sha256::new();
        for part in [
            grant.actor.realm.word(),
            &grant.actor.user_id,
            grant.actor.role.word(),
            organisation.map_or("", |code| code.as_str()),
            &grant.client_id,
            &scopes,
            grant.patient.as_deref().unwrap_or_default(),
            self.ctx.purpose.word(),
            address,
        ] {
            digest.update(part.len().to_be_bytes());
            digest.update(part.as_bytes());
        }
        digest.finalize().into()
    }
}

/// The purpose that the caller gives; direct care for staff and systems, their own record for
/// citizens, who have no other.
fn purpose(headers: &HeaderMap, realm: Realm) -> Result<Purpose, Refusal> {
    let usual = match realm {
        Realm::Staff => Purpose::DirectCare,
        Realm::Citizen => Purpose::SubjectAccess,
    };
    let Some(value) = headers.get(PURPOSE) else {
        return Ok(usual);
    };
    let word = value.to_str().unwrap_or_default();
    let purpose: Purpose = word
        .parse()
        .map_err(|_| Refusal::invalid("X-Tarn-Purpose is not one of the purposes."))?;
    let own = purpose == Purpose::SubjectAccess;
    if own == (realm == Realm::Citizen) {
        Ok(purpose)
    } else {
        Err(Refusal::new(
            Kind::Forbidden,
            "This purpose is not open to whoever this token is for.",
        ))
    }
}

fn reason(headers: &HeaderMap) -> Result<Option<String>, Refusal> {
    let Some(value) = headers.get(REASON) else {
        return Ok(None);
    };
    let reason = std::str::from_utf8(value.as_bytes())
        .unwrap_or_default()
        .trim();
    let wrong = reason.is_empty()
        || reason.chars().count() > LONGEST_REASON
        || reason.chars().any(char::is_control);
    if wrong {
        let words = format!("X-Tarn-Reason is 1 to {LONGEST_REASON} characters of text.");
        return Err(Refusal::invalid(words));
    }
    Ok(Some(reason.to_owned()))
}
