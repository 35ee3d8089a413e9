use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature;
use serde_json::{Map, Value, json};

use super::{Algorithm, encode};
use crate::TokenFault;

/// The part of a [`SigningKey`](super::SigningKey) that others check its tokens with.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    pub(super) material: Material,
    pub(super) id: String,
}

#[derive(Clone, PartialEq, Eq)]
pub(super) enum Material {
    Rsa {
        modulus: Vec<u8>,
        exponent: Vec<u8>,
    },
    /// The point as `04`, x and y (SEC 1 §2.3.3).
    P384 {
        point: Vec<u8>,
    },
}

impl PublicKey {
    /// Reads a JSON Web Key: RSA, or EC on P-384.
    #[must_use]
    pub fn from_jwk(key: &Value) -> Option<Self> {
        let text = |name: &str| key.get(name).and_then(Value::as_str);
        let bytes = |name: &str| URL_SAFE_NO_PAD.decode(text(name)?).ok();
        if text("use").is_some_and(|word| word != "sig") {
            return None;
        }
        let material = match (text("kty")?, text("crv")) {
            ("RSA", _) => Material::Rsa {
                modulus: bytes("n")?,
                exponent: bytes("e")?,
            },
            ("EC", Some("P-384")) => {
                let point = [&[4], &*bytes("x")?, &*bytes("y")?].concat();
                Material::P384 { point }
            }
            _ => return None,
        };
        Some(Self {
            material,
            id: text("kid").unwrap_or_default().to_owned(),
        })
    }

    /// The key as a JSON Web Key for signatures (RFC 7517).
    #[must_use]
    pub fn to_jwk(&self) -> Value {
        match &self.material {
            Material::Rsa { modulus, exponent } => json!({
                "kty": "RSA", "use": "sig", "kid": self.id,
                "n": encode(modulus), "e": encode(exponent),
            }),
            Material::P384 { point } => {
                let (x, y) = point.get(1..).unwrap_or_default().split_at(point.len() / 2);
                json!({
                    "kty": "EC", "crv": "P-384", "use": "sig", "kid": self.id,
                    "x": encode(x), "y": encode(y),
                })
            }
        }
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
        let signature = URL_SAFE_NO_PAD
            .decode(signature)
            .map_err(|_| TokenFault::Form)?;
        self.check(*algorithm, signed.as_bytes(), &signature)?;
        payload(token)
    }

    /// An algorithm that is not this kind of key's is refused like one that nobody allows.
    fn check(
        &self,
        algorithm: Algorithm,
        signed: &[u8],
        signature: &[u8],
    ) -> Result<(), TokenFault> {
        let padding = match algorithm {
            Algorithm::Rs256 => Some(&signature::RSA_PKCS1_2048_8192_SHA256),
            Algorithm::Rs384 => Some(&signature::RSA_PKCS1_2048_8192_SHA384),
            Algorithm::Rs512 => Some(&signature::RSA_PKCS1_2048_8192_SHA512),
            Algorithm::Es384 => None,
        };
        let checked = match (&self.material, padding) {
            (Material::Rsa { modulus, exponent }, Some(padding)) => {
                signature::RsaPublicKeyComponents {
                    n: modulus,
                    e: exponent,
                }
                .verify(padding, signed, signature)
            }
            (Material::P384 { point }, None) => {
                signature::UnparsedPublicKey::new(&signature::ECDSA_P384_SHA384_FIXED, point)
                    .verify(signed, signature)
            }
            _ => return Err(TokenFault::Algorithm),
        };
        checked.map_err(|_| TokenFault::Signature)
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

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.id)
    }
}
