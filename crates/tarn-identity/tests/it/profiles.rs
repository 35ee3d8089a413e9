#![expect(clippy::unwrap_used, reason = "a test suite")]

use serde_json::{Value, json};
use tarn_identity::{ClientAuth, IdentityError, Persona, Profile, Refusal};
use tarn_model::{Actor, Assurance, Realm, Role};

use crate::world::{World, config, pairs, persona};

async fn sign_in(profile: Profile, persona: &Persona) -> Result<Actor, Refusal> {
    let world = World::new(config(persona.realm, profile, ClientAuth::None));
    match world.sign_in(persona).await {
        Ok(signed_in) => Ok(signed_in.actor),
        Err(IdentityError::Refused { reason }) => Err(reason),
        Err(other) => panic!("{other:?}"),
    }
}

fn with(realm: Realm, extra: &Value) -> Persona {
    let mut persona = persona(realm);
    persona.extra = extra.as_object().unwrap().clone();
    persona
}

fn nhs_login(vtr: &str) -> Profile {
    Profile::NhsLogin {
        vtr: vec![vtr.into()],
    }
}

fn cis2() -> Profile {
    Profile::Cis2 {
        acr_values: vec!["AAL2_OR_AAL3_ANY".into()],
    }
}

fn cis2_claims() -> Value {
    json!({
        "acr": "AAL3_ANY", "authentication_assurance_level": 3,
        "nhsid_useruid": "555000000001", "selected_roleid": "200",
        "nhsid_nrbac_roles": [
            { "person_roleid": "100", "org_code": "A99999", "role_code": "S0010:G0020:R9999" },
            { "person_roleid": "200", "org_code": "RX9", "role_code": "S8000:G8000:R8003" },
        ],
        "nhsid_user_orgs": [{ "org_code": "RX9", "org_name": "Harrowmere Community" }],
    })
}

#[tokio::test]
async fn a_proof_lower_than_asked_for_is_refused() {
    let p5 = with(Realm::Citizen, &json!({ "vot": "P5.Cp.Cd" }));
    assert_eq!(
        sign_in(nhs_login("P9.Cp.Cd"), &p5).await,
        Err(Refusal::TooWeak)
    );
    let none = with(Realm::Citizen, &json!({ "vot": null }));
    assert!(sign_in(nhs_login("P9.Cp.Cd"), &none).await.is_err());
}

#[tokio::test]
async fn below_p9_there_is_no_own_nhs_number() {
    let p5 = with(Realm::Citizen, &json!({ "vot": "P5.Cp.Cd" }));
    let actor = sign_in(nhs_login("P5.Cp.Cd"), &p5).await.unwrap();
    assert_eq!(
        (actor.assurance, actor.own_nhs_number),
        (Assurance::Medium, None)
    );
    let p9 = with(Realm::Citizen, &json!({}));
    let actor = sign_in(nhs_login("P5.Cp.Cd"), &p9).await.unwrap();
    assert!(
        actor.own_nhs_number.is_some(),
        "P9 satisfies a request for P5"
    );
}

#[tokio::test]
async fn at_p9_a_missing_or_wrong_nhs_number_refuses() {
    for number in [json!(null), json!("9990000019")] {
        let wrong = with(Realm::Citizen, &json!({ "nhs_number": number }));
        let missing = Refusal::MissingClaim {
            claim: "NHS number",
        };
        assert_eq!(sign_in(nhs_login("P9.Cp.Cd"), &wrong).await, Err(missing));
    }
}

#[tokio::test]
async fn cis2_takes_the_chosen_role() {
    let world = World::new(config(Realm::Staff, cis2(), ClientAuth::None));
    assert_eq!(
        pairs(&world.begin().await.0)["acr_values"],
        json!("AAL2_OR_AAL3_ANY")
    );
    let actor = sign_in(cis2(), &with(Realm::Staff, &cis2_claims()))
        .await
        .unwrap();
    assert_eq!(
        (actor.role, actor.assurance),
        (Role::CommunityNurse, Assurance::High)
    );
    assert_eq!(actor.organisation.unwrap().as_str(), "RX9");
    assert_eq!(
        actor.organisation_name.as_deref(),
        Some("Harrowmere Community")
    );
    assert_eq!(actor.user_id, "555000000001");
}

#[tokio::test]
async fn cis2_refuses_what_it_cannot_be_sure_of() {
    for (name, value, expected) in [
        ("selected_roleid", json!("300"), Refusal::NoRoleChosen),
        ("selected_roleid", json!(null), Refusal::NoRoleChosen),
        ("selected_roleid", json!("100"), Refusal::UnknownRole),
        ("nhsid_nrbac_roles", json!([]), Refusal::NoRoleChosen),
        ("acr", json!("AAL1_USERPASS"), Refusal::TooWeak),
        ("authentication_assurance_level", json!(1), Refusal::TooWeak),
        (
            "acr",
            json!(null),
            Refusal::MissingClaim {
                claim: "authentication level",
            },
        ),
        (
            "nhsid_useruid",
            json!(null),
            Refusal::MissingClaim { claim: "user id" },
        ),
        (
            "nhsid_nrbac_roles",
            json!([{ "person_roleid": "200", "role_code": "S8000:G8000:R8003" }]),
            Refusal::MissingClaim {
                claim: "organisation",
            },
        ),
    ] {
        let mut claims = cis2_claims();
        claims[name] = value;
        let answer = sign_in(cis2(), &with(Realm::Staff, &claims)).await;
        assert_eq!(answer, Err(expected), "{name}");
    }
}

#[tokio::test]
async fn a_generic_provider_must_say_role_organisation_and_user() {
    for (name, value, expected) in [
        ("role", json!(null), Refusal::MissingClaim { claim: "role" }),
        ("role", json!("citizen"), Refusal::UnknownRole),
        ("role", json!("wizard"), Refusal::UnknownRole),
        (
            "organisation",
            json!(null),
            Refusal::MissingClaim {
                claim: "organisation",
            },
        ),
        (
            "organisation",
            json!("not a code!"),
            Refusal::MissingClaim {
                claim: "organisation",
            },
        ),
        ("name", json!(""), Refusal::MissingClaim { claim: "name" }),
    ] {
        let persona = with(Realm::Staff, &json!({ name: value }));
        assert_eq!(
            sign_in(Profile::Generic, &persona).await,
            Err(expected),
            "{name}"
        );
    }
    let unsure = with(Realm::Staff, &json!({ "assurance": null }));
    assert_eq!(
        sign_in(Profile::Generic, &unsure).await.unwrap().assurance,
        Assurance::Low
    );
}
