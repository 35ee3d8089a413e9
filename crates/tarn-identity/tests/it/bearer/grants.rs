//! What a good token grants, to whom, and what a client is told when it does not.

use serde_json::json;
use tarn_identity::{
    BearerError, BearerFault, ChallengeError, Interaction, Permission, ScopeLevel, SessionScope,
};
use tarn_model::Assurance;

use super::*;

#[tokio::test]
async fn staff_come_with_role_and_organisation_and_their_user_scopes() {
    let desk = Desk::new();
    let scope = "openid user/Observation.rs patient/*.cruds system/*.cruds";
    let grant = desk
        .validate(&token(json!({ "scope": scope })))
        .await
        .unwrap();
    let actor = &grant.actor;
    assert_eq!(
        (actor.realm, actor.role, actor.assurance),
        (Realm::Staff, Role::OohDoctor, Assurance::High)
    );
    assert_eq!(actor.organisation.as_ref().unwrap().as_str(), "X26");
    assert_eq!(
        (actor.user_id.as_str(), actor.own_nhs_number),
        ("user-77", None)
    );
    assert_eq!(
        (grant.level, grant.client_id.as_str()),
        (ScopeLevel::User, "app")
    );
    assert_eq!(grant.expires_at.as_micros(), (NOW + 300) * 1_000_000);
    assert!(grant.scopes.has(SessionScope::OpenId));
    assert!(grant.allows("Observation", Interaction::Search));
    // Scopes of other levels are in the token and give nothing.
    assert!(!grant.allows("Observation", Interaction::Update));
    assert!(!grant.allows("Patient", Interaction::Read));

    let mapped = desk
        .validate(&token(json!({ "role": "R8003" })))
        .await
        .unwrap();
    assert_eq!(mapped.actor.role, Role::CommunityNurse);
}

#[tokio::test]
async fn a_citizen_comes_with_the_proved_number_and_patient_scopes_alone() {
    let desk = Desk::new();
    let scope = "patient/*.rs user/*.cruds";
    let grant = desk
        .validate(&citizen_token(json!({ "scope": scope })))
        .await
        .unwrap();
    let actor = &grant.actor;
    assert_eq!((actor.realm, actor.role), (Realm::Citizen, Role::Citizen));
    assert_eq!(actor.own_nhs_number.unwrap().as_str(), "9990000018");
    assert_eq!(
        (grant.level, actor.organisation.clone()),
        (ScopeLevel::Patient, None)
    );
    assert!(grant.allows("Observation", Interaction::Read));
    assert!(!grant.allows("Observation", Interaction::Create));
    let debug = format!("{grant:?}");
    assert!(PERSONAL.iter().all(|own| !debug.contains(own)), "{debug}");
}

#[tokio::test]
async fn a_system_is_who_its_registration_says_whatever_its_token_says() {
    let desk = Desk::new();
    let own = |client: &str, sub: &str| {
        token(json!({
            "client_id": client, "sub": sub, "scope": "system/*.rs user/*.cruds",
            "role": "gp", "organisation": "X26", "name": "Somebody Else",
        }))
    };
    for (client, sub) in [
        ("ward-board", "ward-board"),
        ("keycloak-board", "service-account-1"),
    ] {
        let grant = desk.validate(&own(client, sub)).await.unwrap();
        let actor = &grant.actor;
        assert_eq!(
            (grant.level, actor.role),
            (ScopeLevel::System, Role::EdDoctor)
        );
        assert_eq!(actor.organisation.as_ref().unwrap().as_str(), "RSB");
        assert_eq!(
            (actor.user_id.as_str(), actor.display_name.as_str()),
            (client, "Ward board")
        );
        assert!(grant.allows("Patient", Interaction::Read));
        assert!(!grant.allows("Patient", Interaction::Update));
    }
    // A user who comes by a system's client is a user.
    let grant = desk.validate(&own("ward-board", "user-77")).await.unwrap();
    assert_eq!(
        (grant.level, grant.actor.role),
        (ScopeLevel::User, Role::Gp)
    );
    // A client id as subject, of a client that has another subject: nobody is guessed.
    let fault = desk.fault(&own("keycloak-board", "keycloak-board")).await;
    assert_eq!(fault, Some(BearerFault::UnknownSystem));
}

#[tokio::test]
async fn what_is_within_the_standard_is_taken() {
    let mut config = config();
    config.algorithms = BearerAlgorithm::ALL.to_vec();
    let desk = Desk::of(config);
    let [rsa, ec, _] = signers();
    let headed = |changes| with(header(), changes);
    for (what, token) in [
        (
            "RS512",
            rsa.sign(&headed(json!({ "alg": "RS512" })), &claims()),
        ),
        (
            "ES256",
            ec.sign(
                &headed(json!({ "alg": "ES256", "kid": ec.id() })),
                &claims(),
            ),
        ),
        (
            "whole type",
            rsa.sign(&headed(json!({ "typ": "application/AT+JWT" })), &claims()),
        ),
        (
            "thumbprint",
            rsa.sign(&headed(json!({ "x5t": "A", "x5t#S256": "B" })), &claims()),
        ),
        ("one audience in a list", token(json!({ "aud": [API] }))),
        (
            "issued just ahead of us",
            token(json!({ "iat": NOW + 30, "nbf": NOW + 30 })),
        ),
        (
            "ended just now",
            token(json!({ "exp": NOW - 29, "iat": NOW - 300 })),
        ),
        ("no scope", token(json!({ "scope": null }))),
    ] {
        assert_eq!(desk.fault(&token).await, None, "{what}");
    }
}

#[tokio::test]
async fn a_scope_that_is_missing_is_named_to_the_client() {
    let desk = Desk::new();
    let scope = "user/Patient.rs user/Observation.rs?category=laboratory";
    let grant = desk
        .validate(&token(json!({ "scope": scope })))
        .await
        .unwrap();
    assert_eq!(
        grant.require("Patient", Interaction::Read),
        Ok(Permission::Granted)
    );
    assert_eq!(grant.require_all("Patient", Interaction::Read), Ok(()));
    let error = grant.require("Condition", Interaction::Search).unwrap_err();
    let challenge = error.challenge().unwrap();
    assert_eq!(
        (challenge.status, challenge.error),
        (403, Some(ChallengeError::InsufficientScope))
    );
    assert_eq!(
        challenge.to_string(),
        r#"Bearer realm="tarn", error="insufficient_scope", scope="user/Condition.s""#
    );
    // A caller that cannot apply the restriction is refused, one that can is told it.
    assert!(grant.require_all("Observation", Interaction::Read).is_err());
    let within = grant.require("Observation", Interaction::Read).unwrap();
    assert!(matches!(within, Permission::Within(searches) if searches.len() == 1));
    // Nothing that a client made up comes back in the header.
    let error = grant
        .require("X\"\r\nSet-Cookie: a=b", Interaction::Read)
        .unwrap_err();
    assert!(
        error
            .challenge()
            .unwrap()
            .to_string()
            .ends_with(r#"scope="user/*.r""#)
    );
}

#[test]
fn the_header_is_read_as_the_standard_says() {
    let check = |header: Option<&str>, expected: Result<&str, BearerError>| {
        assert_eq!(BearerValidator::token_of(header), expected, "{header:?}");
    };
    check(Some("Bearer abc.def-_~+/="), Ok("abc.def-_~+/="));
    check(Some("bearer abc"), Ok("abc"));
    check(None, Err(BearerError::Missing));
    check(Some("Basic abc"), Err(BearerError::Missing));
    check(Some(""), Err(BearerError::Missing));
    for header in [
        "Bearer",
        "Bearer ",
        "Bearer  abc",
        "Bearer a b",
        "Bearer a,b",
        "Bearer a\"b",
        "Bearer é",
    ] {
        check(Some(header), Err(BearerError::Header));
    }
    let challenge = |error: BearerError| error.challenge().unwrap();
    let missing = challenge(BearerError::Missing);
    assert_eq!(
        (missing.status, missing.to_string().as_str()),
        (401, "Bearer realm=\"tarn\"")
    );
    assert_eq!(challenge(BearerError::Header).status, 400);
    let expired = challenge(BearerFault::Expired.into());
    assert_eq!(
        expired.to_string(),
        r#"Bearer realm="tarn", error="invalid_token", error_description="the token has expired""#
    );
}

/// A launch with one person is for that person: the token says whom, and without that it is none.
#[tokio::test]
async fn a_launch_with_a_patient_names_them_or_gives_nothing() {
    let desk = Desk::new();
    let scope = "launch/patient user/*.rs";
    let launched = token(json!({ "scope": scope, "patient": "edie-1.2" }));
    let grant = desk.validate(&launched).await.unwrap();
    assert_eq!(grant.patient.as_deref(), Some("edie-1.2"));
    let plain = token(json!({ "scope": "user/*.rs" }));
    assert_eq!(desk.validate(&plain).await.unwrap().patient, None);
    for wrong in [
        json!({ "scope": scope }),
        json!({ "scope": scope, "patient": "" }),
        json!({ "scope": scope, "patient": "Patient/1" }),
        json!({ "scope": "user/*.rs", "patient": 7 }),
        json!({ "scope": "user/*.rs", "patient": "x".repeat(65) }),
    ] {
        let refused = desk.validate(&token(wrong.clone())).await.unwrap_err();
        let fault = BearerFault::Claim { claim: "patient" };
        assert_eq!(refused, fault.into(), "{wrong}");
    }
}
