use std::sync::Arc;

use tarn_identity::{
    AuthorizeError, AuthorizeParams, ClientAuth, DemoParts, DemoProvider, Profile, Secret,
    SigningKey, TokenForm,
};
use tarn_model::{FixedClock, Realm, SeededEntropy};

use crate::world::{BACK, NOON, World, authorize_params, config, keys, persona};

#[test]
fn it_cannot_be_made_where_others_can_reach_it() {
    for (listen, base, allowed) in [
        ([127, 0, 0, 1], "http://127.0.0.1:8089", true),
        ([127, 0, 0, 1], "http://localhost:8089", true),
        ([0, 0, 0, 0], "http://127.0.0.1:8089", false),
        ([192, 168, 1, 4], "http://127.0.0.1:8089", false),
        ([127, 0, 0, 1], "http://demo.example.org", false),
        ([127, 0, 0, 1], "http://localhost.example.org", false),
    ] {
        let made = DemoProvider::new(DemoParts {
            listen: listen.into(),
            base: base.into(),
            api: None,
            clients: vec![],
            key: keys().0.clone(),
            clock: Arc::new(FixedClock(NOON)),
            entropy: Arc::new(SeededEntropy::new(1)),
        });
        assert_eq!(made.is_ok(), allowed, "{listen:?} {base}");
    }
}

#[tokio::test]
async fn a_request_that_is_not_right_goes_nowhere_unsafe() {
    let world = World::new(config(Realm::Staff, Profile::Generic, ClientAuth::None));
    let good = authorize_params(&world.begin().await.0);
    let check = |change: fn(&mut AuthorizeParams), word: Option<&str>| {
        let mut params = good.clone();
        change(&mut params);
        match (world.provider.check_authorize(Realm::Staff, &params), word) {
            (Err(AuthorizeError::Page(_)), None) => {}
            (Err(AuthorizeError::Redirect(back)), Some(word)) => {
                assert!(back.starts_with(BACK) && back.contains(word), "{back}");
            }
            (other, _) => panic!("{word:?}: {:?}", other.map(|_| ())),
        }
    };
    check(|p| p.client_id = "other".into(), None);
    check(|p| p.redirect_uri = "http://evil.example/".into(), None);
    check(|p| p.redirect_uri.push('/'), None);
    check(
        |p| p.response_type = "token".into(),
        Some("unsupported_response_type"),
    );
    check(|p| p.scope = "profile".into(), Some("invalid_scope"));
    check(|p| p.nonce.clear(), Some("invalid_request"));
    check(|p| p.code_challenge.clear(), Some("invalid_request"));
    check(
        |p| p.code_challenge_method = "plain".into(),
        Some("invalid_request"),
    );
    check(|p| p.prompt = "none".into(), Some("login_required"));
    assert!(
        world
            .provider
            .check_authorize(Realm::Citizen, &good)
            .is_err()
    );

    let pending = world.provider.check_authorize(Realm::Staff, &good).unwrap();
    assert!(
        world
            .provider
            .approve(&pending, &persona(Realm::Citizen))
            .is_err()
    );
    assert!(
        world
            .provider
            .deny(&pending)
            .contains("error=access_denied")
    );
}

#[tokio::test]
async fn the_token_endpoint_checks_client_address_and_verifier() {
    let secret = ClientAuth::SecretPost(Secret::new("right"));
    let world = World::new(config(Realm::Staff, Profile::Generic, secret));
    let check = async |change: fn(&mut TokenForm), error: &str| {
        let (url, _) = world.begin().await;
        let callback = world.choose(&url, &persona(Realm::Staff));
        let mut form = TokenForm {
            grant_type: "authorization_code".into(),
            code: callback.code.unwrap(),
            redirect_uri: BACK.into(),
            code_verifier: "x".repeat(43),
            client_id: Some("tarn".into()),
            client_secret: Some("right".into()),
            ..TokenForm::default()
        };
        change(&mut form);
        let answer = world.provider.token(Realm::Staff, &form, None);
        assert_eq!(answer.unwrap_err().error, error);
    };
    check(|_| {}, "invalid_grant").await;
    check(
        |form| form.client_secret = Some("wrong".into()),
        "invalid_client",
    )
    .await;
    check(|form| form.client_secret = None, "invalid_client").await;
    check(
        |form| form.client_id = Some("other".into()),
        "invalid_client",
    )
    .await;
    check(|form| form.redirect_uri.push('x'), "invalid_grant").await;
    check(|form| form.code = "made up".into(), "invalid_grant").await;
    check(
        |form| form.grant_type = "password".into(),
        "unsupported_grant_type",
    )
    .await;
    let opened = world
        .provider
        .userinfo(Realm::Staff, Some("Bearer made-up"));
    assert_eq!(opened.unwrap_err().status, 401);
}

#[tokio::test]
async fn an_assertion_by_another_key_is_refused() {
    let auth = ClientAuth::PrivateKeyJwt(keys().1.clone());
    let good = World::new(config(Realm::Staff, Profile::Generic, auth));
    assert!(good.sign_in(&persona(Realm::Staff)).await.is_ok());
    let form = TokenForm {
        grant_type: "authorization_code".into(),
        client_id: Some("tarn".into()),
        client_assertion: Some(
            keys()
                .0
                .sign(
                    tarn_identity::Algorithm::Rs512,
                    "JWT",
                    &serde_json::Map::new(),
                )
                .unwrap(),
        ),
        client_assertion_type: Some(
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer".into(),
        ),
        ..TokenForm::default()
    };
    let answer = good.provider.token(Realm::Staff, &form, None);
    assert_eq!(answer.unwrap_err().error, "invalid_client");
}

#[tokio::test]
async fn after_sign_out_only_registered_addresses_are_gone_to() {
    let world = World::new(config(Realm::Staff, Profile::Generic, ClientAuth::None));
    let signed_in = world.sign_in(&persona(Realm::Staff)).await.unwrap();
    let hint = &signed_in.id_token_hint;
    let url = world
        .party
        .end_session_url(Some(hint), world.clock.as_ref())
        .await
        .unwrap();
    let asked = crate::world::pairs(&url.unwrap());
    let text = |name: &str| asked.get(name).and_then(serde_json::Value::as_str);
    let end = |uri| {
        world
            .provider
            .end_session(Realm::Staff, text("id_token_hint"), None, uri)
    };
    assert_eq!(
        end(text("post_logout_redirect_uri")).as_deref(),
        Some("http://127.0.0.1:8080/")
    );
    assert_eq!(end(Some("http://evil.example/")), None);
    assert_eq!(end(None), None);
}

#[test]
fn a_key_is_read_back_from_its_pem() {
    let pem = keys().0.to_pem().unwrap();
    let again = SigningKey::from_pem(&pem).unwrap();
    assert!(again.public() == keys().0.public());
    assert!(SigningKey::from_pem("not a key").is_err());
    assert!(!format!("{again:?}").contains("BEGIN"));
}
