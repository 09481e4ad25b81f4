//! Matching: requests for support, consultation events with their timetables, and who is proposed to whom.

pub mod domain;
mod error;
mod events;
mod names;
mod rpc;
mod store;
mod timer;

use std::convert::Infallible;
use std::sync::Arc;

use contract::registry::v1::companies_client::CompaniesClient;
use contract::search::v1::expert_search_client::ExpertSearchClient;
use kit_log::{Follower, Log, LogConfig, LogDeps, LogService, Reader, Source, SqlReader};
use kit_serve::{Client, Lifecycle, MAX_MESSAGE_BYTES, Server};

use crate::domain::programme::Settings;
use crate::events::Follow;
use crate::rpc::Desk;
pub use error::Error;

/// The service's name in logs, tokens and envelopes.
pub const SERVICE: &str = "matching";
/// The services whose logs are read.
const READ: [&str; 3] = ["registry", "engagement", "notices"];

/// The matching's settings.
#[derive(Clone, Debug)]
pub struct Config {
    /// `sqlite:PATH` or `postgres://…`.
    pub database: String,
    /// What differs between programmes, and how long things are waited for.
    pub settings: Arc<Settings>,
}

impl Config {
    /// With the settings that are shipped.
    pub fn new(database: impl Into<String>) -> Self {
        Self { database: database.into(), settings: Settings::shipped() }
    }
}

/// What matching needs from outside.
pub struct Deps {
    /// Time, ids, keys, and how events travel.
    pub log: LogDeps,
    /// The process it lives in.
    pub lifecycle: Lifecycle,
    /// The register, for calls; acting as this service.
    pub register: Client,
    /// The search, for calls; acting as this service.
    pub search: Client,
    /// The register's log: companies merged and erased, experts listed no more.
    pub registry: Arc<dyn Source>,
    /// The engagements' log: cases opened and closed, track records.
    pub engagement: Arc<dyn Source>,
    /// The notices' log: what was handed over, so that its time runs.
    pub notices: Arc<dyn Source>,
}

/// Matching, running.
pub struct Started {
    desk: Desk,
    reader: Arc<dyn Reader>,
    followers: [Arc<Follower>; 3],
}

/// Opens the database and starts the log, the timer and the reading of the others'.
///
/// # Errors
/// When the database cannot be used ([`kit_log::Log::open`]).
pub async fn start(config: Config, deps: Deps) -> Result<Started, Error> {
    let Deps { log: inside, lifecycle, register, search, registry, engagement, notices } = deps;
    let steps = store::STEPS.to_vec();
    let log_config = LogConfig { service: SERVICE, database: config.database, steps, group: 256 };
    let (carrier, keys) = (inside.carrier.clone(), inside.keys.clone());
    let (log, tasks) = Log::open(log_config, inside).await?;
    // The writer goes last: calls in flight need it until they are answered.
    let drained = lifecycle.drained();
    lifecycle.spawn("matching: log", async move {
        tasks.run(drained).await;
        Ok::<_, Infallible>(())
    });

    let desk = Desk { log: log.clone(), settings: config.settings, register, search };
    let reader: Arc<dyn Reader> = SqlReader::new(log.clone(), Follow { desk: desk.clone() });
    let follow = |producer: &'static str, source: Arc<dyn Source>| {
        let follower = Follower::new(reader.clone(), producer, source, carrier.clone(), keys.clone());
        let (following, soft) = (follower.clone(), lifecycle.soft());
        lifecycle.spawn(format!("matching: reading {producer}"), async move {
            following.run(soft).await;
            Ok::<_, Infallible>(())
        });
        follower
    };
    let [from_registry, from_engagement, from_notices] = READ;
    let followers =
        [follow(from_registry, registry), follow(from_engagement, engagement), follow(from_notices, notices)];

    let timer = timer::run(desk.clone(), lifecycle.soft());
    lifecycle.spawn("matching: timer", async move {
        timer.await;
        Ok::<_, Infallible>(())
    });
    Ok(Started { desk, reader, followers })
}

impl Started {
    /// What applies others' events, for `tests/fuzz`.
    #[cfg(feature = "hostile")]
    pub fn reader(&self) -> Arc<dyn Reader> {
        self.reader.clone()
    }

    /// Adds the calls to a server.
    pub fn mount(&self, server: Server) -> Server {
        self.desk.mount(server)
    }

    /// The log and its reading of others, for the process's `EventLog`.
    pub fn log_service(&self) -> LogService {
        let service = LogService::default().log(self.desk.log.clone()).reader(self.reader.clone());
        self.followers.iter().fold(service, |service, follower| service.follower(follower.clone()))
    }

    /// The log, for readers in the same process.
    pub fn log(&self) -> Log {
        self.desk.log.clone()
    }

    /// At once: what is shown is what the database holds.
    pub async fn ready(&self) {}
}

impl Desk {
    fn companies(&self) -> CompaniesClient<Client> {
        CompaniesClient::new(self.register.clone())
            .max_decoding_message_size(MAX_MESSAGE_BYTES)
            .max_encoding_message_size(MAX_MESSAGE_BYTES)
    }

    fn experts(&self) -> ExpertSearchClient<Client> {
        ExpertSearchClient::new(self.search.clone())
            .max_decoding_message_size(MAX_MESSAGE_BYTES)
            .max_encoding_message_size(MAX_MESSAGE_BYTES)
    }
}
