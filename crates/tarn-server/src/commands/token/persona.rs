//! A persona's token: the code flow with PKCE, as any client goes through it.

use anyhow::{Context as _, bail};
use sha2::{Digest as _, Sha256};
use tarn_model::{Entropy as _, Realm};
use url::Url;

use super::{Answer, Client, NOT_RUNNING, OTHERWISE};
use crate::clock::SystemEntropy;
use crate::signin;

/// A code with the verifier that only this process knows.
struct Code {
    code: String,
    verifier: String,
}

/// The token of the persona with this name.
///
/// # Errors
/// One sentence that says what to do.
pub(super) async fn token(
    client: &Client,
    persona: &str,
    scope: Option<&str>,
) -> anyhow::Result<String> {
    for realm in [Realm::Staff, Realm::Citizen] {
        let usual = usual_scope(realm);
        let Some(code) = client.authorise(realm, persona, usual).await? else {
            continue;
        };
        let Some(scope) = scope else {
            return client.redeem(realm, &code).await;
        };
        let code = client.authorise(realm, persona, scope).await?;
        let code = code.context("the persona is not known to the demo any more")?;
        return client.redeem(realm, &code).await;
    }
    bail!(
        "the demo has no persona of this name: see http://{} or what `tarn demo` printed",
        client.there.sign_in
    );
}

/// What is asked for if nothing else is: to read and search everything at the persona's level.
const fn usual_scope(realm: Realm) -> &'static str {
    match realm {
        Realm::Staff => "user/*.rs",
        Realm::Citizen => "patient/*.rs",
    }
}

impl Client {
    /// Asks for a code as the persona; `None` if this realm has no such persona.
    async fn authorise(
        &self,
        realm: Realm,
        persona: &str,
        scope: &str,
    ) -> anyhow::Result<Option<Code>> {
        let (state, verifier) = (random(), random());
        let back = self.redirect_uri();
        let challenge = base64url(&Sha256::digest(&verifier));
        let form = [
            ("response_type", "code"),
            ("client_id", signin::TOKEN_CLIENT_ID),
            ("redirect_uri", &back),
            ("scope", scope),
            ("aud", &self.there.api),
            ("state", &state),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
            ("persona", persona),
        ];
        let answer = self.post(realm, "authorize", &form).await?;
        let location = answer.headers().get(reqwest::header::LOCATION);
        let location = location.and_then(|value| value.to_str().ok());
        let location = location
            .filter(|address| address.starts_with(&back))
            .and_then(|address| Url::parse(address).ok())
            .context(OTHERWISE)?;
        let said = |name: &str| {
            let mut pairs = location.query_pairs();
            pairs.find_map(|(key, value)| (key == name).then(|| value.into_owned()))
        };
        if said("state").as_deref() != Some(&state) {
            bail!("the demo's sign-in answered somebody else");
        }
        match (said("code"), said("error").as_deref()) {
            (Some(code), None) => Ok(Some(Code { code, verifier })),
            (_, Some("access_denied")) => Ok(None),
            (_, Some("invalid_scope")) => bail!(
                "the demo gives no such scope to this persona: write it as `{}`",
                usual_scope(realm)
            ),
            (_, Some("invalid_target")) => {
                bail!("the demo's API is at another address than this command expects")
            }
            _ => bail!("the demo's sign-in refuses the request"),
        }
    }

    async fn redeem(&self, realm: Realm, code: &Code) -> anyhow::Result<String> {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", &code.code),
            ("redirect_uri", &self.redirect_uri()),
            ("client_id", signin::TOKEN_CLIENT_ID),
            ("code_verifier", &code.verifier),
        ];
        let answer = self.post(realm, "token", &form).await?;
        if !answer.status().is_success() {
            bail!("the demo's sign-in does not accept its own code");
        }
        let body = answer.bytes().await.context(NOT_RUNNING)?;
        let answer: Answer = serde_json::from_slice(&body).context(OTHERWISE)?;
        Ok(answer.access_token)
    }

    fn redirect_uri(&self) -> String {
        signin::token_redirect_uri(self.there.sign_in)
    }
}

fn random() -> String {
    let mut bytes = [0; 32];
    SystemEntropy.fill(&mut bytes);
    base64url(&bytes)
}

fn base64url(bytes: &[u8]) -> String {
    use base64::Engine as _;

    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}
