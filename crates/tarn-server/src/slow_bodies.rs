//! Clients that send their body slowly, or never to its end, are cut off: each would hold a
//! request open, and with enough of them nobody else is served.
//!
//! Slow heads are the web framework's own matter (`client_request_timeout`).

use std::io;
use std::time::Duration;

use actix_web::HttpMessage as _;
use actix_web::body::MessageBody;
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::middleware::Next;
use futures_util::{Stream, StreamExt as _, stream};
use tokio::time::{Instant, timeout};

use crate::config::Config;

/// How long a body may take to arrive.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// Without a byte of it.
    pause: Duration,
    /// As a whole.
    whole: Duration,
}

impl Patience {
    pub(crate) fn of(config: &Config) -> Self {
        let seconds = |seconds: u32| Duration::from_secs(seconds.max(1).into());
        Self {
            pause: seconds(config.listen.pause_seconds),
            whole: seconds(config.listen.body_seconds),
        }
    }

    /// How long a head may take to arrive, and a connection may wait for its next request.
    pub(crate) const fn pause(self) -> Duration {
        self.pause
    }
}

/// Lets a request's body end with an error once it takes too long. What the error becomes is the
/// reader's matter; the connection is closed, since nobody knows where the next request begins.
pub(crate) async fn cut_off<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
    patience: Patience,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    let payload = request.take_payload();
    // Most requests have no body, and pay nothing for those that have.
    let payload: Payload = match payload {
        Payload::None => Payload::None,
        slow => Payload::Stream {
            payload: Box::pin(in_time(slow, patience)),
        },
    };
    request.set_payload(payload);
    next.call(request).await
}

fn in_time<S, T>(parts: S, patience: Patience) -> impl Stream<Item = Result<T, PayloadError>>
where
    S: Stream<Item = Result<T, PayloadError>> + Unpin,
{
    let ends = Instant::now() + patience.whole;
    stream::unfold(Some(parts), move |parts| async move {
        let mut parts = parts?;
        let left = ends.saturating_duration_since(Instant::now());
        match timeout(patience.pause.min(left), parts.next()).await {
            Ok(Some(part)) => Some((part, Some(parts))),
            Ok(None) => None,
            Err(_) => {
                let late = io::Error::from(io::ErrorKind::TimedOut);
                Some((Err(PayloadError::Io(late)), None))
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Parts that come after these many seconds each; then none ever.
    fn dripping(pauses: Vec<u64>) -> impl Stream<Item = Result<u64, PayloadError>> + Unpin {
        let parts = stream::iter(pauses).then(|seconds| async move {
            tokio::time::sleep(Duration::from_secs(seconds)).await;
            Ok(seconds)
        });
        Box::pin(parts.chain(stream::pending()))
    }

    async fn taken(pauses: Vec<u64>) -> (usize, Duration) {
        let patience = Patience {
            pause: Duration::from_secs(10),
            whole: Duration::from_secs(60),
        };
        let start = Instant::now();
        let parts: Vec<_> = in_time(dripping(pauses), patience).collect().await;
        let (last, before) = parts.split_last().unwrap();
        assert!(matches!(last, Err(PayloadError::Io(_))), "it is cut off");
        assert!(before.iter().all(Result::is_ok));
        (before.len(), start.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_pauses_or_drips_for_too_long_is_cut_off() {
        let seconds = Duration::from_secs;
        assert_eq!(taken(vec![]).await, (0, seconds(10)));
        assert_eq!(taken(vec![9, 9]).await, (2, seconds(28)));
        assert_eq!(taken(vec![9, 11]).await, (1, seconds(19)));
        assert_eq!(taken(vec![9; 20]).await, (6, seconds(60)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_in_time_comes_through_unchanged() {
        let patience = Patience {
            pause: Duration::from_secs(1),
            whole: Duration::from_secs(1),
        };
        let parts = stream::iter([Ok(1), Err(PayloadError::Overflow), Ok(3)]);
        let parts: Vec<_> = in_time(parts, patience).collect().await;
        assert!(matches!(
            parts[..],
            [Ok(1), Err(PayloadError::Overflow), Ok(3)]
        ));
    }
}
