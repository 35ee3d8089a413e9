//! `.well-known/smart-configuration` (SMART App Launch 2.2).

use serde_json::{Value, json};

use crate::api::Settings;

/// Where tokens are to be had. SMART knows one server; where there are more (one for staff, one
/// for citizens), the others stand under a name of Tarn's own.
pub(super) fn configuration(settings: &Settings) -> Value {
    let mut servers = settings.authorisation.iter();
    let mut configuration = json!({
        "grant_types_supported": ["authorization_code", "client_credentials"],
        "response_types_supported": ["code"],
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": [
            "openid", "fhirUser", "launch", "launch/patient",
            "patient/*.rs", "user/*.rs", "user/*.cruds", "system/*.rs", "system/*.cruds",
        ],
        "capabilities": [
            "client-public", "client-confidential-asymmetric", "context-standalone-patient",
            "permission-patient", "permission-user", "permission-v2",
        ],
    });
    if let (Some(server), Some(members)) = (servers.next(), configuration.as_object_mut()) {
        members.insert("issuer".to_owned(), json!(server.issuer));
        for (name, address) in [
            ("jwks_uri", &server.jwks),
            ("token_endpoint", &server.token),
            ("authorization_endpoint", &server.authorize),
        ] {
            if let Some(address) = address {
                members.insert(name.to_owned(), json!(address));
            }
        }
        let others: Vec<&str> = servers.map(|other| other.issuer.as_str()).collect();
        if !others.is_empty() {
            members.insert("tarn_other_issuers".to_owned(), json!(others));
        }
    }
    configuration
}
