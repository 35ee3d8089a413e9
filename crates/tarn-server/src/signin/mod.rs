//! The demo's sign-in: pages round the protocol of `tarn_identity::DemoProvider`.
//!
//! It stands in for the identity providers of a real locality, so that the relying party has one
//! code path. It listens on loopback only.

mod pages;
mod private_file;
mod protocol;
pub(crate) mod systems;
mod whereabouts;

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use actix_web::middleware::from_fn;
use actix_web::web;
use async_trait::async_trait;
use serde_json::Map;
use tarn_identity::{
    DemoClient, DemoClientAuth, DemoParts, DemoProvider, Persona, ScopeSet, SigningKey,
};
use tarn_model::{ErrorKind, Realm};
use tarn_synth::Locality;
use tarn_web::{
    Begun, Callback, DeskError, Finished, Metrics, Part, Reach, Session, SignInDesk, Web,
};

use crate::clock::{SystemClock, SystemEntropy};

pub(crate) use whereabouts::Whereabouts;

/// The client id of the viewer and of the portal at the demo's provider.
pub(crate) const CLIENT_ID: &str = "tarn";
/// The client id of `tarn token`.
pub(crate) const TOKEN_CLIENT_ID: &str = "tarn-token";

/// Ports above the demo's base.
pub(crate) const PORT: u16 = 9;
pub(crate) const API_PORT: u16 = 3;

/// Where the parts that sign people in are.
pub(crate) struct Clients {
    /// The viewer's origin.
    pub(crate) staff: String,
    /// The portal's origin.
    pub(crate) citizen: String,
    /// The base address of the API that access tokens are for.
    pub(crate) api: String,
}

/// A persona with the words of its choice on the page.
#[derive(Clone)]
pub(crate) struct Choice {
    pub(crate) short_name: &'static str,
    pub(crate) work: String,
    pub(crate) says: String,
    pub(crate) persona: Persona,
}

/// The demo's provider and everybody it can sign in.
pub(crate) struct Provider {
    pub(crate) protocol: DemoProvider,
    pub(crate) choices: HashMap<&'static str, Vec<Choice>>,
    pub(crate) clients: Clients,
}

impl Provider {
    /// A provider at `address` for the locality's personas and systems.
    ///
    /// # Errors
    /// If the address is not loopback, or no signing key can be made.
    pub(crate) fn new(
        address: SocketAddr,
        locality: &Locality,
        clients: Clients,
        systems: Vec<DemoClient>,
    ) -> anyhow::Result<Self> {
        let client = |realm, origin: &str| DemoClient {
            realm,
            client_id: CLIENT_ID.to_owned(),
            redirect_uris: vec![format!("{origin}/signed-in")],
            post_logout_redirect_uris: vec![format!("{origin}/signed-out")],
            auth: DemoClientAuth::None,
            api_scopes: ScopeSet::default(),
        };
        let protocol = DemoProvider::new(DemoParts {
            listen: address.ip(),
            base: format!("http://{address}"),
            api: Some(clients.api.clone()),
            clients: [
                vec![
                    client(Realm::Staff, &clients.staff),
                    client(Realm::Citizen, &clients.citizen),
                    token_client(Realm::Staff, address)?,
                    token_client(Realm::Citizen, address)?,
                ],
                systems,
            ]
            .concat(),
            key: SigningKey::generate(&SystemEntropy)?,
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
        })?;
        let choices = HashMap::from([
            (Realm::Staff.word(), staff(locality)),
            (Realm::Citizen.word(), citizens(locality)),
        ]);
        Ok(Self {
            protocol,
            choices,
            clients,
        })
    }

    pub(crate) fn choices(&self, realm: Realm) -> &[Choice] {
        self.choices.get(realm.word()).map_or(&[], Vec::as_slice)
    }

    /// What the pages share. Nobody has a session here: the provider asks each time.
    pub(crate) fn web(&self, address: SocketAddr, locality: &str) -> anyhow::Result<Web> {
        Ok(Web {
            part: Part {
                name: "signin",
                realm: Realm::Staff,
                locality: locality.to_owned(),
                origin: format!("http://{address}"),
                sign_in_origins: vec![self.clients.staff.clone(), self.clients.citizen.clone()],
                leave_to: String::new(),
                help_telephone: None,
            },
            desk: Arc::new(NoDesk),
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
            ready: Vec::new(),
            metrics: Metrics::new()?,
        })
    }
}

/// The provider's addresses. The protocol's own stand outside the pages' rules: a token request
/// comes from a server and not from a form.
pub(crate) fn configure(cfg: &mut web::ServiceConfig) {
    for realm in ["staff", "citizen"] {
        cfg.service(
            web::scope(&format!("/{realm}"))
                .app_data(web::Data::new(
                    realm.parse::<Realm>().unwrap_or(Realm::Staff),
                ))
                .route(
                    "/.well-known/openid-configuration",
                    web::get().to(protocol::discovery),
                )
                .route("/jwks", web::get().to(protocol::jwks))
                .route("/token", web::post().to(protocol::token))
                .route("/userinfo", web::get().to(protocol::userinfo))
                .service(
                    web::scope("")
                        .wrap(from_fn(tarn_web::every_request))
                        .route("/authorize", web::get().to(pages::choose))
                        .route("/authorize", web::post().to(pages::chosen))
                        .route("/end-session", web::get().to(pages::end_session)),
                ),
        );
    }
    cfg.service(
        web::scope("")
            .wrap(from_fn(tarn_web::every_request))
            .route("/", web::get().to(pages::home))
            .configure(tarn_web::configure),
    );
}

/// `tarn token` as a client. Its return address is the provider's own and holds no page: the
/// command reads the code from the reply, and a browser that is led there hands it to nobody.
fn token_client(realm: Realm, address: SocketAddr) -> anyhow::Result<DemoClient> {
    Ok(DemoClient {
        realm,
        client_id: TOKEN_CLIENT_ID.to_owned(),
        redirect_uris: vec![token_redirect_uri(address)],
        post_logout_redirect_uris: Vec::new(),
        auth: DemoClientAuth::None,
        api_scopes: "patient/*.cruds user/*.cruds".parse()?,
    })
}

/// Where the provider sends the codes of `tarn token`.
pub(crate) fn token_redirect_uri(address: SocketAddr) -> String {
    format!("http://{address}/token-command")
}

/// Where the provider and the API of a demo with this first port are.
pub(crate) fn whereabouts_from_base(base: u16) -> Whereabouts {
    let at = |above: u16| SocketAddr::from((Ipv4Addr::LOCALHOST, base.saturating_add(above)));
    Whereabouts {
        sign_in: at(PORT),
        api: format!("http://{}/fhir/r4", at(API_PORT)),
    }
}

/// The issuer of one realm.
pub(crate) fn issuer(address: SocketAddr, realm: Realm) -> String {
    format!("http://{address}/{}", realm.word())
}

fn staff(locality: &Locality) -> Vec<Choice> {
    locality
        .staff
        .iter()
        .map(|person| {
            let organisation = locality
                .organisations
                .iter()
                .find(|organisation| organisation.ods == person.organisation)
                .map(|organisation| organisation.name.clone());
            let (given_name, family_name) = names(person.display_name);
            Choice {
                short_name: person.short_name,
                work: format!(
                    "{}, {}",
                    person.role.title(),
                    organisation.as_deref().unwrap_or_default()
                ),
                says: person.says.to_owned(),
                persona: Persona {
                    realm: Realm::Staff,
                    sub: person.user_id.clone(),
                    given_name,
                    family_name,
                    name: person.display_name.to_owned(),
                    birthdate: None,
                    organisation: Some(person.organisation.clone()),
                    organisation_name: organisation,
                    role: Some(person.role),
                    nhs_number: None,
                    extra: Map::new(),
                },
            }
        })
        .collect()
}

fn citizens(locality: &Locality) -> Vec<Choice> {
    locality
        .citizens
        .iter()
        .map(|person| {
            let (given_name, family_name) = names(&person.display_name);
            Choice {
                short_name: person.short_name,
                work: format!("NHS number {}", person.nhs_number.grouped()),
                says: person.story.to_owned(),
                persona: Persona {
                    realm: Realm::Citizen,
                    sub: format!("citizen-{}", person.short_name),
                    given_name,
                    family_name,
                    name: person.display_name.clone(),
                    birthdate: Some(person.birth_date.to_string()),
                    organisation: None,
                    organisation_name: None,
                    role: None,
                    nhs_number: Some(person.nhs_number),
                    extra: Map::new(),
                },
            }
        })
        .collect()
}

/// Given and family name of a whole name; the last word is the family name.
fn names(whole: &str) -> (String, String) {
    match whole.rsplit_once(' ') {
        Some((given, family)) => (given.to_owned(), family.to_owned()),
        None => (String::new(), whole.to_owned()),
    }
}

/// Nobody signs in to the sign-in pages themselves.
struct NoDesk;

fn nobody() -> DeskError {
    let reason = "Sign-in begins at the viewer or the portal.".to_owned();
    DeskError {
        kind: ErrorKind::Invalid,
        reason,
    }
}

#[async_trait(?Send)]
impl SignInDesk for NoDesk {
    async fn begin(&self, _: Realm, _: &str, _: bool) -> Result<Begun, DeskError> {
        Err(nobody())
    }

    async fn finish(
        &self,
        _: Realm,
        _: &str,
        _: &Callback,
        _: Option<&str>,
    ) -> Result<Finished, DeskError> {
        Err(nobody())
    }

    async fn resolve(&self, _: Realm, _: &str) -> Result<Option<Session>, DeskError> {
        Ok(None)
    }

    async fn end(&self, _: Realm, _: &str, _: Reach) -> Result<Option<String>, DeskError> {
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_provider_listens_on_loopback_and_nowhere_else() {
        let locality = tarn_synth::locality(&tarn_synth::Options {
            seed: 42,
            people: 30,
            now: tarn_model::Timestamp::from_micros(1_795_341_840_000_000),
        });
        let at = |address: &str| {
            let clients = Clients {
                staff: "http://127.0.0.1:8080".to_owned(),
                citizen: "http://127.0.0.1:8081".to_owned(),
                api: "http://127.0.0.1:8083/fhir/r4".to_owned(),
            };
            Provider::new(address.parse().unwrap(), &locality, clients, Vec::new())
        };
        for address in ["127.0.0.1:8089", "127.8.8.8:8089", "[::1]:8089"] {
            assert!(at(address).is_ok(), "{address}");
        }
        for address in [
            "0.0.0.0:8089",
            "[::]:8089",
            "192.0.2.7:8089",
            "10.0.0.7:8089",
        ] {
            let refused = at(address).err().map(|error| error.to_string());
            let said = refused.unwrap_or_default();
            assert!(said.contains("loopback"), "{address}: {said}");
        }
    }
}
