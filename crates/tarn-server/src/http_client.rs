//! The one HTTP client for calls that Tarn makes: to identity providers and, later, to live
//! sources.

use std::time::Duration;

use anyhow::Context as _;
use async_trait::async_trait;
use futures_util::StreamExt as _;
use tarn_identity::{HttpClient, HttpFailure};

/// Longest answer that is read, in bytes.
const LONGEST: usize = 1 << 20;

/// A client with time limits that follows no redirects: an identity provider that redirects its
/// token endpoint is misconfigured or worse.
pub(crate) fn build() -> anyhow::Result<reqwest::Client> {
    reqwest::Client::builder()
        .connect_timeout(Duration::from_secs(3))
        .timeout(Duration::from_secs(10))
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .context("the HTTP client can't be made")
}

/// The client as `tarn-identity` wants it.
pub(crate) struct Outbound(pub(crate) reqwest::Client);

#[async_trait]
impl HttpClient for Outbound {
    async fn send(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> Result<http::Response<Vec<u8>>, HttpFailure> {
        let request = reqwest::Request::try_from(request)
            .map_err(|_| HttpFailure("the request can't be sent"))?;
        let answer = self.0.execute(request).await.map_err(|error| {
            HttpFailure(if error.is_timeout() {
                "too late"
            } else {
                "not reached"
            })
        })?;
        let mut reply = http::Response::builder().status(answer.status());
        for (name, value) in answer.headers() {
            reply = reply.header(name, value);
        }
        let mut body = Vec::new();
        let mut stream = answer.bytes_stream();
        while let Some(piece) = stream.next().await {
            body.extend_from_slice(&piece.map_err(|_| HttpFailure("the answer broke off"))?);
            if body.len() > LONGEST {
                return Err(HttpFailure("the answer is too long"));
            }
        }
        reply
            .body(body)
            .map_err(|_| HttpFailure("the answer can't be read"))
    }
}
