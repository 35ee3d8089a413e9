//! One HTTP/1.1 connection that is kept open.

use std::time::Instant;

use anyhow::{Context as _, bail, ensure};
use hdrhistogram::Histogram;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use url::Url;

use crate::bearer::Bearer;

/// Longest head of an answer, in bytes.
const LONGEST_HEAD: usize = 64 << 10;

/// Where a server is, and who asks it.
#[derive(Clone)]
pub(crate) struct Server {
    authority: String,
    address: String,
    path: String,
    asker: Asker,
}

/// Who asks a server.
#[derive(Clone)]
pub(crate) enum Asker {
    /// Software without a token.
    Anybody,
    /// Software with a token.
    Bearer(Bearer),
    /// A browser with these cookies.
    Browser(String),
}

impl Server {
    /// The server at `base`, such as `http://127.0.0.1:8083/fhir/r4`.
    ///
    /// # Errors
    /// If `base` is not such an address, or not on this machine: this program makes load.
    pub(crate) fn new(base: &str, asker: Asker) -> anyhow::Result<Self> {
        let url = Url::parse(base).context("the base is not an address")?;
        ensure!(url.scheme() == "http", "only http is spoken");
        let host = url.host_str().context("the base has no host")?;
        ensure!(
            matches!(host, "127.0.0.1" | "localhost"),
            "only a server on this machine is loaded"
        );
        let port = url.port_or_known_default().unwrap_or(80);
        Ok(Self {
            authority: format!("{host}:{port}"),
            address: format!("127.0.0.1:{port}"),
            path: url.path().trim_end_matches('/').to_owned(),
            asker,
        })
    }

    /// Connects.
    ///
    /// # Errors
    /// If nobody listens there.
    pub(crate) async fn connect(&self) -> anyhow::Result<Connection> {
        Ok(Connection {
            server: self.clone(),
            stream: Some(self.stream().await?),
            buffer: Vec::with_capacity(1 << 20),
            head: Vec::new(),
            latencies: latencies()?,
        })
    }

    async fn stream(&self) -> anyhow::Result<TcpStream> {
        let stream = TcpStream::connect(&self.address)
            .await
            .with_context(|| format!("nobody listens on {}", self.address))?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }
}

/// Up to ten minutes in microseconds, to three digits.
pub(crate) fn latencies() -> anyhow::Result<Histogram<u64>> {
    Ok(Histogram::new_with_bounds(1, 600_000_000, 3)?)
}

/// An open connection; one that broke or was closed is made anew for the next request.
pub(crate) struct Connection {
    server: Server,
    stream: Option<TcpStream>,
    buffer: Vec<u8>,
    head: Vec<u8>,
    latencies: Histogram<u64>,
}

/// What came back.
pub(crate) struct Answer {
    /// The status code.
    pub(crate) status: u16,
    /// The body's length in bytes.
    pub(crate) length: usize,
}

struct Head {
    length: usize,
    status: u16,
    body: Option<usize>,
    closes: bool,
}

impl Connection {
    /// Sends one request below the base and reads the whole answer. Head and body stand in
    /// [`Connection::header`] and [`Connection::body`] until the next one.
    ///
    /// # Errors
    /// If the connection breaks or the answer is not HTTP.
    pub(crate) async fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &str,
        body: &[u8],
    ) -> anyhow::Result<Answer> {
        let mut request = self.request_head(method, path, headers, body).into_bytes();
        request.extend_from_slice(body);
        let start = Instant::now();
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => self.server.stream().await?,
        };
        stream.write_all(&request).await?;
        let (answer, closes) = self.read_answer(&mut stream).await?;
        if !closes {
            self.stream = Some(stream);
        }
        let micros = u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.latencies.saturating_record(micros.max(1));
        Ok(answer)
    }

    /// The body of the last answer.
    pub(crate) fn body(&self) -> &[u8] {
        &self.buffer
    }

    /// Every header of the last answer with this name.
    pub(crate) fn headers(&self, name: &str) -> Vec<String> {
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut response = httparse::Response::new(&mut headers);
        if response.parse(&self.head).is_err() {
            return Vec::new();
        }
        let named = (response.headers.iter()).filter(|h| h.name.eq_ignore_ascii_case(name));
        named
            .map(|header| String::from_utf8_lossy(header.value).into_owned())
            .collect()
    }

    /// The header of the last answer with this name.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        self.headers(name).into_iter().next()
    }

    /// How long each answer took, in microseconds.
    pub(crate) fn into_latencies(self) -> Histogram<u64> {
        self.latencies
    }

    fn request_head(&self, method: &str, path: &str, headers: &str, body: &[u8]) -> String {
        let Server {
            authority,
            path: base,
            asker,
            ..
        } = &self.server;
        let mut head = format!("{method} {base}{path} HTTP/1.1\r\nHost: {authority}\r\n");
        let form = match asker {
            Asker::Anybody => "application/fhir+json",
            Asker::Bearer(bearer) => {
                bearer.put(&mut head);
                "application/fhir+json"
            }
            Asker::Browser(cookies) => {
                head.push_str(&format!(
                    "Origin: http://{authority}\r\nSec-Fetch-Site: same-origin\r\n"
                ));
                if !cookies.is_empty() {
                    head.push_str(&format!("Cookie: {cookies}\r\n"));
                }
                "application/x-www-form-urlencoded"
            }
        };
        if matches!(asker, Asker::Browser(_)) {
            head.push_str("Accept: text/html\r\n");
        } else {
            head.push_str("Accept: application/fhir+json\r\n");
        }
        if !body.is_empty() {
            head.push_str(&format!("Content-Type: {form}\r\n"));
        }
        head.push_str(headers);
        head.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
        head
    }

    /// The answer, and whether the server closes the connection after it.
    async fn read_answer(&mut self, stream: &mut TcpStream) -> anyhow::Result<(Answer, bool)> {
        self.buffer.clear();
        let head = loop {
            self.more(stream).await?;
            if let Some(head) = parse_head(&self.buffer)? {
                break head;
            }
            ensure!(
                self.buffer.len() < LONGEST_HEAD,
                "the answer's head is too long"
            );
        };
        self.head.clear();
        self.head.extend(self.buffer.drain(..head.length));
        let length = match head.body {
            Some(length) => {
                while self.buffer.len() < length {
                    self.more(stream).await?;
                }
                length
            }
            None => self.read_chunks(stream).await?,
        };
        self.buffer.truncate(length);
        let status = head.status;
        Ok((Answer { status, length }, head.closes))
    }

    /// Reads a chunked body and leaves it joined in the buffer.
    async fn read_chunks(&mut self, stream: &mut TcpStream) -> anyhow::Result<usize> {
        let mut joined = Vec::new();
        let mut at = 0;
        loop {
            let rest = self.buffer.get(at..).unwrap_or_default();
            match httparse::parse_chunk_size(rest) {
                Ok(httparse::Status::Complete((head, size))) => {
                    let size = usize::try_from(size)?;
                    let end = at + head + size + 2;
                    while self.buffer.len() < end {
                        self.more(stream).await?;
                    }
                    let chunk = self.buffer.get(at + head..at + head + size);
                    joined.extend_from_slice(chunk.unwrap_or_default());
                    at = end;
                    if size == 0 {
                        self.buffer = joined;
                        return Ok(self.buffer.len());
                    }
                }
                Ok(httparse::Status::Partial) => self.more(stream).await?,
                Err(_) => bail!("a chunk has no size"),
            }
        }
    }

    async fn more(&mut self, stream: &mut TcpStream) -> anyhow::Result<()> {
        let read = stream.read_buf(&mut self.buffer).await?;
        ensure!(read > 0, "the server closed the connection");
        Ok(())
    }
}

fn parse_head(bytes: &[u8]) -> anyhow::Result<Option<Head>> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut response = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(length) = response.parse(bytes)? else {
        return Ok(None);
    };
    let status = response.code.context("the answer has no status")?;
    let find = |name: &str| {
        (response.headers.iter())
            .find(|header| header.name.eq_ignore_ascii_case(name))
            .and_then(|header| std::str::from_utf8(header.value).ok())
    };
    let body = match (find("content-length"), find("transfer-encoding"), status) {
        (_, _, 204 | 304) => Some(0),
        (Some(length), ..) => Some(length.trim().parse()?),
        (None, Some(_), _) => None,
        (None, None, _) => Some(0),
    };
    Ok(Some(Head {
        length,
        status,
        body,
        closes: find("connection").is_some_and(|word| word.eq_ignore_ascii_case("close")),
    }))
}
