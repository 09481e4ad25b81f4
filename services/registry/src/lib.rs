//! The register: experts, what they offer, whether they are listed and why not; and the companies that seek support.

pub mod domain;
mod error;
mod events;
mod rpc;
mod store;
mod upgrade;
mod wire;

use std::convert::Infallible;
use std::sync::Arc;

use contract::registry::v1::companies_server::CompaniesServer;
use contract::registry::v1::expert_registry_server::ExpertRegistryServer;
use kit_log::{Follower, Log, LogConfig, LogDeps, LogService, Reader, Source, SqlReader};
use kit_serve::{Lifecycle, MAX_MESSAGE_BYTES, Server};

pub use error::Error;
use events::SurveyReader;
use rpc::{CompanyRegister, Register};

/// The service's name in logs, tokens and envelopes.
pub const SERVICE: &str = "registry";
/// The service whose log the register reads.
const SURVEY: &str = "survey";

/// The register's settings.
#[derive(Clone, Debug)]
pub struct Config {
    /// `sqlite:PATH` or `postgres://…`.
    pub database: String,
    /// Months after which a confirmation is overdue.
    pub confirmation_months: i32,
    /// When listings are reviewed without anybody asking.
    pub review: Review,
}

/// When listings are reviewed without anybody asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Review {
    /// Once on each day in Japan: as it begins, or at the start on a day that has none yet.
    Daily,
    /// Never.
    Off,
}

impl Config {
    /// With a confirmation that lasts 12 months, and a review a day.
    pub fn new(database: impl Into<String>) -> Self {
        Self { database: database.into(), confirmation_months: 12, review: Review::Daily }
    }
}

/// What the register needs from outside.
pub struct Deps {
    /// Time, ids, keys, and how events travel.
    pub log: LogDeps,
    /// The process it lives in.
    pub lifecycle: Lifecycle,
    /// The survey's log.
    pub survey: Arc<dyn Source>,
}

/// The register, running.
pub struct Started {
    log: Log,
    register: Register,
    reader: Arc<dyn Reader>,
    follower: Arc<Follower>,
}

/// Opens the register's database and starts its log and the reading of the survey's.
///
/// # Errors
/// When the database cannot be used ([`kit_log::Log::open`]).
pub async fn start(config: Config, deps: Deps) -> Result<Started, Error> {
    let Deps { log: inside, lifecycle, survey } = deps;
    let steps = store::STEPS.to_vec();
    let log_config = LogConfig { service: SERVICE, database: config.database, steps, group: 256 };
    let (carrier, keys) = (inside.carrier.clone(), inside.keys.clone());
    let (log, tasks) = Log::open(log_config, inside).await?;
    // The writer goes last: calls in flight need it until they are answered.
    let drained = lifecycle.drained();
    lifecycle.spawn("registry: log", async move {
        tasks.run(drained).await;
        Ok::<_, Infallible>(())
    });

    upgrade::keep_checks(&log).await?;
    let reader: Arc<dyn Reader> = SqlReader::new(log.clone(), SurveyReader { keys: keys.clone() });
    let follower = Follower::new(reader.clone(), SURVEY, survey.clone(), carrier, keys);
    let (following, soft) = (follower.clone(), lifecycle.soft());
    lifecycle.spawn("registry: reading the survey", async move {
        following.run(soft).await;
        Ok::<_, Infallible>(())
    });

    let register = Register { log: log.clone(), months: config.confirmation_months };
    if config.review == Review::Daily {
        let reviewing = rpc::review_daily(register.clone(), survey, lifecycle.soft());
        lifecycle.spawn("registry: the day's review", async move {
            reviewing.await;
            Ok::<_, Infallible>(())
        });
    }
    Ok(Started { log, register, reader, follower })
}

impl Started {
    /// What applies others' events, for `tests/fuzz`.
    #[cfg(feature = "hostile")]
    pub fn reader(&self) -> Arc<dyn Reader> {
        self.reader.clone()
    }

    /// Adds the register's calls to a server.
    pub fn mount(&self, server: Server) -> Server {
        let experts = ExpertRegistryServer::new(self.register.clone());
        let companies = CompaniesServer::new(CompanyRegister { log: self.log.clone() });
        server
            .add_service(
                experts.max_decoding_message_size(MAX_MESSAGE_BYTES).max_encoding_message_size(MAX_MESSAGE_BYTES),
            )
            .add_service(
                companies.max_decoding_message_size(MAX_MESSAGE_BYTES).max_encoding_message_size(MAX_MESSAGE_BYTES),
            )
    }

    /// The register's log and its reading, for the process's `EventLog`.
    pub fn log_service(&self) -> LogService {
        LogService::default().log(self.log.clone()).reader(self.reader.clone()).follower(self.follower.clone())
    }

    /// The register's log, for readers in the same process.
    pub fn log(&self) -> Log {
        self.log.clone()
    }

    /// At once: what the register shows is what its own database holds.
    pub async fn ready(&self) {}
}
