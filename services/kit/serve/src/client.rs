//! The other side: a channel that says who calls, how long it waits, and which trace it belongs to.

use std::task::{Context, Poll};
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::{HeaderMap, Request, Response};
use http_body_util::BodyExt as _;
use tokio::time::Instant;
use tonic::body::Body;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status};
use tower::Service;

use crate::access::Methods;
use crate::call::too_late;
use crate::caller::{Caller, Malformed};
use crate::deadline::{self, CURRENT, GRPC_TIMEOUT};
use crate::fault;

/// Time for a call that names none, as on the server.
const DEFAULT_DEADLINE: Duration = Duration::from_secs(30);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// A server whose machine has vanished is noticed after both of these, and the next call connects anew.
const KEEPALIVE: Duration = Duration::from_secs(5);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(5);

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is not one.
    #[error("server address {url:?}: {reason}")]
    Address {
        /// What was given.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The caller cannot be said in metadata.
    #[error(transparent)]
    Caller(#[from] Malformed),
}

/// A connection for generated clients: `SurveyResponsesClient::new(client.clone())`. Clones share the connection.
///
/// Every call carries who calls, the trace of the current span, and a deadline: the one set on the request, else 30 s (none
/// for streams), and never more than is left to the call whose handler makes it. A call over its deadline ends with
/// DEADLINE_EXCEEDED, also when the server is silent.
#[derive(Debug, Clone)]
pub struct Client {
    channel: Channel,
    caller: HeaderMap,
    deadline: Duration,
}

impl Client {
    /// Over a channel that exists, such as the one of [`crate::in_process`]; `None` sends no caller, so that the server
    /// decides who we are.
    ///
    /// # Errors
    /// When the caller cannot be said in metadata.
    pub fn new(channel: Channel, caller: Option<&Caller>) -> Result<Self, Malformed> {
        let caller = caller.map(Caller::to_headers).transpose()?.unwrap_or_default();
        Ok(Self { channel, caller, deadline: DEFAULT_DEADLINE })
    }

    /// To a server, such as `http://127.0.0.1:8443`. Connects with the first call, again after a loss, and never by itself
    /// in between; a call while the server is away ends with UNAVAILABLE.
    ///
    /// # Errors
    /// When the address is none, or the caller cannot be said in metadata. Must be called within a Tokio runtime.
    pub fn connect(url: &str, caller: Option<&Caller>) -> Result<Self, Error> {
        let refuse = |reason: String| Error::Address { url: url.to_owned(), reason };
        let endpoint = Endpoint::from_shared(url.to_owned()).map_err(|error| refuse(error.to_string()))?;
        if endpoint.uri().scheme_str() != Some("http") || endpoint.uri().host().is_none() {
            return Err(refuse("an address that begins with http:// is needed".to_owned()));
        }
        let endpoint = endpoint
            .connect_timeout(CONNECT_TIMEOUT)
            .tcp_nodelay(true)
            .http2_keep_alive_interval(KEEPALIVE)
            .keep_alive_timeout(KEEPALIVE_TIMEOUT);
        Ok(Self::new(endpoint.connect_lazy(), caller)?)
    }

    /// The same connection for calls in another's name.
    ///
    /// # Errors
    /// When the caller cannot be said in metadata.
    pub fn acting_as(&self, caller: &Caller) -> Result<Self, Malformed> {
        Ok(Self { caller: caller.to_headers()?, ..self.clone() })
    }

    /// Another time for calls that name none.
    #[must_use]
    pub fn deadline(self, deadline: Duration) -> Self {
        Self { deadline, ..self }
    }

    /// When we stop waiting; what the request's header says is replaced by what is really left.
    fn limit(&self, request: &Request<Body>) -> Option<Instant> {
        let streams = Methods::of_contract().find(request.uri().path()).is_none_or(|method| method.streams);
        let own = deadline::asked(request.headers()).ok().flatten();
        let own = own.or((!streams).then_some(self.deadline)).and_then(|time| Instant::now().checked_add(time));
        let outer = CURRENT.try_with(|&deadline| deadline).ok().flatten();
        own.into_iter().chain(outer).min()
    }
}

impl Service<Request<Body>> for Client {
    type Response = Response<Body>;
    type Error = tonic::transport::Error;
    type Future = BoxFuture<'static, Result<Response<Body>, tonic::transport::Error>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.channel.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let limit = self.limit(&request);
        let headers = request.headers_mut();
        for name in self.caller.keys() {
            headers.remove(name);
            for value in self.caller.get_all(name) {
                headers.append(name, value.clone());
            }
        }
        kit_telemetry::inject(headers);
        if let Some(at) = limit {
            let left = at.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return futures::future::ok(too_late().into_http()).boxed();
            }
            headers.insert(GRPC_TIMEOUT, deadline::header(left));
        }
        let answer = self.channel.call(request);
        async move {
            tokio::select! {
                biased;
                answer = answer => match answer {
                    // The channel has a timer of its own for the same moment, and calls it CANCELLED.
                    Err(_) if limit.is_some_and(|at| at <= Instant::now()) => Ok(too_late().into_http()),
                    Err(error) => Ok(out_of_reach(Status::from_error(error.into())).into_http()),
                    Ok(answer) => Ok(answer.map(|body| Body::new(body.map_err(out_of_reach)))),
                },
                () = deadline::reached(limit) => Ok(too_late().into_http()),
            }
        }
        .boxed()
    }
}

/// A connection that is refused, closed or lost is UNAVAILABLE, whichever of tonic's codes it comes with. Whether the
/// server has executed the call is not known then.
fn out_of_reach(transport: Status) -> Status {
    if !matches!(transport.code(), Code::Unavailable | Code::Unknown | Code::Cancelled | Code::Internal) {
        return transport;
    }
    let mut reason = transport.message().to_owned();
    let mut cause = std::error::Error::source(&transport);
    while let Some(error) = cause {
        let text = error.to_string();
        if !reason.contains(&text) {
            reason = format!("{reason}: {text}");
        }
        cause = error.source();
    }
    let en = format!("the server cannot be reached: {reason}");
    fault::status(Code::Unavailable, "UNREACHABLE", &en, "サーバーに接続できません", &[])
}
