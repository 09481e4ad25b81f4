//! The W3C trace context: a span's place in a trace, as it crosses a process by header or an event by field.

use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, TextMapPropagator as _};
use opentelemetry::trace::TraceContextExt as _;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// Name of the header, and of the event field, that carries the context.
pub const TRACEPARENT: &str = "traceparent";

/// The current span as a `traceparent` (55 ASCII characters), or `None` outside of any span or before `init`.
pub fn traceparent() -> Option<String> {
    let context = Span::current().context();
    let span = context.span();
    let span = span.span_context();
    span.is_valid().then(|| {
        let sampled = span.trace_flags().to_u8() & 1;
        format!("00-{}-{}-{sampled:02x}", span.trace_id(), span.span_id())
    })
}

/// Makes `span` a child of the span that `traceparent` names. Must come before the span is first entered.
/// False when the text is not a valid `traceparent` or the span takes no parent (any more); the span then stays as it is.
pub fn set_parent(span: &Span, traceparent: &str) -> bool {
    remote(traceparent).is_some_and(|parent| span.set_parent(parent).is_ok())
}

/// Writes the current span into headers of a call that leaves; nothing when there is none.
pub fn inject(headers: &mut http::HeaderMap) {
    if let Some(value) = traceparent().and_then(|value| value.parse().ok()) {
        headers.insert(TRACEPARENT, value);
    }
}

/// The `traceparent` of a call that came in, or `None` when it is absent or malformed.
pub fn parent_from(headers: &http::HeaderMap) -> Option<String> {
    let value = headers.get(TRACEPARENT)?.to_str().ok()?;
    remote(value).map(|_| value.to_owned())
}

struct One<'a>(&'a str);

impl Extractor for One<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        (key == TRACEPARENT).then_some(self.0)
    }

    fn keys(&self) -> Vec<&str> {
        vec![TRACEPARENT]
    }
}

fn remote(traceparent: &str) -> Option<Context> {
    // Starting from an empty context: the extractor falls back to what is given here, and that must not be our own span.
    let context = TraceContextPropagator::new().extract_with_context(&Context::new(), &One(traceparent));
    context.span().span_context().is_valid().then_some(context)
}
