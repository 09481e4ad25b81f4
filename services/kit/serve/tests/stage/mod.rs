//! A server on a real port with a stub of a contract service whose handlers do what the tests ask.
#![allow(dead_code, reason = "each test binary uses its part")]
#![allow(clippy::unwrap_used, reason = "a test may panic, in its helpers too")]

use std::net::SocketAddr;
use std::sync::Arc;

use contract::event::v1::event_log_client::EventLogClient;
use contract::event::v1::event_log_server::{EventLog, EventLogServer};
use contract::event::v1::*;
use kit_serve::{Caller, Client, Lifecycle, Limits, MAX_MESSAGE_BYTES, Server, Trust};
use tokio::sync::{Semaphore, mpsc};
use tonic::{Request, Response, Status};

pub(crate) const SERVICE: &str = "activelist.event.v1.EventLog";

/// `GetHead` does what its field `service` says; the answer tells what the handler saw.
pub(crate) struct Stub {
    entered: mpsc::UnboundedSender<()>,
    left: mpsc::UnboundedSender<()>,
    gate: Arc<Semaphore>,
    onward: Option<Client>,
}

struct Leaves(mpsc::UnboundedSender<()>);

impl Drop for Leaves {
    fn drop(&mut self) {
        let _ = self.0.send(());
    }
}

#[tonic::async_trait]
impl EventLog for Stub {
    async fn get_head(&self, request: Request<GetHeadRequest>) -> Result<Response<GetHeadResponse>, Status> {
        let _ = self.entered.send(());
        let _leaves = Leaves(self.left.clone());
        match request.get_ref().service.as_str() {
            "panic" => panic!("on request"),
            "wait" => self.gate.acquire().await.expect("the gate stays").forget(),
            "onward" => {
                let client = self.onward.clone().expect("a client to go on with");
                return EventLogClient::new(client).get_head(GetHeadRequest { service: "tell".to_owned() }).await;
            }
            _ => (),
        }
        let left = kit_serve::deadline(&request).map(|at| at.duration_since(tokio::time::Instant::now()).as_millis());
        Ok(Response::new(GetHeadResponse {
            head: Some(Token {
                service: Caller::of(&request).subject.clone(),
                epoch: kit_telemetry::traceparent().unwrap_or_default(),
                position: left.map_or(-1, |left| i64::try_from(left).unwrap()),
            }),
            consumed: vec![],
        }))
    }

    async fn read(&self, _: Request<ReadRequest>) -> Result<Response<ReadResponse>, Status> {
        let faults: Vec<_> = (0..3).map(|n| kit_serve::Fault::new(format!("a[{n}]"), "BAD", "だめ", "bad")).collect();
        Err(kit_serve::fault::invalid(&faults))
    }

    async fn list_parked(&self, _: Request<ListParkedRequest>) -> Result<Response<ListParkedResponse>, Status> {
        Ok(Response::new(Default::default()))
    }

    async fn replay_parked(&self, _: Request<ReplayParkedRequest>) -> Result<Response<ReplayParkedResponse>, Status> {
        Ok(Response::new(Default::default()))
    }

    async fn drop_parked(&self, _: Request<DropParkedRequest>) -> Result<Response<DropParkedResponse>, Status> {
        Ok(Response::new(Default::default()))
    }
}

pub(crate) struct Stage {
    pub(crate) lifecycle: Lifecycle,
    pub(crate) address: SocketAddr,
    pub(crate) health: kit_serve::Health,
    /// One message for each handler that began, and one for each that ended or was dropped.
    pub(crate) entered: mpsc::UnboundedReceiver<()>,
    pub(crate) left: mpsc::UnboundedReceiver<()>,
    /// A permit lets one waiting handler go on.
    pub(crate) gate: Arc<Semaphore>,
    /// A channel into the server that uses no port.
    pub(crate) inside: Client,
}

pub(crate) async fn stage(limits: Limits) -> Stage {
    let lifecycle = Lifecycle::new();
    let (channel, inside) = kit_serve::in_process();
    let (entered_tx, entered) = mpsc::unbounded_channel();
    let (left_tx, left) = mpsc::unbounded_channel();
    let gate = Arc::new(Semaphore::new(0));
    let service = Caller::service("stage");
    let client = Client::new(channel, Some(&service)).unwrap();
    let stub = Stub { entered: entered_tx, left: left_tx, gate: Arc::clone(&gate), onward: Some(client.clone()) };
    let server = Server::new(limits, Trust::Near).add_service(
        EventLogServer::new(stub)
            .max_decoding_message_size(MAX_MESSAGE_BYTES)
            .max_encoding_message_size(MAX_MESSAGE_BYTES),
    );
    let health = server.health();
    let listener = kit_serve::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    server.serve([listener.into(), inside], &lifecycle).await.unwrap();
    Stage { lifecycle, address, health, entered, left, gate, inside: client }
}

impl Stage {
    pub(crate) fn client(&self, caller: Option<&Caller>) -> Client {
        Client::connect(&format!("http://{}", self.address), caller).unwrap()
    }

    pub(crate) fn log(&self) -> EventLogClient<Client> {
        EventLogClient::new(self.client(None))
    }
}

pub(crate) fn ask(what: &str) -> GetHeadRequest {
    GetHeadRequest { service: what.to_owned() }
}

pub(crate) fn told(answer: Response<GetHeadResponse>) -> Token {
    answer.into_inner().head.expect("a head")
}
