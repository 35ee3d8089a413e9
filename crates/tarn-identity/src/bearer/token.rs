//! One token: its form before anything is believed, its claims after the signature.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{DecodingKey, Validation};
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::{Map, Value};
use tarn_model::fhir::{Limits, check_limits};

use super::{BearerAlgorithm, BearerConfig, BearerFault};

/// The longest token that is looked at, in bytes.
const LONGEST_BYTES: usize = 8 << 10;
/// Claims of real providers are three or four levels deep.
const LIMITS: Limits = Limits {
    size_bytes: LONGEST_BYTES,
    depth: 8,
};
/// The header members that are taken. `x5t` and `x5t#S256` only name a certificate and choose
/// nothing here. Everything else would make the token say by what it is to be checked (`jku`,
/// `jwk`, `x5u`, `x5c`), or how it is to be read (`crit`, `b64`, `zip`, `enc`, `cty`).
const MEMBERS: [&str; 5] = ["alg", "kid", "typ", "x5t", "x5t#S256"];

/// What a token says of itself before its signature is checked: enough to find the key.
pub(super) struct Unchecked<'a> {
    token: &'a str,
    algorithm: BearerAlgorithm,
    pub(super) key_id: String,
    pub(super) issuer: String,
}

impl<'a> Unchecked<'a> {
    /// # Errors
    /// The first [`BearerFault`] of size, form, header, type and algorithm.
    pub(super) fn read(token: &'a str, config: &BearerConfig) -> Result<Self, BearerFault> {
        if token.len() > LONGEST_BYTES {
            return Err(BearerFault::Size);
        }
        let mut parts = token.split('.');
        let (Some(header), Some(claims), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(BearerFault::Form);
        };
        let header = object(header)?;
        let claims = object(claims)?;
        if header.keys().any(|name| !MEMBERS.contains(&name.as_str())) {
            return Err(BearerFault::HeaderMember);
        }
        let word = |name: &str| header.get(name).and_then(Value::as_str);
        let typ = word("typ").ok_or(BearerFault::Type)?;
        if !config.types.iter().any(|taken| same_type(taken, typ)) {
            return Err(BearerFault::Type);
        }
        let algorithm = config
            .algorithms
            .iter()
            .find(|algorithm| word("alg") == Some(algorithm.name()))
            .ok_or(BearerFault::Algorithm)?;
        if signature.is_empty() {
            return Err(BearerFault::Signature);
        }
        let issuer = claims.get("iss").and_then(Value::as_str);
        Ok(Self {
            token,
            algorithm: *algorithm,
            key_id: word("kid").ok_or(BearerFault::Key)?.to_owned(),
            issuer: issuer.ok_or(BearerFault::Issuer)?.to_owned(),
        })
    }

    pub(super) const fn algorithm(&self) -> BearerAlgorithm {
        self.algorithm
    }

    /// The claims, if `key` signed them.
    ///
    /// # Errors
    /// [`BearerFault::Signature`], or [`BearerFault::Form`].
    pub(super) fn check(&self, key: &DecodingKey) -> Result<Map<String, Value>, BearerFault> {
        use jsonwebtoken::errors::ErrorKind;

        // Times and audience are checked by the caller: the library would ask the system for
        // the time, and would take a token for several audiences.
        let mut validation = Validation::new(self.algorithm.jws());
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        validation.validate_aud = false;
        let decoded = jsonwebtoken::decode::<Once>(self.token, key, &validation);
        match decoded {
            Ok(decoded) => Ok(decoded.claims.0),
            Err(error) => match error.kind() {
                ErrorKind::InvalidSignature | ErrorKind::Base64(_) => Err(BearerFault::Signature),
                ErrorKind::InvalidAlgorithm => Err(BearerFault::Algorithm),
                _ => Err(BearerFault::Form),
            },
        }
    }
}

/// `at+jwt` and `application/at+jwt` are one type (RFC 9068 §4).
fn same_type(taken: &str, typ: &str) -> bool {
    let short = |typ: &str| {
        let typ = typ.to_ascii_lowercase();
        typ.strip_prefix("application/")
            .map_or(typ.clone(), str::to_owned)
    };
    short(taken) == short(typ)
}

fn object(part: &str) -> Result<Map<String, Value>, BearerFault> {
    let bytes = URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|_| BearerFault::Form)?;
    check_limits(&bytes, LIMITS).map_err(|_| BearerFault::Form)?;
    let once: Once = serde_json::from_slice(&bytes).map_err(|_| BearerFault::Form)?;
    Ok(once.0)
}

/// A JSON object that says each thing once: of two members with one name, two readers may take
/// different ones (RFC 7519 §4).
struct Once(Map<String, Value>);

impl<'de> Deserialize<'de> for Once {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(OnceVisitor)
    }
}

struct OnceVisitor;

impl<'de> Visitor<'de> for OnceVisitor {
    type Value = Once;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object that says each thing once")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Once, A::Error> {
        let mut map = Map::new();
        while let Some((name, value)) = members.next_entry::<String, Value>()? {
            if map.insert(name, value).is_some() {
                return Err(A::Error::custom("said twice"));
            }
        }
        Ok(Once(map))
    }
}

/// The claims of a token whose signature was right.
pub(super) struct Verified<'a> {
    pub(super) claims: &'a Map<String, Value>,
}

impl Verified<'_> {
    /// Checks that this is an access token for `config`'s audience, at `now` (seconds since
    /// 1970), and gives the second when it ends.
    ///
    /// # Errors
    /// The first [`BearerFault`].
    pub(super) fn check(&self, config: &BearerConfig, now: i64) -> Result<i64, BearerFault> {
        self.check_kind()?;
        if !self.is_for(&config.audience) {
            return Err(BearerFault::Audience);
        }
        let skew = i64::from(config.skew_seconds);
        let ends_at = self.seconds("exp")?;
        let issued_at = self.seconds("iat")?;
        if ends_at <= now.saturating_sub(skew) {
            return Err(BearerFault::Expired);
        }
        let soonest = now.saturating_add(skew);
        if self.claims.contains_key("nbf") && self.seconds("nbf")? > soonest {
            return Err(BearerFault::NotYet);
        }
        let lasts = ends_at.saturating_sub(issued_at);
        if issued_at > soonest || !(1..=i64::from(config.longest_seconds)).contains(&lasts) {
            return Err(BearerFault::IssuedAt);
        }
        self.text("jti")?;
        Ok(ends_at)
    }

    /// A claim that must be there, as text of 1 to 256 bytes without control characters.
    pub(super) fn text(&self, claim: &'static str) -> Result<&str, BearerFault> {
        self.named(claim, claim)
    }

    /// The same, for a claim whose name is configured.
    pub(super) fn named(&self, name: &str, claim: &'static str) -> Result<&str, BearerFault> {
        self.claims
            .get(name)
            .and_then(Value::as_str)
            .filter(|text| !text.trim().is_empty() && text.len() <= 256)
            .filter(|text| !text.chars().any(char::is_control))
            .ok_or(BearerFault::Claim { claim })
    }

    /// Refuses the issuer's other tokens, which its key signs too, and tokens that mean more
    /// than their bearer.
    fn check_kind(&self) -> Result<(), BearerFault> {
        // OpenID Connect Core §2 and §3.3.2.11; RFC 8417 §2.2 (logout tokens and other events).
        const OTHERS: [&str; 5] = ["nonce", "at_hash", "c_hash", "s_hash", "events"];
        // RFC 7800 (bound to a key), RFC 8693 §4 (somebody else acts), RFC 9396 (narrowed).
        const BOUND: [&str; 4] = ["cnf", "act", "may_act", "authorization_details"];
        let says = |name: &&str| self.claims.contains_key(*name);
        if OTHERS.iter().any(|name| self.claims.contains_key(*name)) {
            return Err(BearerFault::OtherKind);
        }
        if let Some(claim) = BOUND.into_iter().find(says) {
            return Err(BearerFault::Bound { claim });
        }
        // Providers that put no type in the header put one here: Keycloak `typ`, others
        // `token_use`.
        let is = |claim: &str, word: &str| match self.claims.get(claim) {
            None => true,
            Some(said) => said
                .as_str()
                .is_some_and(|said| said.eq_ignore_ascii_case(word)),
        };
        if is("typ", "Bearer") && is("token_use", "access") {
            Ok(())
        } else {
            Err(BearerFault::OtherKind)
        }
    }

    /// For this audience and no other: whoever else may take a token could use it here.
    fn is_for(&self, audience: &str) -> bool {
        match self.claims.get("aud") {
            Some(Value::String(one)) => one == audience,
            Some(Value::Array(all)) => {
                matches!(all.as_slice(), [Value::String(one)] if one == audience)
            }
            _ => false,
        }
    }

    fn seconds(&self, claim: &'static str) -> Result<i64, BearerFault> {
        self.claims
            .get(claim)
            .and_then(Value::as_i64)
            .filter(|seconds| (0..=1 << 40).contains(seconds))
            .ok_or(BearerFault::Claim { claim })
    }
}
