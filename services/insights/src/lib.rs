//! Reports, recomputed from events alone: the study's tables over what engagements, the survey and the registry told, now
//! or as of any earlier moment. Everything is in memory and is read from the logs at every start; it owns nothing.

mod book;
mod definitions;
pub mod domain;
mod error;
mod events;
#[cfg(feature = "hostile")]
pub mod hostile;
mod moment;
pub mod published;
mod report;
mod rpc;
mod visible;

use std::convert::Infallible;
use std::sync::Arc;

use contract::insights::v1::reports_server::ReportsServer;
use contract::insights::v1::{GetReportRequest, Report};
use kit_log::{Follower, LogDeps, LogService, Source};
use kit_serve::{Lifecycle, MAX_MESSAGE_BYTES, Server};
use tokio::time::Instant;

use domain::schema::Producer;
pub use error::Error;
use events::FactReader;
use rpc::Desk;

/// The service's name in logs, health and tokens.
pub const SERVICE: &str = "insights";

/// Settings: none. What a report is, is data; what it counts comes from the logs.
#[derive(Clone, Debug, Default)]
pub struct Config {}

/// What it needs from outside.
pub struct Deps {
    /// How events travel; of the rest nothing is used: no key is asked for, no id made, no clock read.
    pub log: LogDeps,
    /// Whose tasks its followers are.
    pub lifecycle: Lifecycle,
    /// The engagements' log.
    pub engagement: Arc<dyn Source>,
    /// The survey's log.
    pub survey: Arc<dyn Source>,
    /// The registry's log.
    pub registry: Arc<dyn Source>,
}

/// The service, running.
pub struct Started {
    reader: Arc<FactReader>,
    desk: Desk,
    followers: Vec<Arc<Follower>>,
}

/// Starts following the three logs. The only place where the parts of this service meet.
pub fn start(_config: Config, deps: Deps) -> Started {
    let reader = FactReader::new();
    let follow = |producer: Producer, source: Arc<dyn Source>| {
        Follower::new(reader.clone(), producer.name(), source, deps.log.carrier.clone(), deps.log.keys.clone())
    };
    let followers = vec![
        follow(Producer::Engagement, deps.engagement),
        follow(Producer::Survey, deps.survey),
        follow(Producer::Registry, deps.registry),
    ];
    for follower in &followers {
        let (name, follower, stop) = (follower.producer().to_owned(), follower.clone(), deps.lifecycle.drained());
        deps.lifecycle.spawn(format!("insights reads {name}"), async move {
            follower.run(stop).await;
            Ok::<(), Infallible>(())
        });
    }
    Started { desk: Desk { reader: reader.clone() }, reader, followers }
}

impl Started {
    /// Adds the service's calls to a server.
    pub fn mount(&self, server: Server) -> Server {
        let reports = ReportsServer::new(self.desk.clone());
        server.add_service(
            reports.max_decoding_message_size(MAX_MESSAGE_BYTES).max_encoding_message_size(MAX_MESSAGE_BYTES),
        )
    }

    /// Its readers, for operators. It has no log of its own.
    pub fn log_service(&self) -> LogService {
        let service = LogService::default().reader(self.reader.clone());
        self.followers.iter().fold(service, |service, follower| service.follower(follower.clone()))
    }

    /// Waits until every log was read up to the head it had.
    pub async fn ready(&self) {
        self.reader.visible().ready().await;
    }

    /// A report, for others in this process; as `Reports.GetReport`.
    ///
    /// # Errors
    /// As the call; [`Error::NotYetVisible`] only with a deadline.
    pub async fn report(&self, request: GetReportRequest, deadline: Option<Instant>) -> Result<Report, Error> {
        self.desk.get(request, deadline).await
    }

    /// Bytes of memory that facts, codes and answers take.
    pub fn bytes(&self) -> usize {
        self.reader.book().held().iter().map(|held| held.bytes()).sum()
    }
}
