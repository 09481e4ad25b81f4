use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use tracing::{Instrument as _, Span, info_span};

use super::*;

const REMOTE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

fn recorded(work: impl FnOnce()) -> Vec<SpanData> {
    let exporter = InMemorySpanExporter::default();
    let traces = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
    tracing::subscriber::with_default(tracing_subscriber::registry().with(tracer_layer(&traces)), work);
    traces.force_flush().unwrap();
    exporter.get_finished_spans().unwrap()
}

fn named<'a>(spans: &'a [SpanData], name: &str) -> &'a SpanData {
    spans.iter().find(|span| span.name == name).unwrap_or_else(|| panic!("no span {name} was exported"))
}

#[test]
fn a_trace_crosses_headers() {
    let spans = recorded(|| {
        let mut headers = http::HeaderMap::new();
        info_span!("caller").in_scope(|| inject(&mut headers));

        let served = info_span!("served");
        assert!(set_parent(&served, &parent_from(&headers).unwrap()));
        served.in_scope(|| info_span!("inner").in_scope(|| ()));
    });
    let (caller, served, inner) = (named(&spans, "caller"), named(&spans, "served"), named(&spans, "inner"));
    assert_eq!(served.span_context.trace_id(), caller.span_context.trace_id());
    assert_eq!(served.parent_span_id, caller.span_context.span_id());
    assert!(served.parent_span_is_remote);
    assert_eq!(inner.parent_span_id, served.span_context.span_id());
}

#[test]
fn an_event_carries_the_trace_of_its_cause() {
    let spans = recorded(|| {
        let cause = info_span!("cause");
        assert!(set_parent(&cause, REMOTE));
        let kept = cause.in_scope(traceparent).unwrap();
        let effect = info_span!("effect");
        assert!(set_parent(&effect, &kept));
    });
    let effect = named(&spans, "effect");
    assert_eq!(effect.span_context.trace_id(), TraceId::from_hex("4bf92f3577b34da6a3ce929d0e0e4736").unwrap());
    assert_eq!(effect.parent_span_id, named(&spans, "cause").span_context.span_id());
    assert_eq!(named(&spans, "cause").parent_span_id, SpanId::from_hex("00f067aa0ba902b7").unwrap());
}

#[test]
fn a_quiet_log_does_not_cut_the_trace() {
    let spans = recorded(|| {
        info_span!("kept").in_scope(|| tracing::debug_span!("too fine").in_scope(|| ()));
    });
    assert_eq!(spans.iter().map(|span| span.name.as_ref()).collect::<Vec<_>>(), ["kept"]);
}

#[test]
fn without_an_exporter_a_trace_still_passes_through() {
    let traces = silent(Resource::builder_empty().build());
    tracing::subscriber::with_default(tracing_subscriber::registry().with(tracer_layer(&traces)), || {
        let span = info_span!("passing");
        assert!(set_parent(&span, REMOTE));
        let onward = span.in_scope(traceparent).unwrap();
        assert_eq!(onward[..36], REMOTE[..36], "same trace");
        assert_ne!(onward, REMOTE, "our own span");
    });
}

#[test]
fn no_context_is_none_and_changes_no_header() {
    let mut headers = http::HeaderMap::new();
    inject(&mut headers);
    assert_eq!(traceparent(), None);
    assert!(headers.is_empty());
    assert!(!set_parent(&Span::none(), REMOTE));
}

#[test]
fn a_malformed_parent_is_ignored() {
    let spans = recorded(|| {
        for bad in
            ["", "00-xyz", "00-00000000000000000000000000000000-00f067aa0ba902b7-01", &"a".repeat(10_000), "日本"]
        {
            let span = info_span!("root");
            assert!(!set_parent(&span, bad), "{bad:.20} was taken");
            let mut headers = http::HeaderMap::new();
            headers.insert(TRACEPARENT, http::HeaderValue::from_bytes(bad.as_bytes()).unwrap());
            assert_eq!(parent_from(&headers), None);
        }
    });
    assert!(spans.iter().all(|span| span.parent_span_id == SpanId::INVALID));
}

#[tokio::test]
async fn an_await_keeps_the_context() {
    let traces = silent(Resource::builder_empty().build());
    let subscriber = tracing_subscriber::registry().with(tracer_layer(&traces));
    let _default = tracing::subscriber::set_default(subscriber);
    let span = info_span!("call");
    assert!(set_parent(&span, REMOTE));
    let seen = async {
        tokio::task::yield_now().await;
        traceparent()
    };
    assert!(seen.instrument(span).await.unwrap().contains("4bf92f3577b34da6a3ce929d0e0e4736"));
}

#[test]
fn a_wrong_setting_is_named() {
    let config = |filter: &str, endpoint: Option<&str>| Config {
        service_name: "test".to_owned(),
        otlp_endpoint: endpoint.map(str::to_owned),
        log_format: LogFormat::Json,
        filter: filter.to_owned(),
    };
    assert!(matches!(init(&config("kit=loudest", None)), Err(Error::Filter { .. })));
    for endpoint in ["https://collector:4318", "collector:4318", "", "http://"] {
        assert!(matches!(init(&config("info", Some(endpoint))), Err(Error::Endpoint { .. })), "{endpoint} was taken");
    }
}

/// Answers every POST with 200 and keeps the paths; ends when the sender is dropped.
fn collector() -> (String, std::sync::mpsc::Receiver<String>) {
    use std::io::{BufRead as _, BufReader, Read as _, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let (paths, seen) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (stream, paths) = (stream.unwrap(), paths.clone());
            std::thread::spawn(move || {
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let (mut line, mut length) = (String::new(), 0);
                while reader.read_line(&mut line).is_ok_and(|read| read > 0) {
                    let lower = line.trim_end().to_ascii_lowercase();
                    if let Some(path) = line.strip_prefix("POST ") {
                        let _ = paths.send(path.split(' ').next().unwrap().to_owned());
                    } else if let Some(value) = lower.strip_prefix("content-length:") {
                        length = value.trim().parse().unwrap();
                    } else if lower.is_empty() {
                        std::io::copy(&mut reader.by_ref().take(length), &mut std::io::sink()).unwrap();
                        (&stream).write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").unwrap();
                    }
                    line.clear();
                }
            });
        }
    });
    (endpoint, seen)
}

#[tokio::test]
async fn the_last_spans_and_figures_reach_the_collector() {
    let (endpoint, seen) = collector();
    let (traces, metrics) = exporting(&endpoint, &Resource::builder_empty().build()).unwrap();
    let subscriber =
        tracing_subscriber::registry().with(tracer_layer(&traces)).with(metrics.clone().map(MetricsLayer::new));
    tracing::subscriber::with_default(subscriber, || {
        info_span!("last words").in_scope(|| tracing::trace!(monotonic_counter.said = 1));
    });
    Guard { traces, metrics }.shutdown().await;
    let mut paths: Vec<_> = seen.try_iter().collect();
    paths.sort();
    assert_eq!(paths, ["/v1/metrics", "/v1/traces"]);
}

#[tokio::test]
async fn a_collector_that_is_away_holds_nobody_up() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (traces, metrics) = exporting(&format!("http://{free}"), &Resource::builder_empty().build()).unwrap();
    let layer = tracing_subscriber::registry().with(tracer_layer(&traces));
    tracing::subscriber::with_default(layer, || info_span!("lost").in_scope(|| ()));
    tokio::time::timeout(FLUSH_LIMIT * 3, Guard { traces, metrics }.shutdown()).await.unwrap();
}
