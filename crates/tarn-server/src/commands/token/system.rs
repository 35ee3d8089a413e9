//! The token of an organisation's own system (SMART Backend Services).

use std::path::Path;

use anyhow::{Context as _, bail};
use tarn_model::{OdsCode, Realm};

use super::{Answer, Client, NOT_RUNNING, OTHERWISE};
use crate::clock::{SystemClock, SystemEntropy};
use crate::signin::{self, systems};

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const NO_SYSTEM: &str =
    "the demo has no system of this organisation: see the codes that `tarn demo` printed";

#[derive(serde::Deserialize)]
struct Refused {
    error: String,
}

/// The token of the system of the organisation with this code, by the key in the data folder.
///
/// # Errors
/// One sentence that says what to do; the key is in none.
pub(super) async fn token(
    client: &Client,
    data: &Path,
    organisation: &str,
    scope: Option<&str>,
) -> anyhow::Result<String> {
    let organisation: OdsCode = organisation
        .parse()
        .context("--system is no organisation code")?;
    let key = systems::key(data, &organisation)?.context(NO_SYSTEM)?;
    let realm = Realm::Staff;
    let endpoint = format!("{}/token", signin::issuer(client.there.sign_in, realm));
    let client_id = systems::client_id(&organisation);
    let assertion = key.client_assertion(&client_id, &endpoint, &SystemClock, &SystemEntropy)?;
    let form = [
        ("grant_type", "client_credentials"),
        ("scope", scope.unwrap_or(systems::SCOPES)),
        ("client_assertion_type", ASSERTION_TYPE),
        ("client_assertion", &assertion),
    ];
    let answer = client.post(realm, "token", &form).await?;
    let granted = answer.status().is_success();
    let body = answer.bytes().await.context(NOT_RUNNING)?;
    if granted {
        let answer: Answer = serde_json::from_slice(&body).context(OTHERWISE)?;
        return Ok(answer.access_token);
    }
    let refused: Refused = serde_json::from_slice(&body).context(OTHERWISE)?;
    match refused.error.as_str() {
        "invalid_scope" => bail!(
            "the demo gives no such scope to a system: write it as `{}`",
            systems::SCOPES
        ),
        "invalid_client" => bail!(
            "the running demo does not know this system's key: it is of another demo, or was changed"
        ),
        _ => bail!("the demo's sign-in refuses the request"),
    }
}
