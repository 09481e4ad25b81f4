//! Notices: whatever a person must learn or do, and whether it arrived.

mod desk;
pub mod domain;
mod error;
mod events;
mod mail;
mod rpc;
mod store;
mod timer;

use std::convert::Infallible;
use std::sync::Arc;

use contract::notices::v1::notices_server::NoticesServer;
use kit_log::{Follower, Log, LogConfig, LogDeps, LogService, Reader, Source, SqlReader};
use kit_serve::{Lifecycle, MAX_MESSAGE_BYTES, Server};
use tokio_util::sync::CancellationToken;

use crate::desk::Desk;
use crate::domain::rules::Rules;
use crate::events::Derive;
use crate::mail::{Post, Sender};
use crate::rpc::Counter;
pub use error::Error;
pub use mail::MailConfig;

/// The service's name in logs, tokens and envelopes.
pub const SERVICE: &str = "notices";
/// The services whose logs are read.
const ENGAGEMENT: &str = "engagement";
const REGISTRY: &str = "registry";
const MATCHING: &str = "matching";
const SURVEY: &str = "survey";

/// The notices' settings.
#[derive(Clone, Debug)]
pub struct Config {
    /// `sqlite:PATH` or `postgres://…`.
    pub database: String,
    /// Who is told what and when, in which words.
    pub rules: Arc<Rules>,
    /// How they are sent by mail, too; not at all when absent.
    pub mail: Option<MailConfig>,
}

impl Config {
    /// With the rules that are shipped, and nothing sent by mail.
    pub fn new(database: impl Into<String>) -> Self {
        Self { database: database.into(), rules: Rules::shipped(), mail: None }
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
    /// The matching's log; without it nobody is told of proposals, consultation events and incidents.
    pub matching: Option<Arc<dyn Source>>,
    /// The survey's log; without it nobody is told of campaigns.
    pub survey: Option<Arc<dyn Source>>,
}

/// The notices, running.
pub struct Started {
    log: Log,
    counter: Counter,
    reader: Arc<dyn Reader>,
    followers: Vec<Arc<Follower>>,
}

/// Opens the notices' database and starts their log, their timer and the reading of the others'.
///
/// # Errors
/// When the database cannot be used ([`kit_log::Log::open`]), or a setting is none.
pub async fn start(config: Config, deps: Deps) -> Result<Started, Error> {
    let Deps { log: inside, lifecycle, engagement, registry, matching, survey } = deps;
    let post = config.mail.map(Post::read).transpose()?;
    let steps = store::STEPS.to_vec();
    let log_config = LogConfig { service: SERVICE, database: config.database, steps, group: 256 };
    let (carrier, keys) = (inside.carrier.clone(), inside.keys.clone());
    let (log, tasks) = Log::open(log_config, inside).await?;
    // The writer goes last: calls in flight need it until they are answered, and a mail until its end is recorded.
    let (drained, sent) = (lifecycle.drained(), CancellationToken::new());
    let done = sent.clone();
    lifecycle.spawn("notices: log", async move {
        let end = CancellationToken::new();
        let both = async {
            drained.cancelled().await;
            done.cancelled().await;
            end.cancel();
        };
        tokio::join!(tasks.run(end.clone()), both);
        Ok::<_, Infallible>(())
    });

    let desk = Arc::new(Desk { rules: config.rules, mail: post.is_some() });
    let (sender, soft) = (post.map(|post| Sender::new(log.clone(), desk.clone(), post)), lifecycle.soft());
    lifecycle.spawn("notices: mail", async move {
        let _sent = sent.drop_guard();
        if let Some(sender) = sender {
            sender.run(soft).await;
        }
        Ok::<_, Infallible>(())
    });

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
    let mut followers = vec![follow(ENGAGEMENT, engagement), follow(REGISTRY, registry)];
    followers.extend(matching.map(|matching| follow(MATCHING, matching)));
    followers.extend(survey.map(|survey| follow(SURVEY, survey)));

    let timer = timer::run(log.clone(), desk.clone(), lifecycle.soft());
    lifecycle.spawn("notices: timer", async move {
        timer.await;
        Ok::<_, Infallible>(())
    });

    let counter = Counter { log: log.clone(), desk };
    Ok(Started { log, counter, reader, followers })
}

impl Started {
    /// What applies others' events, for `tests/fuzz`.
    #[cfg(feature = "hostile")]
    pub fn reader(&self) -> Arc<dyn Reader> {
        self.reader.clone()
    }

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
