//! `tarn-load view`: the record page as a member of staff opens it, in a browser's own way.
//!
//! It signs in at the demo's provider as a persona, finds each person by the search form, and
//! then opens their pages. A server of another kind has no such page.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, bail, ensure};
use clap::Args;
use url::Url;
use url::form_urlencoded;

use crate::cli::{Reporting, Runs};
use crate::connection::{Asker, Connection, Server};
use crate::known::{Known, somebody};
use crate::measure::{self, Operation};
use crate::report;

#[derive(Debug, Args)]
pub(crate) struct ViewArgs {
    /// The viewer's address: `http://127.0.0.1:8080`.
    #[arg(long)]
    viewer: String,
    /// Who looks, by the name that `tarn demo` prints.
    #[arg(long, default_value = "gp")]
    persona: String,
    /// Who was imported.
    #[arg(long)]
    known: PathBuf,
    /// Of how many of them the pages are opened.
    #[arg(long, default_value_t = 200)]
    people: usize,
    #[command(flatten)]
    reporting: Reporting,
    #[command(flatten)]
    runs: Runs,
}

pub(crate) async fn run(args: &ViewArgs) -> anyhow::Result<()> {
    let known: Vec<Known> = report::read(&args.known)?;
    let step = known.len().div_ceil(args.people.max(1)).max(1);
    let cookies = sign_in(&args.viewer, &args.persona).await?;
    let server = Server::new(&args.viewer, Asker::Browser(cookies))?;
    let mut connection = server.connect().await?;
    let mut pages = Vec::new();
    for person in known.iter().step_by(step) {
        pages.push(find(&mut connection, &person.nhs_number).await?);
    }
    let operation = Arc::new(View { pages });
    let reporting = &args.reporting;
    let rows = measure::series("record-view", reporting, &server, &operation, &args.runs).await?;
    reporting.finish(&rows)
}

/// Opens one record page a turn.
struct View {
    pages: Vec<String>,
}

impl Operation for View {
    async fn once(&self, connection: &mut Connection, turn: u64) -> anyhow::Result<u64> {
        let page = somebody(&self.pages, turn)?;
        let answer = connection.send("GET", page, "", &[]).await?;
        ensure!(answer.status == 200, "the page got {}", answer.status);
        // A page that shows nothing of a record is shorter than this.
        ensure!(
            answer.length >= 10_000,
            "the page has only {} bytes",
            answer.length
        );
        Ok(1)
    }
}

/// The cookies of a session of this persona: the code flow, as a browser is led through it.
async fn sign_in(viewer: &str, persona: &str) -> anyhow::Result<String> {
    let begun = browse(viewer, "", "/sign-in", None).await?;
    let (provider, path) = split(&begun.location)?;
    let (address, query) = path.split_once('?').context("the sign-in asks nothing")?;
    let mut form = form_urlencoded::Serializer::new(query.to_owned());
    let form = form.append_pair("persona", persona).finish();
    let chosen = browse(&provider, "", address, Some(&form)).await?;
    let (back, path) = split(&chosen.location)?;
    ensure!(back == viewer, "the provider leads to another place");
    let done = browse(viewer, &begun.cookies, &path, None).await?;
    ensure!(done.location == "/", "the sign-in was not taken");
    Ok(done.cookies)
}

/// What a browser keeps of a reply that leads on.
struct Led {
    location: String,
    cookies: String,
}

async fn browse(
    origin: &str,
    cookies: &str,
    path: &str,
    form: Option<&str>,
) -> anyhow::Result<Led> {
    let server = Server::new(origin, Asker::Browser(cookies.to_owned()))?;
    let mut connection = server.connect().await?;
    let method = if form.is_some() { "POST" } else { "GET" };
    let body = form.unwrap_or_default().as_bytes();
    let answer = connection.send(method, path, "", body).await?;
    let Some(location) = connection.header("location") else {
        bail!("a step of the sign-in got {}", answer.status);
    };
    let set = connection.headers("set-cookie");
    let pairs = set.iter().filter_map(|cookie| cookie.split(';').next());
    let kept: Vec<&str> = pairs.filter(|pair| !pair.ends_with('=')).collect();
    Ok(Led {
        location,
        cookies: kept.join("; "),
    })
}

/// The address of a person's page, by the search form.
async fn find(connection: &mut Connection, nhs_number: &str) -> anyhow::Result<String> {
    connection.send("GET", "/", "", &[]).await?;
    let page = String::from_utf8_lossy(connection.body()).into_owned();
    let csrf = between(&page, "name=\"csrf\" value=\"").context("the search has no form")?;
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("csrf", csrf);
    let form = form.append_pair("nhs_number", nhs_number).finish();
    let answer = connection
        .send("POST", "/find", "", form.as_bytes())
        .await?;
    let found = String::from_utf8_lossy(connection.body()).into_owned();
    let link = between(&found, "href=\"/people/");
    let link = link.with_context(|| format!("nobody is found ({})", answer.status))?;
    Ok(format!("/people/{link}"))
}

/// What stands between this beginning and the next quotation mark.
fn between<'a>(page: &'a str, beginning: &str) -> Option<&'a str> {
    let (_, rest) = page.split_once(beginning)?;
    rest.split_once('"').map(|(value, _)| value)
}

/// Origin and path of an address.
fn split(address: &str) -> anyhow::Result<(String, String)> {
    let url = Url::parse(address).context("the sign-in leads nowhere")?;
    let path = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    Ok((url.origin().ascii_serialization(), path))
}
