//! The search over listed experts: an index in memory, built from what the survey and the registry tell and kept at
//! their heads. It owns nothing of that: a replica that starts goes on from the index it kept in a file, or reads both logs
//! compacted, and is complete. What it owns is how often each expert was seen, in a small database of its own.

pub mod domain;

mod book;
mod card;
mod entries;
mod error;
mod events;
mod exposure;
#[cfg(feature = "hostile")]
pub mod hostile;
mod keeper;
mod kept;
mod page_token;
mod plan;
mod rated;
mod records;
mod rpc;
mod show;
mod store;
mod view;
mod visible;

use std::convert::Infallible;
use std::sync::Arc;

use contract::search::v1::expert_search_server::ExpertSearchServer;
use kit_log::{Follower, Log, LogConfig, LogDeps, LogService, Source};
use kit_serve::{Lifecycle, MAX_MESSAGE_BYTES, Server};
use tokio_util::sync::CancellationToken;

use book::ENGAGEMENT;
use entries::Entries;
pub use entries::EntriesError;
pub use error::Error;
use events::IndexReader;
use exposure::Exposure;
pub use keeper::SnapshotConfig;
use keeper::{Keeper, Told};
use rpc::{Parts, Search};

/// The service's name in logs, health and tokens.
pub const SERVICE: &str = "search";

/// Settings.
#[derive(Clone, Debug)]
pub struct Config {
    /// `sqlite:PATH`, made when absent, or `postgres://…`: the counts of exposure. Replicas share one.
    pub database: String,
    /// Months after which an entry that was not confirmed again is shown as stale. 12 in the domain's rules.
    pub stale_after_months: i32,
    /// Where the index is kept between starts; `None` reads the logs at every start.
    pub snapshot: Option<SnapshotConfig>,
}

impl Config {
    /// On this database; an entry is stale after 12 months, and the index is not kept.
    pub fn new(database: impl Into<String>) -> Self {
        Self { database: database.into(), stale_after_months: 12, snapshot: None }
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
    /// The engagements' log: track records. Without it sheets tell none; its absence keeps nobody from searching.
    pub engagement: Option<Arc<dyn Source>>,
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
    let entries = Entries::published()?;
    let (log, exposure) = open(&config, &deps).await?;
    let told = Arc::new(Told::default());
    let mut keeper = config.snapshot.clone().map(|snapshot| {
        let LogDeps { keys, ids, clock, .. } = deps.log.clone();
        Keeper::new(snapshot, keys, ids, clock, told.clone())
    });
    let kept = match &mut keeper {
        Some(keeper) => keeper.take_up(plan::schema()?).await,
        None => None,
    };
    let reader = IndexReader::new(kept.unwrap_or(book::Book::new(plan::schema()?)));
    let follow = |producer: &str, source: Arc<dyn Source>| {
        Follower::new(reader.clone(), producer, source, deps.log.carrier.clone(), deps.log.keys.clone())
    };
    // Ratings before experts: an expert is shown only with a rating, so this order shows each sooner.
    let mut followers = vec![follow("survey", deps.survey), follow("registry", deps.registry)];
    followers.extend(deps.engagement.map(|source| follow(ENGAGEMENT, source)));
    for follower in &followers {
        let (name, follower, stop) = (follower.producer().to_owned(), follower.clone(), deps.lifecycle.drained());
        deps.lifecycle.spawn(format!("search reads {name}"), async move {
            follower.run(stop).await;
            Ok::<(), Error>(())
        });
    }
    if let Some(keeper) = keeper {
        let (kept, stop) = (reader.clone(), deps.lifecycle.drained());
        deps.lifecycle.spawn("search keeps its index", async move {
            keeper.run(kept, stop).await;
            Ok::<(), Error>(())
        });
    }
    let (merger, stop) = (reader.clone(), deps.lifecycle.drained());
    deps.lifecycle.spawn("search merges texts", async move {
        merger.merge_texts(stop).await;
        Ok::<(), Error>(())
    });
    let parts = Parts {
        reader: reader.clone(),
        clock: deps.log.clock,
        config,
        entries,
        exposure: exposure.clone(),
        kept: told,
    };
    let search = Search::new(parts);
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
