use actix_web::{HttpResponse, web};
use prometheus::{
    Encoder, HistogramOpts, HistogramVec, IntCounterVec, Opts, Registry, TextEncoder,
};

use crate::Web;

/// Counts and times of requests, for Prometheus.
///
/// Labels: the part, the route's pattern (`/people/{person}`, never the path itself), the method
/// and the status class. Nothing about a person can get in, because nothing free-form does.
#[derive(Clone)]
pub struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    duration_seconds: HistogramVec,
}

impl Metrics {
    /// Metrics of their own registry.
    ///
    /// # Errors
    /// [`prometheus::Error`] if a metric is already in the registry, which cannot be for a new one.
    pub fn new() -> Result<Self, prometheus::Error> {
        Self::in_registry(Registry::new())
    }

    /// Metrics in a registry that other parts of the process also report to.
    ///
    /// # Errors
    /// [`prometheus::Error`] if metrics of these names are already in the registry.
    pub fn in_registry(registry: Registry) -> Result<Self, prometheus::Error> {
        let requests = IntCounterVec::new(
            Opts::new("tarn_http_requests_total", "Requests answered"),
            &["part", "route", "method", "status"],
        )?;
        let duration_seconds = HistogramVec::new(
            HistogramOpts::new(
                "tarn_http_request_duration_seconds",
                "Time to answer, in seconds",
            )
            .buckets(vec![
                0.001, 0.002, 0.004, 0.008, 0.016, 0.05, 0.1, 0.25, 1.0, 5.0,
            ]),
            &["part", "route", "method"],
        )?;
        registry.register(Box::new(requests.clone()))?;
        registry.register(Box::new(duration_seconds.clone()))?;
        Ok(Self {
            registry,
            requests,
            duration_seconds,
        })
    }

    /// Counts one answered request.
    pub fn record(&self, seen: &Seen<'_>) {
        let class = match seen.status {
            100..=199 => "1xx",
            200..=299 => "2xx",
            300..=399 => "3xx",
            400..=499 => "4xx",
            _ => "5xx",
        };
        self.requests
            .with_label_values(&[seen.part, seen.route, seen.method, class])
            .inc();
        self.duration_seconds
            .with_label_values(&[seen.part, seen.route, seen.method])
            .observe(seen.seconds);
    }

    /// Everything in the registry, in Prometheus' text format.
    ///
    /// # Errors
    /// [`prometheus::Error`] if a metric cannot be written as text.
    pub fn text(&self) -> Result<String, prometheus::Error> {
        let mut text = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut text)?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    /// The answer to `GET /metrics`.
    #[must_use]
    pub fn reply(&self) -> HttpResponse {
        match self.text() {
            Ok(text) => HttpResponse::Ok()
                .content_type("text/plain; version=0.0.4; charset=utf-8")
                .body(text),
            Err(_) => HttpResponse::InternalServerError().finish(),
        }
    }
}

/// One answered request.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// The part's word.
    pub part: &'a str,
    /// The pattern of the route, never an address.
    pub route: &'a str,
    /// The method, one of a few words.
    pub method: &'a str,
    /// HTTP status.
    pub status: u16,
    /// How long it took, in seconds.
    pub seconds: f64,
}

/// `GET /metrics`.
pub(crate) async fn metrics(web: web::Data<Web>) -> HttpResponse {
    web.metrics.reply()
}
