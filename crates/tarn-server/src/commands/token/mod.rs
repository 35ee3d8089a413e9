//! `tarn token`: an access token of the running demo, for trying the API from a command line.
//!
//! It goes the way that any client goes, over loopback: for a persona the provider's code flow,
//! for an organisation's system an assertion that its own key signs. The provider's signing key
//! stays in the provider's process.

mod persona;
mod system;

use std::process::ExitCode;

use anyhow::Context as _;
use serde::Deserialize;
use tarn_model::Realm;

use crate::cli::TokenArgs;
use crate::http_client;
use crate::signin::{self, Whereabouts};

const NOT_RUNNING: &str =
    "the demo is not running on this data: start it with `tarn demo`, then try again";
const OTHERWISE: &str = "the demo's sign-in answers in another way than expected";

pub(crate) async fn run(args: TokenArgs) -> anyhow::Result<ExitCode> {
    let config = crate::configure(&args.place)?;
    let there = match args.port_base {
        Some(base) => signin::whereabouts_from_base(base),
        None => Whereabouts::read(&config.storage.data).context(NOT_RUNNING)?,
    };
    let client = Client {
        http: http_client::build()?,
        there,
    };
    let scope = args.scope.as_deref();
    let token = match (&args.whose.persona, &args.whose.system) {
        (Some(persona), _) => persona::token(&client, persona, scope).await?,
        (None, Some(organisation)) => {
            system::token(&client, &config.storage.data, organisation, scope).await?
        }
        (None, None) => anyhow::bail!("say whose token: `--persona NAME` or `--system ODS`"),
    };
    println!("{token}");
    Ok(ExitCode::SUCCESS)
}

/// The command as a client of the provider.
struct Client {
    http: reqwest::Client,
    there: Whereabouts,
}

#[derive(Deserialize)]
struct Answer {
    access_token: String,
}

impl Client {
    async fn post(
        &self,
        realm: Realm,
        path: &str,
        form: &[(&str, &str)],
    ) -> anyhow::Result<reqwest::Response> {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let address = format!("{}/{path}", signin::issuer(self.there.sign_in, realm));
        let request = self
            .http
            .post(address)
            .header(
                reqwest::header::CONTENT_TYPE,
                "application/x-www-form-urlencoded",
            )
            // The command fills in the provider's own form: one from elsewhere is refused.
            .header(
                reqwest::header::ORIGIN,
                format!("http://{}", self.there.sign_in),
            )
            .body(body);
        // The causes are left out: one sentence says what to do.
        let answer = request.send().await;
        answer.map_err(|_| anyhow::anyhow!(NOT_RUNNING))
    }
}
