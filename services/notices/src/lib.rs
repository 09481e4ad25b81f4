//! Notices: whatever a person must learn or do, and whether it arrived.

mod desk;
pub mod domain;
mod error;
mod events;
mod rpc;
mod store;
mod timer;

use std::convert::Infallible;
use std::sync::Arc;

use contract::notices::v1::notices_server::NoticesServer;
use kit_log::{Follower, Log, LogConfig, LogDeps, LogService, Reader, Source, SqlReader};
use kit_serve::{Lifecycle, MAX_MESSAGE_BYTES, Server};

use crate::desk::Desk;
use crate::domain::rules::Rules;
use crate::events::Derive;
use crate::rpc::Counter;
pub use error::Error;

/// The service's name in logs, tokens and envelopes.
pub const SERVICE: &str = "notices";
/// The services whose logs are read.
const ENGAGEMENT: &str = "engagement";
const REGISTRY: &str = "registry";

/// The notices' settings.
#[derive(Clone, Debug)]
pub struct Config {
    /// `sqlite:PATH` or `postgres://…`.
    pub database: String,
    /// Who is told what and when, in which words.
    pub rules: Arc<Rules>,
}

impl Config {
    /// With the rules that are shipped, and nothing sent by mail.
    pub fn new(database: impl Into<String>) -> Self {
        Self { database: database.into(), rules: Rules::shipped() }
    }
}

/// What the notices need from outside.
pub struct Deps {
    /// Time, ids, keys, and how events travel.
    pub log: LogDeps,
    /// The process they live in.
    pub lifecycle: Lifecycle,
    /// The engagements' log.
    pub engagement: Arc<dyn Source>,
    /// The register's log.
    pub registry: Arc<dyn Source>,
}

/// The notices, running.
pub struct Started {
    log: Log,
    counter: Counter,
    reader: Arc<dyn Reader>,
    followers: [Arc<Follower>; 2],
}

/// Opens the notices' database and starts their log, their timer and the reading of the others'.
///
/// # Errors
/// When the database cannot be used ([`kit_log::Log::open`]).
pub async fn start(config: Config, deps: Deps) -> Result<Started, Error> {
    let Deps { log: inside, lifecycle, engagement, registry } = deps;
    let steps = store::STEPS.to_vec();
    let log_config = LogConfig { service: SERVICE, database: config.database, steps, group: 256 };
    let (carrier, keys) = (inside.carrier.clone(), inside.keys.clone());
    let (log, tasks) = Log::open(log_config, inside).await?;
    // The writer goes last: calls in flight need it until they are answered.
    let drained = lifecycle.drained();
    lifecycle.spawn("notices: log", async move {
        tasks.run(drained).await;
        Ok::<_, Infallible>(())
    });

    let desk = Arc::new(Desk { rules: config.rules, mail: false });
    let derive = Derive { desk: desk.clone(), keys: keys.clone() };
    let reader: Arc<dyn Reader> = SqlReader::new(log.clone(), derive);
    let follow = |producer: &'static str, source: Arc<dyn Source>| {
        let follower = Follower::new(reader.clone(), producer, source, carrier.clone(), keys.clone());
        let (following, soft) = (follower.clone(), lifecycle.soft());
        lifecycle.spawn(format!("notices: reading {producer}"), async move {
            following.run(soft).await;
            Ok::<_, Infallible>(())
        });
        follower
    };
    let followers = [follow(ENGAGEMENT, engagement), follow(REGISTRY, registry)];

    let timer = timer::run(log.clone(), desk.clone(), lifecycle.soft());
    lifecycle.spawn("notices: timer", async move {
        timer.await;
        Ok::<_, Infallible>(())
    });

    let counter = Counter { log: log.clone(), desk };
    Ok(Started { log, counter, reader, followers })
}

impl Started {
    /// Adds the calls to a server.
    pub fn mount(&self, server: Server) -> Server {
        let service = NoticesServer::new(self.counter.clone());
        server.add_service(
            service.max_decoding_message_size(MAX_MESSAGE_BYTES).max_encoding_message_size(MAX_MESSAGE_BYTES),
        )
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
