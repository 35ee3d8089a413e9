//! What one part's pages share: its name, its sign-in, its checks.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Context as _;
use async_trait::async_trait;
use tarn_database::to_its_end;
use tarn_identity::{
    ClaimNames, ClientAuth, Profile, RelyingParty, RelyingPartyConfig, Secret, SigningKey,
};
use tarn_model::Realm;
use tarn_web::{IdentityDesk, Metrics, Part, ReadyCheck, Web};
use tokio::runtime::Handle;

use crate::clock::{SystemClock, SystemEntropy};
use crate::config::Config;
use crate::desk::AuditedDesk;
use crate::http_client::{self, Outbound};
use crate::stores::Stores;

/// Builds what the pages of one realm share.
///
/// # Errors
/// A setting that is missing or can't be used, by name.
pub(crate) fn web(config: &Config, stores: &Stores, realm: Realm) -> anyhow::Result<Web> {
    let provider = relying_party(config, realm)?;
    let issuer = provider.issuer.clone();
    let part = Part {
        name: name(realm),
        realm,
        locality: config.locality.name.clone(),
        origin: origin(config, realm),
        sign_in_origins: vec![origin_of(&issuer)?],
        leave_to: config.locality.quick_exit_url.clone(),
        help_telephone: Some(config.locality.privacy_officer_telephone.clone()),
    };
    let outbound = Arc::new(Outbound(http_client::build()?));
    let desk = AuditedDesk {
        desk: IdentityDesk {
            party: Arc::new(RelyingParty::new(provider, outbound)),
            sessions: stores.sessions.as_ref().clone(),
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
            runtime: Handle::current(),
        },
        audit: Arc::clone(&stores.audit),
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
    };
    Ok(Web {
        part,
        desk: Arc::new(desk),
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
        ready: ready_checks(stores),
        metrics: Metrics::new().context("the metrics can't be registered")?,
    })
}

const fn name(realm: Realm) -> &'static str {
    match realm {
        Realm::Staff => "viewer",
        Realm::Citizen => "portal",
    }
}

/// The part's address as a browser sees it.
fn origin(config: &Config, realm: Realm) -> String {
    let (url, address) = match realm {
        Realm::Staff => (&config.listen.viewer_url, config.listen.viewer),
        Realm::Citizen => (&config.listen.portal_url, config.listen.portal),
    };
    let origin = url.clone().unwrap_or_else(|| format!("http://{address}"));
    origin.trim_end_matches('/').to_owned()
}

fn origin_of(issuer: &str) -> anyhow::Result<String> {
    let address = url::Url::parse(issuer).context("the sign-in issuer is not an address")?;
    Ok(address.origin().ascii_serialization())
}

fn relying_party(config: &Config, realm: Realm) -> anyhow::Result<RelyingPartyConfig> {
    let origin = origin(config, realm);
    let staff = &config.staff_sign_in;
    let citizen = &config.citizen_sign_in;
    let (section, issuer, client_id, secret, key, scopes) = match realm {
        Realm::Staff => (
            "staff_sign_in",
            &staff.issuer,
            &staff.client_id,
            &staff.client_secret,
            &staff.client_key,
            &staff.scopes,
        ),
        Realm::Citizen => (
            "citizen_sign_in",
            &citizen.issuer,
            &citizen.client_id,
            &citizen.client_secret,
            &citizen.client_key,
            &citizen.scopes,
        ),
    };
    let set = |value: &Option<String>, key: &str| {
        value
            .clone()
            .with_context(|| format!("the setting `{section}.{key}` is missing"))
    };
    Ok(RelyingPartyConfig {
        realm,
        issuer: set(issuer, "issuer")?,
        client_id: set(client_id, "client_id")?,
        redirect_uri: format!("{origin}/signed-in"),
        post_logout_redirect_uri: Some(format!("{origin}/signed-out")),
        scopes: scopes
            .iter()
            .filter(|scope| *scope != "openid")
            .cloned()
            .collect(),
        client_auth: client_auth(secret.as_deref(), key.as_deref())?,
        profile: profile(config, realm)?,
        algorithms: Vec::new(),
        claims: claim_names(config),
        roles: BTreeMap::new(),
    })
}

fn client_auth(secret: Option<&str>, key: Option<&std::path::Path>) -> anyhow::Result<ClientAuth> {
    match (secret, key) {
        (None, None) => Ok(ClientAuth::None),
        (Some(secret), None) => Ok(ClientAuth::SecretBasic(Secret::new(secret))),
        (None, Some(path)) => {
            let pem = std::fs::read_to_string(path)
                .with_context(|| format!("the client key {} can't be read", path.display()))?;
            Ok(ClientAuth::PrivateKeyJwt(SigningKey::from_pem(&pem)?))
        }
        (Some(_), Some(_)) => anyhow::bail!("set either `client_secret` or `client_key`, not both"),
    }
}

pub(crate) fn profile(config: &Config, realm: Realm) -> anyhow::Result<Profile> {
    match (
        realm,
        config.staff_sign_in.profile.as_str(),
        config.citizen_sign_in.profile.as_str(),
    ) {
        (Realm::Staff, "generic", _) | (Realm::Citizen, _, "generic") => Ok(Profile::Generic),
        (Realm::Staff, "cis2", _) => Ok(Profile::Cis2 {
            acr_values: config.staff_sign_in.acr_values.clone(),
        }),
        (Realm::Citizen, _, "nhs-login") => Ok(Profile::NhsLogin {
            vtr: config.citizen_sign_in.vectors_of_trust.clone(),
        }),
        (Realm::Staff, ..) => {
            anyhow::bail!("the setting `staff_sign_in.profile` is generic or cis2")
        }
        (Realm::Citizen, ..) => {
            anyhow::bail!("the setting `citizen_sign_in.profile` is generic or nhs-login")
        }
    }
}

pub(crate) fn claim_names(config: &Config) -> ClaimNames {
    let staff = &config.staff_sign_in;
    ClaimNames {
        user_id: staff.claim_user.clone(),
        name: staff.claim_name.clone(),
        organisation: staff.claim_organisation.clone(),
        organisation_name: staff.claim_organisation_name.clone(),
        role: staff.claim_role.clone(),
        ..ClaimNames::default()
    }
}

/// A store as a readiness check. The question is asked to its end, whoever still waits for it.
struct Store<F> {
    name: &'static str,
    runtime: Handle,
    ask: F,
}

#[async_trait]
impl<F, A> ReadyCheck for Store<F>
where
    F: Fn() -> A + Send + Sync,
    A: Future<Output = bool> + Send + 'static,
{
    fn name(&self) -> &str {
        self.name
    }

    async fn check(&self) -> Result<(), String> {
        if to_its_end(&self.runtime, (self.ask)()).await {
            Ok(())
        } else {
            Err("does not answer".to_owned())
        }
    }
}

macro_rules! ready {
    ($name:literal, $store:expr) => {{
        let store = Arc::clone($store);
        Arc::new(Store {
            name: $name,
            runtime: Handle::current(),
            ask: move || {
                let store = Arc::clone(&store);
                async move { store.ping().await.is_ok() }
            },
        }) as Arc<dyn ReadyCheck>
    }};
}

pub(crate) fn ready_checks(stores: &Stores) -> Vec<Arc<dyn ReadyCheck>> {
    vec![
        ready!("record store", &stores.record),
        ready!("choice register", &stores.consent),
        ready!("audit log", &stores.audit),
        ready!("sessions", &stores.sessions),
    ]
}
