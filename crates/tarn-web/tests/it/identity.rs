//! The desk over the real session store, with a provider that doesn't answer.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where its ground gives way"
)]

use std::sync::Arc;

use tarn_identity::{
    ClaimNames, ClientAuth, HttpFailure, Profile, RelyingParty, RelyingPartyConfig, Secret,
    SessionLimits, SessionStore, SignedIn,
};
use tarn_model::{Actor, ErrorKind, FixedClock, ManualClock, Realm, SeededEntropy};
use tarn_web::testing::{AT, citizen, doctor};
use tarn_web::{Callback, IdentityDesk, Reach, SignInDesk};

struct Ground {
    desk: IdentityDesk,
    sessions: SessionStore,
    clock: Arc<ManualClock>,
    _folder: tempfile::TempDir,
}

impl Ground {
    async fn new(realm: Realm) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let address = format!("sqlite:{}", folder.path().join("identity.db").display());
        let sessions = SessionStore::connect(&address, SessionLimits::default())
            .await
            .unwrap();
        sessions.migrate().await.unwrap();
        let config = RelyingPartyConfig {
            realm,
            issuer: "http://127.0.0.1:8089/staff".to_owned(),
            client_id: "viewer".to_owned(),
            redirect_uri: "http://127.0.0.1:8080/signed-in".to_owned(),
            post_logout_redirect_uri: None,
            scopes: Vec::new(),
            client_auth: ClientAuth::None,
            profile: Profile::Generic,
            algorithms: Vec::new(),
            claims: ClaimNames::default(),
            roles: std::collections::BTreeMap::new(),
        };
        let silent = |_| async { Err(HttpFailure("nobody listens")) };
        let clock = Arc::new(ManualClock::new(AT));
        let desk = IdentityDesk {
            party: Arc::new(RelyingParty::new(config, Arc::new(silent))),
            sessions: sessions.clone(),
            clock: clock.clone(),
            entropy: Arc::new(SeededEntropy::new(3)),
            runtime: tokio::runtime::Handle::current(),
        };
        Self {
            desk,
            sessions,
            clock,
            _folder: folder,
        }
    }

    async fn token(&self, actor: Actor) -> String {
        self.another_token(actor, 11).await
    }

    /// A session in another browser: other randomness.
    async fn another_token(&self, actor: Actor, seed: u64) -> String {
        let signed_in = SignedIn {
            actor,
            id_token_hint: Secret::new("hint"),
            provider_sid: None,
        };
        let entropy = SeededEntropy::new(seed);
        self.sessions
            .create(&signed_in, None, &FixedClock(AT), &entropy)
            .await
            .unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_found_in_its_own_realm_until_it_ends() {
    let ground = Ground::new(Realm::Staff).await;
    let token = ground.token(doctor()).await;
    let desk = &ground.desk;
    let session = desk.resolve(Realm::Staff, &token).await.unwrap().unwrap();
    assert_eq!(session.actor, doctor());
    assert!(session.csrf_token.len() >= 40 && session.csrf_token != token);
    assert!(
        desk.resolve(Realm::Citizen, &token)
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        desk.resolve(Realm::Staff, "another")
            .await
            .unwrap()
            .is_none()
    );
    assert!(!format!("{session:?}").contains("Achterberg"));
    // The provider doesn't answer, and the session ends all the same.
    assert_eq!(
        desk.end(Realm::Staff, &token, Reach::Here).await.unwrap(),
        None
    );
    assert!(desk.resolve(Realm::Staff, &token).await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_everywhere_ends_the_persons_other_sessions_and_nobody_elses() {
    let ground = Ground::new(Realm::Staff).await;
    let (here, there) = (
        ground.token(doctor()).await,
        ground.another_token(doctor(), 12).await,
    );
    let mut colleague = doctor();
    colleague.user_id = "another".to_owned();
    let other = ground.another_token(colleague, 13).await;
    let desk = &ground.desk;
    let reach = Reach::Everywhere;
    desk.end(Realm::Staff, &here, reach).await.unwrap();
    for (token, lives) in [(&here, false), (&there, false), (&other, true)] {
        let session = desk.resolve(Realm::Staff, token).await.unwrap();
        assert_eq!(session.is_some(), lives);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_not_used_ends_by_itself() {
    let ground = Ground::new(Realm::Citizen).await;
    let token = ground.token(citizen()).await;
    ground.clock.advance_seconds(500);
    let session = ground
        .desk
        .resolve(Realm::Citizen, &token)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(session.actor.own_nhs_number, citizen().own_nhs_number);
    ground.clock.advance_seconds(601);
    assert!(
        ground
            .desk
            .resolve(Realm::Citizen, &token)
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_provider_and_an_unknown_attempt_are_told_apart() {
    let ground = Ground::new(Realm::Staff).await;
    let error = ground
        .desk
        .begin(Realm::Staff, "/", false)
        .await
        .err()
        .unwrap();
    assert_eq!(
        (error.kind, error.reason.as_str()),
        (ErrorKind::Unavailable, "The sign-in service didn’t answer.")
    );
    let error = ground
        .desk
        .finish(Realm::Staff, "x", &Callback::default(), None)
        .await
        .err()
        .unwrap();
    assert_eq!(error.kind, ErrorKind::Invalid);
    assert_eq!(
        error.reason,
        "This sign-in was started too long ago, or has been used already."
    );
}
