//! Keys: rotation, throttling, an issuer that is silent or lies.

use serde_json::{Value, json};
use tarn_identity::{BearerError, BearerFault};
use tarn_model::{Clock, ErrorKind};

use super::*;

/// A token that is good for an hour from the clock's time, by one of the signers.
fn lasting(desk: &Desk, signer: &Signer, algorithm: &str) -> String {
    let now = desk.clock.now().as_micros() / 1_000_000;
    let header = json!({ "alg": algorithm, "typ": "at+jwt", "kid": signer.id() });
    let jti = format!("t-{}-{now}", signer.id());
    let times = json!({ "iat": now, "exp": now + 3600, "jti": jti });
    signer.sign(&header, &with(claims(), times))
}

#[tokio::test]
async fn keys_are_fetched_once_and_again_when_they_are_old() {
    let desk = Desk::new();
    let [rsa, ec, _] = signers();
    assert_eq!(
        desk.net.fetches(),
        0,
        "nobody is asked before the first token"
    );
    desk.validate(&lasting(&desk, rsa, "RS256")).await.unwrap();
    desk.validate(&lasting(&desk, ec, "ES256")).await.unwrap();
    assert_eq!(desk.net.fetches(), 2, "description and keys");
    desk.clock.advance_seconds(599);
    desk.validate(&lasting(&desk, rsa, "RS256")).await.unwrap();
    assert_eq!(desk.net.fetches(), 2);
    desk.clock.advance_seconds(1);
    desk.validate(&lasting(&desk, rsa, "RS256")).await.unwrap();
    assert_eq!(desk.net.fetches(), 4);
}

#[tokio::test]
async fn a_new_key_is_found_and_a_removed_one_is_believed_no_more() {
    let desk = Desk::new();
    let [rsa, ec, _] = signers();
    *desk.net.staff_keys.lock().unwrap() = json!([rsa.jwk()]);
    let old = lasting(&desk, rsa, "RS256");
    desk.validate(&old).await.unwrap();

    *desk.net.staff_keys.lock().unwrap() = json!([ec.jwk()]);
    desk.clock.advance_seconds(31);
    desk.validate(&lasting(&desk, ec, "ES256")).await.unwrap();
    assert_eq!(desk.net.fetches(), 4);
    // Checked half a minute ago; a minute after that it is checked again, and its key is gone.
    desk.validate(&old).await.unwrap();
    desk.clock.advance_seconds(30);
    assert_eq!(desk.fault(&old).await, Some(BearerFault::Key));
}

#[tokio::test]
async fn unknown_key_ids_make_the_issuer_be_asked_rarely() {
    let desk = Desk::new();
    let made_up = |number: usize| {
        let header = with(header(), json!({ "kid": format!("made-up-{number}") }));
        signers()[0].sign(&header, &claims())
    };
    for number in 0..50 {
        assert_eq!(desk.fault(&made_up(number)).await, Some(BearerFault::Key));
    }
    assert_eq!(desk.net.fetches(), 2);
    desk.clock.advance_seconds(30);
    for number in 50..100 {
        assert_eq!(desk.fault(&made_up(number)).await, Some(BearerFault::Key));
    }
    assert_eq!(desk.net.fetches(), 4);
    // All the while, tokens by known keys are taken.
    assert_eq!(desk.fault(&token(json!({}))).await, None);
}

#[tokio::test]
async fn a_silent_issuer_means_unavailable_and_is_not_asked_by_every_request() {
    let desk = Desk::new();
    desk.net.set_up(false);
    for _ in 0..20 {
        let error = desk.validate(&token(json!({}))).await.unwrap_err();
        assert_eq!(error, BearerError::Unavailable);
        assert_eq!(
            (error.kind(), error.challenge()),
            (ErrorKind::Unavailable, None)
        );
    }
    assert_eq!(desk.net.fetches(), 1);
    // The other issuer is not touched by it being silent, nor what is plainly no token of it.
    assert_eq!(
        desk.fault(&token(json!({ "iss": "https://evil.example" })))
            .await,
        Some(BearerFault::Issuer)
    );
    desk.net.set_up(true);
    desk.clock.advance_seconds(30);
    assert_eq!(desk.fault(&token(json!({}))).await, None);
}

#[tokio::test]
async fn known_keys_outlive_a_silent_issuer_for_six_hours_and_no_longer() {
    let desk = Desk::new();
    let [rsa, ec, _] = signers();
    *desk.net.staff_keys.lock().unwrap() = json!([rsa.jwk()]);
    desk.validate(&lasting(&desk, rsa, "RS256")).await.unwrap();
    desk.net.set_up(false);
    desk.clock.advance_seconds(6 * 3600 - 1);
    desk.validate(&lasting(&desk, rsa, "RS256")).await.unwrap();
    // Whether a key that is not known is the issuer's cannot be said while it is silent.
    let error = desk
        .validate(&lasting(&desk, ec, "ES256"))
        .await
        .unwrap_err();
    assert_eq!(error, BearerError::Unavailable);
    desk.clock.advance_seconds(1);
    let error = desk
        .validate(&lasting(&desk, rsa, "RS256"))
        .await
        .unwrap_err();
    assert_eq!(error, BearerError::Unavailable);
}

#[tokio::test]
async fn a_description_that_cannot_be_right_is_no_answer() {
    for description in [
        json!({ "issuer": CITIZENS, "jwks_uri": "https://id.example/staff-keys" }),
        json!({ "jwks_uri": "https://id.example/staff-keys" }),
        json!({ "issuer": STAFF }),
        json!({ "issuer": STAFF, "jwks_uri": "http://id.example/staff-keys" }),
        json!({ "issuer": STAFF, "jwks_uri": "file:///etc/keys" }),
        json!([]),
    ] {
        let desk = Desk::new();
        *desk.net.description.lock().unwrap() = description.clone();
        let error = desk.validate(&token(json!({}))).await.unwrap_err();
        assert_eq!(error, BearerError::Unavailable, "{description}");
    }
}

#[tokio::test]
async fn only_named_public_signature_keys_are_used() {
    let rsa = signers()[0].jwk();
    let check = async |keys: Value, taken: bool| {
        let desk = Desk::new();
        *desk.net.staff_keys.lock().unwrap() = keys.clone();
        let fault = desk.fault(&token(json!({}))).await;
        assert_eq!(fault.is_none(), taken, "{keys} {fault:?}");
    };
    let changed = |changes| with(rsa.clone(), changes);
    check(json!([rsa]), true).await;
    check(json!([changed(json!({ "alg": "RS256" }))]), true).await;
    check(
        json!([changed(json!({ "use": null, "key_ops": ["verify"] }))]),
        true,
    )
    .await;
    check(json!([changed(json!({ "alg": "RS512" }))]), false).await;
    check(json!([changed(json!({ "alg": "RSA-OAEP" }))]), false).await;
    check(json!([changed(json!({ "use": "enc" }))]), false).await;
    check(json!([changed(json!({ "key_ops": ["encrypt"] }))]), false).await;
    check(json!([changed(json!({ "kid": null }))]), false).await;
    let secret = json!({ "kty": "oct", "k": "AAAA", "kid": signers()[0].id(), "alg": "HS256" });
    check(json!([secret]), false).await;
    // Strange neighbours do no harm.
    let neighbours =
        json!([7, {}, { "kty": "new", "kid": "x" }, { "kty": "RSA", "kid": "y" }, secret, rsa]);
    check(neighbours, true).await;
    // A key of 1,024 bits signs nothing here.
    let short = encode([0xFF; 128]);
    check(json!([changed(json!({ "n": short }))]), false).await;
}

#[tokio::test]
async fn a_checked_token_is_believed_for_a_minute_and_never_after_its_end() {
    let desk = Desk::new();
    let short = token(json!({ "exp": NOW + 20 }));
    assert_eq!(desk.validator.recall(&short, &desk.clock), None);
    let grant = desk.validate(&short).await.unwrap();
    assert_eq!(desk.validator.recall(&short, &desk.clock), Some(grant));
    // One more character, one less: another token.
    assert_eq!(
        desk.validator.recall(&format!("{short}A"), &desk.clock),
        None
    );
    desk.clock.advance_seconds(20);
    assert_eq!(desk.validator.recall(&short, &desk.clock), None);
    desk.clock.advance_seconds(30);
    assert_eq!(desk.fault(&short).await, Some(BearerFault::Expired));

    let long = lasting(&desk, &signers()[0], "RS256");
    desk.validate(&long).await.unwrap();
    desk.clock.advance_seconds(59);
    assert!(desk.validator.recall(&long, &desk.clock).is_some());
    desk.clock.advance_seconds(1);
    assert_eq!(desk.validator.recall(&long, &desk.clock), None);
    // A clock that goes back makes nothing valid for longer.
    desk.validate(&long).await.unwrap();
    desk.clock.advance_seconds(-3600);
    assert_eq!(desk.validator.recall(&long, &desk.clock), None);
}
