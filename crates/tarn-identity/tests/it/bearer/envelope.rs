//! Forged headers and signatures, each with the reason why it is refused.
#![expect(clippy::indexing_slicing, reason = "test support")]

use ring::hmac;
use serde_json::{Value, json};
use tarn_identity::BearerFault as F;

use super::forged::{Case, case};
use super::*;

/// A staff token with a changed header, signed by the staff issuer's RSA key.
fn headed(changes: Value) -> String {
    signers()[0].sign(&with(header(), changes), &claims())
}

pub(super) fn algorithms() -> Vec<Case> {
    let mut cases = Vec::new();
    for name in [
        "none", "None", "nOnE", "NONE", "", "RS384", "RS512", "PS256", "ES384", "EdDSA", "rs256",
        "HS256 ", "dir", "A128KW",
    ] {
        let token = headed(json!({ "alg": name }));
        cases.push(case(format!("alg {name}"), token, F::Algorithm));
    }
    for name in ["none", "RS256"] {
        let token = headed(json!({ "alg": name }));
        let unsigned = format!("{}.", token.rsplit_once('.').unwrap().0);
        let fault = if name == "none" {
            F::Algorithm
        } else {
            F::Signature
        };
        cases.push(case(format!("alg {name} unsigned"), unsigned, fault));
    }
    cases.push(case("no alg", headed(json!({ "alg": null })), F::Algorithm));
    cases.push(case(
        "alg is a list",
        headed(json!({ "alg": ["RS256"] })),
        F::Algorithm,
    ));
    // The public key, which everybody has, as the secret of a symmetric algorithm.
    let jwk = signers()[0].jwk();
    let public = [jwk.to_string(), jwk["n"].to_string(), String::new()];
    let hashes = [
        ("HS256", hmac::HMAC_SHA256),
        ("HS384", hmac::HMAC_SHA384),
        ("HS512", hmac::HMAC_SHA512),
    ];
    for ((name, hash), secret) in hashes.into_iter().zip(public) {
        let header = with(header(), json!({ "alg": name }));
        let signed = format!(
            "{}.{}",
            encode(header.to_string()),
            encode(claims().to_string())
        );
        let tag = hmac::sign(&hmac::Key::new(hash, secret.as_bytes()), signed.as_bytes());
        let token = format!("{signed}.{}", encode(tag));
        cases.push(case(
            format!("{name} by the public key"),
            token,
            F::Algorithm,
        ));
    }
    cases
}

pub(super) fn headers() -> Vec<Case> {
    let evil = "https://evil.example/keys";
    let mut cases = Vec::new();
    for (name, value) in [
        ("jku", json!(evil)),
        ("jwk", signers()[2].jwk().clone()),
        ("x5u", json!(evil)),
        ("x5c", json!(["MIIB"])),
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("b64", json!(false)),
        ("zip", json!("DEF")),
        ("enc", json!("A128GCM")),
        ("cty", json!("JWT")),
        ("nonce", json!("n")),
        ("iss", json!(STAFF)),
    ] {
        cases.push(case(name, headed(json!({ name: value })), F::HeaderMember));
    }
    for typ in [
        json!(null),
        json!("JWT"),
        json!("jwt"),
        json!("rt+jwt"),
        json!("logout+jwt"),
        json!("dpop+jwt"),
        json!("secevent+jwt"),
        json!("application/jwt"),
        json!("at+jwt2"),
        json!(" at+jwt"),
        json!(7),
    ] {
        cases.push(case(
            format!("typ {typ}"),
            headed(json!({ "typ": typ })),
            F::Type,
        ));
    }
    let [_, ec, other] = signers();
    for kid in [
        json!(null),
        json!(""),
        json!("unknown"),
        json!("../../dev/null"),
        json!(["a"]),
        json!(other.id()),
    ] {
        cases.push(case(
            format!("kid {kid}"),
            headed(json!({ "kid": kid })),
            F::Key,
        ));
    }
    cases.push(case(
        "RSA by the curve's key id",
        headed(json!({ "kid": ec.id() })),
        F::Key,
    ));
    cases.push(case(
        "curve by RSA's key id",
        headed(json!({ "alg": "ES256" })),
        F::Key,
    ));
    cases
}

pub(super) fn signatures() -> Vec<Case> {
    let [rsa, ec, other] = signers();
    let good = token(json!({}));
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let mut flipped = signature.to_owned();
    flipped.replace_range(..1, if signature.starts_with('A') { "B" } else { "A" });
    let claims_of = |changes| encode(with(claims(), changes).to_string());
    let parts: Vec<&str> = good.split('.').collect();
    let ec_header = json!({ "alg": "ES256", "typ": "at+jwt", "kid": ec.id() });
    let ec_token = ec.sign(&ec_header, &claims());
    let ec_signed = ec_token.rsplit_once('.').unwrap().0;
    let bad = |what: &str, token: String| case(what, token, F::Signature);
    vec![
        bad("another RSA key", other.sign(&header(), &claims())),
        bad("a curve key as RSA", ec.sign(&header(), &claims())),
        bad("an RSA key as a curve's", rsa.sign(&ec_header, &claims())),
        bad("a bit changed", format!("{signed}.{flipped}")),
        bad("cut short", good[..good.len() - 8].to_owned()),
        bad("longer", format!("{good}AAAA")),
        bad("padded", format!("{good}==")),
        bad("not base64", format!("{signed}.!!!!")),
        bad("empty", format!("{signed}.")),
        bad(
            "of another token",
            format!(
                "{signed}.{}",
                token(json!({ "jti": "t-2" })).rsplit_once('.').unwrap().1
            ),
        ),
        bad(
            "role changed",
            format!(
                "{}.{}.{}",
                parts[0],
                claims_of(json!({ "role": "gp" })),
                parts[2]
            ),
        ),
        bad(
            "longer life",
            format!(
                "{}.{}.{}",
                parts[0],
                claims_of(json!({ "exp": NOW + 3000 })),
                parts[2]
            ),
        ),
        bad(
            "header changed",
            format!(
                "{}.{}.{}",
                encode(with(header(), json!({ "x5t": "A" })).to_string()),
                parts[1],
                parts[2]
            ),
        ),
        bad("r and s zero", format!("{ec_signed}.{}", encode([0; 64]))),
        bad(
            "curve's signature in DER",
            format!("{ec_signed}.{}", encode([0x30, 0x06, 2, 1, 1, 2, 1, 1])),
        ),
    ]
}
