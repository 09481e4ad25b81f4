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
use crate::kept::{self, Keeping, KeptError, KeptHead};

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
    /// Keys of files that are there no more, or were never finished, as long as they are not destroyed.
    doomed: Vec<String>,
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
        Self { config, keys, ids, clock, told, key_id: None, doomed: Vec::new(), holds: (0, 0) }
    }

    /// The book as it was kept; `None`, and said in the log, when there is none that can be used: the logs bring it then.
    pub(crate) async fn take_up(&mut self, schema: Schema) -> Option<Book> {
        let path = self.config.path.clone();
        let look = tokio::task::spawn_blocking(move || {
            // What a process that was killed left half written.
            let beside = beside(&path);
            let left = open(&beside).map(|(head, _)| head).ok();
            drop(fs::remove_file(&beside));
            (left, open(&path))
        });
        let (left, found) = look.await.ok()?;
        self.doomed.extend(left.into_iter().flat_map(|head| head.former.into_iter().chain([head.key_id])));
        let (head, file) = match found {
            Ok(found) => found,
            Err(KeptError::Io(error)) if error.kind() == std::io::ErrorKind::NotFound => return None,
            Err(error) => return self.unusable(&error.to_string()),
        };
        self.doomed.extend(head.former);
        self.doomed.retain(|id| *id != head.key_id);
        let key_id = head.key_id;
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
            let erased = reader.erased();
            if erased != self.holds.1 && self.destroy().await {
                // Written again when it is next due; a start before that reads the logs.
                self.holds.1 = erased;
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
        self.destroy_doomed().await;
        let key_id = format!("search-snapshot/{}", self.ids.fresh());
        let mut keys = self.keys.ensure(std::slice::from_ref(&key_id)).await.map_err(|error| error.to_string())?;
        let key = keys.remove(&key_id).ok_or("no key")?;
        let former = self.doomed.iter().chain(&self.key_id).cloned().collect();
        let (path, head) = (self.config.path.clone(), KeptHead { key_id: key_id.clone(), former });
        let written = tokio::task::spawn_blocking(move || put(&keeping, &path, &head, &key));
        let written = written.await.map_err(|error| error.to_string()).and_then(|w| w.map_err(|e| e.to_string()));
        // The key of whichever file is not there any more, or never was.
        let useless = match &written {
            Ok(()) => self.key_id.replace(key_id),
            Err(_) => Some(key_id),
        };
        self.doomed.extend(useless);
        self.destroy_doomed().await;
        written
    }

    /// Makes the file, and every copy of it, unreadable; `false` when that has to be tried again.
    async fn destroy(&mut self) -> bool {
        if let Some(key_id) = self.key_id.take() {
            drop(fs::remove_file(&self.config.path));
            self.doomed.push(key_id);
        }
        self.destroy_doomed().await
    }

    async fn destroy_doomed(&mut self) -> bool {
        while let Some(key_id) = self.doomed.last() {
            if let Err(error) = self.keys.destroy(key_id).await {
                tracing::warn!(%error, "the key of a kept index was not destroyed yet");
                return false;
            }
            self.doomed.pop();
        }
        true
    }
}

fn open(path: &Path) -> Result<(KeptHead, BufReader<File>), KeptError> {
    let mut file = BufReader::with_capacity(1 << 20, File::open(path)?);
    Ok((kept::head(&mut file)?, file))
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    name.into()
}

/// Writes the file beside the old one, then puts it in its place.
fn put(keeping: &Keeping, path: &Path, head: &KeptHead, key: &kit_log::Key) -> Result<(), KeptError> {
    let beside = beside(path);
    let mut file = BufWriter::with_capacity(1 << 20, File::create(&beside)?);
    kept::write(keeping, head, key, &mut file)?;
    file.flush()?;
    file.get_ref().sync_all()?;
    fs::rename(&beside, path)?;
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}
