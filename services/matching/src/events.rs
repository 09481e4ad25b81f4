//! What matching tells, and what it reads from other services' logs.

pub(crate) mod consultation_events;
mod incidents;
mod proposals;
mod requests;

use futures::future::BoxFuture;
use kit_log::{Handler, Interest, Received, Refusal, Unit};

use crate::rpc::Desk;
pub(crate) use incidents::{duty, incident};
pub(crate) use proposals::{bar, capacity, proposal, work_state};
pub(crate) use requests::request;

/// Packages whose events are read; what nothing here looks at is passed over.
const PACKAGES: [&str; 3] = ["activelist.registry.v1.", "activelist.engagement.v1.", "activelist.notices.v1."];

/// The newest version of their meaning that is understood.
const SCHEMA: i32 = 1;

/// Follows what others tell. Each area of the service says which types it looks at.
pub(crate) struct Follow {
    pub(crate) desk: Desk,
}

impl Handler for Follow {
    fn interest(&self, event_type: &str) -> Interest {
        let applied = requests::reads(event_type) || incidents::reads(event_type) || proposals::reads(event_type);
        Interest::of(applied, PACKAGES.iter().any(|package| event_type.starts_with(package)), SCHEMA)
    }

    fn handle<'u>(&'u self, unit: &'u mut Unit, event: &'u Received) -> BoxFuture<'u, Result<(), Refusal>> {
        Box::pin(async move {
            requests::follow(&self.desk, unit, event).await?;
            incidents::follow(&self.desk, unit, event).await?;
            proposals::follow(&self.desk, unit, event).await?;
            Ok(())
        })
    }
}

fn owned(changed: &[&'static str]) -> Vec<String> {
    changed.iter().map(|kind| (*kind).to_owned()).collect()
}
