//! One HTTP/1.1 connection that is kept open.

use anyhow::{Context as _, bail, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use url::Url;

/// Longest head of an answer, in bytes.
const LONGEST_HEAD: usize = 64 << 10;

/// Where a server is, and who asks it.
#[derive(Clone)]
pub(crate) struct Server {
    authority: String,
    address: String,
    path: String,
    bearer: Option<String>,
}

impl Server {
    /// The server at `base`, such as `http://127.0.0.1:8083/fhir/r4`.
    ///
    /// # Errors
    /// If `base` is not such an address, or not on this machine: this program makes load.
    pub(crate) fn new(base: &str, bearer: Option<String>) -> anyhow::Result<Self> {
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
            bearer,
        })
    }

    /// Connects.
    ///
    /// # Errors
    /// If nobody listens there.
    pub(crate) async fn connect(&self) -> anyhow::Result<Connection> {
        let stream = TcpStream::connect(&self.address)
            .await
            .with_context(|| format!("nobody listens on {}", self.address))?;
        stream.set_nodelay(true)?;
        Ok(Connection {
            server: self.clone(),
            stream,
            buffer: Vec::with_capacity(1 << 20),
            filled: 0,
        })
    }
}

/// An open connection.
pub(crate) struct Connection {
    server: Server,
    stream: TcpStream,
    buffer: Vec<u8>,
    filled: usize,
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
}

impl Connection {
    /// Sends one request below the base and reads the whole answer. The body stands in
    /// [`Connection::body`] until the next one.
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
        let mut head = format!(
            "{method} {}{path} HTTP/1.1\r\nHost: {}\r\nAccept: application/fhir+json\r\n",
            self.server.path, self.server.authority
        );
        if let Some(bearer) = &self.server.bearer {
            head.push_str("Authorization: Bearer ");
            head.push_str(bearer);
            head.push_str("\r\n");
        }
        if !body.is_empty() {
            head.push_str("Content-Type: application/fhir+json\r\n");
        }
        head.push_str(headers);
        head.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
        if body.is_empty() {
            self.stream.write_all(head.as_bytes()).await?;
        } else {
            let mut request = head.into_bytes();
            request.extend_from_slice(body);
            self.stream.write_all(&request).await?;
        }
        self.read_answer().await
    }

    /// The body of the last answer.
    pub(crate) fn body(&self) -> &[u8] {
        self.buffer.get(..self.filled).unwrap_or_default()
    }

    async fn read_answer(&mut self) -> anyhow::Result<Answer> {
        self.buffer.clear();
        let head = loop {
            self.more().await?;
            if let Some(head) = parse_head(&self.buffer)? {
                break head;
            }
            ensure!(
                self.buffer.len() < LONGEST_HEAD,
                "the answer's head is too long"
            );
        };
        self.buffer.drain(..head.length);
        let length = match head.body {
            Some(length) => {
                while self.buffer.len() < length {
                    self.more().await?;
                }
                length
            }
            None => self.read_chunks().await?,
        };
        self.filled = length;
        Ok(Answer {
            status: head.status,
            length,
        })
    }

    /// Reads a chunked body and leaves it joined in the buffer.
    async fn read_chunks(&mut self) -> anyhow::Result<usize> {
        let mut joined = Vec::new();
        let mut at = 0;
        loop {
            let rest = self.buffer.get(at..).unwrap_or_default();
            match httparse::parse_chunk_size(rest) {
                Ok(httparse::Status::Complete((head, size))) => {
                    let size = usize::try_from(size)?;
                    let end = at + head + size + 2;
                    while self.buffer.len() < end {
                        self.more().await?;
                    }
                    let chunk = self.buffer.get(at + head..at + head + size);
                    joined.extend_from_slice(chunk.unwrap_or_default());
                    at = end;
                    if size == 0 {
                        self.buffer = joined;
                        return Ok(self.buffer.len());
                    }
                }
                Ok(httparse::Status::Partial) => self.more().await?,
                Err(_) => bail!("a chunk has no size"),
            }
        }
    }

    async fn more(&mut self) -> anyhow::Result<()> {
        let read = self.stream.read_buf(&mut self.buffer).await?;
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
    }))
}
