use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{self, RsaKeyPair};
use rsa::pkcs8::EncodePrivateKey;
use rsa::traits::PublicKeyParts;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use tarn_model::Entropy;

use crate::{IdentityError, TokenFault};

/// The signature algorithms that the English providers use, and the one that SMART asks clients
/// for (RFC 7518 §3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
}

impl Algorithm {
    /// The name in a token's header.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
        }
    }
}

/// An RSA key that signs tokens.
#[derive(Clone)]
pub struct SigningKey {
    private: Arc<rsa::RsaPrivateKey>,
    der: Vec<u8>,
    id: String,
}

/// The part of a [`SigningKey`] that others check its tokens with.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    modulus: Vec<u8>,
    exponent: Vec<u8>,
    id: String,
}

impl SigningKey {
    /// Makes a new key of 2,048 bits.
    ///
    /// # Errors
    /// [`IdentityError::Key`] if no key could be made.
    pub fn generate(entropy: &dyn Entropy) -> Result<Self, IdentityError> {
        let private = rsa::RsaPrivateKey::new(&mut FromEntropy(entropy), 2048)
            .map_err(|_| key_problem("none could be made"))?;
        Self::new(private)
    }

    /// Reads a PEM text, PKCS#8 or PKCS#1.
    ///
    /// # Errors
    /// [`IdentityError::Key`] if it is neither, or has fewer than 2,048 bits.
    pub fn from_pem(pem: &str) -> Result<Self, IdentityError> {
        use rsa::pkcs1::DecodeRsaPrivateKey;
        use rsa::pkcs8::DecodePrivateKey;

        let private = rsa::RsaPrivateKey::from_pkcs8_pem(pem)
            .ok()
            .or_else(|| rsa::RsaPrivateKey::from_pkcs1_pem(pem).ok())
            .ok_or_else(|| key_problem("not an RSA private key in PEM"))?;
        if private.size() < 256 {
            return Err(key_problem("fewer than 2,048 bits"));
        }
        Self::new(private)
    }

    /// The key as PKCS#8 PEM, to be kept where only the server can read it.
    ///
    /// # Errors
    /// [`IdentityError::Key`] if it cannot be written.
    pub fn to_pem(&self) -> Result<String, IdentityError> {
        self.private
            .to_pkcs8_pem(rsa::pkcs8::LineEnding::LF)
            .map(|pem| pem.to_string())
            .map_err(|_| key_problem("it can't be written"))
    }

    /// The part that others may have.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey {
            modulus: self.private.n().to_bytes_be(),
            exponent: self.private.e().to_bytes_be(),
            id: self.id.clone(),
        }
    }

    /// Signs `claims` as a compact JSON Web Token whose header has `typ` and this key's id.
    ///
    /// # Errors
    /// [`IdentityError::Key`] if the key cannot sign.
    ///
    /// Source: RFC 7515 §3.1, RFC 7519.
    pub fn sign(
        &self,
        algorithm: Algorithm,
        typ: &str,
        claims: &Map<String, Value>,
    ) -> Result<String, IdentityError> {
        let header = json!({ "alg": algorithm.name(), "typ": typ, "kid": self.id });
        let claims = serde_json::to_string(claims).map_err(|_| key_problem("claims"))?;
        let signed = format!("{}.{}", encode(header.to_string()), encode(claims));
        // Signing is done by ring: its time does not depend on the key (unlike the crate that
        // made the key). The randomness only blinds; the signature does not depend on it.
        let pair = RsaKeyPair::from_pkcs8(&self.der).map_err(|_| key_problem("refused by ring"))?;
        let padding: &dyn signature::RsaEncoding = match algorithm {
            Algorithm::Rs256 => &signature::RSA_PKCS1_SHA256,
            Algorithm::Rs384 => &signature::RSA_PKCS1_SHA384,
            Algorithm::Rs512 => &signature::RSA_PKCS1_SHA512,
        };
        let mut bytes = vec![0; pair.public().modulus_len()];
        pair.sign(padding, &SystemRandom::new(), signed.as_bytes(), &mut bytes)
            .map_err(|_| key_problem("it can't sign"))?;
        Ok(format!("{signed}.{}", encode(bytes)))
    }

    fn new(private: rsa::RsaPrivateKey) -> Result<Self, IdentityError> {
        let der = private
            .to_pkcs8_der()
            .map_err(|_| key_problem("it can't be written"))?
            .as_bytes()
            .to_vec();
        let digest = Sha256::digest(private.n().to_bytes_be());
        let id = encode(digest.get(..12).unwrap_or_default());
        Ok(Self {
            private: Arc::new(private),
            der,
            id,
        })
    }
}

impl PublicKey {
    /// Reads a JSON Web Key of type RSA.
    #[must_use]
    pub fn from_jwk(key: &Value) -> Option<Self> {
        let text = |name: &str| key.get(name).and_then(Value::as_str);
        if text("kty") != Some("RSA") || text("use").is_some_and(|word| word != "sig") {
            return None;
        }
        Some(Self {
            modulus: URL_SAFE_NO_PAD.decode(text("n")?).ok()?,
            exponent: URL_SAFE_NO_PAD.decode(text("e")?).ok()?,
            id: text("kid").unwrap_or_default().to_owned(),
        })
    }

    /// The key as a JSON Web Key for signatures (RFC 7517).
    #[must_use]
    pub fn to_jwk(&self) -> Value {
        json!({
            "kty": "RSA", "use": "sig", "kid": self.id,
            "n": encode(&self.modulus), "e": encode(&self.exponent),
        })
    }

    /// The claims of a compact token, if this key signed it by `algorithm` with header `typ`.
    ///
    /// Only the signature is checked here, not what the claims say. A missing `typ` counts as
    /// `JWT`.
    ///
    /// # Errors
    /// [`TokenFault::Form`], [`TokenFault::Algorithm`] or [`TokenFault::Signature`].
    pub fn verify(
        &self,
        token: &str,
        algorithms: &[Algorithm],
        typ: &str,
    ) -> Result<Map<String, Value>, TokenFault> {
        let (signed, signature) = token.rsplit_once('.').ok_or(TokenFault::Form)?;
        let (header, _) = signed.split_once('.').ok_or(TokenFault::Form)?;
        let header = decode_object(header)?;
        let word = |name: &str| header.get(name).and_then(Value::as_str);
        let algorithm = algorithms
            .iter()
            .find(|algorithm| word("alg") == Some(algorithm.name()))
            .ok_or(TokenFault::Algorithm)?;
        if !word("typ").unwrap_or("JWT").eq_ignore_ascii_case(typ) {
            return Err(TokenFault::Form);
        }
        let padding = match algorithm {
            Algorithm::Rs256 => &signature::RSA_PKCS1_2048_8192_SHA256,
            Algorithm::Rs384 => &signature::RSA_PKCS1_2048_8192_SHA384,
            Algorithm::Rs512 => &signature::RSA_PKCS1_2048_8192_SHA512,
        };
        let signature = URL_SAFE_NO_PAD
            .decode(signature)
            .map_err(|_| TokenFault::Form)?;
        signature::RsaPublicKeyComponents {
            n: &self.modulus,
            e: &self.exponent,
        }
        .verify(padding, signed.as_bytes(), &signature)
        .map_err(|_| TokenFault::Signature)?;
        payload(token)
    }
}

/// The claims of a compact token, without any check.
pub(crate) fn payload(token: &str) -> Result<Map<String, Value>, TokenFault> {
    decode_object(token.split('.').nth(1).ok_or(TokenFault::Form)?)
}

fn decode_object(part: &str) -> Result<Map<String, Value>, TokenFault> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenFault::Form)?;
    tarn_model::fhir::check_limits(&bytes, TOKEN_LIMITS).map_err(|_| TokenFault::Form)?;
    serde_json::from_slice(&bytes).map_err(|_| TokenFault::Form)
}

/// Tokens and user information are small; what is not is refused before it is parsed.
pub(crate) const TOKEN_LIMITS: tarn_model::fhir::Limits = tarn_model::fhir::Limits {
    size_bytes: 256 << 10,
    depth: 16,
};

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

const fn key_problem(problem: &'static str) -> IdentityError {
    IdentityError::Key { problem }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.id)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.id)
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
