//! The search over listed experts: an index in memory, built from what the survey and the registry tell and kept at
//! their heads. It owns nothing of that: a replica that starts reads both logs compacted and is complete. What it owns is
//! how often each expert was seen, in a small database of its own.

pub mod domain;
pub mod index_file;

mod book;
mod error;
mod events;
mod exposure;
mod page_token;
mod rpc;
mod store;
mod visible;

use std::convert::Infallible;
use std::sync::Arc;

use contract::search::v1::expert_search_server::ExpertSearchServer;
use kit_log::{Follower, Log, LogConfig, LogDeps, LogService, Source};
use kit_serve::{Lifecycle, MAX_MESSAGE_BYTES, Server};
use tokio_util::sync::CancellationToken;

pub use error::Error;
use events::IndexReader;
use exposure::Exposure;
use rpc::Search;

/// The service's name in logs, health and tokens.
pub const SERVICE: &str = "search";

/// Settings.
#[derive(Clone, Debug)]
pub struct Config {
    /// `sqlite:PATH`, made when absent, or `postgres://…`: the counts of exposure. Replicas share one.
    pub database: String,
    /// Months after which an entry that was not confirmed again is shown as stale. 12 in the domain's rules.
    pub stale_after_months: i32,
}

impl Config {
    /// On this database; an entry is stale after 12 months.
    pub fn new(database: impl Into<String>) -> Self {
        Self { database: database.into(), stale_after_months: 12 }
    }
}

/// What it needs from outside.
pub struct Deps {
    /// Time, ids, keys, and how events travel.
    pub log: LogDeps,
    /// Whose tasks its followers are.
    pub lifecycle: Lifecycle,
    /// The survey's log: ratings.
    pub survey: Arc<dyn Source>,
    /// The registry's log: experts.
    pub registry: Arc<dyn Source>,
}

/// The service, running.
pub struct Started {
    log: Log,
    exposure: Exposure,
    search: Search,
    reader: Arc<IndexReader>,
    followers: Vec<Arc<Follower>>,
}

/// Opens the log of the counts and starts following the survey and the registry. The only place where the parts of this
/// service meet.
///
/// # Errors
/// When the code lists do not make a schema, or the database cannot be used.
pub async fn start(config: Config, deps: Deps) -> Result<Started, Error> {
    let (log, exposure) = open(&config, &deps).await?;
    let reader = IndexReader::new(book::Book::new(rpc::schema()?));
    let follow = |producer: &str, source: Arc<dyn Source>| {
        Follower::new(reader.clone(), producer, source, deps.log.carrier.clone(), deps.log.keys.clone())
    };
    // Ratings before experts: an expert is shown only with a rating, so this order shows each sooner.
    let followers = vec![follow("survey", deps.survey), follow("registry", deps.registry)];
    for follower in &followers {
        let (name, follower, stop) = (follower.producer().to_owned(), follower.clone(), deps.lifecycle.drained());
        deps.lifecycle.spawn(format!("search reads {name}"), async move {
            follower.run(stop).await;
            Ok::<(), Error>(())
        });
    }
    let search = Search::new(reader.clone(), deps.log.clock, config, exposure.clone());
    Ok(Started { log, exposure, search, reader, followers })
}

async fn open(config: &Config, deps: &Deps) -> Result<(Log, Exposure), Error> {
    let (database, steps) = (config.database.clone(), store::STEPS.to_vec());
    let (log, tasks) = Log::open(LogConfig { service: SERVICE, database, steps, group: 256 }, deps.log.clone()).await?;
    let exposure = Exposure::new(log.clone(), deps.log.ids.clone());
    let (counting, drained, written) = (exposure.clone(), deps.lifecycle.drained(), CancellationToken::new());
    // Calls in flight count to the end, so their counts are written when they are answered, and the writer goes then.
    deps.lifecycle.spawn("search log", async move {
        tokio::join!(tasks.run(written.clone()), async {
            counting.run(drained).await;
            written.cancel();
        });
        Ok::<(), Infallible>(())
    });
    Ok((log, exposure))
}

impl Started {
    /// Adds the service's calls to a server.
    pub fn mount(&self, server: Server) -> Server {
        let search = ExpertSearchServer::new(self.search.clone())
            .max_decoding_message_size(MAX_MESSAGE_BYTES)
            .max_encoding_message_size(MAX_MESSAGE_BYTES);
        server.add_service(search)
    }

    /// Its log, to be served and read, and its readers, for operators.
    pub fn log_service(&self) -> LogService {
        let service = LogService::default().log(self.log.clone()).reader(self.reader.clone());
        self.followers.iter().fold(service, |service, follower| service.follower(follower.clone()))
    }

    /// Its log, for readers in this process.
    pub const fn log(&self) -> &Log {
        &self.log
    }

    /// Writes out now what was counted so far; it is done every nine seconds without being asked.
    ///
    /// # Errors
    /// When the database is away: then it stays for the next time.
    pub async fn flush_exposure(&self) -> Result<(), Error> {
        Ok(self.exposure.flush().await?)
    }

    /// Waits until both logs were read up to the head they had.
    pub async fn ready(&self) {
        self.reader.visible().caught_up().await;
    }
}
