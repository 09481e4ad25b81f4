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
use kit_serve::{Client, MAX_MESSAGE_BYTES, Server};

use crate::domain::programme::Settings;

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
