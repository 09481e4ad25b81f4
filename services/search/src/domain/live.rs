//! How a writer shows what it wrote to readers who never wait for it.

use std::sync::Arc;

use arc_swap::ArcSwap;

use super::{Index, Snapshot};

/// What readers see, and the place where a writer puts what they see next.
///
/// The writer changes its [`Index`] as it likes, one entry or a batch, and then shows it: from then on every reader that
/// asks gets all of it. Readers take no lock and wait for nobody; what they hold stays as it is until they let it go.
///
/// ```
/// # use search::domain::{Entry, Index, Live, Query, Schema};
/// # let mut index = Index::new(Schema::new(Vec::new())?);
/// let live = Live::new(&index);
/// let held = live.read();
/// index.upsert(Entry { id: "a".to_owned(), ..Entry::default() })?;
/// live.show(&index);
/// assert_eq!(live.read().search(&Query::default(), None, 20)?.total, 1);
/// assert_eq!(held.search(&Query::default(), None, 20)?.total, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Live {
    shown: ArcSwap<Snapshot>,
}

impl Live {
    /// Shows the index as it stands.
    pub fn new(index: &Index) -> Self {
        Self { shown: ArcSwap::from_pointee(index.snapshot()) }
    }

    /// What is shown now. Lock-free.
    pub fn read(&self) -> Arc<Snapshot> {
        self.shown.load_full()
    }

    /// Shows the index as it stands, to every read that begins after this.
    pub fn show(&self, index: &Index) {
        self.shown.store(Arc::new(index.snapshot()));
    }
}
