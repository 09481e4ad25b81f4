//! Logs, traces and metrics: one [`init`] at the edge of a process, and the trace context that crosses gRPC and events.
//!
//! This is the only crate that names OpenTelemetry. Everything else uses `tracing`, and the functions of this crate where
//! a trace leaves or enters the process.

mod context;
mod panics;

use std::io::IsTerminal as _;
use std::time::Duration;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{MetricExporter, SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use tracing::Subscriber;
use tracing_opentelemetry::MetricsLayer;
use tracing_subscriber::filter::{EnvFilter, LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer, Registry};

pub use context::{TRACEPARENT, inject, parent_from, set_parent, traceparent};

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// One readable line per event, for a terminal.
    #[default]
    Text,
    /// One JSON object per line, for a collector.
    Json,
}

/// What a process tells about itself, and where.
#[derive(Debug, Clone)]
pub struct Config {
    /// Name of the service in traces and metrics, such as `activelist-search`.
    pub service_name: String,
    /// Base address of an OTLP collector over HTTP, such as `http://127.0.0.1:4318` (the usual source is
    /// `OTEL_EXPORTER_OTLP_ENDPOINT`); `/v1/traces` and `/v1/metrics` are appended. `None`: nothing leaves the process.
    /// Only `http`: a collector beside the process speaks TLS to the outside.
    pub otlp_endpoint: Option<String>,
    /// Form of the log lines on stderr.
    pub log_format: LogFormat,
    /// Which log lines are written, in the form of `RUST_LOG`: `info`, `info,kit_serve=debug`.
    pub filter: String,
}

/// Why telemetry did not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The filter does not parse.
    #[error("log filter {filter:?}: {reason}")]
    Filter {
        /// What was given.
        filter: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The endpoint is not a plain HTTP address, or its exporter cannot be built.
    #[error("OTLP endpoint {endpoint:?}: {reason}")]
    Endpoint {
        /// What was given.
        endpoint: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A subscriber is installed already: `init` is called once in a process.
    #[error("telemetry is initialised already")]
    Twice,
}

/// Longest wait for the last spans to reach the collector.
const FLUSH_LIMIT: Duration = Duration::from_secs(5);

/// Keeps the exporters; call [`Guard::shutdown`] last of all.
#[must_use = "the last spans are lost unless shutdown() is awaited"]
#[derive(Debug)]
pub struct Guard {
    traces: SdkTracerProvider,
    metrics: Option<SdkMeterProvider>,
}

impl Guard {
    /// Sends what is still held and stops the exporters; at most a few seconds, also when the collector is away.
    pub async fn shutdown(self) {
        // The SDK blocks the thread while it flushes, which would stall a runtime of one thread for ever.
        let flush = tokio::task::spawn_blocking(move || {
            let _ = self.traces.shutdown_with_timeout(FLUSH_LIMIT);
            if let Some(metrics) = self.metrics {
                let _ = metrics.shutdown_with_timeout(FLUSH_LIMIT);
            }
        });
        let _ = tokio::time::timeout(FLUSH_LIMIT * 2, flush).await;
    }
}

/// Installs logs, traces, metrics and the panic report for the whole process.
///
/// Metrics are `tracing` events whose field begins with `monotonic_counter.`, `counter.`, `histogram.` or `gauge.`; emit
/// them at trace level, so that they do not fill the log.
///
/// # Errors
/// See [`Error`]; nothing is installed then.
pub fn init(config: &Config) -> Result<Guard, Error> {
    let filter = EnvFilter::try_new(&config.filter)
        .map_err(|error| Error::Filter { filter: config.filter.clone(), reason: error.to_string() })?;
    let resource = Resource::builder().with_service_name(config.service_name.clone()).build();
    let (traces, metrics) = match &config.otlp_endpoint {
        Some(endpoint) => exporting(endpoint, &resource)?,
        None => (silent(resource), None),
    };
    let coloured = std::io::stderr().is_terminal();
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(coloured);
    let lines: Box<dyn Layer<Registry> + Send + Sync> = match config.log_format {
        LogFormat::Text => Box::new(lines.with_filter(filter)),
        LogFormat::Json => Box::new(lines.json().flatten_event(true).with_filter(filter)),
    };
    tracing_subscriber::registry()
        .with(lines)
        .with(tracer_layer(&traces))
        .with(metrics.clone().map(MetricsLayer::new))
        .try_init()
        .map_err(|_| Error::Twice)?;
    panics::report_without_content();
    Ok(Guard { traces, metrics })
}

/// Spans from `info` up, whatever the log lines show: a quiet log must not cut a trace.
fn tracer_layer<S>(traces: &SdkTracerProvider) -> impl Layer<S> + use<S>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let ours = Targets::new().with_default(LevelFilter::INFO).with_target("opentelemetry", LevelFilter::OFF);
    tracing_opentelemetry::layer().with_tracer(traces.tracer("activelist")).with_filter(ours)
}

/// Spans get ids, so that a trace that comes in goes on and a log line can be found; nothing is recorded or sent.
fn silent(resource: Resource) -> SdkTracerProvider {
    let sampler = Sampler::ParentBased(Box::new(Sampler::AlwaysOff));
    SdkTracerProvider::builder().with_resource(resource).with_sampler(sampler).build()
}

fn exporting(endpoint: &str, resource: &Resource) -> Result<(SdkTracerProvider, Option<SdkMeterProvider>), Error> {
    let refuse = |reason: String| Error::Endpoint { endpoint: endpoint.to_owned(), reason };
    let uri: http::Uri = endpoint.parse().map_err(|error: http::uri::InvalidUri| refuse(error.to_string()))?;
    if uri.scheme_str() != Some("http") || uri.host().is_none() {
        return Err(refuse("an address that begins with http:// is needed".to_owned()));
    }
    let at = |path: &str| format!("{}{path}", endpoint.trim_end_matches('/'));
    let spans = SpanExporter::builder().with_http().with_endpoint(at("/v1/traces")).build();
    let spans = spans.map_err(|error| refuse(error.to_string()))?;
    let figures = MetricExporter::builder().with_http().with_endpoint(at("/v1/metrics")).build();
    let figures = figures.map_err(|error| refuse(error.to_string()))?;
    let traces = SdkTracerProvider::builder().with_resource(resource.clone()).with_batch_exporter(spans).build();
    let metrics = SdkMeterProvider::builder().with_resource(resource.clone()).with_periodic_exporter(figures).build();
    Ok((traces, Some(metrics)))
}

#[cfg(test)]
mod tests;
