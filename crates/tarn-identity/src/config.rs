use std::collections::BTreeMap;

use tarn_model::{Realm, Role};

use crate::{Algorithm, Secret, SigningKey};

/// How Tarn signs people in at one provider. One of these per realm.
#[derive(Debug, Clone)]
pub struct RelyingPartyConfig {
    /// Whom the provider knows: staff or citizens.
    pub realm: Realm,
    /// The provider's issuer address; discovery starts here.
    pub issuer: String,
    /// Tarn's client id there.
    pub client_id: String,
    /// Where the provider sends the browser back to, exactly as it is registered there.
    pub redirect_uri: String,
    /// Where the provider sends the browser after it has ended its own session.
    pub post_logout_redirect_uri: Option<String>,
    /// What is asked for beside `openid`.
    pub scopes: Vec<String>,
    /// How Tarn proves to the provider that it is the client.
    pub client_auth: ClientAuth,
    /// Which provider's rules apply.
    pub profile: Profile,
    /// By which algorithms ID tokens may be signed; empty means the profile's own.
    pub algorithms: Vec<Algorithm>,
    /// Which claims hold what, for [`Profile::Generic`].
    pub claims: ClaimNames,
    /// What the provider's role codes mean here: a table that the locality reviews. A code that
    /// is not in it is refused. For CIS2 the key is the whole triple (`S8001:G8005:R8015`) or
    /// its job role (`R8015`). For [`Profile::Generic`] Tarn's own role words are known without
    /// being listed.
    pub roles: BTreeMap<String, Role>,
}

/// How Tarn proves to the provider that it is the client (OpenID Connect Core §9).
#[derive(Debug, Clone)]
pub enum ClientAuth {
    /// Not at all: a public client, bound by PKCE alone.
    None,
    /// `client_secret_basic`.
    SecretBasic(Secret),
    /// `client_secret_post`.
    SecretPost(Secret),
    /// `private_key_jwt`, signed RS512 (RFC 7523).
    PrivateKeyJwt(SigningKey),
}

/// Whose rules a provider follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Profile {
    /// Any OpenID Connect provider; claims are found by [`ClaimNames`]. RS256.
    Generic,
    /// NHS login: RS512 only, vectors of trust, and an NHS number only at P9.
    ///
    /// Source: NHS login, Interface Specification – Federation 2.1.
    NhsLogin {
        /// The vectors of trust that are asked for, for example `P9.Cp.Cd`. What comes back must
        /// satisfy one of them.
        vtr: Vec<String>,
    },
    /// NHS CIS2: RS256, authentication assurance levels, and the role chosen at sign-in.
    ///
    /// Source: NHS England, CIS2 scopes and claims.
    Cis2 {
        /// The levels that are asked for, for example `AAL2_OR_AAL3_ANY`. What comes back must
        /// not be lower than the lowest of them.
        acr_values: Vec<String>,
    },
}

/// The claims that hold what Tarn needs to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimNames {
    /// The user's stable id.
    pub user_id: String,
    /// The name to show.
    pub name: String,
    /// The organisation's ODS code.
    pub organisation: String,
    /// The organisation's name.
    pub organisation_name: String,
    /// The role.
    pub role: String,
    /// Tarn's own assurance word: `low`, `medium` or `high`. Missing means low.
    pub assurance: String,
    /// A citizen's NHS number; used only at high assurance.
    pub nhs_number: String,
}

impl Default for ClaimNames {
    fn default() -> Self {
        Self {
            user_id: "sub".to_owned(),
            name: "name".to_owned(),
            organisation: "organisation".to_owned(),
            organisation_name: "organisation_name".to_owned(),
            role: "role".to_owned(),
            assurance: "assurance".to_owned(),
            nhs_number: "nhs_number".to_owned(),
        }
    }
}

impl RelyingPartyConfig {
    /// The algorithms that an ID token may be signed by.
    #[must_use]
    pub fn allowed_algorithms(&self) -> Vec<Algorithm> {
        match &self.profile {
            // NHS login's own rule; configuration does not widen it.
            Profile::NhsLogin { .. } => vec![Algorithm::Rs512],
            Profile::Generic | Profile::Cis2 { .. } if self.algorithms.is_empty() => {
                vec![Algorithm::Rs256]
            }
            Profile::Generic | Profile::Cis2 { .. } => self.algorithms.clone(),
        }
    }
}
