//! What happens to every call before its handler runs, and around it: who calls and whether that is allowed, the
//! deadline, the limit on calls at a time, panics, the span.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::{HeaderMap, Request, Response};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;
use tonic::body::Body;
use tonic::{Code, Status};
use tower::{Layer, Service};
use tracing::{Instrument as _, Span, field};

use crate::access::{Method, Methods};
use crate::caller::{Caller, Trust};
use crate::deadline::{self, CURRENT, Deadline};
use crate::fault::{RETRY_AFTER, status, status_retry};
use crate::incoming::Peer;
use crate::tail::{Report, Tail};

/// What a method that the contract does not have is called in logs: its path is the caller's text.
const OUTSIDE: &str = "outside the contract";

/// What holds for the calls of one source of connections.
#[derive(Debug)]
pub(crate) struct Rules {
    pub(crate) methods: &'static Methods,
    pub(crate) trust: Trust,
    pub(crate) default_deadline: Duration,
    /// A permit for each call at a time.
    pub(crate) calls: Arc<Semaphore>,
    /// Ends streams.
    pub(crate) soft: CancellationToken,
    /// Ends everything.
    pub(crate) hard: CancellationToken,
    /// A token for each call whose handler has not answered.
    pub(crate) in_flight: TaskTracker,
}

#[derive(Debug, Clone)]
pub(crate) struct CallLayer(pub(crate) Arc<Rules>);

impl<S> Layer<S> for CallLayer {
    type Service = Calls<S>;

    fn layer(&self, inner: S) -> Calls<S> {
        Calls { inner, rules: Arc::clone(&self.0) }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Calls<S> {
    inner: S,
    rules: Arc<Rules>,
}

impl<S> Service<Request<Body>> for Calls<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        // The clone takes the place of the service that was polled ready, which goes with the call.
        let next = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, next);
        let rules = Arc::clone(&self.rules);
        let method = rules.methods.find(request.uri().path());
        let span = span(method, request.headers());
        let name = method.map_or(OUTSIDE, |method| &method.name);
        let mut report = Report { span: span.clone(), method: name, began: Instant::now(), code: Code::Cancelled };
        // Now and not when the future is first polled: tonic starts a timer of its own for the same timeout right after
        // this, answers CANCELLED when it fires, and must come second.
        let admitted = rules.admit(method, &mut request);
        let call = async move {
            let (response, end) = match admitted {
                Ok(admitted) => {
                    let end = method.is_none_or(|method| method.streams).then(|| rules.end_of(admitted.deadline));
                    (rules.run(admitted, async move { inner.call(request).await }).await, end)
                }
                Err(status) => (status.into_http(), None),
            };
            report.code = Code::Ok; // unless the headers, or the trailers, say otherwise
            report.learn(response.headers());
            if end.is_some() && response.headers().get("grpc-status").is_none() {
                report.code = Code::Cancelled; // a stream's outcome is known when its trailers come
            }
            Ok(response.map(|body| Body::new(Tail::new(body, end, report))))
        };
        call.instrument(span).boxed()
    }
}

struct Admitted {
    deadline: Option<Instant>,
    _permit: Option<OwnedSemaphorePermit>,
    _in_flight: TaskTrackerToken,
}

impl Rules {
    fn admit(&self, method: Option<&Method>, request: &mut Request<Body>) -> Result<Admitted, Status> {
        let deadline = self.deadline(method, request.headers())?;
        let peer = request.extensions().get::<Peer>();
        let caller = Caller::from_call(peer, request.headers(), self.trust).map_err(|malformed| {
            let en = malformed.to_string();
            status(Code::Unauthenticated, "CALLER_MALFORMED", &en, "呼び出し元の情報を読み取れません", &[])
        })?;
        // What the contract does not have is health, reflection, or answered with UNIMPLEMENTED: always allowed, and
        // never shed, so that a busy process still tells how it is.
        let mut permit = None;
        if let Some(method) = method {
            if !caller.is_any(&method.roles) {
                let ja = "この操作を行う権限がありません";
                return Err(status(
                    Code::PermissionDenied,
                    "ROLE_MISSING",
                    "the caller lacks the role for this",
                    ja,
                    &[("method", &method.name)],
                ));
            }
            permit = Some(Arc::clone(&self.calls).try_acquire_owned().map_err(|_| overloaded())?);
        }
        request.extensions_mut().insert(caller);
        if let Some(at) = deadline {
            request.extensions_mut().insert(Deadline(at));
        }
        Ok(Admitted { deadline, _permit: permit, _in_flight: self.in_flight.token() })
    }

    /// The client's, or ours for a call that has none; a stream without one may last.
    fn deadline(&self, method: Option<&Method>, headers: &HeaderMap) -> Result<Option<Instant>, Status> {
        let asked = deadline::asked(headers).map_err(|()| {
            let en = "grpc-timeout is not one to eight digits and a unit";
            status(Code::InvalidArgument, "TIMEOUT_MALFORMED", en, "grpc-timeout の形式が正しくありません", &[])
        })?;
        let default = method.filter(|method| !method.streams).map(|_| self.default_deadline);
        match asked.or(default) {
            Some(Duration::ZERO) => Err(too_late()),
            Some(timeout) => Ok(Instant::now().checked_add(timeout)),
            None => Ok(None),
        }
    }

    /// The handler's answer, or ours when the handler takes too long, panics, or the process must go. Its future is
    /// dropped then, wherever it stands.
    async fn run(
        &self,
        admitted: Admitted,
        handler: impl Future<Output = Result<Response<Body>, Infallible>>,
    ) -> Response<Body> {
        let handler = AssertUnwindSafe(CURRENT.scope(admitted.deadline, handler)).catch_unwind();
        tokio::select! {
            biased;
            answer = handler => match answer {
                Ok(Ok(response)) => told_precisely(response),
                Err(_) => broken().into_http(),
            },
            () = deadline::reached(admitted.deadline) => too_late().into_http(),
            () = self.hard.cancelled() => stopping().into_http(),
        }
    }

    fn end_of(&self, deadline: Option<Instant>) -> BoxFuture<'static, Status> {
        let (soft, hard) = (self.soft.clone(), self.hard.clone());
        async move {
            tokio::select! {
                () = deadline::reached(deadline) => too_late(),
                () = soft.cancelled() => stopping(),
                () = hard.cancelled() => stopping(),
            }
        }
        .boxed()
    }
}

fn span(method: Option<&Method>, headers: &HeaderMap) -> Span {
    let (service, name) = method.and_then(|method| method.name.split_once('/')).unwrap_or(("", OUTSIDE));
    let span = tracing::info_span!(
        "rpc",
        otel.name = method.map_or(OUTSIDE, |method| &method.name),
        otel.kind = "server",
        otel.status_code = field::Empty,
        rpc.system = "grpc",
        rpc.service = service,
        rpc.method = name,
        rpc.grpc.status_code = field::Empty,
    );
    if let Some(parent) = kit_telemetry::parent_from(headers) {
        kit_telemetry::set_parent(&span, &parent);
    }
    span
}

/// tonic refuses a request over the limit with OUT_OF_RANGE and a text; every other gRPC server says RESOURCE_EXHAUSTED,
/// and a program needs the reason to tell it from overload, which is worth another try.
fn told_precisely(response: Response<Body>) -> Response<Body> {
    let refused = Status::from_header_map(response.headers()).filter(|status| {
        status.code() == Code::OutOfRange && status.message().contains("decoded message length too large")
    });
    match refused {
        Some(tonic) => {
            let numbers =
                tonic.message().split(|letter: char| !letter.is_ascii_digit()).filter(|part| !part.is_empty());
            let numbers: Vec<_> = numbers.collect();
            let metadata: Vec<_> = ["found_bytes", "limit_bytes"].into_iter().zip(numbers).collect();
            let en = "the request message is over the size limit";
            let ja = "リクエストが大きさの上限を超えています";
            status(Code::ResourceExhausted, "MESSAGE_TOO_LARGE", en, ja, &metadata).into_http()
        }
        None => response,
    }
}

fn overloaded() -> Status {
    let (en, ja) = ("too many calls at a time", "混み合っています。しばらくしてからもう一度お試しください");
    status_retry(Code::ResourceExhausted, "OVERLOADED", en, ja, RETRY_AFTER)
}

pub(crate) fn too_late() -> Status {
    status(Code::DeadlineExceeded, "DEADLINE_EXCEEDED", "the deadline of the call has passed", "時間切れです", &[])
}

fn stopping() -> Status {
    let ja = "サーバーを停止しています。もう一度お試しください";
    status_retry(Code::Unavailable, "STOPPING", "the server is stopping", ja, RETRY_AFTER)
}

/// Says nothing of what broke: a panic's text may hold data.
pub(crate) fn broken() -> Status {
    status(Code::Internal, "INTERNAL", "internal error", "内部エラーが発生しました", &[])
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::deadline::GRPC_TIMEOUT;
    use crate::fault::reason_of;

    const METHOD: &str = "http://host/activelist.event.v1.EventLog/GetHead";

    fn rules() -> Arc<Rules> {
        Arc::new(Rules {
            methods: Methods::of_contract(),
            trust: Trust::Near,
            default_deadline: Duration::from_secs(30),
            calls: Arc::new(Semaphore::new(1)),
            soft: CancellationToken::new(),
            hard: CancellationToken::new(),
            in_flight: TaskTracker::new(),
        })
    }

    fn request(peer: &str, timeout: &'static str) -> Request<Body> {
        let mut request = Request::builder().uri(METHOD).header(GRPC_TIMEOUT, timeout).body(Body::empty()).unwrap();
        request.extensions_mut().insert(Peer::Tcp(Some(peer.parse().unwrap())));
        request
    }

    /// The status of the call, and how often the handler ran.
    async fn outcome(request: Request<Body>) -> (Status, usize) {
        let ran = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&ran);
        let handler = tower::service_fn(move |_: Request<Body>| {
            counted.fetch_add(1, Ordering::Relaxed);
            std::future::ready(Ok::<_, Infallible>(Status::ok("").into_http()))
        });
        let response = CallLayer(rules()).layer(handler).call(request).await.unwrap();
        (Status::from_header_map(response.headers()).unwrap(), ran.load(Ordering::Relaxed))
    }

    #[tokio::test]
    async fn a_call_that_came_too_late_is_not_executed() {
        let (status, ran) = outcome(request("127.0.0.1:1", "0n")).await;
        assert_eq!((status.code(), ran), (Code::DeadlineExceeded, 0));
        let (status, ran) = outcome(request("127.0.0.1:1", "1S")).await;
        assert_eq!((status.code(), ran), (Code::Ok, 1));
    }

    #[tokio::test]
    async fn a_far_peer_has_no_role_whatever_it_says() {
        let mut boasting = request("192.0.2.7:1", "1S");
        boasting.headers_mut().insert("x-activelist-subject", "root".parse().unwrap());
        boasting.headers_mut().insert("x-activelist-roles", "operator,service".parse().unwrap());
        for request in [boasting, request("192.0.2.7:1", "1S")] {
            let (status, ran) = outcome(request).await;
            assert_eq!((status.code(), ran), (Code::PermissionDenied, 0));
            assert_eq!(reason_of(&status).as_deref(), Some("ROLE_MISSING"));
        }
    }
}
