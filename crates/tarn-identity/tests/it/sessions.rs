#![expect(clippy::unwrap_used, reason = "a test suite")]

use tarn_identity::{ClientAuth, Profile, SessionLimits, SessionStore, SignedIn};
use tarn_model::{ErrorKind, ManualClock, PersonId, Realm, SeededEntropy};
use uuid::Uuid;

use crate::database::Place;
use crate::world::{NOON, World, config, persona};

async fn store(place: &Place) -> SessionStore {
    let store = SessionStore::connect(&place.url, SessionLimits::default())
        .await
        .unwrap();
    assert_eq!(
        store.ping().await.unwrap_err().kind(),
        ErrorKind::Unavailable
    );
    assert_eq!(store.pending_migrations().await.unwrap().len(), 1);
    assert_eq!(store.migrate().await.unwrap(), 1);
    store.ping().await.unwrap();
    store
}

async fn signed_in(realm: Realm) -> SignedIn {
    let profile = match realm {
        Realm::Staff => Profile::Generic,
        Realm::Citizen => Profile::NhsLogin {
            vtr: vec!["P9.Cp.Cd".into()],
        },
    };
    let world = World::new(config(realm, profile, ClientAuth::None));
    world.sign_in(&persona(realm)).await.unwrap()
}

async fn contract(place: Place) {
    let (store, entropy, clock) = (
        store(&place).await,
        SeededEntropy::new(6),
        ManualClock::new(NOON),
    );
    let (staff, citizen) = (
        signed_in(Realm::Staff).await,
        signed_in(Realm::Citizen).await,
    );
    let start = async |who| store.create(who, None, &clock, &entropy).await.unwrap();
    let alive =
        async |realm, token: &str| store.resolve(realm, token, &clock).await.unwrap().is_some();

    // What was signed in is what comes back, and only in its own realm.
    let token = start(&citizen).await;
    let session = store
        .resolve(Realm::Citizen, &token, &clock)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(session.actor, citizen.actor);
    assert!(session.actor.own_nhs_number.is_some());
    assert!(session.csrf_matches(session.csrf_token()) && !session.csrf_matches(""));
    assert_eq!(session.id_token_hint.as_ref(), Some(&citizen.id_token_hint));
    assert!(!alive(Realm::Staff, &token).await);
    assert!(!alive(Realm::Citizen, "made up").await && !alive(Realm::Citizen, "").await);
    assert!(store.end(Realm::Staff, &token).await.unwrap().is_none());
    assert!(
        alive(Realm::Citizen, &token).await,
        "the other realm can't end it"
    );
    assert!(store.end(Realm::Citizen, &token).await.unwrap().is_some());
    assert!(!alive(Realm::Citizen, &token).await);

    // Use keeps it alive; ten minutes without use end it.
    let token = start(&staff).await;
    for _ in 0..3 {
        clock.advance_seconds(590);
        assert!(alive(Realm::Staff, &token).await);
    }
    clock.advance_seconds(600);
    assert!(!alive(Realm::Staff, &token).await);

    // Eight hours end a staff session however much it is used; a citizen's lives twelve.
    let (token, own) = (start(&staff).await, start(&citizen).await);
    for minute in (5..=720).step_by(5) {
        clock.advance_seconds(300);
        assert_eq!(
            alive(Realm::Staff, &token).await,
            minute < 480,
            "staff, minute {minute}"
        );
        assert_eq!(
            alive(Realm::Citizen, &own).await,
            minute < 720,
            "citizen, minute {minute}"
        );
    }

    // What is over stays in the store until it is purged: two staff sessions, one citizen's.
    assert_eq!(store.purge(&clock).await.unwrap(), 3);

    // A switch of user ends the old session, and the new one knows no patient.
    let token = start(&staff).await;
    let patient = PersonId::new(Uuid::from_u128(5));
    store
        .set_person(Realm::Staff, &token, Some(patient))
        .await
        .unwrap();
    let session = store
        .resolve(Realm::Staff, &token, &clock)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(session.person, Some(patient));
    let next = store
        .create(&staff, Some(&token), &clock, &entropy)
        .await
        .unwrap();
    assert!(!alive(Realm::Staff, &token).await);
    let session = store
        .resolve(Realm::Staff, &next, &clock)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(session.person, None);

    // Everywhere means every session of that user in that realm, and nobody else's.
    let (other, own) = (start(&staff).await, start(&citizen).await);
    let user = &staff.actor.user_id;
    assert_eq!(store.end_everywhere(Realm::Citizen, user).await.unwrap(), 0);
    assert_eq!(store.end_everywhere(Realm::Staff, user).await.unwrap(), 2);
    assert!(!alive(Realm::Staff, &next).await && !alive(Realm::Staff, &other).await);
    assert!(alive(Realm::Citizen, &own).await);
    let sid = citizen.provider_sid.as_deref().unwrap();
    assert_eq!(
        store.end_provider_session(Realm::Staff, sid).await.unwrap(),
        0
    );
    assert_eq!(
        store
            .end_provider_session(Realm::Citizen, sid)
            .await
            .unwrap(),
        1
    );
    assert!(!alive(Realm::Citizen, &own).await);
}

async fn attempts(place: Place) {
    let (store, entropy, clock) = (
        store(&place).await,
        SeededEntropy::new(7),
        ManualClock::new(NOON),
    );
    let world = World::new(config(Realm::Staff, Profile::Generic, ClientAuth::None));
    let (_, attempt) = world.begin().await;
    let keep = async || store.keep_attempt(&attempt, &entropy).await.unwrap();
    let take = async |realm, token: &str| store.take_attempt(realm, token, &clock).await.unwrap();

    let token = keep().await;
    assert!(take(Realm::Citizen, &token).await.is_none());
    assert_eq!(take(Realm::Staff, &token).await.unwrap().to, "/find");
    assert!(
        take(Realm::Staff, &token).await.is_none(),
        "an attempt is good once"
    );
    let (late, left) = (keep().await, keep().await);
    clock.advance_seconds(600);
    assert!(take(Realm::Staff, &late).await.is_none());
    assert_eq!(store.purge(&clock).await.unwrap(), 1);
    assert!(take(Realm::Staff, &left).await.is_none());

    let who = signed_in(Realm::Staff).await;
    store.create(&who, None, &clock, &entropy).await.unwrap();
    assert_eq!(store.purge(&clock).await.unwrap(), 0);
    clock.advance_seconds(600);
    assert_eq!(store.purge(&clock).await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_live_and_end_as_promised() {
    contract(Place::sqlite()).await;
    if let Some(place) = Place::postgres().await {
        contract(place).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_is_good_once_for_ten_minutes() {
    attempts(Place::sqlite()).await;
    if let Some(place) = Place::postgres().await {
        attempts(place).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_store_holds_no_token() {
    let place = Place::sqlite();
    let (store, entropy, clock) = (
        store(&place).await,
        SeededEntropy::new(8),
        ManualClock::new(NOON),
    );
    let who = signed_in(Realm::Staff).await;
    let token = store.create(&who, None, &clock, &entropy).await.unwrap();
    let path = place.url.strip_prefix("sqlite:").unwrap();
    for suffix in ["", "-wal"] {
        let bytes = std::fs::read(format!("{path}{suffix}")).unwrap_or_default();
        let found = bytes
            .windows(token.len())
            .any(|part| part == token.as_bytes());
        assert!(!found, "the token stands in {path}{suffix}");
    }
}
