//! The keys by which clients prove that they are themselves.
#![expect(clippy::unwrap_used, reason = "test support")]

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Map;
use tarn_identity::{Algorithm, PublicKey, SigningKey, TokenFault};
use tarn_model::SeededEntropy;

use crate::access_tokens::{BASE, World};
use crate::world::keys;

/// A key of the kind that SMART recommends; making one costs nothing.
pub(crate) fn p384() -> &'static SigningKey {
    static KEY: OnceLock<SigningKey> = OnceLock::new();
    KEY.get_or_init(|| SigningKey::generate_p384().unwrap())
}

#[test]
fn a_key_on_p384_proves_a_client_too_and_no_kind_of_key_stands_in_for_the_other() {
    let world = World::new();
    let scope = "system/*.c";
    // Another seed each time: an assertion's id is used once.
    let seeds = AtomicU64::new(0);
    let assertion = |key: &SigningKey, client_id: &str| {
        let endpoint = format!("{BASE}/staff/token");
        let entropy = SeededEntropy::new(seeds.fetch_add(1, Ordering::Relaxed));
        key.client_assertion(client_id, &endpoint, world.clock.as_ref(), &entropy)
            .unwrap()
    };
    let good = assertion(p384(), "feed");
    let answer = world.by_assertion_of(&good, scope).unwrap();
    assert_eq!(answer["scope"], scope);
    assert_eq!(
        world.by_assertion_of(&good, scope),
        Err("invalid_client"),
        "a replay"
    );
    let by_rsa = assertion(&keys().1, "board");
    assert!(world.by_assertion_of(&by_rsa, "system/*.rs").is_ok());

    // Signed by a key that is another client's, or nobody's.
    for (key, client_id) in [
        (p384(), "board"),
        (&keys().1, "feed"),
        (&SigningKey::generate_p384().unwrap(), "feed"),
    ] {
        let refused = world.by_assertion_of(&assertion(key, client_id), scope);
        assert_eq!(refused, Err("invalid_client"), "{client_id}");
    }
    // The header names the other kind's algorithm.
    let good = assertion(p384(), "feed");
    let (_, rest) = good.split_once('.').unwrap();
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"RS384","typ":"JWT"}"#);
    let refused = world.by_assertion_of(&format!("{header}.{rest}"), scope);
    assert_eq!(refused, Err("invalid_client"));
    let claims = Map::new();
    assert!(p384().sign(Algorithm::Rs384, "JWT", &claims).is_err());
    assert!(keys().1.sign(Algorithm::Es384, "JWT", &claims).is_err());
}

#[test]
fn a_key_comes_back_from_its_own_text_and_others_take_its_public_part() {
    for key in [p384(), &keys().0] {
        let again = SigningKey::from_pem(&key.to_pem().unwrap()).unwrap();
        assert_eq!(again.public(), key.public());
        let as_published = PublicKey::from_jwk(&key.public().to_jwk()).unwrap();
        assert_eq!(as_published, key.public());
    }
    let signed = p384().sign(Algorithm::Es384, "JWT", &Map::new()).unwrap();
    let known = p384().public();
    let taken = |algorithms: &[Algorithm]| known.verify(&signed, algorithms, "JWT");
    assert_eq!(taken(&[Algorithm::Es384]), Ok(Map::new()));
    assert_eq!(taken(&[Algorithm::Rs384]), Err(TokenFault::Algorithm));
    let pem = p384().to_pem().unwrap();
    for wrong in [
        "",
        "PRIVATE KEY",
        &pem.replace("PRIVATE KEY", "CERTIFICATE"),
    ] {
        assert!(SigningKey::from_pem(wrong).is_err());
    }
}
