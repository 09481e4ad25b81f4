//! The gRPC server of a process: its services, health, reflection, and every limit said out loud.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tonic::body::Body;
use tonic::server::NamedService;
use tonic::service::Routes;
use tower::Service;

use crate::access::Methods;
use crate::call::{CallLayer, Rules};
use crate::caller::Trust;
use crate::health::Health;
use crate::incoming::Incoming;
use crate::lifecycle::Lifecycle;

/// How much a server takes on. The defaults suit a process with one or two cores.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Connections at a time, over all ports; one more is closed at once. Stays under the usual 1,024 open files.
    pub connections: usize,
    /// Calls of the contract at a time, over all connections, counted until the handler has answered; one more is refused
    /// at once with RESOURCE_EXHAUSTED, reason `OVERLOADED`. Calls inside the process have as many again for themselves,
    /// so that a call which was let in is not refused half way.
    pub calls: usize,
    /// Streams (calls) at a time on one connection.
    pub streams_per_connection: u32,
    /// Headers of a request, in bytes.
    pub header_bytes: u32,
    /// Time for a call whose client names none; streaming calls without a deadline may last.
    pub default_deadline: Duration,
    /// A silent connection is pinged after this time …
    pub keepalive: Duration,
    /// … and closed when nothing comes back for this long.
    pub keepalive_timeout: Duration,
    /// At the end of the process, once no call is in flight: time for clients to take their last answers and leave, before
    /// those that stay silent are left behind.
    pub farewell: Duration,
    /// Streams a client may open and reset before the connection is closed (the "rapid reset" attack).
    pub pending_resets: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 512,
            calls: 256,
            streams_per_connection: 200,
            header_bytes: 16 * 1024,
            default_deadline: Duration::from_secs(30),
            keepalive: Duration::from_secs(30),
            keepalive_timeout: Duration::from_secs(10),
            farewell: Duration::from_secs(5),
            pending_resets: 20,
        }
    }
}

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The descriptors of the contract cannot be offered by reflection.
    #[error("reflection: {0}")]
    Reflection(#[from] tonic_reflection::server::Error),
}

/// A server under construction.
#[derive(Debug)]
pub struct Server {
    limits: Limits,
    trust: Trust,
    routes: Routes,
    health: Health,
}

impl Server {
    /// A server with health and nothing else yet.
    pub fn new(limits: Limits, trust: Trust) -> Self {
        let (reporter, service) = tonic_health::server::health_reporter();
        Self { limits, trust, routes: Routes::new(service), health: Health::new(reporter) }
    }

    /// The handle by which services say that they can work.
    pub fn health(&self) -> Health {
        self.health.clone()
    }

    /// Adds a generated service, with its message limits set ([`crate::MAX_MESSAGE_BYTES`]). Not serving, in the sense of
    /// health, until [`Health::set`] says so.
    #[must_use]
    pub fn add_service<S>(mut self, service: S) -> Self
    where
        S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>
            + NamedService
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send + 'static,
    {
        self.health.expect(S::NAME);
        self.routes = self.routes.add_service(service);
        self
    }

    /// Serves every source of connections, as tasks of the lifecycle, and returns when all of them are being served.
    ///
    /// At the end of the process ports close first; connections inside the process last until the ports are drained,
    /// because calls in flight may need them.
    ///
    /// # Errors
    /// See [`Error`]; nothing is served then.
    pub async fn serve(
        mut self,
        sources: impl IntoIterator<Item = Incoming>,
        lifecycle: &Lifecycle,
    ) -> Result<(), Error> {
        let reflection = || {
            tonic_reflection::server::Builder::configure()
                .register_encoded_file_descriptor_set(contract::DESCRIPTORS)
                .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        };
        // Both versions: some clients (Python's among them) speak only the older one.
        let (v1, v1alpha) = (reflection().build_v1()?, reflection().build_v1alpha()?);
        self.routes = self.routes.add_service(v1).add_service(v1alpha).prepare();
        self.health.publish().await;
        self.close_health_at_the_end(lifecycle);

        let connections = Arc::new(Semaphore::new(self.limits.connections));
        let (outer, inner) = (self.rules(lifecycle), self.rules(lifecycle));
        for source in sources {
            let near = source.is_in_process();
            let name = format!("gRPC server ({})", source.name());
            let (rules, end) = if near { (&inner, lifecycle.drained()) } else { (&outer, lifecycle.soft()) };
            let mut server = self.http2().layer(CallLayer(Arc::clone(rules)));
            let server = server.add_routes(self.routes.clone());
            let connections = source.connections(Arc::clone(&connections));
            let over = all_answered(end.clone(), rules.in_flight.clone(), self.limits.farewell);
            let serving = async move {
                let serving = server.serve_with_incoming_shutdown(connections, end.cancelled_owned());
                tokio::select! { served = serving => served, () = over => Ok(()) }
            };
            tracing::info!("{name} serves");
            if near {
                lifecycle.spawn(name, serving);
            } else {
                lifecycle.spawn_front(name, serving);
            }
        }
        Ok(())
    }

    fn http2(&self) -> tonic::transport::Server {
        let limits = &self.limits;
        tonic::transport::Server::builder()
            .max_concurrent_streams(limits.streams_per_connection)
            .http2_max_header_list_size(limits.header_bytes)
            .http2_keepalive_interval(Some(limits.keepalive))
            .http2_keepalive_timeout(Some(limits.keepalive_timeout))
            .http2_max_pending_accept_reset_streams(Some(limits.pending_resets))
            .accept_http1(false)
    }

    fn rules(&self, lifecycle: &Lifecycle) -> Arc<Rules> {
        Arc::new(Rules {
            methods: Methods::of_contract(),
            trust: self.trust,
            default_deadline: self.limits.default_deadline,
            calls: Arc::new(Semaphore::new(self.limits.calls)),
            soft: lifecycle.soft(),
            hard: lifecycle.hard(),
            in_flight: TaskTracker::new(),
        })
    }

    fn close_health_at_the_end(&self, lifecycle: &Lifecycle) {
        let (health, soft) = (self.health.clone(), lifecycle.soft());
        lifecycle.spawn("health", async move {
            soft.cancelled().await;
            health.close().await;
            Ok::<(), Infallible>(())
        });
    }
}

/// A client that neither closes nor speaks would keep the server to the drain limit.
async fn all_answered(end: CancellationToken, in_flight: TaskTracker, farewell: Duration) {
    end.cancelled().await;
    in_flight.close();
    in_flight.wait().await;
    tokio::time::sleep(farewell).await;
}
