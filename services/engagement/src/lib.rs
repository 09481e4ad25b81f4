//! Consultations and guidance cases: what became of an introduction, confirmed by both sides; and the library of cases.

pub mod domain;
mod enter;
mod error;
mod events;
mod names;
mod rpc;
mod store;

use std::convert::Infallible;
use std::sync::Arc;

use contract::engagement::v1::case_library_server::CaseLibraryServer;
use contract::engagement::v1::engagements_server::EngagementsServer;
use contract::engagement::v1::form_responses_server::FormResponsesServer;
use contract::engagement::v1::gatherings_server::GatheringsServer;
use kit_log::{Follower, Log, LogConfig, LogDeps, LogService, Reader, Source, SqlReader};
use kit_serve::{Lifecycle, MAX_MESSAGE_BYTES, Server};

pub use error::Error;
use events::FollowMatching;
use rpc::{Desk, Library};

/// The service's name in logs, tokens and envelopes.
pub const SERVICE: &str = "engagement";
/// The service whose log is read.
const MATCHING: &str = "matching";

/// The engagements' settings.
#[derive(Clone, Debug)]
pub struct Config {
    /// `sqlite:PATH` or `postgres://…`.
    pub database: String,
}

impl Config {
    /// With this database.
    pub fn new(database: impl Into<String>) -> Self {
        Self { database: database.into() }
    }
}

/// What the engagements need from outside.
pub struct Deps {
    /// Time, ids, keys, and how events travel.
    pub log: LogDeps,
    /// The process they live in.
    pub lifecycle: Lifecycle,
    /// The matching's log: proposals that both accepted, consultation events. Without it cases begin by hand alone.
    pub matching: Option<Arc<dyn Source>>,
}

/// The engagements, running.
pub struct Started {
    log: Log,
    desk: Desk,
    reader: Arc<dyn Reader>,
    follower: Option<Arc<Follower>>,
}

/// Opens the engagements' database and starts their log, and the reading of matching's.
///
/// # Errors
/// When the database cannot be used ([`kit_log::Log::open`]).
pub async fn start(config: Config, deps: Deps) -> Result<Started, Error> {
    let Deps { log: inside, lifecycle, matching } = deps;
    let steps = store::STEPS.to_vec();
    let log_config = LogConfig { service: SERVICE, database: config.database, steps, group: 256 };
    let (carrier, keys) = (inside.carrier.clone(), inside.keys.clone());
    let (log, tasks) = Log::open(log_config, inside).await?;
    // The writer goes last: calls in flight need it until they are answered.
    let drained = lifecycle.drained();
    lifecycle.spawn("engagement: log", async move {
        tasks.run(drained).await;
        Ok::<_, Infallible>(())
    });
    let reader: Arc<dyn Reader> = SqlReader::new(log.clone(), FollowMatching { keys: keys.clone() });
    let follower = matching.map(|source| {
        let follower = Follower::new(reader.clone(), MATCHING, source, carrier, keys);
        let (following, soft) = (follower.clone(), lifecycle.soft());
        lifecycle.spawn("engagement: reading matching", async move {
            following.run(soft).await;
            Ok::<_, Infallible>(())
        });
        follower
    });
    Ok(Started { desk: Desk { log: log.clone() }, log, reader, follower })
}

impl Started {
    /// What applies others' events, for `tests/fuzz`.
    #[cfg(feature = "hostile")]
    pub fn reader(&self) -> Arc<dyn Reader> {
        self.reader.clone()
    }

    /// Adds the calls to a server.
    pub fn mount(&self, server: Server) -> Server {
        let engagements = EngagementsServer::new(self.desk.clone())
            .max_decoding_message_size(MAX_MESSAGE_BYTES)
            .max_encoding_message_size(MAX_MESSAGE_BYTES);
        let gatherings = GatheringsServer::new(self.desk.clone())
            .max_decoding_message_size(MAX_MESSAGE_BYTES)
            .max_encoding_message_size(MAX_MESSAGE_BYTES);
        let forms = FormResponsesServer::new(self.desk.clone())
            .max_decoding_message_size(MAX_MESSAGE_BYTES)
            .max_encoding_message_size(MAX_MESSAGE_BYTES);
        let library = CaseLibraryServer::new(Library { log: self.log.clone() })
            .max_decoding_message_size(MAX_MESSAGE_BYTES)
            .max_encoding_message_size(MAX_MESSAGE_BYTES);
        server.add_service(engagements).add_service(gatherings).add_service(forms).add_service(library)
    }

    /// The log and its reading of matching, for the process's `EventLog`.
    pub fn log_service(&self) -> LogService {
        let service = LogService::default().log(self.log.clone()).reader(self.reader.clone());
        self.follower.iter().fold(service, |service, follower| service.follower(follower.clone()))
    }

    /// The log, for readers in the same process.
    pub fn log(&self) -> Log {
        self.log.clone()
    }

    /// At once: what is shown is what the database holds.
    pub async fn ready(&self) {}
}
