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
use events::Follow;
use rpc::{Desk, Library};

/// The service's name in logs, tokens and envelopes.
pub const SERVICE: &str = "engagement";
/// A service whose log is read.
const MATCHING: &str = "matching";
/// Another one.
const REGISTRY: &str = "registry";

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
    /// The register's log: experts who turned out to be one person. Without it each name stands for itself.
    pub registry: Option<Arc<dyn Source>>,
}

/// The engagements, running.
pub struct Started {
    log: Log,
    desk: Desk,
    reader: Arc<dyn Reader>,
    followers: Vec<Arc<Follower>>,
}

/// Opens the engagements' database and starts their log, and the reading of matching's and the register's.
///
/// # Errors
/// When the database cannot be used ([`kit_log::Log::open`]).
pub async fn start(config: Config, deps: Deps) -> Result<Started, Error> {
    let Deps { log: inside, lifecycle, matching, registry } = deps;
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
    let reader: Arc<dyn Reader> = SqlReader::new(log.clone(), Follow::new(keys.clone()));
    let follow = |(producer, source): (&str, Arc<dyn Source>)| {
        let follower = Follower::new(reader.clone(), producer, source, carrier.clone(), keys.clone());
        let (following, soft) = (follower.clone(), lifecycle.soft());
        lifecycle.spawn(format!("engagement: reading {producer}"), async move {
            following.run(soft).await;
            Ok::<_, Infallible>(())
        });
        follower
    };
    let sources = [(MATCHING, matching), (REGISTRY, registry)];
    let followers = sources.into_iter().filter_map(|(name, source)| Some((name, source?))).map(follow).collect();
    Ok(Started { desk: Desk { log: log.clone() }, log, reader, followers })
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

    /// The log and its reading of others, for the process's `EventLog`.
    pub fn log_service(&self) -> LogService {
        let service = LogService::default().log(self.log.clone()).reader(self.reader.clone());
        self.followers.iter().fold(service, |service, follower| service.follower(follower.clone()))
    }

    /// The log, for readers in the same process.
    pub fn log(&self) -> Log {
        self.log.clone()
    }

    /// At once: what is shown is what the database holds.
    pub async fn ready(&self) {}
}
