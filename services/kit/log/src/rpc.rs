//! The log over gRPC: served, and read from another process.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use contract::event::v1 as wire;
use contract::event::v1::event_log_client::EventLogClient;
use contract::event::v1::event_log_server::{EventLog, EventLogServer};
use kit_serve::{Client, Fault, MAX_MESSAGE_BYTES, fault};
use tonic::{Code, Request, Response, Status};

use crate::follow::Follower;
use crate::log::{Log, ReadFrom, Source};
use crate::reader::Reader;
use crate::{Error, Result};

/// The logs and readers of this process as one gRPC service.
#[derive(Default)]
pub struct LogService {
    logs: Vec<Log>,
    readers: Vec<Arc<dyn Reader>>,
    followers: Vec<Arc<Follower>>,
}

impl LogService {
    /// Serves a service's log.
    #[must_use]
    pub fn log(mut self, log: Log) -> Self {
        self.logs.push(log);
        self
    }

    /// Shows what a reader set aside.
    #[must_use]
    pub fn reader(mut self, reader: Arc<dyn Reader>) -> Self {
        self.readers.push(reader);
        self
    }

    /// Lets operators replay and drop what a follower set aside.
    #[must_use]
    pub fn follower(mut self, follower: Arc<Follower>) -> Self {
        self.followers.push(follower);
        self
    }

    /// Takes over what another process part serves: for several services in one process.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.logs.extend(other.logs);
        self.readers.extend(other.readers);
        self.followers.extend(other.followers);
        self
    }

    /// As a tonic service.
    pub fn into_server(self) -> EventLogServer<Self> {
        EventLogServer::new(self)
            .max_decoding_message_size(MAX_MESSAGE_BYTES)
            .max_encoding_message_size(MAX_MESSAGE_BYTES)
    }

    fn find(&self, service: &str) -> Result<&Log, Status> {
        let found = self.logs.iter().find(|log| log.service() == service);
        found.ok_or_else(|| Error::NoSuchLog(service.to_owned()).into())
    }

    fn following(&self, reader: &str, producer: &str) -> Result<&Arc<Follower>, Status> {
        let found = self.followers.iter().find(|f| f.reader() == reader && f.producer() == producer);
        found.ok_or_else(|| {
            let en = "no such reader runs here";
            fault::status(Code::NotFound, "NO_SUCH_READER", en, "該当する読み手がありません", &[])
        })
    }
}

#[async_trait]
impl EventLog for LogService {
    async fn get_head(
        &self,
        request: Request<wire::GetHeadRequest>,
    ) -> Result<Response<wire::GetHeadResponse>, Status> {
        let log = self.find(&request.get_ref().service)?;
        Ok(Response::new(Source::head(log).await?))
    }

    async fn read(&self, request: Request<wire::ReadRequest>) -> Result<Response<wire::ReadResponse>, Status> {
        let wire::ReadRequest { service, after, epoch, until, compacted, page_size } = request.into_inner();
        let mut faults = Vec::new();
        for (field, value, most) in
            [("after", after, i64::MAX), ("until", until, i64::MAX), ("page_size", page_size.into(), 1_000)]
        {
            if !(0..=most).contains(&value) {
                faults.push(Fault::new(
                    field,
                    "OUT_OF_RANGE",
                    format!("0 以上 {most} 以下です"),
                    format!("0 to {most}"),
                ));
            }
        }
        if !faults.is_empty() {
            return Err(fault::invalid(&faults));
        }
        let log = self.find(&service)?;
        let page = Source::read(log, ReadFrom { after, epoch, until, compacted, page_size }).await?;
        Ok(Response::new(page))
    }

    async fn list_parked(
        &self,
        request: Request<wire::ListParkedRequest>,
    ) -> Result<Response<wire::ListParkedResponse>, Status> {
        let wanted = request.into_inner().reader;
        let mut parked = Vec::new();
        for reader in self.readers.iter().filter(|r| wanted.is_empty() || r.name() == wanted) {
            parked.extend(reader.parked().await?);
        }
        parked.truncate(1_000);
        Ok(Response::new(wire::ListParkedResponse { parked }))
    }

    async fn replay_parked(
        &self,
        request: Request<wire::ReplayParkedRequest>,
    ) -> Result<Response<wire::ReplayParkedResponse>, Status> {
        let wire::ReplayParkedRequest { reader, producer, aggregate } = request.into_inner();
        let (applied, parked) = self.following(&reader, &producer)?.replay(&aggregate).await?;
        Ok(Response::new(wire::ReplayParkedResponse { applied: small(applied), parked: small(parked) }))
    }

    async fn drop_parked(
        &self,
        request: Request<wire::DropParkedRequest>,
    ) -> Result<Response<wire::DropParkedResponse>, Status> {
        let wire::DropParkedRequest { reader, producer, aggregate } = request.into_inner();
        let dropped = self.following(&reader, &producer)?.give_up(&aggregate).await?;
        Ok(Response::new(wire::DropParkedResponse { dropped: small(dropped) }))
    }
}

fn small(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// Longest wait for a head. It is asked for four times a second, and what comes by the carrier waits meanwhile.
const HEAD: Duration = Duration::from_secs(5);

/// A log that another process serves.
pub struct RemoteLog {
    service: String,
    client: EventLogClient<Client>,
}

impl RemoteLog {
    /// The log of `service` behind `client`.
    pub fn new(service: &str, client: Client) -> Arc<Self> {
        let client = EventLogClient::new(client)
            .max_decoding_message_size(MAX_MESSAGE_BYTES)
            .max_encoding_message_size(MAX_MESSAGE_BYTES);
        Arc::new(Self { service: service.to_owned(), client })
    }
}

#[async_trait]
impl Source for RemoteLog {
    async fn head(&self) -> Result<wire::GetHeadResponse> {
        let mut request = Request::new(wire::GetHeadRequest { service: self.service.clone() });
        request.set_timeout(HEAD);
        self.client.clone().get_head(request).await.map(Response::into_inner).map_err(remote)
    }

    async fn read(&self, from: ReadFrom) -> Result<wire::ReadResponse> {
        let ReadFrom { after, epoch, until, compacted, page_size } = from;
        let service = self.service.clone();
        let request = wire::ReadRequest { service, after, epoch, until, compacted, page_size };
        self.client.clone().read(request).await.map(Response::into_inner).map_err(remote)
    }
}

fn remote(status: Status) -> Error {
    if fault::reason_of(&status).as_deref() == Some("EPOCH_CHANGED") {
        return Error::EpochChanged(String::new());
    }
    Error::Unavailable(format!("{}: {}", status.code(), status.message()))
}
