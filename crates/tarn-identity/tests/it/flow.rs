use serde_json::{Map, Value, json};
use tarn_identity::{
    Algorithm, Callback, ClientAuth, IdentityError, Profile, Refusal, Secret, TokenFault,
};
use tarn_model::{Assurance, Clock, ErrorKind, Realm, Role};

use crate::world::{World, config, keys, pairs, persona};

fn staff() -> World {
    World::new(config(Realm::Staff, Profile::Generic, ClientAuth::None))
}

fn refusal<T>(answer: Result<T, IdentityError>) -> Refusal {
    match answer {
        Err(IdentityError::Refused { reason }) => reason,
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("it was not refused"),
    }
}

#[tokio::test]
async fn staff_sign_in_by_every_kind_of_client_authentication() {
    for auth in [
        ClientAuth::None,
        ClientAuth::SecretBasic(Secret::new("a secret/with +signs:")),
        ClientAuth::SecretPost(Secret::new("a secret/with +signs:")),
        ClientAuth::PrivateKeyJwt(keys().1.clone()),
    ] {
        let world = World::new(config(Realm::Staff, Profile::Generic, auth));
        let signed_in = world.sign_in(&persona(Realm::Staff)).await.unwrap();
        let actor = signed_in.actor;
        assert_eq!((actor.realm, actor.role), (Realm::Staff, Role::OohDoctor));
        assert_eq!(actor.user_id, "staff-sub");
        assert_eq!(actor.organisation.unwrap().as_str(), "X26");
        assert_eq!(actor.assurance, Assurance::High);
        assert_eq!(actor.own_nhs_number, None);
        assert!(signed_in.provider_sid.is_some());
    }
}

#[tokio::test]
async fn a_citizen_signs_in_with_a_proven_nhs_number() {
    let profile = Profile::NhsLogin {
        vtr: vec!["P9.Cp.Cd".into(), "P9.Cm".into()],
    };
    let auth = ClientAuth::PrivateKeyJwt(keys().1.clone());
    let world = World::new(config(Realm::Citizen, profile, auth));
    let (url, _) = world.begin().await;
    assert_eq!(pairs(&url)["vtr"], json!(r#"["P9.Cp.Cd","P9.Cm"]"#));
    let actor = world.sign_in(&persona(Realm::Citizen)).await.unwrap().actor;
    assert_eq!(
        (actor.role, actor.assurance),
        (Role::Citizen, Assurance::High)
    );
    assert_eq!(actor.own_nhs_number.unwrap().as_str(), "9990000018");
    assert_eq!(actor.display_name, "Edna Hargreaves");
}

#[tokio::test]
async fn the_callback_must_belong_to_the_attempt() {
    let world = staff();
    let (url, attempt) = world.begin().await;
    let good = world.choose(&url, &persona(Realm::Staff));
    let check = async |callback: Callback, expected: Refusal| {
        let answer = world.finish(&callback, attempt.clone()).await;
        assert_eq!(refusal(answer), expected);
    };
    let with = |change: fn(&mut Callback)| {
        let mut callback = good.clone();
        change(&mut callback);
        callback
    };
    check(
        with(|back| back.state = Some("other".into())),
        Refusal::State,
    )
    .await;
    check(with(|back| back.state = None), Refusal::State).await;
    check(
        with(|back| back.iss = Some("http://evil.example".into())),
        Refusal::Issuer,
    )
    .await;
    check(with(|back| back.code = None), Refusal::NoCode).await;
    let denied = Refusal::ProviderSaid {
        word: "access_denied",
    };
    check(
        with(|back| back.error = Some("access_denied".into())),
        denied,
    )
    .await;
    let shy = Refusal::ProviderSaid { word: "error" };
    check(with(|back| back.error = Some("<script>".into())), shy).await;
    // The code was not spent by any of these.
    assert!(world.finish(&good, attempt).await.is_ok());
}

#[tokio::test]
async fn a_code_works_once_in_time_and_with_its_own_verifier() {
    let world = staff();
    let (url, attempt) = world.begin().await;
    let callback = world.choose(&url, &persona(Realm::Staff));
    world.finish(&callback, attempt.clone()).await.unwrap();
    assert_eq!(
        refusal(world.finish(&callback, attempt).await),
        Refusal::Code
    );

    let (url, attempt) = world.begin().await;
    let callback = world.choose(&url, &persona(Realm::Staff));
    world.clock.advance_seconds(121);
    assert_eq!(
        refusal(world.finish(&callback, attempt).await),
        Refusal::Code
    );

    // A code that was got by another attempt has another PKCE verifier.
    let (stolen_url, _) = world.begin().await;
    let stolen = world.choose(&stolen_url, &persona(Realm::Staff));
    let (url, attempt) = world.begin().await;
    let mut callback = world.choose(&url, &persona(Realm::Staff));
    callback.code = stolen.code;
    assert_eq!(
        refusal(world.finish(&callback, attempt).await),
        Refusal::Code
    );

    let (url, attempt) = world.begin().await;
    let callback = world.choose(&url, &persona(Realm::Staff));
    world.clock.advance_seconds(601);
    assert_eq!(
        refusal(world.finish(&callback, attempt).await),
        Refusal::UnknownAttempt
    );
}

#[tokio::test]
async fn an_id_token_that_is_not_right_is_refused() {
    type Change = fn(&mut Map<String, Value>);
    let now = crate::world::NOON.as_micros() / 1_000_000;
    assert_eq!(now, 1_764_000_000);
    let changes: [(Change, TokenFault); 7] = [
        (
            |c| drop(c.insert("nonce".into(), json!("other"))),
            TokenFault::Nonce,
        ),
        (|c| drop(c.remove("nonce")), TokenFault::Nonce),
        (
            |c| drop(c.insert("aud".into(), json!("other"))),
            TokenFault::Audience,
        ),
        (
            |c| drop(c.insert("aud".into(), json!(["tarn", "other"]))),
            TokenFault::Audience,
        ),
        (
            |c| drop(c.insert("iss".into(), json!("http://evil.example"))),
            TokenFault::Issuer,
        ),
        (
            |c| drop(c.insert("exp".into(), json!(1_764_000_000))),
            TokenFault::Expired,
        ),
        (
            |c| drop(c.insert("iat".into(), json!(1_764_000_300))),
            TokenFault::IssuedAt,
        ),
    ];
    for (change, fault) in changes {
        let world = staff();
        world.twist(change);
        let answer = world.sign_in(&persona(Realm::Staff)).await;
        assert_eq!(refusal(answer), Refusal::IdToken { fault });
    }
}

#[tokio::test]
async fn a_token_by_another_key_or_algorithm_is_refused() {
    let check = async |key, algorithm, fault| {
        let world = staff();
        *world.token_key.lock().unwrap() = (key, algorithm);
        let answer = world.sign_in(&persona(Realm::Staff)).await;
        assert_eq!(refusal(answer), Refusal::IdToken { fault });
    };
    check(keys().1.clone(), Algorithm::Rs256, TokenFault::Signature).await;
    check(keys().0.clone(), Algorithm::Rs512, TokenFault::Algorithm).await;

    let profile = Profile::NhsLogin {
        vtr: vec!["P9.Cp.Cd".into()],
    };
    let mut config = config(Realm::Citizen, profile, ClientAuth::None);
    config.algorithms = vec![Algorithm::Rs256];
    let world = World::new(config);
    world.token_key.lock().unwrap().1 = Algorithm::Rs256;
    let answer = world.sign_in(&persona(Realm::Citizen)).await;
    let fault = TokenFault::Algorithm;
    assert_eq!(
        refusal(answer),
        Refusal::IdToken { fault },
        "NHS login is RS512 only"
    );
}

#[tokio::test]
async fn user_information_about_someone_else_is_refused() {
    let world = staff();
    *world.user_info_twist.lock().unwrap() = Some(Box::new(|claims| {
        drop(claims.insert("sub".into(), json!("someone-else")))
    }));
    let answer = world.sign_in(&persona(Realm::Staff)).await;
    assert_eq!(refusal(answer), Refusal::OtherSubject);
}

#[tokio::test]
async fn an_attempt_of_one_realm_is_unknown_in_the_other() {
    let world = staff();
    let (url, mut attempt) = world.begin().await;
    let callback = world.choose(&url, &persona(Realm::Staff));
    attempt.realm = Realm::Citizen;
    assert_eq!(
        refusal(world.finish(&callback, attempt).await),
        Refusal::UnknownAttempt
    );
}

#[tokio::test]
async fn a_provider_that_does_not_answer_means_unavailable() {
    let world = World::new({
        let mut config = config(Realm::Staff, Profile::Generic, ClientAuth::None);
        config.issuer = "http://127.0.0.1:9/staff".into();
        config
    });
    let error = world
        .party
        .discover(world.clock.as_ref())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
}

#[tokio::test]
async fn a_logout_token_ends_only_what_it_names() {
    let world = staff();
    let now = world.clock.now().as_micros() / 1_000_000;
    let good = json!({
        "iss": "http://127.0.0.1:8089/staff", "aud": "tarn", "iat": now, "jti": "1",
        "sid": "s1", "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
    });
    let good = good.as_object().unwrap();
    let notice = async |typ: &str, key: usize, claims: &Map<String, Value>| {
        let key = if key == 0 { &keys().0 } else { &keys().1 };
        let token = key.sign(Algorithm::Rs256, typ, claims).unwrap();
        world
            .party
            .logout_notice(&token, world.clock.as_ref())
            .await
    };
    assert_eq!(
        notice("logout+jwt", 0, good).await.unwrap().sid.as_deref(),
        Some("s1")
    );
    assert!(notice("JWT", 0, good).await.is_err());
    assert!(notice("logout+jwt", 1, good).await.is_err());
    for (name, value) in [
        ("iss", json!("http://evil.example")),
        ("aud", json!("other")),
        ("iat", json!(now - 3600)),
        ("exp", json!(now)),
        ("events", json!({})),
        ("nonce", json!("n")),
    ] {
        let mut bad = good.clone();
        bad.insert(name.to_owned(), value);
        assert!(notice("logout+jwt", 0, &bad).await.is_err(), "{name}");
    }
    let mut nobody = good.clone();
    nobody.remove("sid");
    assert!(notice("logout+jwt", 0, &nobody).await.is_err());
}
