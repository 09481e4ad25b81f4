//! The rest of an answer, after its headers: where a stream is ended in time, and where a call's outcome becomes known.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::HeaderMap;
use http_body::{Frame, SizeHint};
use tokio::time::Instant;
use tonic::body::Body;
use tonic::codegen::Bytes;
use tonic::{Code, Status};
use tracing::Span;

use crate::call::broken;

/// Tells the log and the figures how a call went, once, when it is over or nobody waits for it any more.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) span: Span,
    pub(crate) method: &'static str,
    pub(crate) began: Instant,
    /// Cancelled until something else is known: the caller went away.
    pub(crate) code: Code,
}

impl Report {
    pub(crate) fn learn(&mut self, headers: &HeaderMap) {
        if let Some(code) = headers.get("grpc-status") {
            self.code = Code::from_bytes(code.as_bytes());
        }
    }
}

impl Drop for Report {
    fn drop(&mut self) {
        let (method, code, took) = (self.method, self.code, self.began.elapsed());
        let name = format!("{code:?}");
        self.span.record("rpc.grpc.status_code", i32::from(code));
        self.span.in_scope(|| {
            let millis = took.as_secs_f64() * 1e3;
            tracing::trace!(monotonic_counter.rpc_server_calls = 1, rpc.method = method, code = name);
            tracing::trace!(histogram.rpc_server_duration_ms = millis, rpc.method = method, code = name);
            if matches!(code, Code::Unknown | Code::Internal | Code::DataLoss) {
                self.span.record("otel.status_code", "ERROR");
                tracing::warn!(code = name, ?took, "call failed by our fault");
            } else {
                tracing::debug!(code = name, ?took, "call");
            }
        });
    }
}

/// The body of an answer.
pub(crate) struct Tail {
    body: Option<Body>,
    /// Resolves when the stream must end although it has more to say; nothing for an answer that is whole already.
    end: Option<BoxFuture<'static, Status>>,
    report: Report,
}

impl Tail {
    pub(crate) fn new(body: Body, end: Option<BoxFuture<'static, Status>>, report: Report) -> Self {
        Self { body: Some(body), end, report }
    }

    fn cut(&mut self, status: &Status) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        self.body = None;
        self.report.code = status.code();
        let mut trailers = HeaderMap::new();
        Poll::Ready(Some(status.add_header(&mut trailers).map(|()| Frame::trailers(trailers))))
    }
}

impl http_body::Body for Tail {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let this = &mut *self;
        let Some(body) = &mut this.body else { return Poll::Ready(None) };
        if let Some(Poll::Ready(status)) = this.end.as_mut().map(|end| end.poll_unpin(cx)) {
            return this.cut(&status);
        }
        let span = this.report.span.clone();
        let polled = catch_unwind(AssertUnwindSafe(|| span.in_scope(|| Pin::new(body).poll_frame(cx))));
        match polled {
            Ok(Poll::Ready(Some(Ok(frame)))) => {
                if let Some(trailers) = frame.trailers_ref() {
                    this.report.learn(trailers);
                }
                Poll::Ready(Some(Ok(frame)))
            }
            Ok(rest) => rest,
            Err(_) => this.cut(&broken()),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(|body| body.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(|| SizeHint::with_exact(0), |body| body.size_hint())
    }
}
