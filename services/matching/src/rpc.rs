//! Matching over gRPC: contract → domain → store → contract.

mod batch;
mod candidates;
mod capacities;
pub(crate) mod course;
mod duties;
mod events;
pub(crate) mod hooks;
mod incidents;
mod matching;
mod proposals;
mod reach;
pub(crate) mod requests;
mod retrieve;
mod seek;

use std::sync::Arc;

use contract::matching::v1::incidents_server::IncidentsServer;
use contract::matching::v1::matching_server::MatchingServer;
use contract::matching::v1::support_requests_server::SupportRequestsServer;
use kit_log::Log;
use kit_serve::{Caller, Client, MAX_MESSAGE_BYTES, Server};
use tonic::Request;

use crate::domain::programme::Settings;
use crate::error::Error;
use crate::store;

/// The calls. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Desk {
    pub(crate) log: Log,
    pub(crate) settings: Arc<Settings>,
    /// The register, acting as this service.
    pub(crate) register: Client,
    /// The search, acting as this service.
    pub(crate) search: Client,
}

impl Desk {
    /// Who calls. What is addressed to an expert's entry is also the expert's into whose entry that one was merged.
    async fn caller<T>(&self, call: &Request<T>) -> Result<Caller, Error> {
        let mut caller = Caller::of(call).clone();
        if caller.owns.iter().any(|name| name.starts_with("experts/")) {
            let persons = store::persons(&mut self.log.read_session().await?).await?;
            caller.owns = caller.owns.iter().flat_map(|name| persons.names(name)).collect();
        }
        Ok(caller)
    }

    /// Adds the calls to a server.
    pub(crate) fn mount(&self, server: Server) -> Server {
        let requests = SupportRequestsServer::new(self.clone())
            .max_decoding_message_size(MAX_MESSAGE_BYTES)
            .max_encoding_message_size(MAX_MESSAGE_BYTES);
        let incidents = IncidentsServer::new(self.clone())
            .max_decoding_message_size(MAX_MESSAGE_BYTES)
            .max_encoding_message_size(MAX_MESSAGE_BYTES);
        let matching = MatchingServer::new(self.clone())
            .max_decoding_message_size(MAX_MESSAGE_BYTES)
            .max_encoding_message_size(MAX_MESSAGE_BYTES);
        self.mount_events(server.add_service(requests).add_service(incidents).add_service(matching))
    }
}
