//! Matching over gRPC: contract → domain → store → contract.

mod events;
mod page;
mod reach;

use std::sync::Arc;

use kit_log::Log;
use kit_serve::{Client, Server};

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
        self.mount_events(server)
    }
}
