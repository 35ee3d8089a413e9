//! Somebody who asks the server, and keeps what was acknowledged.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use anyhow::Context as _;
use reqwest::Method;
use serde_json::Value;
use uuid::Uuid;

/// How long an answer may take before it is given up.
const LIMIT: Duration = Duration::from_secs(30);

/// Asks the server as the organisation's system. Clones share what was acknowledged.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    token: Arc<RwLock<String>>,
    acknowledged: Arc<Mutex<Vec<Uuid>>>,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The version of the `ETag`.
    pub version: Option<u64>,
    /// The `Location`.
    pub location: Option<String>,
    /// The `Retry-After`.
    pub retry_after: Option<String>,
    /// The body; null if there is none.
    pub body: Value,
}

/// One request, as it can be sent again.
#[derive(Debug, Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The path below the base.
    pub path: String,
    /// More headers.
    pub headers: Vec<(&'static str, String)>,
    /// The body; none if null.
    pub body: Value,
}

impl Client {
    pub(crate) fn new(listens: SocketAddr, token: Arc<RwLock<String>>) -> anyhow::Result<Self> {
        // The TLS library is chosen once; plain HTTP needs it as little as the client knows that.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .timeout(LIMIT)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .context("no client can be made")?;
        Ok(Self {
            http,
            base: format!("http://{listens}/fhir/r4"),
            token,
            acknowledged: Arc::default(),
        })
    }

    /// Sends a request; `None` if no whole answer came back.
    pub async fn send(&self, request: &Request) -> Option<Answer> {
        let address = format!("{}{}", self.base, request.path);
        let token = self
            .token
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let mut sent = self.http.request(request.method.clone(), address);
        sent = sent.bearer_auth(token);
        for (name, value) in &request.headers {
            sent = sent.header(*name, value);
        }
        if !request.body.is_null() {
            sent = sent.header("content-type", "application/fhir+json");
            sent = sent.body(request.body.to_string());
        }
        let answer = sent.send().await.ok()?;
        let header = |name: &str| {
            let value = answer.headers().get(name)?.to_str().ok()?;
            Some(value.to_owned())
        };
        let status = answer.status().as_u16();
        let request_id = header("x-request-id").and_then(|id| id.parse().ok());
        let version = header("etag").and_then(|tag| {
            let tag = tag.trim_start_matches("W/").trim_matches('"');
            tag.parse().ok()
        });
        let (location, retry_after) = (header("location"), header("retry-after"));
        let body = answer.bytes().await.ok()?;
        if let (200..300, Some(id)) = (status, request_id) {
            let mut all = self
                .acknowledged
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            all.push(id);
        }
        Some(Answer {
            status,
            version,
            location,
            retry_after,
            body: serde_json::from_slice(&body).unwrap_or_default(),
        })
    }

    /// `GET`.
    pub async fn get(&self, path: &str) -> Option<Answer> {
        self.send(&Request::new(Method::GET, path, Value::Null))
            .await
    }

    /// Whether a `GET` is answered as asked.
    pub(crate) async fn is_answered(&self, path: &str) -> bool {
        self.get(path)
            .await
            .is_some_and(|answer| answer.status == 200)
    }

    /// The ids of all acknowledged requests since the last time, taken out.
    #[must_use]
    pub fn take_acknowledged(&self) -> Vec<Uuid> {
        let mut all = self
            .acknowledged
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut all)
    }
}

impl Request {
    /// A request without more headers.
    #[must_use]
    pub fn new(method: Method, path: &str, body: Value) -> Self {
        Self {
            method,
            path: path.to_owned(),
            headers: Vec::new(),
            body,
        }
    }

    /// With one more header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }
}

impl Answer {
    /// Whether it says, in the way that FHIR clients understand, that nothing was done for now.
    #[must_use]
    pub fn is_not_now(&self) -> bool {
        self.status == 503
            && self.retry_after.is_some()
            && self.body.get("resourceType").and_then(Value::as_str) == Some("OperationOutcome")
    }
}
