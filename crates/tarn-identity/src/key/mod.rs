mod public;

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{self, EcdsaKeyPair, KeyPair, RsaKeyPair};
use rsa::pkcs8::{EncodePrivateKey, LineEnding, SecretDocument};
use rsa::traits::PublicKeyParts;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use tarn_model::{Clock, Entropy};

pub use public::PublicKey;
pub(crate) use public::{TOKEN_LIMITS, payload};

use crate::IdentityError;
use crate::secret::random_token;
use public::Material;

/// The line round a private key in PEM (RFC 5958, RFC 7468 §10).
const PKCS8_LABEL: &str = "PRIVATE KEY";

/// The signature algorithms that the English providers use, and the two that SMART asks clients
/// for (RFC 7518 §3.3, §3.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
    /// ECDSA on P-384 with SHA-384.
    Es384,
}

impl Algorithm {
    /// The name in a token's header.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Es384 => "ES384",
        }
    }
}

/// A key that signs tokens: RSA, or ECDSA on P-384.
#[derive(Clone)]
pub struct SigningKey {
    /// PKCS#8, as ring takes it.
    der: Vec<u8>,
    public: PublicKey,
}

impl SigningKey {
    /// Makes a new RSA key of 2,048 bits.
    ///
    /// # Errors
    /// [`IdentityError::Key`] if no key could be made.
    pub fn generate(entropy: &dyn Entropy) -> Result<Self, IdentityError> {
        let private = rsa::RsaPrivateKey::new(&mut FromEntropy(entropy), 2048)
            .map_err(|_| key_problem("none could be made"))?;
        Self::of_rsa(&private)
    }

    /// Makes a new key on P-384. Unlike an RSA key it costs next to nothing; ring draws it from
    /// the system, since it takes randomness from nobody else.
    ///
    /// # Errors
    /// [`IdentityError::Key`] if no key could be made.
    pub fn generate_p384() -> Result<Self, IdentityError> {
        let made = EcdsaKeyPair::generate_pkcs8(
            &signature::ECDSA_P384_SHA384_FIXED_SIGNING,
            &SystemRandom::new(),
        );
        let der = made.map_err(|_| key_problem("none could be made"))?;
        Self::of_p384(der.as_ref().to_vec())
    }

    /// Reads a PEM text: RSA as PKCS#8 or PKCS#1, P-384 as PKCS#8.
    ///
    /// # Errors
    /// [`IdentityError::Key`] if it is none of these, or RSA of fewer than 2,048 bits.
    pub fn from_pem(pem: &str) -> Result<Self, IdentityError> {
        use rsa::pkcs1::DecodeRsaPrivateKey;
        use rsa::pkcs8::DecodePrivateKey;

        let rsa = rsa::RsaPrivateKey::from_pkcs8_pem(pem)
            .ok()
            .or_else(|| rsa::RsaPrivateKey::from_pkcs1_pem(pem).ok());
        let Some(private) = rsa else {
            let document = SecretDocument::from_pem(pem).ok();
            let document = document.filter(|(label, _)| *label == PKCS8_LABEL);
            let (_, document) = document.ok_or(key_problem("not a private key in PEM"))?;
            return Self::of_p384(document.as_bytes().to_vec());
        };
        if private.size() < 256 {
            return Err(key_problem("fewer than 2,048 bits"));
        }
        Self::of_rsa(&private)
    }

    /// The key as PKCS#8 PEM, to be kept where only its owner can read it.
    ///
    /// # Errors
    /// [`IdentityError::Key`] if it cannot be written.
    pub fn to_pem(&self) -> Result<String, IdentityError> {
        SecretDocument::try_from(self.der.as_slice())
            .and_then(|document| Ok(document.to_pem(PKCS8_LABEL, LineEnding::LF)?.to_string()))
            .map_err(|_| key_problem("it can't be written"))
    }

    /// The part that others may have.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        self.public.clone()
    }

    /// A client's proof that it is itself, for one token endpoint: good for five minutes and one
    /// use. RS512 by an RSA key, as NHS login asks; ES384 by the other.
    ///
    /// # Errors
    /// [`IdentityError::Key`] if the key cannot sign.
    ///
    /// Source: RFC 7523 §3; NHS login, private_key_jwt; SMART App Launch 2.2, "Asymmetric
    /// Authentication".
    pub fn client_assertion(
        &self,
        client_id: &str,
        endpoint: &str,
        clock: &dyn Clock,
        entropy: &dyn Entropy,
    ) -> Result<String, IdentityError> {
        let now = clock.now().as_micros() / 1_000_000;
        let claims = json!({
            "iss": client_id, "sub": client_id, "aud": endpoint,
            "jti": random_token(entropy), "iat": now, "exp": now + 300,
        });
        let claims = claims.as_object().cloned().unwrap_or_default();
        let algorithm = match self.public.material {
            Material::Rsa { .. } => Algorithm::Rs512,
            Material::P384 { .. } => Algorithm::Es384,
        };
        self.sign(algorithm, "JWT", &claims)
    }

    /// Signs `claims` as a compact JSON Web Token whose header has `typ` and this key's id.
    ///
    /// # Errors
    /// [`IdentityError::Key`] if the key cannot sign, or not by this algorithm.
    ///
    /// Source: RFC 7515 §3.1, RFC 7519.
    pub fn sign(
        &self,
        algorithm: Algorithm,
        typ: &str,
        claims: &Map<String, Value>,
    ) -> Result<String, IdentityError> {
        let header = json!({ "alg": algorithm.name(), "typ": typ, "kid": self.public.id });
        let claims = serde_json::to_string(claims).map_err(|_| key_problem("claims"))?;
        let signed = format!("{}.{}", encode(header.to_string()), encode(claims));
        let padding: &dyn signature::RsaEncoding = match algorithm {
            Algorithm::Rs256 => &signature::RSA_PKCS1_SHA256,
            Algorithm::Rs384 => &signature::RSA_PKCS1_SHA384,
            Algorithm::Rs512 => &signature::RSA_PKCS1_SHA512,
            Algorithm::Es384 => {
                let bytes = self.sign_p384(signed.as_bytes())?;
                return Ok(format!("{signed}.{}", encode(bytes)));
            }
        };
        // Signing is done by ring: its time does not depend on the key (unlike the crate that
        // made the key). The randomness only blinds; the signature does not depend on it.
        let pair = RsaKeyPair::from_pkcs8(&self.der).map_err(|_| key_problem("refused by ring"))?;
        let mut bytes = vec![0; pair.public().modulus_len()];
        pair.sign(padding, &SystemRandom::new(), signed.as_bytes(), &mut bytes)
            .map_err(|_| key_problem("it can't sign"))?;
        Ok(format!("{signed}.{}", encode(bytes)))
    }

    fn sign_p384(&self, signed: &[u8]) -> Result<signature::Signature, IdentityError> {
        let random = SystemRandom::new();
        let pair = p384_pair(&self.der)?;
        let signature = pair.sign(&random, signed);
        signature.map_err(|_| key_problem("it can't sign"))
    }

    fn of_rsa(private: &rsa::RsaPrivateKey) -> Result<Self, IdentityError> {
        let der = private
            .to_pkcs8_der()
            .map_err(|_| key_problem("it can't be written"))?;
        let modulus = private.n().to_bytes_be();
        Ok(Self {
            der: der.as_bytes().to_vec(),
            public: PublicKey {
                id: id_of(&modulus),
                material: Material::Rsa {
                    modulus,
                    exponent: private.e().to_bytes_be(),
                },
            },
        })
    }

    fn of_p384(der: Vec<u8>) -> Result<Self, IdentityError> {
        let point = p384_pair(&der)?.public_key().as_ref().to_vec();
        let public = PublicKey {
            id: id_of(&point),
            material: Material::P384 { point },
        };
        Ok(Self { der, public })
    }
}

fn p384_pair(der: &[u8]) -> Result<EcdsaKeyPair, IdentityError> {
    let algorithm = &signature::ECDSA_P384_SHA384_FIXED_SIGNING;
    EcdsaKeyPair::from_pkcs8(algorithm, der, &SystemRandom::new())
        .map_err(|_| key_problem("neither RSA nor P-384"))
}

fn id_of(material: &[u8]) -> String {
    let digest = Sha256::digest(material);
    encode(digest.get(..12).unwrap_or_default())
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

const fn key_problem(problem: &'static str) -> IdentityError {
    IdentityError::Key { problem }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.public.id)
    }
}

/// Lets the crate that makes keys draw from the randomness it is given.
struct FromEntropy<'a>(&'a dyn Entropy);

impl rand_core::RngCore for FromEntropy<'_> {
    fn next_u32(&mut self) -> u32 {
        rand_core::impls::next_u32_via_fill(self)
    }

    fn next_u64(&mut self) -> u64 {
        rand_core::impls::next_u64_via_fill(self)
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        self.0.fill(bytes);
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rand_core::Error> {
        self.0.fill(bytes);
        Ok(())
    }
}

impl rand_core::CryptoRng for FromEntropy<'_> {}
