use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde_json::{Map, Value};
use tarn_model::{Actor, Assurance, Clock, Realm, Role, Timestamp};

use super::cache::Checked;
use super::keys::{Keys, is_safe};
use super::token::{Unchecked, Verified};
use super::{
    BearerConfig, BearerError, BearerFault, BearerIssuer, NeededScope, SystemClient, ring_backend,
};
use crate::claims::{Claims, Rules};
use crate::{
    HttpClient, IdentityError, Interaction, Permission, Refusal, ScopeLevel, ScopeSet, SessionScope,
};

/// Turns the access token of a request into who asks and what was granted to them.
///
/// The signature is checked by the issuer's published keys, found by discovery and fetched again
/// when they are old or a token names a new one. If the issuer does not answer, the answer is
/// [`BearerError::Unavailable`]: never "denied", and never open. Keys that are known stay in use
/// for six hours while it is silent.
///
/// A token that was found valid is taken for a minute without being checked again, so that a
/// client's many requests cost one signature check. Issuers cannot take back a token of this
/// kind; what ends it is its `exp`.
///
/// Source: RFC 9068 (access tokens), RFC 8725 (JWT best current practices), RFC 6750.
pub struct BearerValidator {
    config: BearerConfig,
    keys: Vec<Keys>,
    checked: Checked,
}

/// Who asks with an access token, and what they were granted.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessGrant {
    /// Who, for every decision. For a system: the client, by its registration.
    pub actor: Actor,
    /// The level at which the scopes count for this actor: a citizen's `patient`, staff's
    /// `user`, a system's `system`. Scopes of other levels give nothing.
    pub level: ScopeLevel,
    /// What was granted. Ask [`AccessGrant::allows`], which knows the level.
    pub scopes: ScopeSet,
    /// The id of the Patient in launch context (SMART App Launch, `patient`): the token reaches
    /// that person and nobody else.
    pub patient: Option<String>,
    /// The client that brought the token.
    pub client_id: String,
    /// The token's own id, for the issuer's log and ours.
    pub token_id: String,
    /// When it ends.
    pub expires_at: Timestamp,
}

impl BearerValidator {
    /// A validator; issuers are asked only when the first token comes.
    ///
    /// # Errors
    /// [`IdentityError::Configuration`] if the configuration could never be safe.
    pub fn new(config: BearerConfig, http: Arc<dyn HttpClient>) -> Result<Self, IdentityError> {
        let wrong = |problem| Err(IdentityError::Configuration { problem });
        if let Some(problem) = problem(&config) {
            return wrong(problem);
        }
        if !ring_backend::install() {
            return wrong("other code in this process checks tokens in its own way");
        }
        let keys = |issuer: &BearerIssuer| Keys::new(&issuer.issuer, Arc::clone(&http));
        Ok(Self {
            keys: config.issuers.iter().map(keys).collect(),
            config,
            checked: Checked::new(),
        })
    }

    /// Its configuration.
    #[must_use]
    pub const fn config(&self) -> &BearerConfig {
        &self.config
    }

    /// The token of an `Authorization` header.
    ///
    /// # Errors
    /// [`BearerError::Missing`] or [`BearerError::Header`].
    ///
    /// Source: RFC 6750 §2.1. Tokens in forms and addresses (§2.2, §2.3) are not taken: those
    /// end in logs.
    pub fn token_of(authorization: Option<&str>) -> Result<&str, BearerError> {
        let header = authorization.ok_or(BearerError::Missing)?;
        let (scheme, token) = header.split_once(' ').unwrap_or((header, ""));
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(BearerError::Missing);
        }
        let of_a_token = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
        if token.is_empty() || !token.bytes().all(of_a_token) {
            return Err(BearerError::Header);
        }
        Ok(token)
    }

    /// What a token grants, if it was found valid within the last minute: without waiting for
    /// anything. `None` says nothing about the token.
    #[must_use]
    pub fn recall(&self, token: &str, clock: &dyn Clock) -> Option<Arc<AccessGrant>> {
        self.checked.recall(token, clock.now())
    }

    /// What a token grants.
    ///
    /// # Errors
    /// [`BearerError::Token`] with the fault; [`BearerError::Unavailable`].
    pub fn validate<'a>(
        &'a self,
        token: &'a str,
        clock: &'a dyn Clock,
    ) -> BoxFuture<'a, Result<Arc<AccessGrant>, BearerError>> {
        Box::pin(async move {
            if let Some(grant) = self.recall(token, clock) {
                return Ok(grant);
            }
            let unchecked = Unchecked::read(token, &self.config)?;
            let (issuer, keys) = self.issuer(&unchecked.issuer).ok_or(BearerFault::Issuer)?;
            let key = keys
                .find(&unchecked.key_id, unchecked.algorithm(), clock)
                .await?;
            let claims = unchecked.check(&key)?;
            let now = clock.now();
            let grant = Arc::new(self.grant(issuer, claims, now)?);
            self.checked.remember(token, &grant, now);
            Ok(grant)
        })
    }

    fn issuer(&self, named: &str) -> Option<(&BearerIssuer, &Keys)> {
        let mut known = self.config.issuers.iter().zip(&self.keys);
        known.find(|(issuer, _)| issuer.issuer == named)
    }

    fn grant(
        &self,
        issuer: &BearerIssuer,
        claims: Map<String, Value>,
        now: Timestamp,
    ) -> Result<AccessGrant, BearerFault> {
        let token = Verified { claims: &claims };
        let ends_at = token.check(&self.config, now.as_micros() / 1_000_000)?;
        let client_id = token.named(&issuer.client_claim, "client_id")?.to_owned();
        let subject = token.text("sub")?;
        let token_id = token.text("jti")?.to_owned();
        let scopes = match claims.get("scope") {
            None => ScopeSet::default(),
            Some(Value::String(text)) => {
                ScopeSet::granted(text).map_err(|_| BearerFault::Claim { claim: "scope" })?
            }
            Some(_) => return Err(BearerFault::Claim { claim: "scope" }),
        };
        let patient = match claims.get("patient") {
            None => None,
            Some(Value::String(id)) if is_resource_id(id) => Some(id.clone()),
            Some(_) => return Err(BearerFault::Claim { claim: "patient" }),
        };
        let registered = issuer.system_clients.get(&client_id);
        let own = registered.map(|system| system.subject.as_ref().unwrap_or(&client_id).as_str());
        // A client that is its own subject is a system, known or not (RFC 9068 §5): it never
        // falls through to the rules for people.
        let (level, actor) = if own == Some(subject) || subject == client_id {
            let system = registered.filter(|_| own == Some(subject));
            let system = system.ok_or(BearerFault::UnknownSystem)?;
            (ScopeLevel::System, system.actor(&client_id))
        } else {
            let level = match issuer.realm {
                Realm::Staff => ScopeLevel::User,
                Realm::Citizen => ScopeLevel::Patient,
            };
            (level, user(issuer, claims)?)
        };
        // Who was granted a launch with one person must not end up with everybody.
        let for_one = level == ScopeLevel::User && scopes.has(SessionScope::LaunchPatient);
        if for_one && patient.is_none() {
            return Err(BearerFault::Claim { claim: "patient" });
        }
        Ok(AccessGrant {
            actor,
            level,
            scopes,
            patient,
            client_id,
            token_id,
            expires_at: Timestamp::from_micros(ends_at.saturating_mul(1_000_000)),
        })
    }
}

impl AccessGrant {
    /// Whether the interaction is covered for every resource of the type.
    #[must_use]
    pub fn allows(&self, resource_type: &str, interaction: Interaction) -> bool {
        self.scopes.allows(self.level, resource_type, interaction)
    }

    /// Whether the interaction is covered, and within which searches.
    ///
    /// # Errors
    /// [`BearerError::Scope`] if it is not covered at all.
    pub fn require(
        &self,
        resource_type: &str,
        interaction: Interaction,
    ) -> Result<Permission<'_>, BearerError> {
        match self
            .scopes
            .permission(self.level, resource_type, interaction)
        {
            Permission::Refused => Err(self.refusal(resource_type, interaction)),
            covered => Ok(covered),
        }
    }

    /// The same, for callers that cannot apply restrictions: a scope with one does not count.
    ///
    /// # Errors
    /// [`BearerError::Scope`].
    pub fn require_all(
        &self,
        resource_type: &str,
        interaction: Interaction,
    ) -> Result<(), BearerError> {
        if self.allows(resource_type, interaction) {
            Ok(())
        } else {
            Err(self.refusal(resource_type, interaction))
        }
    }

    fn refusal(&self, resource_type: &str, interaction: Interaction) -> BearerError {
        let needed = NeededScope {
            level: self.level,
            resource_type: resource_type.to_owned(),
            interaction,
        };
        BearerError::Scope { needed }
    }
}

impl SystemClient {
    /// The registration alone says for whom a system asks, whatever its token says.
    fn actor(&self, client_id: &str) -> Actor {
        Actor {
            realm: Realm::Staff,
            user_id: client_id.to_owned(),
            display_name: self.name.clone(),
            role: self.role,
            organisation: Some(self.organisation.clone()),
            organisation_name: self.organisation_name.clone(),
            assurance: Assurance::High,
            own_nhs_number: None,
        }
    }
}

/// Source: FHIR R4, data type `id`.
fn is_resource_id(text: &str) -> bool {
    let of_an_id = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    (1..=64).contains(&text.len()) && text.bytes().all(of_an_id)
}

/// A person, by the same rules as at sign-in; a citizen only with a proved NHS number, without
/// which there is nothing that they could ask for.
fn user(issuer: &BearerIssuer, claims: Map<String, Value>) -> Result<Actor, BearerFault> {
    let claims = Claims {
        id_token: claims,
        user_info: Map::new(),
    };
    let rules = Rules {
        realm: issuer.realm,
        profile: &issuer.profile,
        claims: &issuer.claims,
        roles: &issuer.roles,
    };
    let actor = claims.actor(rules).map_err(|error| match error {
        IdentityError::Refused { reason } => BearerFault::Actor { reason },
        // A profile of the other realm, which `problem` has kept out.
        _ => BearerFault::Issuer,
    })?;
    if actor.realm == Realm::Citizen && actor.own_nhs_number.is_none() {
        let reason = Refusal::TooWeak;
        return Err(BearerFault::Actor { reason });
    }
    Ok(actor)
}

/// What is wrong with a configuration, if anything is.
fn problem(config: &BearerConfig) -> Option<&'static str> {
    use crate::Profile;

    let issuers = &config.issuers;
    let names = |issuer: &&BearerIssuer| issuer.issuer.clone();
    let different: std::collections::BTreeSet<_> = issuers.iter().map(|one| names(&one)).collect();
    let other_realm = |issuer: &BearerIssuer| {
        matches!(
            (&issuer.profile, issuer.realm),
            (Profile::NhsLogin { .. }, Realm::Staff) | (Profile::Cis2 { .. }, Realm::Citizen)
        )
    };
    let systems = |issuer: &BearerIssuer| {
        let citizen = |system: &SystemClient| system.role == Role::Citizen;
        let any = !issuer.system_clients.is_empty();
        (any && issuer.realm == Realm::Citizen) || issuer.system_clients.values().any(citizen)
    };
    if config.audience.trim().is_empty() {
        Some("access tokens have no audience")
    } else if issuers.is_empty() {
        Some("nobody may issue access tokens")
    } else if different.len() != issuers.len() {
        Some("an issuer of access tokens stands there twice")
    } else if !issuers.iter().all(|issuer| is_safe(&issuer.issuer)) {
        Some("an issuer of access tokens is not reached over HTTPS")
    } else if config.algorithms.is_empty() || config.types.is_empty() {
        Some("no algorithm or no type of access token is taken")
    } else if config.skew_seconds > BearerConfig::MOST_SKEW_SECONDS || config.longest_seconds == 0 {
        Some("the times of access tokens are out of range")
    } else if issuers.iter().any(other_realm) {
        Some("a profile does not serve its issuer's realm")
    } else if issuers.iter().any(systems) {
        Some("a system cannot be a citizen")
    } else {
        None
    }
}

impl fmt::Debug for BearerValidator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BearerValidator")
            .field("audience", &self.config.audience)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for AccessGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessGrant")
            .field("role", &self.actor.role)
            .field("level", &self.level)
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}
