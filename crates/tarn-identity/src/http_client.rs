use async_trait::async_trait;

/// How this crate reaches an identity provider. The server passes one in over its HTTP client;
/// tests pass a closure.
///
/// It must not follow redirects, must have a deadline, and must limit the size of what it reads.
#[async_trait]
pub trait HttpClient: Send + Sync {
    /// Sends one request and gives the whole answer.
    ///
    /// # Errors
    /// [`HttpFailure`] if there is no answer.
    async fn send(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> Result<http::Response<Vec<u8>>, HttpFailure>;
}

/// There was no answer; the text says nothing of what was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no answer: {0}")]
pub struct HttpFailure(pub &'static str);

#[async_trait]
impl<F, A> HttpClient for F
where
    F: Fn(http::Request<Vec<u8>>) -> A + Send + Sync,
    A: Future<Output = Result<http::Response<Vec<u8>>, HttpFailure>> + Send,
{
    async fn send(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> Result<http::Response<Vec<u8>>, HttpFailure> {
        self(request).await
    }
}
