//! Tokens that are forged, or meant for something else: each is refused, for the right reason.

use serde_json::{Value, json};
use tarn_identity::{BearerConfig, BearerError, BearerFault as F, Refusal};

use super::*;

/// What it is, the token, and why it is refused.
pub(super) type Case = (String, String, F);

pub(super) fn case(what: impl Into<String>, token: String, fault: F) -> Case {
    (what.into(), token, fault)
}

fn claim_values() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut add = |fault: F, changes: Vec<Value>| {
        for change in changes {
            cases.push(case(change.to_string(), token(change), fault.clone()));
        }
    };
    let wrong = |claim| F::Claim { claim };
    add(
        F::Issuer,
        vec![
            json!({ "iss": null }),
            json!({ "iss": "https://evil.example" }),
            json!({ "iss": [STAFF] }),
            json!({ "iss": format!("{STAFF}/") }),
            json!({ "iss": "HTTPS://id.example/staff" }),
            json!({ "iss": "" }),
        ],
    );
    // Right claims of the other issuer, by a key that is not its own.
    add(F::Key, vec![json!({ "iss": CITIZENS })]);
    add(
        F::Audience,
        vec![
            json!({ "aud": null }),
            json!({ "aud": "app" }),
            json!({ "aud": "https://api.example/fhir" }),
            json!({ "aud": format!("{API}/") }),
            json!({ "aud": [API, "https://other.example"] }),
            json!({ "aud": [] }),
            json!({ "aud": [[API]] }),
            json!({ "aud": { "a": API } }),
            json!({ "aud": STAFF }),
            json!({ "aud": "*" }),
        ],
    );
    add(
        F::Expired,
        vec![
            json!({ "exp": NOW - 30 }),
            json!({ "exp": NOW - 1000, "iat": NOW - 2000 }),
            json!({ "exp": 0 }),
        ],
    );
    add(
        F::NotYet,
        vec![json!({ "nbf": NOW + 31 }), json!({ "nbf": NOW + 299 })],
    );
    add(
        F::IssuedAt,
        vec![
            json!({ "iat": NOW + 31 }),
            json!({ "exp": NOW + 3601 }),
            json!({ "exp": NOW + 10, "iat": NOW + 20 }),
            json!({ "iat": NOW - 3600 }),
            json!({ "iat": 0 }),
        ],
    );
    add(
        wrong("exp"),
        vec![
            json!({ "exp": null }),
            json!({ "exp": (NOW + 300).to_string() }),
            json!({ "exp": 1.764_000_3e9 }),
            json!({ "exp": -1 }),
            json!({ "exp": 1_i64 << 41 }),
            json!({ "exp": u64::MAX }),
        ],
    );
    // These the library refuses before us.
    add(
        F::Form,
        vec![json!({ "exp": [NOW + 300] }), json!({ "sub": ["user-77"] })],
    );
    add(
        wrong("iat"),
        vec![json!({ "iat": null }), json!({ "iat": "now" })],
    );
    add(wrong("nbf"), vec![json!({ "nbf": "now" })]);
    add(
        wrong("jti"),
        vec![
            json!({ "jti": null }),
            json!({ "jti": 7 }),
            json!({ "jti": "" }),
        ],
    );
    add(
        wrong("sub"),
        vec![
            json!({ "sub": null }),
            json!({ "sub": " " }),
            json!({ "sub": "x".repeat(257) }),
            json!({ "sub": "user-77\r\nX-Role: gp" }),
        ],
    );
    add(
        wrong("client_id"),
        vec![
            json!({ "client_id": null }),
            json!({ "client_id": ["app"] }),
        ],
    );
    add(
        wrong("scope"),
        vec![
            json!({ "scope": ["user/*.rs"] }),
            json!({ "scope": "user/*.r ".repeat(101) }),
        ],
    );
    add(
        F::OtherKind,
        vec![
            json!({ "nonce": "n" }),
            json!({ "at_hash": "x" }),
            json!({ "c_hash": "x" }),
            json!({ "s_hash": "x" }),
            json!({ "events": { "http://schemas.openid.net/event/backchannel-logout": {} } }),
            json!({ "typ": "ID" }),
            json!({ "typ": "Refresh" }),
            json!({ "typ": "Offline" }),
            json!({ "typ": 1 }),
            json!({ "token_use": "id" }),
            json!({ "token_use": "refresh" }),
        ],
    );
    for claim in ["cnf", "act", "may_act", "authorization_details"] {
        add(F::Bound { claim }, vec![json!({ claim: { "jkt": "x" } })]);
    }
    add(
        F::UnknownSystem,
        vec![
            json!({ "sub": "app" }),
            json!({ "sub": "app", "scope": "system/*.cruds" }),
        ],
    );
    cases
}

fn people() -> Vec<Case> {
    let mut cases = Vec::new();
    let missing = |claim| Refusal::MissingClaim { claim };
    for (change, reason) in [
        (json!({ "role": null }), missing("role")),
        (json!({ "role": "admin" }), Refusal::UnknownRole),
        (json!({ "role": "citizen" }), Refusal::UnknownRole),
        (json!({ "organisation": null }), missing("organisation")),
        (
            json!({ "organisation": "not a code" }),
            missing("organisation"),
        ),
        (json!({ "name": null }), missing("name")),
    ] {
        cases.push(case(change.to_string(), token(change), F::Actor { reason }));
    }
    for (change, reason) in [
        (json!({ "vot": null }), missing("identity proofing level")),
        (json!({ "vot": "P5.Cp.Cd" }), Refusal::TooWeak),
        (json!({ "vot": "P0.Cp" }), Refusal::TooWeak),
        (json!({ "nhs_number": null }), missing("NHS number")),
        (json!({ "nhs_number": "9990000019" }), missing("NHS number")),
    ] {
        cases.push(case(
            format!("citizen {change}"),
            citizen_token(change),
            F::Actor { reason },
        ));
    }
    // A staff system does not become one at the citizens' issuer.
    let system = json!({ "sub": "ward-board", "client_id": "ward-board" });
    cases.push(case(
        "citizens' system",
        citizen_token(system),
        F::UnknownSystem,
    ));
    cases
}

fn forms() -> Vec<Case> {
    let rsa = &signers()[0];
    let good = token(json!({}));
    let (head, body) = (header().to_string(), claims().to_string());
    let twice = |text: &str, more: &str| format!("{},{more}}}", text.strip_suffix('}').unwrap());
    let deep = format!("{}{}", "[".repeat(12), "]".repeat(12));
    let form = |what: &str, token: String| case(what, token, F::Form);
    vec![
        form("nothing", String::new()),
        form("a dot", ".".to_owned()),
        form("two dots", "..".to_owned()),
        form("a session token", encode([7; 32])),
        form("two parts", good.rsplit_once('.').unwrap().0.to_owned()),
        form("four parts", format!("{good}.AAAA")),
        form("five parts, encrypted", "a.b.c.d.e".to_owned()),
        form("a line end", format!("{}\n.x.y", encode(&head))),
        form("a space before", format!(" {good}")),
        form("a NUL", format!("\0{good}")),
        form("header padded", good.replacen('.', "=.", 1)),
        form("header is no JSON", rsa.sign_text("{", &body)),
        form("header is a list", rsa.sign_text("[]", &body)),
        form("claims are no JSON", rsa.sign_text(&head, "{")),
        form("claims are a text", rsa.sign_text(&head, "\"x\"")),
        form(
            "claims with more behind",
            rsa.sign_text(&head, &format!("{body}{{}}")),
        ),
        form(
            "alg said twice",
            rsa.sign_text(&twice(&head, r#""alg":"none""#), &body),
        ),
        form(
            "role said twice",
            rsa.sign_text(&head, &twice(&body, r#""role":"gp""#)),
        ),
        form(
            "exp said twice",
            rsa.sign_text(&head, &twice(&body, r#""exp":1764000900"#)),
        ),
        form(
            "too deep",
            rsa.sign_text(&head, &twice(&body, &format!(r#""x":{deep}"#))),
        ),
        case("too long", token(json!({ "x": "x".repeat(8192) })), F::Size),
    ]
}

#[tokio::test]
async fn every_forged_or_confused_token_is_refused_for_its_reason() {
    let desk = Desk::new();
    let all = [
        envelope::algorithms(),
        envelope::headers(),
        envelope::signatures(),
        claim_values(),
        people(),
        forms(),
    ]
    .concat();
    assert!(all.len() >= 60, "{}", all.len());
    for (what, token, fault) in &all {
        let error = desk.validate(token).await.expect_err(what);
        assert_eq!(
            error,
            BearerError::Token {
                fault: fault.clone()
            },
            "{what}"
        );
        assert_eq!(desk.validator.recall(token, &desk.clock), None, "{what}");
        let challenge = error.challenge().expect(what);
        assert_eq!(challenge.status, 401, "{what}");
        let said = format!("{error} {error:?} {challenge}");
        assert!(
            PERSONAL.iter().all(|own| !said.contains(own)),
            "{what}: {said}"
        );
        assert!(said.chars().all(|one| !one.is_control()), "{what}");
    }
    // The token that they are all made of is good: no case is refused for nothing.
    assert_eq!(desk.fault(&token(json!({}))).await, None);
    assert_eq!(desk.fault(&citizen_token(json!({}))).await, None);
}

#[tokio::test]
async fn where_plain_jwts_are_taken_the_claims_tell_other_tokens_apart() {
    let mut config = config();
    config.types = vec!["JWT".to_owned()];
    let desk = Desk::of(config);
    let plain = |changes| {
        let header = with(header(), json!({ "typ": "JWT" }));
        signers()[0].sign(&header, &with(claims(), changes))
    };
    assert_eq!(desk.fault(&plain(json!({ "typ": "Bearer" }))).await, None);
    assert_eq!(desk.fault(&token(json!({}))).await, Some(F::Type));
    for (changes, fault) in [
        (json!({ "nonce": "n", "aud": "tarn" }), F::OtherKind),
        (json!({ "nonce": null, "aud": "tarn" }), F::Audience),
        (json!({ "typ": "ID" }), F::OtherKind),
        (json!({ "typ": "Refresh", "aud": STAFF }), F::OtherKind),
        (json!({ "aud": STAFF, "client_id": null }), F::Audience),
    ] {
        assert_eq!(
            desk.fault(&plain(changes.clone())).await,
            Some(fault),
            "{changes}"
        );
    }
}

#[test]
fn a_configuration_that_could_not_be_safe_is_refused() {
    let check = |what: &str, change: fn(&mut BearerConfig)| {
        let mut config = config();
        change(&mut config);
        let http = |_| std::future::ready(Err(HttpFailure("nobody")));
        assert!(
            BearerValidator::new(config, Arc::new(http)).is_err(),
            "{what}"
        );
    };
    check("no audience", |c| c.audience = " ".to_owned());
    check("no issuer", |c| c.issuers.clear());
    check("an issuer twice", |c| c.issuers.push(c.issuers[0].clone()));
    check("plain HTTP", |c| {
        c.issuers[0].issuer = "http://id.example".to_owned()
    });
    check("no address", |c| c.issuers[0].issuer = "id".to_owned());
    check("no algorithm", |c| c.algorithms.clear());
    check("no type", |c| c.types.clear());
    check("too much skew", |c| c.skew_seconds = 121);
    check("no time", |c| c.longest_seconds = 0);
    check("the wrong profile", |c| c.issuers[1].realm = Realm::Staff);
    check("a system at the citizens' issuer", |c| {
        c.issuers[1].system_clients = c.issuers[0].system_clients.clone();
    });
    check("a system as a citizen", |c| {
        c.issuers[0]
            .system_clients
            .get_mut("ward-board")
            .unwrap()
            .role = Role::Citizen;
    });
    for name in ["none", "HS256", "HS512", "RS257", ""] {
        assert!(name.parse::<BearerAlgorithm>().is_err(), "{name}");
    }
}
