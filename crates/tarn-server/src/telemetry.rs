//! Logs and traces: structured, and without a person's data.

use anyhow::Context as _;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::WithExportConfig as _;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::Level;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

use crate::config::Config;

/// What must be kept until the end so that the last traces are sent.
#[derive(Debug, Default)]
pub(crate) struct Telemetry(Option<SdkTracerProvider>);

impl Telemetry {
    /// Sends what is still waiting. Failures are only logged: traces are not audit.
    pub(crate) fn shut_down(self) {
        if let Some(Err(error)) = self.0.map(|provider| provider.shutdown()) {
            tracing::warn!(%error, "the last traces could not be sent");
        }
    }
}

/// Starts logging to standard error and, where an endpoint is configured, tracing by OTLP.
///
/// # Errors
/// A filter that can't be read, an unknown log format or an endpoint that is no address.
pub(crate) fn start(config: &Config) -> anyhow::Result<Telemetry> {
    let filter = EnvFilter::try_new(&config.telemetry.log_filter)
        .context("the setting `telemetry.log_filter` can't be read")?;
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines = match config.telemetry.log_format.as_str() {
        "text" => lines.boxed(),
        "json" => lines.json().boxed(),
        _ => anyhow::bail!("the setting `telemetry.log_format` is `text` or `json`"),
    };
    let provider = config
        .telemetry
        .otlp_endpoint
        .as_deref()
        .map(otlp)
        .transpose()?;
    let traces = provider
        .as_ref()
        .map(|provider| tracing_opentelemetry::layer().with_tracer(provider.tracer("tarn")));
    tracing_subscriber::registry()
        .with(filter)
        .with(filter_fn(|line| {
            is_ours_or_calm(line.target(), *line.level())
        }))
        .with(lines)
        .with(traces)
        .init();
    Ok(Telemetry(provider))
}

/// Whether a line may be written at all, whatever filter was asked for. Libraries describe below
/// `info` what they carry: the PostgreSQL client writes out every parameter, which is whole
/// records. Only Tarn's own lines are written without a person's data at every level.
fn is_ours_or_calm(target: &str, level: Level) -> bool {
    let krate = target.split("::").next().unwrap_or_default();
    level <= Level::INFO || krate == "tarn" || krate.starts_with("tarn_")
}

fn otlp(endpoint: &str) -> anyhow::Result<SdkTracerProvider> {
    let exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_http()
        .with_endpoint(endpoint)
        .build()
        .context("the setting `telemetry.otlp_endpoint` can't be used")?;
    Ok(SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_resource(
            opentelemetry_sdk::Resource::builder()
                .with_service_name("tarn")
                .build(),
        )
        .build())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_say_nothing_below_info_and_tarn_may() {
        let check = |target, level, expected| {
            assert_eq!(is_ours_or_calm(target, level), expected, "{target} {level}");
        };
        check("tokio_postgres::query", Level::DEBUG, false);
        check("hyper_util::client", Level::TRACE, false);
        check("tarnished::lines", Level::DEBUG, false);
        check("actix_server::worker", Level::INFO, true);
        check("tokio_postgres::connection", Level::WARN, true);
        check("tarn_access::open", Level::DEBUG, true);
        check("tarn", Level::TRACE, true);
    }
}
