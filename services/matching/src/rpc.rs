//! Matching over gRPC: contract → domain → store → contract.

mod events;
pub(crate) mod hooks;
mod page;
mod reach;
pub(crate) mod requests;

use std::sync::Arc;

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
        self.mount_events(server.add_service(requests))
    }
}
