use std::collections::BTreeMap;
use std::str::FromStr;

use tarn_model::{OdsCode, Realm, Role};

use crate::{ClaimNames, Profile};

/// Which access tokens an API takes.
#[derive(Debug, Clone)]
pub struct BearerConfig {
    /// The one audience that a token must name, exactly: the API's base address as its clients
    /// know it.
    pub audience: String,
    /// Who may issue tokens for it; a token of anybody else is refused.
    pub issuers: Vec<BearerIssuer>,
    /// By which algorithms tokens may be signed. What a token says of itself chooses among
    /// these and never adds to them.
    pub algorithms: Vec<BearerAlgorithm>,
    /// What a token's header may say that it is. [`BearerConfig::AT_JWT`] unless an issuer does
    /// not follow RFC 9068; `JWT` lets an issuer's other tokens come nearer, which are then told
    /// apart by their claims alone.
    pub types: Vec<String>,
    /// How far an issuer's clock may be away from ours, in seconds; at most 120.
    pub skew_seconds: u32,
    /// The longest time from `iat` to `exp` that is taken, in seconds. A token cannot be taken
    /// back, so this bounds for how long a stolen one is good.
    pub longest_seconds: u32,
}

/// An issuer of access tokens and how its claims are read.
#[derive(Debug, Clone)]
pub struct BearerIssuer {
    /// The issuer's address, exactly as in `iss`; its keys are found from here by discovery.
    /// HTTPS, or a loopback address.
    pub issuer: String,
    /// Whom it knows: staff or citizens. System clients are registered with a staff issuer.
    pub realm: Realm,
    /// Which rules its claims follow; the same as for sign-in.
    pub profile: Profile,
    /// Which claims hold what, for [`Profile::Generic`].
    pub claims: ClaimNames,
    /// Which claim holds the client's id: `client_id` by RFC 9068, `azp` with some providers.
    pub client_claim: String,
    /// What the provider's role codes mean here, as in [`crate::RelyingPartyConfig::roles`].
    pub roles: BTreeMap<String, Role>,
    /// The systems that may ask without a user, by client id. A system that is not listed is
    /// refused, whatever its token says.
    pub system_clients: BTreeMap<String, SystemClient>,
}

/// For whom and as what a registered system asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SystemClient {
    /// The name that people read in their access log.
    pub name: String,
    /// The organisation that answers for it.
    pub organisation: OdsCode,
    /// The organisation's name.
    pub organisation_name: Option<String>,
    /// The role that the agreements know it by.
    pub role: Role,
    /// The `sub` of its tokens, if that is not the client id (RFC 9068 §2.2 wants it to be).
    pub subject: Option<String>,
}

/// A signature algorithm for access tokens (RFC 7518 §3.1, RFC 8037 §3.1).
///
/// All of them are asymmetric: that a public key is taken for an HMAC secret cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BearerAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// Ed25519.
    EdDsa,
}

/// The word is not a signature algorithm that access tokens may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not one of RS256, RS384, RS512, PS256, ES256, ES384, EdDSA")]
pub struct UnknownAlgorithm;

impl BearerConfig {
    /// The type that RFC 9068 gives access tokens.
    pub const AT_JWT: &'static str = "at+jwt";
    /// The widest clock skew that can be configured, in seconds.
    pub const MOST_SKEW_SECONDS: u32 = 120;

    /// What the standards recommend: `at+jwt`, RS256 and ES256, half a minute of skew, an hour.
    #[must_use]
    pub fn new(audience: impl Into<String>, issuers: Vec<BearerIssuer>) -> Self {
        Self {
            audience: audience.into(),
            issuers,
            algorithms: vec![BearerAlgorithm::Rs256, BearerAlgorithm::Es256],
            types: vec![Self::AT_JWT.to_owned()],
            skew_seconds: 30,
            longest_seconds: 3600,
        }
    }
}

impl BearerAlgorithm {
    /// Every algorithm.
    pub const ALL: [Self; 7] = [
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
        Self::Ps256,
        Self::Es256,
        Self::Es384,
        Self::EdDsa,
    ];

    /// The name in a token's header.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::EdDsa => "EdDSA",
        }
    }

    pub(super) const fn jws(self) -> jsonwebtoken::Algorithm {
        use jsonwebtoken::Algorithm;

        match self {
            Self::Rs256 => Algorithm::RS256,
            Self::Rs384 => Algorithm::RS384,
            Self::Rs512 => Algorithm::RS512,
            Self::Ps256 => Algorithm::PS256,
            Self::Es256 => Algorithm::ES256,
            Self::Es384 => Algorithm::ES384,
            Self::EdDsa => Algorithm::EdDSA,
        }
    }
}

impl FromStr for BearerAlgorithm {
    type Err = UnknownAlgorithm;

    fn from_str(name: &str) -> Result<Self, UnknownAlgorithm> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.name() == name)
            .ok_or(UnknownAlgorithm)
    }
}
