//! A service's log: its database, its writer, its head, and reading from it.

use std::sync::Arc;

use async_trait::async_trait;
use contract::event::v1::{Event, GetHeadResponse, ReadResponse, Token};
use kit_clock::{Clock, Ids};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::carrier::Carrier;
use crate::relay::Relay;
use crate::sql::{Database, Session, Step};
use crate::store::{self, Head, Page};
use crate::writer::{Committer, Writer};
use crate::{Error, KeyStore, Result};

/// Groups that may wait to be handed to the relay; more are read from the log.
const HANDED: usize = 256;
/// Events on a page that names no size, and the most on any.
const PAGE: (i32, i32) = (500, 1_000);

/// What a log is made from.
pub struct LogConfig {
    /// The service's name: `survey`.
    pub service: &'static str,
    /// `sqlite:PATH` or `postgres://…`.
    pub database: String,
    /// The service's own tables, numbered from 100.
    pub steps: Vec<Step>,
    /// Most commands in one commit, 1 to 256; 256 unless a benchmark says otherwise.
    pub group: usize,
}

/// What a log needs from outside.
#[derive(Clone)]
pub struct LogDeps {
    /// Time.
    pub clock: Clock,
    /// Ids.
    pub ids: Ids,
    /// Keys of personal bodies.
    pub keys: Arc<dyn KeyStore>,
    /// How events travel.
    pub carrier: Arc<dyn Carrier>,
}

/// A service's log. Cheap to clone.
#[derive(Clone)]
pub struct Log {
    service: &'static str,
    database: Database,
    writer: Writer,
    head: watch::Receiver<Head>,
    clock: Clock,
    keys: Arc<dyn KeyStore>,
}

/// The log's two tasks, to be run for as long as the service lives.
pub struct LogTasks {
    committer: Committer,
    jobs: mpsc::Receiver<Box<dyn crate::writer::Job>>,
    relay: Relay,
}

impl LogTasks {
    /// Commits and relays until `stop` is cancelled, and then until everything accepted is committed.
    pub async fn run(self, stop: CancellationToken) {
        let drained = CancellationToken::new();
        let commit = async {
            self.committer.run(self.jobs, stop).await;
            drained.cancel();
        };
        tokio::join!(commit, self.relay.run(drained.clone()));
    }
}

impl Log {
    /// Opens the database, makes the log where there is none, and answers it with the tasks that the caller has to run.
    ///
    /// # Errors
    /// As [`Database::open`].
    pub async fn open(config: LogConfig, deps: LogDeps) -> Result<(Self, LogTasks)> {
        let steps: Vec<Step> = std::iter::once(store::STEP).chain(config.steps).collect();
        let database = Database::open(&config.database, &steps).await?;
        store::found(&database, &deps.ids.fresh()).await?;
        let stored = store::head(&mut database.read().await?).await?;
        let (head_sender, head) = watch::channel(stored);
        let (writer, jobs) = Writer::new();
        let (committed, handed) = mpsc::channel(HANDED);
        let log = Self {
            service: config.service,
            database: database.clone(),
            writer,
            head,
            clock: deps.clock.clone(),
            keys: deps.keys.clone(),
        };
        let committer = Committer {
            service: config.service,
            database,
            keys: deps.keys,
            clock: deps.clock,
            ids: deps.ids,
            group: config.group.max(1),
            committed,
            head: head_sender,
        };
        let relay = Relay { log: log.clone(), carrier: deps.carrier, committed: handed };
        Ok((log, LogTasks { committer, jobs, relay }))
    }

    /// The service's name.
    pub const fn service(&self) -> &'static str {
        self.service
    }

    /// Where commands are handed in.
    pub const fn writer(&self) -> &Writer {
        &self.writer
    }

    /// The service's clock.
    pub const fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The keys of personal bodies.
    pub fn keys(&self) -> &Arc<dyn KeyStore> {
        &self.keys
    }

    /// The service's database.
    pub const fn database(&self) -> &Database {
        &self.database
    }

    /// A connection that reads what is committed.
    ///
    /// # Errors
    /// As [`Database::read`].
    pub async fn read_session(&self) -> Result<Session> {
        self.database.read().await
    }

    /// The head as this process last committed it; another replica may be further.
    pub fn head(&self) -> Head {
        self.head.borrow().clone()
    }

    pub(crate) fn watch_head(&self) -> watch::Receiver<Head> {
        self.head.clone()
    }

    /// The head as it stands in the database.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn stored_head(&self) -> Result<Head> {
        store::head(&mut self.database.read().await?).await
    }

    /// Starts a new life of the log: after its database was restored or promoted. Every reader rebuilds.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn renew_epoch(&self, epoch: &str) -> Result<()> {
        crate::writer::renew_epoch(self.database.write().await?, epoch).await
    }

    pub(crate) async fn page(&self, after: i64, until: i64, limit: i64, compacted: bool) -> Result<Page> {
        let mut session = self.database.read().await?;
        let head = store::head(&mut session).await?;
        let until = until.min(head.position);
        store::read(&mut session, self.service, &head.epoch, (after, until), limit, compacted).await
    }
}

/// What a page of a log is asked for.
#[derive(Clone, Debug, Default)]
pub struct ReadFrom {
    /// Events after this position.
    pub after: i64,
    /// The reader's epoch; empty when it has none.
    pub epoch: String,
    /// Up to here; 0 for the head.
    pub until: i64,
    /// Only the newest of each aggregate.
    pub compacted: bool,
    /// 1 to 1,000; 0 for 500.
    pub page_size: i32,
}

/// Something a reader can read a log from: the log itself, or a service that serves it.
#[async_trait]
pub trait Source: Send + Sync + 'static {
    /// The head, and how far the producer has itself read others.
    async fn head(&self) -> Result<GetHeadResponse>;

    /// A page.
    async fn read(&self, from: ReadFrom) -> Result<ReadResponse>;
}

#[async_trait]
impl Source for Log {
    async fn head(&self) -> Result<GetHeadResponse> {
        let mut session = self.database.read().await?;
        // The cursors first: their effects are then at the head read after them, or before.
        let consumed = store::cursors(&mut session).await?;
        let head = store::head(&mut session).await?;
        let head = Token { service: self.service.to_owned(), epoch: head.epoch, position: head.position };
        Ok(GetHeadResponse { head: Some(head), consumed })
    }

    async fn read(&self, from: ReadFrom) -> Result<ReadResponse> {
        let mut session = self.database.read().await?;
        let head = store::head(&mut session).await?;
        if !from.epoch.is_empty() && from.epoch != head.epoch {
            return Err(Error::EpochChanged(head.epoch));
        }
        let until = if from.until <= 0 { head.position } else { from.until.min(head.position) };
        let limit = if from.page_size <= 0 { PAGE.0 } else { from.page_size.min(PAGE.1) };
        let places = (from.after, until);
        let page =
            store::read(&mut session, self.service, &head.epoch, places, i64::from(limit), from.compacted).await?;
        Ok(ReadResponse { events: page.events, read_to: page.read_to, until, epoch: head.epoch })
    }
}

/// The origin of a consequence of an event: the reader acts, the event is the cause.
pub fn origin_of(reader: &str, event: &Event) -> crate::Origin {
    crate::Origin {
        actor: format!("service:{reader}"),
        causation: event.id.clone(),
        traceparent: event.traceparent.clone(),
        request: None,
    }
}
