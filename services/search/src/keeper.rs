//! Keeps the book in a file: now and then, and when the service ends; and takes it up again at the next start.

use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use kit_clock::{Clock, Ids};
use kit_log::KeyStore;
use tokio_util::sync::CancellationToken;

use crate::book::Book;
use crate::domain::Schema;
use crate::events::IndexReader;
use crate::kept::{self, Keeping, KeptError};

/// Where and how often the index is kept.
#[derive(Clone, Debug)]
pub struct SnapshotConfig {
    /// The file. Each replica has its own.
    pub path: PathBuf,
    /// How long at most a change waits until it is kept. A start reads from the logs what came later.
    pub every: Duration,
}

impl SnapshotConfig {
    /// In this file, every five minutes while anything changes.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), every: Duration::from_secs(300) }
    }
}

/// Keeps the book in a file.
pub(crate) struct Keeper {
    config: SnapshotConfig,
    keys: Arc<dyn KeyStore>,
    ids: Ids,
    clock: Clock,
    told: Arc<Told>,
    /// The key of the file that is there.
    key_id: Option<String>,
    /// `Book::changes` and `Book::erased` of what is in it.
    holds: (u64, u64),
}

/// What operators are told.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// When the file was written; 0 for not yet.
    written: AtomicI64,
    began: std::sync::atomic::AtomicBool,
}

impl Told {
    /// When a snapshot was last written, in microseconds since 1970.
    pub(crate) fn written(&self) -> Option<i64> {
        Some(self.written.load(Ordering::Relaxed)).filter(|at| *at != 0)
    }

    /// Whether this process began with a snapshot.
    pub(crate) fn began_with_it(&self) -> bool {
        self.began.load(Ordering::Relaxed)
    }
}

impl Keeper {
    pub(crate) fn new(
        config: SnapshotConfig,
        keys: Arc<dyn KeyStore>,
        ids: Ids,
        clock: Clock,
        told: Arc<Told>,
    ) -> Self {
        Self { config, keys, ids, clock, told, key_id: None, holds: (0, 0) }
    }

    /// The book as it was kept; `None`, and said in the log, when there is none that can be used: the logs bring it then.
    pub(crate) async fn take_up(&mut self, schema: Schema) -> Option<Book> {
        let path = self.config.path.clone();
        let head = tokio::task::spawn_blocking(move || {
            let mut file = BufReader::with_capacity(1 << 20, File::open(path)?);
            Ok::<_, KeptError>((kept::key_id(&mut file)?, file))
        });
        let (key_id, file) = match head.await.ok()? {
            Ok(head) => head,
            Err(KeptError::Io(error)) if error.kind() == std::io::ErrorKind::NotFound => return None,
            Err(error) => return self.unusable(&error.to_string()),
        };
        self.key_id = Some(key_id.clone());
        let key = match self.keys.find(std::slice::from_ref(&key_id)).await {
            Ok(mut keys) => keys.remove(&key_id),
            Err(error) => return self.unusable(&error.to_string()),
        };
        let Some(key) = key else { return self.unusable("its key was destroyed") };
        let read = tokio::task::spawn_blocking(move || kept::read(schema, &key_id, &key, file));
        match read.await.ok()? {
            Ok(book) => {
                self.holds = (book.changes(), book.erased());
                self.told.began.store(true, Ordering::Relaxed);
                tracing::info!(path = %self.config.path.display(), "began with the kept index");
                Some(book)
            }
            Err(error) => self.unusable(&error.to_string()),
        }
    }

    fn unusable(&self, why: &str) -> Option<Book> {
        tracing::warn!(path = %self.config.path.display(), why, "the kept index is not used; the logs bring it anew");
        None
    }

    /// Keeps the book as often as agreed, and a last time at the end. Who was erased is erased here at once.
    pub(crate) async fn run(mut self, reader: Arc<IndexReader>, stop: CancellationToken) {
        let mut due = tokio::time::interval(self.config.every);
        due.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        due.tick().await;
        loop {
            let changed = reader.changed();
            if reader.settled(|book| book.erased()).is_some_and(|erased| erased != self.holds.1) {
                self.destroy().await;
                self.keep(&reader).await;
            }
            tokio::select! {
                () = changed => {}
                _ = due.tick() => self.keep(&reader).await,
                () = stop.cancelled() => {
                    self.keep(&reader).await;
                    return;
                }
            }
        }
    }

    /// Writes the file if there is anything new. A failure is told and tried again when it is next due.
    async fn keep(&mut self, reader: &IndexReader) {
        let Some((holds, keeping)) = reader.settled(|book| ((book.changes(), book.erased()), book.keeping())) else {
            return;
        };
        if holds == self.holds && self.key_id.is_some() {
            return;
        }
        if let Err(error) = self.write(keeping).await {
            tracing::warn!(%error, path = %self.config.path.display(), "the index was not kept");
            return;
        }
        self.holds = holds;
        self.told.written.store(self.clock.now().micros(), Ordering::Relaxed);
    }

    async fn write(&mut self, keeping: Keeping) -> Result<(), String> {
        let key_id = format!("search-snapshot/{}", self.ids.fresh());
        let mut keys = self.keys.ensure(std::slice::from_ref(&key_id)).await.map_err(|error| error.to_string())?;
        let key = keys.remove(&key_id).ok_or("no key")?;
        let (path, id) = (self.config.path.clone(), key_id.clone());
        let written = tokio::task::spawn_blocking(move || put(&keeping, &path, &id, &key));
        let written = written.await.map_err(|error| error.to_string()).and_then(|w| w.map_err(|e| e.to_string()));
        // The key of whichever file is not there any more, or never was.
        let useless = match &written {
            Ok(()) => self.key_id.replace(key_id),
            Err(_) => Some(key_id),
        };
        if let Some(useless) = useless {
            self.keys.destroy(&useless).await.map_err(|error| error.to_string())?;
        }
        written
    }

    /// Makes the file, and every copy of it, unreadable.
    async fn destroy(&mut self) {
        if let Some(key_id) = self.key_id.take() {
            match self.keys.destroy(&key_id).await {
                Ok(()) => drop(fs::remove_file(&self.config.path)),
                Err(error) => {
                    tracing::warn!(%error, "the key of the kept index was not destroyed");
                    self.key_id = Some(key_id);
                }
            }
        }
    }
}

/// Writes the file beside the old one, then puts it in its place.
fn put(keeping: &Keeping, path: &Path, key_id: &str, key: &kit_log::Key) -> Result<(), KeptError> {
    let beside = path.with_extension("new");
    let mut file = BufWriter::with_capacity(1 << 20, File::create(&beside)?);
    kept::write(keeping, key_id, key, &mut file)?;
    file.flush()?;
    file.get_ref().sync_all()?;
    fs::rename(&beside, path)?;
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}
