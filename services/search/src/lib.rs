//! The search over listed experts: an index in memory, built from what the survey and the registry tell and kept at
//! their heads. It owns nothing: a replica that starts reads both logs compacted and is complete.

pub mod domain;

mod book;
mod card;
mod entries;
mod error;
mod events;
mod keeper;
mod kept;
mod page_token;
mod plan;
mod rpc;
mod show;
mod view;
mod visible;

use std::sync::Arc;

use contract::search::v1::expert_search_server::ExpertSearchServer;
use kit_log::{Follower, LogDeps, LogService, Source};
use kit_serve::{Lifecycle, MAX_MESSAGE_BYTES, Server};

use entries::Entries;
pub use entries::EntriesError;
pub use error::Error;
use events::IndexReader;
pub use keeper::SnapshotConfig;
use keeper::{Keeper, Told};
use rpc::Search;

/// The service's name in logs, health and tokens.
pub const SERVICE: &str = "search";

/// Settings.
#[derive(Clone, Debug)]
pub struct Config {
    /// Months after which an entry that was not confirmed again is shown as stale. 12 in the domain's rules.
    pub stale_after_months: i32,
    /// Where the index is kept between starts; `None` reads the logs at every start.
    pub snapshot: Option<SnapshotConfig>,
}

impl Default for Config {
    fn default() -> Self {
        Self { stale_after_months: 12, snapshot: None }
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
    search: Search,
    reader: Arc<IndexReader>,
    followers: Vec<Arc<Follower>>,
}

/// Starts following the survey and the registry. The only place where the parts of this service meet.
///
/// # Errors
/// When the code lists do not make a schema.
pub async fn start(config: Config, deps: Deps) -> Result<Started, Error> {
    let entries = Entries::published()?;
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
    let followers = vec![follow("survey", deps.survey), follow("registry", deps.registry)];
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
    let search = Search::new(reader.clone(), deps.log.clock, config, entries, told);
    Ok(Started { search, reader, followers })
}

impl Started {
    /// Adds the service's calls to a server.
    pub fn mount(&self, server: Server) -> Server {
        let search = ExpertSearchServer::new(self.search.clone())
            .max_decoding_message_size(MAX_MESSAGE_BYTES)
            .max_encoding_message_size(MAX_MESSAGE_BYTES);
        server.add_service(search)
    }

    /// Its readers, for operators; it has no log of its own.
    pub fn log_service(&self) -> LogService {
        let service = LogService::default().reader(self.reader.clone());
        self.followers.iter().fold(service, |service, follower| service.follower(follower.clone()))
    }

    /// Waits until both logs were read up to the head they had.
    pub async fn ready(&self) {
        self.reader.visible().caught_up().await;
    }
}
